/*
 * decay: what is left of a strength at its age.
 *
 * out[i] = strengths[i] * R(t), t = age * age_scale, R in (0, 1] as curves.c defines it, with one
 * number for all items for each parameter or an array with one for each.
 *
 * R is never taken as exactly 0, so what is finite falls to 0 and an infinite strength stays. A
 * NaN strength gives NaN. A power law takes ages below 2.3e-308 for 0 and those beyond a double
 * for the largest one.
 *
 * floor: out = max(strength * R, min(strength, floor)). A fall stops at the floor,
 * and what is below it already stays; a negative strength rises towards 0.
 * -Infinity is no floor at all.
 *
 * EG_INVALID: an age below 0 or NaN; a curve or a type that there is not; a parameter outside
 * its range, for all or for one item, or an array for one that the curve does not have;
 * age_scale <= 0 or not finite; floor NaN; out in part over strengths, or over ages or
 * parameters. All is checked before the first write.
 *
 * Any count, arrays aligned to their type. No scratch. The stop flag is read at every 65,536
 * items: what was decayed by then stays so, there being no room to keep what was.
 *
 * scalar calls libm in double, for all curves: within 0.51 units in the last place (ulp) of the
 * product. The other sets have exponential, halflife, power, power1, wickelgren (one beta for
 * all) and fsrs (one exponent for all); neon is as near as scalar. avx2 and avx512 make
 * strength + strength * (2^x - 1) in float, rounded once, but x in double, or in two floats where
 * ages and divisors are floats, until its whole part is off: so t / s loses nothing, and all lie
 * within 1.2 ulp, power laws within 2. A last group of items runs in the same registers as the
 * others: an item has the same bits at every place and in every company.
 *
 * Not so exact: float ages and divisors that are both below 2^-100, where the second float has
 * no exponent left; an array of b beyond 1e7 under power1, as 1 + t is one double.
 *
 * fast: t in one float, a term less, logarithms in one float. Relative to R the error is below
 * 3e-7 + 2.4e-7 ln(1/R), for up to four numbers are rounded to floats, 2^-24 each: the age (where
 * doubles divide it, age / divisor), its divisor, the scale and the product. Of power laws it is
 * below 3e-7 (1 + b) + 2e-7 ln(1/R). Both while the result is a normal float; ages beyond a float
 * count as the greatest. Sets are exact where they have no faster way: scalar, neon, and avx2 but
 * for exponential and halflife of float ages.
 */
#include "kernels/decay.h"

#include "kernels/curves.h"
#include "kernels/isa.h"
#include "kernels/poll.h"
#include "runtime/arena.h"

#include <float.h>
#include <math.h>

/* ---- scalar ---- */

/* Number i of doubles, floats or 64-bit integers. */
static double number_at(const void *numbers, int type, size_t i)
{
    if (type == EG_AGE_F64) return ((const double *)numbers)[i];
    if (type == EG_AGE_U64) return (double)((const uint64_t *)numbers)[i];
    return ((const float *)numbers)[i];
}

bool eg_between_scalar(const void *numbers, int type, size_t count, double low, double high)
{
    bool good = true;
    for (size_t i = 0; i < count; i++) {
        double number = number_at(numbers, type, i);
        good &= number >= low && number <= high;
    }
    return good;
}

void eg_decay_scalar(const decay_law *law, const float *strengths, float *out)
{
    const eg_decay_options *items = &law->options->items;
    double parameters[CURVE_PARAMETERS];
    curve_parameters(law->options, parameters);
    for (size_t i = 0; i < law->count; i++) {
        for (int p = 0; p < CURVE_PARAMETERS; p++) {
            const void *each = items->each[p];
            if (each) parameters[p] = number_at(each, items->each_type, law->first + i);
        }
        double age = number_at(items->ages, items->age_type, law->first + i);
        double t = fmin(age * items->age_scale, DBL_MAX);
        double strength = strengths[i];
        double low = strength < items->floor ? strength : items->floor;
        double left = strength * curve_retention(items->curve, parameters, t);
        out[i] = (float)(left < low ? low : left);
    }
}

