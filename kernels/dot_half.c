/*
 * f16_dot, bf16_dot: the sum of query[i] * row[i], for one row after the other.
 * f16_l2sq, bf16_l2sq: the sum of (query[i] - row[i])^2, likewise.
 *
 * Rows as in isa_halves; the query is in float, 64-byte aligned. The cells are
 * widened, which is exact, and added up as in dot.c: the scalar version in double,
 * the others in float over 32 partial sums at least. NaN and infinities run through the
 * sums. A row's sum depends on its cells only, never on its place among the others.
 *
 * bf16_dot of avx512_bf16 takes the query in two parts of eight bits each, which lack up to
 * 2^-17 of each number; and whatever is below 2^-126, cells, parts, products and sums,
 * counts as 0 there. Who can not do without must ask the norms.
 */
#include "kernels/reduce.h"
#include "kernels/cells.h"
#include "kernels/isa.h"
#include "runtime/engram.h"

/* Rows whose sums are reduced together. A line of cache, its cells, and how far ahead one is
 * asked for, in bytes. */
enum { ROWS = 4, LINE = 64, CELLS = LINE / 2, AHEAD = 8192 };

/* ---- scalar ---- */

static double sum_in_double(int type, const isa_halves *rows, size_t r, bool l2)
{
    const uint16_t *row = rows->cells + r * rows->stride;
    float cells[CELLS_CHUNK];
    double sum = 0;
    for (size_t i = 0; i < rows->width; i++) {
        if (i % CELLS_CHUNK == 0) {
            size_t rest = rows->width - i;
            cells_read(type, row, i, rest < CELLS_CHUNK ? rest : CELLS_CHUNK, 1, cells);
        }
        double query = rows->query[i], cell = cells[i % CELLS_CHUNK];
        sum += l2 ? (query - cell) * (query - cell) : query * cell;
    }
    return sum;
}

void eg_f16_dot_scalar(const isa_halves *rows, float *sums)
{
    for (size_t r = 0; r < rows->count; r++) {
        sums[r] = (float)sum_in_double(EG_F16, rows, r, false);
    }
}

void eg_f16_l2sq_scalar(const isa_halves *rows, float *sums)
{
    for (size_t r = 0; r < rows->count; r++) {
        sums[r] = (float)sum_in_double(EG_F16, rows, r, true);
    }
}

void eg_bf16_dot_scalar(const isa_halves *rows, float *sums)
{
    for (size_t r = 0; r < rows->count; r++) {
        sums[r] = (float)sum_in_double(EG_BF16, rows, r, false);
    }
}

void eg_bf16_l2sq_scalar(const isa_halves *rows, float *sums)
{
    for (size_t r = 0; r < rows->count; r++) {
        sums[r] = (float)sum_in_double(EG_BF16, rows, r, true);
    }
}

#ifdef EG_X86

/* ---- AVX2 ---- */

INLINE_AVX2 __m256 widened(const uint16_t *cells, bool bf16)
{
    __m128i cells_u16x8 = _mm_load_si128((const __m128i *)(const void *)cells);
    if (!bf16) return _mm256_cvtph_ps(cells_u16x8);
    return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(cells_u16x8), 16));
}

INLINE_AVX2 __m256 term(__m256 row_f32x8, __m256 query_f32x8, __m256 sum_f32x8, bool l2)
{
    if (!l2) return _mm256_fmadd_ps(row_f32x8, query_f32x8, sum_f32x8);
    __m256 diff_f32x8 = _mm256_sub_ps(query_f32x8, row_f32x8);
    return _mm256_fmadd_ps(diff_f32x8, diff_f32x8, sum_f32x8);
}

/*
 * Rows side by side, stride cells apart: what was loaded of the query serves them all. That is
 * not the order of memory, which the prefetcher follows: lines further on are asked for in that
 * order. Past the last row there is nothing to find, and no harm. Two rows: for four there are
 * not enough registers.
 */
