/*
 * SimSIMD: a call for each pair, to the kernel of the machine this is built on, not
 * through its dispatch. It answers 1 - cosine, and makes the norms anew.
 */
#include "contender.h"

#define SIMSIMD_DYNAMIC_DISPATCH 0
#include <simsimd/simsimd.h>

#if defined(__AVX512F__) && SIMSIMD_TARGET_SKYLAKE
#define COSINE simsimd_cos_f32_skylake
#elif defined(__AVX2__) && SIMSIMD_TARGET_HASWELL
#define COSINE simsimd_cos_f32_haswell
#elif defined(__aarch64__) && SIMSIMD_TARGET_NEON
#define COSINE simsimd_cos_f32_neon
#else
#define COSINE simsimd_cos_f32_serial
#endif

static void pairs(void *job)
{
    bench_scan *scan = job;
    for (uint32_t i = 0; i < scan->count; i++) {
        simsimd_distance_t distance;
        COSINE(scan->queries, scan->rows + (size_t)i * scan->stride, scan->dims, &distance);
        scan->room[i] = (float)(1 - distance);
    }
    scan->scores = scan->room;
}

const bench_contender *bench_contenders(void)
{
    static const bench_contender list[] = {
        {"pairs", pairs, NULL, NULL},
        {NULL, NULL, NULL, NULL},
    };
    return list;
}

#define TEXT(x) #x
#define TEXT_OF(x) TEXT(x)

const char *bench_version(void)
{
    return TEXT_OF(SIMSIMD_VERSION_MAJOR) "." TEXT_OF(SIMSIMD_VERSION_MINOR) "."
        TEXT_OF(SIMSIMD_VERSION_PATCH) ", " TEXT_OF(COSINE);
}
