/*
 * SuiteSparse GraphBLAS, on one thread: a hop is a masked selection and a product of the
 * frontier with the matrix, into which decay is folded. The answer is not ranked.
 */
#include "contender.h"

#include <GraphBLAS.h>
#include <stdlib.h>
#include <string.h>

typedef struct hops {
    GrB_Matrix arcs;
    GrB_Vector totals, fired, frontier;
    GrB_Index *ids;
    float *values;
} hops;

static int fill(GrB_Matrix arcs, const bench_spread *spread)
{
    const eg_graph *graph = spread->graph;
    const uint32_t *offsets = graph->offsets, *targets = graph->targets;
    const float *weights = graph->weights;
    for (uint32_t i = 0; i < graph->nodes; i++) {
        for (uint32_t arc = offsets[i]; arc < offsets[i + 1]; arc++) {
            float weight = (float)spread->decay * weights[arc];
            if (GrB_Matrix_setElement_FP32(arcs, weight, i, targets[arc]) != GrB_SUCCESS) return 1;
        }
    }
    return GrB_Matrix_wait(arcs, GrB_MATERIALIZE) != GrB_SUCCESS;
}

static int start(void)
{
    static int is_started;
    if (!is_started && GrB_init(GrB_NONBLOCKING) != GrB_SUCCESS) return 1;
    is_started = 1;
    return GxB_Global_Option_set(GxB_GLOBAL_NTHREADS, 1) != GrB_SUCCESS;
}

static void hops_close(void *job)
{
    bench_spread *spread = job;
    hops *own = spread->own;
    if (!own) return;
    GrB_Matrix_free(&own->arcs);
    GrB_Vector_free(&own->totals);
    GrB_Vector_free(&own->fired);
    GrB_Vector_free(&own->frontier);
    free(own->ids);
    free(own->values);
    free(own);
    spread->own = NULL;
}

static int hops_open(void *job)
{
    bench_spread *spread = job;
    GrB_Index nodes = spread->graph->nodes;
    if (start() != 0) return 1;
    hops *own = spread->own = calloc(1, sizeof *own);
    if (!own) return 1;
    own->ids = malloc(nodes * sizeof *own->ids);
    own->values = malloc(nodes * sizeof *own->values);
    if (GrB_Matrix_new(&own->arcs, GrB_FP32, nodes, nodes) != GrB_SUCCESS ||
        GrB_Vector_new(&own->totals, GrB_FP32, nodes) != GrB_SUCCESS ||
        GrB_Vector_new(&own->fired, GrB_BOOL, nodes) != GrB_SUCCESS ||
        GrB_Vector_new(&own->frontier, GrB_FP32, nodes) != GrB_SUCCESS) return 1;
    return !own->ids || !own->values || fill(own->arcs, spread);
}

static void spread_from(const bench_spread *spread, hops *own, uint32_t seed)
{
    GrB_Vector_clear(own->totals);
    GrB_Vector_clear(own->fired);
    GrB_Vector_setElement_FP32(own->totals, 1, seed);
    for (uint32_t hop = 0; hop < spread->max_hops; hop++) {
        GrB_Index count;
        GrB_Vector_select_FP32(own->frontier, own->fired, NULL, GrB_VALUEGT_FP32, own->totals,
                               (float)spread->threshold, GrB_DESC_RSC);
        GrB_Vector_nvals(&count, own->frontier);
        if (count == 0) break;
        GrB_Vector_assign_BOOL(own->fired, own->frontier, NULL, true, GrB_ALL,
                               spread->graph->nodes, GrB_DESC_S);
        GrB_vxm(own->totals, NULL, GrB_PLUS_FP32, GrB_PLUS_TIMES_SEMIRING_FP32, own->frontier,
                own->arcs, NULL);
    }
    GrB_Vector_wait(own->totals, GrB_MATERIALIZE);
}

static void spread_all(void *job)
{
    bench_spread *spread = job;
    hops *own = spread->own;
    for (uint32_t i = 0; i < spread->seed_count; i++) spread_from(spread, own, spread->seeds[i]);
    GrB_Index count = spread->graph->nodes;
    GrB_Vector_extractTuples_FP32(own->ids, own->values, &count, own->totals);
    memset(spread->activations, 0, spread->graph->nodes * sizeof *spread->activations);
    for (GrB_Index i = 0; i < count; i++) spread->activations[own->ids[i]] = own->values[i];
}

const bench_contender *bench_contenders(void)
{
    static const bench_contender list[] = {
        {"vxm", spread_all, hops_open, hops_close},
        {NULL, NULL, NULL, NULL},
    };
    return list;
}

#define TEXT(x) #x
#define VERSION(major, minor, patch) TEXT(major) "." TEXT(minor) "." TEXT(patch)

const char *bench_version(void)
{
    return VERSION(GxB_IMPLEMENTATION_MAJOR, GxB_IMPLEMENTATION_MINOR, GxB_IMPLEMENTATION_SUB);
}
