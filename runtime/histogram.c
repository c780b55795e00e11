#include "runtime/histogram.h"

#include <math.h>
#include <stdlib.h>

enum { SUB_BITS = 7, SUBS = 1 << SUB_BITS, OCTAVES = 35, BUCKETS = (OCTAVES + 2) * SUBS };

struct eg_histogram {
    uint64_t count, sum_ns, min_ns, max_ns;
    uint64_t buckets[BUCKETS];
};

eg_histogram *eg_histogram_new(void)
{
    eg_histogram *histogram = calloc(1, sizeof *histogram);
    if (histogram) histogram->min_ns = UINT64_MAX;
    return histogram;
}

void eg_histogram_free(eg_histogram *histogram)
{
    free(histogram);
}

/* The octave is the shift that leaves eight bits, the first of them set. */
static size_t bucket_of(uint64_t ns)
{
    unsigned shift = 63 - (unsigned)__builtin_clzll(ns | SUBS) - SUB_BITS;
    size_t bucket = shift * SUBS + (size_t)(ns >> shift);
    return bucket < BUCKETS ? bucket : BUCKETS - 1;
}

/* The middle of a bucket, in nanoseconds. */
static double value_of(size_t bucket)
{
    if (bucket < 2 * SUBS) return (double)bucket;
    unsigned shift = (unsigned)(bucket / SUBS) - 1;
    double least = ldexp((double)(SUBS + bucket % SUBS), (int)shift);
    return least + (ldexp(1, (int)shift) - 1) / 2;
}

void eg_histogram_record(eg_histogram *histogram, uint64_t ns)
{
    histogram->buckets[bucket_of(ns)]++;
    histogram->count++;
    histogram->sum_ns += ns;
    if (ns < histogram->min_ns) histogram->min_ns = ns;
    if (ns > histogram->max_ns) histogram->max_ns = ns;
}

void eg_histogram_merge(eg_histogram *into, const eg_histogram *from)
{
    for (size_t i = 0; i < BUCKETS; i++) into->buckets[i] += from->buckets[i];
    into->count += from->count;
    into->sum_ns += from->sum_ns;
    if (from->min_ns < into->min_ns) into->min_ns = from->min_ns;
    if (from->max_ns > into->max_ns) into->max_ns = from->max_ns;
}

double eg_histogram_count(const eg_histogram *histogram)
{
    return (double)histogram->count;
}

double eg_histogram_min(const eg_histogram *histogram)
{
    return histogram->count ? (double)histogram->min_ns : 0;
}

double eg_histogram_max(const eg_histogram *histogram)
{
    return (double)histogram->max_ns;
}

double eg_histogram_mean(const eg_histogram *histogram)
{
    return histogram->count ? (double)histogram->sum_ns / (double)histogram->count : 0;
}

/* Of the buckets' middles: exact to their width, and free while recording. */
double eg_histogram_stddev(const eg_histogram *histogram)
{
    if (histogram->count < 2) return 0;
    double mean = eg_histogram_mean(histogram), sum = 0;
    for (size_t i = 0; i < BUCKETS; i++) {
        if (!histogram->buckets[i]) continue;
        double off = value_of(i) - mean;
        sum += off * off * (double)histogram->buckets[i];
    }
    return sqrt(sum / (double)histogram->count);
}

double eg_histogram_percentile(const eg_histogram *histogram, double percent)
{
    if (!histogram->count) return 0;
    if (!(percent > 0)) return (double)histogram->min_ns;
    if (percent >= 100) return (double)histogram->max_ns;
    /* 99.9 % of 1,000 is 999: the last bits of the product must not make it one more. */
    double share = percent / 100 * (double)histogram->count, rank = ceil(share - share * 1e-14);
    uint64_t wanted = rank < 1 ? 1 : (uint64_t)rank, seen = 0;
    size_t bucket = 0;
    while (bucket < BUCKETS - 1 && (seen += histogram->buckets[bucket]) < wanted) bucket++;
    double value = bucket == BUCKETS - 1 ? (double)histogram->max_ns : value_of(bucket);
    if (value < (double)histogram->min_ns) return (double)histogram->min_ns;
    if (value > (double)histogram->max_ns) return (double)histogram->max_ns;
    return value;
}
