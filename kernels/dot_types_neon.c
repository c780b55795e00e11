/* The kernels of dot_half.c, dot_i8.c and dot_bits.c with NEON. */
#include "kernels/isa.h"

#ifdef EG_ARM

/* ---- f16 and bf16: four floats at a time ---- */

INLINE_NEON float32x4_t widened(uint16x4_t cells_u16x4, bool bf16)
{
    if (bf16) return vreinterpretq_f32_u32(vshll_n_u16(cells_u16x4, 16));
    return vcvt_f32_f16(vreinterpret_f16_u16(cells_u16x4));
}

INLINE_NEON float32x4_t term(const uint16_t *row, const float *query, float32x4_t sum_f32x4,
                             bool bf16, bool l2)
{
    float32x4_t row_f32x4 = widened(vld1_u16(row), bf16), query_f32x4 = vld1q_f32(query);
    if (!l2) return vfmaq_f32(sum_f32x4, row_f32x4, query_f32x4);
    float32x4_t diff_f32x4 = vsubq_f32(query_f32x4, row_f32x4);
    return vfmaq_f32(sum_f32x4, diff_f32x4, diff_f32x4);
}

/* Half of the registers that hold a row's partial sums; by name, as in dot_neon.c. */
typedef struct four_parts {
    float32x4_t a_f32x4, b_f32x4, c_f32x4, d_f32x4;
} four_parts;

INLINE_NEON four_parts sixteen(four_parts parts, const uint16_t *row, const float *query,
                               bool bf16, bool l2)
{
    parts.a_f32x4 = term(row, query, parts.a_f32x4, bf16, l2);
    parts.b_f32x4 = term(row + 4, query + 4, parts.b_f32x4, bf16, l2);
    parts.c_f32x4 = term(row + 8, query + 8, parts.c_f32x4, bf16, l2);
    parts.d_f32x4 = term(row + 12, query + 12, parts.d_f32x4, bf16, l2);
    return parts;
}

INLINE_NEON float32x4_t total(four_parts parts)
{
    return vaddq_f32(vaddq_f32(parts.a_f32x4, parts.b_f32x4),
                     vaddq_f32(parts.c_f32x4, parts.d_f32x4));
}

INLINE_NEON float sum_of_row(const isa_halves *rows, size_t r, bool bf16, bool l2)
{
    const uint16_t *row = rows->cells + r * rows->stride;
    const float *query = rows->query;
    float32x4_t zero_f32x4 = vdupq_n_f32(0);
    four_parts even = {zero_f32x4, zero_f32x4, zero_f32x4, zero_f32x4}, odd = even;
    for (size_t i = 0; i < rows->width; i += 32) {
        even = sixteen(even, row + i, query + i, bf16, l2);
        odd = sixteen(odd, row + i + 16, query + i + 16, bf16, l2);
    }
    return vaddvq_f32(vaddq_f32(total(even), total(odd)));
}

void eg_f16_dot_neon(const isa_halves *rows, float *sums)
{
    for (size_t r = 0; r < rows->count; r++) sums[r] = sum_of_row(rows, r, false, false);
}

void eg_f16_l2sq_neon(const isa_halves *rows, float *sums)
{
    for (size_t r = 0; r < rows->count; r++) sums[r] = sum_of_row(rows, r, false, true);
}

void eg_bf16_dot_neon(const isa_halves *rows, float *sums)
{
    for (size_t r = 0; r < rows->count; r++) sums[r] = sum_of_row(rows, r, true, false);
}

void eg_bf16_l2sq_neon(const isa_halves *rows, float *sums)
{
    for (size_t r = 0; r < rows->count; r++) sums[r] = sum_of_row(rows, r, true, true);
}

/* ---- i8: eight products in 16 bits, widened into four lanes of 32 ---- */

/* A lane takes a quarter of the products: 127 * 16,256 of them 1,024 times are below 2^31. */
enum { PIECE = 4096 };

INLINE_NEON int32x4_t eight_terms(const int8_t *row, const int16_t *query, int32x4_t sum_i32x4)
{
    int16x8_t row_i16x8 = vmovl_s8(vld1_s8(row)), query_i16x8 = vld1q_s16(query);
    sum_i32x4 = vmlal_s16(sum_i32x4, vget_low_s16(row_i16x8), vget_low_s16(query_i16x8));
    return vmlal_high_s16(sum_i32x4, row_i16x8, query_i16x8);
}

void eg_i8_dot_neon(const isa_bytes *rows, double *sums)
{
    for (size_t r = 0; r < rows->count; r++) {
        const int8_t *row = rows->cells + r * rows->stride;
        int64_t sum = 0;
        for (size_t start = 0; start < rows->width; start += PIECE) {
            size_t end = rows->width - start < PIECE ? rows->width : start + PIECE;
            int32x4_t a_i32x4 = vdupq_n_s32(0), b_i32x4 = a_i32x4;
            for (size_t i = start; i < end; i += 16) {
                a_i32x4 = eight_terms(row + i, rows->query + i, a_i32x4);
                b_i32x4 = eight_terms(row + i + 8, rows->query + i + 8, b_i32x4);
            }
            sum += vaddlvq_s32(a_i32x4) + vaddlvq_s32(b_i32x4);
        }
        sums[r] = (double)sum;
    }
}

/* ---- bits ---- */

void eg_bits_dot_neon(const isa_bits *rows, uint32_t *counts)
{
    for (size_t r = 0; r < rows->count; r++) {
        const uint8_t *row = rows->cells + r * rows->stride;
        uint32x4_t sum_u32x4 = vdupq_n_u32(0);
        for (size_t i = 0; i < rows->width; i += 16) {
            uint8x16_t both_u8x16 = vandq_u8(vld1q_u8(rows->query + i), vld1q_u8(row + i));
            sum_u32x4 = vpadalq_u16(sum_u32x4, vpaddlq_u8(vcntq_u8(both_u8x16)));
        }
        counts[r] = vaddvq_u32(sum_u32x4);
    }
}

#endif
