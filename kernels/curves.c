/*
 * curves: published forgetting curves by libm, and the way back. With t = age * age_scale:
 *   exponential   e^(-t/tau)                                    a tau
 *   halflife      2^(-t/h)                                      a h
 *   power         a t^-b, 1 at t = 0 for b > 0                  a a, b b
 *   power1        a (1 + t)^-b                                  a a, b b
 *   savings1885   k / ((log10 t)^c + k), t in minutes, 1 up to the first     a k, b c
 *   wickelgren    lambda (1 + beta t)^-psi                      a lambda, b beta, c psi
 *   two_exp       A (w e^(-t/tau1) + (1 - w) e^(-t/tau2)) + c   a A, b w, c tau1, d tau2, e c
 *   memory_chain  1 - e^-r, r = mu1 (e^(-a1 t) + mu2 q)         a mu1, b mu2, c a1, d a2
 *                 q = (e^(-a2 t) - e^(-a1 t)) / (a1 - a2)
 *   fsrs          (1 + F t/S)^-decay, F so that R(S) = 0.9      a S, b decay
 *
 * R lies in [2^-1000, 1] whatever the parameters say, so that nothing grows and an infinite
 * strength stays; all but memory_chain never rise.
 *
 * A parameter is above 0 and finite, but: tau and h may be infinite; b of the power laws, beta,
 * psi, w, c of two_exp, mu2 and a2 may be 0; w is at most 1, decay at least 0.001, because
 * below that F would leave the range of a double.
 */
#include "kernels/curves.h"

#include <float.h>
#include <math.h>

/* ---- Parameters ---- */

#define POSITIVE {DBL_TRUE_MIN, DBL_MAX}
#define TO_INFINITY {DBL_TRUE_MIN, INFINITY}
#define FROM_ZERO {0, DBL_MAX}
#define NONE {NAN, NAN}

const curve_range *curve_ranges(int curve)
{
    static const curve_range ranges[][CURVE_PARAMETERS] = {
        [EG_EXPONENTIAL] = {TO_INFINITY, NONE, NONE, NONE, NONE},
        [EG_HALFLIFE] = {TO_INFINITY, NONE, NONE, NONE, NONE},
        [EG_POWER] = {POSITIVE, FROM_ZERO, NONE, NONE, NONE},
        [EG_POWER1] = {POSITIVE, FROM_ZERO, NONE, NONE, NONE},
        [EG_SAVINGS1885] = {POSITIVE, POSITIVE, NONE, NONE, NONE},
        [EG_WICKELGREN] = {POSITIVE, FROM_ZERO, FROM_ZERO, NONE, NONE},
        [EG_TWO_EXP] = {POSITIVE, {0, 1}, POSITIVE, POSITIVE, FROM_ZERO},
        [EG_MEMORY_CHAIN] = {POSITIVE, FROM_ZERO, POSITIVE, FROM_ZERO, NONE},
        [EG_FSRS] = {POSITIVE, {0.001, DBL_MAX}, NONE, NONE, NONE},
    };
    return curve >= 0 && curve <= EG_FSRS ? ranges[curve] : NULL;
}

void curve_parameters(const eg_curve_options *options, double *parameters)
{
    parameters[0] = options->items.a;
    parameters[1] = options->items.b;
    parameters[2] = options->c;
    parameters[3] = options->d;
    parameters[4] = options->e;
}

/* ---- Curves: t in the curve's own unit, finite ---- */

static double exponential(double t, double tau) { return exp(-t / tau); }

static double halflife(double t, double h) { return exp2(-t / h); }

/* As exponents, so that neither a huge a nor a tiny rest is lost on the way. */
static double power(double t, double a, double b)
{
    if (t < DBL_MIN && b > 0) return 1;
    return exp2(fmin(log2(a) - b * log2(fmax(t, DBL_MIN)), 0));
}

static double savings1885(double t, double k, double c)
{
    return t <= 1 ? 1 : k / (pow(log10(t), c) + k);
}

static double wickelgren(double t, double lambda, double beta, double psi)
{
    double lost = psi * log1p(fmin(beta * t, DBL_MAX));
    return exp(fmin(log(lambda) - lost, 0));
}

