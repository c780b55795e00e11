#include "kernels/scoring.h"

#include "kernels/cells.h"
#include "kernels/matrix.h"

#include <float.h>
#include <math.h>
#include <string.h>

/* A sum of squares in float below this may have lost some of them. */
static const float l2sq_min = 1e-30f;

/* Lengths below this, and products of two, may lie where an instruction for bf16 sees 0. */
static const double bf16_min = 1e-30;

static bool is_metric_of(int metric, uint32_t type)
{
    if (type == EG_BITS) return metric == EG_HAMMING || metric == EG_JACCARD;
    return metric >= EG_COSINE && metric <= EG_L2SQ;
}

int scoring_check(const eg_arena *arena, const eg_scan *scan)
{
    if (!arena || !scan || !scan->matrix || !scan->query) return EG_INVALID;
    if (!is_metric_of(scan->metric, scan->matrix->cell_type)) return EG_INVALID;
    if (scan->zero < EG_ZERO_ZERO || scan->zero > EG_ZERO_ERROR) return EG_INVALID;
    if (scan->nan < EG_NAN_LAST || scan->nan > EG_NAN_ERROR) return EG_INVALID;
    if (!scan->candidates) return EG_OK;
    for (size_t i = 0; i < scan->candidate_count; i++) {
        if (scan->candidates[i] >= scan->matrix->rows) return EG_INVALID;
    }
    return EG_OK;
}

int scoring_check_pair(const eg_arena *arena, const eg_scan *scan, const eg_scan *exact)
{
    if (scoring_check(arena, scan) != EG_OK || scoring_check(arena, exact) != EG_OK) {
        return EG_INVALID;
    }
    bool fits = !exact->candidates && exact->matrix->rows == scan->matrix->rows;
    return fits ? EG_OK : EG_INVALID;
}

bool scoring_is_distance(int metric)
{
    return metric != EG_COSINE && metric != EG_DOT;
}

size_t scoring_count(const eg_scan *scan)
{
    return scan->candidates ? scan->candidate_count : scan->matrix->rows;
}

/* ---- Opening ---- */

/* The given bytes, then zeros up to padded. */
static void copy_row(void *to, const void *from, size_t bytes, size_t padded)
{
    memcpy(to, from, bytes);
    memset((char *)to + bytes, 0, padded - bytes);
}

/* The candidates' rows, side by side in scratch, padded as rows of our own are. */
static int gather(scoring *self, eg_arena *arena, const eg_scan *scan)
{
    const eg_matrix *matrix = scan->matrix;
    size_t stride = cells_stride(self->type, matrix->dims), count = scan->candidate_count;
    size_t padded = stride * cells_element_bytes(self->type);
    size_t bytes = self->rows.width * cells_element_bytes(self->type);
    char *cells = eg_arena_alloc(arena, count * padded);
    if (!cells) return EG_OVERFLOW;
    for (size_t i = 0; i < count; i++) {
        if (i % POLL_EVERY == 0 && eg_arena_stopped(arena)) return EG_STOPPED;
        copy_row(cells + i * padded, matrix_row(matrix, scan->candidates[i]), bytes, padded);
    }
    self->ids = scan->candidates;
    self->cells = cells;
    self->row_bytes = padded;
    self->rows.stride = self->rows.width = stride;
    return EG_OK;
}

static float *padded_query(eg_arena *arena, const eg_scan *scan, size_t count)
{
    float *query = eg_arena_alloc(arena, count * sizeof *query);
    size_t bytes = scan->matrix->dims * sizeof *query;
    if (query) copy_row(query, scan->query, bytes, count * sizeof *query);
    return query;
}

/* A finite number as bf16 in the upper half; what rounds up to infinity is cut off instead. */
static uint32_t bf16_bits(float x)
{
    static const uint32_t infinity = 0x7f800000, one = 0x10000;
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    bits = bits + one / 2 - 1 + (bits >> 16 & 1);
    return bits - ((bits & infinity) == infinity ? one : 0);
}

/* The query as a sum of two bf16: what the second lacks is 2^-17 of the number. A line at a
 * time, into places that overlap nothing, for the compiler to put side by side. */
static void split_query(const float *query, size_t count, uint16_t *high, uint16_t *low)
{
    enum { LINE = 32 };
    for (size_t i = 0; i < count; i += LINE) {
        uint16_t upper[LINE], lower[LINE];
        for (size_t j = 0; j < LINE; j++) {
            uint32_t bits = bf16_bits(query[i + j]), kept = bits & 0xffff0000;
            float part;
            memcpy(&part, &kept, sizeof part);
            upper[j] = (uint16_t)(bits >> 16);
            lower[j] = (uint16_t)(bf16_bits(query[i + j] - part) >> 16);
        }
        memcpy(high + i, upper, sizeof upper);
        memcpy(low + i, lower, sizeof lower);
    }
}

