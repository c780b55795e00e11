#include "kernels/flow.h"

#include "kernels/graph.h"
#include "kernels/ranking.h"

#include <float.h>
#include <string.h>

/* The sum of the activations; negative when the sources are not valid. */
static double total_of(const eg_sources *from)
{
    if (!from->graph) return -1;
    if (from->seed_count > 0 && (!from->seeds || !from->activations)) return -1;
    double total = 0;
    for (uint32_t i = 0; i < from->seed_count; i++) {
        if (from->seeds[i] >= from->graph->nodes) return -1;
        if (!(from->activations[i] >= 0)) return -1;
        total += from->activations[i];
    }
    return total <= (double)FLT_MAX ? total : -1;
}

int flow_open(flow *self, eg_arena *arena, const eg_sources *from, size_t more_bytes)
{
    if (eg_arena_stopped(arena)) return EG_STOPPED;
    double total = total_of(from);
    if (total < 0) return EG_INVALID;
    uint32_t nodes = from->graph->nodes;
    size_t room = nodes > 0 ? nodes : 1;
    *self = (flow){
        .arena = arena, .from = from, .sums = graph_sums(from->graph), .total = total,
        .mark = eg_arena_mark(arena), .bytes = 2 * room * sizeof(double) + more_bytes,
        .nodes = nodes, .poll_in = FLOW_POLL_ARCS, .truncated = EG_WHOLE,
    };
    self->front = eg_arena_alloc(arena, self->bytes);
    if (!self->front) return EG_OVERFLOW;
    self->back = self->front + room;
    self->more = self->back + room;
    return EG_OK;
}

/* A key lies at or before its total, or in the other array. */
size_t flow_collect(flow *self, const double *totals)
{
    uint64_t *keys = (uint64_t *)(void *)self->front;
    size_t count = 0;
    for (uint32_t node = 0; totals && node < self->nodes; node++) {
        float value = (float)totals[node];
        if (value != 0) keys[count++] = ranking_key(value, node);
    }
    return count;
}

static int answer(flow *self, size_t count, eg_hits *hits)
{
    uint64_t *front = (uint64_t *)(void *)self->front, *back = (uint64_t *)(void *)self->back;
    if (ranking_sort(front, back, count) == front) memcpy(back, front, count * sizeof *back);
    uint32_t *ids = (uint32_t *)(void *)self->front;
    float *values = (float *)(void *)(ids + count);
    ranking_split(back, count, ids, values);
    size_t kept = count > 0 ? count * (sizeof *ids + sizeof *values) : 1;
    double cursor = eg_arena_mark(self->arena);
    eg_arena_rewind(self->arena, cursor - (double)(self->bytes - kept));
    const eg_slot *slot = eg_arena_track(self->arena, ids);
    if (!slot) return EG_OVERFLOW;
    eg_hits found = { ids, values, (uint32_t)count, slot, slot->serial,
                      self->hops, self->fired, self->truncated, self->residual };
    memcpy(hits, &found, sizeof found);
    return EG_OK;
}

int flow_close(flow *self, int status, size_t count, eg_hits *hits)
{
    if (status == EG_OK) status = answer(self, count, hits);
    if (status != EG_OK) eg_arena_rewind(self->arena, self->mark);
    return status;
}
