#include "runtime/histogram.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { SUB_BITS = 7, SUBS = 1 << SUB_BITS, OCTAVES = 35, BUCKETS = (OCTAVES + 2) * SUBS };

/* Written by one thread, read by any at any time: relaxed, which costs what plain access does. */
struct eg_histogram {
    _Atomic uint64_t count, sum_ns, min_ns, max_ns;
    _Atomic uint64_t buckets[BUCKETS];
};

size_t histogram_bytes(void)
{
    return sizeof(eg_histogram);
}

eg_histogram *histogram_in(void *zeroed)
{
    eg_histogram *histogram = zeroed;
    BASE_WRITE(histogram->min_ns, UINT64_MAX);
    return histogram;
}

eg_histogram *eg_histogram_new(void)
{
    void *zeroed = calloc(1, sizeof(eg_histogram));
    return zeroed ? histogram_in(zeroed) : NULL;
}

void histogram_clear(eg_histogram *histogram)
{
    for (size_t i = 0; i < BUCKETS; i++) BASE_WRITE(histogram->buckets[i], 0);
    BASE_WRITE(histogram->count, 0);
    BASE_WRITE(histogram->sum_ns, 0);
    BASE_WRITE(histogram->min_ns, UINT64_MAX);
    BASE_WRITE(histogram->max_ns, 0);
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

/* Those between are all that can hold something; in an empty histogram there is none. */
static size_t first_bucket(const eg_histogram *histogram)
{
    return bucket_of(BASE_READ(histogram->min_ns));
}

static size_t last_bucket(const eg_histogram *histogram)
{
    return bucket_of(BASE_READ(histogram->max_ns));
}

/* The middle of a bucket, in nanoseconds. */
static double value_of(size_t bucket)
{
    if (bucket < 2 * SUBS) return (double)bucket;
    unsigned shift = (unsigned)(bucket / SUBS) - 1;
    double least = ldexp((double)(SUBS + bucket % SUBS), (int)shift);
    return least + (ldexp(1, (int)shift) - 1) / 2;
}

void histogram_record_many(eg_histogram *histogram, uint64_t ns, uint64_t times)
{
    BASE_ADD(histogram->buckets[bucket_of(ns)], times);
    BASE_ADD(histogram->sum_ns, ns * times);
    if (ns < BASE_READ(histogram->min_ns)) BASE_WRITE(histogram->min_ns, ns);
    if (ns > BASE_READ(histogram->max_ns)) BASE_WRITE(histogram->max_ns, ns);
    BASE_ADD(histogram->count, times);
}

void eg_histogram_record(eg_histogram *histogram, uint64_t ns)
{
    histogram_record_many(histogram, ns, 1);
}

/* The count is what the buckets hold, also while another thread is filling them. */
void eg_histogram_merge(eg_histogram *into, const eg_histogram *from)
{
    uint64_t count = 0, min_ns = BASE_READ(from->min_ns), max_ns = BASE_READ(from->max_ns);
    for (size_t i = bucket_of(min_ns); i <= bucket_of(max_ns); i++) {
        uint64_t here = BASE_READ(from->buckets[i]);
        if (here == 0) continue;
        BASE_ADD(into->buckets[i], here);
        count += here;
    }
    if (count == 0) return;
    BASE_ADD(into->count, count);
    BASE_ADD(into->sum_ns, BASE_READ(from->sum_ns));
    if (min_ns < BASE_READ(into->min_ns)) BASE_WRITE(into->min_ns, min_ns);
    if (max_ns > BASE_READ(into->max_ns)) BASE_WRITE(into->max_ns, max_ns);
}

void eg_histogram_subtract(eg_histogram *from, const eg_histogram *earlier)
{
    size_t first = BUCKETS, last = 0;
    for (size_t i = 0; i < BUCKETS; i++) {
        BASE_ADD(from->buckets[i], -BASE_READ(earlier->buckets[i]));
        if (!BASE_READ(from->buckets[i])) continue;
        if (first == BUCKETS) first = i;
        last = i;
    }
    BASE_ADD(from->count, -BASE_READ(earlier->count));
    BASE_ADD(from->sum_ns, -BASE_READ(earlier->sum_ns));
    if (first == BUCKETS) return histogram_clear(from);
    uint64_t min_ns = (uint64_t)value_of(first), max_ns = (uint64_t)value_of(last);
    if (min_ns > BASE_READ(from->min_ns)) BASE_WRITE(from->min_ns, min_ns);
    if (max_ns < BASE_READ(from->max_ns)) BASE_WRITE(from->max_ns, max_ns);
}

double eg_histogram_count(const eg_histogram *histogram)
{
    return (double)BASE_READ(histogram->count);
}

double eg_histogram_min(const eg_histogram *histogram)
{
    return BASE_READ(histogram->count) ? (double)BASE_READ(histogram->min_ns) : 0;
}

double eg_histogram_max(const eg_histogram *histogram)
{
    return (double)BASE_READ(histogram->max_ns);
}

double eg_histogram_mean(const eg_histogram *histogram)
{
    uint64_t count = BASE_READ(histogram->count);
    return count ? (double)BASE_READ(histogram->sum_ns) / (double)count : 0;
}

/* Of the buckets' middles: exact to their width, and free while recording. */
double eg_histogram_stddev(const eg_histogram *histogram)
{
    if (BASE_READ(histogram->count) < 2) return 0;
    double mean = eg_histogram_mean(histogram), sum = 0;
    for (size_t i = first_bucket(histogram); i <= last_bucket(histogram); i++) {
        uint64_t here = BASE_READ(histogram->buckets[i]);
        if (!here) continue;
        double off = value_of(i) - mean;
        sum += off * off * (double)here;
    }
    return sqrt(sum / (double)BASE_READ(histogram->count));
}

double eg_histogram_percentile(const eg_histogram *histogram, double percent)
{
    double count = eg_histogram_count(histogram), min_ns = eg_histogram_min(histogram);
    double max_ns = eg_histogram_max(histogram);
    if (count == 0) return 0;
    if (!(percent > 0)) return min_ns;
    if (percent >= 100) return max_ns;
    /* 99.9 % of 1,000 is 999: the last bits of the product must not make it one more. */
    double share = percent / 100 * count, rank = ceil(share - share * 1e-14);
    uint64_t wanted = rank < 1 ? 1 : (uint64_t)rank, seen = 0;
    size_t bucket = first_bucket(histogram);
    for (; bucket < BUCKETS - 1; bucket++) {
        seen += BASE_READ(histogram->buckets[bucket]);
        if (seen >= wanted) break;
    }
    double value = bucket == BUCKETS - 1 ? max_ns : value_of(bucket);
    return value < min_ns ? min_ns : value > max_ns ? max_ns : value;
}

uint32_t eg_histogram_buckets(const eg_histogram *histogram, uint32_t first, eg_bucket *found,
                              uint32_t room)
{
    uint32_t used = 0;
    for (uint32_t i = first; i < BUCKETS && used < room; i++) {
        uint64_t here = BASE_READ(histogram->buckets[i]);
        if (here) found[used++] = (eg_bucket){(double)i, value_of(i), (double)here};
    }
    return used;
}
