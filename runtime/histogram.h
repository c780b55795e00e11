/*
 * Histogram: latencies in nanoseconds, log-linear, in fixed memory.
 *
 * Values below 256 ns are exact; above, each octave has 128 buckets, so a
 * bucket is at most 1/128 as wide as the least value in it. Values beyond an
 * hour share the last bucket; minimum, maximum and mean are always exact.
 * The public half is in engram.h.
 *
 * Thread:  one owner, who alone records; merging from it is safe at any time, and
 *          meanwhile answers no more than the owner has recorded.
 * Errors:  eg_histogram_new answers NULL; nothing else can fail.
 */
#ifndef EG_HISTOGRAM_H
#define EG_HISTOGRAM_H

#include "runtime/base.h"
#include "runtime/engram.h"

/* One in zeroed memory of so many bytes, which is not freed with it. Of what is never recorded
 * the memory is not touched. */
size_t histogram_bytes(void);
eg_histogram *histogram_in(void *zeroed);

/* As new. */
void histogram_clear(eg_histogram *histogram);
/* The same value so many times. */
void histogram_record_many(eg_histogram *histogram, uint64_t ns, uint64_t times);

#endif
