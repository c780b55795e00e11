/*
 * Spreading activation as one would write it first: each hop looks at every node, and
 * activations are floats. Ranked, as engram's answer is, the nodes that have some are
 * sorted with qsort; the k best come from a heap.
 */
#include "contender.h"

#include "best.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

typedef struct sweep {
    float *incoming;
    bool *fired;
    uint64_t *ranked;
    size_t ranked_count;
} sweep;

static void sweep_close(void *job)
{
    bench_spread *spread = job;
    sweep *own = spread->own;
    if (!own) return;
    free(own->incoming);
    free(own->fired);
    free(own->ranked);
    free(own);
    spread->own = NULL;
}

static int sweep_open(void *job)
{
    bench_spread *spread = job;
    size_t nodes = spread->graph->nodes;
    sweep *own = spread->own = calloc(1, sizeof *own);
    if (!own) return 1;
    own->incoming = malloc(nodes * sizeof *own->incoming);
    own->fired = malloc(nodes * sizeof *own->fired);
    own->ranked = malloc(nodes * sizeof *own->ranked);
    return !own->incoming || !own->fired || !own->ranked;
}

static bool hop(const bench_spread *spread, float *restrict incoming, bool *restrict fired)
{
    const uint32_t *offsets = spread->graph->offsets, *targets = spread->graph->targets;
    const float *weights = spread->graph->weights, *activations = spread->activations;
    float threshold = (float)spread->threshold, decay = (float)spread->decay;
    bool any = false;
    memset(incoming, 0, spread->graph->nodes * sizeof *incoming);
    for (uint32_t i = 0; i < spread->graph->nodes; i++) {
        if (fired[i] || !(activations[i] > threshold)) continue;
        float pulse = activations[i] * decay;
        for (uint32_t arc = offsets[i]; arc < offsets[i + 1]; arc++) {
            incoming[targets[arc]] += pulse * weights[arc];
        }
        fired[i] = any = true;
    }
    return any;
}

static void spread_from(bench_spread *spread, uint32_t seed)
{
    sweep *own = spread->own;
    uint32_t nodes = spread->graph->nodes;
    float *restrict activations = spread->activations;
    memset(activations, 0, nodes * sizeof *activations);
    memset(own->fired, 0, nodes * sizeof *own->fired);
    activations[seed] = 1;
    for (uint32_t hops = 0; hops < spread->max_hops; hops++) {
        if (!hop(spread, own->incoming, own->fired)) return;
        for (uint32_t i = 0; i < nodes; i++) activations[i] += own->incoming[i];
    }
}

static void dense(void *job)
{
    bench_spread *spread = job;
    for (uint32_t i = 0; i < spread->seed_count; i++) spread_from(spread, spread->seeds[i]);
}

static int descending(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return left < right ? 1 : left > right ? -1 : 0;
}

/* Positive floats order as their bits do; equal ones by lower id. */
static void rank(const bench_spread *spread, sweep *own)
{
    own->ranked_count = 0;
    for (uint32_t i = 0; i < spread->graph->nodes; i++) {
        uint32_t bits;
        memcpy(&bits, spread->activations + i, sizeof bits);
        if (bits != 0) own->ranked[own->ranked_count++] = (uint64_t)bits << 32 | (UINT32_MAX - i);
    }
    qsort(own->ranked, own->ranked_count, sizeof *own->ranked, descending);
}

static void dense_ranked(void *job)
{
    bench_spread *spread = job;
    for (uint32_t i = 0; i < spread->seed_count; i++) {
        spread_from(spread, spread->seeds[i]);
        rank(spread, spread->own);
    }
}

static void dense_best(void *job)
{
    bench_spread *spread = job;
    for (uint32_t i = 0; i < spread->seed_count; i++) {
        spread_from(spread, spread->seeds[i]);
        best_of(spread->activations, spread->graph->nodes, spread->k, spread->best,
                spread->best_ids);
    }
}

const bench_contender *bench_contenders(void)
{
    static const bench_contender list[] = {
        {"dense", dense, sweep_open, sweep_close},
        {"dense, ranked", dense_ranked, sweep_open, sweep_close},
        {"dense, best", dense_best, sweep_open, sweep_close},
        {NULL, NULL, NULL, NULL},
    };
    return list;
}
