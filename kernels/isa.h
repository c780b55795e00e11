/*
 * Isa: one table of kernels per instruction set, and the choice among them.
 *
 * ISA_KERNELS is the one list. Each entry X(result, name, arguments), of ISA_PLAIN or of
 * a list behind it, stands for eg_<name>_scalar, for eg_<name>_avx2 and
 * eg_<name>_avx512 on x86-64 or eg_<name>_neon on AArch64, and for the member <name> of
 * every table, so a set that lacks a kernel does not link. The scalar version is the
 * meaning; the others agree with it as far as the kernel's head says.
 *
 * Thread:  isa_now from any thread. The choice is made at the first call, by
 *          what the CPU has; ENGRAM_ISA or eg_isa_use override it.
 * Errors:  none. A name that is not understood in ENGRAM_ISA is passed over
 *          for the best set; who reads the environment compares with eg_isa_list.
 */
#ifndef EG_ISA_H
#define EG_ISA_H

#include "runtime/base.h"

/* ISA_SCALAR_ONLY leaves all but the meaning out. */
#if defined(ISA_SCALAR_ONLY)
#elif defined(__x86_64__)
#define EG_X86 1
#include <immintrin.h>
#define EG_AVX2 __attribute__((target("avx2,fma,f16c")))
#define AVX512_FEATURES "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,f16c"
#define EG_AVX512 __attribute__((target(AVX512_FEATURES)))
#define EG_AVX512_VNNI __attribute__((target(AVX512_FEATURES ",avx512vnni")))
#define EG_AVX512_BF16 __attribute__((target(AVX512_FEATURES ",avx512bf16")))

/* Parts of a loop: a call within it would spill every register. */
#define INLINE_AVX2 __attribute__((always_inline)) EG_AVX2 static inline
#define INLINE_AVX512 __attribute__((always_inline)) EG_AVX512 static inline
#define INLINE_VNNI __attribute__((always_inline)) EG_AVX512_VNNI static inline
#define INLINE_BF16 __attribute__((always_inline)) EG_AVX512_BF16 static inline
#elif defined(__aarch64__)
#define EG_ARM 1
#include <arm_neon.h>
#define INLINE_NEON __attribute__((always_inline)) static inline
#endif

/* What one step of every kernel takes, of floats and of doubles; the rows that a mask can tell
 * apart; the queries that meet them at once. */
enum { ISA_LANES = 16, ISA_DOUBLES = 8, ISA_MASKED = 64, ISA_QUERIES = 6 };

/*
 * Consecutive rows against one query. Of each row, width floats are read; the
 * query holds width of them rounded up to ISA_LANES, with zeros at the end.
 * asks_ahead: as isa_gains_by_asking says.
 */
typedef struct isa_rows {
    const float *query, *cells;
    size_t stride, width, count;
    bool asks_ahead;
} isa_rows;

/*
 * The same for cells that are no floats, whose rows are padded with zeros: they start on
 * cache lines, stand stride cells apart and have width of them, a multiple of a line. The
 * query has as many. bf16: high + low is the query, up to 2^-17 of each number.
 */
typedef struct isa_halves {
    const float *query;
    const uint16_t *high, *low;
    const uint16_t *cells;
    size_t stride, width, count;
} isa_halves;

/* The query is 128 * high + low, high of 7 bits and a sign, low of 6 and a sign. */
typedef struct isa_bytes {
    const int16_t *query;
    const int8_t *high, *low;
    const int8_t *cells;
    size_t stride, width, count;
    int64_t query_sum;
} isa_bytes;

/* Of bits a cell is a byte. */
typedef struct isa_bits {
    const uint8_t *query, *cells;
    size_t stride, width, count;
} isa_bits;

/* A panel of ISA_PANEL rows against ISA_QUERIES queries: width places, in the order of panel.h, and
 * at each a number of every row, or of every query. */
typedef struct isa_panel {
    const float *queries, *cells;
    size_t width;
} isa_panel;

/* The norm of a query, and those of count rows, ISA_MASKED of them at most. */
typedef struct isa_norms {
    const double *rows;
    double query;
    size_t count;
} isa_norms;

