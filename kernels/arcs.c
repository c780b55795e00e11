#include "kernels/arcs.h"

#include "kernels/graph.h"

#include <float.h>
#include <math.h>

bool arcs_are_valid(const eg_graph *graph, const double *factors, bool is_signed)
{
    if (!factors) return true;
    if (!graph->arc_kinds) return false;
    for (uint32_t kind = 0; kind < graph->kind_count; kind++) {
        if (!(fabs(factors[kind]) <= (double)FLT_MAX)) return false;
        if (!is_signed && factors[kind] < 0) return false;
    }
    return true;
}

arcs arcs_of(const eg_graph *graph, const double *factors)
{
    return (arcs){ .offsets = graph->offsets, .targets = graph->targets,
                   .weights = graph->weights, .sums = graph_sums(graph),
                   .kinds = graph->arc_kinds, .factors = factors };
}

uint32_t arcs_count_by_factor(const arcs *self, uint32_t node)
{
    uint32_t count = 0;
    for (size_t i = self->offsets[node]; i < self->offsets[node + 1]; i++) {
        count += arcs_has(self, i);
    }
    return count;
}

double arcs_sum_by_factor(const arcs *self, uint32_t node)
{
    double sum = 0;
    for (size_t i = self->offsets[node]; i < self->offsets[node + 1]; i++) {
        sum += fabs(arcs_weight(self, i));
    }
    return sum;
}

double arcs_fan(const arcs *self, uint32_t node, int fan)
{
    if (fan == EG_FAN_OUT) return arcs_sum(self, node);
    double count = arcs_count(self, node);
    if (fan == EG_FAN_SQRT) return sqrt(count);
    return fan == EG_FAN_LOG ? log2(2 + count) : 1;
}
