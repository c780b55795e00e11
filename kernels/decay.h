/*
 * Decay: what the instruction sets see of a curve.
 *
 * The quick curves are exponents of two. With t = age / divisor * scale:
 *   R = 2^-t                             or, is_power,
 *   R = amplitude * (shift + t)^-power, at most 1, and 1 where shift + t is below tiny.
 *
 * An array that is NULL leaves one number for all: 1 as divisor, power, log2_amplitude.
 * The arrays are all doubles or all floats, by item_type. rises: without the limit R could be
 * above 1.
 *
 * narrow: ages and divisors are floats, and two floats each, high + low, do for scale and
 * power.
 *
 * Thread:  any.
 * Errors:  none; the options have been checked.
 */
#ifndef EG_DECAY_H
#define EG_DECAY_H

#include "runtime/base.h"
#include "runtime/engram.h"

typedef struct decay_law {
    const eg_curve_options *options; /* for scalar, which knows all curves: */
    size_t first;                    /* the first item is this one of theirs */
    const void *ages, *divisors, *powers, *amplitudes;
    size_t count;
    double scale, shift, power, log2_amplitude, tiny;
    float scale_high, scale_low, power_high, power_low, floor;
    int age_type, item_type;
    bool is_power, rises, narrow, fast;
} decay_law;

#endif
