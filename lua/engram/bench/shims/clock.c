/*
 * The clock of the benches, and the machine's limits: loops that do nothing but
 * read, or read and write, or multiply and add. Vectors of the compiler's, as wide
 * as the machine has them, in several sums so that none waits for another.
 */
#define _POSIX_C_SOURCE 200809L
#include "contender.h"

#include <string.h>
#include <time.h>

#if defined(__AVX512F__)
enum { VECTOR_BYTES = 64 };
#elif defined(__AVX__)
enum { VECTOR_BYTES = 32 };
#else
enum { VECTOR_BYTES = 16 };
#endif

enum { LANES = VECTOR_BYTES / sizeof(float), SUMS = 8, FUSED_SUMS = 12 };

/* How far, in bytes. */
enum { AHEAD = 2048 };

typedef float vector __attribute__((vector_size(VECTOR_BYTES), aligned(4), may_alias));

double bench_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

double bench_time(bench_body *body, void *job, double calls)
{
    body(job);
    double start_ns = bench_now();
    for (double done = 0; done < calls; done++) body(job);
    return (bench_now() - start_ns) / calls;
}

void bench_fill(float *cells, double count, uint32_t seed)
{
    uint64_t state = seed + 1;
    for (size_t i = 0; i < (size_t)count; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        cells[i] = (float)((double)(state >> 40) * 0x1p-23 - 1);
    }
}

static float total(const vector *sums, int count)
{
    vector all = sums[0];
    for (int i = 1; i < count; i++) all += sums[i];
    float sum = 0;
    for (int i = 0; i < (int)LANES; i++) sum += all[i];
    return sum;
}

/* Some processors read what is not in their nearer caches faster when it was asked for. */
static inline void read_all(bench_limit *limit, int asks)
{
    const float *a = limit->a;
    size_t count = (size_t)limit->count, i = 0;
    vector sums[SUMS];
    memset(sums, 0, sizeof sums);
    for (; i + SUMS * LANES <= count; i += SUMS * LANES) {
        for (int s = 0; s < SUMS; s++) {
            const float *line = a + i + (size_t)s * LANES;
            if (asks) __builtin_prefetch((const void *)((uintptr_t)line + AHEAD));
            sums[s] += *(const vector *)line;
        }
    }
    float sum = total(sums, SUMS);
    for (; i < count; i++) sum += a[i];
    limit->sink = sum;
}

static void read_plainly(void *job)
{
    read_all(job, 0);
}

static void read_asking(void *job)
{
    read_all(job, 1);
}

static void triad(void *job)
{
    bench_limit *limit = job;
    const float *a = limit->a, *b = limit->b;
    float *out = limit->out;
    size_t count = (size_t)limit->count, i = 0;
    for (; i + LANES <= count; i += LANES) {
        *(vector *)(out + i) = *(const vector *)(a + i) + *(const vector *)(b + i) * 0.5f;
    }
    for (; i < count; i++) out[i] = a[i] + b[i] * 0.5f;
}

static void multiply_add(void *job)
{
    bench_limit *limit = job;
    vector sums[FUSED_SUMS], x, y;
    memset(sums, 0, sizeof sums);
    memset(&x, 0, sizeof x);
    y = x + limit->a[0];
    x += limit->a[1];
    size_t rounds = (size_t)(limit->count / (FUSED_SUMS * LANES)) + 1;
    for (size_t i = 0; i < rounds; i++) {
        for (int s = 0; s < FUSED_SUMS; s++) sums[s] = sums[s] * x + y;
    }
    limit->sink = total(sums, FUSED_SUMS);
}

const bench_contender *bench_contenders(void)
{
    static const bench_contender list[] = {
        {"read", read_plainly, NULL, NULL},
        {"read, asking", read_asking, NULL, NULL},
        {"triad", triad, NULL, NULL},
        {"multiply-add", multiply_add, NULL, NULL},
        {NULL, NULL, NULL, NULL},
    };
    return list;
}

const char *bench_version(void)
{
    return __VERSION__;
}
