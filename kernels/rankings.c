#include "kernels/rankings.h"

#include <math.h>
#include <string.h>

void rankings_start(rankings *self, uint64_t *keys, size_t stride, uint32_t topk)
{
    self->isa = isa_now();
    self->add = (isa_ranking_keys){ .keys = keys, .stride = stride };
    for (size_t lane = 0; lane < ISA_WIDE; lane++) {
        ranking_start(self->found + lane, keys + lane * stride, topk);
        self->add.cuts[lane] = self->found[lane].cut;
        self->add.least[lane] = -INFINITY;
    }
    self->room = self->found[0].room;
}

static void trim(rankings *self, size_t lane)
{
    ranking *found = self->found + lane;
    found->count = self->add.counts[lane];
    ranking_trim(found);
    self->add.counts[lane] = found->count;
    self->add.cuts[lane] = found->cut;
    self->add.least[lane] = (double)ranking_value(found->cut); /* equals have a higher id */
}

void rankings_add_word(rankings *self, const double *values, uint64_t bits, uint32_t first)
{
    self->add.values = values;
    self->add.bits = bits;
    self->add.first = first;
    self->isa->ranking_keys(&self->add);
    for (size_t lane = 0; lane < ISA_WIDE; lane++) {
        if (BASE_UNLIKELY(self->add.counts[lane] >= self->room)) trim(self, lane);
    }
}

/* Ids and values of a lane, at *at, which moves on. That may lie where the keys of earlier lanes
 * were, and of this one, but never where those of later ones are. */
static void put(ranking *found, uint64_t *spare, const answer *how, uint64_t **at, eg_hits *hits)
{
    uint64_t *ranked = ranking_finish(found, spare);
    size_t count = found->count;
    if (ranked != spare) memcpy(spare, ranked, count * sizeof *spare);
    uint32_t *ids = (uint32_t *)(void *)*at;
    float *values = (float *)(void *)(ids + count);
    ranking_split(spare, count, ids, values);
    *at += count;
    eg_hits made = { ids, values, (uint32_t)count, NULL, 0,
                     how->hops, how->fired, how->truncated, how->residual };
    memcpy(hits, &made, sizeof made);
}

int rankings_answer(rankings *self, eg_arena *arena, void *block, size_t bytes, uint64_t *spare,
                    const answer *how, uint32_t count, eg_hits *hits)
{
    eg_hits made[ISA_WIDE];
    uint64_t *at = block;
    for (uint32_t lane = 0; lane < count; lane++) {
        self->found[lane].count = self->add.counts[lane];
        put(self->found + lane, spare, how + lane, &at, made + lane);
    }
    size_t kept = (size_t)((char *)at - (char *)block);
    if (kept == 0) kept = 1;
    eg_arena_rewind(arena, eg_arena_mark(arena) - (double)(bytes - kept));
    const eg_slot *slot = eg_arena_track(arena, block);
    if (!slot) return EG_OVERFLOW;
    for (uint32_t lane = 0; lane < count; lane++) {
        eg_hits *one = made + lane;
        eg_hits tracked = { one->ids, one->values, one->length, slot, slot->serial, one->hops_used,
                            one->fired, one->truncated, one->residual };
        memcpy(hits + lane, &tracked, sizeof tracked);
    }
    return EG_OK;
}
