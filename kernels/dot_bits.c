/*
 * bits_dot: the dot of bits, how many are set in both the query and a row, for one row after
 * the other.
 *
 * Rows and query as in isa_bits, fewer than 2^32 bits. With the counts of each alone this
 * gives every distance between sets. All versions count the same.
 */
#include "kernels/isa.h"

#include <string.h>

/* ---- scalar ---- */

void eg_bits_dot_scalar(const isa_bits *rows, uint32_t *counts)
{
    for (size_t r = 0; r < rows->count; r++) {
        const uint8_t *row = rows->cells + r * rows->stride;
        uint64_t a, b, count = 0;
        for (size_t i = 0; i < rows->width; i += sizeof a) {
            memcpy(&a, rows->query + i, sizeof a);
            memcpy(&b, row + i, sizeof b);
            count += (uint64_t)__builtin_popcountll(a & b);
        }
        counts[r] = (uint32_t)count;
    }
}

#ifdef EG_X86

/* ---- AVX2: each half of a byte looks up its count ---- */

static const uint8_t half_counts[16] __attribute__((aligned(16))) = {0, 1, 1, 2, 1, 2, 2, 3,
                                                                     1, 2, 2, 3, 2, 3, 3, 4};

/* Counts by eight bytes. */
INLINE_AVX2 __m256i counts_of(__m256i bits_u8x32)
{
    const __m128i table_u8x16 = _mm_load_si128((const __m128i *)(const void *)half_counts);
    const __m256i table_u8x32 = _mm256_broadcastsi128_si256(table_u8x16);
    const __m256i low_half = _mm256_set1_epi8(15);
    __m256i low_u8x32 = _mm256_and_si256(bits_u8x32, low_half);
    __m256i high_u8x32 = _mm256_and_si256(_mm256_srli_epi16(bits_u8x32, 4), low_half);
    __m256i counts_u8x32 = _mm256_add_epi8(_mm256_shuffle_epi8(table_u8x32, low_u8x32),
                                           _mm256_shuffle_epi8(table_u8x32, high_u8x32));
    return _mm256_sad_epu8(counts_u8x32, _mm256_setzero_si256());
}

INLINE_AVX2 __m256i line_of(const uint8_t *cells)
{
    return _mm256_load_si256((const __m256i *)(const void *)cells);
}

EG_AVX2 void eg_bits_dot_avx2(const isa_bits *rows, uint32_t *counts)
{
    for (size_t r = 0; r < rows->count; r++) {
        const uint8_t *row = rows->cells + r * rows->stride;
        __m256i sum_u64x4 = _mm256_setzero_si256();
        for (size_t i = 0; i < rows->width; i += 32) {
            __m256i both_u8x32 = _mm256_and_si256(line_of(rows->query + i), line_of(row + i));
            sum_u64x4 = _mm256_add_epi64(sum_u64x4, counts_of(both_u8x32));
        }
        __m128i sum_u64x2 = _mm_add_epi64(_mm256_castsi256_si128(sum_u64x4),
                                          _mm256_extracti128_si256(sum_u64x4, 1));
        counts[r] = (uint32_t)_mm_cvtsi128_si32(
            _mm_add_epi64(sum_u64x2, _mm_unpackhi_epi64(sum_u64x2, sum_u64x2)));
    }
}

/* ---- AVX-512 ---- */

INLINE_AVX512 __m512i wide_counts_of(__m512i bits_u8x64)
{
    const __m128i table_u8x16 = _mm_load_si128((const __m128i *)(const void *)half_counts);
    const __m512i table_u8x64 = _mm512_broadcast_i32x4(table_u8x16);
    const __m512i low_half = _mm512_set1_epi8(15);
    __m512i low_u8x64 = _mm512_and_si512(bits_u8x64, low_half);
    __m512i high_u8x64 = _mm512_and_si512(_mm512_srli_epi16(bits_u8x64, 4), low_half);
    __m512i counts_u8x64 = _mm512_add_epi8(_mm512_shuffle_epi8(table_u8x64, low_u8x64),
                                           _mm512_shuffle_epi8(table_u8x64, high_u8x64));
    return _mm512_sad_epu8(counts_u8x64, _mm512_setzero_si512());
}

EG_AVX512 void eg_bits_dot_avx512(const isa_bits *rows, uint32_t *counts)
{
    for (size_t r = 0; r < rows->count; r++) {
        const uint8_t *row = rows->cells + r * rows->stride;
        __m512i sum_u64x8 = _mm512_setzero_si512();
        for (size_t i = 0; i < rows->width; i += 64) {
            __m512i both_u8x64 = _mm512_and_si512(_mm512_load_si512(rows->query + i),
                                                  _mm512_load_si512(row + i));
            sum_u64x8 = _mm512_add_epi64(sum_u64x8, wide_counts_of(both_u8x64));
        }
        counts[r] = (uint32_t)_mm512_reduce_add_epi64(sum_u64x8);
    }
}

#endif
