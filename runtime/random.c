/*
 * Steele, Lea, Flood: Fast splittable pseudorandom number generators (2014):
 * the finaliser of SplitMix64 over a Weyl sequence, started at a point that
 * the same finaliser makes from seed and stream.
 */
#include "runtime/random.h"

static const uint64_t weyl = 0x9e3779b97f4a7c15;

static uint64_t mixed(uint64_t x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

double eg_random_next(eg_random *random)
{
    uint64_t start = mixed(mixed((uint64_t)random->seed + weyl) + (uint64_t)random->stream * weyl);
    random->count += 1;
    return (double)(mixed(start + (uint64_t)random->count * weyl) >> 11) * 0x1p-53;
}

double random_stream_before(int thread)
{
    return 0x1p54 + (double)thread * 4;
}

double random_stream_after(int thread)
{
    return 0x1p55 + (double)thread * 8;
}

double random_stream_arrivals(int thread)
{
    return 0x1p56 + (double)thread * 16;
}

/* No run gets as far as half of all event numbers. */
double random_stream_warmup(uint64_t number)
{
    return 0x1p52 + (double)number;
}
