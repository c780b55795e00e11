/*
 * i8_dot: the sum of query[i] * row[i] in whole numbers, for one row after the other.
 *
 * Rows and query as in isa_bytes; cells may be any int8_t, numbers of the query up to
 * 127 * 128. Any width: sums are exact up to 2^53, so all versions give the same.
 * Products are added in 32 bits within a piece of a row that is too short to
 * overflow them, then in double.
 */
#include "kernels/reduce.h"
#include "kernels/isa.h"

/*
 * 16,256 * 128 * 2, times the steps of one register within a piece: 2^31 at 516. Bytes
 * times limbs, 255 * 128, add up to that over 65,793 cells.
 */
enum { PIECE = 8192, LIMB_PIECE = 65536, LIMB = 128 };

/* So short that the whole sum, 128 * 16,256 a cell, is below 2^31. */
enum { SHORT_WIDTH = 1024 };

/* Whose sums are reduced together. */
enum { ROWS = 4 };

/* ---- scalar ---- */

void eg_i8_dot_scalar(const isa_bytes *rows, double *sums)
{
    for (size_t r = 0; r < rows->count; r++) {
        const int8_t *row = rows->cells + r * rows->stride;
        int64_t sum = 0;
        for (size_t i = 0; i < rows->width; i++) sum += (int32_t)rows->query[i] * row[i];
        sums[r] = (double)sum;
    }
}

#ifdef EG_X86

static size_t piece_end(size_t start, size_t width, size_t piece)
{
    return width - start < piece ? width : start + piece;
}

/* ---- AVX2 ---- */

INLINE_AVX2 __m256i term(const int8_t *row, const int16_t *query, __m256i sum_i32x8)
{
    __m256i row_i16x16 = _mm256_cvtepi8_epi16(_mm_load_si128((const __m128i *)(const void *)row));
    __m256i query_i16x16 = _mm256_load_si256((const __m256i *)(const void *)query);
    return _mm256_add_epi32(sum_i32x8, _mm256_madd_epi16(row_i16x16, query_i16x16));
}

INLINE_AVX2 __m256d in_double(__m256i sum_i32x8)
{
    return _mm256_add_pd(_mm256_cvtepi32_pd(_mm256_castsi256_si128(sum_i32x8)),
                         _mm256_cvtepi32_pd(_mm256_extracti128_si256(sum_i32x8, 1)));
}

INLINE_AVX2 __m256d sum_of_row(const isa_bytes *rows, size_t r)
{
    const int8_t *row = rows->cells + r * rows->stride;
    __m256d sum_f64x4 = _mm256_setzero_pd();
    for (size_t start = 0; start < rows->width; start += PIECE) {
        __m256i a_i32x8 = _mm256_setzero_si256(), b_i32x8 = a_i32x8;
        for (size_t i = start; i < piece_end(start, rows->width, PIECE); i += 32) {
            a_i32x8 = term(row + i, rows->query + i, a_i32x8);
            b_i32x8 = term(row + i + 16, rows->query + i + 16, b_i32x8);
        }
        sum_f64x4 = _mm256_add_pd(sum_f64x4, in_double(a_i32x8));
        sum_f64x4 = _mm256_add_pd(sum_f64x4, in_double(b_i32x8));
    }
    return sum_f64x4;
}

/* The first of four numbers. */
INLINE_AVX2 void store_first(double *sums, size_t count, __m256d four_f64x4)
{
    static const int64_t masks[8] = {-1, -1, -1, -1};
    const __m256i *mask = (const __m256i *)(const void *)(masks + 4 - count);
    _mm256_maskstore_pd(sums, _mm256_loadu_si256(mask), four_f64x4);
}

EG_AVX2 void eg_i8_dot_avx2(const isa_bytes *rows, double *sums)
{
    for (size_t r = 0; r < rows->count; r += 4) {
        size_t rest = rows->count - r < 4 ? rows->count - r : 4;
        __m256d four_f64x4[4];
        for (size_t i = 0; i < 4; i++) {
            four_f64x4[i] = i < rest ? sum_of_row(rows, r + i) : _mm256_setzero_pd();
        }
        store_first(sums + r, rest, reduce_f64x4(four_f64x4));
    }
}

/* ---- AVX-512 ---- */

INLINE_AVX512 __m512i wide_term(const int8_t *row, const int16_t *query, __m512i sum_i32x16)
{
    __m256i row_i8x32 = _mm256_load_si256((const __m256i *)(const void *)row);
    __m512i pairs_i32x16 = _mm512_madd_epi16(_mm512_cvtepi8_epi16(row_i8x32),
                                             _mm512_load_si512(query));
    return _mm512_add_epi32(sum_i32x16, pairs_i32x16);
}

INLINE_AVX512 __m256d wide_sum_of_row(const isa_bytes *rows, size_t r)
{
    const int8_t *row = rows->cells + r * rows->stride;
    __m256d sum_f64x4 = _mm256_setzero_pd();
    for (size_t start = 0; start < rows->width; start += PIECE) {
        __m512i a_i32x16 = _mm512_setzero_si512(), b_i32x16 = a_i32x16;
        for (size_t i = start; i < piece_end(start, rows->width, PIECE); i += 64) {
            a_i32x16 = wide_term(row + i, rows->query + i, a_i32x16);
            b_i32x16 = wide_term(row + i + 32, rows->query + i + 32, b_i32x16);
        }
        __m512i sum_i32x16 = _mm512_add_epi32(a_i32x16, b_i32x16);
        sum_f64x4 = _mm256_add_pd(sum_f64x4, in_double(_mm512_castsi512_si256(sum_i32x16)));
        sum_f64x4 = _mm256_add_pd(sum_f64x4, in_double(_mm512_extracti32x8_epi32(sum_i32x16, 1)));
    }
    return sum_f64x4;
}

