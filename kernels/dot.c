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
 * dot and l2sq: the scalar version adds in double, the others in float over 32
 * partial sums, so they differ by rounding. square: the same to the last bit,
 * for a product of floats is exact in double and all add in the same order.
 */
#include "kernels/isa.h"

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
            double apart = (double)rows->query[i] - row[i];
            sum += apart * apart;
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

static const int32_t masks[32] = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};

/* All ones in the first lanes, of the eight that start at lane first. */
INLINE_AVX2 __m256i mask_of(size_t lanes, size_t first)
{
    return _mm256_loadu_si256((const __m256i *)(masks + ISA_LANES - lanes + first));
}

INLINE_AVX2 __m256 term(__m256 row_f32x8, const float *query, __m256 sum_f32x8, bool l2)
{
    __m256 query_f32x8 = _mm256_load_ps(query);
    if (!l2) return _mm256_fmadd_ps(row_f32x8, query_f32x8, sum_f32x8);
    __m256 apart_f32x8 = _mm256_sub_ps(query_f32x8, row_f32x8);
    return _mm256_fmadd_ps(apart_f32x8, apart_f32x8, sum_f32x8);
}

/* A row whose width is no multiple of the lanes: cells past its end are not ours to read. */
INLINE_AVX2 void tail(const isa_rows *rows, const float *row, size_t i, __m256 *lo_f32x8,
                      __m256 *hi_f32x8, bool l2)
{
    size_t lanes = rows->width - i;
    __m256 row_lo_f32x8 = _mm256_maskload_ps(row + i, mask_of(lanes, 0));
    __m256 row_hi_f32x8 = _mm256_maskload_ps(row + i + 8, mask_of(lanes, 8));
    *lo_f32x8 = term(row_lo_f32x8, rows->query + i, *lo_f32x8, l2);
    *hi_f32x8 = term(row_hi_f32x8, rows->query + i + 8, *hi_f32x8, l2);
}

/*
 * Four partial sums: an AVX2 register is half a cache line, so two of them
 * would wait for their last multiply-add while the loads could go on.
 */
INLINE_AVX2 __m256 sum_of_row(const isa_rows *rows, size_t r, bool l2)
{
    const float *row = rows->cells + r * rows->stride, *query = rows->query;
    __m256 a_f32x8 = _mm256_setzero_ps(), b_f32x8 = a_f32x8, c_f32x8 = a_f32x8, d_f32x8 = a_f32x8;
    size_t i = 0;
    for (; i + 32 <= rows->width; i += 32) {
        a_f32x8 = term(_mm256_loadu_ps(row + i), query + i, a_f32x8, l2);
        b_f32x8 = term(_mm256_loadu_ps(row + i + 8), query + i + 8, b_f32x8, l2);
        c_f32x8 = term(_mm256_loadu_ps(row + i + 16), query + i + 16, c_f32x8, l2);
        d_f32x8 = term(_mm256_loadu_ps(row + i + 24), query + i + 24, d_f32x8, l2);
    }
    if (i + 16 <= rows->width) {
        a_f32x8 = term(_mm256_loadu_ps(row + i), query + i, a_f32x8, l2);
        b_f32x8 = term(_mm256_loadu_ps(row + i + 8), query + i + 8, b_f32x8, l2);
        if (i + 16 < rows->width) tail(rows, row, i + 16, &c_f32x8, &d_f32x8, l2);
    } else if (i < rows->width) {
        tail(rows, row, i, &a_f32x8, &b_f32x8, l2);
    }
    return _mm256_add_ps(_mm256_add_ps(a_f32x8, b_f32x8), _mm256_add_ps(c_f32x8, d_f32x8));
}

/* One sum per register, four at once; each row is added up in the same order. */
INLINE_AVX2 __m128 transpose_add(const __m256 sums_f32x8[4])
{
    __m256 ab_f32x8 = _mm256_hadd_ps(sums_f32x8[0], sums_f32x8[1]);
    __m256 cd_f32x8 = _mm256_hadd_ps(sums_f32x8[2], sums_f32x8[3]);
    __m256 four_f32x8 = _mm256_hadd_ps(ab_f32x8, cd_f32x8);
    return _mm_add_ps(_mm256_castps256_ps128(four_f32x8), _mm256_extractf128_ps(four_f32x8, 1));
}

