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
 * b = w/64 + 1, divisions rounded down: 64(c/8 + 1) + 64(n/8 + 1) + 32w + 16b bytes,
 * in one block. Its first 8 bytes per hit become the answer, the rest is given back.
 * Only the bits (half a byte per node) are cleared in advance.
 */
#include "kernels/graph.h"
#include "kernels/ranking.h"
#include "runtime/arena.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { POLL_ARCS = 1 << 16, WORD_BITS = 64, LINE_NODES = 8, LINE_MASK = 255 };

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
    double *totals; /* per node, cleared when one of its line is visited first */
    uint64_t *visited, *fired;
    nodes frontier, received;
    size_t words;
    uint32_t visits_max, visits, fired_count, hops;
    bool is_capped;
    uint32_t poll_in;
    int truncated;
    double residual;
} spreading;

/* ---- Sets of nodes ---- */

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

/*
 * Makes room for what target receives. Totals are cleared by the cache line, when
 * the first of its eight nodes is visited; so nothing here waits for a guess
 * whether this node was visited before. What was received in this cycle becomes
 * visited at its end.
 */
static inline void receive(spreading *self, uint32_t target)
{
    size_t word = target / WORD_BITS;
    uint64_t received = self->received.words[word];
    uint64_t line = (self->visited[word] | received) >> (target % WORD_BITS & ~(LINE_NODES - 1));
    if (BASE_UNLIKELY((line & LINE_MASK) == 0)) {
        memset(self->totals + (target & ~(LINE_NODES - 1)), 0, LINE_NODES * sizeof(double));
    }
    if (BASE_UNLIKELY(received == 0)) put(self->received.blocks, word);
    self->received.words[word] = received | (uint64_t)1 << target % WORD_BITS;
}

/* The same where the nodes are counted. false: target is one too many. */
static bool receive_counted(spreading *self, uint32_t target)
{
    size_t word = target / WORD_BITS;
    uint64_t known = self->visited[word] | self->received.words[word];
    bool is_known = known >> target % WORD_BITS & 1;
    if (!is_known && self->visits == self->visits_max) {
        self->truncated = EG_CUT_BY_NODES;
        return false;
    }
    self->visits += !is_known;
    receive(self, target);
    return true;
}

static double share_of(const spreading *self, uint32_t node)
{
    const eg_spread *call = self->call;
    const eg_graph *graph = call->graph;
    double passed = self->totals[node] * call->decay;
    const uint32_t *offsets = graph->offsets;
    double arcs = offsets[node + 1] - offsets[node];
    if (call->fan == EG_FAN_SQRT) return passed / sqrt(arcs);
    if (call->fan == EG_FAN_LOG) return passed / log2(2 + arcs);
    if (call->fan == EG_FAN_NONE) return passed;
    double sum = graph_sums(graph)[node];
    return sum > 0 ? passed / sum : 0;
}

/* Clamps what 64 nodes have become and leaves those that fire. false: out of range.
 * Without a branch on any one node: which of them fires is anyone's guess. */
static bool settle_word(spreading *self, size_t word)
{
    const eg_spread *call = self->call;
    const uint32_t *offsets = call->graph->offsets;
    uint64_t received = self->frontier.words[word], firing = 0;
    bool in_range = true;
    for (uint64_t bits = received; bits; bits &= bits - 1) {
        int bit = __builtin_ctzll(bits);
        size_t node = word * WORD_BITS + (size_t)bit;
        double total = self->totals[node];
        in_range &= fabs(total) <= FLT_MAX;
        if (call->clamp > 0) total = total < 0 ? 0 : total > call->clamp ? call->clamp : total;
        self->totals[node] = total;
        bool fires = (total > call->threshold) & (offsets[node + 1] > offsets[node]);
        firing |= (uint64_t)fires << bit;
    }
    self->visited[word] |= received;
    self->frontier.words[word] = firing & ~self->fired[word];
    return in_range;
}

/*
 * Ends a cycle: clamps what was received and makes the next frontier of it.
 * Sets count to its length and residual to its activation.
 */
