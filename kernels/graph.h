/*
 * Graph: weighted arcs in compressed sparse rows, made once and never changed.
 *
 * The public half is in engram.h. Arcs are ascending by (source, target, kind), and
 * each pair occurs once, or once per kind. Duplicates are joined: EG_DUP_SUM adds their weights
 * in double, lightest first, and rounds once, so the order of the triples
 * changes no bit; EG_DUP_FIRST takes the first in the order given. A weight
 * of -0 is stored as 0.
 *
 * Thread:  any number of readers; retain and release from any thread.
 * Errors:  NULL. A sum of duplicates that leaves the range of a float blames
 *          the first triple of its arc.
 * Garbage: counted. Whoever retains releases.
 */
#ifndef EG_GRAPH_H
#define EG_GRAPH_H

#include "runtime/base.h"
#include "runtime/engram.h"

/* The sum of the absolute weights of each node's arcs: what fan "out" divides by. */
const double *graph_sums(const eg_graph *graph);

#endif
