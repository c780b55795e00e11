/*
 * Cosines as a plain loop, one row after the other; built with -ffast-math, so that
 * the compiler may add in vectors.
 */
#include "contender.h"

static float dot(const float *restrict a, const float *restrict b, uint32_t dims)
{
    float sum = 0;
    for (uint32_t i = 0; i < dims; i++) sum += a[i] * b[i];
    return sum;
}

static void cosines(void *job)
{
    bench_scan *scan = job;
    float inverse = scan->inverse_query_norms[0];
    for (uint32_t row = 0; row < scan->count; row++) {
        const float *cells = scan->rows + (size_t)row * scan->stride;
        scan->room[row] = dot(scan->queries, cells, scan->dims) * inverse *
            scan->inverse_norms[row];
    }
    scan->scores = scan->room;
}

const bench_contender *bench_contenders(void)
{
    static const bench_contender list[] = {
        {"cosines", cosines, NULL, NULL},
        {NULL, NULL, NULL, NULL},
    };
    return list;
}