EG_AVX512 void eg_i8_dot_avx512(const isa_bytes *rows, double *sums)
{
    __m256d four_f64x4[4] = {_mm256_setzero_pd()};
    for (size_t r = 0; r < rows->count; r += 4) {
        size_t rest = rows->count - r < 4 ? rows->count - r : 4;
        for (size_t i = 0; i < rest; i++) four_f64x4[i] = wide_sum_of_row(rows, r + i);
        store_first(sums + r, rest, reduce_f64x4(four_f64x4));
    }
}

/* ---- AVX-512 with VNNI: four products of a byte and a limb per lane ---- */

/*
 * The instruction takes one factor without a sign: the row's cells plus 128, which is
 * their top bit flipped. That adds 128 times the sum of the query, known beforehand.
 */
INLINE_VNNI __m512i flipped(const int8_t *cells)
{
    return _mm512_xor_si512(_mm512_load_si512(cells), _mm512_set1_epi8((char)0x80));
}

/*
 * Four rows side by side, stride cells apart: what was loaded of the query serves them all, and
 * no product waits for the last one. That is not the order of memory, which the prefetcher
 * follows, and a row of bytes is done before it has found the next page: lines further on are
 * asked for in that order (bytes from memory came a third slower without, on Zen 5). Past the
 * last row there is nothing to find, and no harm.
 */
INLINE_VNNI void limbs_of_four(const isa_bytes *rows, const int8_t *row, size_t stride,
                               size_t start, size_t end, __m512i *high_i32x16,
                               __m512i *low_i32x16)
{
    enum { AHEAD = 8192, LINE = 64 };
    uintptr_t line = (uintptr_t)(row + start) + AHEAD;
#pragma GCC unroll 4
    for (size_t r = 0; r < ROWS; r++) high_i32x16[r] = low_i32x16[r] = _mm512_setzero_si512();
    for (size_t i = start; i < end; i += LINE) {
        __m512i high_i8x64 = _mm512_load_si512(rows->high + i);
        __m512i low_i8x64 = _mm512_load_si512(rows->low + i);
#pragma GCC unroll 4
        for (size_t r = 0; r < ROWS; r++, line += LINE) {
            __m512i row_u8x64 = flipped(row + r * stride + i);
            _mm_prefetch((const char *)line, _MM_HINT_T0);
            high_i32x16[r] = _mm512_dpbusd_epi32(high_i32x16[r], row_u8x64, high_i8x64);
            low_i32x16[r] = _mm512_dpbusd_epi32(low_i32x16[r], row_u8x64, low_i8x64);
        }
    }
}

/* One reduction serves both limbs: what is added up on the way may wrap around, for the sum
 * does not. */
INLINE_VNNI __m256d four_short(const isa_bytes *rows, const int8_t *row, size_t stride)
{
    __m512i sums_i32x16[ROWS], low_i32x16[ROWS];
    limbs_of_four(rows, row, stride, 0, rows->width, sums_i32x16, low_i32x16);
#pragma GCC unroll 4
    for (size_t r = 0; r < ROWS; r++) {
        __m512i high_i32x16 = _mm512_slli_epi32(sums_i32x16[r], 7);
        sums_i32x16[r] = _mm512_add_epi32(high_i32x16, low_i32x16[r]);
    }
    __m128i flip_i32x4 = _mm_set1_epi32((int32_t)(uint32_t)(rows->query_sum * LIMB));
    return _mm256_cvtepi32_pd(_mm_sub_epi32(reduce_i32x16(sums_i32x16), flip_i32x4));
}

INLINE_VNNI __m256d four_long(const isa_bytes *rows, const int8_t *row, size_t stride)
{
    __m512i high_i32x16[ROWS], low_i32x16[ROWS];
    __m256d four_f64x4 = _mm256_set1_pd((double)rows->query_sum * -LIMB);
    for (size_t start = 0; start < rows->width; start += LIMB_PIECE) {
        size_t end = piece_end(start, rows->width, LIMB_PIECE);
        limbs_of_four(rows, row, stride, start, end, high_i32x16, low_i32x16);
        __m256d high_f64x4 = _mm256_cvtepi32_pd(reduce_i32x16(high_i32x16));
        __m256d low_f64x4 = _mm256_cvtepi32_pd(reduce_i32x16(low_i32x16));
        high_f64x4 = _mm256_mul_pd(high_f64x4, _mm256_set1_pd(LIMB));
        four_f64x4 = _mm256_add_pd(four_f64x4, _mm256_add_pd(high_f64x4, low_f64x4));
    }
    return four_f64x4;
}

INLINE_VNNI __m256d sums_of_four(const isa_bytes *rows, const int8_t *row, size_t stride)
{
    return rows->width <= SHORT_WIDTH ? four_short(rows, row, stride)
                                      : four_long(rows, row, stride);
}

/* A row that is left over is taken four times. */
EG_AVX512_VNNI void eg_i8_dot_vnni(const isa_bytes *rows, double *sums)
{
    const int8_t *row = rows->cells;
    size_t stride = rows->stride, r = 0;
    for (; r + ROWS <= rows->count; r += ROWS, row += ROWS * stride) {
        _mm256_storeu_pd(sums + r, sums_of_four(rows, row, stride));
    }
    for (; r < rows->count; r++, row += stride) {
        store_first(sums + r, 1, sums_of_four(rows, row, 0));
    }
}

#endif