/* Rows strictly in the order of memory, which the prefetcher follows; the
 * reduction to one number waits until it serves four rows. */
INLINE_AVX2 void sums_of_rows(const isa_rows *rows, float *sums, bool l2)
{
    __m256 four_f32x8[4];
    size_t r = 0;
    for (; r + 4 <= rows->count; r += 4) {
        for (size_t i = 0; i < 4; i++) four_f32x8[i] = sum_of_row(rows, r + i, l2);
        _mm_storeu_ps(sums + r, transpose_add(four_f32x8));
    }
    if (r == rows->count) return;
    size_t rest = rows->count - r;
    for (size_t i = 0; i < 4; i++) {
        four_f32x8[i] = i < rest ? sum_of_row(rows, r + i, l2) : _mm256_setzero_ps();
    }
    float last[4];
    _mm_storeu_ps(last, transpose_add(four_f32x8));
    for (size_t i = 0; i < rest; i++) sums[r + i] = last[i];
}

EG_AVX2 void eg_dot_avx2(const isa_rows *rows, float *sums)
{
    sums_of_rows(rows, sums, false);
}

EG_AVX2 void eg_l2sq_avx2(const isa_rows *rows, float *sums)
{
    sums_of_rows(rows, sums, true);
}

/* In the order of the scalar version, as all of square. */
INLINE_AVX2 double across(__m256d four_f64x4)
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
                                        : _mm256_maskload_ps(cells + i, mask_of(lanes, 0));
        __m256d a_f64x4 = _mm256_cvtps_pd(_mm256_castps256_ps128(cells_f32x8));
        __m256d b_f64x4 = _mm256_cvtps_pd(_mm256_extractf128_ps(cells_f32x8, 1));
        lo_f64x4 = _mm256_fmadd_pd(a_f64x4, a_f64x4, lo_f64x4);
        hi_f64x4 = _mm256_fmadd_pd(b_f64x4, b_f64x4, hi_f64x4);
    }
    return across(_mm256_add_pd(lo_f64x4, hi_f64x4));
}

/* ---- AVX-512 ---- */

/* All ones in the first lanes of sixteen. */
static inline __mmask16 first(size_t lanes)
{
    return (__mmask16)((1u << lanes) - 1);
}

INLINE_AVX512 __m512 wide_term(__m512 row_f32x16, const float *query, __m512 sum_f32x16,
                               bool l2)
{
    __m512 query_f32x16 = _mm512_load_ps(query);
    if (!l2) return _mm512_fmadd_ps(row_f32x16, query_f32x16, sum_f32x16);
    __m512 apart_f32x16 = _mm512_sub_ps(query_f32x16, row_f32x16);
    return _mm512_fmadd_ps(apart_f32x16, apart_f32x16, sum_f32x16);
}

/* Two partial sums: a register is a whole cache line, and the rows that follow run beside it. */
INLINE_AVX512 __m512 wide_sum_of_row(const isa_rows *rows, size_t r, bool l2)
{
    const float *row = rows->cells + r * rows->stride, *query = rows->query;
    __m512 a_f32x16 = _mm512_setzero_ps(), b_f32x16 = a_f32x16;
    size_t i = 0, width = rows->width;
    for (; i + 32 <= width; i += 32) {
        a_f32x16 = wide_term(_mm512_loadu_ps(row + i), query + i, a_f32x16, l2);
        b_f32x16 = wide_term(_mm512_loadu_ps(row + i + 16), query + i + 16, b_f32x16, l2);
    }
    if (i + 16 <= width) {
        a_f32x16 = wide_term(_mm512_loadu_ps(row + i), query + i, a_f32x16, l2);
        i += 16;
        if (i == width) return _mm512_add_ps(a_f32x16, b_f32x16);
        __m512 row_f32x16 = _mm512_maskz_loadu_ps(first(width - i), row + i);
        b_f32x16 = wide_term(row_f32x16, query + i, b_f32x16, l2);
    } else if (i < width) {
        __m512 row_f32x16 = _mm512_maskz_loadu_ps(first(width - i), row + i);
        a_f32x16 = wide_term(row_f32x16, query + i, a_f32x16, l2);
    }
    return _mm512_add_ps(a_f32x16, b_f32x16);
}

