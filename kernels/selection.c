#include "kernels/selection.h"

#include <math.h>
#include <string.h>

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

/* Only while there is room; the heap is made when there is none left. */
static void fill(selection *self, uint64_t key)
{
    self->keys[self->used++] = key;
    if (self->used < self->room) return;
    for (size_t i = self->room / 2; i-- > 0;) sink(self->keys, self->room, i);
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
        self->keys[0] = key;
        sink(self->keys, self->room, 0);
    }
}

static void sort(uint64_t *keys, size_t count)
{
    while (count > 1) {
        uint64_t worst = keys[0];
        keys[0] = keys[--count];
        sink(keys, count, 0);
        keys[count] = worst;
    }
}

void selection_end(selection *self, uint32_t *ids, float *values)
{
    if (self->used < self->room) {
        for (size_t i = self->used / 2; i-- > 0;) sink(self->keys, self->used, i);
    }
    sort(self->keys, self->used);
    for (size_t i = 0; i < self->used; i++) {
        ids[i] = (uint32_t)self->keys[i];
        values[i] = score_of(self, self->keys[i]);
    }
}
