/*
 * nearest: the k best of all scores, chosen while they are made.
 *
 * A score and its id become one number, the smaller the better: the upper half
 * orders scores by the bits of the float, NaN after everything, the lower half
 * is the id. So one comparison decides by score and, among equals, by id, and
 * the answer does not depend on the order in which rows are met. The best so
 * far are a heap in scratch with the worst of them on top.
 *
 * Any k, any rows. Ids and values are one new block of the arena; nothing else
 * is left in it. A candidate that is named twice is found twice.
 */
#include "kernels/scoring.h"

#include <math.h>
#include <string.h>

typedef struct selection {
    uint64_t *keys;
    size_t room, used;
    bool least_first; /* distances: the smaller the better */
} selection;

static const uint32_t nan_order = UINT32_MAX, sign_bit = 0x80000000u;

/* Ascending in the order of floats, as an unsigned number; and back. */
static uint32_t order_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits & sign_bit ? ~bits : bits | sign_bit;
}

static float value_of(uint32_t order)
{
    uint32_t bits = order & sign_bit ? order & ~sign_bit : ~order;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* No finite or infinite value has the order that NaN gets. */
static uint64_t key_of(const selection *best, float score, uint32_t id)
{
    uint32_t order = order_of(score);
    if (!best->least_first) order = ~order;
    if (isnan(score)) order = nan_order;
    return (uint64_t)order << 32 | id;
}

static float score_of(const selection *best, uint64_t key)
{
    uint32_t order = (uint32_t)(key >> 32);
    if (order == nan_order) return NAN;
    return value_of(best->least_first ? order : ~order);
}

/* Lets the key at the top sink to its place among the first count. */
static void sink(uint64_t *keys, size_t count, size_t at)
{
    uint64_t key = keys[at];
    for (size_t below = 2 * at + 1; below < count; at = below, below = 2 * at + 1) {
        if (below + 1 < count && keys[below + 1] > keys[below]) below++;
        if (keys[below] <= key) break;
        keys[at] = keys[below];
    }
    keys[at] = key;
}

/* Only while there is room; the heap is made when there is none left. */
static void fill(selection *best, uint64_t key)
{
    best->keys[best->used++] = key;
    if (best->used < best->room) return;
    for (size_t i = best->room / 2; i-- > 0;) sink(best->keys, best->room, i);
}

static void choose(selection *best, const scoring *work, size_t first, size_t count,
                   const float *scores)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t id = work->ids ? work->ids[first + i] : (uint32_t)(first + i);
        uint64_t key = key_of(best, scores[i], id);
        if (best->used < best->room) {
            fill(best, key);
        } else if (BASE_UNLIKELY(key < best->keys[0])) {
            best->keys[0] = key;
            sink(best->keys, best->room, 0);
        }
    }
}

static void sort(uint64_t *keys, size_t count)
{
    while (count > 1) {
        uint64_t worst = keys[0];
        keys[0] = keys[--count];
        sink(keys, count, 0);
        keys[count] = worst;
    }
}

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
        choose(best, &work, first, block, scores);
    }
    status = scoring_verdict(&work, scan);
    if (status != EG_OK) return status;
    sort(best->keys, best->used);
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
    selection best = {.room = k, .least_first = scan->metric == EG_L2 || scan->metric == EG_L2SQ};
    int status = select_best(arena, scan, &best);
    for (size_t i = 0; status == EG_OK && i < k; i++) {
        ids[i] = (uint32_t)best.keys[i];
        values[i] = score_of(&best, best.keys[i]);
    }
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
