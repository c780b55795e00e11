/*
 * The triples are sorted through an array of their numbers: by target, then by
 * source, each time by counting, which is stable. So pairs stand together, in
 * the order in which they were given; those that stand so already are left alone.
 * One block holds the head and the arrays.
 */
#include "kernels/graph.h"

#include "kernels/ranked_arcs.h"
#include "kernels/live_objects.h"

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
    const eg_triples *given;
    uint32_t *order; /* those that count, ascending by (source, target, kind) */
    uint32_t count;
    float *weighed;  /* room for the weights of one arc */
} triples;

/* Where the arrays of a graph lie, behind its head. */
typedef struct arrays {
    double *sums;
    uint32_t *offsets, *targets;
    float *weights;
    uint16_t *kinds;
    char *names;
} arrays;

/* The first triple that can not be used; edges when there is none. */
static uint32_t find_culprit(const eg_triples *given)
{
    for (uint32_t i = 0; i < given->edges; i++) {
        if (given->from[i] >= given->nodes || given->to[i] >= given->nodes) return i;
        if (!isfinite(given->weights[i])) return i;
        if (given->kinds && given->kinds[i] >= given->kind_count) return i;
    }
    return given->edges;
}

/* One stable pass by counting, over keys below values. starts has room for values + 1. */
static void sort_by(const uint32_t *keys, const uint32_t *in, uint32_t *out, uint32_t count,
                    uint32_t *starts, uint32_t values)
{
    memset(starts, 0, ((size_t)values + 1) * sizeof *starts);
    for (uint32_t i = 0; i < count; i++) starts[(size_t)keys[in[i]] + 1]++;
    for (size_t u = 0; u < values; u++) starts[u + 1] += starts[u];
    for (uint32_t i = 0; i < count; i++) out[starts[keys[in[i]]]++] = in[i];
}

/* Does b come after a, or with it, as arcs are to stand? */
static bool is_in_order(const eg_triples *given, uint32_t a, uint32_t b)
{
    if (given->from[a] != given->from[b]) return given->from[a] < given->from[b];
    if (given->to[a] != given->to[b]) return given->to[a] < given->to[b];
    return !given->kinds || given->kinds[a] <= given->kinds[b];
}

/* As most files have them. */
static bool is_sorted(const triples *self)
{
    for (uint32_t i = 1; i < self->count; i++) {
        if (!is_in_order(self->given, self->order[i - 1], self->order[i])) return false;
    }
    return true;
}

/* The triples that count, as they were given. */
static void list_triples(triples *self)
{
    const eg_triples *given = self->given;
    for (uint32_t i = 0; i < given->edges; i++) {
        bool counts = given->keep_self || given->from[i] != given->to[i];
        if (counts) self->order[self->count++] = i;
    }
}

/* Fills order and count. false without memory. */
static bool sort_triples(triples *self)
{
    list_triples(self);
    if (is_sorted(self)) return true;
    const eg_triples *given = self->given;
    uint32_t values = given->nodes > given->kind_count ? given->nodes : given->kind_count;
    uint32_t *starts = malloc(((size_t)values + 1) * sizeof *starts);
    uint32_t *order = self->order, *other = malloc(((size_t)given->edges + 1) * sizeof *other);
    if (starts && other) {
        if (given->kinds) {
            sort_by(given->kinds, order, other, self->count, starts, given->kind_count);
            memcpy(order, other, self->count * sizeof *order);
        }
        sort_by(given->to, order, other, self->count, starts, given->nodes);
        sort_by(given->from, other, order, self->count, starts, given->nodes);
    }
    bool done = starts && other;
    free(starts);
    free(other);
    return done;
}

/* Do two triples make one arc? */
static bool is_same_arc(const eg_triples *given, uint32_t a, uint32_t b)
{
    if (given->from[a] != given->from[b] || given->to[a] != given->to[b]) return false;
    return !given->kinds || given->kinds[a] == given->kinds[b];
}

/* One past the last triple of the arc that starts at place i of the order. */
static uint32_t end_of_arc(const triples *self, uint32_t i)
{
    uint32_t first = self->order[i];
    for (i++; i < self->count; i++) {
        if (!is_same_arc(self->given, self->order[i], first)) break;
    }
    return i;
}

