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

enum { RING = 256, CHUNKS_PER_THREAD = 4 };

static const double flush_every_ns = 100e6;
static const uint64_t nap_ns = 10000000;
static const double chunk_ns = 200e3; /* how long a chunk of event numbers should last */

struct eg_worker {
    _Alignas(BASE_LINE_PAIR) uint64_t check_at; /* the deadline or the next flush */
    uint64_t number, number_end;                /* the next event's, and the end of the chunk */
    eg_arena *arena;
    run *shared;
    eg_random random;
    uint32_t stamps;
    bool running, is_void, is_warming;
    double stream_base; /* of the numbers that events draw: 0 but in a warm-up */
    uint64_t ring[RING];

    uint64_t last; /* when the first event in the ring started */
    uint64_t flush_ticks;
    uint64_t chunk_start, chunk;
    double ns_per_tick;
    eg_histogram *latency;
    openloop *load; /* NULL: events follow each other */
    eg_arena_stats before; /* what the warm-up did to the arena */
    int id;
    const char *payload;
    size_t payload_bytes;
    char *answer;
    size_t answer_bytes;

    /* Read by the host at any time. */
    _Alignas(BASE_LINE_PAIR) _Atomic uint64_t events;
    _Atomic uint64_t errors, warmup_events, warmup_errors, since_ns;
};

/* ---- Life ---- */

