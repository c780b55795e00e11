/*
 * Keeping: a block of the arena that becomes an answer, and the scratch above it that goes.
 *
 * Thread:  that of the arena.
 * Errors:  NULL; keeping_close says why.
 * Garbage: what is taken between the two is given back; the block too, if nothing is answered.
 */
#ifndef EG_KEEPING_H
#define EG_KEEPING_H

#include "runtime/base.h"
#include "runtime/engram.h"

typedef struct keeping {
    eg_arena *arena;
    void *block;
    double entry, scratch; /* the marks in front of the block and behind it */
} keeping;

/* The block, uncleared. NULL: no room, and nothing to close. */
void *keeping_open(keeping *self, eg_arena *arena, size_t bytes);

/* The slot of the block, if *status is EG_OK and there is one. Else NULL, and *status is not
 * EG_OK. */
const eg_slot *keeping_close(const keeping *self, int *status);

#endif
