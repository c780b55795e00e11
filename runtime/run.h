/*
 * Run: the little that all workers share: whether to go on, which events are left, and
 * how they are paced.
 *
 * Thread:  each field says who writes it.
 * Errors:  none.
 */
#ifndef EG_RUN_H
#define EG_RUN_H

#include "runtime/arena.h"
#include "runtime/base.h"
#include "runtime/engram.h"
#include "runtime/schedule.h"

#include <stdatomic.h>

/* What the stop flag says: go on; stop between events; leave what you do. */
enum { RUN_GO, RUN_STOP, RUN_STOP_NOW = ARENA_STOP_NOW };

typedef struct run {
    /* Written by whoever ends the run first, read by all at every event. */
    _Alignas(BASE_LINE_PAIR) atomic_int stop;
    atomic_int reason;
    /* Written by all, once in a chunk of events: of those that count, and of the warm-up. */
    _Alignas(BASE_LINE_PAIR) _Atomic uint64_t next_number;
    _Atomic uint64_t next_warmup;
    /* Written once: by the host, or by the first to end a warm-up. UINT64_MAX: no limit. */
    _Atomic uint64_t deadline_ticks;
    /* Written by all, at every failed event, when errors_max is a number. */
    _Alignas(BASE_LINE_PAIR) _Atomic uint64_t errors;
    /* Written by the host before the start line opens. */
    _Alignas(BASE_LINE_PAIR) uint64_t last_number; /* UINT64_MAX: no limit */
    uint64_t last_warmup;
    uint64_t start_ticks, warm_ticks, duration_ticks; /* 0 for no such limit */
    schedule course;     /* of an open loop: rate above 0, or stages of a rate */
    bool is_open, stages_threads;
    int operations;
    double batch_ns;     /* 0: no batches */
    double errors_max;   /* < 0: all */
    double seed;
    int threads;
    const char *payload; /* what each thread is told; of the host */
    size_t payload_bytes;
} run;

void run_init(run *shared, const eg_pool_options *options);
/* The timed span, or its warm-up, starts now. */
void run_start(run *shared, const eg_pool_options *options);
/* Why the run ends: the first reason stays, but for a failure, which always shows. */
void run_note(run *shared, int reason);
/* The same, and the flag rises; it never falls. */
void run_stop(run *shared, int reason, int how);

#endif
