/*
 * next_frontier: ends a cycle of spreads side by side for up to 64 nodes; those of them that
 * fire in the next one go to its frontier.
 *
 * For each node whose bit is set: what came in is added up and clamped, lane by lane; who is
 * above the threshold, and has not fired yet unless refire, fires. A node with arcs that fires
 * in any lane takes the frontier's next place: its id, its lanes, and what it gives per weight,
 * 0 in the other lanes. is_last: nobody will give; instead, what waits is added up.
 *
 * Each lane is computed as if it were alone and in the order of the nodes, as in settle.c, so
 * all versions give the same bits. Without a branch on what a node has.
 */
#include "kernels/activation.h"
#include "kernels/isa.h"
#include "kernels/masks.h"

#include <float.h>

/* ---- One lane after the other ---- */

/* Adds up; answers the lanes that are above the threshold. x: what they then pass on. */
__attribute__((always_inline))
static inline uint32_t add_up(isa_frontier *self, size_t node, double *x)
{
    double *totals = self->totals + node * ISA_WIDE, *inputs = self->inputs + node * ISA_WIDE;
    bool is_valid = true;
    uint32_t above = 0;
    for (int k = 0; k < ISA_WIDE; k++) {
        double total = x[k] = inputs[k];
        is_valid &= activation_in_range(total);
        if (self->refire) {
            total = activation_joined(totals[k], x[k], self->is_max);
            is_valid &= activation_in_range(total);
            inputs[k] = 0;
        }
        if (self->clamp > 0) total = activation_clamped(total, self->clamp);
        totals[k] = total;
        if (!self->refire) x[k] = total;
        above |= (uint32_t)(x[k] > self->threshold) << k;
    }
    self->in_range &= is_valid;
    return above;
}

__attribute__((always_inline))
static inline void frontier_by_lane(isa_frontier *self)
{
    for (uint64_t bits = self->bits; bits; bits &= bits - 1) {
        int bit = __builtin_ctzll(bits);
        size_t node = self->first + (size_t)bit;
        double x[ISA_WIDE], fan = self->fans ? self->fans[bit] : 1;
        double *shares = self->shares + self->count * ISA_WIDE;
        uint32_t known = self->fired[node], above = add_up(self, node, x);
        if (!self->refire) above &= ~known;
        self->fired[node] = (uint16_t)(known | above);
        uint32_t firing = self->with_arcs >> bit & 1 ? above : 0;
        self->running |= firing;
        if (self->is_last) {
            double *waiting = self->waiting[node % ISA_DOUBLES];
            for (int k = 0; k < ISA_WIDE; k++) waiting[k] += firing >> k & 1 ? x[k] : 0;
            continue;
        }
        for (int k = 0; k < ISA_WIDE; k++) {
            double share = x[k] * self->decay / fan;
            shares[k] = fan > 0 && firing >> k & 1 ? share : 0;
            self->fresh[k] += (firing & ~known) >> k & 1;
        }
        self->ids[self->count] = (uint32_t)node;
        self->firing[self->count] = (uint16_t)firing;
        self->arcs_out += firing ? self->offsets[node + 1] - self->offsets[node] : 0;
        self->count += firing != 0;
    }
}

void eg_next_frontier_scalar(isa_frontier *self)
{
    frontier_by_lane(self);
}

#ifdef EG_X86

/* What makes the work of a node: known before, so that nothing is asked per node. */
typedef struct work {
    bool refire, is_max, is_clamped, has_fans;
    double clamp;
} work;

/* ---- AVX2: four lanes at a time ---- */

enum { QUARTERS = ISA_WIDE / 4 };

INLINE_AVX2 __m256d beyond_f64x4(__m256d x_f64x4)
{
    __m256d size_f64x4 = _mm256_andnot_pd(_mm256_set1_pd(-0.0), x_f64x4);
    return _mm256_cmp_pd(size_f64x4, _mm256_set1_pd(FLT_MAX), _CMP_NLE_UQ);
}

INLINE_AVX2 __m256d clamped_f64x4(__m256d x_f64x4, double clamp)
{
    __m256d clamp_f64x4 = _mm256_set1_pd(clamp), zero_f64x4 = _mm256_setzero_pd();
    __m256d high_f64x4 = _mm256_cmp_pd(x_f64x4, clamp_f64x4, _CMP_GT_OQ);
    __m256d low_f64x4 = _mm256_cmp_pd(x_f64x4, zero_f64x4, _CMP_LT_OQ);
    return _mm256_andnot_pd(low_f64x4, _mm256_blendv_pd(x_f64x4, clamp_f64x4, high_f64x4));
}

