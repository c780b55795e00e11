/*
 * Flow: what the methods share in which a node parts what it has among its arcs.
 *
 * spreadr, ppr and push divide by the sum of a node's weights, so what flows is
 * neither made nor lost on the way. A node whose weights sum to 0 is dangling,
 * whether it has arcs or not. An open flow holds one block of scratch: front and
 * back, of a double per node each, then what the method asked for, uncleared.
 *
 * Thread:  that of the arena.
 * Errors:  an eg_status. EG_INVALID: an id out of range, an activation that is negative
 *          or not finite, or activations whose sum is beyond a float.
 * Garbage: the block is the newest of the arena until flow_close; then its first 8
 *          bytes per hit (at least 1 byte) are the answer and the rest is given back.
 */
#ifndef EG_FLOW_H
#define EG_FLOW_H

#include "kernels/answer.h"
#include "kernels/arcs.h"
#include "kernels/poll.h"
#include "runtime/base.h"
#include "runtime/engram.h"

enum { FLOW_WORD_BITS = 64 };

typedef struct flow {
    eg_arena *arena;
    const eg_sources *from;
    arcs arcs;
    double total;       /* of the activations; 0: there is nothing to do */
    double *front, *back;
    void *more;
    double mark;
    size_t bytes;
    uint32_t nodes;
    poll poll; /* per node, its arcs */
    answer how;
} flow;

/* 16 * max(nodes, 1) + more_bytes. */
size_t flow_bytes(const eg_sources *from, size_t more_bytes);

/* The sum of the activations; negative when the sources are not valid. */
double flow_total(const eg_sources *from);

/* Takes flow_bytes of scratch. Follow EG_OK with flow_close. */
int flow_open(flow *self, eg_arena *arena, const eg_sources *from, size_t more_bytes);

/* Answers with what was found, its keys in front, if status is EG_OK; else gives all back.
 * Answers the status. */
int flow_close(flow *self, int status, ranking *found, eg_hits *hits);

/* Finds the totals that are not 0 as floats. totals is front, back, or NULL for none. */
void flow_collect(flow *self, const double *totals, ranking *found);

/* The same as flow_pass, a share being what each unit of weight gets. */
bool flow_pass_by_factor(const flow *self, uint32_t node, double share, double *totals);

static inline uint32_t flow_arcs(const flow *self, uint32_t node)
{
    return self->arcs.offsets[node + 1] - self->arcs.offsets[node];
}

/* Parts passed among the targets of a node whose weights sum to sum, above 0. false: a weight
 * is negative. */
static inline bool flow_pass(const flow *self, uint32_t node, double sum, double passed,
                             double *totals)
{
    const uint32_t *offsets = self->arcs.offsets, *targets = self->arcs.targets;
    const float *weights = self->arcs.weights;
    double share = passed / sum;
    bool is_flow = true;
    if (BASE_UNLIKELY(self->arcs.factors != NULL)) {
        return flow_pass_by_factor(self, node, share, totals);
    }
    for (size_t i = offsets[node]; i < offsets[node + 1]; i++) {
        is_flow &= weights[i] >= 0;
        totals[targets[i]] += share * weights[i];
    }
    return is_flow;
}

static inline bool flow_has(const uint64_t *words, uint32_t node)
{
    return words[node / FLOW_WORD_BITS] >> node % FLOW_WORD_BITS & 1;
}

static inline void flow_put(uint64_t *words, uint32_t node)
{
    words[node / FLOW_WORD_BITS] |= (uint64_t)1 << node % FLOW_WORD_BITS;
}

#endif
