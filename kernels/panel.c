/*
 * panel_dots: the sum of query[i] * row[i] for ISA_QUERIES queries and ISA_PANEL rows.
 * panel_l2sqs: the sum of (query[i] - row[i])^2, likewise.
 *
 * The sums of query q start at sums + q * ISA_MASKED. Each has the bits that dot and l2sq of
 * the same set give it, but for the sign of a 0.
 *
 * Partial sums that sums.h adds, as p[i] and p[i + 16], are made one after the other. Each is
 * joined at once with those before that it is added to: they wait on a stack, as the digits of a
 * binary counter do.
 */
#include "kernels/panel.h"

#include "kernels/sums.h"

/* So many sums wait, while one more is made. */
enum { DEPTH = 5 };

/* The partial sums in the order in which they are made; of a narrow row every other one. */
static const uint8_t parts[SUMS_PARTS] = {
    0, 16, 2, 18, 1, 17, 3, 19, 8, 24, 10, 26, 9, 25, 11, 27,
    4, 20, 6, 22, 5, 21, 7, 23, 12, 28, 14, 30, 13, 29, 15, 31,
};

/* Number n of count partial sums. */
static size_t part(size_t n, size_t count)
{
    return parts[n * (SUMS_PARTS / count)];
}

size_t panel_width(size_t dims)
{
    return base_rounded_up(dims, sums_parts(dims));
}

void panel_pack(const float *row, size_t dims, size_t step, float *to)
{
    size_t count = sums_parts(dims), terms = panel_width(dims) / count;
    for (size_t n = 0; n < count; n++, to += terms * step) {
        float *place = to;
        for (size_t i = part(n, count); i < dims; i += count, place += step) *place = row[i];
    }
}

/* ---- scalar ---- */

/* In double and in the order of the dims, as dot and l2sq. */
static void sums_of_panel(const isa_panel *panel, float *sums, bool l2)
{
    size_t places[SUMS_PARTS] = {0}, count = sums_parts(panel->width);
    size_t terms = panel->width / count;
    for (size_t n = 0; n < count; n++) places[part(n, count)] = n * terms;
    for (size_t q = 0; q < ISA_QUERIES; q++) {
        double totals[ISA_PANEL] = {0};
        for (size_t i = 0; i < panel->width; i++) {
            size_t place = places[i % count] + i / count;
            const float *cells = panel->cells + place * ISA_PANEL;
            float query = panel->queries[place * ISA_QUERIES + q];
            for (size_t r = 0; r < ISA_PANEL; r++) {
                double cell = cells[r], diff = query - cell;
                totals[r] += l2 ? diff * diff : query * cell;
            }
        }
        for (size_t r = 0; r < ISA_PANEL; r++) sums[q * ISA_MASKED + r] = (float)totals[r];
    }
}

void eg_panel_dots_scalar(const isa_panel *panel, float *sums)
{
    sums_of_panel(panel, sums, false);
}

void eg_panel_l2sqs_scalar(const isa_panel *panel, float *sums)
{
    sums_of_panel(panel, sums, true);
}

#ifdef EG_X86

/* ---- AVX2 ---- */

/* Of sixteen rows: eight loads then serve twelve multiply-adds, and as many registers hold sums. */
typedef __m256 sixteen_sums[ISA_QUERIES][2];

/* first: there is no sum yet to add to, so that it need not be set to 0. */
INLINE_AVX2 __m256 term(__m256 row_f32x8, __m256 query_f32x8, __m256 sum_f32x8, bool l2,
                        bool first)
{
    if (!first) return sums_term(row_f32x8, query_f32x8, sum_f32x8, l2);
    if (!l2) return _mm256_mul_ps(row_f32x8, query_f32x8);
    __m256 diff_f32x8 = _mm256_sub_ps(query_f32x8, row_f32x8);
    return _mm256_mul_ps(diff_f32x8, diff_f32x8);
}

