/*
 * Number: decimal text as numbers, whatever the locale.
 *
 * Each reads the longest number that starts at at and ends by end, and answers where it ends,
 * or NULL when there is none: blanks are the caller's. [+-] digits, with a point among or
 * beside them where fractions are allowed, and e [+-] digits behind; inf, infinity and nan in
 * any case. No hexadecimal. What is beyond the type becomes infinite, or the type's limit.
 *
 * Floats and doubles are to the bit what strtof and strtod answer in the C locale.
 *
 * Thread:  any.
 * Errors:  NULL; then *value is untouched.
 */
#ifndef EG_NUMBER_H
#define EG_NUMBER_H

#include "runtime/base.h"

const char *number_float(const char *at, const char *end, float *value);
const char *number_double(const char *at, const char *end, double *value);

/* Digits alone; with a sign only where negative numbers are allowed. */
const char *number_unsigned(const char *at, const char *end, uint64_t *value);
const char *number_signed(const char *at, const char *end, int64_t *value);

#endif