/* Float queries, for rows of floats and halves. */
static int prepare(scoring *self, eg_arena *arena, const eg_scan *scan)
{
    size_t count = cells_stride(self->type, scan->matrix->dims);
    float *query = padded_query(arena, scan, count);
    if (!query) return EG_OVERFLOW;
    self->rows.query = query;
    self->query_norm = sqrt(self->kernels->square(query, count));
    if (!isfinite(self->query_norm)) return EG_INVALID;
    if (self->type != EG_BF16) return EG_OK;
    uint16_t *parts = eg_arena_alloc(arena, 2 * count * sizeof *parts);
    if (!parts) return EG_OVERFLOW;
    split_query(query, count, parts, parts + count);
    self->other.halves.high = parts;
    self->other.halves.low = parts + count;
    return EG_OK;
}

static bool needs_norms(const scoring *self)
{
    return self->metric == EG_COSINE || self->type == EG_I8 || self->type == EG_BITS ||
           (self->type == EG_BF16 && self->metric == EG_DOT);
}

/* Few rows are quicker to measure than to ask for. */
static void keep_norms(scoring *self, const eg_scan *scan)
{
    bool ready = matrix_has_norms(scan->matrix);
    if (ready || !scan->candidates) self->norms = matrix_norms(scan->matrix);
    if (!ready && !scan->candidates) self->lazy_norms = scan->matrix;
}

/* Where the kernels find the rows and the query. */
static void place(scoring *self)
{
    isa_rows *rows = &self->rows;
    if (self->type == EG_F32) {
        rows->cells = (const float *)(const void *)self->cells;
        rows->asks_ahead = isa_gains_by_asking(rows->width, rows->count * self->row_bytes);
    } else if (self->type == EG_F16 || self->type == EG_BF16) {
        self->other.halves.query = rows->query;
        self->other.halves.stride = self->other.halves.width = rows->stride;
    } else if (self->type == EG_I8) {
        self->other.bytes.stride = self->other.bytes.width = rows->stride;
    } else {
        self->other.bits.stride = self->other.bits.width = rows->stride;
    }
}

int scoring_open(scoring *self, eg_arena *arena, const eg_scan *scan)
{
    eg_matrix *matrix = scan->matrix;
    int type = (int)matrix->cell_type;
    *self = (scoring){
        .rows = {.stride = matrix->stride, .width = matrix_width(matrix),
                 .count = scoring_count(scan)},
        .cells = matrix->cells,
        .row_bytes = matrix->stride * cells_element_bytes(type),
        .steps = matrix_steps(matrix),
        .kernels = isa_now(),
        .metric = scan->metric,
        .type = type,
        .zero_score = scan->zero == EG_ZERO_NAN ? NAN : 0,
    };
    bool whole = type == EG_I8 || type == EG_BITS;
    int status = whole ? integer_prepare(self, arena, scan) : prepare(self, arena, scan);
    if (status != EG_OK) return status;
    if (needs_norms(self)) keep_norms(self, scan);
    bool asks = !scan->candidates && matrix_wants_read_ahead(matrix, self->lazy_norms != NULL);
    if (asks) self->read_ahead = matrix;
    if (scan->candidates) status = gather(self, arena, scan);
    place(self);
    return status;
}

/* ---- Single rows ---- */

static const void *row_at(const scoring *self, size_t at)
{
    return self->cells + at * self->row_bytes;
}

static double norm_at(const scoring *self, size_t at)
{
    bool bits = self->type == EG_BITS;
    size_t count = bits ? self->rows.width * 8 : self->rows.width;
    double square = cells_square(self->type, row_at(self, at), count);
    if (bits) return square;
    size_t id = self->ids ? self->ids[at] : at;
    return self->steps && isnan(self->steps[id]) ? NAN : sqrt(square);
}

/* The dot, or the squared distance, with a row of floats or halves. */
BASE_COLD static double sum_in_double(const scoring *self, size_t at, bool l2)
{
    const void *row = row_at(self, at);
    size_t width = self->rows.width;
    float cells[CELLS_CHUNK];
    double sum = 0;
    for (size_t i = 0; i < width; i++) {
        if (i % CELLS_CHUNK == 0) {
            cells_read(self->type, row, i, width - i < CELLS_CHUNK ? width - i : CELLS_CHUNK, 1,
                       cells);
        }
        double query = self->rows.query[i], cell = cells[i % CELLS_CHUNK];
        sum += l2 ? (query - cell) * (query - cell) : query * cell;
    }
    return sum;
}

const double *scoring_norms(const scoring *self, size_t first, size_t count, double *made)
{
    if (BASE_UNLIKELY(self->lazy_norms != NULL)) matrix_make_norms(self->lazy_norms, first, count);
    if (self->norms && !self->ids) return self->norms + first;
    for (size_t i = 0; i < count; i++) {
        made[i] = self->norms ? self->norms[self->ids[first + i]] : norm_at(self, first + i);
    }
    return made;
}

/* ---- Cosine ---- */

