/*
 * spread_many_once: fire-once spreads for up to 16 sets of seeds at once; see spread.c for what
 * they mean, fronts.h for how they lie.
 *
 * Each lane makes the same operations in the same order as its set would alone, and ends when
 * that would end; so its answer is the same to the bit. A cycle costs one visit per arc of the
 * nodes that fire in any lane. Since a node fires once, and seldom in the same cycle for all,
 * most lanes of a visit are idle, unless refire has them fire again.
 *
 * EG_INVALID: as for one, if any set is; a set of another graph or with factors of its own; no
 * set, or more than 16. Without saying which set it was.
 *
 * The stop flag is read every 64k arcs. Scratch, in one block, with n nodes, w = n/64 + 1 rounded
 * down and r = 2 with refire, else 1: (128 (r + 1) + 10) (n + 1) + 16 w bytes. Only bits are
 * cleared in advance, 4 bytes for each node among them; the rest of a node when it is visited.
 */
#include "kernels/fronts.h"
#include "kernels/methods.h"
#include "kernels/rankings.h"
#include "runtime/arena.h"

enum { ROWS_AHEAD = 4 };

/* ---- Along the arcs ---- */

/* A place of the frontier, and those of its arcs that are next. */
typedef struct row {
    const double *shares;
    size_t start, end;
    uint32_t lanes;
} row;

static void give(fronts *self, const row *from)
{
    const uint32_t *targets = self->arcs.targets;
    if (!self->is_dense) {
        for (size_t i = from->start; i < from->end; i++) fronts_receive(self, targets[i]);
    }
    isa_scatter scatter = {
        .shares = from->shares, .inputs = self->frontier.inputs, .targets = targets,
        .weights = self->arcs.weights, .start = from->start, .end = from->end,
        .edges = self->call->graph->edges, .lanes = from->lanes,
        .is_far = self->call->graph->nodes > ISA_NEAR,
    };
    self->isa->scatter(&scatter);
}

/* With any option. */
static void give_by_option(fronts *self, const row *from)
{
    bool is_max = self->call->accumulate == EG_ACCUMULATE_MAX;
    for (size_t i = from->start; i < from->end; i++) {
        if (!arcs_has(&self->arcs, i)) continue;
        uint32_t target = self->arcs.targets[i], lanes = from->lanes;
        if (!self->is_dense) lanes = fronts_receive_counted(self, target, lanes);
        double *inputs = fronts_inputs(self, target), weight = arcs_weight(&self->arcs, i);
        for (; lanes; lanes &= lanes - 1) {
            int lane = __builtin_ctz(lanes);
            double *input = inputs + lane, given = from->shares[lane] * weight;
            if (!is_max) *input += given; else if (given > *input && given > 0) *input = given;
        }
    }
}

/* Rows lie anywhere: asks for one of those to come. Were it called, it would be left out. */
__attribute__((always_inline))
static inline void fetch_ahead(const fronts *self, size_t place)
{
    if (place + ROWS_AHEAD >= self->frontier.count) return;
    uint32_t start = self->arcs.offsets[self->frontier.ids[place + ROWS_AHEAD]];
    __builtin_prefetch(self->arcs.targets + start);
    __builtin_prefetch(self->arcs.weights + start);
}

/* Every place of the frontier, at most POLL_EVERY arcs at once. */
static int fire(fronts *self)
{
    const eg_spread *call = self->call;
    const uint32_t *offsets = self->arcs.offsets;
    bool by_option = self->is_capped || call->factors || call->accumulate == EG_ACCUMULATE_MAX;
    for (size_t place = 0; place < self->frontier.count; place++) {
        uint32_t node = self->frontier.ids[place];
        row from = { .shares = self->frontier.shares + place * ISA_WIDE, .start = offsets[node],
                     .lanes = self->frontier.firing[place] };
        fetch_ahead(self, place);
        for (size_t end = offsets[node + 1]; from.start < end; from.start = from.end) {
            uint32_t part = (uint32_t)(end - from.start);
            if (BASE_UNLIKELY(part > self->poll.left)) part = self->poll.left;
            from.end = from.start + part;
            if (by_option) give_by_option(self, &from); else give(self, &from);
            if (poll_stops(&self->poll, part)) return EG_STOPPED;
        }
    }
    return EG_OK;
}

/* ---- The whole ---- */

static bool are_valid(const eg_spread *call, const eg_sources *sets, uint32_t count)
{
    if (!once_is_valid(call) || !sets || count == 0 || count > ISA_WIDE) return false;
    for (uint32_t lane = 0; lane < count; lane++) {
        const eg_sources *set = sets + lane;
        if (set->graph != call->graph || set->factors) return false;
        if (!once_starts_from(set->graph, set->seeds, set->activations, set->seed_count)) {
            return false;
        }
    }
    return true;
}

static size_t bytes_of(const eg_spread *call)
{
    size_t room = (size_t)call->graph->nodes + 1, words = call->graph->nodes / FRONTS_WORD + 1;
    size_t wide = (call->refire ? 3 : 2) * (size_t)FRONTS_BYTES;
    return room * (wide + sizeof(uint32_t) + 3 * sizeof(uint16_t)) + 2 * words * sizeof(uint64_t);
}

