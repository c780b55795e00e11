/*
 * Signals: SIGINT and SIGTERM as a fact that the host looks up.
 *
 * The first one is remembered and stops the run; a second one ends the process
 * at once. Threads are started with these and all others held back but those of their own
 * faults, so that none but the host ever handles one. The public half is in engram.h.
 *
 * SIGBUS comes to whoever reads a mapped file where it has been cut off; one repairer may
 * put something there instead.
 *
 * Thread:  the host's, but for signals_guard.
 * Errors:  false where the system has a say.
 */
#ifndef EG_SIGNALS_H
#define EG_SIGNALS_H

#include "runtime/base.h"
#include "runtime/engram.h"

/* A thread created in between starts with all signals blocked, faults aside. */
void signals_hold(void);
void signals_release(void);

/* From now on repair is asked, in the handler, about every address that can not be read; where
 * it answers false, whoever handled the signal before does. To be called with the same one. */
bool signals_guard(bool (*repair)(void *address));

#endif
