/*
 * decay with AVX-512: eight items at a time, in double. See decay.c for what it means.
 *
 * The same steps as with AVX2, so the same bits, though exponents carry their sign
 * here: the scaling instruction wants it, and rounding to nearest is symmetric.
 */
#include "kernels/decay.h"

#include "kernels/isa.h"

#include <float.h>

#ifdef EG_X86

static const double exponent_min = -1000;

INLINE_AVX512 __mmask8 first(size_t lanes)
{
    return (__mmask8)((1u << lanes) - 1);
}

/* Items past the end are not ours to read: they count as age 0. */
INLINE_AVX512 __m512d ages_at(const eg_decay_options *options, size_t i, __mmask8 here, int type)
{
    if (type == EG_AGE_F64) {
        return _mm512_maskz_loadu_pd(here, (const double *)options->ages + i);
    }
    if (type == EG_AGE_U64) {
        const uint64_t *ages = (const uint64_t *)options->ages + i;
        return _mm512_cvtepu64_pd(_mm512_maskz_loadu_epi64(here, ages));
    }
    return _mm512_cvtps_pd(_mm256_maskz_loadu_ps(here, (const float *)options->ages + i));
}

/* Polynomials by halves (Estrin): shorter chains than term by term. */
INLINE_AVX512 __m512d line_at(__m512d x_f64x8, double a, double b)
{
    return _mm512_fmadd_pd(x_f64x8, _mm512_set1_pd(b), _mm512_set1_pd(a));
}

/* a + x2 b + x2^2 c */
INLINE_AVX512 __m512d three_at(__m512d x2_f64x8, __m512d a_f64x8, __m512d b_f64x8, __m512d c_f64x8)
{
    __m512d low_f64x8 = _mm512_fmadd_pd(x2_f64x8, b_f64x8, a_f64x8);
    return _mm512_fmadd_pd(_mm512_mul_pd(x2_f64x8, x2_f64x8), c_f64x8, low_f64x8);
}

/* 2^x for x in [-1000, 0]: the whole part goes into the exponent, and 1 + r P(r),
 * |r| <= 1/2, is the rest; so 2^0 is exactly 1. */
