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

#include "runtime/base.h"
#include "runtime/engram.h"

enum { FLOW_POLL_ARCS = 1 << 16, FLOW_WORD_BITS = 64 };

typedef struct flow {
    eg_arena *arena;
    const eg_sources *from;
    const double *sums; /* of each node's weights, without their signs */
    double total;       /* of the activations; 0: there is nothing to do */
    double *front, *back;
    void *more;
    double mark;
    size_t bytes;
    uint32_t nodes, poll_in;
    /* For the answer. */
    uint32_t hops, fired;
    int truncated;
    double residual;
} flow;

/* Takes 16 * max(nodes, 1) + more_bytes of scratch. Follow EG_OK with flow_close. */
int flow_open(flow *self, eg_arena *arena, const eg_sources *from, size_t more_bytes);

/* Ranks the count keys that lie in front, in ascending order of ids, if status is EG_OK;
 * else gives all back. Answers the status. */
int flow_close(flow *self, int status, size_t count, eg_hits *hits);

/* Makes keys of the totals that are not 0 as floats, in front. Answers how many. totals
 * is front, back, or NULL for none. */
size_t flow_collect(flow *self, const double *totals);

/* Counts a node whose arcs are looked at. true, at most once per 64k arcs: stop. */
static inline bool flow_is_stopped(flow *self, uint32_t arcs)
{
    if (BASE_LIKELY(arcs < self->poll_in)) {
        self->poll_in -= arcs + 1;
        return false;
    }
    self->poll_in = FLOW_POLL_ARCS;
    return eg_arena_stopped(self->arena) != 0;
}

static inline uint32_t flow_arcs(const flow *self, uint32_t node)
{
    const uint32_t *offsets = self->from->graph->offsets;
    return offsets[node + 1] - offsets[node];
}

/* Parts passed among the targets of a node that is not dangling. false: a weight is
 * negative. */
static inline bool flow_pass(const flow *self, uint32_t node, double passed, double *totals)
{
    const eg_graph *graph = self->from->graph;
    const uint32_t *offsets = graph->offsets, *targets = graph->targets;
    const float *weights = graph->weights;
    double share = passed / self->sums[node];
    bool is_flow = true;
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
