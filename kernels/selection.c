#include "kernels/selection.h"

#include <math.h>
#include <string.h>

/* So many keys at most are quicker passed along than sunk: measured on Zen 5. */
static const size_t few = 32;

static const uint32_t nan_order = UINT32_MAX, sign_bit = 0x80000000u;

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
 * Few keys are kept in falling order, which is a heap, too. The key replaces the worst and
 * passes along those that are better, without a branch that could be foreseen wrongly.
 */
static void pass_along(uint64_t *keys, size_t count, uint64_t key)
{
    for (size_t i = 0; i + 1 < count; i++) {
        uint64_t next = keys[i + 1];
        keys[i] = key > next ? key : next;
        key = key > next ? next : key;
    }
    keys[count - 1] = key;
}

static void replace_worst(selection *self, uint64_t key)
{
    if (self->room <= few) {
        pass_along(self->keys, self->room, key);
        return;
    }
    self->keys[0] = key;
    sink(self->keys, self->room, 0);
}

/* Only while there is room; the heap is made when there is none left. */
static void fill(selection *self, uint64_t key)
{
    uint64_t *keys = self->keys;
    keys[self->used++] = key;
    if (self->used < self->room) return;
    make_heap(keys, self->room);
    if (self->room <= few) {
        sort(keys, self->room);
        reverse(keys, self->room);
    }
}

/* Scores no worse than the worst that is kept; all of them where that is NaN. */
static uint64_t contenders(const selection *self, const isa *kernels, const float *scores,
                           size_t count)
{
    float worst = score_of(self, self->keys[0]);
    float low = self->least_first || isnan(worst) ? -INFINITY : worst;
    float high = !self->least_first || isnan(worst) ? INFINITY : worst;
    return kernels->within(scores, count, low, high);
}

void selection_take(selection *self, const isa *kernels, const float *scores, size_t count,
                    const uint32_t *ids, uint32_t first)
{
    size_t i = 0;
    for (; i < count && self->used < self->room; i++) {
        fill(self, key_of(self, scores[i], ids ? ids[i] : first + (uint32_t)i));
    }
    if (i == count || self->room == 0) return;
    for (uint64_t open = contenders(self, kernels, scores + i, count - i); open; open &= open - 1) {
        size_t at = i + (size_t)__builtin_ctzll(open);
        uint64_t key = key_of(self, scores[at], ids ? ids[at] : first + (uint32_t)at);
        if (key >= self->keys[0]) continue;
        replace_worst(self, key);
    }
}

void selection_end(selection *self, uint32_t *ids, float *values)
{
    if (self->used == self->room && self->room <= few) {
        reverse(self->keys, self->used);
    } else {
        if (self->used < self->room) make_heap(self->keys, self->used);
        sort(self->keys, self->used);
    }
    for (size_t i = 0; i < self->used; i++) {
        ids[i] = (uint32_t)self->keys[i];
        values[i] = score_of(self, self->keys[i]);
    }
}
