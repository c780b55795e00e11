/* dot, l2sq and square with NEON: four floats, or two doubles, at a time. See dot.c. */
#include "kernels/sums.h"

#ifdef EG_ARM

INLINE_NEON float32x4_t term(float32x4_t row_f32x4, const float *query, float32x4_t sum_f32x4,
                             bool l2)
{
    return sums_term(row_f32x4, vld1q_f32(query), sum_f32x4, l2);
}

/* Half of the registers that hold a row's partial sums. By name: what is reached
 * by an index the compiler keeps in memory. */
typedef struct four_parts {
    float32x4_t a_f32x4, b_f32x4, c_f32x4, d_f32x4;
} four_parts;

INLINE_NEON four_parts sixteen(four_parts parts, const float *row, const float *query, bool l2)
{
    parts.a_f32x4 = term(vld1q_f32(row), query, parts.a_f32x4, l2);
    parts.b_f32x4 = term(vld1q_f32(row + 4), query + 4, parts.b_f32x4, l2);
    parts.c_f32x4 = term(vld1q_f32(row + 8), query + 8, parts.c_f32x4, l2);
    parts.d_f32x4 = term(vld1q_f32(row + 12), query + 12, parts.d_f32x4, l2);
    return parts;
}

/* Fewer than sixteen cells, at least one. */
INLINE_NEON four_parts tail(four_parts parts, const float *row, const float *query, size_t lanes,
                            bool l2)
{
    parts.a_f32x4 = term(sums_cells(row, lanes), query, parts.a_f32x4, l2);
    if (lanes > 4) {
        parts.b_f32x4 = term(sums_cells(row + 4, lanes - 4), query + 4, parts.b_f32x4, l2);
    }
    if (lanes > 8) {
        parts.c_f32x4 = term(sums_cells(row + 8, lanes - 8), query + 8, parts.c_f32x4, l2);
    }
    if (lanes > 12) {
        parts.d_f32x4 = term(sums_cells(row + 12, lanes - 12), query + 12, parts.d_f32x4, l2);
    }
    return parts;
}

/* The s of sums.h. Eight registers of partial sums: a core that starts two multiply-adds per
 * cycle, each four cycles long, then never waits for the last one. */
INLINE_NEON four_parts sum_row(const isa_rows *rows, size_t r, bool l2)
{
    const float *row = rows->cells + r * rows->stride, *query = rows->query;
    float32x4_t zero_f32x4 = vdupq_n_f32(0);
    four_parts even = {zero_f32x4, zero_f32x4, zero_f32x4, zero_f32x4}, odd = even;
    size_t i = 0, width = rows->width;
    for (; width <= SUMS_NARROW && i + 16 <= width; i += 16) {
        even = sixteen(even, row + i, query + i, l2);
    }
    for (; i + 32 <= width; i += 32) {
        even = sixteen(even, row + i, query + i, l2);
        odd = sixteen(odd, row + i + 16, query + i + 16, l2);
    }
    if (i + 16 <= width) {
        even = sixteen(even, row + i, query + i, l2);
        i += 16;
        if (i < width) odd = tail(odd, row + i, query + i, width - i, l2);
    } else if (i < width) {
        even = tail(even, row + i, query + i, width - i, l2);
    }
    even.a_f32x4 = vaddq_f32(even.a_f32x4, odd.a_f32x4);
    even.b_f32x4 = vaddq_f32(even.b_f32x4, odd.b_f32x4);
    even.c_f32x4 = vaddq_f32(even.c_f32x4, odd.c_f32x4);
    even.d_f32x4 = vaddq_f32(even.d_f32x4, odd.d_f32x4);
    return even;
}

/* Four sums, from the s of each row. */
INLINE_NEON float32x4_t total(four_parts p, four_parts q, four_parts r, four_parts s)
{
    float32x4_t a_f32x4 = sums_group(p.a_f32x4, q.a_f32x4, r.a_f32x4, s.a_f32x4);
    float32x4_t b_f32x4 = sums_group(p.b_f32x4, q.b_f32x4, r.b_f32x4, s.b_f32x4);
    float32x4_t c_f32x4 = sums_group(p.c_f32x4, q.c_f32x4, r.c_f32x4, s.c_f32x4);
    float32x4_t d_f32x4 = sums_group(p.d_f32x4, q.d_f32x4, r.d_f32x4, s.d_f32x4);
    return vaddq_f32(vaddq_f32(a_f32x4, c_f32x4), vaddq_f32(b_f32x4, d_f32x4));
}

INLINE_NEON void sums_of_rows(const isa_rows *rows, float *sums, bool l2)
{
    four_parts four[SUMS_ROWS] = {0};
    size_t r = 0;
    for (; r + SUMS_ROWS <= rows->count; r += SUMS_ROWS) {
        for (size_t i = 0; i < SUMS_ROWS; i++) four[i] = sum_row(rows, r + i, l2);
        vst1q_f32(sums + r, total(four[0], four[1], four[2], four[3]));
    }
    if (r == rows->count) return;
    size_t rest = rows->count - r;
    for (size_t i = 0; i < rest; i++) four[i] = sum_row(rows, r + i, l2);
    float last[SUMS_ROWS];
    vst1q_f32(last, total(four[0], four[1], four[2], four[3]));
    for (size_t i = 0; i < rest; i++) sums[r + i] = last[i];
}

void eg_dot_neon(const isa_rows *rows, float *sums)
{
    sums_of_rows(rows, sums, false);
}

void eg_l2sq_neon(const isa_rows *rows, float *sums)
{
    sums_of_rows(rows, sums, true);
}

/* In the order of the scalar version, as all of square. */
double eg_square_neon(const float *cells, size_t count)
{
    float64x2_t a_f64x2 = vdupq_n_f64(0), b_f64x2 = a_f64x2, c_f64x2 = a_f64x2, d_f64x2 = a_f64x2;
    for (size_t i = 0; i < count; i += 8) {
        size_t lanes = count - i;
        float32x4_t low_f32x4 = sums_cells(cells + i, lanes);
        float32x4_t high_f32x4 = lanes > 4 ? sums_cells(cells + i + 4, lanes - 4) : vdupq_n_f32(0);
        float64x2_t cells_f64x2 = vcvt_f64_f32(vget_low_f32(low_f32x4));
        a_f64x2 = vfmaq_f64(a_f64x2, cells_f64x2, cells_f64x2);
        cells_f64x2 = vcvt_high_f64_f32(low_f32x4);
        b_f64x2 = vfmaq_f64(b_f64x2, cells_f64x2, cells_f64x2);
        cells_f64x2 = vcvt_f64_f32(vget_low_f32(high_f32x4));
        c_f64x2 = vfmaq_f64(c_f64x2, cells_f64x2, cells_f64x2);
        cells_f64x2 = vcvt_high_f64_f32(high_f32x4);
        d_f64x2 = vfmaq_f64(d_f64x2, cells_f64x2, cells_f64x2);
    }
    return vpaddd_f64(vaddq_f64(vaddq_f64(a_f64x2, c_f64x2), vaddq_f64(b_f64x2, d_f64x2)));
}

#endif
