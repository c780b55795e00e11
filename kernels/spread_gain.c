/*
 * gain: by how much the pulses of a spread with refire grow from cycle to cycle, at most.
 *
 * One node passes on decay * (the sum of its |weights|) / fan of what it gets; one node gets
 * decay * the sum of |weight| / fan over the arcs that lead to it, of what the largest pulse
 * was. The lesser of the two largest such sums bounds the growth, of all pulses together or of
 * the largest one. Below 1 it proves an end; the other way round it proves nothing.
 *
 * One visit per node, and one per arc unless the first sum is below 1. Scratch for n nodes:
 * 8 * max(n, 1) bytes, given back.
 */
#include "kernels/arcs.h"
#include "kernels/poll.h"
#include "runtime/arena.h"

#include <math.h>
#include <string.h>

static double largest_out(const arcs *out, const eg_spread *call)
{
    double most = 0;
    for (uint32_t node = 0; node < call->graph->nodes; node++) {
        double fan = arcs_fan(out, node, call->fan);
        double sum = fan > 0 ? arcs_sum(out, node) / fan : 0;
        if (sum > most) most = sum;
    }
    return most;
}

/* The largest sum over arcs in, by sums, which has room for one per node. Negative: stopped. */
static double largest_in(const arcs *out, const eg_spread *call, eg_arena *arena, double *sums)
{
    uint32_t nodes = call->graph->nodes;
    poll due = { .arena = arena };
    memset(sums, 0, nodes * sizeof *sums);
    for (uint32_t node = 0; node < nodes; node++) {
        double fan = arcs_fan(out, node, call->fan);
        for (size_t i = out->offsets[node]; fan > 0 && i < out->offsets[node + 1]; i++) {
            sums[out->targets[i]] += fabs(arcs_weight(out, i)) / fan;
        }
        if (poll_stops(&due, out->offsets[node + 1] - out->offsets[node])) return -1;
    }
    double most = 0;
    for (uint32_t node = 0; node < nodes; node++) {
        if (sums[node] > most) most = sums[node];
    }
    return most;
}

int eg_spread_gain(eg_arena *arena, const eg_spread *spread, double *gain)
{
    if (!spread->graph || !arcs_are_valid(spread->graph, spread->factors, true)) return EG_INVALID;
    uint32_t nodes = spread->graph->nodes;
    arcs out_arcs = arcs_of(spread->graph, spread->factors);
    double out = spread->decay * largest_out(&out_arcs, spread);
    if (out < 1) {
        *gain = out;
        return EG_OK;
    }
    double mark = eg_arena_mark(arena);
    double *sums = eg_arena_alloc(arena, (nodes > 0 ? nodes : 1) * sizeof *sums);
    if (!sums) return EG_OVERFLOW;
    double in = spread->decay * largest_in(&out_arcs, spread, arena, sums);
    eg_arena_rewind(arena, mark);
    if (in < 0) return EG_STOPPED;
    *gain = in < out ? in : out;
    return EG_OK;
}