float scoring_no_cosine(scoring *self, double norm)
{
    if (!isfinite(norm)) {
        self->nan_count++;
        return NAN;
    }
    self->zero_count++;
    return self->zero_score;
}

BASE_COLD static float unusual_cosine(scoring *self, size_t at, double norm)
{
    if (!isfinite(norm) || norm == 0 || self->query_norm == 0) {
        return scoring_no_cosine(self, norm);
    }
    double cosine = sum_in_double(self, at, false) / self->query_norm / norm;
    return (float)fmin(fmax(cosine, -1), 1);
}

/* The rows whose products an instruction for bf16 may have lost. */
static uint64_t lost_to_bf16(const scoring *self, const isa_norms *norms)
{
    double least = fmax(bf16_min, bf16_min / self->query_norm);
    if (self->query_norm < bf16_min) least = INFINITY;
    bool any = false;
    for (size_t i = 0; i < norms->count; i++) any |= !(norms->rows[i] >= least);
    uint64_t lost = 0;
    for (size_t i = 0; any && i < norms->count; i++) {
        lost |= (uint64_t)!(norms->rows[i] >= least) << i;
    }
    return lost;
}

static void cosines(scoring *self, size_t first, size_t count, float *scores)
{
    double made[SCORING_BLOCK];
    isa_norms norms = {.rows = scoring_norms(self, first, count, made),
                       .query = self->query_norm, .count = count};
    uint64_t unusual = self->kernels->cosines(&norms, scores);
    if (self->type == EG_BF16) unusual |= lost_to_bf16(self, &norms);
    for (size_t i = 0; BASE_UNLIKELY(unusual != 0); i++, unusual >>= 1) {
        if (unusual & 1) scores[i] = unusual_cosine(self, first + i, norms.rows[i]) + 0.0f;
    }
}

/* ---- Dot ---- */

BASE_COLD static float unusual_dot(scoring *self, size_t at)
{
    if (isfinite(norm_at(self, at))) return (float)sum_in_double(self, at, false);
    self->nan_count++;
    return NAN;
}

static void dots(scoring *self, size_t first, size_t count, float *scores)
{
    uint64_t lost = 0;
    if (self->type == EG_BF16) {
        double made[SCORING_BLOCK];
        isa_norms norms = {.rows = scoring_norms(self, first, count, made), .count = count};
        lost = lost_to_bf16(self, &norms);
    }
    for (size_t i = 0; i < count; i++, lost >>= 1) {
        bool unusual = !isfinite(scores[i]) || lost & 1;
        if (BASE_UNLIKELY(unusual)) scores[i] = unusual_dot(self, first + i);
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
    double sum = sum_in_double(self, at, true);
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

static void sums_of_halves(const scoring *self, size_t first, size_t count, float *sums)
{
    const isa *kernels = self->kernels;
    bool l2 = scoring_is_distance(self->metric);
    isa_halves block = self->other.halves;
    block.cells = row_at(self, first);
    block.count = count;
    if (self->type == EG_F16) (l2 ? kernels->f16_l2sq : kernels->f16_dot)(&block, sums);
    else (l2 ? kernels->bf16_l2sq : kernels->bf16_dot)(&block, sums);
}

static void sums_of_floats(const scoring *self, size_t first, size_t count, float *sums)
{
    isa_rows block = self->rows;
    block.cells = row_at(self, first);
    block.count = count;
    if (scoring_is_distance(self->metric)) self->kernels->l2sq(&block, sums);
    else self->kernels->dot(&block, sums);
}

void scoring_set_query(scoring *self, const float *query, double norm)
{
    self->rows.query = query;
    self->query_norm = norm;
}

void scoring_finish(scoring *self, size_t first, size_t count, float *scores)
{
    if (self->metric == EG_COSINE) cosines(self, first, count, scores);
    else if (self->metric == EG_DOT) dots(self, first, count, scores);
    else distances(self, first, count, scores);
}

void scoring_read_ahead(const scoring *self, size_t first, size_t count)
{
    if (BASE_UNLIKELY(self->read_ahead != NULL)) matrix_read_ahead(self->read_ahead, first, count);
}

void scoring_block(scoring *self, size_t first, size_t count, float *scores)
{
    scoring_read_ahead(self, first, count);
    if (self->type == EG_I8 || self->type == EG_BITS) {
        integer_block(self, first, count, scores);
        return;
    }
    if (self->type == EG_F32) sums_of_floats(self, first, count, scores);
    else sums_of_halves(self, first, count, scores);
    scoring_finish(self, first, count, scores);
}

int scoring_verdict(const scoring *self, const eg_scan *scan)
{
    if (matrix_is_lost(scan->matrix)) return EG_LOST;
    if (scan->zero == EG_ZERO_ERROR && self->zero_count > 0) return EG_INVALID;
    if (scan->nan == EG_NAN_ERROR && self->nan_count > 0) return EG_INVALID;
    return EG_OK;
}
