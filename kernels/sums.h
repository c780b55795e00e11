/*
 * Sums: the order in which the terms of a row are added up by every set with vectors.
 *
 * Partial sum p[i] takes the terms of cells i, i + 32, i + 64, ... by one fused
 * multiply-add after the other, from 0 on. Of a row of 256 cells at most, which is over
 * before a single chain of them is long, it takes those of cells i, i + 16, ... Then
 *
 *     s[i] = p[i] + p[i + 16], or p[i] of such a row                i = 0 .. 15
 *     g[i] = (s[4i] + s[4i + 2]) + (s[4i + 1] + s[4i + 3])         i = 0 .. 3
 *     sum  = (g[0] + g[2]) + (g[1] + g[3])
 *
 * Whatever is computed side by side, this holds: so a row's sum has the same bits
 * alone, among others, against several queries, from a panel, and on each of these
 * sets. Zeros behind the row change none of them, up to the 256th cell or from it on.
 *
 * Thread:  any.
 * Errors:  none.
 */
#ifndef EG_SUMS_H
#define EG_SUMS_H

#include "kernels/isa.h"

/* Partial sums; those of a narrow row, and its cells at most; rows that become one register
 * of sums. */
enum { SUMS_PARTS = 32, SUMS_NARROW_PARTS = 16, SUMS_NARROW = 256, SUMS_ROWS = 4 };

static inline size_t sums_parts(size_t width)
{
    return width <= SUMS_NARROW ? SUMS_NARROW_PARTS : SUMS_PARTS;
}

/* Four rows, and queries that stand query_stride floats from each other. */
typedef struct sums_tile {
    const float *rows[SUMS_ROWS], *queries;
    size_t query_stride, width, parts;
} sums_tile;

/* The rows from number r on; the last stands in for those that are missing. */
static inline sums_tile sums_tile_at(const isa_rows *rows, size_t r)
{
    sums_tile made = {.queries = rows->query, .query_stride = isa_padded(rows->width),
                      .width = rows->width, .parts = sums_parts(rows->width)};
    for (size_t i = 0; i < SUMS_ROWS; i++) {
        size_t at = r + i < rows->count ? r + i : rows->count - 1;
        made.rows[i] = rows->cells + at * rows->stride;
    }
    return made;
}

#ifdef EG_X86

/* ---- AVX2 ---- */

/* All ones in the first lanes, of the eight that start at lane first. */
INLINE_AVX2 __m256i sums_mask(size_t lanes, size_t first)
{
    static const int32_t masks[32] = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
                                      -1};
    return _mm256_loadu_si256((const __m256i *)(masks + ISA_LANES - lanes + first));
}

INLINE_AVX2 __m256 sums_term(__m256 row_f32x8, __m256 query_f32x8, __m256 sum_f32x8, bool l2)
{
    if (!l2) return _mm256_fmadd_ps(row_f32x8, query_f32x8, sum_f32x8);
    __m256 diff_f32x8 = _mm256_sub_ps(query_f32x8, row_f32x8);
    return _mm256_fmadd_ps(diff_f32x8, diff_f32x8, sum_f32x8);
}

/* Two of the g of four rows, from their s. */
INLINE_AVX2 __m256 sums_groups(const __m256 s_f32x8[SUMS_ROWS])
{
    __m256 ab_f32x8 = _mm256_add_ps(_mm256_unpacklo_ps(s_f32x8[0], s_f32x8[1]),
                                    _mm256_unpackhi_ps(s_f32x8[0], s_f32x8[1]));
    __m256 cd_f32x8 = _mm256_add_ps(_mm256_unpacklo_ps(s_f32x8[2], s_f32x8[3]),
                                    _mm256_unpackhi_ps(s_f32x8[2], s_f32x8[3]));
    __m256d ab_f64x4 = _mm256_castps_pd(ab_f32x8), cd_f64x4 = _mm256_castps_pd(cd_f32x8);
    return _mm256_add_ps(_mm256_castpd_ps(_mm256_unpacklo_pd(ab_f64x4, cd_f64x4)),
                         _mm256_castpd_ps(_mm256_unpackhi_pd(ab_f64x4, cd_f64x4)));
}

/* Four sums, from s[0 .. 7] and s[8 .. 15] of each. */
INLINE_AVX2 __m128 sums_of_four(const __m256 low_f32x8[SUMS_ROWS],
                                const __m256 high_f32x8[SUMS_ROWS])
{
    __m256 two_f32x8 = _mm256_add_ps(sums_groups(low_f32x8), sums_groups(high_f32x8));
    return _mm_add_ps(_mm256_castps256_ps128(two_f32x8), _mm256_extractf128_ps(two_f32x8, 1));
}

