#include "runtime/openloop.h"

#include "runtime/histogram.h"
#include "runtime/os.h"

#include <stdlib.h>

static const double late_ns = 1e6;
static const uint64_t look_ns = 20000000; /* how long a stop may go unnoticed */

openloop *openloop_new(const schedule *course, int thread)
{
    openloop *loop = calloc(1, sizeof *loop);
    if (!loop) return NULL;
    loop->course = course;
    loop->at = schedule_pace(course, thread);
    loop->service = eg_histogram_new();
    loop->lag = eg_histogram_new();
    if (loop->service && loop->lag) return loop;
    openloop_free(loop);
    return NULL;
}

void openloop_free(openloop *loop)
{
    if (!loop) return;
    eg_histogram_free(loop->service);
    eg_histogram_free(loop->lag);
    free(loop);
}

void openloop_start(openloop *loop, uint64_t start_ticks)
{
    os_sleep_sharply();
    loop->start_ticks = start_ticks;
    loop->ns_per_tick = os_ns_per_tick();
}

static uint64_t ticks_of(const openloop *loop, double seconds)
{
    double ticks = seconds * 1e9 / loop->ns_per_tick;
    return ticks < 0x1p62 ? loop->start_ticks + (uint64_t)ticks : UINT64_MAX;
}

static double seconds_at(const openloop *loop, uint64_t ticks)
{
    return (double)(ticks - loop->start_ticks) * loop->ns_per_tick * 1e-9;
}

static double ns_between(const openloop *loop, uint64_t from, uint64_t to)
{
    return to > from ? (double)(to - from) * loop->ns_per_tick : 0;
}

/* In naps, so that a stop is seen. */
static bool sleep_until(const openloop *loop, uint64_t ticks, const atomic_int *stop)
{
    for (;;) {
        if (atomic_load_explicit(stop, memory_order_relaxed) != 0) return false;
        uint64_t now = os_ticks();
        if (now >= ticks) return true;
        double left_ns = ns_between(loop, now, ticks);
        os_sleep(left_ns < (double)look_ns ? (uint64_t)left_ns : look_ns);
    }
}

bool openloop_wait(openloop *loop, uint64_t deadline, const atomic_int *stop)
{
    uint64_t due = ticks_of(loop, schedule_next(loop->course, &loop->at));
    bool ends = due >= deadline;
    loop->due = due;
    loop->waits = true;
    if (!sleep_until(loop, ends ? deadline : due, stop) || ends) return false;
    loop->waits = false;
    loop->began = os_ticks();
    double lag_ns = ns_between(loop, due, loop->began);
    eg_histogram_record(loop->lag, (uint64_t)lag_ns);
    if (lag_ns > late_ns) loop->late++;
    return true;
}

uint64_t openloop_ended(openloop *loop, uint64_t now)
{
    eg_histogram_record(loop->service, (uint64_t)ns_between(loop, loop->began, now));
    return (uint64_t)ns_between(loop, loop->due, now);
}

void openloop_forget(openloop *loop)
{
    histogram_clear(loop->service);
    histogram_clear(loop->lag);
    loop->late = 0;
}

void openloop_finish(openloop *loop, uint64_t end)
{
    loop->backlog = schedule_due(loop->course, loop->at, seconds_at(loop, end));
    if (loop->waits && loop->due < end) loop->backlog++;
}
