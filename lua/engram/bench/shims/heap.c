/*
 * Best-first spreading as one would write it first: a binary heap of who was reached,
 * where entries that were overtaken stay until they come up.
 */
#include "contender.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct entry {
    float activation;
    uint32_t node, hops;
} entry;

typedef struct search {
    entry *heap;
    size_t waiting;
    float *best;
    bool *settled;
} search;

static void search_close(void *job)
{
    bench_spread *spread = job;
    search *own = spread->own;
    if (!own) return;
    free(own->heap);
    free(own->best);
    free(own->settled);
    free(own);
    spread->own = NULL;
}

static int search_open(void *job)
{
    bench_spread *spread = job;
    search *own = spread->own = calloc(1, sizeof *own);
    if (!own) return 1;
    size_t nodes = spread->graph->nodes;
    own->heap = malloc(((size_t)spread->graph->edges + 1) * sizeof *own->heap);
    own->best = malloc(nodes * sizeof *own->best);
    own->settled = malloc(nodes * sizeof *own->settled);
    return !own->heap || !own->best || !own->settled;
}

static void push(search *own, entry new)
{
    size_t at = own->waiting++;
    while (at > 0 && own->heap[(at - 1) / 2].activation < new.activation) {
        own->heap[at] = own->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    own->heap[at] = new;
}

static entry pop(search *own)
{
    entry top = own->heap[0], last = own->heap[--own->waiting];
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= own->waiting) break;
        if (child + 1 < own->waiting &&
            own->heap[child + 1].activation > own->heap[child].activation) child++;
        if (last.activation >= own->heap[child].activation) break;
        own->heap[at] = own->heap[child];
        at = child;
    }
    own->heap[at] = last;
    return top;
}

static void pass_on(const bench_spread *spread, search *own, entry from)
{
    const uint32_t *offsets = spread->graph->offsets, *targets = spread->graph->targets;
    const float *weights = spread->graph->weights;
    float pulse = from.activation * (float)spread->decay, threshold = (float)spread->threshold;
    for (uint32_t arc = offsets[from.node]; arc < offsets[from.node + 1]; arc++) {
        float activation = pulse * weights[arc];
        uint32_t target = targets[arc];
        if (activation <= threshold || activation <= own->best[target]) continue;
        own->best[target] = activation;
        push(own, (entry){activation, target, from.hops + 1});
    }
}

static void spread_from(bench_spread *spread, uint32_t seed)
{
    search *own = spread->own;
    size_t nodes = spread->graph->nodes;
    memset(own->best, 0, nodes * sizeof *own->best);
    memset(own->settled, 0, nodes * sizeof *own->settled);
    memset(spread->activations, 0, nodes * sizeof *spread->activations);
    own->best[seed] = 1;
    push(own, (entry){1, seed, 0});
    while (own->waiting > 0) {
        entry top = pop(own);
        if (own->settled[top.node]) continue;
        own->settled[top.node] = true;
        spread->activations[top.node] = top.activation;
        if (top.hops < spread->max_hops) pass_on(spread, own, top);
    }
}

static void best_first(void *job)
{
    bench_spread *spread = job;
    for (uint32_t i = 0; i < spread->seed_count; i++) spread_from(spread, spread->seeds[i]);
}

const bench_contender *bench_contenders(void)
{
    static const bench_contender list[] = {
        {"best-first", best_first, search_open, search_close},
        {NULL, NULL, NULL, NULL},
    };
    return list;
}
