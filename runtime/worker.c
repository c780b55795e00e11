/*
 * The step is eg_next. One read of the clock ends an event and starts the
 * next; the raw stamp goes into a ring of the worker's own. Everything else
 * (deadline, full ring, used-up event numbers, stop flag) is one test away in
 * worker_turn, which turns the ring into a histogram and reads the clock
 * again, so that its work belongs to no event.
 */
#include "runtime/worker.h"

#include "runtime/histogram.h"
#include "runtime/os.h"
#include "runtime/random.h"

#include <stdlib.h>
#include <string.h>

enum { RING = 256, CHUNK_MAX = 4096, CHUNKS_PER_THREAD = 4 };

static const double flush_every_ns = 100e6;
static const double chunk_ns = 200e3; /* how long a chunk of event numbers should last */

struct eg_worker {
    _Alignas(BASE_LINE_PAIR) uint64_t check_at; /* the deadline or the next flush */
    uint64_t number, number_end;                /* the next event's, and the end of the chunk */
    eg_arena *arena;
    run *shared;
    eg_random random;
    uint32_t stamps;
    bool running, is_void;
    uint64_t ring[RING];

    uint64_t last; /* when the first event in the ring started */
    uint64_t flush_ticks;
    uint64_t chunk_start, chunk;
    double ns_per_tick;
    eg_histogram *latency;
    int id;
    const char *payload;
    size_t payload_bytes;
    char *answer;
    size_t answer_bytes;

    /* Read by the host at any time. */
    _Alignas(BASE_LINE_PAIR) _Atomic uint64_t events;
    _Atomic uint64_t errors;
};

#define READ(field) atomic_load_explicit(&(field), memory_order_relaxed)
#define WRITE(field, value) atomic_store_explicit(&(field), (value), memory_order_relaxed)

/* ---- The run ---- */

void run_init(run *shared, const eg_pool_options *options)
{
    memset(shared, 0, sizeof *shared);
    atomic_store(&shared->next_number, 1);
    shared->last_number = options->events > 0 ? (uint64_t)options->events : UINT64_MAX - CHUNK_MAX;
    shared->deadline_ticks = UINT64_MAX;
    shared->errors_max = options->max_errors;
    shared->seed = options->seed;
    shared->threads = options->threads;
}

void run_note(run *shared, int reason)
{
    int now = READ(shared->reason);
    while ((now == EG_STOP_NONE || (reason >= EG_STOP_ERROR && reason > now)) &&
           !atomic_compare_exchange_weak(&shared->reason, &now, reason)) {}
}

void run_stop(run *shared, int reason, int how)
{
    run_note(shared, reason);
    int now = READ(shared->stop);
    while (now < how && !atomic_compare_exchange_weak(&shared->stop, &now, how)) {}
}

/* ---- Life ---- */

eg_worker *worker_new(run *shared, eg_arena *arena, int id, const char *payload,
                      size_t payload_bytes)
{
    size_t bytes = (sizeof(eg_worker) + BASE_LINE_PAIR - 1) / BASE_LINE_PAIR * BASE_LINE_PAIR;
    eg_worker *worker = aligned_alloc(BASE_LINE_PAIR, bytes);
    if (!worker) return NULL;
    memset(worker, 0, sizeof *worker);
    worker->latency = eg_histogram_new();
    if (!worker->latency) {
        free(worker);
        return NULL;
    }
    worker->shared = shared;
    worker->arena = arena;
    worker->id = id;
    worker->payload = payload;
    worker->payload_bytes = payload_bytes;
    worker->random = (eg_random){shared->seed, random_stream_before(id), 0};
    return worker;
}

void worker_free(eg_worker *worker)
{
    if (!worker) return;
    eg_histogram_free(worker->latency);
    free(worker->answer);
    free(worker);
}

void worker_ready(eg_worker *worker)
{
    arena_keep(worker->arena);
}

void worker_finished(eg_worker *worker)
{
    worker->random = (eg_random){worker->shared->seed, random_stream_after(worker->id), 0};
}

/* ---- The step ---- */

/* Turns the ring into the histogram. The time this takes is nobody's. */
static void worker_flush(eg_worker *worker)
{
    uint64_t last = worker->last;
    for (uint32_t i = 0; i < worker->stamps; i++) {
        uint64_t stamp = worker->ring[i];
        /* A stamp counter may step back by a few ticks when a thread moves to another core. */
        double ticks = stamp > last ? (double)(stamp - last) : 0;
        eg_histogram_record(worker->latency, (uint64_t)(ticks * worker->ns_per_tick + 0.5));
        last = stamp;
    }
    WRITE(worker->events, READ(worker->events) + worker->stamps);
    worker->stamps = 0;
    worker->last = os_ticks();
    uint64_t due = worker->last + worker->flush_ticks, deadline = worker->shared->deadline_ticks;
    worker->check_at = due < deadline ? due : deadline;
}

static void worker_begin(eg_worker *worker)
{
    worker->running = true;
    worker->stamps = 0; /* this call ended no event */
    worker->ns_per_tick = os_ns_per_tick();
    worker->flush_ticks = (uint64_t)(flush_every_ns / worker->ns_per_tick);
    worker_flush(worker);
    worker->chunk_start = worker->last;
}

/*
 * Claims the next event numbers: as many as last chunk_ns at the pace of the
 * last chunk, at most CHUNK_MAX, and few when few are left, so that all threads
 * end together.
 */
