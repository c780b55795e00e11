/*
 * Selection: the k best of all scores, chosen while they are made.
 *
 * A score and its id become one number, the smaller the better: the upper half
 * orders scores by the bits of the float, NaN after everything, the lower half
 * is the id. So one comparison decides by score and, among equals, by id, and
 * the answer does not depend on the order in which rows are met.
 *
 * Thread:  any.
 * Errors:  none.
 */
#ifndef EG_SELECTION_H
#define EG_SELECTION_H

#include "kernels/isa.h"

enum { SELECTION_CHUNK = 16 * ISA_MASKED };

/* room keys, the caller's. A heap with the worst on top once they are all used. */
typedef struct selection {
    uint64_t *keys;
    size_t room, used;
    bool least_first; /* distances: the smaller the better */
} selection;

void selection_start(selection *self, uint64_t *keys, size_t room, bool least_first);

/*
 * Takes what is among the best of count scores, none of which is -0. Their ids are those at
 * ids or, where it is NULL, first, first + 1, ... The first scores are the dearest to choose
 * from: the more come at once then, SELECTION_CHUNK of them, the less each costs.
 */
void selection_take(selection *self, const isa *kernels, const float *scores, size_t count,
                    const uint32_t *ids, uint32_t first);

/* The used keys, best first, as ids and values. Nothing can be taken after that. */
void selection_end(selection *self, uint32_t *ids, float *values);

#endif
