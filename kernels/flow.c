#include "kernels/flow.h"

#include <float.h>
#include <string.h>

double flow_total(const eg_sources *from)
{
    if (!from->graph) return -1;
    if (!arcs_are_valid(from->graph, from->factors, false)) return -1;
    if (from->seed_count > 0 && (!from->seeds || !from->activations)) return -1;
    double total = 0;
    for (uint32_t i = 0; i < from->seed_count; i++) {
        if (from->seeds[i] >= from->graph->nodes) return -1;
        if (!(from->activations[i] >= 0)) return -1;
        total += from->activations[i];
    }
    return total <= (double)FLT_MAX ? total : -1;
}

static size_t room_of(const eg_graph *graph)
{
    return graph->nodes > 0 ? graph->nodes : 1;
}

size_t flow_bytes(const eg_sources *from, size_t more_bytes)
{
    return 2 * room_of(from->graph) * sizeof(double) + more_bytes;
}

int flow_open(flow *self, eg_arena *arena, const eg_sources *from, size_t more_bytes)
{
    if (eg_arena_stopped(arena)) return EG_STOPPED;
    double total = flow_total(from);
    if (total < 0) return EG_INVALID;
    uint32_t nodes = from->graph->nodes;
    *self = (flow){
        .arena = arena, .from = from, .arcs = arcs_of(from->graph, from->factors), .total = total,
        .mark = eg_arena_mark(arena), .bytes = flow_bytes(from, more_bytes),
        .nodes = nodes, .poll = poll_of(arena), .how = { .truncated = EG_WHOLE },
    };
    self->front = eg_arena_alloc(arena, self->bytes);
    if (!self->front) return EG_OVERFLOW;
    self->back = self->front + room_of(from->graph);
    self->more = self->back + room_of(from->graph);
    return EG_OK;
}

bool flow_pass_by_factor(const flow *self, uint32_t node, double share, double *totals)
{
    const arcs *out = &self->arcs;
    bool is_flow = true;
    for (size_t i = out->offsets[node]; i < out->offsets[node + 1]; i++) {
        double weight = arcs_weight(out, i);
        is_flow &= weight >= 0;
        totals[out->targets[i]] += share * weight;
    }
    return is_flow;
}

/* A key lies at or before its total, or in the other array. */
void flow_collect(flow *self, const double *totals, ranking *found)
{
    ranking_start(found, (uint64_t *)(void *)self->front, self->from->topk);
    for (uint32_t node = 0; totals && node < self->nodes; node++) {
        ranking_add(found, (float)totals[node], node);
    }
}

int flow_close(flow *self, int status, ranking *found, eg_hits *hits)
{
    if (status == EG_OK) {
        uint64_t *back = (uint64_t *)(void *)self->back;
        status = answer_make(self->arena, self->front, self->bytes, back, found, &self->how, hits);
    }
    if (status != EG_OK) eg_arena_rewind(self->arena, self->mark);
    return status;
}
