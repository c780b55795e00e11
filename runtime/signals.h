/*
 * Signals: SIGINT and SIGTERM as a fact that the host looks up.
 *
 * The first one is remembered and stops the run; a second one ends the process
 * at once. Threads are started with all signals held back, so that none but the
 * host ever handles one. The public half is in engram.h.
 *
 * Thread:  the host's.
 * Errors:  none.
 */
#ifndef EG_SIGNALS_H
#define EG_SIGNALS_H

#include "runtime/base.h"
#include "runtime/engram.h"

/* A thread created in between starts with all signals blocked. */
void signals_hold(void);
void signals_release(void);

#endif
