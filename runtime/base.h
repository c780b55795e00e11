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
/* AddressSanitizer can not see into an arena: these tell it which bytes are dead. */
#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define BASE_POISON(start, bytes) ASAN_POISON_MEMORY_REGION(start, bytes)
#define BASE_UNPOISON(start, bytes) ASAN_UNPOISON_MEMORY_REGION(start, bytes)
#else
#define BASE_POISON(start, bytes) ((void)(start), (void)(bytes))
#define BASE_UNPOISON(start, bytes) ((void)(start), (void)(bytes))
#endif

#define BASE_COLD __attribute__((cold, noinline))

/* n, or the next multiple above it; n + multiple is a size. */
static inline size_t base_rounded_up(size_t n, size_t multiple)
{
    return (n + multiple - 1) / multiple * multiple;
}

/* A field with one writer that others read at any time: relaxed loads and stores, which
 * cost what plain ones cost. */
#define BASE_READ(field) atomic_load_explicit(&(field), memory_order_relaxed)
#define BASE_WRITE(field, value) atomic_store_explicit(&(field), (value), memory_order_relaxed)
#define BASE_ADD(field, value) BASE_WRITE(field, BASE_READ(field) + (value))

#endif