INLINE_AVX2 void sums_of_two(const isa_halves *rows, const uint16_t *row, size_t stride,
                             bool bf16, bool l2, __m256 *two_f32x8)
{
    enum { PARTS = CELLS / 8 };
    __m256 a_f32x8[PARTS], b_f32x8[PARTS];
    uintptr_t line = (uintptr_t)row + AHEAD;
#pragma GCC unroll 4
    for (size_t k = 0; k < PARTS; k++) a_f32x8[k] = b_f32x8[k] = _mm256_setzero_ps();
    for (size_t i = 0; i < rows->width; i += CELLS, line += 2 * LINE) {
        const uint16_t *cells = row + i;
        _mm_prefetch((const char *)line, _MM_HINT_T0);
        _mm_prefetch((const char *)(line + LINE), _MM_HINT_T0);
#pragma GCC unroll 4
        for (size_t k = 0; k < PARTS; k++, cells += 8) {
            __m256 query_f32x8 = _mm256_load_ps(rows->query + i + 8 * k);
            a_f32x8[k] = term(widened(cells, bf16), query_f32x8, a_f32x8[k], l2);
            b_f32x8[k] = term(widened(cells + stride, bf16), query_f32x8, b_f32x8[k], l2);
        }
    }
    two_f32x8[0] = _mm256_add_ps(_mm256_add_ps(a_f32x8[0], a_f32x8[1]),
                                 _mm256_add_ps(a_f32x8[2], a_f32x8[3]));
    two_f32x8[1] = _mm256_add_ps(_mm256_add_ps(b_f32x8[0], b_f32x8[1]),
                                 _mm256_add_ps(b_f32x8[2], b_f32x8[3]));
}

INLINE_AVX2 __m128 sums_of_four(const isa_halves *rows, const uint16_t *row, size_t stride,
                                bool bf16, bool l2)
{
    __m256 four_f32x8[ROWS];
    sums_of_two(rows, row, stride, bf16, l2, four_f32x8);
    sums_of_two(rows, row + 2 * stride, stride, bf16, l2, four_f32x8 + 2);
    return reduce_f32x8(four_f32x8);
}

/* A row that is left over is taken four times. */
INLINE_AVX2 void sums_of_rows(const isa_halves *rows, float *sums, bool bf16, bool l2)
{
    const uint16_t *row = rows->cells;
    size_t stride = rows->stride, r = 0;
    for (; r + ROWS <= rows->count; r += ROWS, row += ROWS * stride) {
        _mm_storeu_ps(sums + r, sums_of_four(rows, row, stride, bf16, l2));
    }
    for (; r < rows->count; r++, row += stride) {
        _mm_store_ss(sums + r, sums_of_four(rows, row, 0, bf16, l2));
    }
}

EG_AVX2 void eg_f16_dot_avx2(const isa_halves *rows, float *sums)
{
    sums_of_rows(rows, sums, false, false);
}

EG_AVX2 void eg_f16_l2sq_avx2(const isa_halves *rows, float *sums)
{
    sums_of_rows(rows, sums, false, true);
}

EG_AVX2 void eg_bf16_dot_avx2(const isa_halves *rows, float *sums)
{
    sums_of_rows(rows, sums, true, false);
}

EG_AVX2 void eg_bf16_l2sq_avx2(const isa_halves *rows, float *sums)
{
    sums_of_rows(rows, sums, true, true);
}

/* ---- AVX-512 ---- */

INLINE_AVX512 __m512 wide_widened(const uint16_t *cells, bool bf16)
{
    __m256i cells_u16x16 = _mm256_load_si256((const __m256i *)(const void *)cells);
    if (!bf16) return _mm512_cvtph_ps(cells_u16x16);
    return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(cells_u16x16), 16));
}

INLINE_AVX512 __m512 wide_term(__m512 row_f32x16, __m512 query_f32x16, __m512 sum_f32x16,
                               bool l2)
{
    if (!l2) return _mm512_fmadd_ps(row_f32x16, query_f32x16, sum_f32x16);
    __m512 diff_f32x16 = _mm512_sub_ps(query_f32x16, row_f32x16);
    return _mm512_fmadd_ps(diff_f32x16, diff_f32x16, sum_f32x16);
}

/*
 * Four rows side by side, stride cells apart: what was loaded of the query serves them all. That
 * is not the order of memory, which the prefetcher follows: lines further on are asked for in
 * that order. Past the last row there is nothing to find, and no harm.
 */
