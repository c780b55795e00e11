/*
 * Lanes: spreads side by side, so that the graph is read once for all of them.
 *
 * Each node has ISA_WIDE doubles, one per spread. A step takes what is in now to next and ends
 * with the two exchanged; a lane that no longer runs stays as it is. Lanes that are not used
 * hold 0.
 *
 * Thread:  that of the arena.
 * Errors:  an eg_status. EG_INVALID: sources outside the contract of flow.h, factors, another
 *          graph, more than ISA_WIDE of them, or a negative weight anywhere.
 * Garbage: one block, the newest of the arena until lanes_close; then its first 8 bytes per
 *          hit of all lanes (at least 1 byte) are the answers and the rest is given back.
 */
#ifndef EG_LANES_H
#define EG_LANES_H

#include "kernels/answer.h"
#include "kernels/isa.h"
#include "kernels/poll.h"
#include "runtime/base.h"
#include "runtime/engram.h"

typedef struct lanes {
    eg_arena *arena;
    const eg_graph *graph;
    const eg_sources *sets;
    const double *sums; /* of each node's weights */
    const isa *isa;
    double *front, *back; /* the two halves of the block; now and next are one each */
    void *more;
    size_t bytes;
    double mark;
    uint32_t count, running;
    poll poll; /* per node, its arcs */
    isa_flow_scatter scatter;
    isa_flow_update update;
    double totals[ISA_WIDE]; /* of the seeds */
    uint32_t counts[ISA_WIDE]; /* nodes that passed something on in this step */
    answer how[ISA_WIDE];
} lanes;

/* 264 * (nodes + 1) + more_bytes. */
size_t lanes_bytes(const eg_graph *graph, size_t more_bytes);

/* Takes 264 * (nodes + 1) + more_bytes of scratch, more uncleared; now and next are cleared.
 * from: the graph and topk. Lanes whose seeds are all 0 do not run. */
int lanes_open(lanes *self, eg_arena *arena, const eg_sources *from, const eg_sources *sets,
               uint32_t count, size_t more_bytes);

/* Counts a node whose arcs are looked at. true: stop. */
static inline bool lanes_are_stopped(lanes *self, uint32_t node)
{
    const uint32_t *offsets = self->graph->offsets;
    return poll_stops(&self->poll, offsets[node + 1] - offsets[node]);
}

/* kept of what the node has stays, passed of it goes along its arcs. Answers the lanes in
 * which it has something. */
static inline uint32_t lanes_scatter(lanes *self, uint32_t node, double kept, double passed)
{
    const uint32_t *offsets = self->graph->offsets;
    self->scatter.node = node;
    self->scatter.start = offsets[node];
    self->scatter.end = offsets[node + 1];
    self->scatter.kept = kept;
    self->scatter.passed = passed;
    self->scatter.fan = self->sums[node];
    return self->isa->flow_scatter(&self->scatter);
}

static inline const double *lanes_now(const lanes *self, uint32_t node)
{
    return self->update.now + (size_t)node * ISA_WIDE;
}

static inline double *lanes_next(const lanes *self, uint32_t node)
{
    return self->update.next + (size_t)node * ISA_WIDE;
}

/* What was put into next, of which nothing comes from now, is where the first step starts. */
void lanes_swap(lanes *self);

/* Ends a step: what is below suppress after multiplying by kept becomes 0. update.most and
 * update.change then say, lane by lane, the greatest that is left and how much has changed. */
void lanes_update(lanes *self, double kept, double suppress);

/* Ranks what the lanes have, if status is EG_OK; else gives all back. Answers the status. */
int lanes_close(lanes *self, int status, uint32_t topk, eg_hits *hits);

#endif