INLINE_AVX512 __m512d exp2_of(__m512d x_f64x8)
{
    __m512d whole_f64x8 = _mm512_roundscale_pd(x_f64x8,
                                               _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    __m512d r_f64x8 = _mm512_sub_pd(x_f64x8, whole_f64x8);
    __m512d r2_f64x8 = _mm512_mul_pd(r_f64x8, r_f64x8);
    __m512d low_f64x8 = line_at(r_f64x8, 0.6931471805599453, 0.24022650922288757);
    __m512d mid_f64x8 = line_at(r_f64x8, 0.055504108839096185, 0.009618056678524637);
    __m512d high_f64x8 = line_at(r_f64x8, 0.001333350238616277, 0.0001546144469856913);
    high_f64x8 = _mm512_fmadd_pd(r2_f64x8, _mm512_set1_pd(1.5297323760701075e-05), high_f64x8);
    __m512d p_f64x8 = three_at(r2_f64x8, low_f64x8, mid_f64x8, high_f64x8);
    return _mm512_scalef_pd(_mm512_fmadd_pd(p_f64x8, r_f64x8, _mm512_set1_pd(1)), whole_f64x8);
}

/* Of normal positive x = m * 2^e, m in [0.707, 1.414): e + s P(s^2), s = (m - 1)/(m + 1),
 * whose relative error stays small where the logarithm does. Of 0: some number. */
INLINE_AVX512 __m512d log2_of(__m512d x_f64x8)
{
    const int64_t root_half = 0x3fe6a09e667f3bcd;
    __m512i bits_u64x8 = _mm512_castpd_si512(x_f64x8);
    __m512i above_i64x8 = _mm512_sub_epi64(bits_u64x8, _mm512_set1_epi64(root_half));
    __m512d e_f64x8 = _mm512_cvtepi64_pd(_mm512_srai_epi64(above_i64x8, 52));
    __m512i whole_i64x8 = _mm512_and_si512(above_i64x8, _mm512_set1_epi64(-0x10000000000000));
    __m512d m_f64x8 = _mm512_castsi512_pd(_mm512_sub_epi64(bits_u64x8, whole_i64x8));
    __m512d s_f64x8 = _mm512_div_pd(_mm512_sub_pd(m_f64x8, _mm512_set1_pd(1)),
                                    _mm512_add_pd(m_f64x8, _mm512_set1_pd(1)));
    __m512d z_f64x8 = _mm512_mul_pd(s_f64x8, s_f64x8);
    __m512d p_f64x8 = three_at(_mm512_mul_pd(z_f64x8, z_f64x8),
                               line_at(z_f64x8, 2.8853900817778504, 0.9617966941123595),
                               line_at(z_f64x8, 0.5770779426302618, 0.41220922733052445),
                               line_at(z_f64x8, 0.3199066608891474, 0.28288718263073565));
    return _mm512_fmadd_pd(s_f64x8, p_f64x8, e_f64x8);
}

INLINE_AVX512 __m512d retentions(const decay_law *curve, __m512d ages_f64x8, bool is_power)
{
    if (!is_power) {
        __m512d lost_f64x8 = _mm512_mul_pd(ages_f64x8, _mm512_set1_pd(-curve->scale));
        return exp2_of(_mm512_max_pd(lost_f64x8, _mm512_set1_pd(exponent_min)));
    }
    __m512d t_f64x8 = _mm512_mul_pd(ages_f64x8, _mm512_set1_pd(curve->scale));
    t_f64x8 = _mm512_add_pd(_mm512_min_pd(t_f64x8, _mm512_set1_pd(DBL_MAX)),
                            _mm512_set1_pd(curve->shift));
    __m512d lost_f64x8 = _mm512_fnmadd_pd(_mm512_set1_pd(curve->power), log2_of(t_f64x8),
                                          _mm512_set1_pd(curve->log2_a));
    __mmask8 grown = _mm512_cmp_pd_mask(t_f64x8, _mm512_set1_pd(curve->tiny), _CMP_GE_OQ);
    lost_f64x8 = _mm512_maskz_min_pd(grown, lost_f64x8, _mm512_setzero_pd());
    return exp2_of(_mm512_max_pd(lost_f64x8, _mm512_set1_pd(exponent_min)));
}

/* min and max answer their second operand when one is NaN: that is the strength, or made of it. */
INLINE_AVX512 __m256 left_of(const decay_law *curve, __m256 strengths_f32x8, __m512d kept_f64x8)
{
    __m512d strengths_f64x8 = _mm512_cvtps_pd(strengths_f32x8);
    __m512d low_f64x8 = _mm512_min_pd(_mm512_set1_pd(curve->floor), strengths_f64x8);
    __m512d left_f64x8 = _mm512_mul_pd(strengths_f64x8, kept_f64x8);
    return _mm512_cvtpd_ps(_mm512_max_pd(left_f64x8, low_f64x8));
}

INLINE_AVX512 void decay_all(const eg_decay_options *options, const decay_law *curve,
                             const float *strengths, float *out, int age_type, bool is_power)
{
    size_t i = 0, count = options->count;
    for (; i + 8 <= count; i += 8) {
        __m512d kept_f64x8 = retentions(curve, ages_at(options, i, 255, age_type), is_power);
        _mm256_storeu_ps(out + i, left_of(curve, _mm256_loadu_ps(strengths + i), kept_f64x8));
    }
    if (i == count) return;
    __mmask8 here = first(count - i);
    __m512d kept_f64x8 = retentions(curve, ages_at(options, i, here, age_type), is_power);
    __m256 strengths_f32x8 = _mm256_maskz_loadu_ps(here, strengths + i);
    _mm256_mask_storeu_ps(out + i, here, left_of(curve, strengths_f32x8, kept_f64x8));
}

/* One loop for each type and kind of curve, so that none asks within. */
EG_AVX512 void eg_decay_avx512(const eg_decay_options *options, const float *strengths, float *out)
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

INLINE_AVX512 bool doubles_good(const double *ages, size_t count)
{
    __m512d zero_f64x8 = _mm512_setzero_pd();
    __mmask8 bad = 0;
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        bad |= _mm512_cmp_pd_mask(_mm512_loadu_pd(ages + i), zero_f64x8, _CMP_NGE_UQ);
    }
    __m512d last_f64x8 = _mm512_maskz_loadu_pd(first(count - i), ages + i);
    return (bad | _mm512_cmp_pd_mask(last_f64x8, zero_f64x8, _CMP_NGE_UQ)) == 0;
}

INLINE_AVX512 bool floats_good(const float *ages, size_t count)
{
    __m512 zero_f32x16 = _mm512_setzero_ps();
    __mmask16 bad = 0;
    size_t i = 0;
    for (; i + 16 <= count; i += 16) {
        bad |= _mm512_cmp_ps_mask(_mm512_loadu_ps(ages + i), zero_f32x16, _CMP_NGE_UQ);
    }
    __m512 last_f32x16 = _mm512_maskz_loadu_ps((__mmask16)((1u << (count - i)) - 1), ages + i);
    return (bad | _mm512_cmp_ps_mask(last_f32x16, zero_f32x16, _CMP_NGE_UQ)) == 0;
}

EG_AVX512 bool eg_ages_avx512(const eg_decay_options *options)
{
    if (options->age_type == EG_AGE_F64) return doubles_good(options->ages, options->count);
    if (options->age_type == EG_AGE_F32) return floats_good(options->ages, options->count);
    return true;
}

#endif
