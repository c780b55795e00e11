#include "kernels/lanes.h"

#include "kernels/flow.h"
#include "kernels/graph.h"

#include <string.h>

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
    self->relay = (isa_relay){ .now = self->front, .next = self->back, .targets = graph->targets,
                               .weights = graph->weights, .edges = graph->edges,
                               .counts = self->counts };
    self->renew = (isa_renew){ .now = self->front, .next = self->back, .nodes = graph->nodes };
}

int lanes_open(lanes *self, eg_arena *arena, const eg_sources *from, const eg_sources *sets,
               uint32_t count, size_t more_bytes)
{
    if (eg_arena_stopped(arena)) return EG_STOPPED;
    if (!is_valid(from, sets, count)) return EG_INVALID;
    *self = (lanes){ .arena = arena, .graph = from->graph, .sets = sets, .count = count,
                     .sums = graph_sums(from->graph), .isa = isa_now(),
                     .mark = eg_arena_mark(arena), .poll_in = FLOW_POLL_ARCS };
    for (uint32_t lane = 0; lane < count; lane++) {
        double total = flow_total(sets + lane);
        if (total < 0) return EG_INVALID;
        self->totals[lane] = total;
        self->running |= (uint32_t)(total > 0) << lane;
    }
    size_t room = (size_t)from->graph->nodes + 1;
    size_t doubles = (2 * ISA_WIDE + 1) * room; /* one to spare, for sorting */
    self->bytes = doubles * sizeof(double) + more_bytes;
    self->front = eg_arena_alloc(arena, self->bytes);
    if (!self->front) return EG_OVERFLOW;
    self->back = self->front + ISA_WIDE * room;
    self->more = self->front + doubles;
    memset(self->front, 0, 2 * ISA_WIDE * room * sizeof(double));
    plan(self);
    return EG_OK;
}

bool lanes_are_stopped(lanes *self, uint32_t node)
{
    const uint32_t *offsets = self->graph->offsets;
    uint32_t count = offsets[node + 1] - offsets[node];
    if (BASE_LIKELY(count < self->poll_in)) {
        self->poll_in -= count + 1;
        return false;
    }
    self->poll_in = FLOW_POLL_ARCS;
    return eg_arena_stopped(self->arena) != 0;
}

void lanes_turn(lanes *self)
{
    double *ended = self->renew.now;
    self->renew.now = self->renew.next;
    self->renew.next = ended;
    self->relay.now = self->renew.now;
    self->relay.next = self->renew.next;
}

void lanes_renew(lanes *self, double kept, double suppress)
{
    isa_renew *renew = &self->renew;
    renew->running = self->running;
    renew->kept = kept;
    renew->suppress = suppress;
    memset(renew->most, 0, sizeof renew->most);
    memset(renew->change, 0, sizeof renew->change);
    self->isa->renew(renew);
    lanes_turn(self);
}

/* ---- The answers ---- */

/* The keys of each lane, one after the other where next was: room for one more than nodes. */
static void collect(lanes *self, uint32_t topk, ranking *found)
{
    size_t room = (size_t)self->graph->nodes + 1;
    uint64_t *keys = (uint64_t *)(void *)self->renew.next;
    for (uint32_t lane = 0; lane < self->count; lane++) {
        ranking_start(found + lane, keys + lane * room, topk);
    }
    for (uint32_t node = 0; node < self->graph->nodes; node++) {
        const double *now = lanes_now(self, node);
        for (uint32_t lane = 0; lane < self->count; lane++) {
            ranking_add(found + lane, (float)now[lane], node);
        }
    }
}

/* Ids and values of a lane, at *at, which moves on. That may lie where the keys of earlier lanes
 * were, and of this one, but never where those of later ones are. */
static void put(ranking *found, uint64_t *spare, const answer *how, uint64_t **at, eg_hits *hits)
{
    uint64_t *ranked = ranking_finish(found, spare);
    size_t count = found->count;
    if (ranked != spare) memcpy(spare, ranked, count * sizeof *spare);
    uint32_t *ids = (uint32_t *)(void *)*at;
    float *values = (float *)(void *)(ids + count);
    ranking_split(spare, count, ids, values);
    *at += count;
    eg_hits made = { ids, values, (uint32_t)count, NULL, 0,
                     how->hops, how->fired, how->truncated, how->residual };
    memcpy(hits, &made, sizeof made);
}

static int answer_all(lanes *self, uint32_t topk, eg_hits *hits)
{
    ranking found[ISA_WIDE];
    eg_hits made[ISA_WIDE];
    collect(self, topk, found);
    uint64_t *start = (uint64_t *)(void *)self->front, *at = start;
    uint64_t *spare = start + 2 * ISA_WIDE * ((size_t)self->graph->nodes + 1);
    for (uint32_t lane = 0; lane < self->count; lane++) {
        put(found + lane, spare, self->how + lane, &at, made + lane);
    }
    size_t kept = at > start ? (size_t)(at - start) * sizeof *at : 1;
    eg_arena_rewind(self->arena, eg_arena_mark(self->arena) - (double)(self->bytes - kept));
    const eg_slot *slot = eg_arena_track(self->arena, start);
    if (!slot) return EG_OVERFLOW;
    for (uint32_t lane = 0; lane < self->count; lane++) {
        eg_hits *one = made + lane;
        eg_hits tracked = { one->ids, one->values, one->length, slot, slot->serial, one->hops_used,
                            one->fired, one->truncated, one->residual };
        memcpy(hits + lane, &tracked, sizeof tracked);
    }
    return EG_OK;
}

int lanes_close(lanes *self, int status, uint32_t topk, eg_hits *hits)
{
    if (status == EG_OK) status = answer_all(self, topk, hits);
    if (status != EG_OK) eg_arena_rewind(self->arena, self->mark);
    return status;
}
