/*
 * Decay as a plain loop. Built twice: with libm's functions, one item at a time, and
 * with -ffast-math, for which the compiler calls its vector library.
 */
#include "contender.h"

#include <math.h>

static void exponential(void *job)
{
    const bench_ages *items = job;
    const float *restrict strengths = items->strengths, *restrict ages = items->ages;
    float *restrict out = items->out, scale = (float)items->scale;
    for (uint32_t i = 0; i < items->count; i++) out[i] = strengths[i] * expf(-ages[i] / scale);
}

static void power1(void *job)
{
    const bench_ages *items = job;
    const float *restrict strengths = items->strengths, *restrict ages = items->ages;
    float *restrict out = items->out, exponent = -(float)items->exponent;
    for (uint32_t i = 0; i < items->count; i++) {
        out[i] = strengths[i] * powf(1 + ages[i], exponent);
    }
}

static void exponential_each(void *job)
{
    const bench_ages *items = job;
    const float *restrict strengths = items->strengths, *restrict ages = items->ages;
    const float *restrict scales = items->scales;
    float *restrict out = items->out;
    for (uint32_t i = 0; i < items->count; i++) {
        out[i] = strengths[i] * expf(-ages[i] / scales[i]);
    }
}

static void fsrs_each(void *job)
{
    const bench_ages *items = job;
    const float *restrict strengths = items->strengths, *restrict ages = items->ages;
    const float *restrict scales = items->scales;
    float *restrict out = items->out, exponent = -(float)items->exponent;
    float factor = (float)items->scale;
    for (uint32_t i = 0; i < items->count; i++) {
        out[i] = strengths[i] * powf(1 + factor * ages[i] / scales[i], exponent);
    }
}

static void halflife_whole(void *job)
{
    const bench_ages *items = job;
    const float *restrict strengths = items->strengths;
    const uint64_t *restrict ages = items->whole_ages;
    float *restrict out = items->out, scale = (float)items->scale;
    for (uint32_t i = 0; i < items->count; i++) {
        out[i] = strengths[i] * expf(-(float)ages[i] / scale);
    }
}

const bench_contender *bench_contenders(void)
{
    static const bench_contender list[] = {
        {"exponential", exponential, NULL, NULL},
        {"power1", power1, NULL, NULL},
        {"exponential, each", exponential_each, NULL, NULL},
        {"fsrs, each", fsrs_each, NULL, NULL},
        {"halflife, whole", halflife_whole, NULL, NULL},
        {NULL, NULL, NULL, NULL},
    };
    return list;
}
