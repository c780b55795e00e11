/*
 * Pool: all workers of a run: starting, the start line, stopping, joining.
 * The public half is in engram.h.
 *
 * Thread:  every eg_pool function is the host's, from one thread. A worker
 *          thread touches only its own seat, and the pool's mutex when it
 *          gets ready and when it ends.
 * Errors:  eg_pool_new answers NULL and a message; nothing is left behind.
 */
#ifndef EG_POOL_H
#define EG_POOL_H

#include "runtime/engram.h"

#endif
