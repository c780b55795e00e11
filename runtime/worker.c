/*
 * The step is eg_next. One read of the clock ends an event and starts the
 * next; the raw stamp goes into a ring of the worker's own. Everything else
 * (deadline, full ring, used-up event numbers, stop flag) is one test away in
 * worker_turn, which turns the ring into a histogram and reads the clock
 * again, so that its work belongs to no event.
 */
#include "runtime/worker.h"

#include "runtime/numbers.h"
#include "runtime/os.h"
#include "runtime/random.h"
#include "runtime/ring.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const double flush_every_ns = 100e6;
static const uint64_t nap_ns = 10000000;

struct eg_worker {
    _Alignas(BASE_LINE_PAIR) uint64_t check_at; /* the deadline or the next flush */
    numbers numbers;
    eg_arena *arena;
    run *shared;
    eg_random random;
    bool running, is_void, is_warming;
    bool slept_through; /* others had the last events while it rested */
    double stream_base; /* of the numbers that events draw: 0 but in a warm-up */
    ring ring;

    uint64_t flush_ticks;
    double ns_per_tick;
    uint32_t batch;
    books books;
    openloop *load; /* NULL: events follow each other */
    eg_arena_stats before; /* what the warm-up did to the arena */
    int id;
    char *answer;
    size_t answer_bytes;

    /* Read by the host at any time. */
    _Alignas(BASE_LINE_PAIR) _Atomic uint64_t events;
    _Atomic uint64_t errors, warmup_events, warmup_errors, since_ns;
};

static_assert(sizeof(eg_worker) <= WORKER_BYTES, "a worker fits what it is given");

/* ---- Life ---- */

size_t worker_books_bytes(const run *shared)
{
    return books_bytes(shared->operations);
}

eg_worker *worker_in(void *zeroed, run *shared, eg_arena *arena, int id, void *books_memory)
{
    eg_worker *worker = zeroed;
    if (shared->is_open) worker->load = openloop_new(&shared->course, id);
    if (shared->is_open && !worker->load) return NULL;
    books_open(&worker->books, shared->operations, books_memory);
    worker->shared = shared;
    worker->arena = arena;
    worker->id = id;
    worker->random = (eg_random){shared->seed, random_stream_before(id), 0};
    worker->batch = 1;
    ring_clear(&worker->ring);
    return worker;
}

