/*
 * What scoring does in whole numbers: steps of EG_I8 and counts of EG_BITS. Sums are
 * exact, so the same on every instruction set, and what follows is in double.
 */
#include "kernels/cells.h"
#include "kernels/matrix.h"
#include "kernels/scoring.h"

#include <math.h>
#include <string.h>

/* The largest number of a query in steps: 127 * 128. UP moves all above 0, and rounds. */
enum { QUERY_STEPS = 16256, LIMB = 128, UP = LIMB * LIMB + LIMB / 2, LINE = 64 };

/* A squared distance below this share of what it is the difference of is added up anew. */
static const double cancelled = 1e-6;

/* ---- The query ---- */

/* Not finite as soon as a number is not: without their sign, floats ascend with their bits. A
 * line at a time, for the compiler to put side by side. */
static float largest(const float *query, size_t count)
{
    int32_t sizes[LINE] = {0}, most = 0;
    for (size_t i = 0; i < count; i += LINE) {
        int32_t bits[LINE];
        memcpy(bits, query + i, sizeof bits);
        for (size_t j = 0; j < LINE; j++) {
            int32_t size = bits[j] & INT32_MAX;
            sizes[j] = size > sizes[j] ? size : sizes[j];
        }
    }
    for (size_t j = 0; j < LINE; j++) most = sizes[j] > most ? sizes[j] : most;
    float size;
    memcpy(&size, &most, sizeof size);
    return size;
}

/* Every number as whole steps, by the rounding of a sum that has no room for a fraction. */
static void round_query(float *query, size_t count, double per_step)
{
    static const double big = 0x1.8p52;
    for (size_t i = 0; i < count; i += LINE) {
        for (size_t j = 0; j < LINE; j++) {
            query[i + j] = (float)(query[i + j] * per_step + big - big);
        }
    }
}

/* Answers the sum of all steps. */
static int64_t split_query(const float *query, size_t count, int16_t *all, int8_t *high,
                           int8_t *low)
{
    int64_t sum = 0;
    for (size_t i = 0; i < count; i += LINE) {
        int16_t steps[LINE];
        int8_t upper[LINE], lower[LINE];
        int32_t line_sum = 0;
        for (size_t j = 0; j < LINE; j++) steps[j] = (int16_t)query[i + j];
        for (size_t j = 0; j < LINE; j++) line_sum += steps[j];
        for (size_t j = 0; j < LINE; j++) {
            uint16_t up = (uint16_t)(steps[j] + UP);
            upper[j] = (int8_t)(up / LIMB - LIMB);
            lower[j] = (int8_t)(up % LIMB - LIMB / 2);
        }
        memcpy(all + i, steps, sizeof steps);
        memcpy(high + i, upper, sizeof upper);
        memcpy(low + i, lower, sizeof lower);
        sum += line_sum;
    }
    return sum;
}

static int prepare_bytes(scoring *self, eg_arena *arena, const eg_scan *scan)
{
    size_t dims = scan->matrix->dims, count = cells_stride(EG_I8, dims);
    float *query = eg_arena_alloc(arena, count * sizeof *query);
    int16_t *all = eg_arena_alloc(arena, count * (sizeof *all + 2));
    if (!query || !all) return EG_OVERFLOW;
    memcpy(query, scan->query, dims * sizeof *query);
    memset(query + dims, 0, (count - dims) * sizeof *query);
    double most = largest(query, count);
    if (!isfinite(most)) return EG_INVALID;
    if (most > 0) round_query(query, count, QUERY_STEPS / most);
    int8_t *high = (int8_t *)(all + count), *low = high + count;
    self->other.bytes = (isa_bytes){.query = all, .high = high, .low = low};
    self->other.bytes.query_sum = split_query(query, count, all, high, low);
    self->query_step = most / QUERY_STEPS;
    self->query_norm = sqrt(self->kernels->square(query, count));
    return EG_OK;
}