/* The greater; x counts above 0 alone. */
INLINE_AVX2 __m256d greater_f64x4(__m256d x_f64x4, __m256d total_f64x4)
{
    __m256d is_some_f64x4 = _mm256_cmp_pd(x_f64x4, _mm256_setzero_pd(), _CMP_GT_OQ);
    return _mm256_blendv_pd(total_f64x4, _mm256_max_pd(x_f64x4, total_f64x4), is_some_f64x4);
}

/* add_up for four lanes: what they pass on. Adds to *out_f64x4 the lanes out of range. */
INLINE_AVX2 __m256d added_up_f64x4(const work *it, double *totals, double *inputs,
                                   __m256d *out_f64x4)
{
    __m256d x_f64x4 = _mm256_load_pd(inputs), total_f64x4 = x_f64x4;
    *out_f64x4 = _mm256_or_pd(*out_f64x4, beyond_f64x4(x_f64x4));
    if (it->refire) {
        total_f64x4 = _mm256_load_pd(totals);
        total_f64x4 = it->is_max ? greater_f64x4(x_f64x4, total_f64x4)
                                   : _mm256_add_pd(total_f64x4, x_f64x4);
        *out_f64x4 = _mm256_or_pd(*out_f64x4, beyond_f64x4(total_f64x4));
        _mm256_store_pd(inputs, _mm256_setzero_pd());
    }
    if (it->is_clamped) total_f64x4 = clamped_f64x4(total_f64x4, it->clamp);
    if (it->is_clamped || it->refire) _mm256_store_pd(totals, total_f64x4);
    return it->refire ? x_f64x4 : total_f64x4;
}

/* Per weight, of those that fire. */
INLINE_AVX2 __m256d shared_f64x4(const work *it, __m256d x_f64x4, __m256d decay_f64x4,
                                 double fan, uint32_t firing)
{
    __m256d all_f64x4 = _mm256_mul_pd(x_f64x4, decay_f64x4);
    if (it->has_fans) {
        if (!(fan > 0)) firing = 0;
        all_f64x4 = _mm256_div_pd(all_f64x4, _mm256_set1_pd(fan > 0 ? fan : 1));
    }
    return _mm256_and_pd(all_f64x4, _mm256_castsi256_pd(ones_u64x4(firing)));
}

INLINE_AVX2 void add_where_f64x4(double *sums, uint32_t lanes, __m256d x_f64x4)
{
    __m256d here_f64x4 = _mm256_castsi256_pd(ones_u64x4(lanes));
    _mm256_storeu_pd(sums, _mm256_add_pd(_mm256_loadu_pd(sums),
                                         _mm256_and_pd(x_f64x4, here_f64x4)));
}

INLINE_AVX2 void frontier_f64x4(isa_frontier *self, const work it)
{
    const __m256d threshold_f64x4 = _mm256_set1_pd(self->threshold);
    const __m256d decay_f64x4 = _mm256_set1_pd(self->decay);
    double *const totals = self->totals, *const inputs = self->inputs, *const shares = self->shares;
    uint16_t *const fired = self->fired, *const lanes = self->firing;
    uint32_t *const ids = self->ids;
    const uint32_t *const offsets = self->offsets;
    const double *const fans = self->fans;
    const size_t first = self->first;
    const uint64_t with_arcs = self->with_arcs;
    const bool is_last = self->is_last;
    __m256i low_u32x8 = _mm256_loadu_si256((const __m256i *)(const void *)self->fresh);
    __m256i high_u32x8 = _mm256_loadu_si256((const __m256i *)(const void *)(self->fresh + 8));
    __m256d out_f64x4 = _mm256_setzero_pd();
    size_t count = self->count, arcs_out = self->arcs_out;
    uint32_t running = self->running;
    for (uint64_t bits = self->bits; bits; bits &= bits - 1) {
        int bit = __builtin_ctzll(bits);
        size_t node = first + (size_t)bit, at = node * ISA_WIDE, next = count * ISA_WIDE;
        __m256d x_f64x4[QUARTERS];
        uint32_t known = fired[node], above = 0;
#pragma GCC unroll 4
        for (int k = 0; k < QUARTERS; k++) {
            x_f64x4[k] = added_up_f64x4(&it, totals + at + 4 * k, inputs + at + 4 * k, &out_f64x4);
            __m256d above_f64x4 = _mm256_cmp_pd(x_f64x4[k], threshold_f64x4, _CMP_GT_OQ);
            above |= (uint32_t)_mm256_movemask_pd(above_f64x4) << 4 * k;
        }
        if (!it.refire) above &= ~known;
        fired[node] = (uint16_t)(known | above);
        uint32_t firing = above & (0 - (uint32_t)(with_arcs >> bit & 1)), fresh = firing & ~known;
        running |= firing;
        if (is_last) {
            double *waiting = self->waiting[node % ISA_DOUBLES];
#pragma GCC unroll 4
            for (int k = 0; k < QUARTERS; k++) {
                add_where_f64x4(waiting + 4 * k, firing >> 4 * k, x_f64x4[k]);
            }
            continue;
        }
        double fan = it.has_fans ? fans[bit] : 1;
#pragma GCC unroll 4
        for (int k = 0; k < QUARTERS; k++) {
            __m256d share_f64x4 = shared_f64x4(&it, x_f64x4[k], decay_f64x4, fan, firing >> 4 * k);
            _mm256_store_pd(shares + next + 4 * k, share_f64x4);
        }
        low_u32x8 = _mm256_sub_epi32(low_u32x8, ones_u32x8(fresh));
        high_u32x8 = _mm256_sub_epi32(high_u32x8, ones_u32x8(fresh >> 8));
        ids[count] = (uint32_t)node;
        lanes[count] = (uint16_t)firing;
        arcs_out += (offsets[node + 1] - offsets[node]) & (0 - (uint32_t)(firing != 0));
        count += firing != 0;
    }
    _mm256_storeu_si256((__m256i *)(void *)self->fresh, low_u32x8);
    _mm256_storeu_si256((__m256i *)(void *)(self->fresh + 8), high_u32x8);
    self->in_range &= !_mm256_movemask_pd(out_f64x4);
    self->count = count;
    self->arcs_out = arcs_out;
    self->running = running;
}

