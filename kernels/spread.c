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
 *   fan(i)  none 1 · out the sum of |weight| over its arcs · sqrt the root of
 *           their number · log log2(2 + their number). A fan of 0 gives nothing.
 *   clamp   keeps every activation, the seeds' too, within 0 and clamp. Without
 *           it there is no bound below either: negative weights inhibit, and
 *           what they pull to 0 or less does not fire.
 *   seeds   in any order, those of one node add up. None: an empty answer.
 *   max_nodes  how many nodes may be visited (be seeds or targets of an arc
 *           that was used), in the order of visiting: seeds as given, then arcs
 *           ascending by source and target. An arc to one more passes nothing,
 *           while those that were visited go on: EG_CUT_BY_NODES.
 *   max_hops   how many cycles are made. When there still was a frontier:
 *           EG_CUT_BY_HOPS, unless it is EG_CUT_BY_NODES already; residual is
 *           the activation of that frontier.
 *
 * The answer is every node whose activation, as a float, is not 0; best first,
 * ties by lower id. Sums are made in double, a target's in ascending order of
 * its sources, and rounded once at the end: the same call gives the same bits.
 *
 * EG_INVALID: an id or an option out of range, a seed that is not finite, or an
 * activation that leaves the range of a float. So no infinity ever meets a 0.
 *
 * At most one firing per node and one visit per arc. The stop flag is read
 * every 64k arcs. Scratch, with n nodes, c = min(n, max_nodes), w = n/64 + 1 and
 * b = w/64 + 1, both rounded down: 8c + 8n + 32w + 16b bytes, in one block. Its
 * first 8 bytes per hit become the answer, the rest is given back. Only the bits
 * (half a byte per node) are cleared in advance.
 */
#include "kernels/graph.h"
#include "runtime/arena.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { POLL_ARCS = 1 << 16, WORD_BITS = 64, DIGITS = 4, DIGIT_VALUES = 256 };

/* A set of nodes, a bit each; and a bit for each word that may hold some, so
 * that a small set in a large graph is walked and emptied in small time. */
typedef struct nodes {
    uint64_t *words, *blocks;
    size_t block_count;
} nodes;

typedef struct walk {
    const nodes *set;
    uint64_t bits, words;
    size_t word, block;
} walk;

typedef struct spreading {
    const eg_spread *call;
    double *shares; /* what each node of the frontier gives, per weight */
    double *totals; /* per node, set when it is visited first */
    uint64_t *visited, *fired;
    nodes frontier, received;
    size_t words;
    uint32_t visits_max, visits, fired_count, hops;
    uint32_t poll_in;
    int truncated;
    double residual;
} spreading;

/* ---- Sets of nodes ---- */

static inline bool has(const uint64_t *words, uint32_t node)
{
    return words[node / WORD_BITS] >> node % WORD_BITS & 1;
}

static inline void put(uint64_t *words, size_t node)
{
    words[node / WORD_BITS] |= (uint64_t)1 << node % WORD_BITS;
}

static walk walk_start(const nodes *set)
{
    return (walk){ .set = set, .words = set->blocks[0] };
}

/* The next node, ascending. */
static inline bool walk_next(walk *at, uint32_t *node)
{
    while (!at->bits) {
        while (!at->words) {
            if (++at->block == at->set->block_count) return false;
            at->words = at->set->blocks[at->block];
        }
        at->word = at->block * WORD_BITS + (size_t)__builtin_ctzll(at->words);
        at->words &= at->words - 1;
        at->bits = at->set->words[at->word];
    }
    *node = (uint32_t)(at->word * WORD_BITS + (size_t)__builtin_ctzll(at->bits));
    at->bits &= at->bits - 1;
    return true;
}

static void empty(nodes *set)
{
    for (size_t block = 0; block < set->block_count; block++) {
        for (uint64_t bits = set->blocks[block]; bits; bits &= bits - 1) {
            set->words[block * WORD_BITS + (size_t)__builtin_ctzll(bits)] = 0;
        }
        set->blocks[block] = 0;
    }
}

/* ---- One cycle ---- */

/* Makes room for what node receives, first in this cycle. false: there is none. */
static bool receive(spreading *self, uint32_t node)
{
    if (!has(self->visited, node)) {
        if (self->visits == self->visits_max) {
            self->truncated = EG_CUT_BY_NODES;
            return false;
        }
        self->visits++;
        put(self->visited, node);
        self->totals[node] = 0;
    }
    put(self->received.words, node);
    put(self->received.blocks, node / WORD_BITS);
    return true;
}