static double two_exp(double t, const double *p)
{
    double left = p[1] * exp(-t / p[2]) + (1 - p[1]) * exp(-t / p[3]);
    return p[0] * left + p[4];
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

double curve_fsrs_factor(double decay)
{
    return expm1(-log(0.9) / decay);
}

static double fsrs(double t, double stability, double decay)
{
    double lost = decay * log1p(fmin(t / stability * curve_fsrs_factor(decay), DBL_MAX));
    return exp(-lost);
}

static double curve_at(int curve, const double *p, double t)
{
    switch (curve) {
    case EG_EXPONENTIAL: return exponential(t, p[0]);
    case EG_HALFLIFE: return halflife(t, p[0]);
    case EG_POWER: return power(t, p[0], p[1]);
    case EG_POWER1: return wickelgren(t, p[0], 1, p[1]);
    case EG_SAVINGS1885: return savings1885(t, p[0], p[1]);
    case EG_WICKELGREN: return wickelgren(t, p[0], p[1], p[2]);
    case EG_TWO_EXP: return two_exp(t, p);
    case EG_MEMORY_CHAIN: return memory_chain(t, p[0], p[1], p[2], p[3]);
    default: return fsrs(t, p[0], p[1]);
    }
}

double curve_retention(int curve, const double *parameters, double t)
{
    return fmin(fmax(curve_at(curve, parameters, t), 0x1p-1000), 1);
}

/* One curve for all ages, with good parameters; fills them in. */
static bool is_one_curve(const eg_curve_options *options, double *parameters)
{
    const curve_range *ranges = curve_ranges(options->items.curve);
    double scale = options->items.age_scale;
    if (!ranges || !(scale > 0 && scale <= DBL_MAX)) return false;
    curve_parameters(options, parameters);
    for (int i = 0; i < CURVE_PARAMETERS; i++) {
        if (options->items.each[i]) return false;
        if (parameters[i] < ranges[i].low || parameters[i] > ranges[i].high) return false;
        if (isnan(parameters[i]) && !isnan(ranges[i].low)) return false;
    }
    return true;
}

double eg_retention(const eg_curve_options *options, double age)
{
    double parameters[CURVE_PARAMETERS];
    if (!is_one_curve(options, parameters) || !(age >= 0)) return NAN;
    double t = fmin(age * options->items.age_scale, DBL_MAX);
    return curve_retention(options->items.curve, parameters, t);
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
    return stability * (expm1(-log(left) / decay) / curve_fsrs_factor(decay));
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
static double bisected(int curve, const double *p, double from, double left)
{
    if (!(curve_at(curve, p, from) >= left)) return NAN;
    double low = from, high = from > 0 ? 2 * from : 1;
    while (high <= DBL_MAX && curve_at(curve, p, high) >= left) {
        low = high;
        high *= 2;
    }
    if (high > DBL_MAX) return INFINITY;
    for (;;) {
        double middle = low + (high - low) / 2;
        if (middle <= low || middle >= high) return low;
        if (curve_at(curve, p, middle) >= left) low = middle;
        else high = middle;
    }
}

static double interval(int curve, const double *p, double left)
{
    switch (curve) {
    case EG_EXPONENTIAL: return isinf(p[0]) ? p[0] : -p[0] * log(left);
    case EG_HALFLIFE: return isinf(p[0]) ? p[0] : -p[0] * log2(left);
    case EG_POWER: return power_interval(left, p[0], p[1]);
    case EG_POWER1: return wickelgren_interval(left, p[0], 1, p[1]);
    case EG_SAVINGS1885: return savings_interval(left, p[0], p[1]);
    case EG_WICKELGREN: return wickelgren_interval(left, p[0], p[1], p[2]);
    case EG_TWO_EXP: return bisected(curve, p, 0, left);
    case EG_FSRS: return fsrs_interval(left, p[0], p[1]);
    default: return bisected(curve, p, memory_chain_peak(p[1], p[2], p[3]), left);
    }
}

double eg_interval(const eg_curve_options *options, double left)
{
    double parameters[CURVE_PARAMETERS];
    if (!is_one_curve(options, parameters) || !(left > 0 && left <= 1)) return NAN;
    double t = interval(options->items.curve, parameters, left);
    return t / options->items.age_scale + 0.0; /* no -0 */
}
