/*
 * best: best-first spreading, along the strongest path only.
 *
 * A node's activation is the greatest of the products along paths from the seeds: a path
 * starts with the activation of its seed and each of its arcs multiplies by
 * decay * weight / fan (of the node it leaves; fans as in spread.c). Nodes are settled the
 * best first; a node that is settled passes on what it has, once and for all.
 *
 *   threshold  what is not above it (strictly) is not passed on and not answered, of a
 *              seed too. What is below 2^-126 is lost even so.
 *   max_hops   a node that many hops along its best path from the seed passes nothing on,
 *              though a weaker, shorter path may lead to it. Of equally good paths the one
 *              with the fewest hops counts.
 *   budget     no more than so many nodes are settled, seeds included: the best, among
 *              equals those with fewer hops, then those with the lower id. The last of them
 *              still passes on, to who waits then.
 *   seeds      in any order, those of one node add up.
 *
 * The answer is every node that was settled; best first, ties by lower id. A factor may be
 * above 1, but then a node may be settled before a better path to it is known; what comes
 * later does not count.
 *
 * truncated, the first of these that is true: EG_CUT_BY_BUDGET, someone was left waiting;
 * EG_CUT_BY_HOPS, a node with arcs was settled at max_hops; EG_CUT_BY_THRESHOLD, a threshold
 * above 0 held something back. residual is the sum of the activations of those who wait and
 * of the nodes with arcs at max_hops. fired counts nodes with arcs that passed on, hops_used
 * is the greatest number of hops of a settled node.
 *
 * Products are made in double and rounded to a float once per hop. So the same call gives
 * the same bits, whichever queue is used: EG_QUEUE_FASTEST takes buckets where every factor
 * is at most 32/33 or so, and the heap elsewhere.
 *
 * EG_INVALID: sources outside the contract of flow.h or with factors, an option out of range,
 * a negative weight at a node that passes on, or an activation beyond a float. EG_NO_MEMORY:
 * for the graph's ranked arcs, which the first call for a graph makes.
 *
 * A node is settled once and an arc visited at most once. The stop flag is read every 64k
 * arcs. Scratch, in one block, with n nodes, m = max(n, 1) and divisions rounded down:
 * 16m + 64 (n / 8 + 1) + 64 (n / 512 + 1), and 32m for the heap, or for b buckets
 * 64 ceil(b / 8) + 64 (2 (n / 15 + 1) + b + 1). An octave has 8 buckets where factors are
 * at most 8/9, else 16 up to 16/17, else 32; there are those from the sum of the seeds down
 * to the threshold or 2^-126.
 */
#include "kernels/best.h"

#include "kernels/isa.h"

#include <float.h>
#include <math.h>

enum { MANTISSA_BITS = 23, PARTS_BITS_MIN = 3, PARTS_BITS_MAX = 5 };

static bool is_valid(const eg_best *call)
{
    if (!call->from.graph || call->from.factors) return false;
    if (!(call->decay > 0 && call->decay <= 1)) return false;
    if (!(call->threshold >= 0 && call->threshold <= DBL_MAX)) return false;
    if (call->fan < EG_FAN_NONE || call->fan > EG_FAN_LOG) return false;
    return call->queue == EG_QUEUE_FASTEST || call->queue == EG_QUEUE_HEAP;
}

/* The greatest float that is not above the threshold and no less than what is lost anyway. */
static uint32_t floor_of(double threshold)
{
    if (threshold < (double)FLT_MIN) return waiting_bits(FLT_MIN) - 1;
    if (threshold >= (double)FLT_MAX) return waiting_bits(FLT_MAX);
    float nearest = (float)threshold;
    return waiting_bits(nearest) - ((double)nearest > threshold);
}

/* Into how many parts, as a power of two, an octave must be cut so that nobody reaches its
 * own bucket, whatever is rounded; 0: too many. The widest bucket is that of an octave's start. */
static int parts_bits(const eg_best *call, const ranked_arcs *ranked)
{
    double factor = call->decay * (1 + 0x1p-20);
    if (call->queue == EG_QUEUE_HEAP) return 0;
    if (call->fan != EG_FAN_OUT) factor *= ranked->heaviest;
    if (call->fan == EG_FAN_LOG) factor /= log2(3);
    for (int bits = PARTS_BITS_MIN; bits <= PARTS_BITS_MAX; bits++) {
        double parts = 1 << bits;
        if (factor <= parts / (parts + 1)) return bits;
    }
    return 0;
}

static double sum_of_seeds(const eg_sources *from)
{
    double sum = 0;
    for (uint32_t i = 0; from->activations && i < from->seed_count; i++) {
        sum += from->activations[i];
    }
    return sum;
}

/* One for each part of an octave, from that of the floor to that of all seeds together. */
static void plan_buckets(best *self, int bits, double seeds)
{
    uint32_t most = self->floor; /* also where flow_open will refuse the seeds */
    if (seeds >= (double)FLT_MIN && seeds <= (double)FLT_MAX) most = waiting_bits((float)seeds);
    if (most < self->floor) most = self->floor;
    self->buckets.shift = MANTISSA_BITS - bits;
    self->buckets.first = self->floor >> self->buckets.shift;
    self->buckets.count = (most >> self->buckets.shift) - self->buckets.first + 1;
}

static size_t in_lines(size_t bytes)
{
    return base_rounded_up(bytes, BASE_CACHE_LINE);
}

