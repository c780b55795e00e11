/*
 * Account: what the threads of a pool have done, so far and in the end; and what engram
 * itself adds to each event.
 */
#include "runtime/pool.h"

#include "runtime/openloop.h"
#include "runtime/os.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

uint64_t pool_measured_since(const eg_pool *pool)
{
    const eg_pool_options *options = &pool->options;
    if (!(options->warmup_s > 0 || options->warmup_events > 0)) return pool->start_ns;
    uint64_t first = 0;
    for (int i = 0; i < pool->threads; i++) {
        uint64_t since_ns = worker_progress_read(pool->seats[i].worker).since_ns;
        if (since_ns && (!first || since_ns < first)) first = since_ns;
    }
    return first;
}

double eg_pool_elapsed_s(const eg_pool *pool)
{
    uint64_t since_ns = pool_measured_since(pool);
    return since_ns && since_ns < pool->end_ns ? (double)(pool->end_ns - since_ns) * 1e-9 : 0;
}

void eg_pool_progress(const eg_pool *pool, eg_progress *progress)
{
    *progress = (eg_progress){0};
    pthread_mutex_t *mutex = (pthread_mutex_t *)&pool->mutex;
    pthread_mutex_lock(mutex);
    progress->started = pool->ready;
    progress->ended = pool->ended;
    bool open = pool->open;
    pthread_mutex_unlock(mutex);
    uint64_t since_ns = open ? pool_measured_since(pool) : 0;
    if (since_ns) progress->elapsed_s = (double)(os_monotonic_ns() - since_ns) * 1e-9;
    for (int i = 0; i < pool->threads; i++) {
        worker_progress seen = worker_progress_read(pool->seats[i].worker);
        progress->events += (double)seen.events;
        progress->errors += (double)seen.errors;
        progress->warmup_events += (double)seen.warmup_events;
        eg_arena_stats arena;
        eg_arena_stats_read(pool->seats[i].arena, &arena);
        progress->overflows += arena.overflows;
        progress->capacity = arena.capacity;
        if (arena.high_water > progress->high_water) progress->high_water = arena.high_water;
    }
}

void eg_pool_latency(const eg_pool *pool, eg_histogram *into)
{
    for (int i = 0; i < pool->threads; i++) {
        eg_histogram_merge(into, worker_books(pool->seats[i].worker)->all);
    }
}

void eg_pool_thread(const eg_pool *pool, int thread, eg_thread_report *report)
{
    seat *own = &pool->seats[thread - 1];
    worker_progress seen = worker_progress_read(own->worker);
    pthread_mutex_t *mutex = (pthread_mutex_t *)&pool->mutex;
    pthread_mutex_lock(mutex);
    bool ended = own->has_ended;
    pthread_mutex_unlock(mutex);
    *report = (eg_thread_report){
        .events = (double)seen.events, .errors = (double)seen.errors,
        .state = ended ? EG_ENDED : EG_STUCK, .phase = BASE_READ(own->phase),
    };
    report->load.warmup_events = (double)seen.warmup_events;
    report->load.warmup_errors = (double)seen.warmup_errors;
    worker_arena(own->worker, &report->arena);
    if (!ended) return;
    report->latency = worker_books(own->worker)->all;
    report->load.batch = worker_batch(own->worker);
    const openloop *load = worker_openloop(own->worker);
    if (load) {
        report->load.service = load->service;
        report->load.lag = load->lag;
        report->load.late = load->late;
        report->load.backlog = load->backlog;
    }
    report->answer = worker_answer(own->worker, &report->answer_bytes);
    report->failure = own->failure;
}

int eg_pool_operation(const eg_pool *pool, int thread, int operation, eg_operation_report *report)
{
    const books *kept = worker_books(pool->seats[thread - 1].worker);
    if (operation < 1 || operation > kept->count) return EG_INVALID;
    report->latency = kept->operations[operation - 1].latency;
    report->errors = (double)kept->operations[operation - 1].errors;
    return EG_OK;
}

/* The fastest of several rounds: in the others this thread may have been preempted. */
static double fastest_step_ns(eg_worker *worker)
{
    enum { ROUNDS = 16, STEPS = 1 << 11 };
    double least_ns = INFINITY;
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t start = os_monotonic_ns();
        for (int i = 0; i < STEPS; i++) (void)eg_next(worker);
        least_ns = fmin(least_ns, (double)(os_monotonic_ns() - start) / STEPS);
    }
    return least_ns;
}

double eg_overhead_ns(void)
{
    eg_pool_options options = {.threads = 1, .max_errors = -1, .events = 0};
    run alone;
    run_init(&alone, &options);
    eg_arena *arena = eg_arena_new((size_t)64 << 10, EG_ERROR, 0, 0);
    void *own = aligned_alloc(BASE_LINE_PAIR, WORKER_BYTES);
    void *kept = calloc(1, worker_books_bytes(&alone));
    eg_worker *worker = NULL;
    if (arena && own && kept) {
        memset(own, 0, WORKER_BYTES);
        worker = worker_in(own, &alone, arena, 0, kept);
    }
    double each_ns = worker ? fastest_step_ns(worker) : 0;
    worker_free(worker);
    eg_arena_free(arena);
    free(kept);
    free(own);
    return each_ns;
}
