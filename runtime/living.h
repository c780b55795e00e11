/*
 * Living: the arenas of the process, and the sums over all there are and ever were.
 *
 * Thread:  any; a mutex guards the list. Nobody enters or leaves on a fast path.
 * Errors:  none.
 */
#ifndef EG_LIVING_H
#define EG_LIVING_H

#include "runtime/base.h"
#include "runtime/engram.h"

/* An arena's place in the list: a part of the arena. */
typedef struct living {
    const eg_arena *arena;
    struct living *next, *previous;
} living;

void living_enter(living *self, const eg_arena *arena);
/* What it did stays in the sums. */
void living_leave(living *self);

#endif
