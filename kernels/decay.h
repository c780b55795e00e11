/*
 * Decay: what the vector versions make of the options before they start.
 *
 * Thread:  any.
 * Errors:  none; the options have been checked.
 */
#ifndef EG_DECAY_H
#define EG_DECAY_H

#include "runtime/base.h"
#include "runtime/engram.h"

/*
 * The curves as exponents: 2^-(age * scale) or 2^-(power * log2(age * scale + shift) - log2_a).
 * Under a power law what is left is 1 where age * scale + shift is below tiny.
 */
typedef struct decay_law {
    double scale, shift, power, log2_a, tiny, floor;
} decay_law;

decay_law decay_law_of(const eg_decay_options *options);

#endif
