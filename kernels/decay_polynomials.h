/*
 * Polynomials: those that the instruction sets' decays share, lowest degree first, each
 * for the range it is named with.
 *
 * Thread:  any.
 * Errors:  none.
 */
#ifndef EG_DECAY_POLYNOMIALS_H
#define EG_DECAY_POLYNOMIALS_H

/* (2^x - 1) / x, |x| <= 1/2, in float; the fast one has a term less. */
static const float exp2_exact[] = {0.6931472f, 0.24022648f, 0.0555036f, 0.009618506f,
                                   0.0013390806f, 0.00015326463f};
static const float exp2_quick[] = {0.693147f, 0.24022247f, 0.055507112f, 0.009671294f,
                                   0.0013269407f};

/* log2(m) / s in s^2, s = (m - 1)/(m + 1), m in [0.707, 1.414), in double. */
static const double log2_terms[] = {2.8853900817778504, 0.9617966941123595, 0.5770779426302618,
                                    0.41220922733052445, 0.3199066608891474, 0.28288718263073565};

#endif
