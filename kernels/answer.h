/*
 * Answer: how a block of scratch becomes hits.
 *
 * A method of spread takes one block of the arena and, when it is done, ranks what it
 * found in it: the block's first 8 bytes per hit (at least 1 byte) are the answer, and the
 * rest is given back.
 *
 * Thread:  that of the arena.
 * Errors:  an eg_status; hits is untouched unless it is EG_OK. Giving back on errors is
 *          left to the caller.
 */
#ifndef EG_ANSWER_H
#define EG_ANSWER_H

#include "kernels/ranking.h"
#include "runtime/base.h"
#include "runtime/engram.h"

/* How a spread went. */
typedef struct answer {
    uint32_t hops, fired;
    int truncated;
    double residual;
} answer;

/* block is the newest of the arena; other is a place in it. Each has room for all keys, apart
 * from the other's, and the keys are at one of the two. */
int answer_make(eg_arena *arena, void *block, size_t bytes, uint64_t *other, ranking *found,
                const answer *how, eg_hits *hits);

#endif
