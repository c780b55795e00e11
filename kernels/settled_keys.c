/*
 * settled_keys: of labelled nodes, ranking keys of those that were settled, ascending by id; and
 * the activation that waits at the others.
 *
 * The labels are those of waiting.h, and there only for nodes that were reached: no other is
 * read. Sums are made in 8 lanes, a node's by its id, so every version gives the same bits. keys
 * have room for a key per node and for three more.
 */
#include "kernels/isa.h"

#include "kernels/masks.h"
#include "kernels/ranking.h"
#include "kernels/waiting.h"

enum { WORD = 64, FEW = 4 };

#define LAST_BIT ((uint64_t)1 << 63)

/* x, or 0: without a branch, for which of them it is is anyone's guess. */
static inline double where(bool is_so, double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits &= 0 - (uint64_t)is_so;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* The nodes that were reached. A word's first FEW are written whether they are there or not:
 * how many there are is anyone's guess, but seldom more. */
static size_t list_reached(const isa_settled *self, uint32_t *ids)
{
    size_t count = 0;
    for (size_t word = self->first; word < self->end; word++) {
        uint64_t left = self->reached[word];
        uint32_t first = (uint32_t)(word * WORD);
        for (int k = 0; k < FEW; k++, left &= left - 1) {
            ids[count] = first + (uint32_t)__builtin_ctzll(left | LAST_BIT);
            count += left != 0;
        }
        for (; left; left &= left - 1) ids[count++] = first + (uint32_t)__builtin_ctzll(left);
    }
    return count;
}

size_t eg_settled_keys_scalar(isa_settled *self, uint64_t *keys)
{
    uint32_t ids[ISA_SETTLED * WORD + 1];
    size_t reached = list_reached(self, ids), count = 0;
    for (size_t i = 0; i < reached; i++) {
        uint32_t node = ids[i];
        uint64_t label = self->labels[node];
        uint32_t low = (uint32_t)label;
        bool is_hit = (label & self->settled) != 0, is_last = low == self->low_last;
        bool has_arcs = self->with_arcs[node / WORD] >> node % WORD & 1;
        double activation = (double)waiting_activation(label);
        keys[count] = ranking_key((float)activation, node);
        count += is_hit;
        self->fired += is_hit & has_arcs & !is_last;
        uint32_t own = low | (0 - (uint32_t)!is_hit);
        self->low_least = own < self->low_least ? own : self->low_least;
        self->last[node % ISA_DOUBLES] += where(is_hit & has_arcs & is_last, activation);
        self->waiting[node % ISA_DOUBLES] += where(!is_hit, activation);
    }
    return count;
}

#ifdef EG_X86

/* ---- AVX2: four nodes at a time, where words have many ---- */

enum { MANY = 16 };

/* Where the halves of four keys come from, for the keys of a mask to stand first. */
static const uint32_t packed[16][8] = {
    { 0 }, { 0, 1 }, { 2, 3 }, { 0, 1, 2, 3 },
    { 4, 5 }, { 0, 1, 4, 5 }, { 2, 3, 4, 5 }, { 0, 1, 2, 3, 4, 5 },
    { 6, 7 }, { 0, 1, 6, 7 }, { 2, 3, 6, 7 }, { 0, 1, 2, 3, 6, 7 },
    { 4, 5, 6, 7 }, { 0, 1, 4, 5, 6, 7 }, { 2, 3, 4, 5, 6, 7 }, { 0, 1, 2, 3, 4, 5, 6, 7 },
};

typedef struct sums {
    __m256d last_f64x4, waiting_f64x4;
    __m128i least_u32x4;
    uint32_t fired;
} sums;

/* Four nodes, those whose bit is set; arcs: those that have some. Answers how many keys it
 * stored. */
INLINE_AVX2 size_t keys_u64x4(const isa_settled *self, size_t node, uint64_t bits,
                              uint64_t arcs, uint64_t *keys, sums *to)
{
    const __m256i high_u64x4 = _mm256_set1_epi64x(0x7fffffff00000000);
    const __m256i halves_u32x8 = _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7);
    __m256i label_u64x4 = _mm256_maskload_epi64((const long long *)self->labels + node,
                                                ones_u64x4(bits));
    __m256i miss_u64x4 = _mm256_cmpeq_epi64(
        _mm256_and_si256(label_u64x4, _mm256_set1_epi64x((long long)self->settled)),
        _mm256_setzero_si256());
    __m256i split_u32x8 = _mm256_permutevar8x32_epi32(label_u64x4, halves_u32x8);
    __m128i low_u32x4 = _mm256_castsi256_si128(split_u32x8);
    __m128i miss_u32x4 = _mm256_castsi256_si128(
        _mm256_permutevar8x32_epi32(miss_u64x4, halves_u32x8));
    to->least_u32x4 = _mm_min_epu32(to->least_u32x4, _mm_or_si128(low_u32x4, miss_u32x4));
    __m128i is_last_u32x4 = _mm_cmpeq_epi32(low_u32x4, _mm_set1_epi32((int)self->low_last));
    unsigned is_last = (unsigned)_mm_movemask_ps(_mm_castsi128_ps(is_last_u32x4));
    unsigned hit = ~(unsigned)_mm256_movemask_pd(_mm256_castsi256_pd(miss_u64x4)) & 15;
    to->fired += (uint32_t)__builtin_popcount(hit & (unsigned)arcs & ~is_last);
    __m128i size_u32x4 = _mm_and_si128(_mm256_extracti128_si256(split_u32x8, 1),
                                       _mm_set1_epi32(0x7fffffff));
    __m256d activation_f64x4 = _mm256_cvtps_pd(_mm_castsi128_ps(size_u32x4));
    __m256d last_f64x4 = _mm256_castsi256_pd(ones_u64x4(hit & arcs & is_last));
    to->last_f64x4 = _mm256_add_pd(to->last_f64x4, _mm256_and_pd(last_f64x4, activation_f64x4));
    to->waiting_f64x4 = _mm256_add_pd(
        to->waiting_f64x4, _mm256_and_pd(_mm256_castsi256_pd(miss_u64x4), activation_f64x4));
    /* As ranking_key: the bits of what is positive, turned around, above the id. */
    __m256i id_u64x4 = _mm256_add_epi64(_mm256_set1_epi64x((long long)node),
                                        _mm256_setr_epi64x(0, 1, 2, 3));
    __m256i key_u64x4 = _mm256_or_si256(_mm256_andnot_si256(label_u64x4, high_u64x4), id_u64x4);
    __m256i order_u32x8 = _mm256_loadu_si256((const __m256i *)(const void *)packed[hit]);
    _mm256_storeu_si256((__m256i *)(void *)keys,
                        _mm256_permutevar8x32_epi32(key_u64x4, order_u32x8));
    return (size_t)__builtin_popcount(hit);
}

