/*
 * Sorting is by digits of eight bits, from the lowest of the upper half, each pass
 * stable; a digit that all keys share is passed over.
 */
#include "kernels/ranking.h"

#include <string.h>

enum { DIGITS = 4, DIGIT_VALUES = 256, DIGIT_BITS = 8 };

/* A float's bits ascend with its size; the sign turns the order around. */
uint64_t ranking_key(float value, uint32_t id)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits = bits >> 31 ? bits : ~(bits | (uint32_t)1 << 31);
    return (uint64_t)bits << 32 | id;
}

static float value_of(uint64_t key)
{
    uint32_t bits = (uint32_t)(key >> 32);
    bits = bits >> 31 ? bits : ~bits & ~((uint32_t)1 << 31);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static size_t digit_of(uint64_t key, int digit)
{
    return key >> (32 + DIGIT_BITS * digit) & (DIGIT_VALUES - 1);
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

uint64_t *ranking_sort(uint64_t *keys, uint64_t *spare, size_t count)
{
    uint32_t counts[DIGITS][DIGIT_VALUES] = { { 0 } };
    for (size_t i = 0; i < count; i++) {
        for (int d = 0; d < DIGITS; d++) counts[d][digit_of(keys[i], d)]++;
    }
    for (int d = 0; d < DIGITS && count > 0; d++) {
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

void ranking_split(const uint64_t *keys, size_t count, uint32_t *ids, float *values)
{
    for (size_t i = 0; i < count; i++) {
        ids[i] = (uint32_t)keys[i];
        values[i] = value_of(keys[i]);
    }
}
