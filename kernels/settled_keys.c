/*
 * settled_keys: of labelled nodes, ranking keys of those that were settled, ascending by id; and
 * the activation that waits at the others.
 *
 * A part of all nodes at a time, from a multiple of 8 on. The labels are those of waiting.h,
 * 0 for nodes never reached. Sums are made in 8 lanes, a node's by its id, so every version
 * gives the same bits. keys have room for a key per node.
 */
#include "kernels/isa.h"

#include "kernels/ranking.h"
#include "kernels/waiting.h"

/* Without a branch on a node: which of them were settled is anyone's guess. */
size_t eg_settled_keys_scalar(isa_settled *self, uint64_t *keys)
{
    size_t count = 0;
    for (uint32_t node = self->first; node < self->end; node++) {
        uint64_t label = self->labels[node];
        uint32_t low = (uint32_t)label;
        bool is_hit = (label & self->settled) != 0, is_last = low == self->low_last;
        bool has_arcs = self->offsets[node] != self->offsets[node + 1];
        double activation = (double)waiting_activation(label);
        keys[count] = ranking_key((float)activation, node);
        count += is_hit;
        self->fired += is_hit & has_arcs & !is_last;
        if (is_hit && low < self->low_least) self->low_least = low;
        self->last[node % ISA_DOUBLES] += is_hit & has_arcs & is_last ? activation : 0;
        self->waiting[node % ISA_DOUBLES] += is_hit ? 0 : activation;
    }
    return count;
}

#ifdef EG_X86

/* Nothing here packs what a mask selects; so there is nothing to win. */
size_t eg_settled_keys_avx2(isa_settled *self, uint64_t *keys)
{
    return eg_settled_keys_scalar(self, keys);
}

EG_AVX512 size_t eg_settled_keys_avx512(isa_settled *self, uint64_t *keys)
{
    __m512d last_f64x8 = _mm512_loadu_pd(self->last);
    __m512d waiting_f64x8 = _mm512_loadu_pd(self->waiting);
    __m256i least_u32x8 = _mm256_set1_epi32((int)self->low_least);
    __m512i ids_u64x8 = _mm512_add_epi64(_mm512_set1_epi64(self->first),
                                         _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7));
    size_t count = 0;
    for (uint32_t node = self->first; node < self->end; node += ISA_DOUBLES) {
        __mmask8 here = (__mmask8)(self->end - node < ISA_DOUBLES
                                       ? (1u << (self->end - node)) - 1 : 0xff);
        __m512i label_u64x8 = _mm512_maskz_loadu_epi64(here, self->labels + node);
        __m256i low_u32x8 = _mm512_cvtepi64_epi32(label_u64x8);
        __m512i bits_u64x8 = _mm512_and_si512(label_u64x8,
                                              _mm512_set1_epi64((long long)~WAITING_SETTLED));
        __m512d activation_f64x8 = _mm512_cvtps_pd(
            _mm256_castsi256_ps(_mm512_cvtepi64_epi32(_mm512_srli_epi64(bits_u64x8, 32))));
        __mmask8 hit = _mm512_test_epi64_mask(label_u64x8,
                                              _mm512_set1_epi64((long long)self->settled));
        __mmask8 arcs = _mm256_mask_cmpneq_epi32_mask(
            hit, _mm256_maskz_loadu_epi32(here, self->offsets + node),
            _mm256_maskz_loadu_epi32(here, self->offsets + node + 1));
        __mmask8 last = _mm256_mask_cmpeq_epi32_mask(arcs, low_u32x8,
                                                     _mm256_set1_epi32((int)self->low_last));
        /* As ranking_key: the bits of what is positive, turned around, above the id. */
        __m512i key_u64x8 = _mm512_ternarylogic_epi64(
            label_u64x8, _mm512_set1_epi64(0x7fffffff00000000), ids_u64x8, 0xae);
        uint32_t hits = (uint32_t)__builtin_popcount(hit);
        _mm512_mask_storeu_epi64(keys + count, (__mmask8)((1u << hits) - 1),
                                 _mm512_maskz_compress_epi64(hit, key_u64x8));
        count += hits;
        self->fired += (uint32_t)__builtin_popcount(arcs & ~last & 0xff);
        least_u32x8 = _mm256_mask_min_epu32(least_u32x8, hit, least_u32x8, low_u32x8);
        last_f64x8 = _mm512_mask_add_pd(last_f64x8, last, last_f64x8, activation_f64x8);
        waiting_f64x8 = _mm512_mask_add_pd(waiting_f64x8, (__mmask8)~hit, waiting_f64x8,
                                           activation_f64x8);
        ids_u64x8 = _mm512_add_epi64(ids_u64x8, _mm512_set1_epi64(ISA_DOUBLES));
    }
    _mm512_storeu_pd(self->last, last_f64x8);
    _mm512_storeu_pd(self->waiting, waiting_f64x8);
    self->low_least = _mm512_mask_reduce_min_epu32(0xff, _mm512_castsi256_si512(least_u32x8));
    return count;
}

#endif

#ifdef EG_ARM

/* As with AVX2. */
size_t eg_settled_keys_neon(isa_settled *self, uint64_t *keys)
{
    return eg_settled_keys_scalar(self, keys);
}

#endif
