#include "runtime/run.h"

#include "runtime/numbers.h"
#include "runtime/os.h"

#include <string.h>

void run_init(run *shared, const eg_pool_options *options)
{
    memset(shared, 0, sizeof *shared);
    atomic_store(&shared->next_number, 1);
    atomic_store(&shared->next_warmup, 1);
    shared->last_warmup = options->warmup_s > 0 ? UINT64_MAX - NUMBERS_MOST
                                                : (uint64_t)options->warmup_events;
    shared->last_number = options->events > 0 ? (uint64_t)options->events
                                              : UINT64_MAX - NUMBERS_MOST;
    atomic_store(&shared->deadline_ticks, UINT64_MAX);
    shared->errors_max = options->max_errors;
    shared->seed = options->seed;
    shared->threads = options->threads;
    shared->operations = options->operations;
    shared->payload = options->payload;
    shared->payload_bytes = options->payload_bytes;
    shared->batch_ns = options->batch_ns;
    shared->is_open = options->rate > 0 || options->stages_of == EG_STAGES_RATE;
    shared->stages_threads = options->stages_of == EG_STAGES_THREADS;
    shared->course = (schedule){
        .stages = options->stages, .count = options->stage_count, .rate = options->rate,
        .arrival = options->arrival, .threads = options->threads, .seed = options->seed,
    };
}

static uint64_t ticks_of(double seconds)
{
    return (uint64_t)(seconds * 1e9 / os_ns_per_tick());
}

void run_start(run *shared, const eg_pool_options *options)
{
    shared->start_ticks = os_ticks();
    shared->duration_ticks = ticks_of(options->duration_s);
    if (options->warmup_s > 0) {
        shared->warm_ticks = shared->start_ticks + ticks_of(options->warmup_s);
    }
    if (!shared->duration_ticks || options->warmup_events > 0) return;
    uint64_t counts_from = shared->warm_ticks ? shared->warm_ticks : shared->start_ticks;
    BASE_WRITE(shared->deadline_ticks, counts_from + shared->duration_ticks);
}

void run_note(run *shared, int reason)
{
    int now = BASE_READ(shared->reason);
    while ((now == EG_STOP_NONE || (reason >= EG_STOP_ERROR && reason > now)) &&
           !atomic_compare_exchange_weak(&shared->reason, &now, reason)) {}
}

void run_stop(run *shared, int reason, int how)
{
    run_note(shared, reason);
    int now = BASE_READ(shared->stop);
    while (now < how && !atomic_compare_exchange_weak(&shared->stop, &now, how)) {}
}
