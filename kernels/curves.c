/*
 * curves: published forgetting curves that have no vector version, and the way back.
 *
 * out[i] = strengths[i] * R(t), t = age * age_scale, all in double, rounded to float once:
 *   savings1885   k / ((log10 t)^c + k), t in minutes, 1 up to the first     a k, b c
 *   wickelgren    lambda (1 + beta t)^-psi                      a lambda, b beta, c psi
 *   two_exp       A (w e^(-t/tau1) + (1 - w) e^(-t/tau2)) + c   a A, b w, c tau1, d tau2, e c
 *   memory_chain  1 - e^-r, r = mu1 (e^(-a1 t) + mu2 q)         a mu1, b mu2, c a1, d a2
 *                 q = (e^(-a2 t) - e^(-a1 t)) / (a1 - a2)
 *   fsrs          (1 + F t/S)^-decay, F so that R(S) = 0.9      a S, b decay
 *
 * R lies in [2^-1000, 1] whatever the parameters say, so that nothing grows and an infinite
 * strength stays; all but memory_chain never rise. NaN strengths, the floor, what may overlap
 * and what is checked before the first write are as for decay (kernels/decay.c).
 *
 * EG_INVALID also: a parameter that is NaN, infinite or below 0, or 0 where only beta, psi,
 * w, c of two_exp, mu2 and a2 may be; w above 1; decay of fsrs below 0.001, where F would
 * leave the range of a double.
 *
 * libm alone, one age after the other: the meaning, and quick enough for a few thousand.
 */
#include "kernels/isa.h"
#include "runtime/arena.h"
#include "runtime/engram.h"

#include <float.h>
#include <math.h>

/* ---- Parameters ---- */

static bool positive(double x) { return x > 0 && x <= DBL_MAX; }

static bool from_zero(double x) { return x >= 0 && x <= DBL_MAX; }

static bool parameters_are_valid(const eg_curve_options *options)
{
    double a = options->items.a, b = options->items.b;
    double c = options->c, d = options->d, e = options->e;
    if (!positive(a)) return false;
    switch (options->items.curve) {
    case EG_EXPONENTIAL: case EG_HALFLIFE: return true;
    case EG_POWER: case EG_POWER1: return from_zero(b);
    case EG_SAVINGS1885: return positive(b);
    case EG_WICKELGREN: return from_zero(b) && from_zero(c);
    case EG_TWO_EXP: return b >= 0 && b <= 1 && positive(c) && positive(d) && from_zero(e);
    case EG_MEMORY_CHAIN: return from_zero(b) && positive(c) && from_zero(d);
    case EG_FSRS: return b >= 0.001 && b <= DBL_MAX;
    default: return false;
    }
}

static bool scale_is_valid(const eg_curve_options *options)
{
    return positive(options->items.age_scale);
}

/* ---- Curves: t in the curve's own unit, finite ---- */

static double savings1885(double t, double k, double c)
{
    return t <= 1 ? 1 : k / (pow(log10(t), c) + k);
}

/* As an exponent, so that neither a huge lambda nor a tiny rest is lost on the way. */
static double wickelgren(double t, double lambda, double beta, double psi)
{
    double lost = psi * log1p(fmin(beta * t, DBL_MAX));
    return exp(fmin(log(lambda) - lost, 0));
}

static double two_exp(double t, const eg_curve_options *options)
{
    double w = options->items.b;
    double left = w * exp(-t / options->c) + (1 - w) * exp(-t / options->d);
    return options->items.a * left + options->e;
}

/*
 * q without the difference of two exponentials that are nearly the same: with m the smaller
 * rate and apart the distance, q = e^(-m t) (1 - e^(-apart t)) / apart, t e^(-m t) at apart = 0.
 */
static double memory_chain(double t, double mu1, double mu2, double a1, double a2)
{
    double apart = fabs(a1 - a2), fed = t;
    if (apart * t > 1e-17) fed = fmin(-expm1(-apart * t) / apart, t);
    return -expm1(-mu1 * (exp(-a1 * t) + mu2 * (exp(-fmin(a1, a2) * t) * fed)));
}

static double fsrs_factor(double decay) { return expm1(-log(0.9) / decay); }

static double fsrs(double t, double stability, double decay)
{
    double lost = decay * log1p(fmin(t / stability * fsrs_factor(decay), DBL_MAX));
    return exp(-lost);
}

static double curve_at(const eg_curve_options *options, double t)
{
    double a = options->items.a, b = options->items.b;
    switch (options->items.curve) {
    case EG_SAVINGS1885: return savings1885(t, a, b);
    case EG_WICKELGREN: return wickelgren(t, a, b, options->c);
    case EG_TWO_EXP: return two_exp(t, options);
    case EG_MEMORY_CHAIN: return memory_chain(t, a, b, options->c, options->d);
    default: return fsrs(t, a, b);
    }
}

static double retention(const eg_curve_options *options, double age)
{
    double t = fmin(age * options->items.age_scale, DBL_MAX);
    return fmin(fmax(curve_at(options, t), 0x1p-1000), 1);
}

