/*
 * residual: what a frontier holds that will not fire: of 64 nodes those whose bit is set and who
 * have arcs, their number and the sum of their activations.
 *
 * Sums are made in 8 lanes, a node's by its id, so every version gives the same bits. What is
 * set is above 0. Nothing of a node whose bit is not set is read.
 */
#include "kernels/isa.h"
#include "kernels/masks.h"

void eg_residual_scalar(isa_residual *self)
{
    for (uint64_t bits = self->bits; bits; bits &= bits - 1) {
        size_t bit = (size_t)__builtin_ctzll(bits), node = self->first + bit;
        bool has_arcs = self->offsets[node] != self->offsets[node + 1];
        self->sums[bit % ISA_DOUBLES] += has_arcs ? self->values[node] : 0;
        self->count += has_arcs;
    }
}

#ifdef EG_X86

/* What four nodes have; adds to *count those that have arcs. */
INLINE_AVX2 __m256d waiting_f64x4(const uint32_t *offsets, const double *values, uint64_t bits,
                                  size_t *count)
{
    __m256i set_u64x4 = ones_u64x4(bits);
    __m128i set_u32x4 = _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(
        set_u64x4, _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7)));
    __m128i none_u32x4 = _mm_cmpeq_epi32(_mm_maskload_epi32((const int *)offsets, set_u32x4),
                                         _mm_maskload_epi32((const int *)offsets + 1, set_u32x4));
    __m256i here_u64x4 = _mm256_andnot_si256(_mm256_cvtepi32_epi64(none_u32x4), set_u64x4);
    int here = _mm256_movemask_pd(_mm256_castsi256_pd(here_u64x4));
    *count += (size_t)__builtin_popcount((unsigned)here);
    return _mm256_maskload_pd(values, here_u64x4);
}

EG_AVX2 void eg_residual_avx2(isa_residual *self)
{
    __m256d low_f64x4 = _mm256_loadu_pd(self->sums), high_f64x4 = _mm256_loadu_pd(self->sums + 4);
    const uint32_t *offsets = self->offsets + self->first;
    const double *values = self->values + self->first;
    size_t count = self->count;
    for (uint64_t bits = self->bits; bits; bits >>= 8, offsets += 8, values += 8) {
        low_f64x4 = _mm256_add_pd(low_f64x4, waiting_f64x4(offsets, values, bits, &count));
        high_f64x4 = _mm256_add_pd(high_f64x4,
                                   waiting_f64x4(offsets + 4, values + 4, bits >> 4, &count));
    }
    _mm256_storeu_pd(self->sums, low_f64x4);
    _mm256_storeu_pd(self->sums + 4, high_f64x4);
    self->count = count;
}

EG_AVX512 void eg_residual_avx512(isa_residual *self)
{
    __m512d sums_f64x8 = _mm512_loadu_pd(self->sums);
    const uint32_t *offsets = self->offsets + self->first;
    const double *values = self->values + self->first;
    for (uint64_t bits = self->bits; bits; bits >>= 8, offsets += 8, values += 8) {
        __mmask8 set = (__mmask8)bits;
        __mmask8 here = _mm256_mask_cmpneq_epi32_mask(set, _mm256_maskz_loadu_epi32(set, offsets),
                                                      _mm256_maskz_loadu_epi32(set, offsets + 1));
        sums_f64x8 = _mm512_mask_add_pd(sums_f64x8, here, sums_f64x8,
                                        _mm512_maskz_loadu_pd(here, values));
        self->count += (size_t)__builtin_popcount(here);
    }
    _mm512_storeu_pd(self->sums, sums_f64x8);
}

#endif

#ifdef EG_ARM

/* Two lanes win little. */
void eg_residual_neon(isa_residual *self)
{
    eg_residual_scalar(self);
}

#endif
