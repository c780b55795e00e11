#include "kernels/sieve.h"

#include <math.h>
#include <string.h>

void sieve_start(sieve *self, uint64_t *keys, size_t stride, uint32_t topk)
{
    self->isa = isa_now();
    self->sift = (isa_sift){ .keys = keys, .stride = stride };
    for (size_t lane = 0; lane < ISA_WIDE; lane++) {
        ranking_start(self->found + lane, keys + lane * stride, topk);
        self->sift.cuts[lane] = self->found[lane].cut;
        self->sift.least[lane] = -INFINITY;
    }
    self->room = self->found[0].room;
}

static void trim(sieve *self, size_t lane)
{
    ranking *found = self->found + lane;
    found->count = self->sift.counts[lane];
    ranking_trim(found);
    self->sift.counts[lane] = found->count;
    self->sift.cuts[lane] = found->cut;
    self->sift.least[lane] = (double)ranking_value(found->cut); /* equals have a higher id */
}

void sieve_add_word(sieve *self, const double *values, uint64_t bits, uint32_t first)
{
    self->sift.values = values;
    self->sift.bits = bits;
    self->sift.first = first;
    self->isa->sift(&self->sift);
    for (size_t lane = 0; lane < ISA_WIDE; lane++) {
        if (BASE_UNLIKELY(self->sift.counts[lane] >= self->room)) trim(self, lane);
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

int sieve_answer(sieve *self, eg_arena *arena, void *block, size_t bytes, uint64_t *spare,
                 const answer *how, uint32_t count, eg_hits *hits)
{
    eg_hits made[ISA_WIDE];
    uint64_t *at = block;
    for (uint32_t lane = 0; lane < count; lane++) {
        self->found[lane].count = self->sift.counts[lane];
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
