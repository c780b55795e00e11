/* decay with AVX2: four items at a time, in double. See decay.c for what it means. */
#include "kernels/decay.h"

#include "kernels/isa.h"

#include <float.h>

#ifdef EG_X86

static const int64_t masks64[8] = { -1, -1, -1, -1 };
static const int32_t masks32[8] = { -1, -1, -1, -1 };

INLINE_AVX2 __m256i mask64(size_t lanes)
{
    return _mm256_loadu_si256((const __m256i *)(masks64 + 4 - lanes));
}

INLINE_AVX2 __m128i mask32(size_t lanes)
{
    return _mm_loadu_si128((const __m128i *)(masks32 + 4 - lanes));
}

INLINE_AVX2 __m256d bits_f64x4(int64_t bits)
{
    return _mm256_castsi256_pd(_mm256_set1_epi64x(bits));
}

/* 64-bit unsigned to double, rounded once: each half is put under an exponent
 * that makes it a whole number, and the exponents are taken off again. */
INLINE_AVX2 __m256d from_u64(__m256i v_u64x4)
{
    __m256i high_u64x4 = _mm256_or_si256(_mm256_srli_epi64(v_u64x4, 32),
                                         _mm256_castpd_si256(_mm256_set1_pd(0x1p84)));
    __m256i low_u64x4 = _mm256_blend_epi32(v_u64x4, _mm256_castpd_si256(_mm256_set1_pd(0x1p52)),
                                           0xaa);
    __m256d high_f64x4 = _mm256_sub_pd(_mm256_castsi256_pd(high_u64x4),
                                       _mm256_set1_pd(0x1p84 + 0x1p52));
    return _mm256_add_pd(high_f64x4, _mm256_castsi256_pd(low_u64x4));
}

/* Items past the end are not ours to read: they count as age 0. */
INLINE_AVX2 __m256d ages_at(const eg_decay_options *options, size_t i, size_t lanes, int type)
{
    if (type == EG_AGE_F64) {
        const double *ages = (const double *)options->ages + i;
        return lanes == 4 ? _mm256_loadu_pd(ages) : _mm256_maskload_pd(ages, mask64(lanes));
    }
    if (type == EG_AGE_U64) {
        const long long *ages = (const long long *)options->ages + i;
        return from_u64(lanes == 4 ? _mm256_loadu_si256((const __m256i *)(const void *)ages)
                                   : _mm256_maskload_epi64(ages, mask64(lanes)));
    }
    const float *ages = (const float *)options->ages + i;
    return _mm256_cvtps_pd(lanes == 4 ? _mm_loadu_ps(ages) : _mm_maskload_ps(ages, mask32(lanes)));
}

/* Polynomials by halves (Estrin): shorter chains than term by term. */
INLINE_AVX2 __m256d line_at(__m256d x_f64x4, double a, double b)
{
    return _mm256_fmadd_pd(x_f64x4, _mm256_set1_pd(b), _mm256_set1_pd(a));
}

/* a + x2 b + x2^2 c */
INLINE_AVX2 __m256d three_at(__m256d x2_f64x4, __m256d a_f64x4, __m256d b_f64x4, __m256d c_f64x4)
{
    __m256d low_f64x4 = _mm256_fmadd_pd(x2_f64x4, b_f64x4, a_f64x4);
    return _mm256_fmadd_pd(_mm256_mul_pd(x2_f64x4, x2_f64x4), c_f64x4, low_f64x4);
}

/* 2^-x for x in [0, 1000]: the whole part goes into the exponent, and 1 + r P(r),
 * |r| <= 1/2, is the rest; so 2^0 is exactly 1. */
