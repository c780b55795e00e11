/* decay with NEON: two items at a time, in double. See decay.c for what it means. */
#include "kernels/decay.h"

#include "kernels/isa.h"

#include <float.h>

#ifdef EG_ARM

/* One or two items; those past the end are not ours to read: they count as age 0. */
INLINE_NEON float64x2_t ages_at(const eg_decay_options *options, size_t i, size_t lanes, int type)
{
    if (type == EG_AGE_F64) {
        const double *ages = (const double *)options->ages + i;
        return lanes == 2 ? vld1q_f64(ages) : vcombine_f64(vld1_f64(ages), vdup_n_f64(0));
    }
    if (type == EG_AGE_U64) {
        const uint64_t *ages = (const uint64_t *)options->ages + i;
        return vcvtq_f64_u64(lanes == 2 ? vld1q_u64(ages)
                                        : vcombine_u64(vld1_u64(ages), vdup_n_u64(0)));
    }
    const float *ages = (const float *)options->ages + i;
    return vcvt_f64_f32(lanes == 2 ? vld1_f32(ages) : vld1_lane_f32(ages, vdup_n_f32(0), 0));
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
                                   line_at(z_f64x2, 2.8853900817778504, 0.9617966941123595),
                                   line_at(z_f64x2, 0.5770779426302618, 0.41220922733052445),
                                   line_at(z_f64x2, 0.3199066608891474, 0.28288718263073565));
    return vfmaq_f64(e_f64x2, s_f64x2, p_f64x2);
}

/* minnm and maxnm answer the number when the other operand is NaN, as fmin and fmax do. */
INLINE_NEON float64x2_t retentions(const decay_law *curve, float64x2_t ages_f64x2, bool is_power)
{
    float64x2_t t_f64x2 = vmulq_f64(ages_f64x2, vdupq_n_f64(curve->scale));
    float64x2_t lost_f64x2 = t_f64x2;
    if (is_power) {
        t_f64x2 = vaddq_f64(vminnmq_f64(t_f64x2, vdupq_n_f64(DBL_MAX)),
                            vdupq_n_f64(curve->shift));
        lost_f64x2 = vfmaq_f64(vdupq_n_f64(-curve->log2_a), vdupq_n_f64(curve->power),
                               log2_of(t_f64x2));
        uint64x2_t tiny_u64x2 = vcltq_f64(t_f64x2, vdupq_n_f64(curve->tiny));
        lost_f64x2 = vbslq_f64(tiny_u64x2, vdupq_n_f64(0), lost_f64x2);
        lost_f64x2 = vmaxnmq_f64(lost_f64x2, vdupq_n_f64(0));
    }
    return exp2_minus(vminnmq_f64(lost_f64x2, vdupq_n_f64(1000)));
}

/* min and max answer NaN where one operand is: that is the strength, or made of it. */
INLINE_NEON float32x2_t left_of(const decay_law *curve, float32x2_t strengths_f32x2,
                                float64x2_t kept_f64x2)
{
    float64x2_t strengths_f64x2 = vcvt_f64_f32(strengths_f32x2);
    float64x2_t low_f64x2 = vminq_f64(vdupq_n_f64(curve->floor), strengths_f64x2);
    float64x2_t left_f64x2 = vmulq_f64(strengths_f64x2, kept_f64x2);
    return vcvt_f32_f64(vmaxq_f64(left_f64x2, low_f64x2));
}

INLINE_NEON void decay_all(const eg_decay_options *options, const decay_law *curve,
                           const float *strengths, float *out, int age_type, bool is_power)
{
    size_t i = 0, count = options->count;
    for (; i + 2 <= count; i += 2) {
        float64x2_t kept_f64x2 = retentions(curve, ages_at(options, i, 2, age_type), is_power);
        vst1_f32(out + i, left_of(curve, vld1_f32(strengths + i), kept_f64x2));
    }
    if (i == count) return;
    float64x2_t kept_f64x2 = retentions(curve, ages_at(options, i, 1, age_type), is_power);
    float32x2_t strengths_f32x2 = vld1_lane_f32(strengths + i, vdup_n_f32(0), 0);
    vst1_lane_f32(out + i, left_of(curve, strengths_f32x2, kept_f64x2), 0);
}

/* One loop for each type and kind of curve, so that none asks within. */
void eg_decay_neon(const eg_decay_options *options, const float *strengths, float *out)
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

bool eg_ages_neon(const eg_decay_options *options)
{
    if (options->age_type == EG_AGE_U64) return true;
    uint64x2_t good_u64x2 = vdupq_n_u64(UINT64_MAX);
    size_t i = 0, count = options->count;
    for (; i + 2 <= count; i += 2) {
        float64x2_t ages_f64x2 = ages_at(options, i, 2, options->age_type);
        good_u64x2 = vandq_u64(good_u64x2, vcgezq_f64(ages_f64x2));
    }
    if (i < count) {
        float64x2_t ages_f64x2 = ages_at(options, i, 1, options->age_type);
        good_u64x2 = vandq_u64(good_u64x2, vcgezq_f64(ages_f64x2));
    }
    return (vgetq_lane_u64(good_u64x2, 0) & vgetq_lane_u64(good_u64x2, 1)) != 0;
}

#endif
