/*
 * Curves: their parameters, and what each keeps, by libm.
 *
 * Thread:  any.
 * Errors:  none.
 */
#ifndef EG_CURVES_H
#define EG_CURVES_H

#include "runtime/base.h"
#include "runtime/engram.h"

enum { CURVE_PARAMETERS = 5 };

/* What a parameter may be; NaN for one that the curve does not have. */
typedef struct curve_range {
    double low, high;
} curve_range;

/* Those of a, b, c, d, e; NULL for a curve that there is not. */
const curve_range *curve_ranges(int curve);

/* The parameters for all items, as an array. */
void curve_parameters(const eg_curve_options *options, double *parameters);

/* What a curve with good parameters keeps at t, in its own unit, from 0 and finite. */
double curve_retention(int curve, const double *parameters, double t);

/* fsrs: what t / S is multiplied by, so that at S 0.9 is left. */
double curve_fsrs_factor(double decay);

#endif
