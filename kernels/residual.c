/*
 * residual: what a frontier holds that will not fire: of 64 nodes those whose bit is set and who
 * have arcs, their number and the sum of their activations.
 *
 * Sums are made in 8 lanes, a node's by its id, so every version gives the same bits. What is
 * set is above 0. Nothing of a node whose bit is not set is read.
 */
#include "kernels/isa.h"

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

/* Four lanes would want a mask for each of three loads, and win little. */
void eg_residual_avx2(isa_residual *self)
{
    eg_residual_scalar(self);
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

/* As with AVX2. */
void eg_residual_neon(isa_residual *self)
{
    eg_residual_scalar(self);
}

#endif
