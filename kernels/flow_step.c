/*
 * flow_scatter, flow_update: a step of ISA_WIDE spreads side by side.
 *
 * flow_scatter is one node's part: in every lane, kept of what it has stays and passed of it
 * goes to its targets, by weight over fan. flow_update ends the step: it multiplies, suppresses,
 * and leaves the lanes that do not run as they were; now is cleared, to be the next step's next.
 *
 * Each lane is computed as if it were alone: a product, then a sum, in the same order. So
 * every version gives the same bits, and those of a single spread. What is 0 passes on 0,
 * which changes no sum, for no sum here is -0.
 */
#include "kernels/isa.h"
#include "kernels/masks.h"

/* Arcs ahead of the one in use: what they lead to lies anywhere. */
enum { TARGETS_AHEAD = 96 };

/* The arcs of a node, in registers: what is stored might be anything, to a compiler. */
typedef struct row {
    const uint32_t *targets, *last;
    const float *weights;
    double *next;
    size_t count;
    bool is_far;
} row;

static inline row row_of(const isa_flow_scatter *self)
{
    return (row){ self->targets + self->start, self->targets + self->edges - 1,
                  self->weights + self->start, self->next, self->end - self->start,
                  self->is_far };
}

static inline double *row_target(const row *self, size_t i)
{
    if (self->is_far) {
        const uint32_t *then = self->targets + i + TARGETS_AHEAD;
        size_t target = *(then < self->last ? then : self->last);
        __builtin_prefetch(self->next + target * ISA_WIDE, 1);
        __builtin_prefetch(self->next + target * ISA_WIDE + ISA_WIDE / 2, 1);
    }
    return self->next + (size_t)self->targets[i] * ISA_WIDE;
}

uint32_t eg_flow_scatter_scalar(const isa_flow_scatter *self)
{
    const double *x = self->now + (size_t)self->node * ISA_WIDE;
    double *own = self->next + (size_t)self->node * ISA_WIDE, shares[ISA_WIDE];
    uint32_t has = 0;
    for (int k = 0; k < ISA_WIDE; k++) has |= (uint32_t)(x[k] != 0) << k;
    if (!has) return 0;
    for (int k = 0; k < ISA_WIDE; k++) own[k] += self->kept * x[k];
    if (self->passed == 0) return has;
    for (int k = 0; k < ISA_WIDE; k++) {
        self->counts[k] += has >> k & 1;
        shares[k] = self->passed * x[k] / self->fan;
    }
    row arcs = row_of(self);
    for (size_t i = 0; i < arcs.count; i++) {
        double *to = row_target(&arcs, i), weight = arcs.weights[i];
        for (int k = 0; k < ISA_WIDE; k++) to[k] += shares[k] * weight;
    }
    return has;
}

void eg_flow_update_scalar(isa_flow_update *self)
{
    for (size_t i = 0; i < self->nodes * ISA_WIDE; i += ISA_WIDE) {
        double *now = self->now + i, *next = self->next + i;
        for (int k = 0; k < ISA_WIDE; k++) {
            double left = next[k] * self->kept;
            if (left < self->suppress) left = 0;
            if (!(self->running >> k & 1)) left = now[k];
            if (left > self->most[k]) self->most[k] = left;
            self->change[k] += left > now[k] ? left - now[k] : now[k] - left;
            next[k] = left;
            now[k] = 0;
        }
    }
}

#ifdef EG_X86

/* ---- AVX2: four lanes in a register ---- */

enum { WIDE4 = ISA_WIDE / 4 };

/* Adds 1 where a bit of the mask is set, to eight counts. */
INLINE_AVX2 void count_where(uint32_t *counts, uint32_t mask)
{
    __m256i *at = (__m256i *)(void *)counts;
    _mm256_storeu_si256(at, _mm256_sub_epi32(_mm256_loadu_si256(at), ones_u32x8(mask)));
}

