/*
 * dot: the sum of query[i] * row[i], for one row after the other.
 * l2sq: the sum of (query[i] - row[i])^2, likewise.
 * square: the sum of cells[i]^2, in double: it can neither overflow nor vanish.
 *
 * Any width, any stride, any alignment; sums overlaps nothing. Width 0 gives
 * 0. NaN and infinities run through the sums: a result that is finite came
 * from finite cells alone. A row's sum depends on its cells only, never on its
 * place among the others, nor on zeros that follow it.
 *
 * dot and l2sq: the scalar version adds in double, the others in float in the order of
 * sums.h, so scalar differs from them by rounding and they agree to the bit. square:
 * the same bits everywhere, for a product of floats is exact in double and all add in
 * the same order.
 */
#include "kernels/sums.h"

/* Rows of at most so many registers have code of their own. */
enum { NARROW_BLOCKS = SUMS_NARROW / 16 };

/* How many bytes ahead lines are asked for. */
enum { WIDE_AHEAD = 1024, NARROW_AHEAD = 4096 };

/* ---- scalar ---- */

void eg_dot_scalar(const isa_rows *rows, float *sums)
{
    for (size_t r = 0; r < rows->count; r++) {
        const float *row = rows->cells + r * rows->stride;
        double sum = 0;
        for (size_t i = 0; i < rows->width; i++) sum += (double)rows->query[i] * row[i];
        sums[r] = (float)sum;
    }
}

void eg_l2sq_scalar(const isa_rows *rows, float *sums)
{
    for (size_t r = 0; r < rows->count; r++) {
        const float *row = rows->cells + r * rows->stride;
        double sum = 0;
        for (size_t i = 0; i < rows->width; i++) {
            double diff = (double)rows->query[i] - row[i];
            sum += diff * diff;
        }
        sums[r] = (float)sum;
    }
}

double eg_square_scalar(const float *cells, size_t count)
{
    double sums[8] = {0};
    for (size_t i = 0; i < count; i++) sums[i % 8] += (double)cells[i] * cells[i];
    for (size_t i = 0; i < 4; i++) sums[i] += sums[i + 4];
    return (sums[0] + sums[2]) + (sums[1] + sums[3]);
}

#ifdef EG_X86

/* ---- AVX2 ---- */

/* A row whose width is no multiple of the lanes: cells past its end are not ours to read. */
INLINE_AVX2 void tail(const isa_rows *rows, const float *row, size_t i, __m256 *lo_f32x8,
                      __m256 *hi_f32x8, bool l2)
{
    size_t lanes = rows->width - i;
    __m256 row_lo_f32x8 = _mm256_maskload_ps(row + i, sums_mask(lanes, 0));
    __m256 row_hi_f32x8 = _mm256_maskload_ps(row + i + 8, sums_mask(lanes, 8));
    *lo_f32x8 = sums_term(row_lo_f32x8, _mm256_load_ps(rows->query + i), *lo_f32x8, l2);
    *hi_f32x8 = sums_term(row_hi_f32x8, _mm256_load_ps(rows->query + i + 8), *hi_f32x8, l2);
}

INLINE_AVX2 __m256 step(const float *row, const float *query, __m256 sum_f32x8, bool l2)
{
    return sums_term(_mm256_loadu_ps(row), _mm256_load_ps(query), sum_f32x8, l2);
}

/*
 * Four narrow rows side by side, stride floats apart, each in two registers of partial sums: the
 * query's cells serve all of them, and no multiply-add waits for the last one. That is not the
 * order of memory, which the prefetcher follows: from memory rows would come a third slower than
 * one after the other, unless lines further on were asked for in that order (Zen 3). Past the
 * last row there is nothing to find, and no harm.
 */