static bool prepare(fronts *self, eg_arena *arena, const eg_spread *call)
{
    size_t room = (size_t)call->graph->nodes + 1, wide = room * ISA_WIDE;
    double *shares = eg_arena_alloc(arena, bytes_of(call));
    if (!shares) return false;
    double *totals = shares + wide, *inputs = call->refire ? totals + wide : totals;
    size_t words = call->graph->nodes / FRONTS_WORD + 1;
    uint64_t *bits = (uint64_t *)(void *)(inputs + wide);
    uint32_t *ids = (uint32_t *)(void *)(bits + 2 * words);
    uint16_t *lanes = (uint16_t *)(void *)(ids + room);
    memset(bits, 0, 2 * words * sizeof *bits);
    memset(lanes + room, 0, 2 * room * sizeof *lanes);
    bool is_capped = call->max_nodes > 0 && call->max_nodes < call->graph->nodes;
    *self = (fronts){
        .call = call, .isa = isa_now(), .arcs = arcs_of(call->graph, call->factors),
        .poll = poll_of(arena),
        .visited = bits, .received = bits + words, .words = words, .seen = lanes + 2 * room,
        .is_capped = is_capped, .visits_max = is_capped ? call->max_nodes : call->graph->nodes,
        .frontier = { .totals = totals, .inputs = inputs, .shares = shares, .ids = ids,
                      .offsets = call->graph->offsets, .firing = lanes, .fired = lanes + room,
                      .threshold = call->threshold, .clamp = call->clamp, .decay = call->decay,
                      .refire = call->refire, .is_max = call->accumulate == EG_ACCUMULATE_MAX,
                      .in_range = true },
    };
    return true;
}

static void start(fronts *self, const eg_sources *sets, uint32_t count)
{
    const isa_frontier *frontier = &self->frontier;
    for (uint32_t lane = 0; lane < count; lane++) {
        const eg_sources *from = sets + lane;
        for (uint32_t i = 0; i < from->seed_count; i++) {
            uint32_t node = from->seeds[i];
            if (!fronts_receive_counted(self, node, (uint32_t)1 << lane)) continue;
            double *input = fronts_inputs(self, node) + lane;
            *input += from->activations[i];
            if (frontier->refire && frontier->is_max) {
                frontier->totals[(size_t)node * ISA_WIDE + (size_t)lane] = *input;
            }
        }
    }
}

/* What the lanes in which something fires have come to. */
static void count_cycle(fronts *self)
{
    for (uint32_t lanes = self->frontier.running; lanes; lanes &= lanes - 1) {
        int lane = __builtin_ctz(lanes);
        answer *how = self->how + lane;
        how->fired += self->frontier.fresh[lane];
        how->hops++;
    }
}

static int run(fronts *self)
{
    const eg_spread *call = self->call;
    uint32_t limit = call->max_hops > 0 ? call->max_hops : UINT32_MAX;
    for (uint32_t hops = 0;; hops++) {
        bool is_last = hops == limit;
        int status = fronts_settle(self, is_last);
        if (status != EG_OK) return status;
        for (int lane = 0; lane < ISA_WIDE; lane++) {
            answer *how = self->how + lane;
            for (int i = 0; i < ISA_DOUBLES; i++) how->residual += self->frontier.waiting[i][lane];
            if (is_last && self->frontier.running >> lane & 1) how->truncated = EG_CUT_BY_HOPS;
            if (self->shorts >> lane & 1) how->truncated = EG_CUT_BY_NODES;
        }
        if (is_last || !self->frontier.running) return EG_OK;
        status = fire(self);
        if (status != EG_OK) return status;
        count_cycle(self);
    }
}

/* Whoever was visited; the keys take the place of the shares. */
static int answer_all(fronts *self, eg_arena *arena, uint32_t count, eg_hits *hits)
{
    rankings found;
    double *shares = self->frontier.shares, *totals = self->frontier.totals;
    size_t room = (size_t)self->call->graph->nodes + 1;
    rankings_start(&found, (uint64_t *)(void *)shares, room, self->call->topk);
    for (size_t word = 0; word < self->words; word++) {
        size_t first = word * FRONTS_WORD;
        if (!self->visited[word]) continue;
        rankings_add_word(&found, totals + first * ISA_WIDE, self->visited[word], (uint32_t)first);
    }
    return rankings_answer(&found, arena, shares, bytes_of(self->call), (uint64_t *)(void *)totals,
                           self->how, count, hits);
}

int eg_many_once(eg_arena *arena, const eg_spread *spread, const eg_sources *sets,
                 uint32_t count, eg_hits *hits)
{
    if (eg_arena_stopped(arena)) return EG_STOPPED;
    if (!are_valid(spread, sets, count)) return EG_INVALID;
    int status = once_ends(arena, spread);
    if (status != EG_OK) return status;
    double mark = eg_arena_mark(arena);
    fronts self;
    if (!prepare(&self, arena, spread)) return EG_OVERFLOW;
    start(&self, sets, count);
    status = run(&self);
    if (status == EG_OK) status = answer_all(&self, arena, count, hits);
    if (status != EG_OK) eg_arena_rewind(arena, mark);
    return status;
}

double eg_many_once_bytes(const eg_spread *spread)
{
    return spread->graph ? (double)bytes_of(spread) : 0;
}
