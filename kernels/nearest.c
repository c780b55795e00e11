/*
 * nearest: the k best of all scores.
 *
 * Any k, any rows. Ids and values are one new block of the arena; nothing else
 * is left in it. A candidate that is named twice is found twice.
 */
#include "kernels/keeping.h"
#include "kernels/scoring.h"
#include "kernels/selection.h"

#include <string.h>

/* Scores are kept until there are enough to choose from. */
static void take_chunk(scoring *work, size_t first, size_t count, selection *best)
{
    float scores[SELECTION_CHUNK];
    for (size_t at = 0; at < count; at += SCORING_BLOCK) {
        size_t rest = count - at;
        scoring_block(work, first + at, rest < SCORING_BLOCK ? rest : SCORING_BLOCK, scores + at);
    }
    selection_take(best, work->kernels, scores, count, work->ids ? work->ids + first : NULL,
                   (uint32_t)first);
}

static int select_best(eg_arena *arena, eg_scan *scan, uint32_t k, selection *best)
{
    uint64_t *keys = eg_arena_alloc(arena, k * sizeof *keys);
    if (!keys) return EG_OVERFLOW;
    selection_start(best, keys, k, scoring_is_distance(scan->metric));
    scoring work;
    int status = scoring_open(&work, arena, scan);
    if (status != EG_OK) return status;
    size_t count = k > 0 ? work.rows.count : 0;
    for (size_t first = 0; first < count; first += SELECTION_CHUNK) {
        if (first % POLL_EVERY == 0 && eg_arena_stopped(arena)) return EG_STOPPED;
        size_t rest = count - first;
        take_chunk(&work, first, rest < SELECTION_CHUNK ? rest : SELECTION_CHUNK, best);
    }
    status = scoring_verdict(&work, scan);
    if (status != EG_OK) return status;
    scan->zero_count = work.zero_count;
    scan->nan_count = work.nan_count;
    return EG_OK;
}

int eg_nearest(eg_arena *arena, eg_scan *scan, uint32_t k, eg_hits *hits)
{
    if (!hits || scoring_check(arena, scan) != EG_OK) return EG_INVALID;
    if (eg_arena_stopped(arena)) return EG_STOPPED;
    if (k > scoring_count(scan)) k = (uint32_t)scoring_count(scan);
    keeping kept;
    uint32_t *ids = keeping_open(&kept, arena, k * (sizeof(uint32_t) + sizeof(float)));
    if (!ids) return EG_OVERFLOW;
    float *values = (float *)(void *)(ids + k);
    selection best;
    int status = select_best(arena, scan, k, &best);
    if (status == EG_OK) selection_end(&best, ids, values);
    const eg_slot *slot = keeping_close(&kept, &status);
    if (!slot) return status;
    eg_hits made = {.ids = ids, .values = values, .length = k, .slot = slot,
                    .serial = slot->serial};
    memcpy(hits, &made, sizeof made);
    return EG_OK;
}
