/*
 * nearest_rerank: the best of a cheap scan, put in order by an exact one.
 *
 * The first scan, of small rows, answers pool ids; only their rows are scored by the
 * second. What the first misses is lost, whatever its exact score. Ids and values are one
 * new block of the arena, made before the scratch of both scans.
 */
#include "kernels/keeping.h"
#include "kernels/scoring.h"

#include <string.h>

/* Copies what both scans find to ids and values, of count each. */
static int find(eg_arena *arena, eg_scan *scan, eg_scan *exact, uint32_t pool, uint32_t *ids,
                uint32_t count)
{
    eg_hits first, best;
    int status = eg_nearest(arena, scan, pool, &first);
    if (status != EG_OK) return status;
    eg_scan among = *exact;
    among.candidates = first.ids;
    among.candidate_count = first.length;
    status = eg_nearest(arena, &among, count, &best);
    if (status != EG_OK) return status;
    memcpy(ids, best.ids, count * sizeof *ids);
    memcpy(ids + count, best.values, count * sizeof(float));
    exact->zero_count = among.zero_count;
    exact->nan_count = among.nan_count;
    return EG_OK;
}

int eg_nearest_rerank(eg_arena *arena, eg_scan *scan, eg_scan *exact, uint32_t pool, uint32_t k,
                      eg_hits *hits)
{
    if (!hits || scoring_check_pair(arena, scan, exact) != EG_OK) return EG_INVALID;
    if (k > scoring_count(scan)) k = (uint32_t)scoring_count(scan);
    if (pool < k) pool = k;
    keeping kept;
    uint32_t *ids = keeping_open(&kept, arena, k * (sizeof *ids + sizeof(float)));
    if (!ids) return EG_OVERFLOW;
    uint32_t zero_count = scan->zero_count, nan_count = scan->nan_count;
    int status = find(arena, scan, exact, pool, ids, k);
    const eg_slot *slot = keeping_close(&kept, &status);
    if (!slot) {
        scan->zero_count = zero_count;
        scan->nan_count = nan_count;
        return status;
    }
    eg_hits made = {.ids = ids, .values = ids + k, .length = k, .slot = slot,
                    .serial = slot->serial};
    memcpy(hits, &made, sizeof made);
    return EG_OK;
}
