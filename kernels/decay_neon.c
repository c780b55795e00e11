/* decay with NEON: two items at a time, in double; fast as well. See decay.c for what it means. */
#include "kernels/decay.h"

#include "kernels/decay_polynomials.h"
#include "kernels/isa.h"

#include <float.h>

#ifdef EG_ARM

/* One or two numbers; those past the end are not ours to read: they count as 0. */
INLINE_NEON float64x2_t doubles_at(const void *numbers, int type, size_t i, size_t lanes)
{
    if (type == EG_AGE_F64) {
        const double *doubles = (const double *)numbers + i;
        return lanes == 2 ? vld1q_f64(doubles) : vcombine_f64(vld1_f64(doubles), vdup_n_f64(0));
    }
    if (type == EG_AGE_U64) {
        const uint64_t *whole = (const uint64_t *)numbers + i;
        return vcvtq_f64_u64(lanes == 2 ? vld1q_u64(whole)
                                        : vcombine_u64(vld1_u64(whole), vdup_n_u64(0)));
    }
    const float *floats = (const float *)numbers + i;
    return vcvt_f64_f32(lanes == 2 ? vld1_f32(floats) : vld1_lane_f32(floats, vdup_n_f32(0), 0));
}

/* Polynomials by halves (Estrin): shorter chains than term by term. */
INLINE_NEON float64x2_t line_at(float64x2_t x_f64x2, double a, double b)
{
    return vfmaq_f64(vdupq_n_f64(a), x_f64x2, vdupq_n_f64(b));
}

/* a + x2 b + x2^2 c */
INLINE_NEON float64x2_t three_at(float64x2_t x2_f64x2, float64x2_t a_f64x2, float64x2_t b_f64x2,
                                 float64x2_t c_f64x2)
{
    float64x2_t low_f64x2 = vfmaq_f64(a_f64x2, x2_f64x2, b_f64x2);
    return vfmaq_f64(low_f64x2, vmulq_f64(x2_f64x2, x2_f64x2), c_f64x2);
}

/* 2^-x for x in [0, 1000]: the whole part goes into the exponent, and 1 + r P(r),
 * |r| <= 1/2, is the rest; so 2^0 is exactly 1. */
INLINE_NEON float64x2_t exp2_minus(float64x2_t x_f64x2)
{
    float64x2_t whole_f64x2 = vrndnq_f64(x_f64x2);
    float64x2_t r_f64x2 = vsubq_f64(x_f64x2, whole_f64x2);
    float64x2_t r2_f64x2 = vmulq_f64(r_f64x2, r_f64x2);
    float64x2_t low_f64x2 = line_at(r_f64x2, -0.6931471805599453, 0.24022650922288757);
    float64x2_t mid_f64x2 = line_at(r_f64x2, -0.055504108839096185, 0.009618056678524637);
    float64x2_t high_f64x2 = line_at(r_f64x2, -0.001333350238616277, 0.0001546144469856913);
    high_f64x2 = vfmaq_f64(high_f64x2, r2_f64x2, vdupq_n_f64(-1.5297323760701075e-05));
    float64x2_t p_f64x2 = three_at(r2_f64x2, low_f64x2, mid_f64x2, high_f64x2);
    p_f64x2 = vfmaq_f64(vdupq_n_f64(1), p_f64x2, r_f64x2);
    /* The low bits of this sum are 1023 - whole, the exponent of 2^-whole. */
    float64x2_t sum_f64x2 = vsubq_f64(vdupq_n_f64(0x1p52 + 1023), whole_f64x2);
    uint64x2_t exponent_u64x2 = vshlq_n_u64(vreinterpretq_u64_f64(sum_f64x2), 52);
    return vmulq_f64(p_f64x2, vreinterpretq_f64_u64(exponent_u64x2));
}

/* Of normal positive x = m * 2^e, m in [0.707, 1.414): e + s P(s^2), s = (m - 1)/(m + 1),
 * whose relative error stays small where the logarithm does. Of 0: some number. */
INLINE_NEON float64x2_t log2_of(float64x2_t x_f64x2)
{
    const int64_t root_half = 0x3fe6a09e667f3bcd;
    int64x2_t bits_i64x2 = vreinterpretq_s64_f64(x_f64x2);
    int64x2_t above_i64x2 = vsubq_s64(bits_i64x2, vdupq_n_s64(root_half));
    float64x2_t e_f64x2 = vcvtq_f64_s64(vshrq_n_s64(above_i64x2, 52));
    int64x2_t whole_i64x2 = vandq_s64(above_i64x2, vdupq_n_s64(-0x10000000000000));
    float64x2_t m_f64x2 = vreinterpretq_f64_s64(vsubq_s64(bits_i64x2, whole_i64x2));
    float64x2_t s_f64x2 = vdivq_f64(vsubq_f64(m_f64x2, vdupq_n_f64(1)),
                                    vaddq_f64(m_f64x2, vdupq_n_f64(1)));
    float64x2_t z_f64x2 = vmulq_f64(s_f64x2, s_f64x2);
    float64x2_t p_f64x2 = three_at(vmulq_f64(z_f64x2, z_f64x2),
                                   line_at(z_f64x2, log2_terms[0], log2_terms[1]),
                                   line_at(z_f64x2, log2_terms[2], log2_terms[3]),
                                   line_at(z_f64x2, log2_terms[4], log2_terms[5]));
    return vfmaq_f64(e_f64x2, s_f64x2, p_f64x2);
}