static double share_of(const spreading *self, uint32_t node)
{
    const eg_spread *call = self->call;
    const eg_graph *graph = call->graph;
    double passed = self->totals[node] * call->decay;
    double arcs = graph->offsets[node + 1] - graph->offsets[node];
    if (call->fan == EG_FAN_SQRT) return passed / sqrt(arcs);
    if (call->fan == EG_FAN_LOG) return passed / log2(2 + arcs);
    if (call->fan == EG_FAN_NONE) return passed;
    double sum = graph_sums(graph)[node];
    return sum > 0 ? passed / sum : 0;
}

/*
 * Ends a cycle: clamps what was received and makes the next frontier of it.
 * Sets count to its length and residual to its activation.
 */
static int settle(spreading *self, uint32_t *count)
{
    const eg_spread *call = self->call;
    const uint32_t *offsets = call->graph->offsets;
    nodes frontier = self->received;
    self->received = self->frontier;
    self->frontier = frontier;
    self->residual = 0;
    *count = 0;
    uint32_t node;
    for (walk at = walk_start(&frontier); walk_next(&at, &node);) {
        double total = self->totals[node];
        if (!(fabs(total) <= FLT_MAX)) return EG_INVALID;
        if (call->clamp > 0) total = total < 0 ? 0 : total > call->clamp ? call->clamp : total;
        self->totals[node] = total;
        bool fires = total > call->threshold && offsets[node + 1] > offsets[node] &&
                     !has(self->fired, node);
        if (fires) {
            self->residual += total;
            self->shares[(*count)++] = share_of(self, node);
        } else {
            frontier.words[node / WORD_BITS] &= ~((uint64_t)1 << node % WORD_BITS);
        }
    }
    return EG_OK;
}

static void pass_on(spreading *self, uint32_t start, uint32_t end, double share)
{
    const uint32_t *targets = self->call->graph->targets;
    const float *weights = self->call->graph->weights;
    const uint64_t *received = self->received.words;
    double *totals = self->totals;
    for (size_t i = start; i < end; i++) {
        uint32_t target = targets[i];
        if (BASE_UNLIKELY(!has(received, target)) && !receive(self, target)) continue;
        totals[target] += share * weights[i];
    }
}

static int fire(spreading *self, eg_arena *arena)
{
    const uint32_t *offsets = self->call->graph->offsets;
    const double *share = self->shares;
    uint32_t node;
    for (walk at = walk_start(&self->frontier); walk_next(&at, &node); share++) {
        put(self->fired, node);
        uint32_t start = offsets[node], end = offsets[node + 1];
        while (end - start >= self->poll_in) {
            pass_on(self, start, start + self->poll_in, *share);
            start += self->poll_in;
            self->poll_in = POLL_ARCS;
            if (eg_arena_stopped(arena)) return EG_STOPPED;
        }
        pass_on(self, start, end, *share);
        self->poll_in -= end - start;
    }
    empty(&self->frontier);
    return EG_OK;
}

/* ---- The whole ---- */

static bool is_valid(const eg_spread *call)
{
    if (!call->graph) return false;
    if (call->seed_count > 0 && (!call->seeds || !call->activations)) return false;
    if (!(call->decay > 0 && call->decay <= 1)) return false;
    if (!(call->threshold >= 0 && call->threshold <= DBL_MAX)) return false;
    if (!(call->clamp >= 0 && call->clamp <= DBL_MAX)) return false;
    if (call->fan < EG_FAN_NONE || call->fan > EG_FAN_LOG) return false;
    for (uint32_t i = 0; i < call->seed_count; i++) {
        if (call->seeds[i] >= call->graph->nodes || !isfinite(call->activations[i])) return false;
    }
    return true;
}

/* Takes the scratch. Answers its bytes; 0 when the arena is full. */
static size_t prepare(spreading *self, eg_arena *arena, const eg_spread *call)
{
    size_t count = call->graph->nodes, visits_max = count;
    if (call->max_nodes > 0 && call->max_nodes < count) visits_max = call->max_nodes;
    size_t words = count / WORD_BITS + 1, blocks = words / WORD_BITS + 1;
    size_t bits = (4 * words + 2 * blocks) * sizeof(uint64_t);
    size_t bytes = (visits_max + count) * sizeof(double) + bits;
    double *block = eg_arena_alloc(arena, bytes);
    if (!block) return 0;
    uint64_t *sets = (uint64_t *)(void *)(block + visits_max + count);
    memset(sets, 0, bits);
    *self = (spreading){
        .call = call, .shares = block, .totals = block + visits_max, .words = words,
        .visited = sets, .fired = sets + words,
        .frontier = { sets + 2 * words, sets + 4 * words, blocks },
        .received = { sets + 3 * words, sets + 4 * words + blocks, blocks },
        .visits_max = (uint32_t)visits_max, .poll_in = POLL_ARCS,
    };
    return bytes;
}