static bool worker_claim(eg_worker *worker, uint64_t now)
{
    run *shared = worker->shared;
    uint64_t next = READ(shared->next_number);
    if (next > shared->last_number) return false;
    double last_ns = (double)(now - worker->chunk_start) * worker->ns_per_tick + 1;
    double fast = (double)worker->chunk * chunk_ns / last_ns;
    uint64_t left = (shared->last_number - next + 1) /
                    ((uint64_t)CHUNKS_PER_THREAD * (uint64_t)shared->threads);
    uint64_t chunk = fast > CHUNK_MAX ? CHUNK_MAX : (uint64_t)fast;
    if (chunk > left) chunk = left;
    if (chunk < 1) chunk = 1;

    uint64_t first = atomic_fetch_add_explicit(&shared->next_number, chunk, memory_order_relaxed);
    if (first > shared->last_number) return false;
    if (chunk > shared->last_number - first + 1) chunk = shared->last_number - first + 1;
    worker->number = first;
    worker->number_end = first + chunk;
    worker->chunk = chunk;
    worker->chunk_start = now;
    return true;
}

static double worker_start_event(eg_worker *worker)
{
    worker->random.stream = (double)worker->number;
    worker->random.count = 0;
    return (double)worker->number++;
}

/* Whatever is not the plain step. now is the stamp that ended the last event. */
BASE_COLD static double worker_turn(eg_worker *worker, uint64_t now)
{
    run *shared = worker->shared;
    if (worker->is_void && worker->stamps > 0) worker->stamps--;
    worker->is_void = false;
    if (!worker->running) worker_begin(worker);
    if (now >= shared->deadline_ticks) run_stop(shared, EG_STOP_DURATION, RUN_STOP);
    bool goes_on = READ(shared->stop) == RUN_GO;
    if (goes_on && worker->number == worker->number_end && !worker_claim(worker, now)) {
        run_note(shared, EG_STOP_EVENTS);
        goes_on = false;
    }
    if (!goes_on || worker->stamps == RING || now >= worker->check_at) worker_flush(worker);
    if (!goes_on) {
        worker->running = false;
        return -1;
    }
    return worker_start_event(worker);
}

double eg_next(eg_worker *worker)
{
    uint64_t now = os_ticks();
    worker->ring[worker->stamps++] = now;
    arena_reset(worker->arena);
    bool plain = (worker->stamps < RING) & (now < worker->check_at) &
                 (worker->number != worker->number_end) & (READ(worker->shared->stop) == RUN_GO);
    if (BASE_UNLIKELY(!plain)) return worker_turn(worker, now);
    return worker_start_event(worker);
}

void eg_event_failed(eg_worker *worker)
{
    run *shared = worker->shared;
    WRITE(worker->errors, READ(worker->errors) + 1);
    if (shared->errors_max < 0) return;
    uint64_t errors = atomic_fetch_add_explicit(&shared->errors, 1, memory_order_relaxed) + 1;
    if ((double)errors > shared->errors_max) run_stop(shared, EG_STOP_ERROR, RUN_STOP);
}

void eg_event_void(eg_worker *worker)
{
    worker->is_void = true;
    worker->check_at = 0; /* so that eg_next takes the long way and sees it */
}

void eg_worker_stop(eg_worker *worker, int reason)
{
    run_stop(worker->shared, reason, RUN_STOP);
}

double eg_overhead_ns(void)
{
    enum { ROUNDS = 1 << 15 };
    arena_options room = {.size_bytes = (size_t)64 << 10, .policy = EG_ERROR};
    eg_pool_options options = {.threads = 1, .max_errors = -1, .events = 0};
    run alone;
    run_init(&alone, &options);
    eg_arena *arena = arena_new(&room);
    eg_worker *worker = arena ? worker_new(&alone, arena, 0, NULL, 0) : NULL;
    double each_ns = 0;
    if (worker) {
        uint64_t start = os_monotonic_ns();
        for (int i = 0; i < ROUNDS; i++) (void)eg_next(worker);
        each_ns = (double)(os_monotonic_ns() - start) / ROUNDS;
    }
    worker_free(worker);
    eg_arena_free(arena);
    return each_ns;
}

/* ---- What scripts and the host ask ---- */

eg_arena *eg_worker_arena(eg_worker *worker)
{
    return worker->arena;
}

eg_random *eg_worker_random(eg_worker *worker)
{
    return &worker->random;
}

int eg_worker_id(const eg_worker *worker)
{
    return worker->id;
}

const char *eg_worker_payload(const eg_worker *worker, double *bytes)
{
    *bytes = (double)worker->payload_bytes;
    return worker->payload;
}

int eg_worker_answer(eg_worker *worker, const char *text, size_t bytes)
{
    char *copy = malloc(bytes + 1);
    if (!copy) return EG_INVALID;
    memcpy(copy, text, bytes);
    copy[bytes] = 0;
    free(worker->answer);
    worker->answer = copy;
    worker->answer_bytes = bytes;
    return EG_OK;
}

worker_progress worker_progress_read(const eg_worker *worker)
{
    return (worker_progress){READ(worker->events), READ(worker->errors)};
}

const eg_histogram *worker_latency(const eg_worker *worker)
{
    return worker->latency;
}

const char *worker_answer(const eg_worker *worker, size_t *bytes)
{
    *bytes = worker->answer_bytes;
    return worker->answer;
}