EG_AVX2 uint32_t eg_flow_scatter_avx2(const isa_flow_scatter *self)
{
    const double *x = self->now + (size_t)self->node * ISA_WIDE;
    double *own = self->next + (size_t)self->node * ISA_WIDE;
    __m256d x_f64x4[WIDE4], share_f64x4[WIDE4];
    uint32_t has = 0;
#pragma GCC unroll 4
    for (int k = 0; k < WIDE4; k++) {
        x_f64x4[k] = _mm256_load_pd(x + 4 * k);
        __m256d is_f64x4 = _mm256_cmp_pd(x_f64x4[k], _mm256_setzero_pd(), _CMP_NEQ_UQ);
        has |= (uint32_t)_mm256_movemask_pd(is_f64x4) << 4 * k;
    }
    if (!has) return 0;
    const __m256d kept_f64x4 = _mm256_set1_pd(self->kept);
    if (self->kept != 0) {
#pragma GCC unroll 4
        for (int k = 0; k < WIDE4; k++) {
            _mm256_store_pd(own + 4 * k, _mm256_add_pd(_mm256_load_pd(own + 4 * k),
                                                       _mm256_mul_pd(kept_f64x4, x_f64x4[k])));
        }
    }
    if (self->passed == 0) return has;
    count_where(self->counts, has);
    count_where(self->counts + 8, has >> 8);
#pragma GCC unroll 4
    for (int k = 0; k < WIDE4; k++) {
        share_f64x4[k] = _mm256_div_pd(_mm256_mul_pd(_mm256_set1_pd(self->passed), x_f64x4[k]),
                                       _mm256_set1_pd(self->fan));
    }
    row arcs = row_of(self);
    for (size_t i = 0; i < arcs.count; i++) {
        double *to = row_target(&arcs, i);
        __m256d weight_f64x4 = _mm256_set1_pd(arcs.weights[i]);
#pragma GCC unroll 4
        for (int k = 0; k < WIDE4; k++) {
            __m256d given_f64x4 = _mm256_mul_pd(share_f64x4[k], weight_f64x4);
            _mm256_store_pd(to + 4 * k, _mm256_add_pd(_mm256_load_pd(to + 4 * k), given_f64x4));
        }
    }
    return has;
}

/* What a step leaves of four lanes, which it puts to next; now is cleared. */
INLINE_AVX2 __m256d left_f64x4(const isa_flow_update *self, size_t i, __m256d runs_f64x4,
                               __m256d *change_f64x4)
{
    __m256d now_f64x4 = _mm256_load_pd(self->now + i);
    __m256d all_f64x4 = _mm256_mul_pd(_mm256_load_pd(self->next + i), _mm256_set1_pd(self->kept));
    __m256d suppress_f64x4 = _mm256_set1_pd(self->suppress), sign_f64x4 = _mm256_set1_pd(-0.0);
    all_f64x4 = _mm256_andnot_pd(_mm256_cmp_pd(all_f64x4, suppress_f64x4, _CMP_LT_OQ), all_f64x4);
    all_f64x4 = _mm256_blendv_pd(now_f64x4, all_f64x4, runs_f64x4);
    *change_f64x4 = _mm256_add_pd(*change_f64x4, _mm256_andnot_pd(
        sign_f64x4, _mm256_sub_pd(all_f64x4, now_f64x4)));
    _mm256_store_pd(self->next + i, all_f64x4);
    _mm256_store_pd(self->now + i, _mm256_setzero_pd());
    return all_f64x4;
}

/* Eight lanes are a cache line. */
EG_AVX2 void eg_flow_update_avx2(isa_flow_update *self)
{
    const isa_flow_update step = *self;
    for (size_t k = 0; k < ISA_WIDE; k += 8) {
        __m256d low_f64x4 = _mm256_castsi256_pd(ones_u64x4(step.running >> k));
        __m256d high_f64x4 = _mm256_castsi256_pd(ones_u64x4(step.running >> (k + 4)));
        __m256d change_f64x4[2], most_f64x4[2];
        for (int h = 0; h < 2; h++) {
            change_f64x4[h] = _mm256_loadu_pd(step.change + k + 4 * h);
            most_f64x4[h] = _mm256_loadu_pd(step.most + k + 4 * h);
        }
        for (size_t i = k; i < step.nodes * ISA_WIDE; i += ISA_WIDE) {
            most_f64x4[0] = _mm256_max_pd(
                most_f64x4[0], left_f64x4(&step, i, low_f64x4, change_f64x4));
            most_f64x4[1] = _mm256_max_pd(
                most_f64x4[1], left_f64x4(&step, i + 4, high_f64x4, change_f64x4 + 1));
        }
        for (int h = 0; h < 2; h++) {
            _mm256_storeu_pd(self->change + k + 4 * h, change_f64x4[h]);
            _mm256_storeu_pd(self->most + k + 4 * h, most_f64x4[h]);
        }
    }
}

/* ---- AVX-512: eight ---- */

