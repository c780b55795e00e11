/*
 * Many keys are sorted by digits of eight bits, from the lowest of those that differ, each
 * pass stable; a few by insertion. The best of many are found by partition, as in Hoare's
 * quickselect, with the middle of three for a pivot.
 */
#include "kernels/ranking.h"

enum { DIGITS = 8, DIGIT_VALUES = 256, DIGIT_BITS = 8, FEW = 48 };

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

static size_t digit_of(uint64_t key, int digit)
{
    return key >> (DIGIT_BITS * digit) & (DIGIT_VALUES - 1);
}

/* Counts become the places where the keys of each digit value start. */
static void sum_up(uint32_t *counts)
{
    uint32_t before = 0;
    for (int v = 0; v < DIGIT_VALUES; v++) {
        uint32_t here = counts[v];
        counts[v] = before;
        before += here;
    }
}

static uint64_t *sort_many(uint64_t *keys, uint64_t *spare, size_t count, int first_digit)
{
    uint32_t counts[DIGITS][DIGIT_VALUES] = { { 0 } };
    for (size_t i = 0; i < count; i++) {
        for (int d = first_digit; d < DIGITS; d++) counts[d][digit_of(keys[i], d)]++;
    }
    for (int d = first_digit; d < DIGITS; d++) {
        uint32_t *places = counts[d];
        if (places[digit_of(keys[0], d)] == count) continue;
        sum_up(places);
        for (size_t i = 0; i < count; i++) spare[places[digit_of(keys[i], d)]++] = keys[i];
        uint64_t *sorted = spare;
        spare = keys;
        keys = sorted;
    }
    return keys;
}

uint64_t *ranking_finish(ranking *self, uint64_t *spare)
{
    ranking_trim(self);
    if (self->count <= FEW) {
        sort_few(self->keys, self->count);
        return self->keys;
    }
    /* Ids need sorting only where trimming has mixed them. */
    return sort_many(self->keys, spare, self->count, self->cut == UINT64_MAX ? DIGITS / 2 : 0);
}

void ranking_split(const uint64_t *keys, size_t count, uint32_t *ids, float *values)
{
    for (size_t i = 0; i < count; i++) {
        ids[i] = (uint32_t)keys[i];
        values[i] = ranking_value(keys[i]);
    }
}
