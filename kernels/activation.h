/*
 * Activation: how a cycle of a fire-once spread ends for one node, whether a set of seeds
 * spreads alone (settle.c) or beside others (frontier.c), and which kind of cycle comes next.
 *
 * Thread:  any; there is no state.
 * Errors:  none.
 */
#ifndef EG_ACTIVATION_H
#define EG_ACTIVATION_H

#include "runtime/base.h"

#include <float.h>
#include <math.h>

/* SMALL: so many nodes take less to clear, and to look at in each cycle, than to choose among. */
enum { ACTIVATION_SMALL = 2048, ACTIVATION_NODES_PER_ARC = 8 };

static inline double activation_joined(double total, double pulse, bool is_max)
{
    /* A pulse of 0 is none, and not more than a seed below 0. */
    if (is_max) return pulse > 0 && pulse > total ? pulse : total;
    return total + pulse;
}

static inline double activation_clamped(double total, double clamp)
{
    return total < 0 ? 0 : total > clamp ? clamp : total;
}

static inline bool activation_in_range(double x)
{
    return fabs(x) <= (double)FLT_MAX;
}

/* A dense cycle pays from one arc for so many nodes on; and always in a small graph. */
static inline bool activation_is_dense(size_t nodes, size_t arcs_out)
{
    return nodes <= ACTIVATION_SMALL || arcs_out >= nodes / ACTIVATION_NODES_PER_ARC;
}

#endif