/* ---- AVX-512 ---- */

/* All ones in the first lanes of sixteen. */
static inline __mmask16 sums_first(size_t lanes)
{
    return (__mmask16)((1u << lanes) - 1);
}

INLINE_AVX512 __m512 sums_wide_term(__m512 row_f32x16, __m512 query_f32x16, __m512 sum_f32x16,
                                    bool l2)
{
    if (!l2) return _mm512_fmadd_ps(row_f32x16, query_f32x16, sum_f32x16);
    __m512 diff_f32x16 = _mm512_sub_ps(query_f32x16, row_f32x16);
    return _mm512_fmadd_ps(diff_f32x16, diff_f32x16, sum_f32x16);
}

/* Four sums, from the s of each. */
INLINE_AVX512 __m128 sums_wide_of_four(const __m512 s_f32x16[SUMS_ROWS])
{
    __m512 ab_f32x16 = _mm512_add_ps(_mm512_unpacklo_ps(s_f32x16[0], s_f32x16[1]),
                                     _mm512_unpackhi_ps(s_f32x16[0], s_f32x16[1]));
    __m512 cd_f32x16 = _mm512_add_ps(_mm512_unpacklo_ps(s_f32x16[2], s_f32x16[3]),
                                     _mm512_unpackhi_ps(s_f32x16[2], s_f32x16[3]));
    __m512d ab_f64x8 = _mm512_castps_pd(ab_f32x16), cd_f64x8 = _mm512_castps_pd(cd_f32x16);
    __m512 g_f32x16 = _mm512_add_ps(_mm512_castpd_ps(_mm512_unpacklo_pd(ab_f64x8, cd_f64x8)),
                                    _mm512_castpd_ps(_mm512_unpackhi_pd(ab_f64x8, cd_f64x8)));
    __m256 two_f32x8 = _mm256_add_ps(_mm512_castps512_ps256(g_f32x16),
                                     _mm512_extractf32x8_ps(g_f32x16, 1));
    return _mm_add_ps(_mm256_castps256_ps128(two_f32x8), _mm256_extractf128_ps(two_f32x8, 1));
}

#endif

#ifdef EG_ARM

/* The first lanes of four, zeros behind them: cells past a row's end are not ours to read. */
INLINE_NEON float32x4_t sums_cells(const float *cells, size_t lanes)
{
    float32x4_t cells_f32x4 = vdupq_n_f32(0);
    if (lanes >= 4) return vld1q_f32(cells);
    if (lanes > 0) cells_f32x4 = vld1q_lane_f32(cells, cells_f32x4, 0);
    if (lanes > 1) cells_f32x4 = vld1q_lane_f32(cells + 1, cells_f32x4, 1);
    if (lanes > 2) cells_f32x4 = vld1q_lane_f32(cells + 2, cells_f32x4, 2);
    return cells_f32x4;
}

INLINE_NEON float32x4_t sums_term(float32x4_t row_f32x4, float32x4_t query_f32x4,
                                  float32x4_t sum_f32x4, bool l2)
{
    if (!l2) return vfmaq_f32(sum_f32x4, row_f32x4, query_f32x4);
    float32x4_t diff_f32x4 = vsubq_f32(query_f32x4, row_f32x4);
    return vfmaq_f32(sum_f32x4, diff_f32x4, diff_f32x4);
}

/* One g of four rows, from the four s of each. */
INLINE_NEON float32x4_t sums_group(float32x4_t a_f32x4, float32x4_t b_f32x4, float32x4_t c_f32x4,
                                   float32x4_t d_f32x4)
{
    float64x2_t a_f64x2 = vreinterpretq_f64_f32(a_f32x4), b_f64x2 = vreinterpretq_f64_f32(b_f32x4);
    float64x2_t c_f64x2 = vreinterpretq_f64_f32(c_f32x4), d_f64x2 = vreinterpretq_f64_f32(d_f32x4);
    float32x4_t ab_f32x4 = vaddq_f32(vreinterpretq_f32_f64(vtrn1q_f64(a_f64x2, b_f64x2)),
                                     vreinterpretq_f32_f64(vtrn2q_f64(a_f64x2, b_f64x2)));
    float32x4_t cd_f32x4 = vaddq_f32(vreinterpretq_f32_f64(vtrn1q_f64(c_f64x2, d_f64x2)),
                                     vreinterpretq_f32_f64(vtrn2q_f64(c_f64x2, d_f64x2)));
    return vpaddq_f32(ab_f32x4, cd_f32x4);
}

#endif

#endif