static int run(spreading *self, eg_arena *arena)
{
    const eg_spread *call = self->call;
    for (uint32_t i = 0; i < call->seed_count; i++) {
        uint32_t node = call->seeds[i];
        if (!has(self->received.words, node) && !receive(self, node)) continue;
        self->totals[node] += call->activations[i];
    }
    for (;;) {
        uint32_t count;
        int status = settle(self, &count);
        if (status != EG_OK || count == 0) return status;
        if (call->max_hops > 0 && self->hops == call->max_hops) {
            if (self->truncated == EG_WHOLE) self->truncated = EG_CUT_BY_HOPS;
            return EG_OK;
        }
        status = fire(self, arena);
        if (status != EG_OK) return status;
        self->fired_count += count;
        self->hops++;
    }
}

/* ---- The answer ---- */

/* Ascending keys in the upper half stand for descending values. */
static uint64_t key_of(float value, uint32_t node)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits = bits >> 31 ? bits : ~(bits | (uint32_t)1 << 31);
    return (uint64_t)bits << 32 | node;
}

static float value_of(uint64_t key)
{
    uint32_t bits = (uint32_t)(key >> 32);
    bits = bits >> 31 ? bits : ~bits & ~((uint32_t)1 << 31);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Sorts by the upper half, digit by digit from the lowest; equal ones keep their
 * order, which is that of the ids. Answers where the keys are: in one or the other. */
static uint64_t *sort(uint64_t *keys, uint64_t *spare, size_t count)
{
    uint32_t starts[DIGITS][DIGIT_VALUES] = { { 0 } };
    for (size_t i = 0; i < count; i++) {
        for (int d = 0; d < DIGITS; d++) starts[d][keys[i] >> (32 + 8 * d) & 255]++;
    }
    for (int d = 0; d < DIGITS; d++) {
        uint32_t *start = starts[d], before = 0;
        int shift = 32 + 8 * d;
        if (start[keys[0] >> shift & 255] == count) continue;
        for (int v = 0; v < DIGIT_VALUES; v++) {
            uint32_t here = start[v];
            start[v] = before;
            before += here;
        }
        for (size_t i = 0; i < count; i++) spare[start[keys[i] >> shift & 255]++] = keys[i];
        uint64_t *sorted = spare;
        spare = keys;
        keys = sorted;
    }
    return keys;
}

/* The keys of the hits replace the totals: a node's lies at or before its total. */
static size_t collect(spreading *self)
{
    uint64_t *keys = (uint64_t *)(void *)self->totals;
    size_t count = 0;
    for (size_t word = 0; word < self->words; word++) {
        for (uint64_t bits = self->visited[word]; bits; bits &= bits - 1) {
            uint32_t node = (uint32_t)(word * WORD_BITS + (size_t)__builtin_ctzll(bits));
            float value = (float)self->totals[node];
            if (value != 0) keys[count++] = key_of(value, node);
        }
    }
    return count;
}

/* Turns the scratch, which ends at the arena's cursor, into the answer. */
static int answer(spreading *self, eg_arena *arena, size_t bytes, eg_hits *hits)
{
    uint64_t *keys = (uint64_t *)(void *)self->totals, *front = (uint64_t *)(void *)self->shares;
    size_t count = collect(self);
    if (count > 0 && sort(keys, front, count) == front) memcpy(keys, front, count * sizeof *keys);
    uint32_t *ids = (uint32_t *)(void *)self->shares;
    float *values = (float *)(void *)(ids + count);
    for (size_t i = 0; i < count; i++) {
        ids[i] = (uint32_t)keys[i];
        values[i] = value_of(keys[i]);
    }
    size_t kept = count > 0 ? count * (sizeof *ids + sizeof *values) : 1;
    eg_arena_rewind(arena, eg_arena_mark(arena) - (double)(bytes - kept));
    const eg_slot *slot = eg_arena_track(arena, ids);
    if (!slot) return EG_OVERFLOW;
    eg_hits found = { ids, values, (uint32_t)count, slot, slot->serial,
                      self->hops, self->fired_count, self->truncated, self->residual };
    memcpy(hits, &found, sizeof found);
    return EG_OK;
}

int eg_spread_once(eg_arena *arena, const eg_spread *spread, eg_hits *hits)
{
    if (eg_arena_stopped(arena)) return EG_STOPPED;
    if (!is_valid(spread)) return EG_INVALID;
    double mark = eg_arena_mark(arena);
    spreading self;
    size_t bytes = prepare(&self, arena, spread);
    if (bytes == 0) return EG_OVERFLOW;
    int status = run(&self, arena);
    if (status == EG_OK) status = answer(&self, arena, bytes, hits);
    if (status != EG_OK) eg_arena_rewind(arena, mark);
    return status;
}