INLINE_AVX2 void add_terms(const float *cells, const float *query, sixteen_sums sums_f32x8,
                           bool l2, bool first)
{
    __m256 low_f32x8 = _mm256_loadu_ps(cells), high_f32x8 = _mm256_loadu_ps(cells + 8);
#pragma GCC unroll 6
    for (size_t q = 0; q < ISA_QUERIES; q++) {
        __m256 query_f32x8 = _mm256_broadcast_ss(query + q), *sums = sums_f32x8[q];
        sums[0] = term(low_f32x8, query_f32x8, sums[0], l2, first);
        sums[1] = term(high_f32x8, query_f32x8, sums[1], l2, first);
    }
}

INLINE_AVX2 void add_all(const sixteen_sums others_f32x8, sixteen_sums sums_f32x8)
{
#pragma GCC unroll 12
    for (size_t i = 0; i < 2 * ISA_QUERIES; i++) {
        sums_f32x8[i / 2][i % 2] = _mm256_add_ps(others_f32x8[i / 2][i % 2],
                                                 sums_f32x8[i / 2][i % 2]);
    }
}

/*
 * Partial sum number n, joined with those on the stack. Answers how many are there then. The
 * halves of a panel use every other line each, which the prefetcher does not follow well enough;
 * behind the last panel there is nothing to find, and no harm.
 */
INLINE_AVX2 size_t push_part(const isa_panel *panel, size_t n, size_t row,
                             sixteen_sums *stack_f32x8, size_t top, bool l2)
{
    enum { AHEAD = 2048 };
    size_t terms = panel->width / sums_parts(panel->width);
    const float *cells = panel->cells + n * terms * ISA_PANEL + row;
    const float *query = panel->queries + n * terms * ISA_QUERIES;
    sixteen_sums sums_f32x8;
    add_terms(cells, query, sums_f32x8, l2, true);
    for (size_t t = 1; t < terms; t++) {
        const float *place = cells + t * ISA_PANEL;
        _mm_prefetch((const char *)((uintptr_t)place + AHEAD), _MM_HINT_T0);
        add_terms(place, query + t * ISA_QUERIES, sums_f32x8, l2, false);
    }
    for (size_t digits = n; digits % 2 == 1; digits /= 2) {
        add_all(stack_f32x8[--top], sums_f32x8);
    }
#pragma GCC unroll 12
    for (size_t i = 0; i < 2 * ISA_QUERIES; i++) {
        stack_f32x8[top][i / 2][i % 2] = sums_f32x8[i / 2][i % 2];
    }
    return top + 1;
}

/* The two halves of a panel take turns: its cells come from L1 for the second one. */
INLINE_AVX2 void panel_sums(const isa_panel *panel, float *sums, bool l2)
{
    enum { HALF = ISA_PANEL / 2 };
    sixteen_sums low_f32x8[DEPTH + 1], high_f32x8[DEPTH + 1];
    for (size_t n = 0, top = 0; n < sums_parts(panel->width); n++) {
        push_part(panel, n, 0, low_f32x8, top, l2);
        top = push_part(panel, n, HALF, high_f32x8, top, l2);
    }
    for (size_t i = 0; i < 2 * ISA_QUERIES; i++) {
        float *to = sums + i / 2 * ISA_MASKED + i % 2 * 8;
        _mm256_storeu_ps(to, low_f32x8[0][i / 2][i % 2]);
        _mm256_storeu_ps(to + HALF, high_f32x8[0][i / 2][i % 2]);
    }
}

EG_AVX2 void eg_panel_dots_avx2(const isa_panel *panel, float *sums)
{
    panel_sums(panel, sums, false);
}

EG_AVX2 void eg_panel_l2sqs_avx2(const isa_panel *panel, float *sums)
{
    panel_sums(panel, sums, true);
}

/* ---- AVX-512 ---- */

/* Two registers of rows: sixteen loads then serve 24 multiply-adds, and 24 registers hold sums. */
typedef __m512 wide_sums[ISA_QUERIES][2];

