/*
 * cosines: dots[i] becomes dots[i] / (query norm * row norm), the cosine, at most 1
 * and at least -1, never -0. It is computed in double and rounded to float once.
 *
 * The answer has bit i set where the product of the norms is beyond what a dot in
 * float can be trusted with: not a number, 0, too small or too large. dots[i] is
 * then any number, and the row has to be scored in another way.
 *
 * Any alignment, ISA_MASKED rows at most; dots and norms do not overlap. A NaN
 * among the dots stays NaN. All versions give the same bits, wherever a row
 * stands: each step is one operation of IEEE 754, and none is left out.
 */
#include "kernels/isa.h"

/* Between these bounds of |query| * |row| no sum of products in float can
 * overflow, and what vanishes is far below its last digit. */
static const double scale_min = 1e-30, scale_max = 1e38;

uint64_t eg_cosines_scalar(const isa_norms *norms, float *dots)
{
    uint64_t unusual = 0;
    for (size_t i = 0; i < norms->count; i++) {
        double scale = norms->query * norms->rows[i], cosine = dots[i] / scale;
        bool usual = scale >= scale_min && scale <= scale_max;
        unusual |= (uint64_t)!usual << i;
        cosine = cosine > 1 ? 1 : cosine;
        cosine = cosine < -1 ? -1 : cosine;
        dots[i] = (float)cosine + 0.0f;
    }
    return unusual;
}

#ifdef EG_X86

/* min and max answer their second operand when one is NaN. */
INLINE_AVX2 int four_cosines(__m256d scale_f64x4, __m128 *dots_f32x4)
{
    __m256d cosine_f64x4 = _mm256_div_pd(_mm256_cvtps_pd(*dots_f32x4), scale_f64x4);
    cosine_f64x4 = _mm256_min_pd(_mm256_set1_pd(1), cosine_f64x4);
    cosine_f64x4 = _mm256_max_pd(_mm256_set1_pd(-1), cosine_f64x4);
    *dots_f32x4 = _mm_add_ps(_mm256_cvtpd_ps(cosine_f64x4), _mm_setzero_ps());
    __m256d low_f64x4 = _mm256_cmp_pd(scale_f64x4, _mm256_set1_pd(scale_min), _CMP_NGE_UQ);
    __m256d high_f64x4 = _mm256_cmp_pd(scale_f64x4, _mm256_set1_pd(scale_max), _CMP_NLE_UQ);
    return _mm256_movemask_pd(_mm256_or_pd(low_f64x4, high_f64x4));
}

EG_AVX2 uint64_t eg_cosines_avx2(const isa_norms *norms, float *dots)
{
    __m256d query_f64x4 = _mm256_set1_pd(norms->query);
    uint64_t unusual = 0;
    size_t i = 0;
    for (; i + 4 <= norms->count; i += 4) {
        __m128 dots_f32x4 = _mm_loadu_ps(dots + i);
        __m256d scale_f64x4 = _mm256_mul_pd(query_f64x4, _mm256_loadu_pd(norms->rows + i));
        unusual |= (uint64_t)four_cosines(scale_f64x4, &dots_f32x4) << i;
        _mm_storeu_ps(dots + i, dots_f32x4);
    }
    if (i == norms->count) return unusual;
    isa_norms last = {.rows = norms->rows + i, .query = norms->query, .count = norms->count - i};
    return unusual | eg_cosines_scalar(&last, dots + i) << i;
}

