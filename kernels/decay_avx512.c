/* decay with AVX-512: sixteen items at a time. See decay.c for what it means. */
#include "kernels/decay.h"

#include "kernels/decay_polynomials.h"
#include "kernels/exponents_avx512.h"
#include "kernels/isa.h"

#include <float.h>

#ifdef EG_X86

/* ---- Strengths ---- */

/* 2^x - 1; the fast one has a term less. */
INLINE_AVX512 __m512 exp2_less_1(__m512 x_f32x16, bool fast)
{
    const float *terms = fast ? exp2_quick : exp2_exact;
    int last = fast ? 4 : 5;
    __m512 p_f32x16 = _mm512_set1_ps(terms[last]);
#pragma GCC unroll 5
    for (int term = last - 1; term >= 0; term--) {
        p_f32x16 = _mm512_fmadd_ps(p_f32x16, x_f32x16, _mm512_set1_ps(terms[term]));
    }
    return _mm512_mul_ps(p_f32x16, x_f32x16);
}

/* 2^-400 of any float is 0. */
static const float exponent_min = -400;

INLINE_AVX512 __m512 left_of(__m512 s_f32x16, exponents x, bool fast)
{
    __m512 p_f32x16 = exp2_less_1(x.part_f32x16, fast);
    /* 2^-infinity would make even NaN a 0. */
    __m512 whole_f32x16 = _mm512_max_ps(x.whole_f32x16, _mm512_set1_ps(exponent_min));
    return _mm512_scalef_ps(_mm512_fmadd_ps(s_f32x16, p_f32x16, s_f32x16), whole_f32x16);
}

/* The lanes that are infinite or NaN. */
INLINE_AVX512 __mmask16 odd_in(__m512 x_f32x16)
{
    return _mm512_fpclass_ps_mask(x_f32x16, 0x99);
}

/*
 * Where left_of answers no number, from an exponent made in double: s is so great that s + s p
 * is none, and is taken in halves; or the exponent is endless, and nothing is left; or s is
 * infinite or NaN, and stays. max answers its second operand when one is NaN.
 */
INLINE_AVX512 __m512 left_of_odd(__m512 s_f32x16, exponents x)
{
    __m512 nothing_f32x16 = _mm512_set1_ps(exponent_min);
    x.whole_f32x16 = _mm512_max_ps(x.whole_f32x16, nothing_f32x16);
    __mmask16 near = _mm512_cmp_ps_mask(x.whole_f32x16, nothing_f32x16, _CMP_GT_OQ);
    __mmask16 endless = _mm512_fpclass_ps_mask(s_f32x16, 0x18);
    x.whole_f32x16 = _mm512_add_ps(x.whole_f32x16, _mm512_set1_ps(1));
    x.part_f32x16 = _mm512_maskz_mov_ps(near, x.part_f32x16);
    __m512 half_f32x16 = _mm512_mul_ps(s_f32x16, _mm512_set1_ps(0.5f));
    return _mm512_mask_mov_ps(left_of(half_f32x16, x, false), endless, s_f32x16);
}

/* min and max answer their second operand when one is NaN: that is the strength, or made of it. */
INLINE_AVX512 __m512 on_floor(const decay_law *law, __m512 left_f32x16, __m512 s_f32x16)
{
    if (!(law->floor > -FLT_MAX)) return left_f32x16;
    return _mm512_max_ps(left_f32x16, _mm512_min_ps(_mm512_set1_ps(law->floor), s_f32x16));
}

/* ---- Loops: one for each way, so that none asks within ---- */

typedef exponents exponents_at(const decay_law *law, size_t i, __mmask16 here);

/* Items from i on, sixteen or fewer. */
INLINE_AVX512 void decay_some(const decay_law *law, const float *strengths, float *out, size_t i,
                              exponents_at *at, bool fast)
{
    size_t rest = law->count - i;
    __mmask16 here = (__mmask16)(rest < 16 ? (1u << rest) - 1 : 0xffff);
    __m512 s_f32x16 = _mm512_maskz_loadu_ps(here, strengths + i);
    __m512 left_f32x16 = left_of(s_f32x16, at(law, i, here), fast);
    __mmask16 odd = odd_in(left_f32x16);
    if (odd) {
        exponents x = law->is_power ? of_power(law, i, here) : of_times(law, i, here);
        left_f32x16 = _mm512_mask_mov_ps(left_f32x16, odd, left_of_odd(s_f32x16, x));
    }
    _mm512_mask_storeu_ps(out + i, here, on_floor(law, left_f32x16, s_f32x16));
}

