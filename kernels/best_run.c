/*
 * Whoever is settled offers a label to the target of each of its arcs, the heaviest first, so
 * that the row ends at the first that is too low. Without a budget, labels at the last hop are
 * but noted: nobody needs to wait who will not pass on.
 */
#include "kernels/best.h"

#include <assert.h>
#include <float.h>

enum { ROWS_AHEAD = 4, NODES_AHEAD = 8, LABELS_AHEAD = 8 };

static_assert((int)LABELS_AHEAD <= (int)RANKED_AHEAD, "arcs are read ahead");

/* ---- Passing on ---- */

/* What a node passes along its arcs. */
typedef struct row {
    const ranked_arc *arcs, *end;
    double share; /* per weight */
    uint32_t low; /* the lower half of the labels it gives */
} row;

/* The label that an arc gives; 0: it is too low, and so are those of all later arcs. */
static inline uint64_t label_by(best *self, const row *from, const ranked_arc *by)
{
    __builtin_prefetch(self->labels + by[LABELS_AHEAD].target, 1);
    float activation = (float)(from->share * by->weight);
    uint32_t bits = waiting_bits(activation);
    if (BASE_LIKELY(bits > self->floor)) return (uint64_t)bits << 32 | from->low;
    self->is_cut |= bits != 0;
    return 0;
}

/* What is known of a node: without a guess whether it was reached before. */
static inline uint64_t known_of(const best *self, uint32_t node)
{
    uint64_t is_reached = self->reached[node / BEST_WORD] >> node % BEST_WORD & 1;
    return self->labels[node] & (0 - is_reached);
}

static inline void put(best *self, uint32_t node, uint64_t label)
{
    self->reached[node / BEST_WORD] |= (uint64_t)1 << node % BEST_WORD;
    self->labels[node] = label;
}

/* To where nobody has to wait: nothing is queued. */
static void pass_to_last(best *self, const row *from)
{
    for (const ranked_arc *by = from->arcs; by < from->end; by++) {
        uint64_t label = label_by(self, from, by);
        if (!label) return;
        uint64_t known = known_of(self, by->target);
        put(self, by->target, known > label ? known : label);
    }
}

static inline void reach_in_bucket(best *self, uint32_t node, uint64_t label)
{
    uint64_t before = known_of(self, node);
    if (label <= before) return;
    put(self, node, label);
    buckets *queue = &self->buckets;
    uint32_t into = buckets_of(queue, label);
    bool is_there = before && (uint32_t)before != self->low_unheld &&
                    buckets_of(queue, before) == into;
    if (!is_there) buckets_push(queue, into, self->labels, node);
}

static void pass_to_buckets(best *self, const row *from)
{
    for (const ranked_arc *by = from->arcs; by < from->end; by++) {
        uint64_t label = label_by(self, from, by);
        if (!label) return;
        reach_in_bucket(self, by->target, label);
    }
}

static inline void reach_in_heap(best *self, uint32_t node, uint64_t label)
{
    if (label <= known_of(self, node)) return;
    put(self, node, label);
    heap_push(&self->heap, self->labels, label, node);
}

static int pass_to_heap(best *self, const row *from)
{
    for (const ranked_arc *by = from->arcs; by < from->end; by++) {
        uint64_t label = label_by(self, from, by);
        if (!label) return EG_OK;
        if (waiting_activation(label) > FLT_MAX) return EG_INVALID;
        reach_in_heap(self, by->target, label);
    }
    return EG_OK;
}

static double share_of(const best *self, uint32_t node, double activation)
{
    double passed = activation * self->call->decay;
    if (self->call->fan == EG_FAN_NONE) return passed;
    double fan = arcs_fan(&self->flow.arcs, node, self->call->fan);
    return fan > 0 ? passed / fan : 0;
}

/* A settled node passes on. */
static int pass_on(best *self, uint32_t node, bool by_heap)
{
    uint64_t label = self->labels[node];
    if ((uint32_t)label == self->low_last) return EG_OK;
    const uint32_t *offsets = self->call->from.graph->offsets;
    uint32_t start = offsets[node], end = offsets[node + 1];
    if (start == end) return EG_OK;
    if (poll_stops(&self->flow.poll, end - start)) return EG_STOPPED;
    const ranked_arc *rows = self->ranked->rows;
    if (self->ranked->lightest < 0 && rows[end - 1].weight < 0) return EG_INVALID;
    row from = { rows + start, rows + end, share_of(self, node, waiting_activation(label)),
                 (uint32_t)label - 1 };
    if (by_heap) return pass_to_heap(self, &from);
    if (from.low == self->low_unheld) pass_to_last(self, &from);
    else pass_to_buckets(self, &from);
    return EG_OK;
}

/* Where all starts, over what will be ranked. */
static void reach_seeds(best *self, bool by_heap)
{
    const eg_sources *from = &self->call->from;
    double *sums = self->flow.front;
    for (uint32_t i = 0; i < from->seed_count; i++) sums[from->seeds[i]] = 0;
    for (uint32_t i = 0; i < from->seed_count; i++) sums[from->seeds[i]] += from->activations[i];
    for (uint32_t i = 0; i < from->seed_count; i++) {
        uint32_t node = from->seeds[i];
        uint64_t label = waiting_label((float)sums[node], 0);
        if (label >> 32 <= self->floor) self->is_cut |= sums[node] > 0;
        else if (by_heap) reach_in_heap(self, node, label);
        else reach_in_bucket(self, node, label);
    }
}

/* ---- With a heap ---- */

int best_run_heap(best *self)
{
    reach_seeds(self, true);
    uint32_t node;
    for (; self->left > 0 && heap_pop(&self->heap, self->labels, &node); self->left--) {
        self->labels[node] |= WAITING_SETTLED;
        int status = pass_on(self, node, true);
        if (status != EG_OK) return status;
    }
    return EG_OK;
}

/* ---- With buckets ---- */

/* Rows are fetched before they are needed: first where they start, then themselves. */
static int pass_all(best *self, const uint32_t *list, uint32_t count)
{
    const uint32_t *offsets = self->call->from.graph->offsets;
    const ranked_arc *rows = self->ranked->rows;
    for (uint32_t i = 0; i < count; i++) {
        if (i + NODES_AHEAD < count) __builtin_prefetch(offsets + list[i + NODES_AHEAD]);
        if (i + ROWS_AHEAD < count) __builtin_prefetch(rows + offsets[list[i + ROWS_AHEAD]]);
        int status = pass_on(self, list[i], false);
        if (status != EG_OK) return status;
    }
    return EG_OK;
}

/* No more than the budget has left: the others wait on. */
static uint32_t within_budget(best *self, uint32_t *list, uint32_t count)
{
    if (count <= self->left) return count;
    for (uint32_t i = 0; i < count; i++) self->labels[list[i]] &= ~WAITING_SETTLED;
    heap_select(list, count, self->left, self->labels);
    for (uint32_t i = 0; i < self->left; i++) self->labels[list[i]] |= WAITING_SETTLED;
    return self->left;
}

int best_run_buckets(best *self)
{
    reach_seeds(self, false);
    uint32_t *list = (uint32_t *)(void *)self->flow.front;
    for (uint32_t i = self->buckets.count; i-- > 0 && self->left > 0;) {
        uint32_t count = buckets_take(&self->buckets, i, self->labels, self->low_unheld, list);
        count = within_budget(self, list, count);
        self->left -= count;
        int status = pass_all(self, list, count);
        if (status != EG_OK) return status;
    }
    return EG_OK;
}