/* One sum per register, four at once; each row is added up in the same order. */
INLINE_AVX512 __m128 wide_transpose_add(__m512 a_f32x16, __m512 b_f32x16,
                                        __m512 c_f32x16, __m512 d_f32x16)
{
    __m512 ab_f32x16 = _mm512_add_ps(_mm512_unpacklo_ps(a_f32x16, b_f32x16),
                                     _mm512_unpackhi_ps(a_f32x16, b_f32x16));
    __m512 cd_f32x16 = _mm512_add_ps(_mm512_unpacklo_ps(c_f32x16, d_f32x16),
                                     _mm512_unpackhi_ps(c_f32x16, d_f32x16));
    __m512d ab_f64x8 = _mm512_castps_pd(ab_f32x16), cd_f64x8 = _mm512_castps_pd(cd_f32x16);
    __m512d low_f64x8 = _mm512_unpacklo_pd(ab_f64x8, cd_f64x8);
    __m512d high_f64x8 = _mm512_unpackhi_pd(ab_f64x8, cd_f64x8);
    __m512 four_f32x16 = _mm512_add_ps(_mm512_castpd_ps(low_f64x8), _mm512_castpd_ps(high_f64x8));
    __m256 four_f32x8 = _mm256_add_ps(_mm512_castps512_ps256(four_f32x16),
                                      _mm512_extractf32x8_ps(four_f32x16, 1));
    return _mm_add_ps(_mm256_castps256_ps128(four_f32x8), _mm256_extractf128_ps(four_f32x8, 1));
}

/*
 * Rows in the order of memory. Narrow ones are faster with code of their own for each
 * of the four (by half at 128 floats), wide ones out of memory with one loop for all
 * (by a sixth at 768): measured on Zen 5. Both give the same sums.
 */
INLINE_AVX512 void wide_sums_of_rows(const isa_rows *rows, float *sums, bool l2)
{
    static const size_t narrow = 192;
    size_t r = 0, count = rows->count;
    for (; rows->width <= narrow && r + 4 <= count; r += 4) {
        __m512 a_f32x16 = wide_sum_of_row(rows, r, l2), b_f32x16 = wide_sum_of_row(rows, r + 1, l2);
        __m512 c_f32x16 = wide_sum_of_row(rows, r + 2, l2);
        __m512 d_f32x16 = wide_sum_of_row(rows, r + 3, l2);
        _mm_storeu_ps(sums + r, wide_transpose_add(a_f32x16, b_f32x16, c_f32x16, d_f32x16));
    }
    __m512 four_f32x16[4] = {_mm512_setzero_ps()};
    for (; r < count; r += 4) {
        size_t rest = count - r < 4 ? count - r : 4;
        for (size_t i = 0; i < rest; i++) four_f32x16[i] = wide_sum_of_row(rows, r + i, l2);
        __m128 four_f32x4 = wide_transpose_add(four_f32x16[0], four_f32x16[1], four_f32x16[2],
                                               four_f32x16[3]);
        _mm_mask_storeu_ps(sums + r, (__mmask8)first(rest), four_f32x4);
    }
}

EG_AVX512 void eg_dot_avx512(const isa_rows *rows, float *sums)
{
    wide_sums_of_rows(rows, sums, false);
}

EG_AVX512 void eg_l2sq_avx512(const isa_rows *rows, float *sums)
{
    wide_sums_of_rows(rows, sums, true);
}

EG_AVX512 double eg_square_avx512(const float *cells, size_t count)
{
    __m512d sums_f64x8 = _mm512_setzero_pd();
    for (size_t i = 0; i < count; i += 8) {
        __mmask8 here = (__mmask8)first(count - i < 8 ? count - i : 8);
        __m512d cells_f64x8 = _mm512_cvtps_pd(_mm256_maskz_loadu_ps(here, cells + i));
        sums_f64x8 = _mm512_fmadd_pd(cells_f64x8, cells_f64x8, sums_f64x8);
    }
    __m256d four_f64x4 = _mm256_add_pd(_mm512_castpd512_pd256(sums_f64x8),
                                       _mm512_extractf64x4_pd(sums_f64x8, 1));
    return across(four_f64x4);
}

#endif