static size_t words_of(size_t nodes)
{
    return nodes / BEST_WORD + 1;
}

/* In bytes, but for the places of the heap and the chunks of the buckets. */
typedef struct layout {
    size_t labels, reached, heads, places, chunks, all;
} layout;

static layout layout_of(const best *self, int bits)
{
    size_t nodes = self->call->from.graph->nodes;
    layout it = { .labels = in_lines((nodes + 1) * sizeof(uint64_t)),
                  .reached = in_lines(words_of(nodes) * sizeof(uint64_t)) };
    it.all = it.labels + it.reached;
    if (bits) {
        it.heads = in_lines(self->buckets.count * sizeof(bucket));
        it.chunks = buckets_chunks(nodes, self->buckets.count);
        it.all += it.heads + (it.chunks + 1) * sizeof(chunk);
    } else {
        it.places = 2 * (nodes > 0 ? nodes : 1);
        it.all += it.places * sizeof(waiting_place);
    }
    return it;
}

/* Takes the scratch and lays it out. */
static int prepare(best *self, eg_arena *arena, int bits)
{
    layout it = layout_of(self, bits);
    int status = flow_open(&self->flow, arena, &self->call->from, it.all);
    if (status != EG_OK) return status;
    char *more = self->flow.more;
    self->labels = (uint64_t *)(void *)more;
    self->reached = (uint64_t *)(void *)(more + it.labels);
    memset(self->reached, 0, it.reached);
    more += it.labels + it.reached;
    self->heap = (heap){ .places = (waiting_place *)(void *)more, .room = it.places };
    if (!bits) return EG_OK;
    self->buckets.all = (bucket *)(void *)more;
    self->buckets.chunks = (chunk *)(void *)(more + it.heads);
    self->buckets.chunk_count = (uint32_t)it.chunks;
    self->buckets.list = (uint32_t *)(void *)self->flow.back;
    buckets_open(&self->buckets);
    return EG_OK;
}

/* ---- The answer ---- */

static double sum_of(const double *lanes)
{
    double sum = 0;
    for (int i = 0; i < ISA_DOUBLES; i++) sum += lanes[i];
    return sum;
}

/* Over what has waited, which no longer does. */
static void collect(best *self, ranking *found)
{
    const isa *table = isa_now();
    size_t words = words_of(self->flow.nodes);
    isa_settled all = {
        .labels = self->labels, .reached = self->reached, .with_arcs = self->ranked->with_arcs,
        .settled = self->call->budget > 0 ? WAITING_SETTLED : UINT64_MAX,
        .low_last = self->low_last, .low_least = UINT32_MAX,
    };
    for (; all.first < words; all.first = all.end) {
        all.end = words - all.first < ISA_SETTLED ? words : all.first + ISA_SETTLED;
        found->count += table->settled_keys(&all, found->keys + found->count);
        if (found->count >= found->room) ranking_trim(found);
    }
    double waiting = sum_of(all.waiting), last = sum_of(all.last);
    answer *made = &self->flow.how;
    made->hops = ~all.low_least;
    made->fired = all.fired;
    made->residual = waiting + last;
    if (waiting > 0) made->truncated = EG_CUT_BY_BUDGET;
    else if (last > 0) made->truncated = EG_CUT_BY_HOPS;
    else if (self->is_cut && self->call->threshold > 0) made->truncated = EG_CUT_BY_THRESHOLD;
}

/* What the options and the sum of the seeds decide. Answers into how many parts an octave is
 * cut, as a power of two; 0: there is a heap. */
static int plan(best *self, const eg_best *call, const ranked_arcs *ranked, double seeds)
{
    *self = (best){
        .call = call, .ranked = ranked, .floor = floor_of(call->threshold),
        .low_last = call->max_hops > 0 ? ~call->max_hops : 0,
        .left = call->budget > 0 ? call->budget : UINT32_MAX,
    };
    self->low_unheld = call->budget > 0 ? 0 : self->low_last;
    int bits = parts_bits(call, ranked);
    if (bits) plan_buckets(self, bits, seeds);
    return bits;
}

int eg_spread_best(eg_arena *arena, const eg_best *call, eg_hits *hits)
{
    if (!is_valid(call)) return EG_INVALID;
    const ranked_arcs *ranked = graph_by_weight(call->from.graph);
    if (!ranked) return EG_NO_MEMORY;
    best self;
    int bits = plan(&self, call, ranked, sum_of_seeds(&call->from));
    int status = prepare(&self, arena, bits);
    if (status != EG_OK) return status;
    status = bits ? best_run_buckets(&self) : best_run_heap(&self);
    ranking found;
    ranking_start(&found, (uint64_t *)(void *)self.flow.front, call->from.topk);
    if (status == EG_OK) collect(&self, &found);
    return flow_close(&self.flow, status, &found, hits);
}

double eg_spread_best_bytes(const eg_best *call)
{
    const ranked_arcs *ranked = call->from.graph ? graph_by_weight(call->from.graph) : NULL;
    if (!ranked) return call->from.graph ? (double)NAN : 0;
    best self;
    double seeds = call->from.seed_count > 0 ? sum_of_seeds(&call->from) : (double)FLT_MAX;
    int bits = plan(&self, call, ranked, seeds);
    return (double)flow_bytes(&call->from, layout_of(&self, bits).all);
}