INLINE_AVX512 __m128 wide_sums_of_four(const isa_halves *rows, const uint16_t *row, size_t stride,
                                       bool bf16, bool l2)
{
    __m512 a_f32x16[ROWS], b_f32x16[ROWS];
    uintptr_t line = (uintptr_t)row + AHEAD;
#pragma GCC unroll 4
    for (size_t r = 0; r < ROWS; r++) a_f32x16[r] = b_f32x16[r] = _mm512_setzero_ps();
    for (size_t i = 0; i < rows->width; i += CELLS) {
        __m512 a_query_f32x16 = _mm512_load_ps(rows->query + i);
        __m512 b_query_f32x16 = _mm512_load_ps(rows->query + i + 16);
#pragma GCC unroll 4
        for (size_t r = 0; r < ROWS; r++, line += LINE) {
            const uint16_t *cells = row + r * stride + i;
            _mm_prefetch((const char *)line, _MM_HINT_T0);
            a_f32x16[r] = wide_term(wide_widened(cells, bf16), a_query_f32x16, a_f32x16[r], l2);
            b_f32x16[r] = wide_term(wide_widened(cells + 16, bf16), b_query_f32x16, b_f32x16[r],
                                    l2);
        }
    }
#pragma GCC unroll 4
    for (size_t r = 0; r < ROWS; r++) a_f32x16[r] = _mm512_add_ps(a_f32x16[r], b_f32x16[r]);
    return reduce_f32x16(a_f32x16);
}

/* A row that is left over is taken four times. */
INLINE_AVX512 void wide_sums_of_rows(const isa_halves *rows, float *sums, bool bf16, bool l2)
{
    const uint16_t *row = rows->cells;
    size_t stride = rows->stride, r = 0;
    for (; r + ROWS <= rows->count; r += ROWS, row += ROWS * stride) {
        _mm_storeu_ps(sums + r, wide_sums_of_four(rows, row, stride, bf16, l2));
    }
    for (; r < rows->count; r++, row += stride) {
        _mm_store_ss(sums + r, wide_sums_of_four(rows, row, 0, bf16, l2));
    }
}

EG_AVX512 void eg_f16_dot_avx512(const isa_halves *rows, float *sums)
{
    wide_sums_of_rows(rows, sums, false, false);
}

EG_AVX512 void eg_f16_l2sq_avx512(const isa_halves *rows, float *sums)
{
    wide_sums_of_rows(rows, sums, false, true);
}

EG_AVX512 void eg_bf16_dot_avx512(const isa_halves *rows, float *sums)
{
    wide_sums_of_rows(rows, sums, true, false);
}

EG_AVX512 void eg_bf16_l2sq_avx512(const isa_halves *rows, float *sums)
{
    wide_sums_of_rows(rows, sums, true, true);
}

/* ---- AVX-512 with BF16: 32 products per instruction, on the data as they are ---- */

INLINE_BF16 __m512bh line_of(const uint16_t *cells)
{
    return (__m512bh)_mm512_load_si512(cells);
}

/* As wide_sums_of_four, with a sum for each part of the query. */
INLINE_BF16 __m128 pairs_of_four(const isa_halves *rows, const uint16_t *row, size_t stride)
{
    __m512 high_f32x16[ROWS], low_f32x16[ROWS];
    uintptr_t line = (uintptr_t)row + AHEAD;
#pragma GCC unroll 4
    for (size_t r = 0; r < ROWS; r++) high_f32x16[r] = low_f32x16[r] = _mm512_setzero_ps();
    for (size_t i = 0; i < rows->width; i += CELLS) {
        __m512bh high_bf16x32 = line_of(rows->high + i), low_bf16x32 = line_of(rows->low + i);
#pragma GCC unroll 4
        for (size_t r = 0; r < ROWS; r++, line += LINE) {
            __m512bh row_bf16x32 = line_of(row + r * stride + i);
            _mm_prefetch((const char *)line, _MM_HINT_T0);
            high_f32x16[r] = _mm512_dpbf16_ps(high_f32x16[r], row_bf16x32, high_bf16x32);
            low_f32x16[r] = _mm512_dpbf16_ps(low_f32x16[r], row_bf16x32, low_bf16x32);
        }
    }
#pragma GCC unroll 4
    for (size_t r = 0; r < ROWS; r++) {
        high_f32x16[r] = _mm512_add_ps(high_f32x16[r], low_f32x16[r]);
    }
    return reduce_f32x16(high_f32x16);
}

EG_AVX512_BF16 void eg_bf16_dot_bf16(const isa_halves *rows, float *sums)
{
    const uint16_t *row = rows->cells;
    size_t stride = rows->stride, r = 0;
    for (; r + ROWS <= rows->count; r += ROWS, row += ROWS * stride) {
        _mm_storeu_ps(sums + r, pairs_of_four(rows, row, stride));
    }
    for (; r < rows->count; r++, row += stride) {
        _mm_store_ss(sums + r, pairs_of_four(rows, row, 0));
    }
}

#endif
