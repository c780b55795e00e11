/*
 * Ranked arcs: those of a graph with the heaviest of each row first.
 *
 * A row's first arc too light to matter ends the row. The order is made at the first call for a
 * graph, whichever thread makes it, and stays with the graph: 8 bytes per arc and a bit per node;
 * while it is made, 20 bytes per arc and 4 per node more. Arcs of one weight stay ascending by
 * target.
 *
 * Thread:  any. Two that come first at once each make it, and one of them is kept.
 * Errors:  NULL without memory.
 * Garbage: freed with its graph.
 */
#ifndef EG_RANKED_ARCS_H
#define EG_RANKED_ARCS_H

#include "runtime/base.h"
#include "runtime/engram.h"

/* So many arcs past the last may be read: they lead to node 0, at weight 0. */
enum { RANKED_AHEAD = 16 };

typedef struct ranked_arc {
    uint32_t target;
    float weight;
} ranked_arc;

/* rows[offsets[u]] up to rows[offsets[u + 1]], with the graph's offsets. */
typedef struct ranked_arcs {
    float heaviest, lightest; /* of all; 0 without arcs */
    const uint64_t *with_arcs; /* a bit per node, in words: does it have arcs? */
    ranked_arc rows[];
} ranked_arcs;

const ranked_arcs *graph_by_weight(const eg_graph *graph);

/* For graph.c: a new one, to be freed. */
ranked_arcs *ranked_arcs_of(const eg_graph *graph);

#endif