/* first: there is no sum yet to add to, so that it need not be set to 0. */
INLINE_AVX512 __m512 wide_term(__m512 row_f32x16, __m512 query_f32x16, __m512 sum_f32x16, bool l2,
                               bool first)
{
    if (!first) return sums_wide_term(row_f32x16, query_f32x16, sum_f32x16, l2);
    if (!l2) return _mm512_mul_ps(row_f32x16, query_f32x16);
    __m512 diff_f32x16 = _mm512_sub_ps(query_f32x16, row_f32x16);
    return _mm512_mul_ps(diff_f32x16, diff_f32x16);
}

INLINE_AVX512 void wide_add_terms(const float *cells, const float *query, wide_sums sums_f32x16,
                                  bool l2, bool first)
{
    __m512 low_f32x16 = _mm512_loadu_ps(cells), high_f32x16 = _mm512_loadu_ps(cells + 16);
#pragma GCC unroll 6
    for (size_t q = 0; q < ISA_QUERIES; q++) {
        __m512 query_f32x16 = _mm512_set1_ps(query[q]), *sums = sums_f32x16[q];
        sums[0] = wide_term(low_f32x16, query_f32x16, sums[0], l2, first);
        sums[1] = wide_term(high_f32x16, query_f32x16, sums[1], l2, first);
    }
}

INLINE_AVX512 void wide_add(const wide_sums others_f32x16, wide_sums sums_f32x16)
{
#pragma GCC unroll 12
    for (size_t i = 0; i < 2 * ISA_QUERIES; i++) {
        sums_f32x16[i / 2][i % 2] = _mm512_add_ps(others_f32x16[i / 2][i % 2],
                                                  sums_f32x16[i / 2][i % 2]);
    }
}

INLINE_AVX512 void wide_add_pair(const isa_panel *panel, size_t places, wide_sums s_f32x16, bool l2)
{
    size_t terms = panel->width / sums_parts(panel->width);
    const float *cells = panel->cells + places * ISA_PANEL, *high = cells + terms * ISA_PANEL;
    const float *query = panel->queries + places * ISA_QUERIES;
    const float *high_query = query + terms * ISA_QUERIES;
    wide_sums high_f32x16;
    wide_add_terms(cells, query, s_f32x16, l2, true);
    wide_add_terms(high, high_query, high_f32x16, l2, true);
    for (size_t t = 1; t < terms; t++) {
        size_t at = t * ISA_QUERIES;
        wide_add_terms(cells + t * ISA_PANEL, query + at, s_f32x16, l2, false);
        wide_add_terms(high + t * ISA_PANEL, high_query + at, high_f32x16, l2, false);
    }
    wide_add(high_f32x16, s_f32x16);
}

INLINE_AVX512 void wide_sums_of_panel(const isa_panel *panel, float *sums, bool l2)
{
    wide_sums stack_f32x16[DEPTH + 1];
    size_t top = 0, count = sums_parts(panel->width), terms = panel->width / count;
    for (size_t pair = 0; pair < count / 2; pair++, top++) {
        wide_sums s_f32x16;
        wide_add_pair(panel, pair * 2 * terms, s_f32x16, l2);
        for (size_t digits = pair; digits % 2 == 1; digits /= 2) {
            wide_add(stack_f32x16[--top], s_f32x16);
        }
#pragma GCC unroll 12
        for (size_t i = 0; i < 2 * ISA_QUERIES; i++) {
            stack_f32x16[top][i / 2][i % 2] = s_f32x16[i / 2][i % 2];
        }
    }
    for (size_t i = 0; i < 2 * ISA_QUERIES; i++) {
        _mm512_storeu_ps(sums + i / 2 * ISA_MASKED + i % 2 * 16, stack_f32x16[0][i / 2][i % 2]);
    }
}

EG_AVX512 void eg_panel_dots_avx512(const isa_panel *panel, float *sums)
{
    wide_sums_of_panel(panel, sums, false);
}

