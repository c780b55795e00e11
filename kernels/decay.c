/*
 * decay: what is left of a strength at its age.
 *
 * out[i] = strengths[i] * R(t), t = age * age_scale, R in (0, 1]:
 *   exponential  e^(-t/a)          power   a * t^-b, at most 1; R(0) = 1 for b > 0
 *   halflife     2^(-t/a)          power1  a * (1 + t)^-b, at most 1
 *
 * All is done in double and rounded to float once. R is never taken as exactly
 * 0 (exponents end at 2^-1000), so what is finite falls to 0 and an infinite
 * strength stays. A NaN strength gives NaN. A power law takes ages below
 * 2.3e-308 for 0 and those beyond a double for the largest one.
 *
 * floor: out = max(strength * R, min(strength, floor)). A fall stops at the floor,
 * and what is below it already stays; a negative strength rises towards 0.
 * -Infinity is no floor at all.
 *
 * EG_INVALID: an age below 0 or NaN; a curve or a type that there is not;
 * exponential, halflife: a <= 0 or NaN; power laws: a <= 0, b < 0, or one not
 * finite; age_scale <= 0 or not finite; floor NaN; out in part over strengths
 * or over the ages. All is checked before the first write.
 *
 * Any count, strengths and ages aligned to their type. No scratch: the arena is
 * asked for the stop flag alone, and once, because a half decayed array would
 * be worse than a late stop.
 *
 * scalar calls libm: that is the meaning. avx2, avx512 and neon, in files of their own,
 * take 2^x by a polynomial that is off by 1.2e-10 and log2 by one that is off by
 * 3e-14, relatively, step by step alike: they give the same bits. They and scalar
 * lie within 0.501 units in the last place of the product in double (measured over
 * the whole range; 0.5 is the rounding), so they differ by one unit at most. The
 * last items run in the same registers as the others and give the same bits.
 */
#include "kernels/decay.h"

#include "kernels/isa.h"
#include "runtime/arena.h"

#include <float.h>
#include <math.h>

/* ---- scalar ---- */

static double age_at(const eg_decay_options *options, size_t i)
{
    if (options->age_type == EG_AGE_F64) return ((const double *)options->ages)[i];
    if (options->age_type == EG_AGE_U64) return (double)((const uint64_t *)options->ages)[i];
    return ((const float *)options->ages)[i];
}

bool eg_ages_scalar(const eg_decay_options *options)
{
    bool good = true;
    for (size_t i = 0; i < options->count; i++) good &= age_at(options, i) >= 0;
    return good;
}

/* Exponents per unit of age. */
static double rate_of(const eg_decay_options *options)
{
    return fmin(options->age_scale / options->a, DBL_MAX);
}

static double retention(const eg_decay_options *options, double age)
{
    static const double exponent_max = 1000;
    double a = options->a, b = options->b;
    if (options->curve == EG_EXPONENTIAL) {
        return exp(-fmin(age * rate_of(options), exponent_max * 0.6931471805599453));
    }
    if (options->curve == EG_HALFLIFE) return exp2(-fmin(age * rate_of(options), exponent_max));
    double t = fmin(age * options->age_scale, DBL_MAX), lost;
    if (options->curve == EG_POWER && t < DBL_MIN && b > 0) return 1;
    lost = options->curve == EG_POWER ? b * log2(t < DBL_MIN ? DBL_MIN : t)
                                      : b * log1p(t) * 1.4426950408889634;
    return exp2(-fmin(fmax(lost - log2(a), 0), exponent_max));
}

void eg_decay_scalar(const eg_decay_options *options, const float *strengths, float *out)
{
    for (size_t i = 0; i < options->count; i++) {
        double strength = strengths[i];
        double low = strength < options->floor ? strength : options->floor;
        double left = strength * retention(options, age_at(options, i));
        out[i] = (float)(left < low ? low : left);
    }
}

/* ---- What the others share ---- */

decay_law decay_law_of(const eg_decay_options *options)
{
    decay_law made = { .floor = options->floor };
    if (options->curve == EG_EXPONENTIAL || options->curve == EG_HALFLIFE) {
        double exponents = options->curve == EG_EXPONENTIAL ? 1.4426950408889634 : 1;
        made.scale = fmin(rate_of(options) * exponents, DBL_MAX);
        return made;
    }
    made.scale = options->age_scale;
    made.shift = options->curve == EG_POWER1 ? 1 : 0;
    made.power = options->b;
    made.log2_a = log2(options->a);
    made.tiny = options->b > 0 ? DBL_MIN : 0;
    return made;
}

/* ---- The call ---- */

static bool curve_is_valid(const eg_decay_options *options)
{
    double a = options->a, b = options->b;
    switch (options->curve) {
    case EG_EXPONENTIAL: case EG_HALFLIFE: return a > 0;
    case EG_POWER: case EG_POWER1: return a > 0 && a <= DBL_MAX && b >= 0 && b <= DBL_MAX;
    default: return false;
    }
}

static bool overlaps(const void *a, size_t a_bytes, const void *b, size_t b_bytes)
{
    return (uintptr_t)a < (uintptr_t)b + b_bytes && (uintptr_t)b < (uintptr_t)a + a_bytes;
}

static bool is_valid(const eg_decay_options *options, const float *strengths, const float *out)
{
    if (options->age_type < EG_AGE_F64 || options->age_type > EG_AGE_F32) return false;
    if (!curve_is_valid(options) || isnan(options->floor)) return false;
    if (!(options->age_scale > 0 && options->age_scale <= DBL_MAX)) return false;
    if (options->count == 0) return true;
    if (!options->ages || !strengths || !out) return false;
    size_t bytes = options->count * sizeof *out;
    size_t age_bytes = options->count * (options->age_type == EG_AGE_F32 ? 4 : 8);
    if (overlaps(out, bytes, options->ages, age_bytes)) return false;
    return out == strengths || !overlaps(out, bytes, strengths, bytes);
}

int eg_decay(eg_arena *arena, const eg_decay_options *options, const float *strengths, float *out)
{
    if (eg_arena_stopped(arena)) return EG_STOPPED;
    if (!is_valid(options, strengths, out)) return EG_INVALID;
    const isa *now = isa_now();
    if (!now->ages(options)) return EG_INVALID;
    now->decay(options, strengths, out);
    return EG_OK;
}
