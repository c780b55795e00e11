/*
 * Methods: what is asked of the options of a method, sources aside, wherever it is run.
 *
 * Thread:  any; once_ends that of the arena.
 * Errors:  none; of once_ends an eg_status.
 */
#ifndef EG_METHODS_H
#define EG_METHODS_H

#include "runtime/base.h"
#include "runtime/engram.h"

bool ppr_is_valid(const eg_ppr *call);
bool spreadr_is_valid(const eg_spreadr *call);
bool once_is_valid(const eg_spread *call);

/* Are these seeds for a fire-once spread? */
bool once_starts_from(const eg_graph *graph, const uint32_t *seeds, const double *activations,
                      uint32_t count);
/* EG_INVALID: refire, and nothing that would end it. Takes the scratch of eg_spread_gain. */
int once_ends(eg_arena *arena, const eg_spread *call);

#endif
