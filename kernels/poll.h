/*
 * Poll: how often a kernel that takes long looks at the stop flag.
 *
 * Thread:  that of the arena.
 * Errors:  none.
 */
#ifndef EG_POLL_H
#define EG_POLL_H

#include "runtime/base.h"
#include "runtime/engram.h"

/* Arcs, rows or items between two looks: a multiple of whatever is taken at once. */
enum { POLL_EVERY = 1 << 16 };

typedef struct poll {
    const eg_arena *arena;
    uint32_t left; /* until the next look */
} poll;

static inline poll poll_of(const eg_arena *arena)
{
    return (poll){ arena, POLL_EVERY };
}

/* Counts steps, and one for what is done besides. true, at most once per POLL_EVERY: stop. */
static inline bool poll_stops(poll *self, uint32_t steps)
{
    if (BASE_LIKELY(steps < self->left)) {
        self->left -= steps + 1;
        return false;
    }
    self->left = POLL_EVERY;
    return eg_arena_stopped(self->arena) != 0;
}

#endif
