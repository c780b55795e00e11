#include "kernels/answer.h"

#include <string.h>

int answer_make(eg_arena *arena, void *block, size_t bytes, uint64_t *other, ranking *found,
                const answer *how, eg_hits *hits)
{
    uint64_t *front = block;
    const uint64_t *ranked = ranking_finish(found, found->keys == front ? other : front);
    size_t count = found->count;
    if (ranked == front) ranked = memcpy(other, front, count * sizeof *other);
    uint32_t *ids = block;
    float *values = (float *)(void *)(ids + count);
    ranking_split(ranked, count, ids, values);
    size_t kept = count > 0 ? count * (sizeof *ids + sizeof *values) : 1;
    eg_arena_rewind(arena, eg_arena_mark(arena) - (double)(bytes - kept));
    const eg_slot *slot = eg_arena_track(arena, ids);
    if (!slot) return EG_OVERFLOW;
    eg_hits made = { ids, values, (uint32_t)count, slot, slot->serial,
                     how->hops, how->fired, how->truncated, how->residual };
    memcpy(hits, &made, sizeof made);
    return EG_OK;
}
