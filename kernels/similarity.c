/*
 * similarity: a score for every row, or every candidate, in their order.
 *
 * Any rows, any dims. The scores are a new block of the arena; nothing else is
 * left in it. See scoring.h for NaN, zero vectors and the range of float.
 */
#include "kernels/keeping.h"
#include "kernels/scoring.h"

#include <string.h>

static int score_all(eg_arena *arena, eg_scan *scan, float *scores)
{
    scoring work;
    int status = scoring_open(&work, arena, scan);
    if (status != EG_OK) return status;
    size_t count = work.rows.count;
    for (size_t first = 0; first < count; first += SCORING_BLOCK) {
        if (first % POLL_EVERY == 0 && eg_arena_stopped(arena)) return EG_STOPPED;
        size_t rest = count - first;
        scoring_block(&work, first, rest < SCORING_BLOCK ? rest : SCORING_BLOCK, scores + first);
    }
    status = scoring_verdict(&work, scan);
    if (status != EG_OK) return status;
    scan->zero_count = work.zero_count;
    scan->nan_count = work.nan_count;
    return EG_OK;
}

int eg_similarity(eg_arena *arena, eg_scan *scan, eg_vector *scores)
{
    if (!scores || scoring_check(arena, scan) != EG_OK) return EG_INVALID;
    if (eg_arena_stopped(arena)) return EG_STOPPED;
    size_t count = scoring_count(scan);
    keeping kept;
    float *cells = keeping_open(&kept, arena, count * sizeof *cells);
    if (!cells) return EG_OVERFLOW;
    int status = score_all(arena, scan, cells);
    const eg_slot *slot = keeping_close(&kept, &status);
    if (!slot) return status;
    eg_vector made = {.cells = cells, .length = (uint32_t)count, .slot = slot,
                      .serial = slot->serial};
    memcpy(scores, &made, sizeof made);
    return EG_OK;
}