static int prepare_bits(scoring *self, eg_arena *arena, const eg_scan *scan)
{
    size_t bytes = cells_stride(EG_BITS, scan->matrix->dims);
    if (!isfinite(self->kernels->square(scan->query, scan->matrix->dims))) return EG_INVALID;
    uint8_t *query = eg_arena_alloc(arena, bytes);
    if (!query) return EG_OVERFLOW;
    memset(query, 0, bytes);
    cells_write(EG_BITS, query, 0, scan->matrix->dims, 1, scan->query);
    self->other.bits = (isa_bits){.query = query};
    self->query_norm = cells_square(EG_BITS, query, bytes * 8);
    return EG_OK;
}

int integer_prepare(scoring *self, eg_arena *arena, const eg_scan *scan)
{
    return self->type == EG_I8 ? prepare_bytes(self, arena, scan)
                               : prepare_bits(self, arena, scan);
}

/* ---- Steps ---- */

static void cosines(scoring *self, const isa_norms *norms, const double *sums, float *scores)
{
    for (size_t i = 0; i < norms->count; i++) scores[i] = (float)sums[i];
    uint64_t unusual = self->kernels->cosines(norms, scores);
    for (size_t i = 0; BASE_UNLIKELY(unusual != 0); i++, unusual >>= 1) {
        if (unusual & 1) scores[i] = scoring_no_cosine(self, norms->rows[i]);
    }
}

static double step_at(const scoring *self, size_t at)
{
    return self->steps ? self->steps[self->ids ? self->ids[at] : at] : 1;
}

static float dot(scoring *self, size_t at, double sum)
{
    double step = step_at(self, at);
    if (isnan(step)) self->nan_count++;
    return (float)(sum * (self->query_step * step)) + 0.0f;
}

BASE_COLD static double apart_anew(const scoring *self, size_t at)
{
    const int8_t *row = (const int8_t *)self->cells + at * self->row_bytes;
    const int16_t *query = self->other.bytes.query;
    double query_step = self->query_step, step = step_at(self, at), sum = 0;
    for (size_t i = 0; i < self->rows.width; i++) {
        double apart = query_step * query[i] - step * row[i];
        sum += apart * apart;
    }
    return sum;
}

static float distance(scoring *self, size_t at, double sum, double norm)
{
    double step = step_at(self, at);
    if (isnan(step)) {
        self->nan_count++;
        return NAN;
    }
    double a = self->query_step * self->query_norm, b = step * norm, whole = a * a + b * b;
    double l2sq = whole - 2 * (sum * self->query_step * step);
    if (l2sq < cancelled * whole) l2sq = apart_anew(self, at);
    return (float)(self->metric == EG_L2 ? sqrt(l2sq) : l2sq);
}

static void block_of_bytes(scoring *self, size_t first, size_t count, float *scores)
{
    double sums[SCORING_BLOCK], made[SCORING_BLOCK];
    isa_bytes block = self->other.bytes;
    block.cells = (const int8_t *)self->cells + first * self->row_bytes;
    block.count = count;
    self->kernels->i8_dot(&block, sums);
    isa_norms norms = {.rows = scoring_norms(self, first, count, made),
                       .query = self->query_norm, .count = count};
    if (self->metric == EG_COSINE) {
        cosines(self, &norms, sums, scores);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        scores[i] = self->metric == EG_DOT ? dot(self, first + i, sums[i])
                                           : distance(self, first + i, sums[i], norms.rows[i]);
    }
}

/* ---- Bits ---- */

static void block_of_bits(scoring *self, size_t first, size_t count, float *scores)
{
    uint32_t shared[SCORING_BLOCK];
    double made[SCORING_BLOCK];
    isa_bits block = self->other.bits;
    block.cells = (const uint8_t *)self->cells + first * self->row_bytes;
    block.count = count;
    self->kernels->bits_dot(&block, shared);
    const double *ones = scoring_norms(self, first, count, made);
    for (size_t i = 0; i < count; i++) {
        double any = self->query_norm + ones[i] - shared[i], apart = any - shared[i];
        if (self->metric == EG_JACCARD) apart = any > 0 ? apart / any : 0;
        scores[i] = (float)apart;
    }
}

void integer_block(scoring *self, size_t first, size_t count, float *scores)
{
    if (self->type == EG_I8) block_of_bytes(self, first, count, scores);
    else block_of_bits(self, first, count, scores);
}
