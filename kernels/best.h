/*
 * Best: the state of one best-first spreading. best.c says what it means and prepares it,
 * best_run.c runs it.
 *
 * Thread:  that of the arena.
 * Errors:  an eg_status.
 */
#ifndef EG_BEST_H
#define EG_BEST_H

#include "kernels/ranked_arcs.h"
#include "kernels/flow.h"
#include "kernels/waiting.h"

enum { BEST_WORD = 64 };

typedef struct best {
    flow flow;
    const eg_best *call;
    const ranked_arcs *ranked;
    uint64_t *labels;  /* uncleared: of nodes that were not reached, anything */
    uint64_t *reached; /* a bit per node */
    heap heap;
    buckets buckets;
    uint32_t floor;      /* the bits of the greatest activation that does not count */
    uint32_t low_last;   /* the lower half of a label at max_hops */
    uint32_t low_unheld; /* that of the labels which are not queued */
    uint32_t left;       /* of the budget */
    bool is_cut;         /* the floor held something back */
} best;

int best_run_heap(best *self);
/* Exact where all that a node gives belongs to a later bucket. */
int best_run_buckets(best *self);

#endif
