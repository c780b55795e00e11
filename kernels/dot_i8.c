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

/* A piece of a row is so short that its sum, 128 * 16,256 a cell, is below 2^31. Bytes times
 * limbs, 255 * 128, add up to that over 65,793 cells. */
enum { PIECE = 1024, LIMB_PIECE = 65536, LIMB = 128 };

/* Rows side by side. A line of cache, and how far ahead one is asked for, in bytes. */
enum { ROWS = 4, LINE = 64, AHEAD = 8192 };

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

/*
 * Four rows side by side, stride cells apart: what was loaded of the query serves them all, and
 * no product waits for the last one. That is not the order of memory, which the prefetcher
 * follows, and a row of bytes is done before it has found the next page: lines further on are
 * asked for in that order. Past the last row there is nothing to find, and no harm.
 */
INLINE_AVX2 void piece_of_four(const isa_bytes *rows, const int8_t *row, size_t stride,
                               size_t start, size_t end, __m256i *sums_i32x8)
{
    uintptr_t line = (uintptr_t)(row + start) + AHEAD;
#pragma GCC unroll 4
    for (size_t r = 0; r < ROWS; r++) sums_i32x8[r] = _mm256_setzero_si256();
    for (size_t i = start; i < end; i += 16, line += LINE) {
        __m256i query_i16x16 = _mm256_load_si256((const __m256i *)(const void *)(rows->query + i));
        _mm_prefetch((const char *)line, _MM_HINT_T0);
#pragma GCC unroll 4
        for (size_t r = 0; r < ROWS; r++) {
            const void *cells = row + r * stride + i;
            __m256i row_i16x16 = _mm256_cvtepi8_epi16(_mm_load_si128((const __m128i *)cells));
            sums_i32x8[r] = _mm256_add_epi32(sums_i32x8[r],
                                             _mm256_madd_epi16(row_i16x16, query_i16x16));
        }
    }
}

INLINE_AVX2 __m256d sums_of_four(const isa_bytes *rows, const int8_t *row, size_t stride)
{
    __m256d four_f64x4 = _mm256_setzero_pd();
    for (size_t start = 0; start < rows->width; start += PIECE) {
        __m256i sums_i32x8[ROWS];
        piece_of_four(rows, row, stride, start, piece_end(start, rows->width, PIECE), sums_i32x8);
        four_f64x4 = _mm256_add_pd(four_f64x4, _mm256_cvtepi32_pd(reduce_i32x8(sums_i32x8)));
    }
    return four_f64x4;
}

/* A row that is left over is taken four times. */
EG_AVX2 void eg_i8_dot_avx2(const isa_bytes *rows, double *sums)
{
    const int8_t *row = rows->cells;
    size_t stride = rows->stride, r = 0;
    for (; r + ROWS <= rows->count; r += ROWS, row += ROWS * stride) {
        _mm256_storeu_pd(sums + r, sums_of_four(rows, row, stride));
    }
    for (; r < rows->count; r++, row += stride) {
        _mm_store_sd(sums + r, _mm256_castpd256_pd128(sums_of_four(rows, row, 0)));
    }
}

/* ---- AVX-512 ---- */

INLINE_AVX512 void wide_piece_of_four(const isa_bytes *rows, const int8_t *row, size_t stride,
                                      size_t start, size_t end, __m512i *sums_i32x16)
{
    uintptr_t line = (uintptr_t)(row + start) + AHEAD;
#pragma GCC unroll 4
    for (size_t r = 0; r < ROWS; r++) sums_i32x16[r] = _mm512_setzero_si512();
    for (size_t i = start; i < end; i += 32, line += 2 * LINE) {
        __m512i query_i16x32 = _mm512_load_si512(rows->query + i);
        _mm_prefetch((const char *)line, _MM_HINT_T0);
        _mm_prefetch((const char *)(line + LINE), _MM_HINT_T0);
#pragma GCC unroll 4
        for (size_t r = 0; r < ROWS; r++) {
            const void *cells = row + r * stride + i;
            __m512i row_i16x32 = _mm512_cvtepi8_epi16(_mm256_load_si256((const __m256i *)cells));
            sums_i32x16[r] = _mm512_add_epi32(sums_i32x16[r],
                                              _mm512_madd_epi16(row_i16x32, query_i16x32));
        }
    }
}

INLINE_AVX512 __m256d wide_sums_of_four(const isa_bytes *rows, const int8_t *row, size_t stride)
{
    __m256d four_f64x4 = _mm256_setzero_pd();
    for (size_t start = 0; start < rows->width; start += PIECE) {
        __m512i sums_i32x16[ROWS];
        wide_piece_of_four(rows, row, stride, start, piece_end(start, rows->width, PIECE),
                           sums_i32x16);
        four_f64x4 = _mm256_add_pd(four_f64x4, _mm256_cvtepi32_pd(reduce_i32x16(sums_i32x16)));
    }
    return four_f64x4;
}

EG_AVX512 void eg_i8_dot_avx512(const isa_bytes *rows, double *sums)
{
    const int8_t *row = rows->cells;
    size_t stride = rows->stride, r = 0;
    for (; r + ROWS <= rows->count; r += ROWS, row += ROWS * stride) {
        _mm256_storeu_pd(sums + r, wide_sums_of_four(rows, row, stride));
    }
    for (; r < rows->count; r++, row += stride) {
        _mm_store_sd(sums + r, _mm256_castpd256_pd128(wide_sums_of_four(rows, row, 0)));
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

/* As piece_of_four, for each limb of the query. */
INLINE_VNNI void limbs_of_four(const isa_bytes *rows, const int8_t *row, size_t stride,
                               size_t start, size_t end, __m512i *high_i32x16,
                               __m512i *low_i32x16)
{
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
INLINE_VNNI __m256d limbs_short(const isa_bytes *rows, const int8_t *row, size_t stride)
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

INLINE_VNNI __m256d limbs_long(const isa_bytes *rows, const int8_t *row, size_t stride)
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

INLINE_VNNI __m256d limbs_of_rows(const isa_bytes *rows, const int8_t *row, size_t stride)
{
    return rows->width <= PIECE ? limbs_short(rows, row, stride)
                                : limbs_long(rows, row, stride);
}

/* A row that is left over is taken four times. */
EG_AVX512_VNNI void eg_i8_dot_vnni(const isa_bytes *rows, double *sums)
{
    const int8_t *row = rows->cells;
    size_t stride = rows->stride, r = 0;
    for (; r + ROWS <= rows->count; r += ROWS, row += ROWS * stride) {
        _mm256_storeu_pd(sums + r, limbs_of_rows(rows, row, stride));
    }
    for (; r < rows->count; r++, row += stride) {
        _mm_store_sd(sums + r, _mm256_castpd256_pd128(limbs_of_rows(rows, row, 0)));
    }
}

#endif