EG_AVX2 void eg_next_frontier_avx2(isa_frontier *self)
{
    work it = { self->refire, self->is_max, self->clamp > 0, self->fans != NULL, self->clamp };
    if (it.is_clamped || it.has_fans || it.is_max) frontier_f64x4(self, it);
    else if (it.refire) frontier_f64x4(self, (work){ .refire = true });
    else frontier_f64x4(self, (work){ 0 });
}

/* ---- AVX-512: eight lanes at a time ---- */

INLINE_AVX512 __m512d clamped_f64x8(__m512d x_f64x8, double clamp)
{
    __m512d clamp_f64x8 = _mm512_set1_pd(clamp), zero_f64x8 = _mm512_setzero_pd();
    __mmask8 high = _mm512_cmp_pd_mask(x_f64x8, clamp_f64x8, _CMP_GT_OQ);
    __mmask8 low = _mm512_cmp_pd_mask(x_f64x8, zero_f64x8, _CMP_LT_OQ);
    x_f64x8 = _mm512_mask_mov_pd(x_f64x8, high, clamp_f64x8);
    return _mm512_mask_mov_pd(x_f64x8, low, zero_f64x8);
}

INLINE_AVX512 __mmask8 beyond_f64x8(__m512d x_f64x8)
{
    return _mm512_cmp_pd_mask(_mm512_abs_pd(x_f64x8), _mm512_set1_pd(FLT_MAX), _CMP_NLE_UQ);
}

/* add_up for eight lanes: what they pass on. Adds to *beyond the lanes out of range. */
INLINE_AVX512 __m512d added_up_f64x8(const work *it, double *totals, double *inputs,
                                     __mmask8 *beyond)
{
    __m512d x_f64x8 = _mm512_load_pd(inputs), total_f64x8 = x_f64x8;
    *beyond |= beyond_f64x8(x_f64x8);
    if (it->refire) {
        total_f64x8 = _mm512_load_pd(totals);
        __mmask8 is_some = _mm512_cmp_pd_mask(x_f64x8, _mm512_setzero_pd(), _CMP_GT_OQ);
        total_f64x8 = it->is_max ? _mm512_mask_max_pd(total_f64x8, is_some, x_f64x8, total_f64x8)
                                   : _mm512_add_pd(total_f64x8, x_f64x8);
        *beyond |= beyond_f64x8(total_f64x8);
        _mm512_store_pd(inputs, _mm512_setzero_pd());
    }
    if (it->is_clamped) total_f64x8 = clamped_f64x8(total_f64x8, it->clamp);
    if (it->is_clamped || it->refire) _mm512_store_pd(totals, total_f64x8);
    return it->refire ? x_f64x8 : total_f64x8;
}

