/*
 * spread: activation that runs from seed nodes along the arcs of a graph.
 *
 * Synchronous cycles. The frontier is every node that has not fired, has arcs,
 * and whose activation is above the threshold (strictly). In ascending order,
 * each node i of it, with the activation it had when the cycle began, gives
 * activation * decay / fan(i) * weight to the target of each arc. A node fires
 * once, but may receive at any time; one that stayed at or below the threshold
 * is looked at again when it has received more.
 *
 *   refire  a node fires in every cycle in which its pulse, what it received in
 *           the cycle before, is above the threshold, and gives of that alone. Its
 *           activation is the sum of its pulses; at first, the pulses are the seeds.
 *   fan(i)  none 1 · out the sum of |weight| over its arcs · sqrt the root of
 *           their number · log log2(2 + their number). A fan of 0 gives nothing.
 *   accumulate  sum, or max: then only the largest of what a node has and is given
 *           counts, of what arrives in a cycle and of pulses too. Seeds still add up. What
 *           is given below 0 changes nothing: a seed below 0 stays until more is given.
 *   clamp   keeps every activation, the seeds' too, within 0 and clamp; not pulses, so that
 *           where these grow (a gain of 1 or more wants max_hops) all ends up at clamp.
 *           Without it there is no bound below either: negative weights inhibit, and
 *           what they pull to 0 or less does not fire.
 *   factors  one per kind of arc: see arcs.h.
 *   seeds   in any order, those of one node add up. None: an empty answer.
 *   max_nodes  how many nodes may be visited (be seeds or targets of an arc
 *           that was used), in the order of visiting: seeds as given, then arcs
 *           ascending by source and target. An arc to one more passes nothing,
 *           while those that were visited go on: EG_CUT_BY_NODES.
 *   max_hops   how many cycles are made. When there still was a frontier:
 *           EG_CUT_BY_HOPS, unless it is EG_CUT_BY_NODES already; residual is
 *           the activation (refire: the pulses) of that frontier.
 *
 * The answer is every node whose activation, as a float, is not 0, or the best topk of
 * these; best first, ties by lower id. Sums are made in double, a target's in ascending
 * order of its sources, and rounded once at the end: the same call gives the same bits.
 * fired counts nodes, not firings.
 *
 * EG_INVALID: an id or an option out of range, a seed that is not finite, or an activation
 * or pulse that leaves the range of a float, so no infinity ever meets a 0. And refire
 * without an end in sight: it wants max_hops, or a threshold of DBL_MIN or more (below, numbers
 * stop shrinking) and eg_spread_gain below 1. Then pulses shrink by that gain a cycle, in all or
 * at their most, and what starts as s in all ends after ln(threshold / s) / ln(gain) cycles.
 * Should rounding outweigh a gain next to 1: after 2^32 - 1, as if that were max_hops. Without
 * refire: at most one firing per node and one visit per arc, whatever the weights.
 *
 * The stop flag is read every 64k arcs. Scratch, with n nodes, c = min(n, max_nodes),
 * w = n/64 + 1 and b = w/64 + 1, divisions rounded down, r = 2 with refire, else 1:
 * 64(c/8 + 1) + 64(c/16 + 1) + 512rw + 24w + 8b bytes, in one block. Its first 8 bytes per
 * hit become the answer, the rest is given back. Only the bits are cleared in advance.
 */
#include "kernels/activation.h"
#include "kernels/answer.h"
#include "kernels/methods.h"
#include "kernels/spreading.h"
#include "runtime/arena.h"

#include <float.h>
#include <math.h>

enum { ROWS_AHEAD = 4 };

/* ---- Along the arcs ---- */

static inline void give_dense(spreading *self, size_t start, size_t end, double share)
{
    const uint32_t *targets = self->arcs.targets;
    const float *weights = self->arcs.weights;
    double *inputs = self->inputs;
    for (size_t i = start; i < end; i++) inputs[targets[i]] += share * weights[i];
}

static inline void give_sparse(spreading *self, size_t start, size_t end, double share)
{
    const uint32_t *targets = self->arcs.targets;
    const float *weights = self->arcs.weights;
    double *inputs = self->inputs;
    for (size_t i = start; i < end; i++) {
        spreading_receive(self, targets[i]);
        inputs[targets[i]] += share * weights[i];
    }
}

/* With any option. */
static void give_by_option(spreading *self, size_t start, size_t end, double share)
{
    bool is_max = self->call->accumulate == EG_ACCUMULATE_MAX;
    for (size_t i = start; i < end; i++) {
        if (!arcs_has(&self->arcs, i)) continue;
        uint32_t target = self->arcs.targets[i];
        if (!self->is_dense && !spreading_receive_counted(self, target)) continue;
        double *input = self->inputs + target, given = share * arcs_weight(&self->arcs, i);
        if (!is_max) *input += given; else if (given > *input && given > 0) *input = given;
    }
}

