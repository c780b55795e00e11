/*
 * Ranking: ids with a value each, best first, ties by lower id.
 *
 * An id and its value make one 64-bit key, whose upper half ascends as the value
 * descends. Keys that are given in ascending order of ids are ranked by sorting
 * on that half alone, so the cost is a few passes, whatever the values.
 *
 * Thread:  any.
 * Errors:  none. No value may be NaN; -0 ranks behind 0.
 */
#ifndef EG_RANKING_H
#define EG_RANKING_H

#include "runtime/base.h"

uint64_t ranking_key(float value, uint32_t id);

/* Keys in ascending order of ids, and as much room to spare. Answers where the
 * ranked keys are: in the one or in the other. */
uint64_t *ranking_sort(uint64_t *keys, uint64_t *spare, size_t count);

/* ids and values must not overlap keys. */
void ranking_split(const uint64_t *keys, size_t count, uint32_t *ids, float *values);

#endif
