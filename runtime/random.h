/*
 * Random: numbers that depend on (seed, stream, count) and on nothing else, so
 * the same event draws the same numbers on any thread at any time.
 * The public half is in engram.h.
 *
 * Thread:  a generator belongs to one.
 * Errors:  none.
 */
#ifndef EG_RANDOM_H
#define EG_RANDOM_H

#include "runtime/base.h"
#include "runtime/engram.h"

/* Streams above every event number: what a thread draws before its first
 * event, and after its last. */
double random_stream_before(int thread);
double random_stream_after(int thread);
/* When a thread's events are due; and what the events of a warm-up draw. */
double random_stream_arrivals(int thread);
double random_stream_warmup(uint64_t number);

#endif