/* Eight cosines of the rows that are here; answers which of them are usual. */
INLINE_AVX512 __mmask8 eight_cosines(const double *rows, __m512d query_f64x8, __mmask8 here,
                                     float *dots)
{
    __m512d scale_f64x8 = _mm512_mul_pd(query_f64x8, _mm512_maskz_loadu_pd(here, rows));
    __m512d cosine_f64x8 = _mm512_cvtps_pd(_mm256_maskz_loadu_ps(here, dots));
    cosine_f64x8 = _mm512_div_pd(cosine_f64x8, scale_f64x8);
    cosine_f64x8 = _mm512_min_pd(_mm512_set1_pd(1), cosine_f64x8);
    cosine_f64x8 = _mm512_max_pd(_mm512_set1_pd(-1), cosine_f64x8);
    __m256 cosine_f32x8 = _mm512_cvtpd_ps(cosine_f64x8);
    _mm256_mask_storeu_ps(dots, here, _mm256_add_ps(cosine_f32x8, _mm256_setzero_ps()));
    here = _mm512_mask_cmp_pd_mask(here, scale_f64x8, _mm512_set1_pd(scale_min), _CMP_GE_OQ);
    return _mm512_mask_cmp_pd_mask(here, scale_f64x8, _mm512_set1_pd(scale_max), _CMP_LE_OQ);
}

/* Which are usual is told row by row only where one is not. */
EG_AVX512 uint64_t eg_cosines_avx512(const isa_norms *norms, float *dots)
{
    const __m512d query_f64x8 = _mm512_set1_pd(norms->query);
    const double *rows = norms->rows;
    size_t count = norms->count, i = 0;
    __mmask8 usual = 255;
    for (; i + 8 <= count; i += 8) usual &= eight_cosines(rows + i, query_f64x8, 255, dots + i);
    __mmask8 here = (__mmask8)((1u << (count - i)) - 1);
    if (here) usual &= eight_cosines(rows + i, query_f64x8, here, dots + i) | (__mmask8)~here;
    if (usual == 255) return 0;
    uint64_t unusual = 0;
    for (i = 0; i < count; i++) {
        double scale = norms->query * rows[i];
        unusual |= (uint64_t)!(scale >= scale_min && scale <= scale_max) << i;
    }
    return unusual;
}

#endif

#ifdef EG_ARM

/* min and max answer NaN where one operand is, as the scalar version does. */
INLINE_NEON float32x2_t two_cosines(float32x2_t dots_f32x2, float64x2_t scale_f64x2)
{
    float64x2_t cosine_f64x2 = vdivq_f64(vcvt_f64_f32(dots_f32x2), scale_f64x2);
    cosine_f64x2 = vminq_f64(cosine_f64x2, vdupq_n_f64(1));
    cosine_f64x2 = vmaxq_f64(cosine_f64x2, vdupq_n_f64(-1));
    return vadd_f32(vcvt_f32_f64(cosine_f64x2), vdup_n_f32(0));
}

/* All ones where a scale can not be trusted. */
INLINE_NEON uint64x2_t unusual_of(float64x2_t scale_f64x2)
{
    uint64x2_t usual_u64x2 = vandq_u64(vcgeq_f64(scale_f64x2, vdupq_n_f64(scale_min)),
                                       vcleq_f64(scale_f64x2, vdupq_n_f64(scale_max)));
    return veorq_u64(usual_u64x2, vdupq_n_u64(UINT64_MAX));
}

uint64_t eg_cosines_neon(const isa_norms *norms, float *dots)
{
    static const uint64_t places[2] = {1, 2};
    float64x2_t query_f64x2 = vdupq_n_f64(norms->query);
    uint64_t unusual = 0;
    size_t i = 0;
    for (; i + 2 <= norms->count; i += 2) {
        float64x2_t scale_f64x2 = vmulq_f64(query_f64x2, vld1q_f64(norms->rows + i));
        vst1_f32(dots + i, two_cosines(vld1_f32(dots + i), scale_f64x2));
        uint64x2_t here_u64x2 = vandq_u64(unusual_of(scale_f64x2), vld1q_u64(places));
        unusual |= vaddvq_u64(here_u64x2) << i;
    }
    if (i == norms->count) return unusual;
    isa_norms last = {.rows = norms->rows + i, .query = norms->query, .count = norms->count - i};
    return unusual | eg_cosines_scalar(&last, dots + i) << i;
}

#endif