/* age / divisor * scale */
INLINE_NEON float64x2_t times_at(const decay_law *law, size_t i, size_t lanes)
{
    float64x2_t t_f64x2 = doubles_at(law->ages, law->age_type, i, lanes);
    if (law->divisors) {
        t_f64x2 = vdivq_f64(t_f64x2, doubles_at(law->divisors, law->item_type, i, lanes));
    }
    return vmulq_f64(t_f64x2, vdupq_n_f64(law->scale));
}

/* power * log2(shift + t) - log2(amplitude), from 0. minnm and maxnm answer the number when the
 * other operand is NaN, as fmin and fmax do. */
INLINE_NEON float64x2_t lost_by_power(const decay_law *law, size_t i, size_t lanes)
{
    float64x2_t t_f64x2 = vaddq_f64(vminnmq_f64(times_at(law, i, lanes), vdupq_n_f64(DBL_MAX)),
                                    vdupq_n_f64(law->shift));
    uint64x2_t tiny_u64x2 = vcltq_f64(t_f64x2, vdupq_n_f64(law->tiny));
    float64x2_t power_f64x2 = vdupq_n_f64(law->power), a_f64x2 = vdupq_n_f64(law->log2_amplitude);
    if (law->powers) {
        power_f64x2 = doubles_at(law->powers, law->item_type, i, lanes);
        tiny_u64x2 = vandq_u64(tiny_u64x2, vcgtzq_f64(power_f64x2));
    }
    if (law->amplitudes) {
        a_f64x2 = doubles_at(law->amplitudes, law->item_type, i, lanes);
        a_f64x2 = log2_of(vmaxnmq_f64(a_f64x2, vdupq_n_f64(DBL_MIN)));
    }
    float64x2_t lost_f64x2 = vfmaq_f64(vnegq_f64(a_f64x2), power_f64x2, log2_of(t_f64x2));
    lost_f64x2 = vbslq_f64(tiny_u64x2, vdupq_n_f64(0), lost_f64x2);
    return vmaxnmq_f64(lost_f64x2, vdupq_n_f64(0));
}

INLINE_NEON float64x2_t retentions(const decay_law *law, size_t i, size_t lanes, bool is_power)
{
    float64x2_t lost_f64x2 = is_power ? lost_by_power(law, i, lanes) : times_at(law, i, lanes);
    return exp2_minus(vminnmq_f64(lost_f64x2, vdupq_n_f64(1000)));
}

/* min and max answer NaN where one operand is: that is the strength, or made of it. */
INLINE_NEON float32x2_t left_of(const decay_law *law, float32x2_t strengths_f32x2,
                                float64x2_t kept_f64x2)
{
    float64x2_t strengths_f64x2 = vcvt_f64_f32(strengths_f32x2);
    float64x2_t low_f64x2 = vminq_f64(vdupq_n_f64(law->floor), strengths_f64x2);
    float64x2_t left_f64x2 = vmulq_f64(strengths_f64x2, kept_f64x2);
    return vcvt_f32_f64(vmaxq_f64(left_f64x2, low_f64x2));
}

INLINE_NEON void decay_all(const decay_law *given, const float *strengths, float *out,
                           bool is_power)
{
    const decay_law law = *given; /* ours alone, so that no store to out can change it */
    size_t i = 0;
    for (; i + 2 <= law.count; i += 2) {
        float64x2_t kept_f64x2 = retentions(&law, i, 2, is_power);
        vst1_f32(out + i, left_of(&law, vld1_f32(strengths + i), kept_f64x2));
    }
    if (i == law.count) return;
    float64x2_t kept_f64x2 = retentions(&law, i, 1, is_power);
    float32x2_t strengths_f32x2 = vld1_lane_f32(strengths + i, vdup_n_f32(0), 0);
    vst1_lane_f32(out + i, left_of(&law, strengths_f32x2, kept_f64x2), 0);
}

void eg_decay_neon(const decay_law *law, const float *strengths, float *out)
{
    if (law->is_power) decay_all(law, strengths, out, true);
    else decay_all(law, strengths, out, false);
}

INLINE_NEON uint64x2_t between(float64x2_t x_f64x2, double low, double high)
{
    return vandq_u64(vcgeq_f64(x_f64x2, vdupq_n_f64(low)), vcleq_f64(x_f64x2, vdupq_n_f64(high)));
}

bool eg_between_neon(const void *numbers, int type, size_t count, double low, double high)
{
    uint64x2_t good_u64x2 = vdupq_n_u64(UINT64_MAX);
    size_t i = 0;
    for (; i + 2 <= count; i += 2) {
        good_u64x2 = vandq_u64(good_u64x2, between(doubles_at(numbers, type, i, 2), low, high));
    }
    const char *rest = (const char *)numbers + i * (type == EG_AGE_F32 ? 4 : 8);
    return (vgetq_lane_u64(good_u64x2, 0) & vgetq_lane_u64(good_u64x2, 1)) != 0
        && eg_between_scalar(rest, type, count - i, low, high);
}

#endif
