/*
 * within: bit i is set unless scores[i] lies below low or above high; NaN is within.
 * peaks: the greatest, or the least, of scores[i], scores[i + ISA_MASKED], ... for each i below
 * ISA_MASKED; an infinity where there is no number. Scores after the last ISA_MASKED stay out.
 *
 * within takes ISA_MASKED scores at most. Any alignment; none behind the scores is read. All
 * versions give the same bits, as long as no score is -0.
 */
#include "kernels/isa.h"

#include <math.h>
#include <string.h>

uint64_t eg_within_scalar(const float *scores, size_t count, float low, float high)
{
    uint64_t within = 0;
    for (size_t i = 0; i < count; i++) {
        bool outside = scores[i] < low || scores[i] > high;
        within |= (uint64_t)!outside << i;
    }
    return within;
}

/* ISA_LANES peaks at a time: few enough for the compiler to hold them in registers. */
__attribute__((always_inline))
static inline void peaks_by_lane(const float *scores, size_t count, bool least, float *peaks)
{
    for (size_t first = 0; first < ISA_MASKED; first += ISA_LANES) {
        float best[ISA_LANES];
        for (size_t j = 0; j < ISA_LANES; j++) best[j] = least ? INFINITY : -INFINITY;
        for (size_t i = first; i + ISA_MASKED - first <= count; i += ISA_MASKED) {
            for (size_t j = 0; j < ISA_LANES; j++) {
                bool is_better = least ? scores[i + j] < best[j] : scores[i + j] > best[j];
                best[j] = is_better ? scores[i + j] : best[j];
            }
        }
        memcpy(peaks + first, best, sizeof best);
    }
}

#define PEAKS(isa)                                                                   \
    void eg_peaks_##isa(const float *scores, size_t count, bool least, float *peaks) \
    {                                                                                \
        if (least) peaks_by_lane(scores, count, true, peaks);                        \
        else peaks_by_lane(scores, count, false, peaks);                             \
    }

PEAKS(scalar)

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

EG_AVX2 PEAKS(avx2)

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

EG_AVX512 PEAKS(avx512)

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

PEAKS(neon)

#endif
