/*
 * Arena: memory that is born together and dies together.
 *
 * An arena is one reserved stretch of address space and a cursor. Allocating
 * moves the cursor forward, rewinding moves it back; nothing is freed alone.
 * What does not fit is refused or taken from elsewhere by policy; the cursor
 * then moves on past the capacity, so marks order blocks wherever they lie.
 * The public half is in engram.h; this is what only the host needs.
 *
 * Thread:  one owner. No lock and no shared write on the fast path; statistics
 *          have one writer and may be read by anyone.
 * Errors:  NULL or EG_INVALID; under EG_PANIC a message and abort.
 * Garbage: Lua's collector never looks here. A pointer is good until the
 *          cursor is rewound past it, whoever still holds it.
 */
#ifndef EG_ARENA_H
#define EG_ARENA_H

#include "runtime/base.h"
#include "runtime/engram.h"
#include "runtime/region.h"

#include <stdatomic.h>

/* How an arena of a run differs from the plain one. shared: for EG_SHARED. stop: the
 * run's flag, from which eg_arena_stopped reads. */
typedef struct arena_options {
    size_t size_bytes;
    int policy, zero, allocator, owner;
    region *shared;
    const atomic_int *stop;
} arena_options;

/* The places of so many such arenas, one behind the other, each of arena_bytes: os_release gives
 * them back, all at once. And an arena in one, which is given back without its place. */
void *arena_places(const arena_options *options, int count);
size_t arena_bytes(const arena_options *options);
eg_arena *arena_in(void *place, const arena_options *options);

/* What has been taken so far stays: rewinding below it is refused from now on. */
void arena_keep(eg_arena *arena);
/* Back to what is kept; grows the arena if an overflow asked for it. */
void arena_reset(eg_arena *arena);
/* The high-water mark is what is in use now. */
void arena_forget_peak(eg_arena *arena);

/* The stop flag at or above this value means: leave what you do. */
enum { ARENA_STOP_NOW = 2 };

#endif
