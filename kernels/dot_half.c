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

INLINE_AVX2 __m256 term(__m256 row_f32x8, const float *query, __m256 sum_f32x8, bool l2)
{
    __m256 query_f32x8 = _mm256_load_ps(query);
    if (!l2) return _mm256_fmadd_ps(row_f32x8, query_f32x8, sum_f32x8);
    __m256 diff_f32x8 = _mm256_sub_ps(query_f32x8, row_f32x8);
    return _mm256_fmadd_ps(diff_f32x8, diff_f32x8, sum_f32x8);
}

INLINE_AVX2 __m256 sum_of_row(const isa_halves *rows, size_t r, bool bf16, bool l2)
{
    const uint16_t *row = rows->cells + r * rows->stride;
    const float *query = rows->query;
    __m256 a_f32x8 = _mm256_setzero_ps(), b_f32x8 = a_f32x8, c_f32x8 = a_f32x8, d_f32x8 = a_f32x8;
    for (size_t i = 0; i < rows->width; i += 32) {
        a_f32x8 = term(widened(row + i, bf16), query + i, a_f32x8, l2);
        b_f32x8 = term(widened(row + i + 8, bf16), query + i + 8, b_f32x8, l2);
        c_f32x8 = term(widened(row + i + 16, bf16), query + i + 16, c_f32x8, l2);
        d_f32x8 = term(widened(row + i + 24, bf16), query + i + 24, d_f32x8, l2);
    }
    return _mm256_add_ps(_mm256_add_ps(a_f32x8, b_f32x8), _mm256_add_ps(c_f32x8, d_f32x8));
}

