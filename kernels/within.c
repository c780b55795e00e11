/*
 * within: bit i is set unless scores[i] lies below low or above high; NaN is within.
 *
 * ISA_MASKED scores at most, any alignment; none behind them is read. All versions
 * give the same bits.
 */
#include "kernels/isa.h"

uint64_t eg_within_scalar(const float *scores, size_t count, float low, float high)
{
    uint64_t within = 0;
    for (size_t i = 0; i < count; i++) {
        bool outside = scores[i] < low || scores[i] > high;
        within |= (uint64_t)!outside << i;
    }
    return within;
}

#ifdef EG_X86

EG_AVX2 uint64_t eg_within_avx2(const float *scores, size_t count, float low, float high)
{
    const __m256 low_f32x8 = _mm256_set1_ps(low), high_f32x8 = _mm256_set1_ps(high);
    uint64_t within = 0;
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        __m256 scores_f32x8 = _mm256_loadu_ps(scores + i);
        __m256 below_f32x8 = _mm256_cmp_ps(scores_f32x8, low_f32x8, _CMP_LT_OQ);
        __m256 above_f32x8 = _mm256_cmp_ps(scores_f32x8, high_f32x8, _CMP_GT_OQ);
        int outside = _mm256_movemask_ps(_mm256_or_ps(below_f32x8, above_f32x8));
        within |= (uint64_t)(uint8_t)~outside << i;
    }
    if (i == count) return within;
    return within | eg_within_scalar(scores + i, count - i, low, high) << i;
}

EG_AVX512 uint64_t eg_within_avx512(const float *scores, size_t count, float low, float high)
{
    const __m512 low_f32x16 = _mm512_set1_ps(low), high_f32x16 = _mm512_set1_ps(high);
    uint64_t within = 0;
    for (size_t i = 0; i < count; i += ISA_LANES) {
        size_t rest = count - i;
        __mmask16 here = (__mmask16)(rest < ISA_LANES ? (1u << rest) - 1 : 0xffff);
        __m512 scores_f32x16 = _mm512_maskz_loadu_ps(here, scores + i);
        __mmask16 outside = _mm512_cmp_ps_mask(scores_f32x16, low_f32x16, _CMP_LT_OQ) |
                            _mm512_cmp_ps_mask(scores_f32x16, high_f32x16, _CMP_GT_OQ);
        within |= (uint64_t)(here & (uint16_t)~outside) << i;
    }
    return within;
}

#endif

#ifdef EG_ARM

uint64_t eg_within_neon(const float *scores, size_t count, float low, float high)
{
    static const uint32_t bits[4] = {1, 2, 4, 8};
    const uint32x4_t bits_u32x4 = vld1q_u32(bits);
    uint64_t within = 0;
    size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        float32x4_t scores_f32x4 = vld1q_f32(scores + i);
        uint32x4_t outside_u32x4 = vorrq_u32(vcltq_f32(scores_f32x4, vdupq_n_f32(low)),
                                             vcgtq_f32(scores_f32x4, vdupq_n_f32(high)));
        within |= (uint64_t)vaddvq_u32(vbicq_u32(bits_u32x4, outside_u32x4)) << i;
    }
    if (i == count) return within;
    return within | eg_within_scalar(scores + i, count - i, low, high) << i;
}

#endif
