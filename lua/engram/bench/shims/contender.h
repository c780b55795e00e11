/*
 * Contender: what a bench times, ours or a peer's. Every shim offers a list of
 * them, and each works on a job, which Lua fills. Lua's FFI reads this text as
 * it stands, so it holds nothing that the FFI can not read.
 *
 * open and close make and free what a contender keeps for a job; no time is taken
 * of them, and both may be NULL. body does the job once, from the same inputs
 * each time, and leaves its answer in the job's outputs.
 *
 * Thread:  one at a time.
 * Errors:  open answers not 0 when the contender can not do the job.
 */
#ifndef BENCH_CONTENDER_H
#define BENCH_CONTENDER_H

#include "engram.h"

typedef void bench_body(void *job);
typedef struct bench_contender {
    const char *name;
    bench_body *body;
    int (*open)(void *job);
    bench_body *close;
} bench_contender;

/* Its contenders, up to one without a name; and, of a peer, what it was built against. */
const bench_contender *bench_contenders(void);
const char *bench_version(void);

/* CPU nanoseconds of the process: others on the machine lengthen them less than wall time,
 * and a peer that starts threads is charged for all of them. */
double bench_now(void);
/* The same per call: one call first of which no time is taken, then so many. */
double bench_time(bench_body *body, void *job, double calls);
/* Floats in [-1, 1), the same for the same seed. */
void bench_fill(float *cells, double count, uint32_t seed);

/* What the machine allows: reading a, reading a and b and writing out, or so many
 * multiply-adds in registers. */
typedef struct bench_limit {
    const float *a, *b;
    float *out;
    double count;
    float sink;
} bench_limit;

/* Cosines of queries with rows, each stride floats apart, the norms of both known; all of
 * them, or of the k best with their ids. scores may be turned to where they are. */
typedef struct bench_scan {
    const float *rows, *queries, *inverse_norms, *inverse_query_norms;
    uint32_t count, dims, stride, query_count, k;
    const float *scores; /* query_count * count of them, or query_count * k */
    float *room;         /* for query_count * count */
    uint32_t *ids;       /* query_count * k */
    const void *cells, *query_cells; /* rows and queries as another type, so far apart */
    uint32_t cell_stride;
    eg_arena *arena;
    double mark;
    eg_scan *scan, *exact; /* exact: of ours with a rerank, of the pool best */
    uint32_t pool;
    const eg_matrix *query_rows;
    void *own;
} bench_scan;

/* What is left of strengths at their ages, which are floats, or whole where whole_ages is
 * there. scales: one per item, where a contender is for such. options of eg_decay, or curve
 * of eg_decay_by_curve. */
typedef struct bench_ages {
    const float *strengths, *ages, *scales;
    const uint64_t *whole_ages;
    float *out;
    uint32_t count;
    double scale, exponent;
    eg_arena *arena;
    eg_decay_options *options;
    eg_curve_options *curve;
} bench_ages;

/* Activation from each seed alone, with 1: fire-once by decay, threshold and max_hops, or again
 * with refire; or personalised PageRank by alpha and tol. activations: what the last seed gave
 * each node; ours leave hits instead, in hits, or in all of each seed where that is there. best:
 * the k best of the last seed, where a contender is for them alone. */
typedef struct bench_spread {
    const eg_graph *graph;
    const uint32_t *seeds;
    uint32_t seed_count, max_hops, k;
    int refire;
    double decay, threshold, alpha, tol;
    float *activations, *best;
    uint32_t *best_ids;
    eg_arena *arena;
    double mark;
    eg_hits hits, *all;
    void *own;
} bench_spread;

/* Lines of a word and dims numbers, in a file: rows of them into numbers. */
typedef struct bench_text {
    const char *path;
    float *numbers;
    uint32_t rows, dims;
} bench_text;

#endif