/* Rows lie anywhere: asks for one of those to come. Were it called, it would be left out. */
__attribute__((always_inline))
static inline void fetch_ahead(const spreading *self, size_t place)
{
    if (place + ROWS_AHEAD >= self->count) return;
    uint32_t start = self->arcs.offsets[self->ids[place + ROWS_AHEAD]];
    __builtin_prefetch(self->arcs.targets + start);
    __builtin_prefetch(self->arcs.weights + start);
}

/* give(self, start, end, share) for each row of the frontier, at most POLL_EVERY at once. */
__attribute__((always_inline))
static inline int fire_by(spreading *self, void (*give)(spreading *, size_t, size_t, double))
{
    const uint32_t *offsets = self->arcs.offsets;
    poll due = self->poll; /* in registers */
    for (size_t place = 0; place < self->count; place++) {
        uint32_t node = self->ids[place], start = offsets[node], end = offsets[node + 1];
        double share = self->shares[place];
        fetch_ahead(self, place);
        for (uint32_t part; BASE_UNLIKELY(end - start >= due.left); start += part) {
            part = due.left;
            give(self, start, start + part, share);
            if (poll_stops(&due, part)) return EG_STOPPED;
        }
        give(self, start, end, share);
        due.left -= end - start;
    }
    self->poll = due;
    return EG_OK;
}

static int fire(spreading *self)
{
    const eg_spread *call = self->call;
    if (self->is_capped || call->factors || call->accumulate == EG_ACCUMULATE_MAX) {
        return fire_by(self, give_by_option);
    }
    return self->is_dense ? fire_by(self, give_dense) : fire_by(self, give_sparse);
}

/* ---- The whole ---- */

bool once_is_valid(const eg_spread *call)
{
    if (!call->graph) return false;
    if (!(call->decay > 0 && call->decay <= 1)) return false;
    if (!(call->threshold >= 0 && call->threshold <= DBL_MAX)) return false;
    if (!(call->clamp >= 0 && call->clamp <= DBL_MAX)) return false;
    if (call->fan < EG_FAN_NONE || call->fan > EG_FAN_LOG) return false;
    if (call->accumulate < EG_ACCUMULATE_SUM || call->accumulate > EG_ACCUMULATE_MAX) return false;
    return arcs_are_valid(call->graph, call->factors, true);
}

bool once_starts_from(const eg_graph *graph, const uint32_t *seeds, const double *activations,
                      uint32_t count)
{
    if (count > 0 && (!seeds || !activations)) return false;
    for (uint32_t i = 0; i < count; i++) {
        if (seeds[i] >= graph->nodes || !isfinite(activations[i])) return false;
    }
    return true;
}

int once_ends(eg_arena *arena, const eg_spread *call)
{
    double gain;
    if (!call->refire || call->max_hops > 0) return EG_OK;
    if (!(call->threshold >= DBL_MIN)) return EG_INVALID;
    int status = eg_spread_gain(arena, call, &gain);
    if (status != EG_OK) return status;
    return gain < 1 ? EG_OK : EG_INVALID;
}

/* Sizes in doubles, and whole cache lines of them but for the bits. */
typedef struct layout {
    size_t visits_max, words, blocks, shares, ids, totals, bytes;
} layout;

static layout layout_of(const eg_spread *call)
{
    size_t nodes = call->graph->nodes;
    layout it = { .visits_max = nodes, .words = nodes / SPREADING_WORD + 1 };
    if (call->max_nodes > 0 && call->max_nodes < nodes) it.visits_max = call->max_nodes;
    it.blocks = it.words / SPREADING_WORD + 1;
    it.shares = (it.visits_max / SPREADING_LINE + 1) * SPREADING_LINE;
    it.ids = (it.visits_max / (2 * SPREADING_LINE) + 1) * SPREADING_LINE;
    it.totals = it.words * SPREADING_WORD;
    size_t doubles = it.shares + it.ids + it.totals * (call->refire ? 2 : 1);
    it.bytes = (doubles + 3 * it.words + it.blocks) * sizeof(double);
    return it;
}

/* Takes the scratch. Answers its bytes; 0 when the arena is full. */
static size_t prepare(spreading *self, eg_arena *arena, const eg_spread *call)
{
    layout it = layout_of(call);
    double *block = eg_arena_alloc(arena, it.bytes);
    if (!block) return 0;
    double *totals = block + it.shares + it.ids;
    double *inputs = call->refire ? totals + it.totals : totals;
    uint64_t *bits = (uint64_t *)(void *)(inputs + it.totals);
    memset(bits, 0, (3 * it.words + it.blocks) * sizeof *bits);
    *self = (spreading){
        .call = call, .isa = isa_now(), .arcs = arcs_of(call->graph, call->factors),
        .shares = block, .ids = (uint32_t *)(void *)(block + it.shares), .totals = totals,
        .inputs = inputs, .visited = bits, .fired = bits + it.words,
        .received = bits + 2 * it.words, .blocks = bits + 3 * it.words, .words = it.words,
        .block_count = it.blocks, .visits_max = (uint32_t)it.visits_max,
        .is_capped = it.visits_max < call->graph->nodes, .poll = poll_of(arena),
        .residual = { .values = inputs, .offsets = call->graph->offsets },
    };
    self->is_small = !self->is_capped && call->graph->nodes <= ACTIVATION_SMALL;
    if (self->is_small) spreading_clear_all(self);
    return it.bytes;
}