void worker_free(eg_worker *worker)
{
    if (!worker) return;
    openloop_free(worker->load);
    free(worker->answer);
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

/* Turns the ring into histograms. The time this takes is nobody's. */
static void worker_flush(eg_worker *worker)
{
    const run *shared = worker->shared;
    uint64_t events = ring_book(&worker->ring, worker->is_warming ? NULL : &worker->books,
                                worker->ns_per_tick);
    if (worker->is_warming) BASE_ADD(worker->warmup_events, events);
    else BASE_ADD(worker->events, events);
    if (shared->batch_ns > 0) {
        worker->batch = ring_batch(&worker->ring, worker->batch, NUMBERS_MOST, shared->batch_ns,
                                   worker->ns_per_tick);
    }
    if (shared->batch_ns > 0 || shared->operations > 0) ring_clear(&worker->ring);
    worker->ring.used = 0;
    worker->ring.start = os_ticks();
    uint64_t check_at = worker->ring.start + worker->flush_ticks;
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
    worker->numbers.next = worker->numbers.end = 0;
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
    worker->ring.used = 0; /* this call ended no event */
    worker->ns_per_tick = os_ns_per_tick();
    worker->flush_ticks = (uint64_t)(flush_every_ns / worker->ns_per_tick);
    if (is_first && shared->last_warmup > 0) {
        worker->is_warming = true;
        worker->stream_base = random_stream_warmup(0);
    }
    if (is_first && worker->load) openloop_start(worker->load, shared->start_ticks);
    worker_flush(worker);
    worker->numbers.claimed_ticks = worker->ring.start;
}

/* Under a rate one at a time: a thread may be late while others wait. */
static bool worker_claim_from(eg_worker *worker, uint64_t now, _Atomic uint64_t *counter,
                              uint64_t last)
{
    return numbers_claim(&worker->numbers, counter, last, worker->shared->threads,
                         worker->load != NULL, now, worker->ns_per_tick);
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
    worker->random.stream = worker->stream_base + (double)worker->numbers.next;
    worker->random.count = 0;
    return (double)worker->numbers.next++;
}

/* The event of an open loop that has just ended, if one has. */
static void worker_end_due_event(eg_worker *worker, uint64_t now)
{
    if (worker->ring.used == 0) return;
    worker->ring.used = 0;
    uint64_t ns = openloop_ended(worker->load, now);
    if (worker->is_warming) {
        BASE_ADD(worker->warmup_events, 1);
    } else {
        books_record(&worker->books, worker->ring.operations[0], ns, 1);
        BASE_ADD(worker->events, 1);
    }
    worker->ring.operations[0] = 0;
}

/* Under stages of threads: waits until this one is wanted, or no number is left to claim.
 * false: the run is to stop. */
static bool worker_take_part(eg_worker *worker)
{
    run *shared = worker->shared;
    bool rested = false;
    for (;;) {
        uint64_t now = os_ticks();
        double second = (double)(now - shared->start_ticks) * worker->ns_per_tick * 1e-9;
        if (now >= BASE_READ(shared->deadline_ticks)) run_stop(shared, EG_STOP_DURATION, RUN_STOP);
        if (BASE_READ(shared->stop) != RUN_GO) return false;
        if (BASE_READ(shared->next_number) > shared->last_number) {
            worker->slept_through = rested;
            break;
        }
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
    bool has_none = worker->numbers.next == worker->numbers.end;
    /* Whoever rests has no numbers: they would be nobody's. */
    if (has_none && shared->stages_threads && !worker_take_part(worker)) return false;
    if (has_none && !worker_claim(worker, now)) return false;
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
    if (worker->is_void && worker->ring.used > 0) worker->ring.used--;
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
    else if (worker->ring.used == RING_ROOM || now >= worker->check_at) worker_flush(worker);
    return worker_start_event(worker);
}

double eg_next(eg_worker *worker)
{
    uint64_t now = os_ticks();
    worker->ring.stamps[worker->ring.used++] = now;
    arena_reset(worker->arena);
    bool goes_on = BASE_READ(worker->shared->stop) == RUN_GO;
    bool plain = goes_on & (worker->ring.used < RING_ROOM) & (now < worker->check_at) &
                 (worker->numbers.next != worker->numbers.end);
    if (BASE_UNLIKELY(!plain)) return worker_turn(worker, now);
    return worker_start_event(worker);
}

void eg_event_failed(eg_worker *worker)
{
    run *shared = worker->shared;
    uint64_t times = worker->ring.times[worker->ring.used];
    if (worker->is_warming) {
        BASE_ADD(worker->warmup_errors, times);
    } else {
        BASE_ADD(worker->errors, times);
        books_fail(&worker->books, worker->ring.operations[worker->ring.used], times);
    }
    if (shared->errors_max < 0) return;
    uint64_t errors = atomic_fetch_add_explicit(&shared->errors, times, memory_order_relaxed);
    if ((double)(errors + times) > shared->errors_max) {
        run_stop(shared, EG_STOP_ERROR, RUN_STOP);
    }
}

int eg_event_operation(eg_worker *worker, int operation)
{
    if (operation < 1 || operation > worker->shared->operations) return EG_INVALID;
    worker->ring.operations[worker->ring.used] = (uint8_t)operation;
    return EG_OK;
}

double eg_event_batch(eg_worker *worker)
{
    uint64_t more = worker->batch - 1, left = worker->numbers.end - worker->numbers.next;
    if (more > left) more = left;
    worker->numbers.next += more;
    worker->ring.times[worker->ring.used] = (uint32_t)more + 1;
    return (double)(more + 1);
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
    *bytes = (double)worker->shared->payload_bytes;
    return worker->shared->payload;
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

bool worker_slept_through(const eg_worker *worker)
{
    return worker->slept_through;
}

worker_progress worker_progress_read(const eg_worker *worker)
{
    return (worker_progress){BASE_READ(worker->events), BASE_READ(worker->errors),
                             BASE_READ(worker->warmup_events), BASE_READ(worker->warmup_errors),
                             BASE_READ(worker->since_ns)};
}

const books *worker_books(const eg_worker *worker)
{
    return &worker->books;
}

uint32_t worker_batch(const eg_worker *worker)
{
    return worker->batch;
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