EG_AVX2 static size_t keys_of_many(isa_settled *self, size_t word, uint64_t *keys, size_t count)
{
    sums even = { .last_f64x4 = _mm256_loadu_pd(self->last), .fired = self->fired,
                  .waiting_f64x4 = _mm256_loadu_pd(self->waiting),
                  .least_u32x4 = _mm_set1_epi32((int)self->low_least) };
    sums odd = { .last_f64x4 = _mm256_loadu_pd(self->last + 4),
                 .waiting_f64x4 = _mm256_loadu_pd(self->waiting + 4),
                 .least_u32x4 = _mm_set1_epi32(-1) };
    size_t node = word * WORD;
    uint64_t arcs = self->with_arcs[word];
    for (uint64_t bits = self->reached[word]; bits; bits >>= 8, arcs >>= 8, node += 8) {
        count += keys_u64x4(self, node, bits, arcs, keys + count, &even);
        count += keys_u64x4(self, node + 4, bits >> 4, arcs >> 4, keys + count, &odd);
    }
    _mm256_storeu_pd(self->last, even.last_f64x4);
    _mm256_storeu_pd(self->last + 4, odd.last_f64x4);
    _mm256_storeu_pd(self->waiting, even.waiting_f64x4);
    _mm256_storeu_pd(self->waiting + 4, odd.waiting_f64x4);
    uint32_t least[4];
    _mm_storeu_si128((__m128i *)(void *)least, _mm_min_epu32(even.least_u32x4, odd.least_u32x4));
    for (int k = 0; k < 4; k++) self->low_least = least[k] < self->low_least ? least[k]
                                                                             : self->low_least;
    self->fired = even.fired + odd.fired;
    return count;
}

EG_AVX2 size_t eg_settled_keys_avx2(isa_settled *self, uint64_t *keys)
{
    size_t reached = 0, count = 0;
    for (size_t word = self->first; word < self->end; word++) {
        reached += (size_t)__builtin_popcountll(self->reached[word]);
    }
    if (reached < MANY * (self->end - self->first)) return eg_settled_keys_scalar(self, keys);
    for (size_t word = self->first; word < self->end; word++) {
        count = keys_of_many(self, word, keys, count);
    }
    return count;
}

/* ---- AVX-512: eight ---- */

EG_AVX512 size_t eg_settled_keys_avx512(isa_settled *self, uint64_t *keys)
{
    __m512d last_f64x8 = _mm512_loadu_pd(self->last);
    __m512d waiting_f64x8 = _mm512_loadu_pd(self->waiting);
    __m256i least_u32x8 = _mm256_set1_epi32((int)self->low_least);
    size_t count = 0;
    for (size_t node = self->first * WORD; node < self->end * WORD; node += ISA_DOUBLES) {
        __mmask8 here = (__mmask8)(self->reached[node / WORD] >> node % WORD);
        if (!here) continue;
        __m512i ids_u64x8 = _mm512_add_epi64(_mm512_set1_epi64((long long)node),
                                             _mm512_setr_epi64(0, 1, 2, 3, 4, 5, 6, 7));
        __m512i label_u64x8 = _mm512_maskz_loadu_epi64(here, self->labels + node);
        __m256i low_u32x8 = _mm512_cvtepi64_epi32(label_u64x8);
        __m512i bits_u64x8 = _mm512_and_si512(label_u64x8,
                                              _mm512_set1_epi64((long long)~WAITING_SETTLED));
        __m512d activation_f64x8 = _mm512_cvtps_pd(
            _mm256_castsi256_ps(_mm512_cvtepi64_epi32(_mm512_srli_epi64(bits_u64x8, 32))));
        __mmask8 hit = _mm512_test_epi64_mask(label_u64x8,
                                              _mm512_set1_epi64((long long)self->settled));
        __mmask8 arcs = hit & (__mmask8)(self->with_arcs[node / WORD] >> node % WORD);
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
    }
    _mm512_storeu_pd(self->last, last_f64x8);
    _mm512_storeu_pd(self->waiting, waiting_f64x8);
    self->low_least = _mm512_mask_reduce_min_epu32(0xff, _mm512_castsi256_si512(least_u32x8));
    return count;
}

#endif

#ifdef EG_ARM

/* The plain one: two lanes win little. */
size_t eg_settled_keys_neon(isa_settled *self, uint64_t *keys)
{
    return eg_settled_keys_scalar(self, keys);
}

#endif
