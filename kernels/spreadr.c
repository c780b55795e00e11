/*
 * spreadr: spreading activation that conserves what is spread (Vitevitch et al. 2011;
 * Siew 2019, the R package of that name).
 *
 * Steps, all nodes at once. A node keeps retention of what it has and parts the rest
 * among the targets of its arcs, by weight; a dangling node keeps all. Then everything
 * is multiplied by 1 - loss, and what is below suppress becomes 0. The last step is
 * the one that makes `time` of them, that leaves every node below threshold_to_stop,
 * or that leaves nothing. So one step is made at least, unless all seeds are 0.
 *
 * The answer is every node that has some, as a float; best first, ties by lower id.
 * fired counts the nodes that have passed something on, residual is what the next step
 * would move (before loss). EG_CUT_BY_TIME: time ended a call with a threshold_to_stop.
 * Seeds in any order, those of one node add up. A target's sums are made in double, in
 * ascending order of its sources, and rounded once at the end.
 *
 * EG_INVALID: sources outside the contract of flow.h, a number out of range, no stop rule
 * (time 0 wants a threshold_to_stop of DBL_MIN or more, below which numbers stop shrinking,
 * and a loss that 1 - loss shows), or a negative weight at a node that passes something on.
 * By them it ends after 1 + ln(threshold_to_stop / seeds) / ln(1 - loss); should rounding
 * outweigh a loss near 0, after 2^32 - 1: EG_CUT_BY_TIME.
 *
 * A step costs two visits per node and one per arc of the nodes that have some. The stop
 * flag is read every 64k arcs. Scratch for n nodes, in one block: 16 * max(n, 1) +
 * 8 * (n / 64 + 1) bytes, the division rounded down.
 */
#include "kernels/flow.h"
#include "kernels/methods.h"

#include <float.h>
#include <string.h>

static bool is_part(double x)
{
    return x >= 0 && x <= 1;
}

bool spreadr_is_valid(const eg_spreadr *call)
{
    if (!call->from.graph) return false;
    if (!call->retentions && !is_part(call->retention)) return false;
    for (uint32_t i = 0; call->retentions && i < call->from.graph->nodes; i++) {
        if (!is_part(call->retentions[i])) return false;
    }
    if (!is_part(call->loss)) return false;
    if (!(call->suppress >= 0 && call->suppress <= DBL_MAX)) return false;
    if (!(call->threshold_to_stop >= 0 && call->threshold_to_stop <= DBL_MAX)) return false;
    return call->time > 0 || (call->threshold_to_stop >= DBL_MIN && 1 - call->loss < 1);
}

/* sum: of the node's weights. */
static double retention_of(const eg_spreadr *call, uint32_t node, double sum)
{
    if (!(sum > 0)) return 1;
    return call->retentions ? call->retentions[node] : call->retention;
}

static int pass_on(flow *self, const eg_spreadr *call, const double *now, double *next)
{
    uint64_t *fired = self->more;
    memset(next, 0, self->nodes * sizeof *next);
    for (uint32_t node = 0; node < self->nodes; node++) {
        if (now[node] == 0) continue;
        double sum = arcs_sum(&self->arcs, node), retention = retention_of(call, node, sum);
        next[node] += retention * now[node];
        if (poll_stops(&self->poll, flow_arcs(self, node))) return EG_STOPPED;
        if (retention == 1) continue;
        if (!flow_pass(self, node, sum, (1 - retention) * now[node], next)) return EG_INVALID;
        self->how.fired += !flow_has(fired, node);
        flow_put(fired, node);
    }
    return EG_OK;
}

/* Takes loss and suppress off. Answers the most that a node has left. */
static double fade(const flow *self, const eg_spreadr *call, double *next)
{
    double most = 0;
    for (uint32_t node = 0; node < self->nodes; node++) {
        double left = next[node] * (1 - call->loss);
        if (left < call->suppress) left = 0;
        if (left > most) most = left;
        next[node] = left;
    }
    return most;
}

/* Leaves the outcome where *now points to. */
static int run(flow *self, const eg_spreadr *call, double **now)
{
    double *next = self->back;
    *now = self->front;
    uint32_t limit = call->time > 0 ? call->time : UINT32_MAX;
    for (;;) {
        int status = pass_on(self, call, *now, next);
        if (status != EG_OK) return status;
        double most = fade(self, call, next), *last = *now;
        *now = next;
        next = last;
        self->how.hops++;
        if (most == 0 || most < call->threshold_to_stop) return EG_OK;
        if (self->how.hops == limit) break;
    }
    if (call->threshold_to_stop > 0) self->how.truncated = EG_CUT_BY_TIME;
    return EG_OK;
}

static void start(flow *self)
{
    const eg_sources *from = self->from;
    memset(self->more, 0, (self->nodes / FLOW_WORD_BITS + 1) * sizeof(uint64_t));
    memset(self->front, 0, self->nodes * sizeof *self->front);
    for (uint32_t i = 0; i < from->seed_count; i++) {
        self->front[from->seeds[i]] += from->activations[i];
    }
}

static size_t bits_of(const eg_spreadr *call)
{
    return (call->from.graph->nodes / FLOW_WORD_BITS + 1) * sizeof(uint64_t);
}

int eg_spread_spreadr(eg_arena *arena, const eg_spreadr *spreadr, eg_hits *hits)
{
    if (!spreadr_is_valid(spreadr)) return EG_INVALID;
    flow self;
    int status = flow_open(&self, arena, &spreadr->from, bits_of(spreadr));
    if (status != EG_OK) return status;
    double *now = NULL;
    if (self.total > 0) {
        start(&self);
        status = run(&self, spreadr, &now);
    }
    if (status != EG_OK) now = NULL;
    for (uint32_t node = 0; now && node < self.nodes; node++) {
        double sum = now[node] != 0 ? arcs_sum(&self.arcs, node) : 0;
        self.how.residual += (1 - retention_of(spreadr, node, sum)) * now[node];
    }
    ranking found;
    flow_collect(&self, now, &found);
    return flow_close(&self, status, &found, hits);
}

double eg_spread_spreadr_bytes(const eg_spreadr *spreadr)
{
    return spreadr->from.graph ? (double)flow_bytes(&spreadr->from, bits_of(spreadr)) : 0;
}
