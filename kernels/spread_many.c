/*
 * spread_many: ppr and spreadr for up to 16 sets of seeds at once; see ppr.c and spreadr.c for what
 * they mean, lanes.h for how they lie.
 *
 * Each lane makes the same operations in the same order as its set would alone, and ends when
 * that would end; so its answer is the same to the bit. A step costs two visits per node and one
 * per arc of the nodes that have something in any lane, whatever the number of lanes.
 *
 * Scratch for n nodes, in one block: 264 (n + 1) bytes; spreadr 2n more, rounded up to 64.
 */
#include "kernels/flow.h"
#include "kernels/lanes.h"
#include "kernels/methods.h"

#include <string.h>

/* The lowest lane of a mask, which is taken out. */
static inline int next_lane(uint32_t *mask)
{
    int lane = __builtin_ctz(*mask);
    *mask &= *mask - 1;
    return lane;
}

/* ---- Personalised PageRank ---- */

static void start_again(lanes *self, int lane, double part)
{
    const eg_sources *from = self->sets + lane;
    double total = self->totals[lane];
    for (uint32_t i = 0; i < from->seed_count; i++) {
        lanes_next(self, from->seeds[i])[lane] += part * (from->activations[i] / total);
    }
}

static int ppr_pass(lanes *self, const eg_ppr *call)
{
    double stuck[ISA_WIDE] = { 0 };
    memset(self->counts, 0, sizeof self->counts);
    for (uint32_t node = 0; node < self->graph->nodes; node++) {
        if (lanes_are_stopped(self, node)) return EG_STOPPED;
        if (BASE_LIKELY(self->sums[node] > 0)) {
            lanes_scatter(self, node, 0, call->alpha);
        } else if (call->dangling == EG_DANGLING_KEEP) {
            lanes_scatter(self, node, call->alpha, 0);
        } else if (call->dangling == EG_DANGLING_RESTART) {
            const double *now = lanes_now(self, node);
            for (int lane = 0; lane < ISA_WIDE; lane++) stuck[lane] += call->alpha * now[lane];
        }
    }
    for (uint32_t mask = self->running; mask;) {
        int lane = next_lane(&mask);
        start_again(self, lane, 1 - call->alpha + stuck[lane]);
    }
    return EG_OK;
}

static int ppr_run(lanes *self, const eg_ppr *call)
{
    for (uint32_t mask = self->running; mask;) start_again(self, next_lane(&mask), 1);
    lanes_swap(self);
    while (self->running) {
        int status = ppr_pass(self, call);
        if (status != EG_OK) return status;
        lanes_update(self, 1, 0);
        for (uint32_t mask = self->running; mask;) {
            int lane = next_lane(&mask);
            answer *how = self->how + lane;
            how->fired = self->counts[lane];
            how->residual = self->update.change[lane];
            how->hops++;
            bool is_done = how->residual <= call->tol;
            if (!is_done && how->hops < call->max_iter) continue;
            if (!is_done) how->truncated = EG_CUT_BY_ITER;
            self->running &= ~((uint32_t)1 << lane);
        }
    }
    return EG_OK;
}

int eg_many_ppr(eg_arena *arena, const eg_ppr *ppr, const eg_sources *sets, uint32_t count,
                eg_hits *hits)
{
    if (!ppr_is_valid(ppr)) return EG_INVALID;
    lanes self;
    int status = lanes_open(&self, arena, &ppr->from, sets, count, 0);
    if (status != EG_OK) return status;
    return lanes_close(&self, ppr_run(&self, ppr), ppr->from.topk, hits);
}

double eg_many_ppr_bytes(const eg_ppr *ppr)
{
    return ppr->from.graph ? (double)lanes_bytes(ppr->from.graph, 0) : 0;
}

/* ---- spreadr ---- */

static double retention_of(const lanes *self, const eg_spreadr *call, uint32_t node)
{
    if (!(self->sums[node] > 0)) return 1;
    return call->retentions ? call->retentions[node] : call->retention;
}

static int spreadr_pass(lanes *self, const eg_spreadr *call)
{
    uint16_t *fired = self->more;
    for (uint32_t node = 0; node < self->graph->nodes; node++) {
        double retention = retention_of(self, call, node);
        if (lanes_are_stopped(self, node)) return EG_STOPPED;
        uint32_t has = lanes_scatter(self, node, retention, 1 - retention);
        uint32_t fresh = retention == 1 ? 0 : has & self->running & ~(uint32_t)fired[node];
        fired[node] |= (uint16_t)fresh;
        while (fresh) self->how[next_lane(&fresh)].fired++;
    }
    return EG_OK;
}

/* What the next step would move. */
static void spreadr_rest(lanes *self, const eg_spreadr *call)
{
    double rest[ISA_WIDE] = { 0 };
    for (uint32_t node = 0; node < self->graph->nodes; node++) {
        const double *now = lanes_now(self, node);
        double moves = 1 - retention_of(self, call, node);
        for (int lane = 0; lane < ISA_WIDE; lane++) rest[lane] += moves * now[lane];
    }
    for (uint32_t lane = 0; lane < self->count; lane++) self->how[lane].residual = rest[lane];
}

static int spreadr_run(lanes *self, const eg_spreadr *call)
{
    uint32_t limit = call->time > 0 ? call->time : UINT32_MAX;
    for (uint32_t lane = 0; lane < self->count; lane++) {
        const eg_sources *from = self->sets + lane;
        for (uint32_t i = 0; i < from->seed_count; i++) {
            lanes_next(self, from->seeds[i])[lane] += from->activations[i];
        }
    }
    lanes_swap(self);
    while (self->running) {
        int status = spreadr_pass(self, call);
        if (status != EG_OK) return status;
        lanes_update(self, 1 - call->loss, call->suppress);
        for (uint32_t mask = self->running; mask;) {
            int lane = next_lane(&mask);
            double most = self->update.most[lane];
            answer *how = self->how + lane;
            how->hops++;
            bool is_done = most == 0 || most < call->threshold_to_stop;
            if (!is_done && how->hops < limit) continue;
            if (!is_done && call->threshold_to_stop > 0) how->truncated = EG_CUT_BY_TIME;
            self->running &= ~((uint32_t)1 << lane);
        }
    }
    spreadr_rest(self, call);
    return EG_OK;
}

static size_t bytes_of_fired(const eg_graph *graph)
{
    return base_rounded_up((size_t)graph->nodes * sizeof(uint16_t), BASE_CACHE_LINE);
}

int eg_many_spreadr(eg_arena *arena, const eg_spreadr *spreadr, const eg_sources *sets,
                    uint32_t count, eg_hits *hits)
{
    if (!spreadr_is_valid(spreadr)) return EG_INVALID;
    lanes self;
    size_t fired = bytes_of_fired(spreadr->from.graph);
    int status = lanes_open(&self, arena, &spreadr->from, sets, count, fired);
    if (status != EG_OK) return status;
    memset(self.more, 0, fired);
    return lanes_close(&self, spreadr_run(&self, spreadr), spreadr->from.topk, hits);
}

double eg_many_spreadr_bytes(const eg_spreadr *spreadr)
{
    const eg_graph *graph = spreadr->from.graph;
    return graph ? (double)lanes_bytes(graph, bytes_of_fired(graph)) : 0;
}