static int by_weight(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* The weight of the arc at places start up to end. */
static float join(const triples *self, uint32_t start, uint32_t end)
{
    const uint32_t *order = self->order + start;
    uint32_t count = end - start;
    int duplicates = self->given->duplicates;
    for (uint32_t i = 0; i < count; i++) self->weighed[i] = self->given->weights[order[i]];
    if (count > 1 && duplicates != EG_DUP_FIRST) {
        qsort(self->weighed, count, sizeof *self->weighed, by_weight);
    }
    if (duplicates == EG_DUP_MAX) return self->weighed[count - 1] + 0.0f;
    if (duplicates == EG_DUP_FIRST) return self->weighed[0] + 0.0f;
    double sum = 0;
    for (uint32_t i = 0; i < count; i++) sum += self->weighed[i];
    return (float)sum;
}

static uint32_t count_arcs(const triples *self)
{
    uint32_t arcs = 0;
    for (uint32_t i = 0; i < self->count; i = end_of_arc(self, i)) arcs++;
    return arcs;
}

/* Room for it all. */
static graph *allocate(const eg_triples *given, uint32_t arcs, arrays *parts)
{
    uint64_t nodes = given->nodes, kind_bytes = given->kinds ? sizeof *parts->kinds : 0;
    uint64_t names = given->kinds ? given->name_bytes : 0;
    uint64_t bytes = sizeof(graph) + nodes * sizeof(double) + (nodes + 1) * sizeof(uint32_t) +
                     arcs * (sizeof(uint32_t) + sizeof(float) + kind_bytes) + names;
    if (bytes > PTRDIFF_MAX) return NULL;
    graph *made = malloc((size_t)bytes);
    if (!made) return NULL;
    parts->sums = (double *)(void *)(made + 1);
    parts->offsets = (uint32_t *)(void *)(parts->sums + nodes);
    parts->targets = parts->offsets + nodes + 1;
    parts->weights = (float *)(void *)(parts->targets + arcs);
    parts->kinds = given->kinds ? (uint16_t *)(void *)(parts->weights + arcs) : NULL;
    parts->names = given->kinds ? (char *)(parts->kinds + arcs) : NULL;
    if (names > 0) memcpy(parts->names, given->names, names);
    return made;
}

/* Answers the triple to blame for a weight that is not finite, or edges. */
static uint32_t fill(const triples *self, const arrays *parts)
{
    const eg_triples *given = self->given;
    size_t node = 0;
    uint32_t arc = 0;
    for (uint32_t i = 0, end; i < self->count; i = end, arc++) {
        end = end_of_arc(self, i);
        uint32_t first = self->order[i];
        while (node <= given->from[first]) parts->offsets[node++] = arc;
        parts->targets[arc] = given->to[first];
        parts->weights[arc] = join(self, i, end);
        if (given->kinds) parts->kinds[arc] = (uint16_t)given->kinds[first];
        if (!isfinite(parts->weights[arc])) return first;
    }
    while (node <= given->nodes) parts->offsets[node++] = arc;
    for (size_t u = 0; u < given->nodes; u++) {
        double sum = 0;
        for (uint32_t i = parts->offsets[u]; i < parts->offsets[u + 1]; i++) {
            sum += fabs((double)parts->weights[i]);
        }
        parts->sums[u] = sum;
    }
    return given->edges;
}

/* The graph of sorted triples. *culprit stays edges unless a sum is not finite. */
static graph *build(const triples *self, uint32_t *culprit)
{
    const eg_triples *given = self->given;
    uint32_t arcs = count_arcs(self);
    arrays parts;
    graph *made = allocate(given, arcs, &parts);
    if (!made) return NULL;
    *culprit = fill(self, &parts);
    if (*culprit != given->edges) {
        free(made);
        return NULL;
    }
    eg_graph open = { given->nodes, arcs, parts.offsets, parts.targets, parts.weights,
                      parts.kinds, given->kinds ? given->kind_count : 0, parts.names };
    memcpy(&made->open, &open, sizeof open);
    made->sums = parts.sums;
    atomic_init(&made->references, 1);
    atomic_init(&made->by_weight, NULL);
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

enum { KINDS_MAX = 1 << 16 };

static bool is_valid(const eg_triples *given)
{
    if (given->duplicates < EG_DUP_SUM || given->duplicates > EG_DUP_FIRST) return false;
    if (given->edges > 0 && (!given->from || !given->to || !given->weights)) return false;
    if (!given->kinds) return true;
    return given->kind_count <= KINDS_MAX && (given->name_bytes == 0 || given->names);
}

eg_graph *eg_graph_from(const eg_triples *given, uint32_t *culprit)
{
    *culprit = given->edges;
    if (!is_valid(given)) return NULL;
    *culprit = find_culprit(given);
    if (*culprit != given->edges) return NULL;

    triples self = { .given = given };
    self.order = malloc(((size_t)given->edges + 1) * sizeof *self.order);
    self.weighed = malloc(((size_t)given->edges + 1) * sizeof *self.weighed);
    graph *made = NULL;
    if (self.order && self.weighed && sort_triples(&self)) made = build(&self, culprit);
    free(self.order);
    free(self.weighed);
    if (!made) return NULL;
    live_objects_count(1);
    return &made->open;
}

eg_graph *eg_graph_new(uint32_t nodes, uint32_t edges, const uint32_t *from, const uint32_t *to,
                       const float *weights, int duplicates, int keep_self, uint32_t *culprit)
{
    eg_triples given = { .nodes = nodes, .edges = edges, .from = from, .to = to,
                         .weights = weights, .duplicates = duplicates, .keep_self = keep_self };
    return eg_graph_from(&given, culprit);
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
    live_objects_count(-1);
}