INLINE_AVX2 __m256d exp2_minus(__m256d x_f64x4)
{
    __m256d whole_f64x4 = _mm256_round_pd(x_f64x4, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    __m256d r_f64x4 = _mm256_sub_pd(x_f64x4, whole_f64x4);
    __m256d r2_f64x4 = _mm256_mul_pd(r_f64x4, r_f64x4);
    __m256d low_f64x4 = line_at(r_f64x4, -0.6931471805599453, 0.24022650922288757);
    __m256d mid_f64x4 = line_at(r_f64x4, -0.055504108839096185, 0.009618056678524637);
    __m256d high_f64x4 = line_at(r_f64x4, -0.001333350238616277, 0.0001546144469856913);
    high_f64x4 = _mm256_fmadd_pd(r2_f64x4, _mm256_set1_pd(-1.5297323760701075e-05), high_f64x4);
    __m256d p_f64x4 = three_at(r2_f64x4, low_f64x4, mid_f64x4, high_f64x4);
    p_f64x4 = _mm256_fmadd_pd(p_f64x4, r_f64x4, _mm256_set1_pd(1));
    /* The low bits of this sum are 1023 - whole, the exponent of 2^-whole. */
    __m256d sum_f64x4 = _mm256_sub_pd(_mm256_set1_pd(0x1p52 + 1023), whole_f64x4);
    __m256i exponent_u64x4 = _mm256_slli_epi64(_mm256_castpd_si256(sum_f64x4), 52);
    return _mm256_mul_pd(p_f64x4, _mm256_castsi256_pd(exponent_u64x4));
}

/* Of normal positive x = m * 2^e, m in [0.707, 1.414): e + s P(s^2), s = (m - 1)/(m + 1),
 * whose relative error stays small where the logarithm does. */
INLINE_AVX2 __m256d log2_of(__m256d x_f64x4)
{
    const int64_t one = 0x3ff0000000000000, root_half = 0x3fe6a09e667f3bcd;
    __m256i bits_u64x4 = _mm256_add_epi64(_mm256_castpd_si256(x_f64x4),
                                          _mm256_set1_epi64x(one - root_half));
    __m256i biased_u64x4 = _mm256_or_si256(_mm256_srli_epi64(bits_u64x4, 52),
                                           _mm256_castpd_si256(_mm256_set1_pd(0x1p52)));
    __m256d e_f64x4 = _mm256_sub_pd(_mm256_castsi256_pd(biased_u64x4),
                                    _mm256_set1_pd(0x1p52 + 1023));
    __m256d fraction_f64x4 = _mm256_and_pd(_mm256_castsi256_pd(bits_u64x4),
                                           bits_f64x4(0x000fffffffffffff));
    __m256d m_f64x4 = _mm256_castsi256_pd(_mm256_add_epi64(_mm256_castpd_si256(fraction_f64x4),
                                                           _mm256_set1_epi64x(root_half)));
    __m256d s_f64x4 = _mm256_div_pd(_mm256_sub_pd(m_f64x4, _mm256_set1_pd(1)),
                                    _mm256_add_pd(m_f64x4, _mm256_set1_pd(1)));
    __m256d z_f64x4 = _mm256_mul_pd(s_f64x4, s_f64x4);
    __m256d p_f64x4 = three_at(_mm256_mul_pd(z_f64x4, z_f64x4),
                               line_at(z_f64x4, 2.8853900817778504, 0.9617966941123595),
                               line_at(z_f64x4, 0.5770779426302618, 0.41220922733052445),
                               line_at(z_f64x4, 0.3199066608891474, 0.28288718263073565));
    return _mm256_fmadd_pd(s_f64x4, p_f64x4, e_f64x4);
}

INLINE_AVX2 __m256d retentions(const decay_law *curve, __m256d ages_f64x4, bool is_power)
{
    __m256d t_f64x4 = _mm256_mul_pd(ages_f64x4, _mm256_set1_pd(curve->scale));
    __m256d lost_f64x4 = t_f64x4;
    if (is_power) {
        t_f64x4 = _mm256_add_pd(_mm256_min_pd(t_f64x4, _mm256_set1_pd(DBL_MAX)),
                                _mm256_set1_pd(curve->shift));
        lost_f64x4 = _mm256_fmsub_pd(_mm256_set1_pd(curve->power), log2_of(t_f64x4),
                                     _mm256_set1_pd(curve->log2_a));
        __m256d tiny_f64x4 = _mm256_cmp_pd(t_f64x4, _mm256_set1_pd(curve->tiny), _CMP_LT_OQ);
        lost_f64x4 = _mm256_andnot_pd(tiny_f64x4, lost_f64x4);
        lost_f64x4 = _mm256_max_pd(lost_f64x4, _mm256_setzero_pd());
    }
    return exp2_minus(_mm256_min_pd(lost_f64x4, _mm256_set1_pd(1000)));
}

/* min and max answer their second operand when one is NaN: that is the strength, or made of it. */
INLINE_AVX2 __m128 left_of(const decay_law *curve, __m128 strengths_f32x4, __m256d kept_f64x4)
{
    __m256d strengths_f64x4 = _mm256_cvtps_pd(strengths_f32x4);
    __m256d low_f64x4 = _mm256_min_pd(_mm256_set1_pd(curve->floor), strengths_f64x4);
    __m256d left_f64x4 = _mm256_mul_pd(strengths_f64x4, kept_f64x4);
    return _mm256_cvtpd_ps(_mm256_max_pd(left_f64x4, low_f64x4));
}

INLINE_AVX2 void decay_all(const eg_decay_options *options, const decay_law *curve,
                           const float *strengths, float *out, int age_type, bool is_power)
{
    size_t i = 0, count = options->count;
    for (; i + 4 <= count; i += 4) {
        __m256d kept_f64x4 = retentions(curve, ages_at(options, i, 4, age_type), is_power);
        _mm_storeu_ps(out + i, left_of(curve, _mm_loadu_ps(strengths + i), kept_f64x4));
    }
    if (i == count) return;
    size_t lanes = count - i;
    __m256d kept_f64x4 = retentions(curve, ages_at(options, i, lanes, age_type), is_power);
    __m128 strengths_f32x4 = _mm_maskload_ps(strengths + i, mask32(lanes));
    _mm_maskstore_ps(out + i, mask32(lanes), left_of(curve, strengths_f32x4, kept_f64x4));
}

/* One loop for each type and kind of curve, so that none asks within. */
EG_AVX2 void eg_decay_avx2(const eg_decay_options *options, const float *strengths, float *out)
{
    /* 1 + t has lost what a power this large would bring back. */
    if (options->curve == EG_POWER1 && options->b > 1e4) {
        eg_decay_scalar(options, strengths, out);
        return;
    }
    decay_law curve = decay_law_of(options);
    bool is_power = options->curve == EG_POWER || options->curve == EG_POWER1;
    switch (options->age_type * 2 + is_power) {
    case EG_AGE_F64 * 2: decay_all(options, &curve, strengths, out, EG_AGE_F64, false); break;
    case EG_AGE_F64 * 2 + 1: decay_all(options, &curve, strengths, out, EG_AGE_F64, true); break;
    case EG_AGE_U64 * 2: decay_all(options, &curve, strengths, out, EG_AGE_U64, false); break;
    case EG_AGE_U64 * 2 + 1: decay_all(options, &curve, strengths, out, EG_AGE_U64, true); break;
    case EG_AGE_F32 * 2: decay_all(options, &curve, strengths, out, EG_AGE_F32, false); break;
    case EG_AGE_F32 * 2 + 1: decay_all(options, &curve, strengths, out, EG_AGE_F32, true); break;
    }
}

EG_AVX2 bool eg_ages_avx2(const eg_decay_options *options)
{
    if (options->age_type == EG_AGE_U64) return true;
    __m256d zero_f64x4 = _mm256_setzero_pd(), bad_f64x4 = zero_f64x4;
    size_t i = 0, count = options->count;
    for (; i + 4 <= count; i += 4) {
        __m256d ages_f64x4 = ages_at(options, i, 4, options->age_type);
        bad_f64x4 = _mm256_or_pd(bad_f64x4, _mm256_cmp_pd(ages_f64x4, zero_f64x4, _CMP_NGE_UQ));
    }
    __m256d ages_f64x4 = ages_at(options, i, count - i, options->age_type);
    bad_f64x4 = _mm256_or_pd(bad_f64x4, _mm256_cmp_pd(ages_f64x4, zero_f64x4, _CMP_NGE_UQ));
    return _mm256_movemask_pd(bad_f64x4) == 0;
}

#endif
