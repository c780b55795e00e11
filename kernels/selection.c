#include "kernels/selection.h"

#include <math.h>
#include <string.h>

/* So many keys at most are quicker inserted than sunk: measured on Zen 5. */
static const size_t few = 32;

static const uint32_t nan_order = UINT32_MAX, sign_bit = 0x80000000u;

/* Stands in a place that is free: worse than NaN of any row. */
static const uint64_t no_key = UINT64_MAX;

/* Ascending in the order of floats, as an unsigned number; and back. */
static uint32_t order_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits & sign_bit ? ~bits : bits | sign_bit;
}

static float value_of(uint32_t order)
{
    uint32_t bits = order & sign_bit ? order & ~sign_bit : ~order;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* No finite or infinite value has the order that NaN gets. */
static uint64_t key_of(const selection *self, float score, uint32_t id)
{
    uint32_t order = order_of(score);
    if (!self->least_first) order = ~order;
    if (isnan(score)) order = nan_order;
    return (uint64_t)order << 32 | id;
}

static float score_of(const selection *self, uint64_t key)
{
    uint32_t order = (uint32_t)(key >> 32);
    if (order == nan_order) return NAN;
    return value_of(self->least_first ? order : ~order);
}

/* Lets the key at the top sink to its place among the first count. */
static void sink(uint64_t *keys, size_t count, size_t at)
{
    uint64_t key = keys[at];
    for (size_t below = 2 * at + 1; below < count; at = below, below = 2 * at + 1) {
        if (below + 1 < count && keys[below + 1] > keys[below]) below++;
        if (keys[below] <= key) break;
        keys[at] = keys[below];
    }
    keys[at] = key;
}

static void make_heap(uint64_t *keys, size_t count)
{
    for (size_t i = count / 2; i-- > 0;) sink(keys, count, i);
}

static void reverse(uint64_t *keys, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        uint64_t key = keys[i];
        keys[i] = keys[count - 1 - i];
        keys[count - 1 - i] = key;
    }
}

/* A heap becomes a list, the best first. */
static void sort(uint64_t *keys, size_t count)
{
    while (count > 1) {
        uint64_t worst = keys[0];
        keys[0] = keys[--count];
        sink(keys, count, 0);
        keys[count] = worst;
    }
}

/*
 * Few keys are kept in falling order, which is a heap, too, with what is free in front. The
 * worst leaves, and each place takes the middle one of its key, the next and the new one: no
 * place waits for another, and there is no branch that could be foreseen wrongly.
 */
static void insert(uint64_t *keys, size_t count, uint64_t key)
{
    uint64_t own = keys[0];
    for (size_t i = 0; i + 1 < count; i++) {
        uint64_t next = keys[i + 1], less = own < key ? own : key;
        keys[i] = next > less ? next : less;
        own = next;
    }
    keys[count - 1] = own < key ? own : key;
}

static void replace_worst(selection *self, uint64_t key)
{
    if (self->room <= few) {
        size_t free = self->used < self->room ? self->room - self->used - 1 : 0;
        insert(self->keys + free, self->room - free, key);
        return;
    }
    self->keys[0] = key;
    sink(self->keys, self->room, 0);
}

/* ---- Which scores are worth a look ---- */

/* Scores no worse than bound; all of them where that is NaN. */
static uint64_t contenders(const selection *self, const isa *kernels, const float *scores,
                           size_t count, float bound)
{
    float low = self->least_first || isnan(bound) ? -INFINITY : bound;
    float high = !self->least_first || isnan(bound) ? INFINITY : bound;
    return kernels->within(scores, count, low, high);
}

/* The least and the most of all peaks, side by side as long as that is possible. */
static void range_of(const float *peaks, float *least, float *most)
{
    enum { SIDE = 4 };
    float low[SIDE], high[SIDE];
    memcpy(low, peaks, sizeof low);
    memcpy(high, peaks, sizeof high);
    for (size_t i = SIDE; i < ISA_MASKED; i += SIDE) {
        for (size_t j = 0; j < SIDE; j++) low[j] = peaks[i + j] < low[j] ? peaks[i + j] : low[j];
        for (size_t j = 0; j < SIDE; j++) high[j] = peaks[i + j] > high[j] ? peaks[i + j] : high[j];
    }
    *least = low[0];
    *most = high[0];
    for (size_t j = 1; j < SIDE; j++) {
        *least = low[j] < *least ? low[j] : *least;
        *most = high[j] > *most ? high[j] : *most;
    }
}

/*
 * A score that no less than room of all reach, and few more: so that those alone are kept
 * one after the other. It is halfway again and again between what enough of the peaks reach
 * and what too few do. NaN when nothing can be told.
 */
static float bound_of(const selection *self, const isa *kernels, const float *scores, size_t count)
{
    enum { HALVINGS = 12 };
    if (self->room > few || count < ISA_MASKED) return NAN;
    float peaks[ISA_MASKED], least, most;
    kernels->peaks(scores, count, self->least_first, peaks);
    range_of(peaks, &least, &most);
    float enough = self->least_first ? most : least, too_few = self->least_first ? least : most;
    for (int i = 0; i < HALVINGS; i++) {
        float middle = enough * 0.5f + too_few * 0.5f;
        size_t reach = (size_t)__builtin_popcountll(contenders(self, kernels, peaks,
                                                               ISA_MASKED, middle));
        if (reach >= self->room) enough = middle;
        else too_few = middle;
        if (reach == self->room) break;
    }
    return enough;
}

/* ---- Taking ---- */

void selection_start(selection *self, uint64_t *keys, size_t room, bool least_first)
{
    *self = (selection){.keys = keys, .room = room, .least_first = least_first};
    for (size_t i = 0; i < room && room <= few; i++) keys[i] = no_key;
}

/* Many keys alone: the heap is made when there is no room left. Answers how many were taken. */
static size_t fill(selection *self, const float *scores, size_t count, const uint32_t *ids,
                   uint32_t first)
{
    size_t i = 0;
    for (; i < count && self->used < self->room; i++) {
        self->keys[self->used++] = key_of(self, scores[i], ids ? ids[i] : first + (uint32_t)i);
    }
    if (i > 0 && self->used == self->room) make_heap(self->keys, self->room);
    return i;
}

void selection_take(selection *self, const isa *kernels, const float *scores, size_t count,
                    const uint32_t *ids, uint32_t first)
{
    if (self->room == 0) return;
    size_t i = self->room > few ? fill(self, scores, count, ids, first) : 0;
    float bound = self->used < self->room ? bound_of(self, kernels, scores, count) : NAN;
    for (; i < count; i += ISA_MASKED) {
        size_t rest = count - i < ISA_MASKED ? count - i : ISA_MASKED;
        if (self->used == self->room) bound = score_of(self, self->keys[0]);
        uint64_t open = contenders(self, kernels, scores + i, rest, bound);
        for (; open; open &= open - 1) {
            size_t at = i + (size_t)__builtin_ctzll(open);
            uint64_t key = key_of(self, scores[at], ids ? ids[at] : first + (uint32_t)at);
            if (key >= self->keys[0]) continue;
            replace_worst(self, key);
            self->used += self->used < self->room;
        }
    }
}

void selection_end(selection *self, uint32_t *ids, float *values)
{
    if (self->room <= few) {
        reverse(self->keys, self->room);
    } else {
        if (self->used < self->room) make_heap(self->keys, self->used);
        sort(self->keys, self->used);
    }
    for (size_t i = 0; i < self->used; i++) {
        ids[i] = (uint32_t)self->keys[i];
        values[i] = score_of(self, self->keys[i]);
    }
}
