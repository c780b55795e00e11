/*
 * ranking_keys: the ranking keys of up to 64 nodes, ISA_WIDE values each, into a list per lane.
 *
 * As ranking_add_word for every lane: values that are 0 as a float are left out, and keys that
 * are not below the lane's cut. All versions give the same bits. Each list has room for a key
 * more than it is given.
 */
#include "kernels/isa.h"

#include "kernels/ranking.h"

enum { ALL = (1 << ISA_WIDE) - 1 };

static inline void put(isa_ranking_keys *self, size_t lane, double wide, uint32_t id)
{
    float value = (float)wide;
    uint64_t key = ranking_key(value, id);
    self->keys[lane * self->stride + self->counts[lane]] = key;
    self->counts[lane] += (value != 0) & (key < self->cuts[lane]);
}

void eg_ranking_keys_scalar(isa_ranking_keys *self)
{
    for (uint64_t bits = self->bits; bits; bits &= bits - 1) {
        int bit = __builtin_ctzll(bits);
        const double *values = self->values + (size_t)bit * ISA_WIDE;
        for (size_t k = 0; k < ISA_WIDE; k++) put(self, k, values[k], self->first + (uint32_t)bit);
    }
}

#ifdef EG_X86

/* Nothing here stores to four places; but four lanes may have nothing to store. */
EG_AVX2 void eg_ranking_keys_avx2(isa_ranking_keys *self)
{
    for (uint64_t bits = self->bits; bits; bits &= bits - 1) {
        int bit = __builtin_ctzll(bits);
        const double *values = self->values + (size_t)bit * ISA_WIDE;
        uint32_t above = 0;
        for (size_t k = 0; k < ISA_WIDE; k += 4) {
            __m256d above_f64x4 = _mm256_cmp_pd(_mm256_load_pd(values + k),
                                                _mm256_loadu_pd(self->least + k), _CMP_GT_OQ);
            above |= (uint32_t)_mm256_movemask_pd(above_f64x4) << k;
        }
        uint32_t id = self->first + (uint32_t)bit;
        if (above == ALL) {
            for (size_t k = 0; k < ISA_WIDE; k++) put(self, k, values[k], id);
            continue;
        }
        for (; above; above &= above - 1) {
            size_t lane = (size_t)__builtin_ctz(above);
            put(self, lane, values[lane], id);
        }
    }
}

/* As ranking_key: the bits of what is negative; those of all else turned around, the sign set. */
INLINE_AVX512 __m512i keys_u64x8(__m256 values_f32x8, __m512i id_u64x8)
{
    __m256i bits_u32x8 = _mm256_castps_si256(values_f32x8);
    __mmask8 is_negative = _mm256_movepi32_mask(bits_u32x8);
    __m256i turned_u32x8 = _mm256_andnot_si256(bits_u32x8, _mm256_set1_epi32(0x7fffffff));
    __m256i high_u32x8 = _mm256_mask_mov_epi32(turned_u32x8, is_negative, bits_u32x8);
    return _mm512_or_si512(_mm512_slli_epi64(_mm512_cvtepu32_epi64(high_u32x8), 32), id_u64x8);
}

/* Eight lanes of a node. */
INLINE_AVX512 void put_f64x8(isa_ranking_keys *self, size_t lane, __m512d values_f64x8, uint32_t id)
{
    const __m512i lanes_u64x8 = _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7);
    __m256 values_f32x8 = _mm512_cvtpd_ps(values_f64x8);
    __m512i counts_u64x8 = _mm512_loadu_si512(self->counts + lane);
    __m512i key_u64x8 = keys_u64x8(values_f32x8, _mm512_set1_epi64(id));
    __mmask8 is_hit = _mm256_cmp_ps_mask(values_f32x8, _mm256_setzero_ps(), _CMP_NEQ_UQ) &
                      _mm512_cmplt_epu64_mask(key_u64x8, _mm512_loadu_si512(self->cuts + lane));
    __m512i start_u64x8 = _mm512_mullo_epi64(lanes_u64x8,
                                             _mm512_set1_epi64((long long)self->stride));
    _mm512_mask_i64scatter_epi64(self->keys + lane * self->stride, is_hit,
                                 _mm512_add_epi64(start_u64x8, counts_u64x8), key_u64x8, 8);
    _mm512_storeu_si512(self->counts + lane, _mm512_mask_add_epi64(
        counts_u64x8, is_hit, counts_u64x8, _mm512_set1_epi64(1)));
}

EG_AVX512 void eg_ranking_keys_avx512(isa_ranking_keys *self)
{
    const __m512d low_f64x8 = _mm512_loadu_pd(self->least);
    const __m512d high_f64x8 = _mm512_loadu_pd(self->least + ISA_DOUBLES);
    for (uint64_t bits = self->bits; bits; bits &= bits - 1) {
        int bit = __builtin_ctzll(bits);
        const double *values = self->values + (size_t)bit * ISA_WIDE;
        __m512d lo_f64x8 = _mm512_load_pd(values), hi_f64x8 = _mm512_load_pd(values + ISA_DOUBLES);
        uint32_t id = self->first + (uint32_t)bit;
        if (_mm512_cmp_pd_mask(lo_f64x8, low_f64x8, _CMP_GT_OQ)) put_f64x8(self, 0, lo_f64x8, id);
        if (_mm512_cmp_pd_mask(hi_f64x8, high_f64x8, _CMP_GT_OQ)) {
            put_f64x8(self, ISA_DOUBLES, hi_f64x8, id);
        }
    }
}

#endif

#ifdef EG_ARM

/* The plain one: two lanes win little. */
void eg_ranking_keys_neon(isa_ranking_keys *self)
{
    eg_ranking_keys_scalar(self);
}

#endif
