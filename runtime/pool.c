#define _GNU_SOURCE
#include "runtime/pool.h"

#include "runtime/arena.h"
#include "runtime/base.h"
#include "runtime/os.h"
#include "runtime/script.h"
#include "runtime/signals.h"
#include "runtime/worker.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const size_t stack_bytes = (size_t)64 << 20; /* virtual: deep recursion becomes an error */
static const uint64_t look_ns = 50000000;           /* how long a signal may go unnoticed */
static const uint64_t last_chance_ns = 250000000;   /* for kernels to see that they must leave */

/* What a thread needs from its start on, side by side: 16 of them fill a huge page. */
typedef struct piece {
    _Alignas(BASE_LINE_PAIR) char worker[WORKER_BYTES];
    char state[SCRIPT_MEMORY_BYTES];
} piece;

static_assert(sizeof(piece) == 128 << 10, "none lies in two huge pages");

static piece *piece_of(const eg_pool *pool, int id)
{
    return (piece *)(void *)ground_piece(&pool->ground, id);
}

/* ---- A thread's life ---- */

/* The host is told when there is something to see: all are there, or one will not be. */
static void get_ready(eg_pool *pool, bool ready)
{
    pthread_mutex_lock(&pool->mutex);
    pool->ready++;
    if (!ready) pool->cancelled = true;
    if (!ready || pool->ready == pool->threads) pthread_cond_signal(&pool->to_host);
    pthread_mutex_unlock(&pool->mutex);
}

/* Waits at the start line; answers whether the run begins. */
static bool start_line(seat *own, bool ready)
{
    eg_pool *pool = own->pool;
    get_ready(pool, ready);
    os_gate_pass(pool->line);
    return pool->open && ready;
}

/* The timed span ends with the last thread's last event; a rest after it is no part of it. */
static void finish_line(seat *own)
{
    eg_pool *pool = own->pool;
    if (worker_slept_through(own->worker)) return;
    uint64_t now = os_monotonic_ns();
    pthread_mutex_lock(&pool->mutex);
    if (now > pool->end_ns) pool->end_ns = now;
    pthread_mutex_unlock(&pool->mutex);
}

static void leave(seat *own)
{
    eg_pool *pool = own->pool;
    pthread_mutex_lock(&pool->mutex);
    own->has_ended = true;
    pool->ended++;
    pool->last_ended_ns = os_monotonic_ns();
    if (pool->ended >= pool->threads - 1) pthread_cond_signal(&pool->to_host);
    pthread_mutex_unlock(&pool->mutex);
}

static void *thread_main(void *argument)
{
    seat *own = argument;
    eg_pool *pool = own->pool;
    if (pool->options.cpus) os_bind(pool->options.cpus[own->id - 1]);
    char *memory = piece_of(pool, own->id)->state;
    script *opened = script_open(own->worker, &pool->options, memory, &own->failure);
    bool ready = opened && script_init(opened);
    worker_ready(own->worker);
    bool begins = start_line(own, ready);
    if (begins) {
        BASE_WRITE(own->phase, EG_RUNNING);
        script_loop(opened);
        BASE_WRITE(own->phase, EG_ENDED);
        finish_line(own);
        worker_finished(own->worker);
    }
    if (opened) {
        script_finish(opened, begins);
        script_close(opened);
    }
    leave(own);
    return NULL;
}

/* ---- Starting ---- */

static arena_options arena_of(eg_pool *pool, int id)
{
    const eg_pool_options *options = &pool->options;
    return (arena_options){
        .size_bytes = options->arena_bytes, .policy = options->arena_policy,
        .zero = options->arena_zero, .allocator = options->allocator, .owner = id,
        .shared = pool->region, .stop = &pool->shared.stop,
    };
}

static bool seat_furnish(eg_pool *pool, seat *own, int id)
{
    arena_options room = arena_of(pool, id);
    own->pool = pool;
    own->id = id;
    own->arena = arena_in(ground_arena(&pool->ground, id), &room);
    if (!own->arena) return false;
    void *own_books = pool->books + (size_t)(id - 1) * worker_books_bytes(&pool->shared);
    own->worker = worker_in(piece_of(pool, id)->worker, &pool->shared, own->arena, id, own_books);
    return own->worker != NULL;
}

static int seat_start(seat *own)
{
    pthread_attr_t how;
    void *stack = ground_stack(&own->pool->ground, own->id);
    if (!stack) return errno;
    pthread_attr_init(&how);
    pthread_attr_setstack(&how, stack, stack_bytes);
    int why = pthread_create(&own->thread, &how, thread_main, own);
    pthread_attr_destroy(&how);
    own->created = why == 0;
    return why;
}