static bool is_curve(const eg_curve_options *options)
{
    return options->items.curve > EG_POWER1 && parameters_are_valid(options)
        && scale_is_valid(options);
}

double eg_retention(const eg_curve_options *options, double age)
{
    return is_curve(options) && age >= 0 ? retention(options, age) : NAN;
}

/* ---- Arrays ---- */

static double age_at(const eg_decay_options *items, size_t i)
{
    if (items->age_type == EG_AGE_F64) return ((const double *)items->ages)[i];
    if (items->age_type == EG_AGE_U64) return (double)((const uint64_t *)items->ages)[i];
    return ((const float *)items->ages)[i];
}

static bool overlaps(const void *a, size_t a_bytes, const void *b, size_t b_bytes)
{
    return (uintptr_t)a < (uintptr_t)b + b_bytes && (uintptr_t)b < (uintptr_t)a + a_bytes;
}

static bool arrays_are_valid(const eg_decay_options *items, const float *strengths,
                             const float *out)
{
    if (items->age_type < EG_AGE_F64 || items->age_type > EG_AGE_F32) return false;
    if (isnan(items->floor)) return false;
    if (items->count == 0) return true;
    if (!items->ages || !strengths || !out) return false;
    size_t bytes = items->count * sizeof *out;
    size_t age_bytes = items->count * (items->age_type == EG_AGE_F32 ? 4 : 8);
    if (overlaps(out, bytes, items->ages, age_bytes)) return false;
    if (out != strengths && overlaps(out, bytes, strengths, bytes)) return false;
    return isa_now()->ages(items);
}

int eg_decay_by_curve(eg_arena *arena, const eg_curve_options *options, const float *strengths,
                      float *out)
{
    const eg_decay_options *items = &options->items;
    if (eg_arena_stopped(arena)) return EG_STOPPED;
    if (!is_curve(options) || !arrays_are_valid(items, strengths, out)) return EG_INVALID;
    for (size_t i = 0; i < items->count; i++) {
        double strength = strengths[i];
        double low = strength < items->floor ? strength : items->floor;
        double left = strength * retention(options, age_at(items, i));
        out[i] = (float)(left < low ? low : left);
    }
    return EG_OK;
}

/* ---- The way back: t from what is left ---- */

static double power_interval(double left, double a, double b)
{
    if (b == 0) return left <= a ? INFINITY : NAN;
    return pow(a / left, 1 / b);
}

static double wickelgren_interval(double left, double lambda, double beta, double psi)
{
    if (left > lambda) return NAN;
    if (beta == 0 || psi == 0) return INFINITY;
    double lost = lambda > 2 * left ? log(lambda) - log(left) : log1p((lambda - left) / left);
    return expm1(lost / psi) / beta;
}

static double savings_interval(double left, double k, double c)
{
    return pow(10, pow(k * ((1 - left) / left), 1 / c));
}

static double fsrs_interval(double left, double stability, double decay)
{
    return stability * (expm1(-log(left) / decay) / fsrs_factor(decay));
}

/* Where a chain is at its most: 0, unless the second store gains more than the first loses. */
static double memory_chain_peak(double mu2, double a1, double a2)
{
    if (mu2 <= a1) return 0;
    if (a2 == 0) return DBL_MAX;
    double rise = (mu2 - a1) / mu2 / a2, apart = a1 - a2;
    return fabs(apart * rise) < 1e-17 ? rise : log1p(apart * rise) / apart;
}

/* The last t with so much left, of a curve that does not rise after from. */
static double bisected(const eg_curve_options *options, double from, double left)
{
    if (!(curve_at(options, from) >= left)) return NAN;
    double low = from, high = from > 0 ? 2 * from : 1;
    while (high <= DBL_MAX && curve_at(options, high) >= left) {
        low = high;
        high *= 2;
    }
    if (high > DBL_MAX) return INFINITY;
    for (;;) {
        double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high) return low;
        if (curve_at(options, middle) >= left) low = middle;
        else high = middle;
    }
}

static double interval(const eg_curve_options *options, double left)
{
    double a = options->items.a, b = options->items.b;
    switch (options->items.curve) {
    case EG_EXPONENTIAL: return -a * log(left);
    case EG_HALFLIFE: return -a * log2(left);
    case EG_POWER: return power_interval(left, a, b);
    case EG_POWER1: return wickelgren_interval(left, a, 1, b);
    case EG_SAVINGS1885: return savings_interval(left, a, b);
    case EG_WICKELGREN: return wickelgren_interval(left, a, b, options->c);
    case EG_TWO_EXP: return bisected(options, 0, left);
    case EG_FSRS: return fsrs_interval(left, a, b);
    default: return bisected(options, memory_chain_peak(b, options->c, options->d), left);
    }
}

double eg_interval(const eg_curve_options *options, double left)
{
    if (!parameters_are_valid(options) || !scale_is_valid(options)) return NAN;
    if (!(left > 0 && left <= 1)) return NAN;
    return interval(options, left) / options->items.age_scale + 0.0; /* no -0 */
}
