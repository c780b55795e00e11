/*
 * Fronts: the state of eg_many_once, fire-once spreads side by side, and how a cycle ends.
 *
 * As spreading.h, of which each lane is a copy to the bit: ISA_WIDE doubles per node, and one
 * frontier for all lanes, ascending, in which each place knows the lanes that fire. A lane that
 * has no node in it has ended. A cycle is sparse or dense as there, by what all lanes together
 * use; the memory of a node is cleared when the first lane visits it.
 *
 * Thread:  that of the arena.
 * Errors:  EG_INVALID from settling: an activation has left the range of a float.
 */
#ifndef EG_FRONTS_H
#define EG_FRONTS_H

#include "kernels/answer.h"
#include "kernels/arcs.h"
#include "kernels/isa.h"
#include "kernels/poll.h"
#include "runtime/base.h"
#include "runtime/engram.h"

#include <string.h>

enum { FRONTS_WORD = 64, FRONTS_BYTES = ISA_WIDE * sizeof(double) /* of a node */ };

typedef struct fronts {
    const eg_spread *call;
    const isa *isa;
    arcs arcs;
    isa_frontier frontier; /* the frontier, totals and inputs, and what is known of each lane */
    uint16_t *seen;    /* lanes that visited a node; only where visits are counted */
    uint64_t *visited, *received; /* a bit per node: in any lane */
    size_t words;
    bool is_capped, is_dense, is_cleared;
    poll poll;
    uint32_t shorts; /* lanes that were short of visits */
    uint32_t visits_max, visits[ISA_WIDE];
    answer how[ISA_WIDE];
} fronts;

static inline double *fronts_inputs(const fronts *self, uint32_t node)
{
    return self->frontier.inputs + (size_t)node * ISA_WIDE;
}

/* In two pieces, which are short enough to be stored without a call. */
static inline void fronts_clear_wide(double *lanes)
{
    memset(lanes, 0, FRONTS_BYTES / 2);
    memset(lanes + ISA_WIDE / 2, 0, FRONTS_BYTES / 2);
}

/* Makes a node ready to be looked at. */
static inline void fronts_clear(fronts *self, uint32_t node)
{
    fronts_clear_wide(fronts_inputs(self, node));
    if (self->call->refire) fronts_clear_wide(self->frontier.totals + (size_t)node * ISA_WIDE);
}

/* Makes room, in a sparse cycle, for what node receives. */
static inline void fronts_receive(fronts *self, uint32_t node)
{
    size_t word = node / FRONTS_WORD;
    uint64_t received = self->received[word], bit = (uint64_t)1 << node % FRONTS_WORD;
    if (BASE_UNLIKELY(!((self->visited[word] | received) & bit))) fronts_clear(self, node);
    self->received[word] = received | bit;
}

/* The same where visits are counted. Answers those of the lanes that may visit it. */
uint32_t fronts_receive_counted(fronts *self, uint32_t node, uint32_t lanes);

/* The nodes of a word. */
static inline uint64_t fronts_nodes(const fronts *self, size_t word)
{
    size_t left = self->call->graph->nodes - word * FRONTS_WORD;
    return left < FRONTS_WORD ? ((uint64_t)1 << left) - 1 : UINT64_MAX;
}

/* Ends a cycle: adds up, clamps, and makes the next frontier; chooses how its cycle will be.
 * is_last: nobody will give any more. */
int fronts_settle(fronts *self, bool is_last);

#endif
