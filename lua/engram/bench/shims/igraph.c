/*
 * igraph's personalised PageRank by PRPACK, whose tolerance is 1e-10. Each call turns the
 * graph into PRPACK's own form: its interface knows no other way.
 */
#include "contender.h"

#include <igraph.h>
#include <stdlib.h>

typedef struct ranks {
    igraph_t graph;
    igraph_vector_t weights, values;
} ranks;

static void ranks_close(void *job)
{
    bench_spread *spread = job;
    ranks *own = spread->own;
    if (!own) return;
    igraph_destroy(&own->graph);
    igraph_vector_destroy(&own->weights);
    igraph_vector_destroy(&own->values);
    free(own);
    spread->own = NULL;
}

static int ranks_open(void *job)
{
    bench_spread *spread = job;
    const eg_graph *graph = spread->graph;
    const uint32_t *offsets = graph->offsets, *targets = graph->targets;
    const float *weights = graph->weights;
    ranks *own = malloc(sizeof *own);
    igraph_vector_int_t ends;
    if (!own || igraph_vector_int_init(&ends, 2 * (igraph_integer_t)graph->edges) != 0) return 1;
    igraph_vector_init(&own->weights, graph->edges);
    igraph_vector_init(&own->values, 0);
    for (uint32_t i = 0; i < graph->nodes; i++) {
        for (uint32_t arc = offsets[i]; arc < offsets[i + 1]; arc++) {
            VECTOR(ends)[2 * (size_t)arc] = i;
            VECTOR(ends)[2 * (size_t)arc + 1] = targets[arc];
            VECTOR(own->weights)[arc] = weights[arc];
        }
    }
    int failed = igraph_create(&own->graph, &ends, graph->nodes, IGRAPH_DIRECTED);
    igraph_vector_int_destroy(&ends);
    spread->own = own;
    return failed;
}

static void prpack(void *job)
{
    bench_spread *spread = job;
    ranks *own = spread->own;
    for (uint32_t i = 0; i < spread->seed_count; i++) {
        igraph_personalized_pagerank_vs(&own->graph, IGRAPH_PAGERANK_ALGO_PRPACK, &own->values,
                                        NULL, igraph_vss_all(), IGRAPH_DIRECTED, spread->alpha,
                                        igraph_vss_1(spread->seeds[i]), &own->weights, NULL);
    }
    for (uint32_t i = 0; i < spread->graph->nodes; i++) {
        spread->activations[i] = (float)VECTOR(own->values)[i];
    }
}

const bench_contender *bench_contenders(void)
{
    static const bench_contender list[] = {
        {"prpack", prpack, ranks_open, ranks_close},
        {NULL, NULL, NULL, NULL},
    };
    return list;
}

const char *bench_version(void)
{
    return IGRAPH_VERSION;
}
