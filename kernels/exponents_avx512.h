/*
 * Exponents: the ways of AVX-512 from ages to x, 2^x being what a curve keeps. See decay.c.
 *
 * All inline, for the loops of decay_avx512.c: a call would spill every register.
 *
 * Thread:  any.
 * Errors:  none.
 */
#ifndef EG_EXPONENTS_H
#define EG_EXPONENTS_H

#include "kernels/decay.h"
#include "kernels/isa.h"

#include <float.h>

#ifdef EG_X86

/* Exponents of two, none above 0: a whole number, and a part of about 1/2 at most. */
typedef struct exponents {
    __m512 whole_f32x16, part_f32x16;
} exponents;

/* ---- Numbers: those past the end are not ours to read, and count as 0 ---- */

INLINE_AVX512 __m512d doubles_at(const void *numbers, int type, size_t i, __mmask8 here)
{
    if (type == EG_AGE_F64) return _mm512_maskz_loadu_pd(here, (const double *)numbers + i);
    if (type == EG_AGE_U64) {
        return _mm512_cvtepu64_pd(_mm512_maskz_loadu_epi64(here, (const uint64_t *)numbers + i));
    }
    return _mm512_cvtps_pd(_mm256_maskz_loadu_ps(here, (const float *)numbers + i));
}

INLINE_AVX512 __m512 joined(__m256 low_f32x8, __m256 high_f32x8)
{
    return _mm512_insertf32x8(_mm512_castps256_ps512(low_f32x8), high_f32x8, 1);
}

INLINE_AVX512 __m512 floats_at(const void *numbers, int type, size_t i, __mmask16 here)
{
    __mmask8 low = (__mmask8)here, high = (__mmask8)(here >> 8);
    if (type == EG_AGE_F64) {
        const double *doubles = (const double *)numbers + i;
        return joined(_mm512_cvtpd_ps(_mm512_maskz_loadu_pd(low, doubles)),
                      _mm512_cvtpd_ps(_mm512_maskz_loadu_pd(high, doubles + 8)));
    }
    if (type == EG_AGE_U64) {
        const uint64_t *whole = (const uint64_t *)numbers + i;
        return joined(_mm512_cvtepu64_ps(_mm512_maskz_loadu_epi64(low, whole)),
                      _mm512_cvtepu64_ps(_mm512_maskz_loadu_epi64(high, whole + 8)));
    }
    return _mm512_maskz_loadu_ps(here, (const float *)numbers + i);
}

/* ---- Exponents of exponential curves ---- */

