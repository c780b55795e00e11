/* decay with AVX2: eight items at a time. See decay.c for what it means. */
#include "kernels/decay.h"

#include "kernels/decay_polynomials.h"
#include "kernels/isa.h"

#include <float.h>

#ifdef EG_X86

static const int64_t masks64[8] = { -1, -1, -1, -1 };
static const int32_t masks32[16] = { -1, -1, -1, -1, -1, -1, -1, -1 };

/* Exponents of two, none above 0, as whole numbers and parts of about 1/2 at most. */
typedef struct exponents {
    __m256 whole_f32x8, part_f32x8;
} exponents;

/* ---- Numbers: those past the end are not ours to read, and count as 0 ---- */

INLINE_AVX2 size_t at_most(size_t lanes, size_t room)
{
    return lanes < room ? lanes : room;
}

INLINE_AVX2 __m256i mask64(size_t lanes)
{
    return _mm256_loadu_si256((const __m256i *)(masks64 + 4 - lanes));
}

INLINE_AVX2 __m256i mask32(size_t lanes)
{
    return _mm256_loadu_si256((const __m256i *)(masks32 + 8 - lanes));
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

/* lanes may be 0: nothing is read then. */
INLINE_AVX2 __m256d doubles_at(const void *numbers, int type, size_t i, size_t lanes)
{
    if (type == EG_AGE_F64) {
        const double *doubles = (const double *)numbers + i;
        return lanes == 4 ? _mm256_loadu_pd(doubles) : _mm256_maskload_pd(doubles, mask64(lanes));
    }
    if (type == EG_AGE_U64) {
        const long long *whole = (const long long *)numbers + i;
        return from_u64(lanes == 4 ? _mm256_loadu_si256((const __m256i *)(const void *)whole)
                                   : _mm256_maskload_epi64(whole, mask64(lanes)));
    }
    const float *floats = (const float *)numbers + i;
    if (lanes == 4) return _mm256_cvtps_pd(_mm_loadu_ps(floats));
    __m128i here_i32x4 = _mm_loadu_si128((const __m128i *)(masks32 + 8 - lanes));
    return _mm256_cvtps_pd(_mm_maskload_ps(floats, here_i32x4));
}

INLINE_AVX2 __m256 floats_at(const float *floats, size_t lanes)
{
    return lanes == 8 ? _mm256_loadu_ps(floats) : _mm256_maskload_ps(floats, mask32(lanes));
}

INLINE_AVX2 __m256 joined(__m128 low_f32x4, __m128 high_f32x4)
{
    return _mm256_insertf128_ps(_mm256_castps128_ps256(low_f32x4), high_f32x4, 1);
}

/* ---- Exponents of exponential curves ---- */

INLINE_AVX2 __m256 rounded(__m256 x_f32x8)
{
    return _mm256_round_ps(x_f32x8, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}

/* The quotient and its product with the scale each as two floats: t / s loses nothing. */
INLINE_AVX2 exponents of_quotients(const decay_law *law, size_t i, size_t lanes)
{
    __m256 high_f32x8 = _mm256_set1_ps(-law->scale_high);
    __m256 q_f32x8 = floats_at((const float *)law->ages + i, lanes);
    __m256 rest_f32x8 = _mm256_setzero_ps();
    if (law->divisors) {
        __m256 t_f32x8 = q_f32x8, s_f32x8 = floats_at((const float *)law->divisors + i, lanes);
        q_f32x8 = _mm256_div_ps(t_f32x8, s_f32x8);
        rest_f32x8 = _mm256_div_ps(_mm256_fnmadd_ps(q_f32x8, s_f32x8, t_f32x8), s_f32x8);
    }
    exponents made;
    made.whole_f32x8 = rounded(_mm256_mul_ps(q_f32x8, high_f32x8));
    __m256 low_f32x8 = _mm256_mul_ps(q_f32x8, _mm256_set1_ps(-law->scale_low));
    low_f32x8 = _mm256_fmadd_ps(rest_f32x8, high_f32x8, low_f32x8);
    __m256 part_f32x8 = _mm256_fmsub_ps(q_f32x8, high_f32x8, made.whole_f32x8);
    made.part_f32x8 = _mm256_add_ps(part_f32x8, low_f32x8);
    return made;
}

/* In double until whole and part are known. */
INLINE_AVX2 exponents of_doubles(__m256d low_f64x4, __m256d high_f64x4)
{
    const int nearest = _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC;
    __m256d whole_low_f64x4 = _mm256_round_pd(low_f64x4, nearest);
    __m256d whole_high_f64x4 = _mm256_round_pd(high_f64x4, nearest);
    exponents made;
    made.whole_f32x8 = joined(_mm256_cvtpd_ps(whole_low_f64x4), _mm256_cvtpd_ps(whole_high_f64x4));
    made.part_f32x8 = joined(_mm256_cvtpd_ps(_mm256_sub_pd(low_f64x4, whole_low_f64x4)),
                             _mm256_cvtpd_ps(_mm256_sub_pd(high_f64x4, whole_high_f64x4)));
    return made;
}

/* shift + age / divisor * scale */
INLINE_AVX2 __m256d times_at(const decay_law *law, size_t i, size_t lanes, double scale,
                             double shift)
{
    __m256d t_f64x4 = doubles_at(law->ages, law->age_type, i, lanes);
    if (law->divisors) {
        t_f64x4 = _mm256_div_pd(t_f64x4, doubles_at(law->divisors, law->item_type, i, lanes));
    }
    return _mm256_fmadd_pd(t_f64x4, _mm256_set1_pd(scale), _mm256_set1_pd(shift));
}

INLINE_AVX2 exponents of_times(const decay_law *law, size_t i, size_t lanes)
{
    size_t low = at_most(lanes, 4);
    return of_doubles(times_at(law, i, low, -law->scale, 0),
                      times_at(law, i + 4, lanes - low, -law->scale, 0));
}

/* ---- Exponents of power laws ---- */

/* Polynomials by halves (Estrin): shorter chains than term by term. */
INLINE_AVX2 __m256d line_at(__m256d x_f64x4, double a, double b)
{
    return _mm256_fmadd_pd(x_f64x4, _mm256_set1_pd(b), _mm256_set1_pd(a));
}

/* Of normal positive x = m * 2^e, m in [0.707, 1.414): e + s P(s^2), s = (m - 1)/(m + 1),
 * whose relative error stays small where the logarithm does. Of infinity 1024, of 0 some number. */
INLINE_AVX2 __m256d log2_of(__m256d x_f64x4)
{
    const int64_t one = 0x3ff0000000000000, root_half = 0x3fe6a09e667f3bcd;
    __m256i bits_u64x4 = _mm256_add_epi64(_mm256_castpd_si256(x_f64x4),
                                          _mm256_set1_epi64x(one - root_half));
    __m256i biased_u64x4 = _mm256_or_si256(_mm256_srli_epi64(bits_u64x4, 52),
                                           _mm256_castpd_si256(_mm256_set1_pd(0x1p52)));
    __m256d e_f64x4 = _mm256_sub_pd(_mm256_castsi256_pd(biased_u64x4),
                                    _mm256_set1_pd(0x1p52 + 1023));
    __m256i fraction_u64x4 = _mm256_and_si256(bits_u64x4, _mm256_set1_epi64x(0xfffffffffffff));
    __m256d m_f64x4 = _mm256_castsi256_pd(_mm256_add_epi64(fraction_u64x4,
                                                           _mm256_set1_epi64x(root_half)));
    __m256d s_f64x4 = _mm256_div_pd(_mm256_sub_pd(m_f64x4, _mm256_set1_pd(1)),
                                    _mm256_add_pd(m_f64x4, _mm256_set1_pd(1)));
    __m256d z_f64x4 = _mm256_mul_pd(s_f64x4, s_f64x4);
    __m256d p_f64x4 = line_at(z_f64x4, log2_terms[4], log2_terms[5]);
    p_f64x4 = _mm256_fmadd_pd(_mm256_mul_pd(z_f64x4, z_f64x4), p_f64x4,
                              line_at(z_f64x4, log2_terms[2], log2_terms[3]));
    p_f64x4 = _mm256_fmadd_pd(_mm256_mul_pd(z_f64x4, z_f64x4), p_f64x4,
                              line_at(z_f64x4, log2_terms[0], log2_terms[1]));
    return _mm256_fmadd_pd(s_f64x4, p_f64x4, e_f64x4);
}

/* log2(amplitude) - power * log2(shift + t) */
INLINE_AVX2 __m256d power_at(const decay_law *law, size_t i, size_t lanes)
{
    __m256d t_f64x4 = times_at(law, i, lanes, law->scale, law->shift);
    __m256d power_f64x4 = _mm256_set1_pd(law->power), a_f64x4 = _mm256_set1_pd(law->log2_amplitude);
    if (law->powers) power_f64x4 = doubles_at(law->powers, law->item_type, i, lanes);
    if (law->amplitudes) {
        a_f64x4 = doubles_at(law->amplitudes, law->item_type, i, lanes);
        a_f64x4 = log2_of(_mm256_max_pd(a_f64x4, _mm256_set1_pd(DBL_MIN)));
    }
    __m256d x_f64x4 = _mm256_fnmadd_pd(power_f64x4, log2_of(t_f64x4), a_f64x4);
    if (!law->rises) return x_f64x4;
    __m256d zero_f64x4 = _mm256_setzero_pd();
    __m256d grown_f64x4 = _mm256_cmp_pd(t_f64x4, _mm256_set1_pd(law->tiny), _CMP_GE_OQ);
    grown_f64x4 = _mm256_or_pd(grown_f64x4, _mm256_cmp_pd(power_f64x4, zero_f64x4, _CMP_EQ_OQ));
    return _mm256_and_pd(grown_f64x4, _mm256_min_pd(x_f64x4, zero_f64x4));
}

INLINE_AVX2 exponents of_power(const decay_law *law, size_t i, size_t lanes)
{
    size_t low = at_most(lanes, 4);
    return of_doubles(power_at(law, i, low), power_at(law, i + 4, lanes - low));
}

/* ---- The same, fast: for floats alone, as widening costs what it would save ---- */

INLINE_AVX2 exponents of_one_float(const decay_law *law, size_t i, size_t lanes)
{
    __m256 t_f32x8 = floats_at((const float *)law->ages + i, lanes);
    if (law->divisors) {
        t_f32x8 = _mm256_div_ps(t_f32x8, floats_at((const float *)law->divisors + i, lanes));
    }
    __m256 x_f32x8 = _mm256_mul_ps(t_f32x8, _mm256_set1_ps(-law->scale_high));
    exponents made;
    made.whole_f32x8 = rounded(x_f32x8);
    made.part_f32x8 = _mm256_sub_ps(x_f32x8, made.whole_f32x8);
    return made;
}

/* ---- Strengths ---- */

/* 2^x - 1 for |x| <= 1/2; the fast one has a term less. */
INLINE_AVX2 __m256 exp2_less_1(__m256 x_f32x8, bool fast)
{
    const float *terms = fast ? exp2_quick : exp2_exact;
    int last = fast ? 4 : 5;
    __m256 p_f32x8 = _mm256_set1_ps(terms[last]);
#pragma GCC unroll 5
    for (int term = last - 1; term >= 0; term--) {
        p_f32x8 = _mm256_fmadd_ps(p_f32x8, x_f32x8, _mm256_set1_ps(terms[term]));
    }
    return _mm256_mul_ps(p_f32x8, x_f32x8);
}

/* 2^n for a whole n from -126 to 127, 0 for -127. */
INLINE_AVX2 __m256 power_of_2(__m256 n_f32x8)
{
    __m256i biased_i32x8 = _mm256_add_epi32(_mm256_cvtps_epi32(n_f32x8), _mm256_set1_epi32(127));
    return _mm256_castsi256_ps(_mm256_slli_epi32(biased_i32x8, 23));
}

/* Where it is less than normal, 2^whole is no one factor. */
static const float whole_min = -126;

INLINE_AVX2 __m256 left_of(__m256 s_f32x8, exponents x, bool fast)
{
    __m256 p_f32x8 = exp2_less_1(x.part_f32x8, fast);
    __m256 left_f32x8 = _mm256_fmadd_ps(s_f32x8, p_f32x8, s_f32x8);
    return _mm256_mul_ps(left_f32x8, power_of_2(x.whole_f32x8));
}

/* The lanes that are infinite or NaN, or whose exponent is none or too small for left_of. */
INLINE_AVX2 __m256 odd_in(__m256 left_f32x8, exponents x)
{
    __m256 none_f32x8 = _mm256_sub_ps(left_f32x8, left_f32x8); /* 0, else NaN */
    none_f32x8 = _mm256_cmp_ps(none_f32x8, none_f32x8, _CMP_UNORD_Q);
    return _mm256_or_ps(none_f32x8, _mm256_cmp_ps(x.whole_f32x8, _mm256_set1_ps(whole_min),
                                                  _CMP_NGE_UQ));
}

/*
 * What those are: s so great that s + s p is none, taken in halves; or so much lost that it takes
 * three factors, each of them 1 until the one before has left little; or the exponent, made in
 * double, is endless, and nothing is left; or s is infinite or NaN, and stays. max answers its
 * second operand when one is NaN.
 */
static __attribute__((noinline)) EG_AVX2 __m256 left_of_odd(__m256 s_f32x8, exponents x)
{
    __m256 nothing_f32x8 = _mm256_set1_ps(-400), least_f32x8 = _mm256_set1_ps(whole_min);
    __m256 whole_f32x8 = _mm256_max_ps(x.whole_f32x8, nothing_f32x8);
    __m256 near_f32x8 = _mm256_cmp_ps(whole_f32x8, nothing_f32x8, _CMP_GT_OQ);
    __m256 p_f32x8 = exp2_less_1(_mm256_and_ps(x.part_f32x8, near_f32x8), false);
    __m256 size_f32x8 = _mm256_andnot_ps(_mm256_set1_ps(-0.0f), s_f32x8);
    __m256 great_f32x8 = _mm256_cmp_ps(size_f32x8, _mm256_set1_ps(0x1p126f), _CMP_GT_OQ);
    __m256 endless_f32x8 = _mm256_cmp_ps(size_f32x8, _mm256_set1_ps(FLT_MAX), _CMP_GT_OQ);
    __m256 one_f32x8 = _mm256_set1_ps(1);
    __m256 take_f32x8 = _mm256_blendv_ps(one_f32x8, _mm256_set1_ps(0.5f), great_f32x8);
    __m256 left_f32x8 = _mm256_mul_ps(s_f32x8, take_f32x8);
    left_f32x8 = _mm256_fmadd_ps(left_f32x8, p_f32x8, left_f32x8);
    whole_f32x8 = _mm256_add_ps(whole_f32x8, _mm256_and_ps(great_f32x8, one_f32x8));
    for (int factor = 1; factor <= 2; factor++) {
        __m256 some_f32x8 = _mm256_max_ps(whole_f32x8, least_f32x8);
        left_f32x8 = _mm256_mul_ps(left_f32x8, power_of_2(some_f32x8));
        whole_f32x8 = _mm256_sub_ps(whole_f32x8, some_f32x8);
    }
    whole_f32x8 = _mm256_max_ps(whole_f32x8, _mm256_set1_ps(whole_min - 1));
    left_f32x8 = _mm256_mul_ps(left_f32x8, power_of_2(whole_f32x8));
    return _mm256_blendv_ps(left_f32x8, s_f32x8, endless_f32x8);
}

/* min and max answer their second operand when one is NaN: that is the strength, or made of it. */
INLINE_AVX2 __m256 on_floor(const decay_law *law, __m256 left_f32x8, __m256 s_f32x8)
{
    if (!(law->floor > -FLT_MAX)) return left_f32x8;
    return _mm256_max_ps(left_f32x8, _mm256_min_ps(_mm256_set1_ps(law->floor), s_f32x8));
}

/* ---- Loops: one for each way, so that none asks within ---- */

typedef exponents exponents_at(const decay_law *law, size_t i, size_t lanes);

INLINE_AVX2 __m256 left_at(const decay_law *law, __m256 s_f32x8, size_t i, size_t lanes,
                           exponents_at *at, bool fast)
{
    exponents x = at(law, i, lanes);
    __m256 left_f32x8 = left_of(s_f32x8, x, fast), odd_f32x8 = odd_in(left_f32x8, x);
    if (__builtin_expect(_mm256_movemask_ps(odd_f32x8), 0)) {
        x = law->is_power ? of_power(law, i, lanes) : of_times(law, i, lanes);
        left_f32x8 = _mm256_blendv_ps(left_f32x8, left_of_odd(s_f32x8, x), odd_f32x8);
    }
    return on_floor(law, left_f32x8, s_f32x8);
}

INLINE_AVX2 void decay_all(const decay_law *given, const float *strengths, float *out,
                           exponents_at *at, bool fast)
{
    const decay_law law = *given; /* ours alone, so that no store to out can change it */
    size_t i = 0;
    for (; i + 8 <= law.count; i += 8) {
        __m256 s_f32x8 = _mm256_loadu_ps(strengths + i);
        _mm256_storeu_ps(out + i, left_at(&law, s_f32x8, i, 8, at, fast));
    }
    if (i == law.count) return;
    size_t lanes = law.count - i;
    __m256 s_f32x8 = floats_at(strengths + i, lanes);
    _mm256_maskstore_ps(out + i, mask32(lanes), left_at(&law, s_f32x8, i, lanes, at, fast));
}

EG_AVX2 void eg_decay_avx2(const decay_law *law, const float *strengths, float *out)
{
    if (law->is_power) decay_all(law, strengths, out, of_power, false);
    else if (law->narrow && law->fast) decay_all(law, strengths, out, of_one_float, true);
    else if (law->narrow) decay_all(law, strengths, out, of_quotients, false);
    else decay_all(law, strengths, out, of_times, false);
}

/* ---- Checks ---- */

/* The bits of floats from +0 up are in the order of the floats. */
INLINE_AVX2 bool floats_between(const float *floats, size_t count, float low, float high)
{
    __m256i low_u32x8 = _mm256_castps_si256(_mm256_set1_ps(low));
    __m256i most_u32x8 = _mm256_setzero_si256();
    size_t i = 0;
    for (; i + 8 <= count; i += 8) {
        __m256i bits_u32x8 = _mm256_loadu_si256((const __m256i *)(const void *)(floats + i));
        most_u32x8 = _mm256_max_epu32(most_u32x8, _mm256_sub_epi32(bits_u32x8, low_u32x8));
    }
    __m256i room_u32x8 = _mm256_sub_epi32(_mm256_castps_si256(_mm256_set1_ps(high)), low_u32x8);
    __m256i good_u32x8 = _mm256_cmpeq_epi32(_mm256_max_epu32(most_u32x8, room_u32x8), room_u32x8);
    return _mm256_movemask_epi8(good_u32x8) == -1
        && eg_between_scalar(floats + i, EG_AGE_F32, count - i, low, high);
}

INLINE_AVX2 bool doubles_between(const double *doubles, size_t count, double low, double high)
{
    __m256d low_f64x4 = _mm256_set1_pd(low), high_f64x4 = _mm256_set1_pd(high);
    __m256d bad_f64x4 = _mm256_setzero_pd();
    size_t i = 0;
    for (; i + 4 <= count; i += 4) {
        __m256d x_f64x4 = _mm256_loadu_pd(doubles + i);
        bad_f64x4 = _mm256_or_pd(bad_f64x4, _mm256_cmp_pd(x_f64x4, low_f64x4, _CMP_NGE_UQ));
        bad_f64x4 = _mm256_or_pd(bad_f64x4, _mm256_cmp_pd(x_f64x4, high_f64x4, _CMP_NLE_UQ));
    }
    return _mm256_movemask_pd(bad_f64x4) == 0
        && eg_between_scalar(doubles + i, EG_AGE_F64, count - i, low, high);
}

/* What is refused here may be -0: scalar has the last word. */
EG_AVX2 bool eg_between_avx2(const void *numbers, int type, size_t count, double low, double high)
{
    if (type == EG_AGE_F64 && doubles_between(numbers, count, low, high)) return true;
    if (type == EG_AGE_F32 && floats_between(numbers, count, (float)low, (float)high)) return true;
    return eg_between_scalar(numbers, type, count, low, high);
}

#endif
