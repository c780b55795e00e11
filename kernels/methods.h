/*
 * Methods: what is asked of the options of a method, sources aside, wherever it is run.
 *
 * Thread:  any.
 * Errors:  none.
 */
#ifndef EG_METHODS_H
#define EG_METHODS_H

#include "runtime/base.h"
#include "runtime/engram.h"

bool ppr_is_valid(const eg_ppr *call);
bool spreadr_is_valid(const eg_spreadr *call);

#endif
