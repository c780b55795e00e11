#include "kernels/lanes.h"

#include "kernels/flow.h"
#include "kernels/graph.h"
#include "kernels/rankings.h"

#include <string.h>

/* Of a node: now, next, and one to spare, for sorting. */
enum { DOUBLES = 2 * ISA_WIDE + 1, WORD = 64 };

static bool is_valid(const eg_sources *from, const eg_sources *sets, uint32_t count)
{
    if (!from->graph || from->factors || count == 0 || count > ISA_WIDE || !sets) return false;
    for (uint32_t lane = 0; lane < count; lane++) {
        if (sets[lane].graph != from->graph || sets[lane].factors) return false;
    }
    const float *weights = from->graph->weights;
    bool is_negative = false;
    for (size_t i = 0; i < from->graph->edges; i++) is_negative |= weights[i] < 0;
    return !is_negative;
}

static void plan(lanes *self)
{
    const eg_graph *graph = self->graph;
    self->scatter = (isa_flow_scatter){
        .now = self->front, .next = self->back, .targets = graph->targets,
        .weights = graph->weights, .edges = graph->edges, .counts = self->counts,
        .is_far = graph->nodes > ISA_NEAR,
    };
    self->update = (isa_flow_update){
        .now = self->front, .next = self->back, .nodes = graph->nodes,
    };
}

size_t lanes_bytes(const eg_graph *graph, size_t more_bytes)
{
    return DOUBLES * ((size_t)graph->nodes + 1) * sizeof(double) + more_bytes;
}

int lanes_open(lanes *self, eg_arena *arena, const eg_sources *from, const eg_sources *sets,
               uint32_t count, size_t more_bytes)
{
    if (eg_arena_stopped(arena)) return EG_STOPPED;
    if (!is_valid(from, sets, count)) return EG_INVALID;
    *self = (lanes){ .arena = arena, .graph = from->graph, .sets = sets, .count = count,
                     .sums = graph_sums(from->graph), .isa = isa_now(),
                     .mark = eg_arena_mark(arena), .poll = poll_of(arena) };
    for (uint32_t lane = 0; lane < count; lane++) {
        double total = flow_total(sets + lane);
        if (total < 0) return EG_INVALID;
        self->totals[lane] = total;
        self->running |= (uint32_t)(total > 0) << lane;
    }
    size_t room = (size_t)from->graph->nodes + 1;
    self->bytes = lanes_bytes(from->graph, more_bytes);
    self->front = eg_arena_alloc(arena, self->bytes);
    if (!self->front) return EG_OVERFLOW;
    self->back = self->front + ISA_WIDE * room;
    self->more = self->front + DOUBLES * room;
    memset(self->front, 0, 2 * ISA_WIDE * room * sizeof(double));
    plan(self);
    return EG_OK;
}

void lanes_swap(lanes *self)
{
    double *ended = self->update.now;
    self->update.now = self->update.next;
    self->update.next = ended;
    self->scatter.now = self->update.now;
    self->scatter.next = self->update.next;
}

void lanes_update(lanes *self, double kept, double suppress)
{
    isa_flow_update *update = &self->update;
    update->running = self->running;
    update->kept = kept;
    update->suppress = suppress;
    memset(update->most, 0, sizeof update->most);
    memset(update->change, 0, sizeof update->change);
    self->isa->flow_update(update);
    lanes_swap(self);
}

/* ---- The answers ---- */

/* The keys of each lane, one after the other, where next was. */
static void collect(lanes *self, uint32_t topk, rankings *found)
{
    size_t nodes = self->graph->nodes;
    rankings_start(found, (uint64_t *)(void *)self->update.next, nodes + 1, topk);
    for (size_t first = 0; first < nodes; first += WORD) {
        uint64_t bits = nodes - first < WORD ? ((uint64_t)1 << (nodes - first)) - 1 : UINT64_MAX;
        rankings_add_word(found, lanes_now(self, (uint32_t)first), bits, (uint32_t)first);
    }
}

int lanes_close(lanes *self, int status, uint32_t topk, eg_hits *hits)
{
    if (status == EG_OK) {
        rankings found;
        collect(self, topk, &found);
        uint64_t *spare = (uint64_t *)(void *)self->front;
        spare += 2 * ISA_WIDE * ((size_t)self->graph->nodes + 1);
        status = rankings_answer(&found, self->arena, self->front, self->bytes, spare, self->how,
                                 self->count, hits);
    }
    if (status != EG_OK) eg_arena_rewind(self->arena, self->mark);
    return status;
}
