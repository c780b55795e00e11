/*
 * Worker: one thread's clock, event numbers, latencies and statistics; and the
 * run, the little that all workers share.
 *
 * Thread:  a worker is written by its thread alone. The host reads its
 *          progress at any time, and the rest once the thread has ended.
 *          The run's fields say who writes them.
 * Errors:  worker_new answers NULL without memory.
 */
#ifndef EG_WORKER_H
#define EG_WORKER_H

#include "runtime/arena.h"
#include "runtime/base.h"
#include "runtime/engram.h"

#include <stdatomic.h>

/* What the stop flag says: go on; stop between events; leave what you do. */
enum { RUN_GO, RUN_STOP, RUN_STOP_NOW = ARENA_STOP_NOW };

typedef struct run {
    /* Written by whoever ends the run first, read by all at every event. */
    _Alignas(BASE_LINE_PAIR) atomic_int stop;
    atomic_int reason;
    /* Written by all, once in a chunk of events. */
    _Alignas(BASE_LINE_PAIR) _Atomic uint64_t next_number;
    /* Written by all, at every failed event, when errors_max is a number. */
    _Alignas(BASE_LINE_PAIR) _Atomic uint64_t errors;
    /* Written by the host before the start line opens. */
    _Alignas(BASE_LINE_PAIR) uint64_t last_number; /* UINT64_MAX: no limit */
    uint64_t deadline_ticks;                       /* UINT64_MAX: no limit */
    double errors_max;                             /* < 0: all */
    double seed;
    int threads;
} run;

void run_init(run *shared, const eg_pool_options *options);
/* Why the run ends: the first reason stays, but for a failure, which always shows. */
void run_note(run *shared, int reason);
/* The same, and the flag rises; it never falls. */
void run_stop(run *shared, int reason, int how);

/* What a worker shows while it runs. */
typedef struct worker_progress {
    uint64_t events, errors;
} worker_progress;

eg_worker *worker_new(run *shared, eg_arena *arena, int id, const char *payload,
                      size_t payload_bytes);
void worker_free(eg_worker *worker);

/* thread_init is over: what it took stays. And: the last event is over. */
void worker_ready(eg_worker *worker);
void worker_finished(eg_worker *worker);

worker_progress worker_progress_read(const eg_worker *worker);
const eg_histogram *worker_latency(const eg_worker *worker);
const char *worker_answer(const eg_worker *worker, size_t *bytes);

#endif
