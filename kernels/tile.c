/*
 * tile_dots: the sum of query[i] * row[i] for ISA_QUERIES queries, each with every row.
 * tile_l2sqs: the sum of (query[i] - row[i])^2, likewise.
 *
 * Any width, any stride; ISA_MASKED rows at most. The queries stand width floats
 * apart, rounded up to ISA_LANES, with zeros behind each. The sums of query q start at
 * sums + q * ISA_MASKED; up to three numbers behind them may be written, too.
 *
 * Each sum has the bits that dot and l2sq of the same set give it. A tile of queries and
 * rows is held in registers, one part of the partial sums after the other: so many
 * multiply-adds for each load only fit when no pair takes more than one register.
 */
#include "kernels/sums.h"

/* ---- scalar ---- */

typedef void each_row(const isa_rows *rows, float *sums);

static void each_query(const isa_rows *rows, float *sums, each_row *sum_rows)
{
    isa_rows one = *rows;
    for (size_t q = 0; q < ISA_QUERIES; q++) {
        sum_rows(&one, sums + q * ISA_MASKED);
        one.query += isa_padded(rows->width);
    }
}

void eg_tile_dots_scalar(const isa_rows *rows, float *sums)
{
    each_query(rows, sums, eg_dot_scalar);
}

void eg_tile_l2sqs_scalar(const isa_rows *rows, float *sums)
{
    each_query(rows, sums, eg_l2sq_scalar);
}

#ifdef EG_X86

/* ---- AVX2 ---- */

/* Half the queries: twelve sums, three queries' cells and a row's fill the registers. */
enum { HALF = ISA_QUERIES / 2 };

/* The cells from i on of a row, of which width are its own. */
INLINE_AVX2 __m256 cells_at(const float *row, size_t i, size_t width)
{
    if (i + 8 <= width) return _mm256_loadu_ps(row + i);
    return _mm256_maskload_ps(row + i, sums_mask(width - i, 0));
}

INLINE_AVX2 void add_terms(const sums_tile *tile, size_t i, __m256 sums_f32x8[HALF][SUMS_ROWS],
                           bool l2)
{
    __m256 queries_f32x8[HALF];
#pragma GCC unroll 3
    for (size_t q = 0; q < HALF; q++) {
        queries_f32x8[q] = _mm256_load_ps(tile->queries + q * tile->query_stride + i);
    }
#pragma GCC unroll 4
    for (size_t r = 0; r < SUMS_ROWS; r++) {
        __m256 row_f32x8 = cells_at(tile->rows[r], i, tile->width);
#pragma GCC unroll 3
        for (size_t q = 0; q < HALF; q++) {
            sums_f32x8[q][r] = sums_term(row_f32x8, queries_f32x8[q], sums_f32x8[q][r], l2);
        }
    }
}

/* Eight of the partial sums of each pair, from number first on. */
INLINE_AVX2 void add_part(const sums_tile *tile, size_t first, __m256 sums_f32x8[HALF][SUMS_ROWS],
                          bool l2)
{
#pragma GCC unroll 12
    for (size_t i = 0; i < HALF * SUMS_ROWS; i++) {
        sums_f32x8[i / SUMS_ROWS][i % SUMS_ROWS] = _mm256_setzero_ps();
    }
    size_t i = first;
    for (; i + 8 <= tile->width; i += tile->parts) add_terms(tile, i, sums_f32x8, l2);
    if (i < tile->width) add_terms(tile, i, sums_f32x8, l2);
}

/* Eight of the s of each pair. Sums are made in places of our own, which stay in registers: what
 * the caller has might be any memory, a row's too. */
INLINE_AVX2 void add_two_parts(const sums_tile *tile, size_t first,
                               __m256 s_f32x8[HALF][SUMS_ROWS], bool l2)
{
    __m256 low_f32x8[HALF][SUMS_ROWS], high_f32x8[HALF][SUMS_ROWS];
    add_part(tile, first, low_f32x8, l2);
#pragma GCC unroll 12
    for (size_t i = 0; i < HALF * SUMS_ROWS; i++) {
        s_f32x8[i / SUMS_ROWS][i % SUMS_ROWS] = low_f32x8[i / SUMS_ROWS][i % SUMS_ROWS];
    }
    if (tile->parts == SUMS_NARROW_PARTS) return;
    add_part(tile, first + 16, high_f32x8, l2);
#pragma GCC unroll 12
    for (size_t i = 0; i < HALF * SUMS_ROWS; i++) {
        __m256 *s = &s_f32x8[i / SUMS_ROWS][i % SUMS_ROWS];
        *s = _mm256_add_ps(*s, high_f32x8[i / SUMS_ROWS][i % SUMS_ROWS]);
    }
}

