/*
 * components: the parts of a graph between which no arc leads, whichever way arcs point.
 *
 * Trees of nodes: each node names another of its part, the root itself. An arc joins two trees,
 * the smaller one to the larger; a search for a root halves the way there for the next one.
 * Weights and kinds mean nothing: an arc of weight 0 is an arc. Scratch for n nodes:
 * 8 * max(n, 1) bytes, given back.
 */
#include "kernels/poll.h"
#include "runtime/arena.h"

typedef struct forest {
    uint32_t *parents, *sizes; /* sizes: of a root's tree */
    uint32_t trees, largest;
} forest;

static uint32_t root_of(const forest *self, uint32_t node)
{
    uint32_t *parents = self->parents;
    while (parents[node] != node) node = parents[node] = parents[parents[node]];
    return node;
}

static void join(forest *self, uint32_t a, uint32_t b)
{
    a = root_of(self, a);
    b = root_of(self, b);
    if (a == b) return;
    uint32_t large = self->sizes[a] >= self->sizes[b] ? a : b, small = large == a ? b : a;
    self->parents[small] = large;
    self->sizes[large] += self->sizes[small];
    self->trees--;
    if (self->sizes[large] > self->largest) self->largest = self->sizes[large];
}

static int join_all(forest *self, const eg_graph *graph, eg_arena *arena)
{
    const uint32_t *offsets = graph->offsets, *targets = graph->targets;
    poll due = poll_of(arena);
    for (uint32_t node = 0; node < graph->nodes; node++) {
        for (size_t i = offsets[node]; i < offsets[node + 1]; i++) join(self, node, targets[i]);
        if (poll_stops(&due, offsets[node + 1] - offsets[node])) return EG_STOPPED;
    }
    return EG_OK;
}

int eg_graph_components(eg_arena *arena, const eg_graph *graph, eg_components *found)
{
    if (!graph) return EG_INVALID;
    if (eg_arena_stopped(arena)) return EG_STOPPED;
    size_t nodes = graph->nodes;
    double mark = eg_arena_mark(arena);
    uint32_t *both = eg_arena_alloc(arena, (nodes > 0 ? nodes : 1) * 2 * sizeof *both);
    if (!both) return EG_OVERFLOW;
    forest self = {.parents = both, .sizes = both + nodes, .trees = graph->nodes,
                   .largest = nodes > 0};
    for (uint32_t i = 0; i < graph->nodes; i++) {
        self.parents[i] = i;
        self.sizes[i] = 1;
    }
    int status = join_all(&self, graph, arena);
    (void)eg_arena_rewind(arena, mark);
    if (status != EG_OK) return status;
    *found = (eg_components){self.trees, self.largest};
    return EG_OK;
}
