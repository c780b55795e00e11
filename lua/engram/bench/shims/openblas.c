/*
 * OpenBLAS, on one thread: a matrix times one query, and times many. The norms are
 * stored, so that cosines are the products scaled; the k best come from a heap.
 */
#include "contender.h"

#include "best.h"

#include <cblas.h>
#include <openblas_config.h>
#include <stdlib.h>

static int open_one_thread(void *job)
{
    bench_scan *scan = job;
    openblas_set_num_threads(1);
    scan->own = malloc(((size_t)scan->query_count * scan->count + 1) * sizeof(float));
    return scan->own == NULL;
}

static void close_own(void *job)
{
    bench_scan *scan = job;
    free(scan->own);
}

static void scale(float *scores, const bench_scan *scan, uint32_t query)
{
    float inverse = scan->inverse_query_norms[query];
    for (uint32_t i = 0; i < scan->count; i++) scores[i] *= scan->inverse_norms[i] * inverse;
}

static void multiply_one(const bench_scan *scan, float *scores)
{
    cblas_sgemv(CblasRowMajor, CblasNoTrans, (blasint)scan->count, (blasint)scan->dims, 1,
                scan->rows, (blasint)scan->stride, scan->queries, 1, 0, scores, 1);
    scale(scores, scan, 0);
}

static void multiply_many(const bench_scan *scan, float *scores)
{
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (blasint)scan->query_count,
                (blasint)scan->count, (blasint)scan->dims, 1, scan->queries,
                (blasint)scan->stride, scan->rows, (blasint)scan->stride, 0, scores,
                (blasint)scan->count);
    for (uint32_t q = 0; q < scan->query_count; q++) {
        scale(scores + (size_t)q * scan->count, scan, q);
    }
}

static void select_best(bench_scan *scan)
{
    const float *scores = scan->own;
    for (uint32_t q = 0; q < scan->query_count; q++) {
        best_of(scores + (size_t)q * scan->count, scan->count, scan->k,
                scan->room + (size_t)q * scan->k, scan->ids + (size_t)q * scan->k);
    }
    scan->scores = scan->room;
}

static void sgemv(void *job)
{
    bench_scan *scan = job;
    multiply_one(scan, scan->room);
    scan->scores = scan->room;
}

static void sgemv_best(void *job)
{
    bench_scan *scan = job;
    multiply_one(scan, scan->own);
    select_best(scan);
}

static void sgemm(void *job)
{
    bench_scan *scan = job;
    multiply_many(scan, scan->room);
    scan->scores = scan->room;
}

static void sgemm_best(void *job)
{
    bench_scan *scan = job;
    multiply_many(scan, scan->own);
    select_best(scan);
}

const bench_contender *bench_contenders(void)
{
    static const bench_contender list[] = {
        {"sgemv", sgemv, open_one_thread, close_own},
        {"sgemv, best", sgemv_best, open_one_thread, close_own},
        {"sgemm", sgemm, open_one_thread, close_own},
        {"sgemm, best", sgemm_best, open_one_thread, close_own},
        {NULL, NULL, NULL, NULL},
    };
    return list;
}

/* As "OpenBLAS 0.3.21 ... Cooperlake MAX_THREADS=64": the core is that of its kernels. */
const char *bench_version(void)
{
    return openblas_get_config();
}