INLINE_AVX2 __m128 narrow_sums_of_four(const isa_rows *rows, const float *row, size_t stride,
                                       bool l2)
{
    enum { AHEAD = 8192, LINE = 64 };
    uintptr_t line = (uintptr_t)row + AHEAD;
    __m256 low_f32x8[SUMS_ROWS], high_f32x8[SUMS_ROWS];
    size_t i = 0;
#pragma GCC unroll 4
    for (size_t r = 0; r < SUMS_ROWS; r++) low_f32x8[r] = high_f32x8[r] = _mm256_setzero_ps();
    for (; i + 16 <= rows->width; i += 16) {
        __m256 low_query_f32x8 = _mm256_load_ps(rows->query + i);
        __m256 high_query_f32x8 = _mm256_load_ps(rows->query + i + 8);
#pragma GCC unroll 4
        for (size_t r = 0; r < SUMS_ROWS; r++, line += LINE) {
            const float *cells = row + r * stride + i;
            _mm_prefetch((const char *)line, _MM_HINT_T0);
            low_f32x8[r] = sums_term(_mm256_loadu_ps(cells), low_query_f32x8, low_f32x8[r], l2);
            high_f32x8[r] = sums_term(_mm256_loadu_ps(cells + 8), high_query_f32x8, high_f32x8[r],
                                      l2);
        }
    }
#pragma GCC unroll 4
    for (size_t r = 0; r < SUMS_ROWS; r++) {
        if (i < rows->width) tail(rows, row + r * stride, i, low_f32x8 + r, high_f32x8 + r, l2);
    }
    return sums_of_four(low_f32x8, high_f32x8);
}

/* A row that is left over is taken four times. */
INLINE_AVX2 void sums_of_narrow_rows(const isa_rows *rows, float *sums, bool l2)
{
    const float *row = rows->cells;
    size_t stride = rows->stride, r = 0;
    for (; r + SUMS_ROWS <= rows->count; r += SUMS_ROWS, row += SUMS_ROWS * stride) {
        _mm_storeu_ps(sums + r, narrow_sums_of_four(rows, row, stride, l2));
    }
    for (; r < rows->count; r++, row += stride) {
        _mm_store_ss(sums + r, narrow_sums_of_four(rows, row, 0, l2));
    }
}

/*
 * Four registers of partial sums: one is half a cache line, so two of them
 * would wait for their last multiply-add while the loads could go on.
 */
INLINE_AVX2 void sum_wide_row(const isa_rows *rows, size_t r, bool l2, __m256 *low_f32x8,
                              __m256 *high_f32x8)
{
    const float *row = rows->cells + r * rows->stride, *query = rows->query;
    __m256 a_f32x8 = _mm256_setzero_ps(), b_f32x8 = a_f32x8, c_f32x8 = a_f32x8, d_f32x8 = a_f32x8;
    size_t i = 0;
    for (; i + 32 <= rows->width; i += 32) {
        a_f32x8 = step(row + i, query + i, a_f32x8, l2);
        b_f32x8 = step(row + i + 8, query + i + 8, b_f32x8, l2);
        c_f32x8 = step(row + i + 16, query + i + 16, c_f32x8, l2);
        d_f32x8 = step(row + i + 24, query + i + 24, d_f32x8, l2);
    }
    if (i + 16 <= rows->width) {
        a_f32x8 = step(row + i, query + i, a_f32x8, l2);
        b_f32x8 = step(row + i + 8, query + i + 8, b_f32x8, l2);
        if (i + 16 < rows->width) tail(rows, row, i + 16, &c_f32x8, &d_f32x8, l2);
    } else if (i < rows->width) {
        tail(rows, row, i, &a_f32x8, &b_f32x8, l2);
    }
    *low_f32x8 = _mm256_add_ps(a_f32x8, c_f32x8);
    *high_f32x8 = _mm256_add_ps(b_f32x8, d_f32x8);
}

/* Rows strictly in the order of memory; the reduction to one number waits until it serves four
 * of them. */
INLINE_AVX2 void sums_of_wide_rows(const isa_rows *rows, float *sums, bool l2)
{
    __m256 low_f32x8[SUMS_ROWS] = {_mm256_setzero_ps()}, high_f32x8[SUMS_ROWS] = {low_f32x8[0]};
    for (size_t r = 0; r < rows->count; r += SUMS_ROWS) {
        size_t rest = rows->count - r < SUMS_ROWS ? rows->count - r : SUMS_ROWS;
        for (size_t i = 0; i < rest; i++) {
            sum_wide_row(rows, r + i, l2, low_f32x8 + i, high_f32x8 + i);
        }
        __m128 four_f32x4 = sums_of_four(low_f32x8, high_f32x8);
        if (rest == SUMS_ROWS) _mm_storeu_ps(sums + r, four_f32x4);
        else _mm_maskstore_ps(sums + r, _mm256_castsi256_si128(sums_mask(rest, 0)), four_f32x4);
    }
}

