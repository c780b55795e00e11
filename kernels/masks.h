/*
 * Masks: the bits of a number as lanes of ones and zeros, for sets whose registers have no masks.
 *
 * Thread:  any; there is no state.
 * Errors:  none. Bits beyond the lanes mean nothing.
 */
#ifndef EG_MASKS_H
#define EG_MASKS_H

#include "kernels/isa.h"

#ifdef EG_X86

/* All ones where a bit of the mask is set. */
INLINE_AVX2 __m256i ones_u64x4(uint64_t mask)
{
    const __m256i bits_u64x4 = _mm256_setr_epi64x(1, 2, 4, 8);
    __m256i mask_u64x4 = _mm256_set1_epi64x((long long)mask);
    return _mm256_cmpeq_epi64(_mm256_and_si256(mask_u64x4, bits_u64x4), bits_u64x4);
}

INLINE_AVX2 __m256i ones_u32x8(uint32_t mask)
{
    const __m256i bits_u32x8 = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    __m256i mask_u32x8 = _mm256_set1_epi32((int)mask);
    return _mm256_cmpeq_epi32(_mm256_and_si256(mask_u32x8, bits_u32x8), bits_u32x8);
}

#endif

#endif