INLINE_AVX2 void sums_of_rows(const isa_halves *rows, float *sums, bool bf16, bool l2)
{
    for (size_t r = 0; r < rows->count; r += 4) {
        __m256 four_f32x8[4];
        size_t rest = rows->count - r < 4 ? rows->count - r : 4;
        for (size_t i = 0; i < 4; i++) {
            four_f32x8[i] = i < rest ? sum_of_row(rows, r + i, bf16, l2) : _mm256_setzero_ps();
        }
        __m128 four_f32x4 = reduce_f32x8(four_f32x8);
        if (rest == 4) {
            _mm_storeu_ps(sums + r, four_f32x4);
            continue;
        }
        float last[4];
        _mm_storeu_ps(last, four_f32x4);
        for (size_t i = 0; i < rest; i++) sums[r + i] = last[i];
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

INLINE_AVX512 __m512 wide_term(__m512 row_f32x16, const float *query, __m512 sum_f32x16,
                               bool l2)
{
    __m512 query_f32x16 = _mm512_load_ps(query);
    if (!l2) return _mm512_fmadd_ps(row_f32x16, query_f32x16, sum_f32x16);
    __m512 diff_f32x16 = _mm512_sub_ps(query_f32x16, row_f32x16);
    return _mm512_fmadd_ps(diff_f32x16, diff_f32x16, sum_f32x16);
}

/* Narrow rows are faster with code of their own for each of four (by a seventh at 128), wide
 * ones with one loop for all (by a tenth at 768): measured on Zen 5. */
enum { NARROW = 192 };

/* Past the last row that one is taken again: what is not stored need not be left out. */
static inline const uint16_t *row_or_last(const isa_halves *rows, size_t r)
{
    return rows->cells + (r < rows->count ? r : rows->count - 1) * rows->stride;
}

INLINE_AVX512 __m512 wide_sum_of_row(const isa_halves *rows, size_t r, bool bf16, bool l2)
{
    const uint16_t *row = row_or_last(rows, r);
    const float *query = rows->query;
    __m512 a_f32x16 = _mm512_setzero_ps(), b_f32x16 = a_f32x16;
    for (size_t i = 0; i < rows->width; i += 32) {
        a_f32x16 = wide_term(wide_widened(row + i, bf16), query + i, a_f32x16, l2);
        b_f32x16 = wide_term(wide_widened(row + i + 16, bf16), query + i + 16, b_f32x16, l2);
    }
    return _mm512_add_ps(a_f32x16, b_f32x16);
}

/* Four numbers, or the first of them. */
INLINE_AVX512 void store_first(float *sums, size_t count, __m128 four_f32x4)
{
    _mm_mask_storeu_ps(sums, (__mmask8)(count < 4 ? (1u << count) - 1 : 15), four_f32x4);
}

INLINE_AVX512 void wide_sums_of_rows(const isa_halves *rows, float *sums, bool bf16, bool l2)
{
    size_t r = 0;
    for (; rows->width <= NARROW && r < rows->count; r += 4) {
        __m512 four_f32x16[4] = {
            wide_sum_of_row(rows, r, bf16, l2), wide_sum_of_row(rows, r + 1, bf16, l2),
            wide_sum_of_row(rows, r + 2, bf16, l2), wide_sum_of_row(rows, r + 3, bf16, l2)};
        store_first(sums + r, rows->count - r, reduce_f32x16(four_f32x16));
    }
    for (; r < rows->count; r += 4) {
        __m512 four_f32x16[4];
        for (size_t i = 0; i < 4; i++) four_f32x16[i] = wide_sum_of_row(rows, r + i, bf16, l2);
        store_first(sums + r, rows->count - r, reduce_f32x16(four_f32x16));
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

/* Two sums for each part of the query: the instruction takes long to give one back. */
INLINE_BF16 __m512 pairs_of_row(const isa_halves *rows, size_t r)
{
    const uint16_t *row = row_or_last(rows, r), *high = rows->high, *low = rows->low;
    __m512 a_f32x16 = _mm512_setzero_ps(), b_f32x16 = a_f32x16;
    __m512 c_f32x16 = a_f32x16, d_f32x16 = a_f32x16;
    size_t i = 0;
    for (; i + 64 <= rows->width; i += 64) {
        __m512bh row_bf16x32 = line_of(row + i), next_bf16x32 = line_of(row + i + 32);
        a_f32x16 = _mm512_dpbf16_ps(a_f32x16, row_bf16x32, line_of(high + i));
        b_f32x16 = _mm512_dpbf16_ps(b_f32x16, row_bf16x32, line_of(low + i));
        c_f32x16 = _mm512_dpbf16_ps(c_f32x16, next_bf16x32, line_of(high + i + 32));
        d_f32x16 = _mm512_dpbf16_ps(d_f32x16, next_bf16x32, line_of(low + i + 32));
    }
    if (i < rows->width) {
        __m512bh row_bf16x32 = line_of(row + i);
        a_f32x16 = _mm512_dpbf16_ps(a_f32x16, row_bf16x32, line_of(high + i));
        b_f32x16 = _mm512_dpbf16_ps(b_f32x16, row_bf16x32, line_of(low + i));
    }
    return _mm512_add_ps(_mm512_add_ps(a_f32x16, c_f32x16), _mm512_add_ps(b_f32x16, d_f32x16));
}

EG_AVX512_BF16 void eg_bf16_dot_bf16(const isa_halves *rows, float *sums)
{
    size_t r = 0;
    for (; rows->width <= NARROW && r < rows->count; r += 4) {
        __m512 four_f32x16[4] = {pairs_of_row(rows, r), pairs_of_row(rows, r + 1),
                                 pairs_of_row(rows, r + 2), pairs_of_row(rows, r + 3)};
        store_first(sums + r, rows->count - r, reduce_f32x16(four_f32x16));
    }
    for (; r < rows->count; r += 4) {
        __m512 four_f32x16[4];
        for (size_t i = 0; i < 4; i++) four_f32x16[i] = pairs_of_row(rows, r + i);
        store_first(sums + r, rows->count - r, reduce_f32x16(four_f32x16));
    }
}

#endif