EG_AVX2 void eg_dot_avx2(const isa_rows *rows, float *sums)
{
    if (rows->width <= SUMS_NARROW) sums_of_narrow_rows(rows, sums, false);
    else sums_of_wide_rows(rows, sums, false);
}

EG_AVX2 void eg_l2sq_avx2(const isa_rows *rows, float *sums)
{
    if (rows->width <= SUMS_NARROW) sums_of_narrow_rows(rows, sums, true);
    else sums_of_wide_rows(rows, sums, true);
}

/* In the order of the scalar version, as all of square. */
INLINE_AVX2 double reduce_f64x4(__m256d four_f64x4)
{
    __m128d two_f64x2 = _mm_add_pd(_mm256_castpd256_pd128(four_f64x4),
                                   _mm256_extractf128_pd(four_f64x4, 1));
    return _mm_cvtsd_f64(two_f64x2) + _mm_cvtsd_f64(_mm_unpackhi_pd(two_f64x2, two_f64x2));
}

EG_AVX2 double eg_square_avx2(const float *cells, size_t count)
{
    __m256d lo_f64x4 = _mm256_setzero_pd(), hi_f64x4 = lo_f64x4;
    for (size_t i = 0; i < count; i += 8) {
        size_t lanes = count - i < 8 ? count - i : 8;
        __m256 cells_f32x8 = lanes == 8 ? _mm256_loadu_ps(cells + i)
                                        : _mm256_maskload_ps(cells + i, sums_mask(lanes, 0));
        __m256d a_f64x4 = _mm256_cvtps_pd(_mm256_castps256_ps128(cells_f32x8));
        __m256d b_f64x4 = _mm256_cvtps_pd(_mm256_extractf128_ps(cells_f32x8, 1));
        lo_f64x4 = _mm256_fmadd_pd(a_f64x4, a_f64x4, lo_f64x4);
        hi_f64x4 = _mm256_fmadd_pd(b_f64x4, b_f64x4, hi_f64x4);
    }
    return reduce_f64x4(_mm256_add_pd(lo_f64x4, hi_f64x4));
}

/* ---- AVX-512 ---- */

INLINE_AVX512 __m512 wide_step(const float *row, const float *query, __m512 sum_f32x16, bool l2)
{
    return sums_wide_term(_mm512_loadu_ps(row), _mm512_load_ps(query), sum_f32x16, l2);
}

/* So many bytes further on. Past the last row there is nothing to find, and no harm. */
INLINE_AVX512 void ask_ahead(const float *row, size_t bytes)
{
    _mm_prefetch((const char *)((uintptr_t)row + bytes), _MM_HINT_T0);
}

/* Two registers of partial sums: one is a whole cache line, and the rows that follow run beside. */
INLINE_AVX512 __m512 wide_sum_of_row(const isa_rows *rows, const float *row, bool asks, bool l2)
{
    const float *query = rows->query;
    __m512 a_f32x16 = _mm512_setzero_ps(), b_f32x16 = a_f32x16;
    size_t i = 0, width = rows->width;
    for (; width <= SUMS_NARROW && i + 16 <= width; i += 16) {
        a_f32x16 = wide_step(row + i, query + i, a_f32x16, l2);
    }
#pragma GCC unroll 4
    for (; i < width / 32 * 32; i += 32) {
        if (asks) {
            ask_ahead(row + i, WIDE_AHEAD);
            ask_ahead(row + i + 16, WIDE_AHEAD);
        }
        a_f32x16 = wide_step(row + i, query + i, a_f32x16, l2);
        b_f32x16 = wide_step(row + i + 16, query + i + 16, b_f32x16, l2);
    }
    if (i + 16 <= width) {
        a_f32x16 = wide_step(row + i, query + i, a_f32x16, l2);
        i += 16;
        if (i == width) return _mm512_add_ps(a_f32x16, b_f32x16);
        __m512 row_f32x16 = _mm512_maskz_loadu_ps(sums_first(width - i), row + i);
        b_f32x16 = sums_wide_term(row_f32x16, _mm512_load_ps(query + i), b_f32x16, l2);
    } else if (i < width) {
        __m512 row_f32x16 = _mm512_maskz_loadu_ps(sums_first(width - i), row + i);
        a_f32x16 = sums_wide_term(row_f32x16, _mm512_load_ps(query + i), a_f32x16, l2);
    }
    return _mm512_add_ps(a_f32x16, b_f32x16);
}

