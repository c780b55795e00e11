#include "kernels/scoring.h"

#include "kernels/matrix.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* A sum of squares in float below this may have lost some of them. */
static const float l2sq_min = 1e-30f;

int scoring_check(const eg_arena *arena, const eg_scan *scan)
{
    if (!arena || !scan || !scan->matrix || !scan->query) return EG_INVALID;
    if (scan->matrix->cell_type != EG_F32) return EG_INVALID;
    if (scan->metric < EG_COSINE || scan->metric > EG_L2SQ) return EG_INVALID;
    if (scan->zero < EG_ZERO_ZERO || scan->zero > EG_ZERO_ERROR) return EG_INVALID;
    if (scan->nan < EG_NAN_LAST || scan->nan > EG_NAN_ERROR) return EG_INVALID;
    if (!scan->candidates) return EG_OK;
    for (size_t i = 0; i < scan->candidate_count; i++) {
        if (scan->candidates[i] >= scan->matrix->rows) return EG_INVALID;
    }
    return EG_OK;
}

size_t scoring_count(const eg_scan *scan)
{
    return scan->candidates ? scan->candidate_count : scan->matrix->rows;
}

/* dims cells, then zeros up to padded. */
static void copy_row(float *to, const float *from, size_t dims, size_t padded)
{
    memcpy(to, from, dims * sizeof *to);
    memset(to + dims, 0, (padded - dims) * sizeof *to);
}

/* The candidates' rows, side by side in scratch. */
static int gather(scoring *self, eg_arena *arena, const eg_scan *scan)
{
    const eg_matrix *matrix = scan->matrix;
    size_t padded = matrix_padded(matrix->dims), count = scan->candidate_count;
    float *cells = eg_arena_alloc(arena, count * padded * sizeof *cells);
    if (!cells) return EG_OVERFLOW;
    const float *all = matrix->cells;
    for (size_t i = 0; i < count; i++) {
        if (i % SCORING_POLL == 0 && eg_arena_stopped(arena)) return EG_STOPPED;
        const float *row = all + (size_t)scan->candidates[i] * matrix->stride;
        copy_row(cells + i * padded, row, matrix->dims, padded);
    }
    self->ids = scan->candidates;
    self->rows.cells = cells;
    self->rows.stride = self->rows.width = padded;
    return EG_OK;
}

int scoring_open(scoring *self, eg_arena *arena, const eg_scan *scan)
{
    eg_matrix *matrix = scan->matrix;
    size_t padded = matrix_padded(matrix->dims);
    float *query = eg_arena_alloc(arena, padded * sizeof *query);
    if (!query) return EG_OVERFLOW;
    copy_row(query, scan->query, matrix->dims, padded);

    *self = (scoring){
        .rows = {.query = query, .cells = matrix->cells, .stride = matrix->stride,
                 .width = matrix->stride, .count = scoring_count(scan)},
        .kernels = isa_now(),
        .metric = scan->metric,
        .zero_score = scan->zero == EG_ZERO_NAN ? NAN : 0,
    };
    self->query_norm = sqrt(self->kernels->square(query, padded));
    if (!isfinite(self->query_norm)) return EG_INVALID;
    if (scan->metric == EG_COSINE) self->norms = matrix_norms(matrix);
    return scan->candidates ? gather(self, arena, scan) : EG_OK;
}

static const float *row_at(const scoring *self, size_t at)
{
    return self->rows.cells + at * self->rows.stride;
}

static double norm_at(const scoring *self, size_t at)
{
    return sqrt(self->kernels->square(row_at(self, at), self->rows.width));
}

/* ---- Cosine ---- */

BASE_COLD static double dot_in_double(const scoring *self, size_t at)
{
    const float *row = row_at(self, at);
    double sum = 0;
    for (size_t i = 0; i < self->rows.width; i++) sum += (double)self->rows.query[i] * row[i];
    return sum;
}

BASE_COLD static float unusual_cosine(scoring *self, size_t at, double norm)
{
    if (!isfinite(norm)) {
        self->nan_count++;
        return NAN;
    }
    if (norm == 0 || self->query_norm == 0) {
        self->zero_count++;
        return self->zero_score;
    }
    double cosine = dot_in_double(self, at) / self->query_norm / norm;
    return (float)fmin(fmax(cosine, -1), 1);
}

/* The norms of a block: those that are kept, or else put into made. */
static const double *norms_of(const scoring *self, size_t first, size_t count, double *made)
{
    if (self->norms && !self->ids) return self->norms + first;
    for (size_t i = 0; i < count; i++) {
        made[i] = self->norms ? self->norms[self->ids[first + i]] : norm_at(self, first + i);
    }
    return made;
}

static void cosines(scoring *self, size_t first, size_t count, float *scores)
{
    double made[SCORING_BLOCK];
    isa_norms norms = {.rows = norms_of(self, first, count, made), .query = self->query_norm,
                       .count = count};
    uint64_t unusual = self->kernels->cosines(&norms, scores);
    for (size_t i = 0; BASE_UNLIKELY(unusual != 0); i++, unusual >>= 1) {
        if (unusual & 1) scores[i] = unusual_cosine(self, first + i, norms.rows[i]) + 0.0f;
    }
}

/* ---- Dot ---- */

BASE_COLD static float unusual_dot(scoring *self, size_t at)
{
    if (isfinite(norm_at(self, at))) return (float)dot_in_double(self, at);
    self->nan_count++;
    return NAN;
}

static void dots(scoring *self, size_t first, size_t count, float *scores)
{
    for (size_t i = 0; i < count; i++) {
        if (BASE_UNLIKELY(!isfinite(scores[i]))) scores[i] = unusual_dot(self, first + i);
        scores[i] += 0.0f;
    }
}

/* ---- L2 ---- */

BASE_COLD static float unusual_l2(scoring *self, size_t at)
{
    if (!isfinite(norm_at(self, at))) {
        self->nan_count++;
        return NAN;
    }
    const float *row = row_at(self, at);
    double sum = 0;
    for (size_t i = 0; i < self->rows.width; i++) {
        double apart = (double)self->rows.query[i] - row[i];
        sum += apart * apart;
    }
    return (float)(self->metric == EG_L2 ? sqrt(sum) : sum);
}

static void distances(scoring *self, size_t first, size_t count, float *scores)
{
    for (size_t i = 0; i < count; i++) {
        if (BASE_UNLIKELY(!(scores[i] >= l2sq_min && scores[i] <= FLT_MAX))) {
            scores[i] = unusual_l2(self, first + i);
        } else if (self->metric == EG_L2) {
            scores[i] = (float)sqrt((double)scores[i]);
        }
    }
}

/* ---- Blocks ---- */

void scoring_block(scoring *self, size_t first, size_t count, float *scores)
{
    isa_rows block = self->rows;
    block.cells = row_at(self, first);
    block.count = count;
    if (self->metric == EG_COSINE || self->metric == EG_DOT) self->kernels->dot(&block, scores);
    else self->kernels->l2sq(&block, scores);

    if (self->metric == EG_COSINE) cosines(self, first, count, scores);
    else if (self->metric == EG_DOT) dots(self, first, count, scores);
    else distances(self, first, count, scores);
}

int scoring_verdict(const scoring *self, const eg_scan *scan)
{
    if (scan->zero == EG_ZERO_ERROR && self->zero_count > 0) return EG_INVALID;
    if (scan->nan == EG_NAN_ERROR && self->nan_count > 0) return EG_INVALID;
    return EG_OK;
}