/* Per weight, of those that fire. */
INLINE_AVX512 __m512d shared_f64x8(const work *it, __m512d x_f64x8, __m512d decay_f64x8,
                                   double fan, uint32_t firing)
{
    __m512d all_f64x8 = _mm512_mul_pd(x_f64x8, decay_f64x8);
    if (!it->has_fans) return _mm512_maskz_mov_pd((__mmask8)firing, all_f64x8);
    return _mm512_maskz_div_pd((__mmask8)(fan > 0 ? firing : 0), all_f64x8, _mm512_set1_pd(fan));
}

INLINE_AVX512 void add_where(double *sums, __mmask8 lanes, __m512d x_f64x8)
{
    __m512d sums_f64x8 = _mm512_loadu_pd(sums);
    _mm512_storeu_pd(sums, _mm512_mask_add_pd(sums_f64x8, lanes, sums_f64x8, x_f64x8));
}

INLINE_AVX512 void frontier_f64x8(isa_frontier *self, const work it)
{
    const __m512d threshold_f64x8 = _mm512_set1_pd(self->threshold);
    const __m512d decay_f64x8 = _mm512_set1_pd(self->decay);
    double *const totals = self->totals, *const inputs = self->inputs, *const shares = self->shares;
    uint16_t *const fired = self->fired, *const lanes = self->firing;
    uint32_t *const ids = self->ids;
    const uint32_t *const offsets = self->offsets;
    const double *const fans = self->fans;
    const size_t first = self->first;
    const uint64_t with_arcs = self->with_arcs;
    const bool is_last = self->is_last;
    __m512i fresh_u32x16 = _mm512_loadu_si512(self->fresh);
    __mmask8 beyond = 0;
    size_t count = self->count, arcs_out = self->arcs_out;
    uint32_t running = self->running;
    for (uint64_t bits = self->bits; bits; bits &= bits - 1) {
        int bit = __builtin_ctzll(bits);
        size_t node = first + (size_t)bit, at = node * ISA_WIDE, next = count * ISA_WIDE;
        __m512d lo_f64x8 = added_up_f64x8(&it, totals + at, inputs + at, &beyond);
        __m512d hi_f64x8 = added_up_f64x8(&it, totals + at + 8, inputs + at + 8, &beyond);
        uint32_t known = fired[node];
        uint32_t above = (uint32_t)_mm512_cmp_pd_mask(lo_f64x8, threshold_f64x8, _CMP_GT_OQ) |
                         (uint32_t)_mm512_cmp_pd_mask(hi_f64x8, threshold_f64x8, _CMP_GT_OQ) << 8;
        if (!it.refire) above &= ~known;
        fired[node] = (uint16_t)(known | above);
        uint32_t firing = above & (0 - (uint32_t)(with_arcs >> bit & 1));
        running |= firing;
        if (is_last) {
            double *waiting = self->waiting[node % ISA_DOUBLES];
            add_where(waiting, (__mmask8)firing, lo_f64x8);
            add_where(waiting + ISA_DOUBLES, (__mmask8)(firing >> 8), hi_f64x8);
            continue;
        }
        double fan = it.has_fans ? fans[bit] : 1;
        _mm512_store_pd(shares + next,
                        shared_f64x8(&it, lo_f64x8, decay_f64x8, fan, firing & 0xff));
        _mm512_store_pd(shares + next + 8,
                        shared_f64x8(&it, hi_f64x8, decay_f64x8, fan, firing >> 8));
        fresh_u32x16 = _mm512_mask_add_epi32(fresh_u32x16, (__mmask16)(firing & ~known),
                                             fresh_u32x16, _mm512_set1_epi32(1));
        ids[count] = (uint32_t)node;
        lanes[count] = (uint16_t)firing;
        arcs_out += (offsets[node + 1] - offsets[node]) & (0 - (uint32_t)(firing != 0));
        count += firing != 0;
    }
    _mm512_storeu_si512(self->fresh, fresh_u32x16);
    self->in_range &= !beyond;
    self->count = count;
    self->arcs_out = arcs_out;
    self->running = running;
}

EG_AVX512 void eg_next_frontier_avx512(isa_frontier *self)
{
    work it = { self->refire, self->is_max, self->clamp > 0, self->fans != NULL, self->clamp };
    if (it.refire || it.is_clamped || it.has_fans) frontier_f64x8(self, it);
    else frontier_f64x8(self, (work){ 0 });
}

#endif

#ifdef EG_ARM

/* The plain one: two lanes win little. */
void eg_next_frontier_neon(isa_frontier *self)
{
    frontier_by_lane(self);
}

#endif
