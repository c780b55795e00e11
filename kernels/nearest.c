/*
 * nearest: the k best of all scores.
 *
 * Any k, any rows. Ids and values are one new block of the arena; nothing else
 * is left in it. A candidate that is named twice is found twice.
 */
#include "kernels/scoring.h"
#include "kernels/selection.h"

#include <string.h>

static int select_best(eg_arena *arena, eg_scan *scan, selection *best)
{
    best->keys = eg_arena_alloc(arena, best->room * sizeof *best->keys);
    if (!best->keys) return EG_OVERFLOW;
    scoring work;
    int status = scoring_open(&work, arena, scan);
    if (status != EG_OK) return status;
    size_t count = best->room > 0 ? work.rows.count : 0;
    float scores[SCORING_BLOCK];
    for (size_t first = 0; first < count; first += SCORING_BLOCK) {
        if (first % SCORING_POLL == 0 && eg_arena_stopped(arena)) return EG_STOPPED;
        size_t rest = count - first;
        size_t block = rest < SCORING_BLOCK ? rest : SCORING_BLOCK;
        scoring_block(&work, first, block, scores);
        selection_take(best, work.kernels, scores, block, work.ids ? work.ids + first : NULL,
                       (uint32_t)first);
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
    double entry = eg_arena_mark(arena);
    uint32_t *ids = eg_arena_alloc(arena, k * (sizeof(uint32_t) + sizeof(float)));
    if (!ids) return EG_OVERFLOW;
    float *values = (float *)(void *)(ids + k);
    double scratch = eg_arena_mark(arena);
    selection best = {.room = k, .least_first = scoring_is_distance(scan->metric)};
    int status = select_best(arena, scan, &best);
    if (status == EG_OK) selection_end(&best, ids, values);
    eg_arena_rewind(arena, status == EG_OK ? scratch : entry);
    if (status != EG_OK) return status;

    const eg_slot *slot = eg_arena_track(arena, ids);
    if (!slot) {
        eg_arena_rewind(arena, entry);
        return EG_OVERFLOW;
    }
    eg_hits made = {.ids = ids, .values = values, .length = k, .slot = slot,
                    .serial = slot->serial};
    memcpy(hits, &made, sizeof made);
    return EG_OK;
}
