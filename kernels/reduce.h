/*
 * Reduce: four registers of partial sums become four numbers, each added up in the
 * same order, so that a row's sum does not depend on its place among four.
 *
 * Thread:  any.
 * Errors:  none; whole numbers wrap around.
 */
#ifndef EG_REDUCE_H
#define EG_REDUCE_H

#include "kernels/isa.h"

#ifdef EG_X86

INLINE_AVX2 __m128 reduce_f32x8(const __m256 sums_f32x8[4])
{
    __m256 ab_f32x8 = _mm256_hadd_ps(sums_f32x8[0], sums_f32x8[1]);
    __m256 cd_f32x8 = _mm256_hadd_ps(sums_f32x8[2], sums_f32x8[3]);
    __m256 four_f32x8 = _mm256_hadd_ps(ab_f32x8, cd_f32x8);
    return _mm_add_ps(_mm256_castps256_ps128(four_f32x8), _mm256_extractf128_ps(four_f32x8, 1));
}

INLINE_AVX2 __m128i reduce_i32x8(const __m256i sums_i32x8[4])
{
    __m256i ab_i32x8 = _mm256_hadd_epi32(sums_i32x8[0], sums_i32x8[1]);
    __m256i cd_i32x8 = _mm256_hadd_epi32(sums_i32x8[2], sums_i32x8[3]);
    __m256i four_i32x8 = _mm256_hadd_epi32(ab_i32x8, cd_i32x8);
    return _mm_add_epi32(_mm256_castsi256_si128(four_i32x8),
                         _mm256_extracti128_si256(four_i32x8, 1));
}

INLINE_AVX512 __m128i reduce_i32x16(const __m512i sums_i32x16[4])
{
    __m512i ab_i32x16 = _mm512_add_epi32(_mm512_unpacklo_epi32(sums_i32x16[0], sums_i32x16[1]),
                                         _mm512_unpackhi_epi32(sums_i32x16[0], sums_i32x16[1]));
    __m512i cd_i32x16 = _mm512_add_epi32(_mm512_unpacklo_epi32(sums_i32x16[2], sums_i32x16[3]),
                                         _mm512_unpackhi_epi32(sums_i32x16[2], sums_i32x16[3]));
    __m512i four_i32x16 = _mm512_add_epi32(_mm512_unpacklo_epi64(ab_i32x16, cd_i32x16),
                                           _mm512_unpackhi_epi64(ab_i32x16, cd_i32x16));
    __m256i four_i32x8 = _mm256_add_epi32(_mm512_castsi512_si256(four_i32x16),
                                          _mm512_extracti32x8_epi32(four_i32x16, 1));
    return _mm_add_epi32(_mm256_castsi256_si128(four_i32x8),
                         _mm256_extracti128_si256(four_i32x8, 1));
}

INLINE_AVX512 __m128 reduce_f32x16(const __m512 sums_f32x16[4])
{
    __m512 ab_f32x16 = _mm512_add_ps(_mm512_unpacklo_ps(sums_f32x16[0], sums_f32x16[1]),
                                     _mm512_unpackhi_ps(sums_f32x16[0], sums_f32x16[1]));
    __m512 cd_f32x16 = _mm512_add_ps(_mm512_unpacklo_ps(sums_f32x16[2], sums_f32x16[3]),
                                     _mm512_unpackhi_ps(sums_f32x16[2], sums_f32x16[3]));
    __m512d ab_f64x8 = _mm512_castps_pd(ab_f32x16), cd_f64x8 = _mm512_castps_pd(cd_f32x16);
    __m512 low_f32x16 = _mm512_castpd_ps(_mm512_unpacklo_pd(ab_f64x8, cd_f64x8));
    __m512 high_f32x16 = _mm512_castpd_ps(_mm512_unpackhi_pd(ab_f64x8, cd_f64x8));
    __m512 four_f32x16 = _mm512_add_ps(low_f32x16, high_f32x16);
    __m256 four_f32x8 = _mm256_add_ps(_mm512_castps512_ps256(four_f32x16),
                                      _mm512_extractf32x8_ps(four_f32x16, 1));
    return _mm_add_ps(_mm256_castps256_ps128(four_f32x8), _mm256_extractf128_ps(four_f32x8, 1));
}

#endif

#endif