/* ---- Curves as exponents of two ---- */

/* Divided by a divisor that each item has, or once for all. */
static void set_scale(decay_law *law, double scale, const void *divisors, double divisor)
{
    law->divisors = divisors;
    law->scale = fmin(divisors ? scale : scale / divisor, DBL_MAX);
}

static void set_power(decay_law *law, double amplitude, const void *amplitudes, double power,
                      const void *powers)
{
    law->is_power = true;
    law->amplitudes = amplitudes;
    law->log2_amplitude = log2(amplitude);
    law->powers = powers;
    law->power = power;
    law->rises = !law->shift || amplitudes || amplitude > 1;
    law->tiny = !law->shift && (powers || power > 0) ? DBL_MIN : 0;
}

/* Beyond this 1 + t has lost what a power so large would bring back. */
static const double shifted_power_max = 1e7;

static bool set_curve(decay_law *law, const eg_curve_options *options)
{
    const eg_decay_options *items = &options->items;
    const void *const *each = items->each;
    double scale = items->age_scale;
    law->shift = items->curve == EG_POWER ? 0 : 1;
    switch (items->curve) {
    case EG_EXPONENTIAL: set_scale(law, scale * 1.4426950408889634, each[0], items->a); break;
    case EG_HALFLIFE: set_scale(law, scale, each[0], items->a); break;
    case EG_POWER: case EG_POWER1:
        set_scale(law, scale, NULL, 1);
        set_power(law, items->a, each[0], items->b, each[1]);
        break;
    case EG_WICKELGREN:
        if (each[1]) return false;
        set_scale(law, scale * items->b, NULL, 1);
        set_power(law, items->a, each[0], options->c, each[2]);
        break;
    case EG_FSRS:
        if (each[1]) return false;
        set_scale(law, scale * curve_fsrs_factor(items->b), each[0], items->a);
        set_power(law, 1, NULL, items->b, NULL);
        break;
    default: return false;
    }
    return !law->is_power || !law->shift || law->powers || law->power <= shifted_power_max;
}

/* Is there more than scalar for it? */
static bool make_law(decay_law *law, const eg_curve_options *options)
{
    const eg_decay_options *items = &options->items;
    *law = (decay_law){
        .options = options, .ages = items->ages, .count = items->count,
        .age_type = items->age_type, .item_type = items->each_type, .floor = (float)items->floor,
    };
    if (!set_curve(law, options) || !(law->scale >= DBL_MIN)) return false;
    /* In floats a scale must leave room for small and great ages. */
    bool is_moderate = law->scale >= 0x1p-60 && law->scale <= 0x1p60;
    bool floats = items->age_type == EG_AGE_F32
               && (!law->divisors || items->each_type == EG_AGE_F32);
    law->narrow = floats && is_moderate;
    law->fast = items->fast && is_moderate;
    law->scale_high = is_moderate ? (float)law->scale : 0;
    law->scale_low = (float)(law->scale - law->scale_high);
    law->power_high = (float)fmin(law->power, FLT_MAX);
    law->power_low = (float)(law->power - law->power_high);
    return true;
}

/* ---- The call ---- */

static size_t size_of(int type)
{
    return type == EG_AGE_F32 ? sizeof(float) : sizeof(double);
}

static bool overlaps(const void *a, size_t a_bytes, const void *b, size_t b_bytes)
{
    return (uintptr_t)a < (uintptr_t)b + b_bytes && (uintptr_t)b < (uintptr_t)a + a_bytes;
}