EG_AVX512 uint32_t eg_flow_scatter_avx512(const isa_flow_scatter *self)
{
    const double *x = self->now + (size_t)self->node * ISA_WIDE;
    double *own = self->next + (size_t)self->node * ISA_WIDE;
    __m512d lo_f64x8 = _mm512_load_pd(x), hi_f64x8 = _mm512_load_pd(x + 8);
    __m512d zero_f64x8 = _mm512_setzero_pd();
    uint32_t has = (uint32_t)_mm512_cmp_pd_mask(lo_f64x8, zero_f64x8, _CMP_NEQ_UQ) |
                   (uint32_t)_mm512_cmp_pd_mask(hi_f64x8, zero_f64x8, _CMP_NEQ_UQ) << 8;
    if (!has) return 0;
    __m512d kept_f64x8 = _mm512_set1_pd(self->kept), passed_f64x8 = _mm512_set1_pd(self->passed);
    if (self->kept != 0) {
        _mm512_store_pd(own, _mm512_add_pd(_mm512_load_pd(own),
                                           _mm512_mul_pd(kept_f64x8, lo_f64x8)));
        _mm512_store_pd(own + 8, _mm512_add_pd(_mm512_load_pd(own + 8),
                                               _mm512_mul_pd(kept_f64x8, hi_f64x8)));
    }
    if (self->passed == 0) return has;
    __m512i counts_u32x16 = _mm512_loadu_si512(self->counts);
    _mm512_storeu_si512(self->counts, _mm512_mask_add_epi32(
        counts_u32x16, (__mmask16)has, counts_u32x16, _mm512_set1_epi32(1)));
    __m512d fan_f64x8 = _mm512_set1_pd(self->fan);
    lo_f64x8 = _mm512_div_pd(_mm512_mul_pd(passed_f64x8, lo_f64x8), fan_f64x8);
    hi_f64x8 = _mm512_div_pd(_mm512_mul_pd(passed_f64x8, hi_f64x8), fan_f64x8);
    row arcs = row_of(self);
    for (size_t i = 0; i < arcs.count; i++) {
        double *to = row_target(&arcs, i);
        __m512d weight_f64x8 = _mm512_set1_pd(arcs.weights[i]);
        _mm512_store_pd(to, _mm512_add_pd(_mm512_load_pd(to),
                                          _mm512_mul_pd(lo_f64x8, weight_f64x8)));
        _mm512_store_pd(to + 8, _mm512_add_pd(_mm512_load_pd(to + 8),
                                              _mm512_mul_pd(hi_f64x8, weight_f64x8)));
    }
    return has;
}

EG_AVX512 void eg_flow_update_avx512(isa_flow_update *self)
{
    __m512d kept_f64x8 = _mm512_set1_pd(self->kept);
    __m512d suppress_f64x8 = _mm512_set1_pd(self->suppress);
    __m512d most_f64x8[2], change_f64x8[2];
    for (int k = 0; k < 2; k++) {
        most_f64x8[k] = _mm512_loadu_pd(self->most + 8 * k);
        change_f64x8[k] = _mm512_loadu_pd(self->change + 8 * k);
    }
    for (size_t i = 0; i < self->nodes * ISA_WIDE; i += ISA_WIDE) {
        for (int k = 0; k < 2; k++) {
            double *now = self->now + i + 8 * k, *next = self->next + i + 8 * k;
            __m512d now_f64x8 = _mm512_load_pd(now);
            __m512d left_f64x8 = _mm512_mul_pd(_mm512_load_pd(next), kept_f64x8);
            __mmask8 stays = _mm512_cmp_pd_mask(left_f64x8, suppress_f64x8, _CMP_NLT_UQ);
            left_f64x8 = _mm512_maskz_mov_pd(stays, left_f64x8);
            left_f64x8 = _mm512_mask_mov_pd(now_f64x8, (__mmask8)(self->running >> 8 * k),
                                            left_f64x8);
            most_f64x8[k] = _mm512_max_pd(most_f64x8[k], left_f64x8);
            change_f64x8[k] = _mm512_add_pd(
                change_f64x8[k], _mm512_abs_pd(_mm512_sub_pd(left_f64x8, now_f64x8)));
            _mm512_store_pd(next, left_f64x8);
            _mm512_store_pd(now, _mm512_setzero_pd());
        }
    }
    for (int k = 0; k < 2; k++) {
        _mm512_storeu_pd(self->most + 8 * k, most_f64x8[k]);
        _mm512_storeu_pd(self->change + 8 * k, change_f64x8[k]);
    }
}

#endif

#ifdef EG_ARM

/* The compiler makes vectors of the lanes: they are independent and of a fixed number. */
uint32_t eg_flow_scatter_neon(const isa_flow_scatter *self)
{
    return eg_flow_scatter_scalar(self);
}

void eg_flow_update_neon(isa_flow_update *self)
{
    eg_flow_update_scalar(self);
}

#endif
