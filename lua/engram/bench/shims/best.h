/*
 * The k best of many scores: those with the least kept on top of a heap, then in order.
 */
#ifndef BENCH_BEST_H
#define BENCH_BEST_H

#include <stdint.h>

static void best_sink(float *scores, uint32_t *ids, uint32_t length, uint32_t at)
{
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= length) return;
        if (child + 1 < length && scores[child + 1] < scores[child]) child++;
        if (scores[at] <= scores[child]) return;
        float score = scores[at];
        uint32_t id = ids[at];
        scores[at] = scores[child], ids[at] = ids[child];
        scores[child] = score, ids[child] = id;
        at = child;
    }
}

/* Of count scores, more than k. */
static void best_of(const float *from, uint32_t count, uint32_t k, float *scores, uint32_t *ids)
{
    for (uint32_t i = 0; i < k; i++) scores[i] = from[i], ids[i] = i;
    for (uint32_t i = k; i-- > 0;) best_sink(scores, ids, k, i);
    for (uint32_t i = k; i < count; i++) {
        if (from[i] <= scores[0]) continue;
        scores[0] = from[i], ids[0] = i;
        best_sink(scores, ids, k, 0);
    }
    for (uint32_t length = k; length > 1;) {
        length--;
        float score = scores[0];
        uint32_t id = ids[0];
        scores[0] = scores[length], ids[0] = ids[length];
        scores[length] = score, ids[length] = id;
        best_sink(scores, ids, length, 0);
    }
}

#endif
