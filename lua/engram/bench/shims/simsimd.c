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

#if defined(__F16C__) && SIMSIMD_TARGET_HASWELL
#define COSINE_F16 simsimd_cos_f16_haswell
#else
#define COSINE_F16 simsimd_cos_f16_serial
#endif

#if defined(__AVX512BF16__) && SIMSIMD_TARGET_GENOA
#define COSINE_BF16 simsimd_cos_bf16_genoa
#elif defined(__AVX2__) && SIMSIMD_TARGET_HASWELL
#define COSINE_BF16 simsimd_cos_bf16_haswell
#else
#define COSINE_BF16 simsimd_cos_bf16_serial
#endif

#if defined(__AVX512VNNI__) && SIMSIMD_TARGET_ICE
#define COSINE_I8 simsimd_cos_i8_ice
#elif defined(__AVX2__) && SIMSIMD_TARGET_HASWELL
#define COSINE_I8 simsimd_cos_i8_haswell
#else
#define COSINE_I8 simsimd_cos_i8_serial
#endif

/* A loop over the rows: function, the type of a cell, where they and the query are. */
#define PAIRS(name, function, type, from, query, apart)                                \
    static void name(void *job)                                                        \
    {                                                                                  \
        bench_scan *scan = job;                                                        \
        const type *row = (const type *)scan->from, *one = (const type *)scan->query;  \
        for (uint32_t i = 0; i < scan->count; i++, row += scan->apart) {               \
            simsimd_distance_t distance;                                               \
            function(one, row, scan->dims, &distance);                                 \
            scan->room[i] = (float)(1 - distance);                                     \
        }                                                                              \
        scan->scores = scan->room;                                                     \
    }

PAIRS(pairs, COSINE, simsimd_f32_t, rows, queries, stride)
PAIRS(pairs_f16, COSINE_F16, simsimd_f16_t, cells, query_cells, cell_stride)
PAIRS(pairs_bf16, COSINE_BF16, simsimd_bf16_t, cells, query_cells, cell_stride)
PAIRS(pairs_i8, COSINE_I8, simsimd_i8_t, cells, query_cells, cell_stride)

const bench_contender *bench_contenders(void)
{
    static const bench_contender list[] = {
        {"pairs", pairs, NULL, NULL},
        {"pairs, f16", pairs_f16, NULL, NULL},
        {"pairs, bf16", pairs_bf16, NULL, NULL},
        {"pairs, i8", pairs_i8, NULL, NULL},
        {NULL, NULL, NULL, NULL},
    };
    return list;
}

#define TEXT(x) #x
#define TEXT_OF(x) TEXT(x)

const char *bench_version(void)
{
    return TEXT_OF(SIMSIMD_VERSION_MAJOR) "." TEXT_OF(SIMSIMD_VERSION_MINOR) "."
        TEXT_OF(SIMSIMD_VERSION_PATCH) ", " TEXT_OF(COSINE) " " TEXT_OF(COSINE_F16) " "
        TEXT_OF(COSINE_BF16) " " TEXT_OF(COSINE_I8);
}