INLINE_AVX2 void sums_of_tiles(const isa_rows *rows, float *sums, bool l2)
{
    for (size_t r = 0; r < rows->count; r += SUMS_ROWS) {
        sums_tile tile = sums_tile_at(rows, r);
        for (size_t half = 0; half < ISA_QUERIES; half += HALF) {
            __m256 s_f32x8[2][HALF][SUMS_ROWS];
            for (size_t i = 0; i < 2; i++) add_two_parts(&tile, 8 * i, s_f32x8[i], l2);
            for (size_t q = 0; q < HALF; q++) {
                _mm_storeu_ps(sums + (half + q) * ISA_MASKED + r,
                              sums_of_four(s_f32x8[0][q], s_f32x8[1][q]));
            }
            tile.queries += HALF * tile.query_stride;
        }
    }
}

EG_AVX2 void eg_tile_dots_avx2(const isa_rows *rows, float *sums)
{
    sums_of_tiles(rows, sums, false);
}

EG_AVX2 void eg_tile_l2sqs_avx2(const isa_rows *rows, float *sums)
{
    sums_of_tiles(rows, sums, true);
}

/* ---- AVX-512 ---- */

INLINE_AVX512 void wide_add_terms(const sums_tile *tile, size_t i, __mmask16 here,
                                  __m512 sums_f32x16[ISA_QUERIES][SUMS_ROWS], bool l2)
{
    __m512 rows_f32x16[SUMS_ROWS];
#pragma GCC unroll 4
    for (size_t r = 0; r < SUMS_ROWS; r++) {
        rows_f32x16[r] = _mm512_maskz_loadu_ps(here, tile->rows[r] + i);
    }
#pragma GCC unroll 6
    for (size_t q = 0; q < ISA_QUERIES; q++) {
        __m512 query_f32x16 = _mm512_load_ps(tile->queries + q * tile->query_stride + i);
#pragma GCC unroll 4
        for (size_t r = 0; r < SUMS_ROWS; r++) {
            sums_f32x16[q][r] = sums_wide_term(rows_f32x16[r], query_f32x16, sums_f32x16[q][r], l2);
        }
    }
}

/* Sixteen of the partial sums of each pair, from number first on. */
INLINE_AVX512 void wide_add_part(const sums_tile *tile, size_t first,
                                 __m512 sums_f32x16[ISA_QUERIES][SUMS_ROWS], bool l2)
{
#pragma GCC unroll 24
    for (size_t i = 0; i < ISA_QUERIES * SUMS_ROWS; i++) {
        sums_f32x16[i / SUMS_ROWS][i % SUMS_ROWS] = _mm512_setzero_ps();
    }
    size_t i = first;
    for (; i + 16 <= tile->width; i += tile->parts) {
        wide_add_terms(tile, i, 0xffff, sums_f32x16, l2);
    }
    if (i < tile->width) wide_add_terms(tile, i, sums_first(tile->width - i), sums_f32x16, l2);
}

INLINE_AVX512 void wide_add_high_part(const sums_tile *tile,
                                      __m512 s_f32x16[ISA_QUERIES][SUMS_ROWS], bool l2)
{
    __m512 high_f32x16[ISA_QUERIES][SUMS_ROWS];
    wide_add_part(tile, SUMS_PARTS / 2, high_f32x16, l2);
#pragma GCC unroll 24
    for (size_t i = 0; i < ISA_QUERIES * SUMS_ROWS; i++) {
        __m512 *s = &s_f32x16[i / SUMS_ROWS][i % SUMS_ROWS];
        *s = _mm512_add_ps(*s, high_f32x16[i / SUMS_ROWS][i % SUMS_ROWS]);
    }
}

INLINE_AVX512 void wide_sums_of_tiles(const isa_rows *rows, float *sums, bool l2)
{
    for (size_t r = 0; r < rows->count; r += SUMS_ROWS) {
        const sums_tile tile = sums_tile_at(rows, r);
        __m512 low_f32x16[ISA_QUERIES][SUMS_ROWS];
        wide_add_part(&tile, 0, low_f32x16, l2);
        if (tile.parts == SUMS_PARTS) wide_add_high_part(&tile, low_f32x16, l2);
        size_t rest = rows->count - r < SUMS_ROWS ? rows->count - r : SUMS_ROWS;
#pragma GCC unroll 6
        for (size_t q = 0; q < ISA_QUERIES; q++) {
            _mm_mask_storeu_ps(sums + q * ISA_MASKED + r, (__mmask8)sums_first(rest),
                               sums_wide_of_four(low_f32x16[q]));
        }
    }
}

