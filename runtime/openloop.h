/*
 * Open loop: one thread's events, each at the time it is due, however long those before
 * it took. What users wait for counts from when an event was due; what the event itself
 * takes, and what it waited for its turn, are kept beside it.
 *
 * Thread:  its worker's. The host reads the histograms' counts at any time, and all else
 *          once the thread has ended.
 * Errors:  openloop_new answers NULL without memory.
 */
#ifndef EG_OPENLOOP_H
#define EG_OPENLOOP_H

#include "runtime/base.h"
#include "runtime/engram.h"
#include "runtime/schedule.h"

#include <stdatomic.h>

typedef struct openloop {
    const schedule *course;
    pace at;
    uint64_t start_ticks;
    double ns_per_tick;
    uint64_t due, began; /* of the running event, or of the next; ticks */
    bool waits;
    eg_histogram *service, *lag;
    double late, backlog;
} openloop;

openloop *openloop_new(const schedule *course, int thread);
void openloop_free(openloop *loop);

/* The schedule starts at start_ticks. By the thread itself. */
void openloop_start(openloop *loop, uint64_t start_ticks);

/* Waits for the next arrival. false: the deadline, in ticks, is nearer, or *stop rose. */
bool openloop_wait(openloop *loop, uint64_t deadline, const atomic_int *stop);

/* The running event ended now, and counts: answers its latency in nanoseconds. */
uint64_t openloop_ended(openloop *loop, uint64_t now);

/* All that was recorded so far belongs to a warm-up. */
void openloop_forget(openloop *loop);

/* The thread is through: what was due by end and did not begin is the backlog. */
void openloop_finish(openloop *loop, uint64_t end);

#endif