eg_worker *worker_new(run *shared, eg_arena *arena, int id, const char *payload,
                      size_t payload_bytes)
{
    size_t bytes = (sizeof(eg_worker) + BASE_LINE_PAIR - 1) / BASE_LINE_PAIR * BASE_LINE_PAIR;
    eg_worker *worker = aligned_alloc(BASE_LINE_PAIR, bytes);
    if (!worker) return NULL;
    memset(worker, 0, sizeof *worker);
    worker->latency = eg_histogram_new();
    if (shared->is_open) worker->load = openloop_new(&shared->course, id);
    if (!worker->latency || (shared->is_open && !worker->load)) {
        worker_free(worker);
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
    openloop_free(worker->load);
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
    for (uint32_t i = 0; i < worker->stamps && !worker->is_warming; i++) {
        uint64_t stamp = worker->ring[i];
        /* A stamp counter may step back by a few ticks when a thread moves to another core. */
        double ticks = stamp > last ? (double)(stamp - last) : 0;
        eg_histogram_record(worker->latency, (uint64_t)(ticks * worker->ns_per_tick + 0.5));
        last = stamp;
    }
    if (worker->is_warming) BASE_ADD(worker->warmup_events, worker->stamps);
    else BASE_ADD(worker->events, worker->stamps);
    worker->stamps = 0;
    worker->last = os_ticks();
    const run *shared = worker->shared;
    uint64_t check_at = worker->last + worker->flush_ticks;
    uint64_t deadline = BASE_READ(shared->deadline_ticks);
    if (deadline < check_at) check_at = deadline;
    if (worker->is_warming && shared->warm_ticks && shared->warm_ticks < check_at) {
        check_at = shared->warm_ticks;
    }
    worker->check_at = check_at;
}

/* From now on everything counts. Whatever the ring holds began before that. */
static void worker_measure(eg_worker *worker, uint64_t now)
{
    run *shared = worker->shared;
    worker_flush(worker);
    worker->is_warming = false;
    worker->stream_base = 0;
    worker->number = worker->number_end = 0;
    if (worker->load) openloop_forget(worker->load);
    arena_forget_peak(worker->arena);
    eg_arena_stats_read(worker->arena, &worker->before);
    BASE_WRITE(worker->since_ns, os_monotonic_ns());
    uint64_t none = UINT64_MAX;
    if (!shared->duration_ticks) return;
    atomic_compare_exchange_strong(&shared->deadline_ticks, &none, now + shared->duration_ticks);
}

static void worker_begin(eg_worker *worker)
{
    run *shared = worker->shared;
    bool is_first = !worker->ns_per_tick;
    worker->running = true;
    worker->stamps = 0; /* this call ended no event */
    worker->ns_per_tick = os_ns_per_tick();
    worker->flush_ticks = (uint64_t)(flush_every_ns / worker->ns_per_tick);
    if (is_first && shared->last_warmup > 0) {
        worker->is_warming = true;
        worker->stream_base = random_stream_warmup(0);
    }
    if (is_first && worker->load) openloop_start(worker->load, shared->start_ticks);
    worker_flush(worker);
    worker->chunk_start = worker->last;
}

/*
 * How many event numbers to claim: as many as last chunk_ns at the pace of the last
 * chunk, at most RUN_CHUNK_MAX, and few when few are left, so that all threads end together.
 * One under a rate, where a thread may be late while others wait.
 */
static uint64_t chunk_size(const eg_worker *worker, uint64_t now, uint64_t all_left)
{
    if (worker->load) return 1;
    double last_ns = (double)(now - worker->chunk_start) * worker->ns_per_tick + 1;
    double fast = (double)worker->chunk * chunk_ns / last_ns;
    uint64_t left = all_left / ((uint64_t)CHUNKS_PER_THREAD * (uint64_t)worker->shared->threads);
    uint64_t chunk = fast > RUN_CHUNK_MAX ? RUN_CHUNK_MAX : (uint64_t)fast;
    if (chunk > left) chunk = left;
    return chunk < 1 ? 1 : chunk;
}

/* Claims the next event numbers from a counter that ends at last. */
static bool worker_claim_from(eg_worker *worker, uint64_t now, _Atomic uint64_t *counter,
                              uint64_t last)
{
    uint64_t next = BASE_READ(*counter);
    if (next > last) return false;
    uint64_t chunk = chunk_size(worker, now, last - next + 1);
    uint64_t first = atomic_fetch_add_explicit(counter, chunk, memory_order_relaxed);
    if (first > last) return false;
    if (chunk > last - first + 1) chunk = last - first + 1;
    worker->number = first;
    worker->number_end = first + chunk;
    worker->chunk = chunk;
    worker->chunk_start = now;
    return true;
}

/* Numbers of the warm-up, or, when it has none left, of the events that count. */
static bool worker_claim(eg_worker *worker, uint64_t now)
{
    run *shared = worker->shared;
    if (worker->is_warming) {
        if (worker_claim_from(worker, now, &shared->next_warmup, shared->last_warmup)) return true;
        worker_measure(worker, now);
    }
    if (worker_claim_from(worker, now, &shared->next_number, shared->last_number)) return true;
    run_note(shared, EG_STOP_EVENTS);
    return false;
}

static double worker_start_event(eg_worker *worker)
{
    worker->random.stream = worker->stream_base + (double)worker->number;
    worker->random.count = 0;
    return (double)worker->number++;
}

/* The event of an open loop that has just ended, if one has. */
static void worker_end_due_event(eg_worker *worker, uint64_t now)
{
    if (worker->stamps == 0) return;
    worker->stamps = 0;
    uint64_t ns = openloop_ended(worker->load, now);
    if (worker->is_warming) {
        BASE_ADD(worker->warmup_events, 1);
    } else {
        eg_histogram_record(worker->latency, ns);
        BASE_ADD(worker->events, 1);
    }
}

/* Under stages of threads: waits until this one is wanted. false: the run is to stop. */
static bool worker_take_part(eg_worker *worker)
{
    run *shared = worker->shared;
    bool rested = false;
    for (;;) {
        uint64_t now = os_ticks();
        double second = (double)(now - shared->start_ticks) * worker->ns_per_tick * 1e-9;
        if (now >= BASE_READ(shared->deadline_ticks)) run_stop(shared, EG_STOP_DURATION, RUN_STOP);
        if (BASE_READ(shared->stop) != RUN_GO) return false;
        if (schedule_value(&shared->course, second) > worker->id - 1) break;
        if (!rested) worker_flush(worker);
        rested = true;
        os_sleep(nap_ns);
    }
    if (rested) worker_flush(worker);
    return true;
}

/* What the next event waits for, if anything: a number, its turn, its time. */
static bool worker_wait(eg_worker *worker, uint64_t now)
{
    run *shared = worker->shared;
    if (now >= BASE_READ(shared->deadline_ticks)) run_stop(shared, EG_STOP_DURATION, RUN_STOP);
    if (BASE_READ(shared->stop) != RUN_GO) return false;
    if (shared->stages_threads && !worker_take_part(worker)) return false;
    if (worker->number == worker->number_end && !worker_claim(worker, now)) return false;
    if (!worker->load) return true;
    if (openloop_wait(worker->load, BASE_READ(shared->deadline_ticks), &shared->stop)) return true;
    if (BASE_READ(shared->stop) == RUN_GO) run_stop(shared, EG_STOP_DURATION, RUN_STOP);
    return false;
}

static void worker_leave(eg_worker *worker)
{
    const run *shared = worker->shared;
    worker_flush(worker);
    worker->running = false;
    if (!worker->load || BASE_READ(shared->reason) == EG_STOP_EVENTS) return;
    uint64_t now = os_ticks(), deadline = BASE_READ(shared->deadline_ticks);
    openloop_finish(worker->load, now < deadline ? now : deadline);
}

/* Whatever is not the plain step. now is the stamp that ended the last event. */
BASE_COLD static double worker_turn(eg_worker *worker, uint64_t now)
{
    if (worker->is_void && worker->stamps > 0) worker->stamps--;
    worker->is_void = false;
    if (!worker->running) worker_begin(worker);
    if (worker->load) worker_end_due_event(worker, now);
    uint64_t warm_ticks = worker->shared->warm_ticks;
    if (worker->is_warming && warm_ticks && now >= warm_ticks) worker_measure(worker, now);
    if (!worker_wait(worker, now)) {
        worker_leave(worker);
        return -1;
    }
    if (worker->load) worker->check_at = 0;
    else if (worker->stamps == RING || now >= worker->check_at) worker_flush(worker);
    return worker_start_event(worker);
}

double eg_next(eg_worker *worker)
{
    uint64_t now = os_ticks();
    worker->ring[worker->stamps++] = now;
    arena_reset(worker->arena);
    bool goes_on = BASE_READ(worker->shared->stop) == RUN_GO;
    bool plain = goes_on & (worker->stamps < RING) & (now < worker->check_at) &
                 (worker->number != worker->number_end);
    if (BASE_UNLIKELY(!plain)) return worker_turn(worker, now);
    return worker_start_event(worker);
}

void eg_event_failed(eg_worker *worker)
{
    run *shared = worker->shared;
    if (worker->is_warming) BASE_ADD(worker->warmup_errors, 1);
    else BASE_ADD(worker->errors, 1);
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
    return (worker_progress){BASE_READ(worker->events), BASE_READ(worker->errors),
                             BASE_READ(worker->warmup_events), BASE_READ(worker->warmup_errors),
                             BASE_READ(worker->since_ns)};
}

const eg_histogram *worker_latency(const eg_worker *worker)
{
    return worker->latency;
}

const openloop *worker_openloop(const eg_worker *worker)
{
    return worker->load;
}

void worker_arena(const eg_worker *worker, eg_arena_stats *stats)
{
    eg_arena_stats_read(worker->arena, stats);
    stats->allocations -= worker->before.allocations;
    stats->overflows -= worker->before.overflows;
    stats->fallback_bytes -= worker->before.fallback_bytes;
    stats->resets -= worker->before.resets;
}

const char *worker_answer(const eg_worker *worker, size_t *bytes)
{
    *bytes = worker->answer_bytes;
    return worker->answer;
}
