/*
 * Base: the few words every room speaks.
 */
#ifndef EG_BASE_H
#define EG_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What two writers must not share. Two lines, because CPUs fetch in pairs. */
enum { BASE_CACHE_LINE = 64, BASE_LINE_PAIR = 128 };

#define BASE_LIKELY(x) __builtin_expect(!!(x), 1)
#define BASE_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define BASE_COLD __attribute__((cold, noinline))

#endif