static void pool_destroy(eg_pool *pool)
{
    for (int i = 0; pool->seats && i < pool->threads; i++) {
        worker_free(pool->seats[i].worker);
        eg_arena_free(pool->seats[i].arena);
        free(pool->seats[i].failure);
    }
    region_free(pool->region);
    ground_close(&pool->ground);
    free(pool->books);
    free(pool->seats);
    pthread_cond_destroy(&pool->to_host);
    os_gate_free(pool->line);
    pthread_mutex_destroy(&pool->mutex);
    free(pool);
}

static void pool_init_locks(eg_pool *pool)
{
    pthread_condattr_t how;
    pthread_condattr_init(&how);
    pthread_condattr_setclock(&how, CLOCK_MONOTONIC);
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->to_host, &how);
    pthread_condattr_destroy(&how);
}

static eg_pool *pool_furnish(const eg_pool_options *options)
{
    size_t bytes = base_rounded_up(sizeof(eg_pool), BASE_LINE_PAIR);
    eg_pool *pool = aligned_alloc(BASE_LINE_PAIR, bytes);
    if (!pool) return NULL;
    memset(pool, 0, sizeof *pool);
    pool->options = *options;
    pool->threads = options->threads;
    run_init(&pool->shared, options);
    pool_init_locks(pool);
    pool->seats = calloc((size_t)options->threads, sizeof *pool->seats);
    pool->line = os_gate_new();
    pool->books = calloc((size_t)options->threads, worker_books_bytes(&pool->shared));
    arena_options room = arena_of(pool, 0);
    pool->ground = (ground){.threads = options->threads, .stack_bytes = stack_bytes,
                            .piece_bytes = sizeof(piece)};
    bool whole = pool->seats && pool->line && pool->books && ground_open(&pool->ground, &room);
    if (whole && options->allocator == EG_SHARED) {
        pool->region = region_new(options->arena_bytes * (size_t)options->threads);
        whole = pool->region != NULL;
    }
    if (whole) return pool;
    pool_destroy(pool);
    return NULL;
}

/* Lets those that wait at the start line, or come there, go home. */
static void pool_cancel(eg_pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    pool->cancelled = true;
    pthread_mutex_unlock(&pool->mutex);
    os_gate_open(pool->line);
}

/* Threads that were never made count as ended. */
static void pool_count_out(eg_pool *pool)
{
    pthread_mutex_lock(&pool->mutex);
    pool->ended += pool->threads - pool->created;
    pthread_mutex_unlock(&pool->mutex);
}

/* What a thread takes, what the system allows, and what to do about it. */
static void add_limits(char *error, size_t error_bytes, const eg_pool_options *options)
{
    char limits[128];
    size_t used = strlen(error);
    os_limits(limits, sizeof limits);
    snprintf(error + used, error_bytes - used,
             "; each takes a stack of %zu MB and an arena of %.4g MB of address space; the limits "
             "are: %s; ask for fewer threads (-t), smaller arenas (--arena-size), or raise a "
             "limit", stack_bytes >> 20, (double)options->arena_bytes / (1 << 20), limits);
}

/* Furnishes and starts one thread after the other: those started run meanwhile. */
static bool pool_start(eg_pool *pool, char *error, size_t error_bytes)
{
    const eg_pool_options *options = &pool->options;
    for (int i = 0; i < pool->threads; i++) {
        bool furnished = seat_furnish(pool, &pool->seats[i], i + 1);
        int why = furnished ? seat_start(&pool->seats[i]) : ENOMEM;
        if (why == 0) {
            pool->created++;
            continue;
        }
        snprintf(error, error_bytes, "thread %d of %d could not be started: %s", i + 1,
                 pool->threads, strerror(why));
        add_limits(error, error_bytes, options);
        return false;
    }
    return true;
}

eg_pool *eg_pool_new(const eg_pool_options *options, char *error, size_t error_bytes)
{
    eg_pool *pool = pool_furnish(options);
    if (!pool) {
        snprintf(error, error_bytes, "no address space for %d thread%s", options->threads,
                 options->threads == 1 ? "" : "s");
        add_limits(error, error_bytes, options);
        return NULL;
    }
    signals_hold(); /* for good in the threads, and here while they start */
    bool started = pool_start(pool, error, error_bytes);
    signals_release();
    if (started) return pool;
    run_stop(&pool->shared, EG_STOP_ERROR, RUN_STOP_NOW);
    pool_cancel(pool);
    pool_count_out(pool);
    eg_pool_free(pool);
    return NULL;
}

/* ---- Watching ---- */

/* The timed span starts. */
static void open_start_line(eg_pool *pool)
{
    os_clock_settle();
    pool->start_ns = pool->end_ns = os_monotonic_ns();
    run_start(&pool->shared, &pool->options);
    pool->open = true;
}

/* The line opens when all threads are ready, or they all go home: when one of
 * them failed, or when the run was stopped before it began. */