/* In fours, so that one question is asked for all four. */
INLINE_AVX512 void decay_all(const decay_law *given, const float *strengths, float *out,
                             exponents_at *at, bool fast)
{
    const decay_law law = *given; /* ours alone, so that no store to out can change it */
    size_t i = 0;
    while (i + 64 <= law.count) {
        __m512 left_f32x16[4];
        __mmask16 odd = 0;
#pragma GCC unroll 4
        for (size_t k = 0; k < 4; k++) {
            __m512 s_f32x16 = _mm512_loadu_ps(strengths + i + 16 * k);
            left_f32x16[k] = left_of(s_f32x16, at(&law, i + 16 * k, 0xffff), fast);
            odd |= odd_in(left_f32x16[k]);
            left_f32x16[k] = on_floor(&law, left_f32x16[k], s_f32x16);
        }
        size_t end = i + 64;
        if (__builtin_expect(odd, 0)) {
            for (; i < end; i += 16) decay_some(&law, strengths, out, i, at, fast);
            continue;
        }
#pragma GCC unroll 4
        for (size_t k = 0; k < 4; k++) _mm512_storeu_ps(out + i + 16 * k, left_f32x16[k]);
        i = end;
    }
    for (; i < law.count; i += 16) decay_some(&law, strengths, out, i, at, fast);
}

/* For these, floats will do. */
INLINE_AVX512 bool has_small_power(const decay_law *law)
{
    return law->narrow && !law->rises && !law->powers && law->log2_amplitude == 0
        && law->power <= 2;
}

EG_AVX512 void eg_decay_avx512(const decay_law *law, const float *strengths, float *out)
{
    if (law->fast && law->is_power) decay_all(law, strengths, out, of_fast_power, true);
    else if (law->fast) decay_all(law, strengths, out, of_fast_times, true);
    else if (!law->is_power && law->narrow) decay_all(law, strengths, out, of_quotients, false);
    else if (!law->is_power) decay_all(law, strengths, out, of_times, false);
    else if (has_small_power(law)) decay_all(law, strengths, out, of_small_power, false);
    else decay_all(law, strengths, out, of_power, false);
}

/* ---- Checks: the bits of floats from +0 up are in the order of the floats ---- */

/* Four sums of the most, so that none waits for the last. */
INLINE_AVX512 bool doubles_between(const double *doubles, size_t count, double low, double high)
{
    __m512i low_u64x8 = _mm512_castpd_si512(_mm512_set1_pd(low));
    __m512i most_u64x8[4] = {_mm512_setzero_si512()};
    size_t i = 0;
    for (; i + 32 <= count; i += 32) {
#pragma GCC unroll 4
        for (int k = 0; k < 4; k++) {
            __m512i bits_u64x8 = _mm512_loadu_si512(doubles + i + 8 * k);
            most_u64x8[k] = _mm512_max_epu64(most_u64x8[k],
                                             _mm512_sub_epi64(bits_u64x8, low_u64x8));
        }
    }
    __m512i all_u64x8 = _mm512_max_epu64(_mm512_max_epu64(most_u64x8[0], most_u64x8[1]),
                                         _mm512_max_epu64(most_u64x8[2], most_u64x8[3]));
    __m512i room_u64x8 = _mm512_sub_epi64(_mm512_castpd_si512(_mm512_set1_pd(high)), low_u64x8);
    return _mm512_cmpgt_epu64_mask(all_u64x8, room_u64x8) == 0
        && eg_between_scalar(doubles + i, EG_AGE_F64, count - i, low, high);
}

INLINE_AVX512 bool floats_between(const float *floats, size_t count, float low, float high)
{
    __m512i low_u32x16 = _mm512_castps_si512(_mm512_set1_ps(low));
    __m512i most_u32x16[4] = {_mm512_setzero_si512()};
    size_t i = 0;
    for (; i + 64 <= count; i += 64) {
#pragma GCC unroll 4
        for (int k = 0; k < 4; k++) {
            __m512i bits_u32x16 = _mm512_loadu_si512(floats + i + 16 * k);
            most_u32x16[k] = _mm512_max_epu32(most_u32x16[k],
                                              _mm512_sub_epi32(bits_u32x16, low_u32x16));
        }
    }
    __m512i all_u32x16 = _mm512_max_epu32(_mm512_max_epu32(most_u32x16[0], most_u32x16[1]),
                                          _mm512_max_epu32(most_u32x16[2], most_u32x16[3]));
    __m512i room_u32x16 = _mm512_sub_epi32(_mm512_castps_si512(_mm512_set1_ps(high)), low_u32x16);
    return _mm512_cmpgt_epu32_mask(all_u32x16, room_u32x16) == 0
        && eg_between_scalar(floats + i, EG_AGE_F32, count - i, low, high);
}

/* What is refused here may be -0: scalar has the last word. */
EG_AVX512 bool eg_between_avx512(const void *numbers, int type, size_t count, double low,
                                double high)
{
    if (type == EG_AGE_F64 && doubles_between(numbers, count, low, high)) return true;
    if (type == EG_AGE_F32 && floats_between(numbers, count, (float)low, (float)high)) return true;
    return eg_between_scalar(numbers, type, count, low, high);
}

#endif
