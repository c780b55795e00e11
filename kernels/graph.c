/*
 * The triples are sorted through an array of their numbers: by target, then by
 * source, each time by counting, which is stable. So pairs stand together, in
 * the order in which they were given. One block holds the head and the arrays.
 */
#include "kernels/graph.h"

#include "kernels/ranked.h"
#include "kernels/live.h"

#include <assert.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

typedef struct graph {
    eg_graph open; /* first: a pointer to the one is a pointer to the other */
    const double *sums;
    _Atomic(ranked_arcs *) by_weight; /* NULL until someone asks */
    atomic_uint references;
} graph;

/* What the caller gave, and the order in which to read it. */
typedef struct triples {
    uint32_t nodes, edges;
    const uint32_t *from, *to;
    const float *weights;
    int duplicates;
    bool keep_self;
    uint32_t *order; /* triples that count, ascending by (source, target) */
    uint32_t count;
    float *weighed;  /* room for the weights of one pair */
} triples;

/* The first triple that can not be used; edges when there is none. */
static uint32_t find_culprit(const triples *given)
{
    for (uint32_t i = 0; i < given->edges; i++) {
        if (given->from[i] >= given->nodes || given->to[i] >= given->nodes) return i;
        if (!isfinite(given->weights[i])) return i;
    }
    return given->edges;
}

/* One stable pass by counting. starts has room for nodes + 1. */
static void sort_by(const uint32_t *keys, const uint32_t *in, uint32_t *out, uint32_t count,
                    uint32_t *starts, uint32_t nodes)
{
    memset(starts, 0, ((size_t)nodes + 1) * sizeof *starts);
    for (uint32_t i = 0; i < count; i++) starts[(size_t)keys[in[i]] + 1]++;
    for (size_t u = 0; u < nodes; u++) starts[u + 1] += starts[u];
    for (uint32_t i = 0; i < count; i++) out[starts[keys[in[i]]]++] = in[i];
}

/* Fills order and count. false without memory. */
static bool sort_triples(triples *given)
{
    uint32_t *starts = malloc(((size_t)given->nodes + 1) * sizeof *starts);
    uint32_t *by_target = malloc(((size_t)given->edges + 1) * sizeof *by_target);
    if (starts && by_target) {
        for (uint32_t i = 0; i < given->edges; i++) {
            bool counts = given->keep_self || given->from[i] != given->to[i];
            if (counts) given->order[given->count++] = i;
        }
        sort_by(given->to, given->order, by_target, given->count, starts, given->nodes);
        sort_by(given->from, by_target, given->order, given->count, starts, given->nodes);
    }
    bool done = starts && by_target;
    free(starts);
    free(by_target);
    return done;
}

/* One past the last triple of the pair that starts at place i of the order. */
static uint32_t end_of_pair(const triples *given, uint32_t i)
{
    uint32_t first = given->order[i];
    for (i++; i < given->count; i++) {
        uint32_t next = given->order[i];
        if (given->from[next] != given->from[first] || given->to[next] != given->to[first]) break;
    }
    return i;
}

