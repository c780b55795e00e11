/*
 * Ranking: ids with a value each, best first, ties by lower id.
 *
 * An id and its value make one 64-bit key, whose upper half ascends as the value
 * descends: the lowest keys are the best. Keys are added in ascending order of ids;
 * where only the best are wanted, those that can not be among them are left out early.
 *
 * Thread:  any.
 * Errors:  none. No value may be NaN; -0 ranks behind 0.
 */
#ifndef EG_RANKING_H
#define EG_RANKING_H

#include "runtime/base.h"

#include <string.h>

typedef struct ranking {
    uint64_t *keys;
    size_t count, most, room; /* of what is added, the best `most` stay; room: when to look */
    uint64_t cut;             /* what is not below it is out */
} ranking;

/* A float's bits ascend with its size; the sign turns the order around. */
static inline uint64_t ranking_key(float value, uint32_t id)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    bits = bits >> 31 ? bits : ~(bits | (uint32_t)1 << 31);
    return (uint64_t)bits << 32 | id;
}

static inline float ranking_value(uint64_t key)
{
    uint32_t bits = (uint32_t)(key >> 32);
    bits = bits >> 31 ? bits : ~bits & ~((uint32_t)1 << 31);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* keys must have room for one more than is found. most: 0 for all. */
void ranking_start(ranking *self, uint64_t *keys, size_t most);

/* Leaves the best `most` of the keys, in ascending order of ids no more. */
void ranking_trim(ranking *self);

static inline void ranking_put(ranking *self, float value, uint32_t id)
{
    uint64_t key = ranking_key(value, id);
    self->keys[self->count] = key;
    self->count += key < self->cut;
    if (BASE_UNLIKELY(self->count >= self->room)) ranking_trim(self);
}

/* 0 is left out. */
static inline void ranking_add(ranking *self, float value, uint32_t id)
{
    if (value != 0) ranking_put(self, value, id);
}

/* The same for those of 64 values, of ids from first on, whose bit is set. Without a branch
 * on any one, because half of them may be 0. The keys may replace the values. */
static inline void ranking_add_word(ranking *self, const double *values, uint64_t bits,
                                    uint32_t first)
{
    uint64_t *keys = self->keys, cut = self->cut;
    size_t count = self->count;
    for (; bits; bits &= bits - 1) {
        int bit = __builtin_ctzll(bits);
        float value = (float)values[bit];
        uint64_t key = ranking_key(value, first + (uint32_t)bit);
        keys[count] = key;
        count += (value != 0) & (key < cut);
    }
    self->count = count;
    if (BASE_UNLIKELY(count >= self->room)) ranking_trim(self);
}

/* Trims and sorts; spare has as much room as the keys. Answers where the ranked keys
 * are: in the one or in the other. */
uint64_t *ranking_finish(ranking *self, uint64_t *spare);

/* ids and values must not overlap keys. */
void ranking_split(const uint64_t *keys, size_t count, uint32_t *ids, float *values);

#endif
