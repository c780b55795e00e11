#include "runtime/schedule.h"

#include "runtime/random.h"

#include <math.h>

/* Poisson arrivals are counted one by one up to here, beyond by their mean. */
static const double counted_max = 1e6;

static double stage_area(const eg_stage *stage, double rate)
{
    return stage->seconds * (rate + stage->value) / 2;
}

/* To the next arrival, in units of the integral of the rate. */
static double gap(const schedule *of, pace *at)
{
    if (of->arrival == EG_ARRIVAL_CONSTANT) return of->threads;
    return -log1p(-eg_random_next(&at->random)) * of->threads;
}

pace schedule_pace(const schedule *of, int thread)
{
    pace at = {.stage_rate = of->rate,
               .random = {of->seed, random_stream_arrivals(thread), 0}};
    at.next = of->arrival == EG_ARRIVAL_CONSTANT ? thread - 1 : gap(of, &at);
    return at;
}

/* Moves on to the stage in which the integral reaches area. */
static void find_stage(const schedule *of, pace *at, double area)
{
    while (at->stage < of->count) {
        const eg_stage *stage = &of->stages[at->stage];
        double end = at->stage_area + stage_area(stage, at->stage_rate);
        if (area < end) return;
        at->stage_area = end;
        at->stage_s += stage->seconds;
        at->stage_rate = stage->value;
        at->stage++;
    }
}

/*
 * From the start of a stage, rate * t + slope * t^2 / 2 = area. Of the two forms of the
 * root this is the one in which nothing cancels.
 */
static double second_of(const schedule *of, const pace *at, double area)
{
    double left = area - at->stage_area, slope = 0, rate = at->stage_rate;
    if (left <= 0) return at->stage_s;
    if (at->stage < of->count) {
        const eg_stage *stage = &of->stages[at->stage];
        slope = (stage->value - rate) / stage->seconds;
    }
    double root = sqrt(fmax(rate * rate + 2 * slope * left, 0));
    return at->stage_s + 2 * left / (rate + root);
}

double schedule_next(const schedule *of, pace *at)
{
    find_stage(of, at, at->next);
    double second = second_of(of, at, at->next);
    at->next += gap(of, at);
    return second;
}

double schedule_value(const schedule *of, double second)
{
    double value = of->rate;
    for (int i = 0; i < of->count; i++) {
        const eg_stage *stage = &of->stages[i];
        if (second < stage->seconds) {
            return value + (stage->value - value) * second / stage->seconds;
        }
        second -= stage->seconds;
        value = stage->value;
    }
    return value;
}

double schedule_due(const schedule *of, pace at, double second)
{
    double due = 0;
    while (due < counted_max && schedule_next(of, &at) < second) due++;
    return due;
}