/* The labels of nodes. reached, with_arcs: a bit per node, in words of 64, of which those from
 * first up to end are looked at, ISA_SETTLED at most. settled: the bits by which a hit is told,
 * low_last the lower half of labels at the last hop. Added to: the activations of hits with arcs
 * that are last, those of all others that were reached; the hits with arcs that are not last.
 * low_least is lowered to that of the hits. */
enum { ISA_SETTLED = 8 };

typedef struct isa_settled {
    const uint64_t *labels, *reached, *with_arcs;
    uint64_t settled;
    size_t first, end;
    uint32_t low_last, low_least, fired;
    double last[ISA_DOUBLES], waiting[ISA_DOUBLES];
} isa_settled;

/*
 * Spreads side by side: ISA_WIDE doubles per node, on 64 bytes; those of ISA_NEAR nodes lie in a
 * second-level cache. flow_scatter looks at one node, whose arcs are those from start up to end;
 * it answers a bit for each lane that has something, and counts the lanes that pass something on.
 */
enum { ISA_WIDE = 16, ISA_NEAR = 2048 };

typedef struct isa_flow_scatter {
    const double *now;
    double *next;
    const uint32_t *targets;
    const float *weights;
    uint32_t node, start, end, edges;
    double kept, passed, fan;
    bool is_far; /* next is larger than caches nearby: targets are fetched ahead */
    uint32_t *counts;
} isa_flow_scatter;

/* running: a bit per lane. most is raised to the greatest that is left in a lane, change grows
 * by all that changed in it. */
typedef struct isa_flow_update {
    double *now, *next;
    size_t nodes;
    uint32_t running;
    double kept, suppress;
    double most[ISA_WIDE], change[ISA_WIDE];
} isa_flow_update;

/*
 * Firing spreads side by side, nodes as above. scatter: one node's arcs, from start up to end;
 * lanes: a bit for each that gives, at least one, the shares of all others being 0.
 */
typedef struct isa_scatter {
    const double *shares;
    double *inputs;
    const uint32_t *targets;
    const float *weights;
    size_t start, end, edges;
    uint32_t lanes;
    bool is_far; /* as above, of inputs */
} isa_scatter;

/* Of the 64 nodes from first on, those whose bit is set; added to: count and, by id, sums. */
typedef struct isa_residual {
    const double *values;
    const uint32_t *offsets;
    size_t first, count;
    uint64_t bits;
    double sums[ISA_DOUBLES];
} isa_residual;

/* The nodes from first on whose bit is set; fans: what these 64 divide by, or NULL for 1. Added
 * to: the frontier's places from count on (ids, firing, shares) and their arcs, lanes that run,
 * fresh by lane and, if is_last, waiting by lane, in ISA_DOUBLES sums, a node's by its id.
 * in_range is cleared if an activation is none for a float. inputs are the totals, or with refire
 * the pulses. */
typedef struct isa_frontier {
    double *totals, *inputs, *shares;
    const uint32_t *offsets;
    uint32_t *ids;
    uint16_t *firing, *fired;
    const double *fans;
    double threshold, clamp, decay;
    bool refire, is_max, is_last, in_range;
    uint32_t running;
    size_t first, count, arcs_out;
    uint64_t bits, with_arcs;
    double waiting[ISA_DOUBLES][ISA_WIDE];
    uint32_t fresh[ISA_WIDE];
} isa_frontier;

/* Of 64 nodes, the first being that of values, those whose bit is set. Lane k's keys are from
 * keys + k * stride on. least: what is not above it has no key below the cut. */
typedef struct isa_ranking_keys {
    const double *values;
    uint64_t bits;
    uint32_t first;
    uint64_t *keys;
    size_t stride;
    uint64_t counts[ISA_WIDE], cuts[ISA_WIDE];
    double least[ISA_WIDE];
} isa_ranking_keys;

struct decay_law;

/* The rows of a panel, half of what a mask can tell apart. */
enum { ISA_PANEL = ISA_MASKED / 2 };