static void look_at_start(eg_pool *pool)
{
    if (pool->open) return;
    bool goes_on = atomic_load(&pool->shared.stop) == RUN_GO;
    if (goes_on && pool->cancelled) run_stop(&pool->shared, EG_STOP_ERROR, RUN_STOP);
    pool->cancelled = atomic_load(&pool->shared.stop) != RUN_GO;
    if (!pool->cancelled && pool->ready < pool->threads) return;
    if (!pool->cancelled) open_start_line(pool);
    os_gate_open(pool->line);
}

/* A thread inside a long event does not see its deadline; the host does. */
static void look_at_deadline(eg_pool *pool, uint64_t now)
{
    if (!pool->open || pool->options.duration_s <= 0) return;
    uint64_t since_ns = pool_measured_since(pool);
    if (!since_ns || (double)now - (double)since_ns < pool->options.duration_s * 1e9) return;
    run_stop(&pool->shared, EG_STOP_DURATION, RUN_STOP);
}

/* Since when the threads that are left are expected to end; 0: they are not. */
static uint64_t grace_since(eg_pool *pool, uint64_t now)
{
    bool stopping = atomic_load_explicit(&pool->shared.stop, memory_order_relaxed) != RUN_GO;
    if (stopping && pool->stop_seen_ns == 0) pool->stop_seen_ns = now;
    if (pool->stop_seen_ns) return pool->stop_seen_ns;
    bool one_left = pool->open && pool->threads > 1 && pool->ended == pool->threads - 1;
    return one_left ? pool->last_ended_ns : 0;
}

static void look_at_grace(eg_pool *pool, uint64_t now)
{
    uint64_t since = grace_since(pool, now);
    double grace_ns = pool->options.grace_s * 1e9;
    if (since == 0 || (double)(now - since) < grace_ns) return;
    run_stop(&pool->shared, EG_STOP_STUCK, RUN_STOP_NOW);
    if ((double)(now - since) < grace_ns + (double)last_chance_ns) return;
    pool->stuck = true;
    /* Grace is no part of the timed span: with no finish, that ends where grace began. */
    if (pool->open && pool->end_ns == pool->start_ns) pool->end_ns = since;
}

static struct timespec timespec_of(uint64_t ns)
{
    return (struct timespec){(time_t)(ns / 1000000000u), (long)(ns % 1000000000u)};
}

/* One look at everything. Called with the mutex held. */
static int pool_look(eg_pool *pool)
{
    if (eg_signal_caught()) run_stop(&pool->shared, EG_STOP_INTERRUPTED, RUN_STOP_NOW);
    look_at_start(pool);
    uint64_t now = os_monotonic_ns();
    if (pool->ended == pool->threads) return EG_ENDED;
    look_at_deadline(pool, now);
    look_at_grace(pool, now);
    if (pool->stuck) return EG_STUCK;
    return pool->open ? EG_RUNNING : EG_STARTING;
}

int eg_pool_wait(eg_pool *pool, double ms)
{
    uint64_t until = os_monotonic_ns() + (uint64_t)(ms * 1e6);
    pthread_mutex_lock(&pool->mutex);
    int phase = pool_look(pool);
    while (phase == EG_STARTING || phase == EG_RUNNING) {
        uint64_t now = os_monotonic_ns();
        if (now >= until) break;
        struct timespec next = timespec_of(now + look_ns < until ? now + look_ns : until);
        pthread_cond_timedwait(&pool->to_host, &pool->mutex, &next);
        int before = phase;
        phase = pool_look(pool);
        if (phase != before) break;
    }
    pthread_mutex_unlock(&pool->mutex);
    return phase;
}

void eg_pool_stop(eg_pool *pool, int reason)
{
    run_stop(&pool->shared, reason, reason == EG_STOP_INTERRUPTED ? RUN_STOP_NOW : RUN_STOP);
}

int eg_pool_stop_reason(const eg_pool *pool)
{
    return atomic_load(&pool->shared.reason);
}

/* ---- The end ---- */

/* Joins those that have ended, and those that will. */
static int pool_join(eg_pool *pool)
{
    int given_up = 0;
    for (int i = 0; i < pool->created; i++) {
        seat *own = &pool->seats[i];
        pthread_mutex_lock(&pool->mutex);
        bool ended = own->has_ended;
        pthread_mutex_unlock(&pool->mutex);
        if (pool->stuck && !ended) {
            pthread_detach(own->thread);
            given_up++;
        } else {
            pthread_join(own->thread, NULL);
        }
    }
    return given_up;
}

int eg_pool_free(eg_pool *pool)
{
    if (!pool) return 0;
    run_stop(&pool->shared, EG_STOP_INTERRUPTED, RUN_STOP_NOW);
    pool_cancel(pool);
    while (eg_pool_wait(pool, 1000) < EG_ENDED) {}
    int given_up = pool_join(pool);
    if (given_up == 0) pool_destroy(pool);
    return given_up;
}