static int settle(spreading *self, uint32_t *count)
{
    nodes frontier = self->received;
    self->received = self->frontier;
    self->frontier = frontier;
    for (size_t block = 0; block < frontier.block_count; block++) {
        for (uint64_t words = frontier.blocks[block]; words; words &= words - 1) {
            size_t word = block * WORD_BITS + (size_t)__builtin_ctzll(words);
            if (!settle_word(self, word)) return EG_INVALID;
        }
    }
    self->residual = 0;
    *count = 0;
    uint32_t node;
    for (walk at = walk_start(&frontier); walk_next(&at, &node);) {
        self->residual += self->totals[node];
        self->shares[(*count)++] = share_of(self, node);
    }
    return EG_OK;
}

static void pass_on(spreading *self, uint32_t start, uint32_t end, double share)
{
    const uint32_t *targets = self->call->graph->targets;
    const float *weights = self->call->graph->weights;
    double *totals = self->totals;
    if (self->is_capped) {
        for (size_t i = start; i < end; i++) {
            if (receive_counted(self, targets[i])) totals[targets[i]] += share * weights[i];
        }
        return;
    }
    for (size_t i = start; i < end; i++) {
        receive(self, targets[i]);
        totals[targets[i]] += share * weights[i];
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

/* More than count, and whole cache lines of doubles. */
static size_t in_lines(size_t count)
{
    return (count / LINE_NODES + 1) * LINE_NODES;
}

/* Takes the scratch. Answers its bytes; 0 when the arena is full. */
static size_t prepare(spreading *self, eg_arena *arena, const eg_spread *call)
{
    size_t count = call->graph->nodes, visits_max = count;
    if (call->max_nodes > 0 && call->max_nodes < count) visits_max = call->max_nodes;
    size_t words = count / WORD_BITS + 1, blocks = words / WORD_BITS + 1;
    size_t bits = (4 * words + 2 * blocks) * sizeof(uint64_t);
    size_t shares = in_lines(visits_max), totals = in_lines(count);
    size_t bytes = (shares + totals) * sizeof(double) + bits;
    double *block = eg_arena_alloc(arena, bytes);
    if (!block) return 0;
    uint64_t *sets = (uint64_t *)(void *)(block + shares + totals);
    memset(sets, 0, bits);
    *self = (spreading){
        .call = call, .shares = block, .totals = block + shares, .words = words,
        .visited = sets, .fired = sets + words,
        .frontier = { sets + 2 * words, sets + 4 * words, blocks },
        .received = { sets + 3 * words, sets + 4 * words + blocks, blocks },
        .visits_max = (uint32_t)visits_max, .is_capped = visits_max < count,
        .poll_in = POLL_ARCS,
    };
    return bytes;
}

static int run(spreading *self, eg_arena *arena)
{
    const eg_spread *call = self->call;
    for (uint32_t i = 0; i < call->seed_count; i++) {
        uint32_t node = call->seeds[i];
        if (receive_counted(self, node)) self->totals[node] += call->activations[i];
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

/* The keys of the hits replace the totals: a node's lies at or before its total. */
static size_t collect(spreading *self)
{
    uint64_t *keys = (uint64_t *)(void *)self->totals;
    size_t count = 0;
    for (size_t word = 0; word < self->words; word++) {
        for (uint64_t bits = self->visited[word]; bits; bits &= bits - 1) {
            uint32_t node = (uint32_t)(word * WORD_BITS + (size_t)__builtin_ctzll(bits));
            float value = (float)self->totals[node];
            if (value != 0) keys[count++] = ranking_key(value, node);
        }
    }
    return count;
}

/* Turns the scratch, which ends at the arena's cursor, into the answer. */
static int answer(spreading *self, eg_arena *arena, size_t bytes, eg_hits *hits)
{
    uint64_t *keys = (uint64_t *)(void *)self->totals, *front = (uint64_t *)(void *)self->shares;
    size_t count = collect(self);
    if (ranking_sort(keys, front, count) == front) memcpy(keys, front, count * sizeof *keys);
    uint32_t *ids = (uint32_t *)(void *)self->shares;
    float *values = (float *)(void *)(ids + count);
    ranking_split(keys, count, ids, values);
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