static int run(spreading *self, answer *how)
{
    const eg_spread *call = self->call;
    for (uint32_t i = 0; i < call->seed_count; i++) {
        uint32_t node = call->seeds[i];
        if (!spreading_receive_counted(self, node)) continue;
        self->inputs[node] += call->activations[i];
        /* The largest may be negative: it starts from the seed. */
        if (call->refire && call->accumulate == EG_ACCUMULATE_MAX) {
            self->totals[node] = self->inputs[node];
        }
    }
    uint32_t limit = call->max_hops > 0 ? call->max_hops : UINT32_MAX;
    for (;;) {
        bool is_last = how->hops == limit;
        int status = spreading_settle(self, is_last);
        if (status != EG_OK || self->count == 0) return status;
        if (is_last) {
            how->truncated = EG_CUT_BY_HOPS;
            for (int i = 0; i < ISA_DOUBLES; i++) how->residual += self->residual.sums[i];
            return EG_OK;
        }
        status = fire(self);
        if (status != EG_OK) return status;
        how->fired += self->fresh;
        how->hops++;
    }
}

/* What a total must be above to be among the best, in a small graph; -DBL_MAX: not known. Of as
 * many words as hits are wanted, each has a node with its greatest: so the best have at least the
 * least of these. They take the place of the shares. */
static double bound_of(const spreading *self, size_t most)
{
    bool is_worth = self->is_small && self->is_cleared && most < self->words;
    if (!is_worth) return -DBL_MAX;
    ranking peaks;
    self->isa->greatest(self->totals, self->words, self->shares);
    ranking_start(&peaks, (uint64_t *)(void *)self->shares, most);
    for (size_t word = 0; word < self->words; word++) {
        ranking_put(&peaks, (float)self->shares[word], (uint32_t)word);
    }
    ranking_trim(&peaks);
    float least = ranking_value(peaks.cut);
    /* What rounds to the same has a chance; what is 0 is no hit. */
    return least > 0 ? (double)nextafterf(least, 0) : -DBL_MAX;
}

/* The keys of the hits replace the totals: a node's lies at or before its total. Once
 * there are as many as are wanted, totals that are no better need no look. */
static void collect(const spreading *self, ranking *found)
{
    double bound = bound_of(self, found->most);
    bool is_bound = bound > -DBL_MAX;
    if (is_bound) self->isa->above(self->totals, self->words, bound, self->received);
    for (size_t word = 0; word < self->words; word++) {
        uint64_t bits = is_bound ? self->received[word] : self->visited[word];
        uint64_t above = ~(uint64_t)0;
        if (!bits) continue;
        size_t first = word * SPREADING_WORD;
        if (!is_bound && found->cut != UINT64_MAX) {
            self->isa->above(self->totals + first, 1, ranking_value(found->cut), &above);
        }
        ranking_add_word(found, self->totals + first, bits & above, (uint32_t)first);
    }
}

int eg_spread_once(eg_arena *arena, const eg_spread *spread, eg_hits *hits)
{
    if (eg_arena_stopped(arena)) return EG_STOPPED;
    if (!once_is_valid(spread)) return EG_INVALID;
    if (!once_starts_from(spread->graph, spread->seeds, spread->activations, spread->seed_count)) {
        return EG_INVALID;
    }
    int status = once_ends(arena, spread);
    if (status != EG_OK) return status;
    double mark = eg_arena_mark(arena);
    spreading self;
    size_t bytes = prepare(&self, arena, spread);
    if (bytes == 0) return EG_OVERFLOW;
    answer how = { .truncated = EG_WHOLE };
    status = run(&self, &how);
    if (self.is_short) how.truncated = EG_CUT_BY_NODES;
    if (status == EG_OK) {
        ranking found;
        uint64_t *keys = (uint64_t *)(void *)self.totals;
        ranking_start(&found, keys, spread->topk);
        collect(&self, &found);
        status = answer_make(arena, self.shares, bytes, keys, &found, &how, hits);
    }
    if (status != EG_OK) eg_arena_rewind(arena, mark);
    return status;
}

double eg_spread_once_bytes(const eg_spread *spread)
{
    return spread->graph ? (double)layout_of(spread).bytes : 0;
}