/* The same for a row of so many whole registers, and a query that is held in as many. */
INLINE_AVX512 __m512 narrow_sum_of_row(const float *row, const __m512 *query_f32x16, size_t blocks,
                                       bool asks, bool l2)
{
    __m512 sum_f32x16 = _mm512_setzero_ps();
#pragma GCC unroll 16
    for (size_t i = 0; i < blocks; i++) {
        __m512 row_f32x16 = _mm512_loadu_ps(row + 16 * i);
        if (asks) ask_ahead(row + 16 * i, NARROW_AHEAD);
        sum_f32x16 = sums_wide_term(row_f32x16, query_f32x16[i], sum_f32x16, l2);
    }
    return sum_f32x16;
}

/*
 * All rows that make whole registers of sums, in the order of memory and each by the same
 * instructions: the prefetcher of Zen 5 tells streams apart by the addresses of their loads,
 * and loses them (half the speed at 128 floats) when the code of four rows is written out.
 * blocks: those of a narrow row, 0 for any width.
 */
INLINE_AVX512 void wide_sums_of_rows(const isa_rows *rows, float *sums, size_t blocks, bool asks,
                                     bool l2)
{
    __m512 query_f32x16[NARROW_BLOCKS], four_f32x16[SUMS_ROWS];
#pragma GCC unroll 16
    for (size_t i = 0; i < blocks; i++) query_f32x16[i] = _mm512_load_ps(rows->query + 16 * i);
    const float *row = rows->cells;
    const size_t stride = rows->stride, count = rows->count;
    for (size_t r = 0; r + SUMS_ROWS <= count; r += SUMS_ROWS) {
#pragma GCC unroll 1
        for (size_t i = 0; i < SUMS_ROWS; i++, row += stride) {
            four_f32x16[i] = blocks > 0 ? narrow_sum_of_row(row, query_f32x16, blocks, asks, l2)
                                        : wide_sum_of_row(rows, row, asks, l2);
        }
        _mm_storeu_ps(sums + r, sums_wide_of_four(four_f32x16));
    }
}

#define NARROW(blocks) case 16 * blocks: wide_sums_of_rows(rows, sums, blocks, asks, l2); break;

INLINE_AVX512 void wide_sums(const isa_rows *rows, float *sums, bool asks, bool l2)
{
    switch (rows->width) {
    NARROW(1) NARROW(2) NARROW(3) NARROW(4) NARROW(5) NARROW(6) NARROW(7) NARROW(8)
    NARROW(9) NARROW(10) NARROW(11) NARROW(12) NARROW(13) NARROW(14) NARROW(15) NARROW(16)
    default: wide_sums_of_rows(rows, sums, 0, asks, l2);
    }
    size_t rest = rows->count % SUMS_ROWS, r = rows->count - rest;
    if (rest == 0) return;
    __m512 four_f32x16[SUMS_ROWS] = {_mm512_setzero_ps()};
    for (size_t i = 0; i < rest; i++) {
        four_f32x16[i] = wide_sum_of_row(rows, rows->cells + (r + i) * rows->stride, false, l2);
    }
    _mm_mask_storeu_ps(sums + r, (__mmask8)sums_first(rest), sums_wide_of_four(four_f32x16));
}

EG_AVX512 void eg_dot_avx512(const isa_rows *rows, float *sums)
{
    if (rows->asks_ahead) wide_sums(rows, sums, true, false);
    else wide_sums(rows, sums, false, false);
}

EG_AVX512 void eg_l2sq_avx512(const isa_rows *rows, float *sums)
{
    if (rows->asks_ahead) wide_sums(rows, sums, true, true);
    else wide_sums(rows, sums, false, true);
}

EG_AVX512 double eg_square_avx512(const float *cells, size_t count)
{
    __m512d sums_f64x8 = _mm512_setzero_pd();
    for (size_t i = 0; i < count; i += 8) {
        __mmask8 here = (__mmask8)sums_first(count - i < 8 ? count - i : 8);
        __m512d cells_f64x8 = _mm512_cvtps_pd(_mm256_maskz_loadu_ps(here, cells + i));
        sums_f64x8 = _mm512_fmadd_pd(cells_f64x8, cells_f64x8, sums_f64x8);
    }
    __m256d four_f64x4 = _mm256_add_pd(_mm512_castpd512_pd256(sums_f64x8),
                                       _mm512_extractf64x4_pd(sums_f64x8, 1));
    return reduce_f64x4(four_f64x4);
}

#endif