/* floats rounded up to ISA_LANES. */
static inline size_t isa_padded(size_t floats)
{
    return base_rounded_up(floats, ISA_LANES);
}

#define ISA_PLAIN(X)                                                    \
    X(void, dot, (const isa_rows *rows, float *sums))                   \
    X(void, l2sq, (const isa_rows *rows, float *sums))                  \
    X(void, tile_dots, (const isa_rows *rows, float *sums))             \
    X(void, tile_l2sqs, (const isa_rows *rows, float *sums))            \
    X(void, panel_dots, (const isa_panel *panel, float *sums))          \
    X(void, panel_l2sqs, (const isa_panel *panel, float *sums))         \
    X(double, square, (const float *cells, size_t count))               \
    X(uint64_t, cosines, (const isa_norms *norms, float *dots))         \
    X(uint64_t, within, (const float *scores, size_t count, float low, float high)) \
    X(void, peaks, (const float *scores, size_t count, bool least, float *peaks)) \
    X(size_t, settled_keys, (isa_settled *nodes, uint64_t *keys))       \
    X(uint32_t, flow_scatter, (const isa_flow_scatter *node))           \
    X(void, flow_update, (isa_flow_update *step))                       \
    X(void, scatter, (const isa_scatter *row))                          \
    X(void, next_frontier, (isa_frontier *nodes))                       \
    X(void, ranking_keys, (isa_ranking_keys *nodes))                    \
    X(void, residual, (isa_residual *nodes))                            \
    X(bool, between, (const void *numbers, int type, size_t count, double low, double high)) \
    X(void, decay, (const struct decay_law *law, const float *strengths, float *out)) \
    X(void, f16_dot, (const isa_halves *rows, float *sums))             \
    X(void, f16_l2sq, (const isa_halves *rows, float *sums))            \
    X(void, bf16_l2sq, (const isa_halves *rows, float *sums))           \
    X(void, bits_dot, (const isa_bits *rows, uint32_t *counts))         \
    X(void, greatest, (const double *values, size_t words, double *peaks))                   \
    X(bool, above, (const double *values, size_t words, double threshold, uint64_t *bits))

/* What an extension of AVX-512 has an instruction for. The sets avx512_vnni and
 * avx512_bf16 take the avx512 version of whatever their extensions do not serve. */
#define ISA_BY_VNNI(X) X(void, i8_dot, (const isa_bytes *rows, double *sums))
#define ISA_BY_BF16(X) X(void, bf16_dot, (const isa_halves *rows, float *sums))

#define ISA_KERNELS(X) ISA_PLAIN(X) ISA_BY_VNNI(X) ISA_BY_BF16(X)

#define ISA_MEMBER(result, name, arguments) result(*name) arguments;
#define ISA_SCALAR(result, name, arguments) result eg_##name##_scalar arguments;
#define ISA_AVX2(result, name, arguments) result eg_##name##_avx2 arguments;
#define ISA_AVX512(result, name, arguments) result eg_##name##_avx512 arguments;
#define ISA_VNNI(result, name, arguments) result eg_##name##_vnni arguments;
#define ISA_BF16(result, name, arguments) result eg_##name##_bf16 arguments;
#define ISA_NEON(result, name, arguments) result eg_##name##_neon arguments;

typedef struct isa {
    const char *name;
    ISA_KERNELS(ISA_MEMBER)
} isa;

ISA_KERNELS(ISA_SCALAR)
#ifdef EG_X86
ISA_KERNELS(ISA_AVX2)
ISA_KERNELS(ISA_AVX512)
ISA_BY_VNNI(ISA_VNNI)
ISA_BY_BF16(ISA_BF16)
#endif
#ifdef EG_ARM
ISA_KERNELS(ISA_NEON)
#endif

/* Whether this CPU reads rows of floats, width in each and all_bytes in all, faster when it is
 * asked for lines ahead than by its prefetcher alone. */
bool isa_gains_by_asking(size_t width, size_t all_bytes);

/* The table in use. Take it once per call, not once per row. */
const isa *isa_now(void);

#endif
