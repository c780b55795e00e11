/*
 * All arcs are ranked by weight at once, and then dealt out to their rows.
 */
#include "kernels/ranked_arcs.h"

#include "kernels/ranking.h"

#include <stdlib.h>
#include <string.h>

enum { WORD = 64 };

/* What is needed while the order is made. */
typedef struct deal {
    uint64_t *keys, *spare; /* per ranked_arc */
    uint32_t *sources;      /* per ranked_arc */
    uint32_t *places;       /* per node: where its next arc goes */
} deal;

static bool deal_open(deal *self, const eg_graph *graph)
{
    size_t edges = (size_t)graph->edges + 1, nodes = (size_t)graph->nodes + 1;
    self->keys = malloc(edges * sizeof *self->keys);
    self->spare = malloc(edges * sizeof *self->spare);
    self->sources = malloc(edges * sizeof *self->sources);
    self->places = malloc(nodes * sizeof *self->places);
    return self->keys && self->spare && self->sources && self->places;
}

static void deal_close(deal *self)
{
    free(self->keys);
    free(self->spare);
    free(self->sources);
    free(self->places);
}

static void deal_out(deal *self, const eg_graph *graph, ranked_arc *rows)
{
    const uint32_t *offsets = graph->offsets, *targets = graph->targets;
    const float *weights = graph->weights;
    memcpy(self->places, offsets, ((size_t)graph->nodes + 1) * sizeof *offsets);
    for (uint32_t node = 0; node < graph->nodes; node++) {
        for (size_t i = offsets[node]; i < offsets[node + 1]; i++) self->sources[i] = node;
    }
    for (uint32_t i = 0; i < graph->edges; i++) self->keys[i] = ranking_key(weights[i], i);
    ranking all;
    ranking_start(&all, self->keys, 0);
    all.count = graph->edges;
    const uint64_t *ranked = ranking_finish(&all, self->spare);
    for (size_t i = 0; i < graph->edges; i++) {
        uint32_t from = (uint32_t)ranked[i];
        rows[self->places[self->sources[from]]++] = (ranked_arc){ targets[from], weights[from] };
    }
}

/* Which nodes have arcs. */
static void mark_sources(const eg_graph *graph, uint64_t *words)
{
    const uint32_t *offsets = graph->offsets;
    memset(words, 0, ((size_t)graph->nodes / WORD + 1) * sizeof *words);
    for (size_t node = 0; node < graph->nodes; node++) {
        uint64_t has_arcs = offsets[node] != offsets[node + 1];
        words[node / WORD] |= has_arcs << node % WORD;
    }
}

ranked_arcs *ranked_arcs_of(const eg_graph *graph)
{
    size_t count = graph->edges, words = (size_t)graph->nodes / WORD + 1;
    ranked_arcs *made = malloc(sizeof *made + (count + RANKED_AHEAD) * sizeof(ranked_arc) +
                               words * sizeof(uint64_t));
    deal dealt = { 0 };
    if (!deal_open(&dealt, graph) || !made) {
        deal_close(&dealt);
        free(made);
        return NULL;
    }
    deal_out(&dealt, graph, made->rows);
    memset(made->rows + count, 0, RANKED_AHEAD * sizeof(ranked_arc));
    uint64_t *with_arcs = (uint64_t *)(void *)(made->rows + count + RANKED_AHEAD);
    mark_sources(graph, with_arcs);
    made->with_arcs = with_arcs;
    made->heaviest = made->lightest = 0;
    for (size_t i = 0; i < count; i++) {
        float weight = made->rows[i].weight;
        if (i == 0 || weight > made->heaviest) made->heaviest = weight;
        if (i == 0 || weight < made->lightest) made->lightest = weight;
    }
    deal_close(&dealt);
    return made;
}