EG_AVX512 void eg_tile_dots_avx512(const isa_rows *rows, float *sums)
{
    wide_sums_of_tiles(rows, sums, false);
}

EG_AVX512 void eg_tile_l2sqs_avx512(const isa_rows *rows, float *sums)
{
    wide_sums_of_tiles(rows, sums, true);
}

#endif

#ifdef EG_ARM

INLINE_NEON void add_terms(const sums_tile *tile, size_t i,
                           float32x4_t sums_f32x4[ISA_QUERIES][SUMS_ROWS], bool l2)
{
    float32x4_t rows_f32x4[SUMS_ROWS];
#pragma GCC unroll 4
    for (size_t r = 0; r < SUMS_ROWS; r++) {
        rows_f32x4[r] = sums_cells(tile->rows[r] + i, tile->width - i);
    }
#pragma GCC unroll 6
    for (size_t q = 0; q < ISA_QUERIES; q++) {
        float32x4_t query_f32x4 = vld1q_f32(tile->queries + q * tile->query_stride + i);
#pragma GCC unroll 4
        for (size_t r = 0; r < SUMS_ROWS; r++) {
            sums_f32x4[q][r] = sums_term(rows_f32x4[r], query_f32x4, sums_f32x4[q][r], l2);
        }
    }
}

/* Four of the partial sums of each pair, from number first on. */
INLINE_NEON void add_part(const sums_tile *tile, size_t first,
                          float32x4_t sums_f32x4[ISA_QUERIES][SUMS_ROWS], bool l2)
{
#pragma GCC unroll 24
    for (size_t i = 0; i < ISA_QUERIES * SUMS_ROWS; i++) {
        sums_f32x4[i / SUMS_ROWS][i % SUMS_ROWS] = vdupq_n_f32(0);
    }
    for (size_t i = first; i < tile->width; i += tile->parts) add_terms(tile, i, sums_f32x4, l2);
}

/* One g of each pair, from its partial sums from number first on. */
INLINE_NEON void add_group(const sums_tile *tile, size_t first, float32x4_t g_f32x4[ISA_QUERIES],
                           bool l2)
{
    float32x4_t low_f32x4[ISA_QUERIES][SUMS_ROWS], high_f32x4[ISA_QUERIES][SUMS_ROWS];
    bool narrow = tile->parts == SUMS_NARROW_PARTS;
    add_part(tile, first, low_f32x4, l2);
    if (!narrow) add_part(tile, first + 16, high_f32x4, l2);
#pragma GCC unroll 6
    for (size_t q = 0; q < ISA_QUERIES; q++) {
#pragma GCC unroll 4
        for (size_t r = 0; r < SUMS_ROWS && !narrow; r++) {
            low_f32x4[q][r] = vaddq_f32(low_f32x4[q][r], high_f32x4[q][r]);
        }
        g_f32x4[q] = sums_group(low_f32x4[q][0], low_f32x4[q][1], low_f32x4[q][2],
                                low_f32x4[q][3]);
    }
}

INLINE_NEON void sums_of_tiles(const isa_rows *rows, float *sums, bool l2)
{
    for (size_t r = 0; r < rows->count; r += SUMS_ROWS) {
        const sums_tile tile = sums_tile_at(rows, r);
        float32x4_t g_f32x4[4][ISA_QUERIES];
        for (size_t i = 0; i < 4; i++) add_group(&tile, 4 * i, g_f32x4[i], l2);
        for (size_t q = 0; q < ISA_QUERIES; q++) {
            float four[SUMS_ROWS];
            vst1q_f32(four, vaddq_f32(vaddq_f32(g_f32x4[0][q], g_f32x4[2][q]),
                                      vaddq_f32(g_f32x4[1][q], g_f32x4[3][q])));
            for (size_t i = 0; i < SUMS_ROWS && r + i < rows->count; i++) {
                sums[q * ISA_MASKED + r + i] = four[i];
            }
        }
    }
}

void eg_tile_dots_neon(const isa_rows *rows, float *sums)
{
    sums_of_tiles(rows, sums, false);
}

void eg_tile_l2sqs_neon(const isa_rows *rows, float *sums)
{
    sums_of_tiles(rows, sums, true);
}

#endif
