/*
 * scatter: one node's part of a cycle of spreads side by side. In every lane, what its arcs lead
 * to gets the lane's share times the weight.
 *
 * Each lane is computed as if it were alone: a product, then a sum, in the order of the arcs.
 * So every version gives the same bits, and those of a single spread. Shares of lanes that give
 * nothing are 0, and adding 0 of either sign changes no sum, for no sum here is -0.
 */
#include "kernels/isa.h"

/* Arcs ahead of the one in use: what they lead to lies anywhere. */
enum { TARGETS_AHEAD = 64 };

static inline double *target_of(const isa_scatter *self, size_t arc)
{
    return self->inputs + (size_t)self->targets[arc] * ISA_WIDE;
}

/* A cache line holds ISA_DOUBLES lanes. A compiler takes a function that only fetches for one
 * that does nothing, and leaves calls of it out: so there must be none. */
__attribute__((always_inline))
static inline void fetch(const isa_scatter *self, size_t arc, size_t lane)
{
    if (self->is_far && arc + TARGETS_AHEAD < self->edges) {
        __builtin_prefetch(target_of(self, arc + TARGETS_AHEAD) + lane, 1);
    }
}

/* Most rows of a first cycle or two: the other lanes are left alone. What follows the row in
 * memory is seldom wanted then, so nothing is fetched. */
static void scatter_to_one(const isa_scatter *self)
{
    size_t lane = (size_t)__builtin_ctz(self->lanes);
    double share = self->shares[lane];
    for (size_t i = self->start; i < self->end; i++) {
        target_of(self, i)[lane] += share * self->weights[i];
    }
}

static inline bool is_one(uint32_t lanes)
{
    return (lanes & (lanes - 1)) == 0;
}

__attribute__((always_inline))
static inline void scatter_by_lane(const isa_scatter *self)
{
    if (is_one(self->lanes)) {
        scatter_to_one(self);
        return;
    }
    double shares[ISA_WIDE];
    for (int k = 0; k < ISA_WIDE; k++) shares[k] = self->shares[k];
    for (size_t i = self->start; i < self->end; i++) {
        double *to = target_of(self, i), weight = self->weights[i];
        fetch(self, i, 0);
        fetch(self, i, ISA_DOUBLES);
        for (int k = 0; k < ISA_WIDE; k++) to[k] += shares[k] * weight;
    }
}

void eg_scatter_scalar(const isa_scatter *self)
{
    scatter_by_lane(self);
}

#ifdef EG_X86

EG_AVX2 void eg_scatter_avx2(const isa_scatter *self)
{
    if (is_one(self->lanes)) {
        scatter_to_one(self);
        return;
    }
    const isa_scatter row = *self; /* what is stored might be anything, to a compiler */
    __m256d share_f64x4[ISA_WIDE / 4];
#pragma GCC unroll 4
    for (int k = 0; k < ISA_WIDE / 4; k++) share_f64x4[k] = _mm256_load_pd(row.shares + 4 * k);
    for (size_t i = row.start; i < row.end; i++) {
        double *to = target_of(&row, i);
        __m256d weight_f64x4 = _mm256_set1_pd(row.weights[i]);
        fetch(&row, i, 0);
        fetch(&row, i, ISA_DOUBLES);
#pragma GCC unroll 4
        for (int k = 0; k < ISA_WIDE / 4; k++) {
            __m256d given_f64x4 = _mm256_mul_pd(share_f64x4[k], weight_f64x4);
            _mm256_store_pd(to + 4 * k, _mm256_add_pd(_mm256_load_pd(to + 4 * k), given_f64x4));
        }
    }
}

INLINE_AVX512 void give_f64x8(double *to, __m512d share_f64x8, __m512d weight_f64x8)
{
    __m512d given_f64x8 = _mm512_mul_pd(share_f64x8, weight_f64x8);
    _mm512_store_pd(to, _mm512_add_pd(_mm512_load_pd(to), given_f64x8));
}

/* To one half of the lanes: half the memory. */
EG_AVX512 static void scatter_to_half(const isa_scatter *self, size_t lane)
{
    const isa_scatter row = *self;
    __m512d share_f64x8 = _mm512_load_pd(row.shares + lane);
    for (size_t i = row.start; i < row.end; i++) {
        fetch(&row, i, lane);
        give_f64x8(target_of(&row, i) + lane, share_f64x8, _mm512_set1_pd(row.weights[i]));
    }
}

EG_AVX512 void eg_scatter_avx512(const isa_scatter *self)
{
    bool is_low = (self->lanes & 0xff) != 0, is_high = self->lanes >> ISA_DOUBLES != 0;
    if (is_one(self->lanes)) {
        scatter_to_one(self);
        return;
    }
    if (!(is_low && is_high)) {
        scatter_to_half(self, is_low ? 0 : ISA_DOUBLES);
        return;
    }
    const isa_scatter row = *self;
    __m512d lo_f64x8 = _mm512_load_pd(row.shares);
    __m512d hi_f64x8 = _mm512_load_pd(row.shares + ISA_DOUBLES);
    for (size_t i = row.start; i < row.end; i++) {
        double *to = target_of(&row, i);
        __m512d weight_f64x8 = _mm512_set1_pd(row.weights[i]);
        fetch(&row, i, 0);
        fetch(&row, i, ISA_DOUBLES);
        give_f64x8(to, lo_f64x8, weight_f64x8);
        give_f64x8(to + ISA_DOUBLES, hi_f64x8, weight_f64x8);
    }
}

#endif

#ifdef EG_ARM

/* The compiler makes vectors of the lanes: they are independent and of a fixed number. */
void eg_scatter_neon(const isa_scatter *self)
{
    scatter_by_lane(self);
}

#endif
