/*
 * Pool: all workers of a run: starting, the start line, stopping, joining.
 * The public half is in engram.h.
 *
 * Thread:  every eg_pool function is the host's, from one thread. A worker
 *          thread writes only its own seat and, under the pool's mutex, ready,
 *          ended, cancelled, end_ns and last_ended_ns; it reads open once the
 *          start line has let it pass.
 * Errors:  eg_pool_new answers NULL and a message; nothing is left behind, but threads already
 *          begun that do not come back, and what they use: the payload must stay then.
 */
#ifndef EG_POOL_H
#define EG_POOL_H

#include "runtime/arena.h"
#include "runtime/base.h"
#include "runtime/engram.h"
#include "runtime/ground.h"
#include "runtime/os.h"
#include "runtime/run.h"
#include "runtime/worker.h"

#include <pthread.h>
#include <stdatomic.h>

/* A thread and its worker. has_ended changes under the pool's mutex. phase is the thread's:
 * starting, running, or, after its last event, ended. */
typedef struct seat {
    struct eg_pool *pool;
    pthread_t thread;
    eg_worker *worker;
    eg_arena *arena;
    int id;
    atomic_int phase;
    bool created, has_ended;
    char *failure;
} seat;

struct eg_pool {
    run shared;
    pthread_mutex_t mutex;
    pthread_cond_t to_host;
    os_gate *line; /* the start line */
    eg_pool_options options;
    region *region;
    seat *seats;
    ground ground;
    char *books; /* of all threads: of large zeroed memory only what is used becomes pages */
    int threads, created, ready, ended;
    bool open, cancelled, stuck;
    uint64_t start_ns, end_ns;            /* of the timed span */
    uint64_t stop_seen_ns, last_ended_ns; /* where the two periods of grace start */
};

/* When the first thread began to measure; 0 while all are warming up. */
uint64_t pool_measured_since(const eg_pool *pool);

#endif
