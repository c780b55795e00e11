/*
 * Schedule: when the events of an open loop are due, whatever became of those before.
 *
 * The rate of all threads together is a course of stages, each of which leads from the
 * rate before it to one of its own; after the last the rate stays. Arrivals are counted
 * by the integral of the rate: evenly spaced ones are due where it reaches whole numbers,
 * dealt to the threads in turn; Poisson arrivals are a process of each thread's own.
 *
 * Thread:  a schedule is read by all; a pace belongs to one thread.
 * Errors:  none. An arrival that never comes is due at infinity.
 */
#ifndef EG_SCHEDULE_H
#define EG_SCHEDULE_H

#include "runtime/base.h"
#include "runtime/engram.h"

typedef struct schedule {
    const eg_stage *stages; /* of the caller, for as long as the schedule lives */
    int count;
    double rate; /* events per second before the first stage, and without any */
    int arrival, threads;
    double seed;
} schedule;

/* Where one thread stands: its next arrival, and the stage that it lies in. */
typedef struct pace {
    double next; /* the integral of the rate at the next arrival */
    int stage;
    double stage_s, stage_area, stage_rate; /* all at the start of that stage */
    eg_random random;
} pace;

/* thread counts from 1. */
pace schedule_pace(const schedule *of, int thread);

/* Seconds from the start to this thread's next arrival; the one after it is next then. */
double schedule_next(const schedule *of, pace *at);

/* What the stages have led to at second: a rate, or threads at work. */
double schedule_value(const schedule *of, double second);

/* How many arrivals of this thread, from the next on, are due before second. */
double schedule_due(const schedule *of, pace at, double second);

#endif