static int by_weight(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* The weight of the pair at places start up to end. */
static float join(const triples *given, uint32_t start, uint32_t end)
{
    const uint32_t *order = given->order + start;
    uint32_t count = end - start;
    for (uint32_t i = 0; i < count; i++) given->weighed[i] = given->weights[order[i]];
    if (count > 1 && given->duplicates != EG_DUP_FIRST) {
        qsort(given->weighed, count, sizeof *given->weighed, by_weight);
    }
    if (given->duplicates == EG_DUP_MAX) return given->weighed[count - 1] + 0.0f;
    if (given->duplicates == EG_DUP_FIRST) return given->weighed[0] + 0.0f;
    double sum = 0;
    for (uint32_t i = 0; i < count; i++) sum += given->weighed[i];
    return (float)sum;
}

static uint32_t count_pairs(const triples *given)
{
    uint32_t pairs = 0;
    for (uint32_t i = 0; i < given->count; i = end_of_pair(given, i)) pairs++;
    return pairs;
}

/* Room for it all; *sums, *offsets, *targets and *weights lie behind the head. */
static graph *allocate(uint32_t nodes, uint32_t pairs, double **sums, uint32_t **offsets,
                       uint32_t **targets, float **weights)
{
    uint64_t bytes = sizeof(graph) + (uint64_t)nodes * sizeof(double) +
                     ((uint64_t)nodes + 1) * sizeof(uint32_t) + (uint64_t)pairs * 2 * sizeof(float);
    if (bytes > PTRDIFF_MAX) return NULL;
    graph *made = malloc((size_t)bytes);
    if (!made) return NULL;
    *sums = (double *)(void *)(made + 1);
    *offsets = (uint32_t *)(void *)(*sums + nodes);
    *targets = *offsets + nodes + 1;
    *weights = (float *)(void *)(*targets + pairs);
    return made;
}

/* The graph of sorted triples. *culprit stays edges unless a sum is not finite. */
static graph *build(const triples *given, uint32_t *culprit)
{
    uint32_t pairs = count_pairs(given), *offsets, *targets;
    double *sums;
    float *weights;
    graph *made = allocate(given->nodes, pairs, &sums, &offsets, &targets, &weights);
    if (!made) return NULL;
    size_t node = 0;
    uint32_t arc = 0;
    for (uint32_t i = 0, end; i < given->count; i = end, arc++) {
        end = end_of_pair(given, i);
        uint32_t first = given->order[i];
        while (node <= given->from[first]) offsets[node++] = arc;
        targets[arc] = given->to[first];
        weights[arc] = join(given, i, end);
        if (isfinite(weights[arc])) continue;
        *culprit = first;
        free(made);
        return NULL;
    }
    while (node <= given->nodes) offsets[node++] = arc;
    for (size_t u = 0; u < given->nodes; u++) {
        sums[u] = 0;
        for (uint32_t i = offsets[u]; i < offsets[u + 1]; i++) sums[u] += fabs((double)weights[i]);
    }
    eg_graph open = { given->nodes, pairs, offsets, targets, weights, NULL, 0 };
    memcpy(&made->open, &open, sizeof open);
    made->sums = sums;
    atomic_init(&made->by_weight, NULL);
    atomic_init(&made->references, 1);
    return made;
}

const double *graph_sums(const eg_graph *open)
{
    return ((const graph *)open)->sums;
}

const ranked_arcs *graph_by_weight(const eg_graph *open)
{
    graph *held = (graph *)open;
    ranked_arcs *found = atomic_load_explicit(&held->by_weight, memory_order_acquire);
    if (found) return found;
    ranked_arcs *made = ranked_arcs_of(open);
    if (!made || atomic_compare_exchange_strong(&held->by_weight, &found, made)) return made;
    free(made);
    return found;
}

eg_graph *eg_graph_new(uint32_t nodes, uint32_t edges, const uint32_t *from, const uint32_t *to,
                       const float *weights, int duplicates, int keep_self, uint32_t *culprit)
{
    *culprit = edges;
    if (duplicates < EG_DUP_SUM || duplicates > EG_DUP_FIRST) return NULL;
    if (edges > 0 && (!from || !to || !weights)) return NULL;
    triples given = { .nodes = nodes, .edges = edges, .from = from, .to = to, .weights = weights,
                      .duplicates = duplicates, .keep_self = keep_self != 0 };
    *culprit = find_culprit(&given);
    if (*culprit != edges) return NULL;

    given.order = malloc(((size_t)edges + 1) * sizeof *given.order);
    given.weighed = malloc(((size_t)edges + 1) * sizeof *given.weighed);
    graph *made = NULL;
    if (given.order && given.weighed && sort_triples(&given)) made = build(&given, culprit);
    free(given.order);
    free(given.weighed);
    if (!made) return NULL;
    live_count(1);
    return &made->open;
}

eg_graph *eg_graph_retain(eg_graph *open)
{
    atomic_fetch_add_explicit(&((graph *)open)->references, 1, memory_order_relaxed);
    return open;
}

void eg_graph_release(eg_graph *open)
{
    if (!open) return;
    graph *held = (graph *)open;
    unsigned before = atomic_fetch_sub_explicit(&held->references, 1, memory_order_acq_rel);
    assert(before > 0);
    if (before > 1) return;
    free(atomic_load_explicit(&held->by_weight, memory_order_relaxed));
    free(held);
    live_count(-1);
}
