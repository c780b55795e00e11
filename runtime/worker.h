/*
 * Worker: one thread's clock, event numbers, latencies and statistics.
 *
 * Thread:  a worker is written by its thread alone. The host reads its
 *          progress at any time, and the rest once the thread has ended.
 * Errors:  worker_in answers NULL without memory.
 */
#ifndef EG_WORKER_H
#define EG_WORKER_H

#include "runtime/arena.h"
#include "runtime/base.h"
#include "runtime/books.h"
#include "runtime/engram.h"
#include "runtime/openloop.h"
#include "runtime/run.h"

/* What a worker shows while it runs. since_ns: the monotonic time from which on its events
 * count; 0 while it warms up. */
typedef struct worker_progress {
    uint64_t events, errors, warmup_events, warmup_errors, since_ns;
} worker_progress;

/* What it takes itself, and what its latencies take: zeroed memory of the caller's, which outlives
 * it. */
enum { WORKER_BYTES = 8 << 10 };
size_t worker_books_bytes(const run *shared);
eg_worker *worker_in(void *zeroed, run *shared, eg_arena *arena, int id, void *books_memory);
void worker_free(eg_worker *worker);

/* thread_init is over: what it took stays. And: the last event is over. */
void worker_ready(eg_worker *worker);
void worker_finished(eg_worker *worker);
/* Did others have the last events while it rested? */
bool worker_slept_through(const eg_worker *worker);

worker_progress worker_progress_read(const eg_worker *worker);
const books *worker_books(const eg_worker *worker);
/* How many events the next batch is to have. */
uint32_t worker_batch(const eg_worker *worker);
/* NULL in a closed loop. */
const openloop *worker_openloop(const eg_worker *worker);
/* What the arena did since the events count. */
void worker_arena(const eg_worker *worker, eg_arena_stats *stats);
const char *worker_answer(const eg_worker *worker, size_t *bytes);

#endif