static bool numbers_are_between(const void *numbers, int type, size_t count, curve_range range)
{
    if (type == EG_AGE_U64) return true; /* only ages are whole, and those count from 0 */
    if (type == EG_AGE_F32 && range.low == DBL_TRUE_MIN) range.low = FLT_TRUE_MIN;
    if (type == EG_AGE_F32 && range.high == DBL_MAX) range.high = FLT_MAX;
    return isa_now()->between(numbers, type, count, range.low, range.high);
}

static bool parameters_are_valid(const eg_curve_options *options, const float *out)
{
    const eg_decay_options *items = &options->items;
    const curve_range *ranges = curve_ranges(items->curve);
    double parameters[CURVE_PARAMETERS];
    curve_parameters(options, parameters);
    size_t count = items->count, bytes = count * sizeof *out;
    for (int p = 0; p < CURVE_PARAMETERS; p++) {
        const void *each = items->each[p];
        curve_range range = ranges[p];
        if (!each) {
            if (isnan(range.low)) continue;
            if (!(parameters[p] >= range.low && parameters[p] <= range.high)) return false;
            continue;
        }
        if (isnan(range.low)) return false;
        if (items->each_type != EG_AGE_F64 && items->each_type != EG_AGE_F32) return false;
        if (overlaps(out, bytes, each, count * size_of(items->each_type))) return false;
        if (!numbers_are_between(each, items->each_type, count, range)) return false;
    }
    return true;
}

static bool is_valid(const eg_curve_options *options, const float *strengths, const float *out)
{
    const eg_decay_options *items = &options->items;
    if (!curve_ranges(items->curve) || isnan(items->floor)) return false;
    if (items->age_type < EG_AGE_F64 || items->age_type > EG_AGE_F32) return false;
    if (!(items->age_scale > 0 && items->age_scale <= DBL_MAX)) return false;
    if (items->count == 0) return parameters_are_valid(options, out);
    if (!items->ages || !strengths || !out) return false;
    size_t bytes = items->count * sizeof *out, age_bytes = items->count * size_of(items->age_type);
    if (overlaps(out, bytes, items->ages, age_bytes)) return false;
    if (out != strengths && overlaps(out, bytes, strengths, bytes)) return false;
    if (!parameters_are_valid(options, out)) return false;
    curve_range ages = {0, INFINITY};
    return numbers_are_between(items->ages, items->age_type, items->count, ages);
}

static const void *advanced(const void *numbers, int type, size_t items)
{
    return numbers ? (const char *)numbers + items * size_of(type) : NULL;
}

/* The law for count items from first on. */
static decay_law part_of(const decay_law *law, size_t first, size_t count)
{
    decay_law part = *law;
    part.count = count;
    part.first = first;
    part.ages = advanced(law->ages, law->age_type, first);
    part.divisors = advanced(law->divisors, law->item_type, first);
    part.powers = advanced(law->powers, law->item_type, first);
    part.amplitudes = advanced(law->amplitudes, law->item_type, first);
    return part;
}

int eg_decay_by_curve(eg_arena *arena, const eg_curve_options *options, const float *strengths,
                      float *out)
{
    if (eg_arena_stopped(arena)) return EG_STOPPED;
    if (!is_valid(options, strengths, out)) return EG_INVALID;
    decay_law law;
    bool is_quick = make_law(&law, options);
    for (size_t first = 0; first < law.count; first += POLL_EVERY) {
        if (first > 0 && eg_arena_stopped(arena)) return EG_STOPPED;
        size_t rest = law.count - first;
        decay_law part = part_of(&law, first, rest < POLL_EVERY ? rest : POLL_EVERY);
        (is_quick ? isa_now()->decay : eg_decay_scalar)(&part, strengths + first, out + first);
    }
    return EG_OK;
}

int eg_decay(eg_arena *arena, const eg_decay_options *options, const float *strengths, float *out)
{
    if (options->curve > EG_POWER1) return EG_INVALID;
    eg_curve_options wide = {.items = *options};
    return eg_decay_by_curve(arena, &wide, strengths, out);
}
