/*
 * Many keys are sorted by digits of what they are above the least of them, each pass stable.
 * The two uppermost digits leave little to do, which is done by insertion; where that turns out
 * to be much, all digits are sorted by. A few keys are sorted by insertion at once. The best of
 * many are found by partition, as in Hoare's quickselect, with the middle of three for a pivot.
 */
#include "kernels/ranking.h"

enum { KEY_BITS = 64, FEW = 48, MOVES_MAX = 4 /* per key */ };
/* Digits are wider where there are MANY keys to pay for the sums over all their values. */
enum { DIGIT_BITS = 9, DIGIT_BITS_MAX = 11, MANY = 1 << 13 };

void ranking_start(ranking *self, uint64_t *keys, size_t most)
{
    size_t room = most > 0 && most < SIZE_MAX / 2 ? 2 * most : SIZE_MAX;
    if (room < FEW) room = FEW;
    *self = (ranking){ .keys = keys, .most = most > 0 ? most : SIZE_MAX, .room = room,
                       .cut = UINT64_MAX };
}

static inline void swap(uint64_t *a, uint64_t *b)
{
    uint64_t key = *a;
    *a = *b;
    *b = key;
}

/* Puts the least first and the greatest last of three. */
static void order(uint64_t *first, uint64_t *middle, uint64_t *last)
{
    if (*middle < *first) swap(middle, first);
    if (*last < *middle) swap(last, middle);
    if (*middle < *first) swap(middle, first);
}

/* Moves the `most` lowest of count keys to the front; 0 < most < count. */
static void select_lowest(uint64_t *keys, size_t count, size_t most)
{
    ptrdiff_t low = 0, high = (ptrdiff_t)count - 1, wanted = (ptrdiff_t)most - 1;
    while (low < high) {
        ptrdiff_t i = low, j = high, middle = low + (high - low) / 2;
        order(keys + low, keys + middle, keys + high);
        uint64_t pivot = keys[middle];
        while (i <= j) {
            while (keys[i] < pivot) i++;
            while (keys[j] > pivot) j--;
            if (i <= j) swap(keys + i++, keys + j--);
        }
        /* Up to j they are at most the pivot, from i on at least, between them it. */
        if (wanted > j && wanted < i) return;
        if (wanted <= j) high = j; else low = i;
    }
}

void ranking_trim(ranking *self)
{
    if (self->count <= self->most) return;
    select_lowest(self->keys, self->count, self->most);
    self->count = self->most;
    self->cut = 0;
    for (size_t i = 0; i < self->count; i++) {
        if (self->keys[i] > self->cut) self->cut = self->keys[i];
    }
}

static void sort_few(uint64_t *keys, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        uint64_t key = keys[i];
        size_t at = i;
        for (; at > 0 && keys[at - 1] > key; at--) keys[at] = keys[at - 1];
        keys[at] = key;
    }
}

/* How keys are told apart: by digits of `bits` bits of what they are above the least. */
typedef struct digits {
    uint64_t least;
    int low, bits, count; /* low: the lowest bit that counts */
} digits;

/* How many bits tell the keys apart. */
static int width_of(const uint64_t *keys, size_t count, uint64_t *least)
{
    uint64_t low = keys[0], high = keys[0];
    for (size_t i = 1; i < count; i++) {
        low = keys[i] < low ? keys[i] : low;
        high = keys[i] > high ? keys[i] : high;
    }
    *least = low;
    return high > low ? KEY_BITS - __builtin_clzll(high - low) : 0;
}

static inline size_t digit_of(const digits *by, uint64_t key, int digit)
{
    return (key - by->least) >> (by->low + by->bits * digit) & (((size_t)1 << by->bits) - 1);
}

/* Counts become the places where the keys of each digit value start. */
static void sum_up(uint32_t *counts, size_t values)
{
    uint32_t before = 0;
    for (size_t v = 0; v < values; v++) {
        uint32_t here = counts[v];
        counts[v] = before;
        before += here;
    }
}

/* By one digit after the other, the lowest first. Answers where the sorted keys are. */
static uint64_t *sort_by(const digits *by, uint64_t *keys, uint64_t *spare, size_t count)
{
    uint32_t counts[1 << DIGIT_BITS_MAX];
    for (int d = 0; d < by->count; d++) {
        memset(counts, 0, sizeof *counts << by->bits);
        for (size_t i = 0; i < count; i++) counts[digit_of(by, keys[i], d)]++;
        if (counts[digit_of(by, keys[0], d)] == count) continue;
        sum_up(counts, (size_t)1 << by->bits);
        for (size_t i = 0; i < count; i++) spare[counts[digit_of(by, keys[i], d)]++] = keys[i];
        uint64_t *sorted = spare;
        spare = keys;
        keys = sorted;
    }
    return keys;
}

/* Sorts what is almost sorted. false: it was not, and still is not. */
static bool sort_near(uint64_t *keys, size_t count)
{
    size_t moves = 0;
    for (size_t i = 1; i < count && moves <= MOVES_MAX * count; i++) {
        uint64_t key = keys[i];
        size_t at = i;
        for (; at > 0 && keys[at - 1] > key; at--) keys[at] = keys[at - 1];
        keys[at] = key;
        moves += i - at;
    }
    return moves <= MOVES_MAX * count;
}

/* By the two uppermost digits that tell keys apart, which mostly is enough. */
static uint64_t *sort_many(uint64_t *keys, uint64_t *spare, size_t count)
{
    uint64_t least;
    int width = width_of(keys, count, &least), bits = count < MANY ? DIGIT_BITS : DIGIT_BITS_MAX;
    digits by = { least, width > 2 * bits ? width - 2 * bits : 0, bits, 2 };
    uint64_t *sorted = sort_by(&by, keys, spare, count);
    if (sort_near(sorted, count)) return sorted;
    by.low = 0;
    by.count = (width + bits - 1) / bits;
    return sort_by(&by, sorted, sorted == keys ? spare : keys, count);
}

uint64_t *ranking_finish(ranking *self, uint64_t *spare)
{
    ranking_trim(self);
    if (self->count <= FEW) {
        sort_few(self->keys, self->count);
        return self->keys;
    }
    return sort_many(self->keys, spare, self->count);
}

void ranking_split(const uint64_t *keys, size_t count, uint32_t *ids, float *values)
{
    for (size_t i = 0; i < count; i++) {
        ids[i] = (uint32_t)keys[i];
        values[i] = ranking_value(keys[i]);
    }
}
