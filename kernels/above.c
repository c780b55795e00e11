/*
 * above: which of 64 * words doubles are above a threshold, a bit each.
 *
 * Answers whether all of them lie within the range of a float; NaN does not, and is above
 * nothing. All versions agree. values must be aligned to 64 bytes and not overlap bits.
 */
#include "kernels/isa.h"

#include <float.h>
#include <math.h>

enum { WORD = 64 };

bool eg_above_scalar(const double *values, size_t words, double threshold, uint64_t *bits)
{
    bool in_range = true;
    for (size_t word = 0; word < words; word++, values += WORD) {
        uint64_t above = 0;
        for (int i = 0; i < WORD; i++) {
            in_range &= fabs(values[i]) <= (double)FLT_MAX;
            above |= (uint64_t)(values[i] > threshold) << i;
        }
        bits[word] = above;
    }
    return in_range;
}

#ifdef EG_X86

EG_AVX2 bool eg_above_avx2(const double *values, size_t words, double threshold, uint64_t *bits)
{
    const __m256d threshold_f64x4 = _mm256_set1_pd(threshold), most_f64x4 = _mm256_set1_pd(FLT_MAX);
    const __m256d sign_f64x4 = _mm256_set1_pd(-0.0);
    __m256d in_range_f64x4 = _mm256_castsi256_pd(_mm256_set1_epi64x(-1));
    for (size_t word = 0; word < words; word++, values += WORD) {
        uint64_t above = 0;
        for (int i = 0; i < WORD; i += 4) {
            __m256d values_f64x4 = _mm256_load_pd(values + i);
            __m256d above_f64x4 = _mm256_cmp_pd(values_f64x4, threshold_f64x4, _CMP_GT_OQ);
            __m256d size_f64x4 = _mm256_andnot_pd(sign_f64x4, values_f64x4);
            in_range_f64x4 = _mm256_and_pd(in_range_f64x4,
                                           _mm256_cmp_pd(size_f64x4, most_f64x4, _CMP_LE_OQ));
            above |= (uint64_t)(unsigned)_mm256_movemask_pd(above_f64x4) << i;
        }
        bits[word] = above;
    }
    return _mm256_movemask_pd(in_range_f64x4) == 15;
}

/* Sizes are compared as the whole numbers that their bits are: NaN and infinity are the largest. */
EG_AVX512 bool eg_above_avx512(const double *values, size_t words, double threshold,
                               uint64_t *bits)
{
    const __m512d threshold_f64x8 = _mm512_set1_pd(threshold);
    const __m512i size_u64x8 = _mm512_set1_epi64(INT64_MAX);
    const __m512i limit_u64x8 = _mm512_castpd_si512(_mm512_set1_pd(FLT_MAX));
    __m512i even_u64x8 = _mm512_setzero_si512(), odd_u64x8 = even_u64x8;
    for (size_t word = 0; word < words; word++, values += WORD) {
        uint64_t above = 0;
        for (int i = 0; i < WORD; i += 16) {
            __m512d lo_f64x8 = _mm512_load_pd(values + i);
            __m512d hi_f64x8 = _mm512_load_pd(values + i + 8);
            even_u64x8 = _mm512_max_epu64(even_u64x8, _mm512_and_si512(
                _mm512_castpd_si512(lo_f64x8), size_u64x8));
            odd_u64x8 = _mm512_max_epu64(odd_u64x8, _mm512_and_si512(
                _mm512_castpd_si512(hi_f64x8), size_u64x8));
            __mmask16 here = _mm512_kunpackb(
                _mm512_cmp_pd_mask(hi_f64x8, threshold_f64x8, _CMP_GT_OQ),
                _mm512_cmp_pd_mask(lo_f64x8, threshold_f64x8, _CMP_GT_OQ));
            above |= (uint64_t)here << i;
        }
        bits[word] = above;
    }
    return !_mm512_cmpgt_epu64_mask(_mm512_max_epu64(even_u64x8, odd_u64x8), limit_u64x8);
}

#endif

#ifdef EG_ARM

bool eg_above_neon(const double *values, size_t words, double threshold, uint64_t *bits)
{
    const float64x2_t threshold_f64x2 = vdupq_n_f64(threshold), most_f64x2 = vdupq_n_f64(FLT_MAX);
    uint64x2_t in_range_u64x2 = vdupq_n_u64(UINT64_MAX);
    for (size_t word = 0; word < words; word++, values += WORD) {
        uint64x2_t above_u64x2 = vdupq_n_u64(0);
        /* Pairs from the last to the first: each step makes room for one more, so lane 0
         * ends with the even values in every second bit, lane 1 with the odd ones. */
        for (int i = WORD - 2; i >= 0; i -= 2) {
            float64x2_t values_f64x2 = vld1q_f64(values + i);
            uint64x2_t here_u64x2 = vcgtq_f64(values_f64x2, threshold_f64x2);
            above_u64x2 = vsubq_u64(vshlq_n_u64(above_u64x2, 2), here_u64x2);
            in_range_u64x2 = vandq_u64(in_range_u64x2, vcaleq_f64(values_f64x2, most_f64x2));
        }
        bits[word] = vgetq_lane_u64(above_u64x2, 0) | vgetq_lane_u64(above_u64x2, 1) << 1;
    }
    return (vgetq_lane_u64(in_range_u64x2, 0) & vgetq_lane_u64(in_range_u64x2, 1)) != 0;
}

#endif
