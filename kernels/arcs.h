/*
 * Arcs: those of a graph as one call sees them, each kind with a factor of its own.
 *
 * An arc's weight is multiplied by the factor of its kind, in double; where that factor is
 * 0 the arc is as good as not there. So a spread with factors is the spread over
 * a graph made with such weights, without such a graph.
 *
 * Thread:  any number of readers.
 * Errors:  none; whether factors are valid is asked first.
 */
#ifndef EG_ARCS_H
#define EG_ARCS_H

#include "runtime/base.h"
#include "runtime/engram.h"

typedef struct arcs {
    const uint32_t *offsets, *targets;
    const float *weights;
    const double *sums; /* of each node's |weights|, without factors */
    const uint16_t *kinds;
    const double *factors; /* one per kind; NULL: all are 1 */
} arcs;

/* Factors are NULL, or the graph has kinds and each factor lies within ±a float's range. */
bool arcs_are_valid(const eg_graph *graph, const double *factors, bool is_signed);
arcs arcs_of(const eg_graph *graph, const double *factors);

static inline double arcs_weight(const arcs *self, size_t arc)
{
    double weight = self->weights[arc];
    return self->factors ? weight * self->factors[self->kinds[arc]] : weight;
}

static inline bool arcs_has(const arcs *self, size_t arc)
{
    return !self->factors || self->factors[self->kinds[arc]] != 0;
}

/* How many arcs leave a node, and the sum of their absolute weights. */
uint32_t arcs_count_by_factor(const arcs *self, uint32_t node);
double arcs_sum_by_factor(const arcs *self, uint32_t node);

static inline uint32_t arcs_count(const arcs *self, uint32_t node)
{
    if (BASE_UNLIKELY(self->factors != NULL)) return arcs_count_by_factor(self, node);
    return self->offsets[node + 1] - self->offsets[node];
}

static inline double arcs_sum(const arcs *self, uint32_t node)
{
    if (BASE_UNLIKELY(self->factors != NULL)) return arcs_sum_by_factor(self, node);
    return self->sums[node];
}

/* What a node divides by, an eg_fan; 0 where it passes nothing on. */
double arcs_fan(const arcs *self, uint32_t node, int fan);

#endif