EG_AVX512 void eg_panel_l2sqs_avx512(const isa_panel *panel, float *sums)
{
    wide_sums_of_panel(panel, sums, true);
}

#endif

#ifdef EG_ARM

/* Two registers of rows, as in AVX-512. */
typedef float32x4_t eight_sums[ISA_QUERIES][2];

INLINE_NEON void add_terms(const float *cells, const float *query, eight_sums sums_f32x4,
                           bool l2)
{
    float32x4_t low_f32x4 = vld1q_f32(cells), high_f32x4 = vld1q_f32(cells + 4);
#pragma GCC unroll 6
    for (size_t q = 0; q < ISA_QUERIES; q++) {
        float32x4_t query_f32x4 = vld1q_dup_f32(query + q);
        sums_f32x4[q][0] = sums_term(low_f32x4, query_f32x4, sums_f32x4[q][0], l2);
        sums_f32x4[q][1] = sums_term(high_f32x4, query_f32x4, sums_f32x4[q][1], l2);
    }
}

INLINE_NEON void add_all(const eight_sums others_f32x4, eight_sums sums_f32x4)
{
#pragma GCC unroll 12
    for (size_t i = 0; i < 2 * ISA_QUERIES; i++) {
        sums_f32x4[i / 2][i % 2] = vaddq_f32(others_f32x4[i / 2][i % 2], sums_f32x4[i / 2][i % 2]);
    }
}

INLINE_NEON void add_pair(const isa_panel *panel, size_t places, size_t row, eight_sums s_f32x4,
                          bool l2)
{
    size_t terms = panel->width / sums_parts(panel->width);
    const float *cells = panel->cells + places * ISA_PANEL + row;
    const float *query = panel->queries + places * ISA_QUERIES;
    eight_sums high_f32x4;
#pragma GCC unroll 12
    for (size_t i = 0; i < 2 * ISA_QUERIES; i++) {
        s_f32x4[i / 2][i % 2] = high_f32x4[i / 2][i % 2] = vdupq_n_f32(0);
    }
    for (size_t t = 0; t < terms; t++) {
        size_t high = terms + t;
        add_terms(cells + t * ISA_PANEL, query + t * ISA_QUERIES, s_f32x4, l2);
        add_terms(cells + high * ISA_PANEL, query + high * ISA_QUERIES, high_f32x4, l2);
    }
    add_all(high_f32x4, s_f32x4);
}

INLINE_NEON void sums_of_eight(const isa_panel *panel, size_t row, float *sums, bool l2)
{
    eight_sums stack_f32x4[DEPTH + 1];
    size_t top = 0, count = sums_parts(panel->width), terms = panel->width / count;
    for (size_t pair = 0; pair < count / 2; pair++, top++) {
        eight_sums s_f32x4;
        add_pair(panel, pair * 2 * terms, row, s_f32x4, l2);
        for (size_t digits = pair; digits % 2 == 1; digits /= 2) {
            add_all(stack_f32x4[--top], s_f32x4);
        }
#pragma GCC unroll 12
        for (size_t i = 0; i < 2 * ISA_QUERIES; i++) {
            stack_f32x4[top][i / 2][i % 2] = s_f32x4[i / 2][i % 2];
        }
    }
    for (size_t i = 0; i < 2 * ISA_QUERIES; i++) {
        vst1q_f32(sums + i / 2 * ISA_MASKED + row + i % 2 * 4, stack_f32x4[0][i / 2][i % 2]);
    }
}

void eg_panel_dots_neon(const isa_panel *panel, float *sums)
{
    for (size_t row = 0; row < ISA_PANEL; row += 8) sums_of_eight(panel, row, sums, false);
}

void eg_panel_l2sqs_neon(const isa_panel *panel, float *sums)
{
    for (size_t row = 0; row < ISA_PANEL; row += 8) sums_of_eight(panel, row, sums, true);
}

#endif