INLINE_AVX512 __m512 rounded(__m512 x_f32x16)
{
    return _mm512_roundscale_ps(x_f32x16, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

/* Ages over divisors as two floats, so that the quotient loses nothing. */
typedef struct quotients {
    __m512 high_f32x16, low_f32x16;
} quotients;

INLINE_AVX512 quotients quotients_at(const decay_law *law, size_t i, __mmask16 here)
{
    __m512 t_f32x16 = _mm512_maskz_loadu_ps(here, (const float *)law->ages + i);
    quotients made = {t_f32x16, _mm512_setzero_ps()};
    if (!law->divisors) return made;
    __m512 s_f32x16 = _mm512_maskz_loadu_ps(here, (const float *)law->divisors + i);
    made.high_f32x16 = _mm512_div_ps(t_f32x16, s_f32x16);
    __m512 rest_f32x16 = _mm512_fnmadd_ps(made.high_f32x16, s_f32x16, t_f32x16);
    /* 14 bits are enough for the second float; those of 1 / s are none where s is tiny. */
    __m512 normal_f32x16 = _mm512_max_ps(s_f32x16, _mm512_set1_ps(FLT_MIN));
    made.low_f32x16 = _mm512_mul_ps(rest_f32x16, _mm512_rcp14_ps(normal_f32x16));
    return made;
}

INLINE_AVX512 exponents of_quotients(const decay_law *law, size_t i, __mmask16 here)
{
    __m512 high_f32x16 = _mm512_set1_ps(-law->scale_high);
    quotients q = quotients_at(law, i, here);
    exponents made;
    made.whole_f32x16 = rounded(_mm512_mul_ps(q.high_f32x16, high_f32x16));
    __m512 low_f32x16 = _mm512_mul_ps(q.high_f32x16, _mm512_set1_ps(-law->scale_low));
    if (law->divisors) low_f32x16 = _mm512_fmadd_ps(q.low_f32x16, high_f32x16, low_f32x16);
    __m512 part_f32x16 = _mm512_fmsub_ps(q.high_f32x16, high_f32x16, made.whole_f32x16);
    made.part_f32x16 = _mm512_add_ps(part_f32x16, low_f32x16);
    return made;
}

/* In double until whole and part are known. */
INLINE_AVX512 exponents of_doubles(__m512d low_f64x8, __m512d high_f64x8)
{
    const int nearest = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
    __m512d whole_low_f64x8 = _mm512_roundscale_pd(low_f64x8, nearest);
    __m512d whole_high_f64x8 = _mm512_roundscale_pd(high_f64x8, nearest);
    exponents made;
    made.whole_f32x16 = joined(_mm512_cvtpd_ps(whole_low_f64x8), _mm512_cvtpd_ps(whole_high_f64x8));
    made.part_f32x16 = joined(_mm512_cvtpd_ps(_mm512_sub_pd(low_f64x8, whole_low_f64x8)),
                              _mm512_cvtpd_ps(_mm512_sub_pd(high_f64x8, whole_high_f64x8)));
    return made;
}

/* age / divisor */
INLINE_AVX512 __m512d ratios_at(const decay_law *law, size_t i, __mmask8 here)
{
    __m512d t_f64x8 = doubles_at(law->ages, law->age_type, i, here);
    if (!law->divisors) return t_f64x8;
    return _mm512_div_pd(t_f64x8, doubles_at(law->divisors, law->item_type, i, here));
}

/* shift + age / divisor * scale */
INLINE_AVX512 __m512d times_at(const decay_law *law, size_t i, __mmask8 here, double scale,
                               double shift)
{
    __m512d t_f64x8 = ratios_at(law, i, here);
    return _mm512_fmadd_pd(t_f64x8, _mm512_set1_pd(scale), _mm512_set1_pd(shift));
}

INLINE_AVX512 exponents of_times(const decay_law *law, size_t i, __mmask16 here)
{
    return of_doubles(times_at(law, i, (__mmask8)here, -law->scale, 0),
                      times_at(law, i + 8, (__mmask8)(here >> 8), -law->scale, 0));
}

/* ---- Exponents of power laws ---- */

/*
 * Of normal positive x = m * 2^e: e - log2(c) + log2(1 + r), r = m c - 1, |r| <= 1/32, where c is
 * that of sixteen numbers which is next to 1 / m, the one next to 1 being 1 itself, so that
 * the relative error stays small where the logarithm does. Of infinity 1024, of 0 some number.
 */
INLINE_AVX512 __m512d log2_of(__m512d x_f64x8)
{
    const __m512d low_c_f64x8 = _mm512_setr_pd(
        1.3333333333333333, 1.28, 1.2307692307692308, 1.1851851851851851,
        1.1428571428571428, 1.103448275862069, 1.0666666666666667, 1.032258064516129);
    const __m512d high_c_f64x8 = _mm512_setr_pd(
        1.0, 0.9411764705882353, 0.8888888888888888, 0.8421052631578947,
        0.8, 0.7619047619047619, 0.7272727272727273, 0.6956521739130435);
    const __m512d low_log_f64x8 = _mm512_setr_pd(
        -0.41503749927884376, -0.35614381022527536, -0.29956028185890793, -0.24511249783653138,
        -0.19264507794239583, -0.14201900487242786, -0.09310940439148145, -0.045803689613124754);
    const __m512d high_log_f64x8 = _mm512_setr_pd(
        0.0, 0.08746284125033943, 0.16992500144231246, 0.24792751344358557,
        0.3219280948873623, 0.39231742277876036, 0.4594316186372972, 0.523561956057013);
    /* From 1.5 on, less half a sixteenth, m is halved: a carry into the exponent; its bias goes. */
    const int64_t rounding = 0x0008800000000000 - 0x3ff0000000000000;
    __m512i bits_i64x8 = _mm512_castpd_si512(x_f64x8);
    __m512i above_i64x8 = _mm512_add_epi64(bits_i64x8, _mm512_set1_epi64(rounding));
    __m512d e_f64x8 = _mm512_cvtepi64_pd(_mm512_srai_epi64(above_i64x8, 52));
    __m512i whole_i64x8 = _mm512_and_si512(above_i64x8, _mm512_set1_epi64(-0x10000000000000));
    __m512d m_f64x8 = _mm512_castsi512_pd(_mm512_sub_epi64(bits_i64x8, whole_i64x8));
    __m512i which_i64x8 = _mm512_srli_epi64(above_i64x8, 48); /* the last four bits count */
    __m512d c_f64x8 = _mm512_permutex2var_pd(low_c_f64x8, which_i64x8, high_c_f64x8);
    __m512d log_f64x8 = _mm512_permutex2var_pd(low_log_f64x8, which_i64x8, high_log_f64x8);
    __m512d r_f64x8 = _mm512_fmsub_pd(m_f64x8, c_f64x8, _mm512_set1_pd(1));
    __m512d p_f64x8 = _mm512_set1_pd(-0.24080176010303683);
    p_f64x8 = _mm512_fmadd_pd(p_f64x8, r_f64x8, _mm512_set1_pd(0.2888411798634354));
    p_f64x8 = _mm512_fmadd_pd(p_f64x8, r_f64x8, _mm512_set1_pd(-0.36067355572353466));
    p_f64x8 = _mm512_fmadd_pd(p_f64x8, r_f64x8, _mm512_set1_pd(0.4808982362710762));
    p_f64x8 = _mm512_fmadd_pd(p_f64x8, r_f64x8, _mm512_set1_pd(-0.7213475204760176));
    p_f64x8 = _mm512_fmadd_pd(p_f64x8, r_f64x8, _mm512_set1_pd(1.44269504089497));
    return _mm512_fmadd_pd(r_f64x8, p_f64x8, _mm512_add_pd(e_f64x8, log_f64x8));
}

/* log2(amplitude) - power * log2(shift + t) */
INLINE_AVX512 __m512d gained(const decay_law *law, __m512d t_f64x8, size_t i, __mmask8 here)
{
    __m512d power_f64x8 = _mm512_set1_pd(law->power), a_f64x8 = _mm512_set1_pd(law->log2_amplitude);
    if (law->powers) power_f64x8 = doubles_at(law->powers, law->item_type, i, here);
    if (law->amplitudes) {
        a_f64x8 = doubles_at(law->amplitudes, law->item_type, i, here);
        a_f64x8 = log2_of(_mm512_max_pd(a_f64x8, _mm512_set1_pd(DBL_MIN)));
    }
    __m512d x_f64x8 = _mm512_fnmadd_pd(power_f64x8, log2_of(t_f64x8), a_f64x8);
    if (!law->rises) return x_f64x8;
    __mmask8 grown = _mm512_cmp_pd_mask(t_f64x8, _mm512_set1_pd(law->tiny), _CMP_GE_OQ)
                   | _mm512_cmp_pd_mask(power_f64x8, _mm512_setzero_pd(), _CMP_EQ_OQ);
    return _mm512_maskz_min_pd(grown, x_f64x8, _mm512_setzero_pd());
}

INLINE_AVX512 exponents of_power(const decay_law *law, size_t i, __mmask16 here)
{
    __mmask8 low = (__mmask8)here, high = (__mmask8)(here >> 8);
    __m512d t_f64x8 = times_at(law, i, low, law->scale, law->shift);
    __m512d u_f64x8 = times_at(law, i + 8, high, law->scale, law->shift);
    return of_doubles(gained(law, t_f64x8, i, low), gained(law, u_f64x8, i + 8, high));
}

/* As for log2_of, in floats: m * 2^e, c next to 1 / m, -log2(c), 2^-e. */
typedef struct floats_log {
    __m512 m_f32x16, e_f32x16, c_f32x16, log_f32x16, unscale_f32x16;
} floats_log;

INLINE_AVX512 floats_log log_parts(__m512 x_f32x16)
{
    const __m512 all_c_f32x16 = _mm512_setr_ps(
        1.3333334f, 1.28f, 1.2307693f, 1.1851852f, 1.1428572f, 1.1034483f, 1.0666667f, 1.032258f,
        1.0f, 0.9411765f, 0.8888889f, 0.84210527f, 0.8f, 0.7619048f, 0.72727275f, 0.6956522f);
    const __m512 all_log_f32x16 = _mm512_setr_ps(
        -0.41503754f, -0.35614377f, -0.29956034f, -0.24511251f, -0.19264515f, -0.142019f,
        -0.09310948f, -0.045803647f, 0.0f, 0.087462835f, 0.16992499f, 0.2479275f, 0.32192808f,
        0.39231738f, 0.4594316f, 0.52356195f);
    const int rounding = 0x00440000 - 0x3f800000;
    __m512i bits_i32x16 = _mm512_castps_si512(x_f32x16);
    __m512i above_i32x16 = _mm512_add_epi32(bits_i32x16, _mm512_set1_epi32(rounding));
    __m512i whole_i32x16 = _mm512_and_si512(above_i32x16, _mm512_set1_epi32(-0x800000));
    __m512i which_i32x16 = _mm512_srli_epi32(above_i32x16, 19); /* the last four bits count */
    __m512i one_i32x16 = _mm512_castps_si512(_mm512_set1_ps(1));
    floats_log made;
    made.m_f32x16 = _mm512_castsi512_ps(_mm512_sub_epi32(bits_i32x16, whole_i32x16));
    made.e_f32x16 = _mm512_cvtepi32_ps(_mm512_srai_epi32(above_i32x16, 23));
    made.c_f32x16 = _mm512_permutexvar_ps(which_i32x16, all_c_f32x16);
    made.log_f32x16 = _mm512_permutexvar_ps(which_i32x16, all_log_f32x16);
    made.unscale_f32x16 = _mm512_castsi512_ps(_mm512_sub_epi32(one_i32x16, whole_i32x16));
    return made;
}

/* log2(1 + r), |r| <= 1/32 */
INLINE_AVX512 __m512 log2_near_1(__m512 r_f32x16, bool fast)
{
    static const float exact[] = {1.4426949f, -0.7213475f, 0.48134542f, -0.36088067f};
    static const float quick[] = {1.4426949f, -0.72163928f, 0.4813223f, 0};
    const float *terms = fast ? quick : exact;
    __m512 p_f32x16 = _mm512_set1_ps(terms[2]);
    if (!fast) p_f32x16 = _mm512_fmadd_ps(r_f32x16, _mm512_set1_ps(terms[3]), p_f32x16);
    p_f32x16 = _mm512_fmadd_ps(r_f32x16, p_f32x16, _mm512_set1_ps(terms[1]));
    p_f32x16 = _mm512_fmadd_ps(r_f32x16, p_f32x16, _mm512_set1_ps(terms[0]));
    return _mm512_mul_ps(r_f32x16, p_f32x16);
}

/* ---- (1 + t)^-power, power <= 2, in floats ---- */

/* t and 1 + t as two floats; then the parts of the logarithm one by one, each so small beside
 * the whole of the exponent that its rounding is, too. */
INLINE_AVX512 exponents of_small_power(const decay_law *law, size_t i, __mmask16 here)
{
    __m512 one_f32x16 = _mm512_set1_ps(1), high_f32x16 = _mm512_set1_ps(law->scale_high);
    quotients q = quotients_at(law, i, here);
    __m512 t_f32x16 = _mm512_mul_ps(q.high_f32x16, high_f32x16);
    __m512 rest_f32x16 = _mm512_fmsub_ps(q.high_f32x16, high_f32x16, t_f32x16);
    rest_f32x16 = _mm512_fmadd_ps(q.high_f32x16, _mm512_set1_ps(law->scale_low), rest_f32x16);
    rest_f32x16 = _mm512_fmadd_ps(q.low_f32x16, high_f32x16, rest_f32x16);
    __m512 sum_f32x16 = _mm512_add_ps(one_f32x16, t_f32x16);
    __m512 more_f32x16 = _mm512_sub_ps(sum_f32x16, _mm512_max_ps(one_f32x16, t_f32x16));
    more_f32x16 = _mm512_sub_ps(_mm512_min_ps(one_f32x16, t_f32x16), more_f32x16);
    rest_f32x16 = _mm512_add_ps(rest_f32x16, more_f32x16);

    floats_log of = log_parts(sum_f32x16);
    __m512 r_f32x16 = _mm512_fmsub_ps(of.m_f32x16, of.c_f32x16, one_f32x16);
    rest_f32x16 = _mm512_mul_ps(rest_f32x16, of.unscale_f32x16);
    r_f32x16 = _mm512_fmadd_ps(rest_f32x16, of.c_f32x16, r_f32x16);
    __m512 l_f32x16 = log2_near_1(r_f32x16, false);
    __m512 power_f32x16 = _mm512_set1_ps(-law->power_high);
    __m512 all_f32x16 = _mm512_add_ps(of.e_f32x16, _mm512_add_ps(of.log_f32x16, l_f32x16));
    exponents made;
    made.whole_f32x16 = rounded(_mm512_mul_ps(power_f32x16, all_f32x16));
    __m512 part_f32x16 = _mm512_fmsub_ps(power_f32x16, of.e_f32x16, made.whole_f32x16);
    part_f32x16 = _mm512_fmadd_ps(power_f32x16, of.log_f32x16, part_f32x16);
    part_f32x16 = _mm512_fmadd_ps(power_f32x16, l_f32x16, part_f32x16);
    made.part_f32x16 = _mm512_fnmadd_ps(all_f32x16, _mm512_set1_ps(law->power_low), part_f32x16);
    return made;
}

/* ---- The same, fast ---- */

INLINE_AVX512 exponents split(__m512 x_f32x16)
{
    exponents made;
    made.whole_f32x16 = rounded(x_f32x16);
    made.part_f32x16 = _mm512_sub_ps(x_f32x16, made.whole_f32x16);
    return made;
}

/* Divisors that are doubles may be no float, so they divide first; those that are floats take
 * less time. */
INLINE_AVX512 __m512 fast_ratios_at(const decay_law *law, size_t i, __mmask16 here)
{
    if (!law->divisors || law->item_type == EG_AGE_F32) {
        __m512 t_f32x16 = floats_at(law->ages, law->age_type, i, here);
        if (!law->divisors) return t_f32x16;
        return _mm512_div_ps(t_f32x16, floats_at(law->divisors, EG_AGE_F32, i, here));
    }
    return joined(_mm512_cvtpd_ps(ratios_at(law, i, (__mmask8)here)),
                  _mm512_cvtpd_ps(ratios_at(law, i + 8, (__mmask8)(here >> 8))));
}

INLINE_AVX512 __m512 fast_times_at(const decay_law *law, size_t i, __mmask16 here, float scale)
{
    __m512 t_f32x16 = fast_ratios_at(law, i, here);
    return _mm512_mul_ps(t_f32x16, _mm512_set1_ps(scale));
}

INLINE_AVX512 exponents of_fast_times(const decay_law *law, size_t i, __mmask16 here)
{
    return split(fast_times_at(law, i, here, -law->scale_high));
}

INLINE_AVX512 __m512 fast_log2_of(__m512 x_f32x16)
{
    floats_log of = log_parts(x_f32x16);
    __m512 r_f32x16 = _mm512_fmsub_ps(of.m_f32x16, of.c_f32x16, _mm512_set1_ps(1));
    __m512 whole_f32x16 = _mm512_add_ps(of.e_f32x16, of.log_f32x16);
    return _mm512_add_ps(whole_f32x16, log2_near_1(r_f32x16, true));
}

INLINE_AVX512 exponents of_fast_power(const decay_law *law, size_t i, __mmask16 here)
{
    __m512 t_f32x16 = fast_times_at(law, i, here, law->scale_high);
    t_f32x16 = _mm512_add_ps(t_f32x16, _mm512_set1_ps((float)law->shift));
    __m512 power_f32x16 = _mm512_set1_ps((float)law->power);
    __m512 a_f32x16 = _mm512_set1_ps((float)law->log2_amplitude);
    if (law->powers) power_f32x16 = floats_at(law->powers, law->item_type, i, here);
    if (law->amplitudes) {
        a_f32x16 = floats_at(law->amplitudes, law->item_type, i, here);
        a_f32x16 = fast_log2_of(_mm512_max_ps(a_f32x16, _mm512_set1_ps(FLT_MIN)));
    }
    __m512 x_f32x16 = _mm512_fnmadd_ps(power_f32x16, fast_log2_of(t_f32x16), a_f32x16);
    if (!law->rises) return split(x_f32x16);
    __m512 tiny_f32x16 = _mm512_set1_ps(law->tiny > 0 ? FLT_MIN : 0);
    __mmask16 grown = _mm512_cmp_ps_mask(t_f32x16, tiny_f32x16, _CMP_GE_OQ)
                    | _mm512_cmp_ps_mask(power_f32x16, _mm512_setzero_ps(), _CMP_EQ_OQ);
    return split(_mm512_maskz_min_ps(grown, x_f32x16, _mm512_setzero_ps()));
}

#endif

#endif
