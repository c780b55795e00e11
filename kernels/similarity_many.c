/*
 * similarity_many: similarity and nearest for several queries at once.
 *
 * The rows pass through the cache once for a batch of queries, in blocks; a block meets the
 * queries in tiles of ISA_QUERIES. Each score has the bits that it has for its query alone.
 * Rows of other types than EG_F32, a query that is alone, and those whose answers a second
 * scan puts in order, are answered one by one.
 * Panels, where the matrix has them, serve unless there are candidates.
 *
 * Any rows, any queries, any k. Scratch: for each query of a batch, of BATCH_MAX at most,
 * its padded floats, twice when packed, and for nearest 40 bytes, 8 per hit and 4 per row, of
 * SELECTION_CHUNK at most; a batch holds no more than batch_bytes of floats of queries unless
 * one tile needs more. Besides one query and 2 KiB, the candidates' rows if there are any, and
 * 8 bytes per row for the cosine of cells that may be written at any time.
 */
#include "kernels/cells.h"
#include "kernels/keeping.h"
#include "kernels/matrix.h"
#include "kernels/panel.h"
#include "kernels/scoring.h"
#include "kernels/selection.h"

#include <math.h>
#include <string.h>

enum { BATCH_MAX = 16 * ISA_QUERIES };

static const size_t batch_bytes = (size_t)512 << 10;

typedef struct many {
    eg_arena *arena;
    const eg_matrix *queries;
    eg_scan *scan, *exact; /* exact: puts in order what scan finds, or NULL */
    uint32_t pool;
    uint32_t *ids;   /* NULL: all values are kept */
    float *values;
    size_t length;   /* values per query */
    uint32_t exact_zero_count, exact_nan_count;
    scoring work;
    size_t batch_max;    /* queries of a batch */
    float *batch;        /* these, padded, query_stride floats from one to the next */
    size_t query_stride;
    double *norms;       /* theirs */
    float *tile_scores;  /* of ISA_QUERIES of them and ISA_MASKED rows */
    const float *panels; /* NULL: the rows as they are stored */
    float *packed;       /* the queries again, in tiles for panels, panel_width places each */
    size_t panel_width;
    selection *best;     /* of each query, and their keys */
    uint64_t *keys;
    float *chunk_scores; /* of each query and chunk_rows rows, to choose the best from */
    size_t chunk_rows;
} many;

/* ---- One by one ---- */

static void read_query(const eg_matrix *queries, size_t q, float *cells)
{
    cells_read((int)queries->cell_type, matrix_row(queries, q), 0, queries->dims,
               matrix_step(queries, q), cells);
}

/* As eg_nearest_rerank where there is a second scan. */
static int find_one(many *self, eg_scan *scan, eg_hits *hits)
{
    uint32_t k = (uint32_t)self->length;
    if (!self->exact) return eg_nearest(self->arena, scan, k, hits);
    eg_scan exact = *self->exact;
    exact.query = scan->query;
    int status = eg_nearest_rerank(self->arena, scan, &exact, self->pool, k, hits);
    if (status != EG_OK) return status;
    self->exact_zero_count += exact.zero_count;
    self->exact_nan_count += exact.nan_count;
    return EG_OK;
}

/* What one query got, which is the newest in the arena, becomes the answer number q. */
static int answer_one(many *self, const eg_scan *one, size_t q)
{
    eg_scan scan = *one;
    eg_vector scores;
    eg_hits hits;
    float *values = self->values + q * self->length;
    int status;
    if (self->ids) {
        status = find_one(self, &scan, &hits);
        if (status != EG_OK) return status;
        memcpy(self->ids + q * self->length, hits.ids, self->length * sizeof *self->ids);
        memcpy(values, hits.values, self->length * sizeof *values);
    } else {
        status = eg_similarity(self->arena, &scan, &scores);
        if (status != EG_OK) return status;
        memcpy(values, scores.cells, self->length * sizeof *values);
    }
    self->work.zero_count += scan.zero_count;
    self->work.nan_count += scan.nan_count;
    return EG_OK;
}

static int one_by_one(many *self)
{
    float *query = eg_arena_alloc(self->arena, self->queries->dims * sizeof *query);
    if (!query) return EG_OVERFLOW;
    eg_scan one = *self->scan;
    one.query = query;
    double mark = eg_arena_mark(self->arena);
    for (size_t q = 0; q < self->queries->rows; q++) {
        read_query(self->queries, q, query);
        int status = answer_one(self, &one, q);
        if (status != EG_OK) return status;
        eg_arena_rewind(self->arena, mark);
    }
    return EG_OK;
}

/* ---- In batches ---- */

/* Keys for the hits of each query; none where all scores are kept. */
static int open_selections(many *self)
{
    size_t rows = self->work.rows.count;
    self->chunk_rows = rows < SELECTION_CHUNK ? rows : SELECTION_CHUNK;
    if (!self->ids) return EG_OK;
    self->best = eg_arena_alloc(self->arena, self->batch_max * sizeof *self->best);
    self->keys = eg_arena_alloc(self->arena, self->batch_max * self->length * sizeof *self->keys);
    size_t scores = self->batch_max * self->chunk_rows;
    self->chunk_scores = eg_arena_alloc(self->arena, scores * sizeof *self->chunk_scores);
    return self->best && self->keys && self->chunk_scores ? EG_OK : EG_OVERFLOW;
}

/* Norms of rows that may change at any time are made once for all queries. */
static int make_norms(many *self)
{
    const eg_matrix *matrix = self->scan->matrix;
    if (self->scan->metric != EG_COSINE || self->work.norms || self->scan->candidates) return EG_OK;
    double *norms = eg_arena_alloc(self->arena, matrix->rows * sizeof *norms);
    if (!norms) return EG_OVERFLOW;
    for (size_t r = 0; r < matrix->rows; r++) {
        if (r % POLL_EVERY == 0 && eg_arena_stopped(self->arena)) return EG_STOPPED;
        norms[r] = matrix_norm(matrix, r);
    }
    self->work.norms = norms;
    return EG_OK;
}

static int open_all(many *self)
{
    eg_scan first = *self->scan;
    first.query = self->batch;
    int status = scoring_open(&self->work, self->arena, &first);
    if (status == EG_OK) status = make_norms(self);
    return status == EG_OK ? open_selections(self) : status;
}

static size_t tiles_of(size_t queries)
{
    return base_rounded_up(queries, ISA_QUERIES);
}

/* Room for a batch, all zeros: what stands in for missing queries of the last tile. */
static int alloc_batch(many *self)
{
    self->query_stride = matrix_padded(self->queries->dims);
    size_t fit = batch_bytes / (self->query_stride * sizeof(float)) / ISA_QUERIES * ISA_QUERIES;
    if (fit > BATCH_MAX) fit = BATCH_MAX;
    if (fit < ISA_QUERIES) fit = ISA_QUERIES;
    self->batch_max = tiles_of(self->queries->rows) < fit ? tiles_of(self->queries->rows) : fit;
    size_t bytes = self->batch_max * self->query_stride * sizeof *self->batch;
    self->batch = eg_arena_alloc(self->arena, bytes);
    self->norms = eg_arena_alloc(self->arena, self->batch_max * sizeof *self->norms);
    self->tile_scores = eg_arena_alloc(self->arena, ISA_QUERIES * ISA_MASKED * sizeof(float));
    if (!self->batch || !self->norms || !self->tile_scores) return EG_OVERFLOW;
    memset(self->batch, 0, bytes);
    if (!self->panels) return EG_OK;
    self->panel_width = panel_width(self->queries->dims);
    bytes = self->batch_max * self->panel_width * sizeof *self->packed;
    self->packed = eg_arena_alloc(self->arena, bytes);
    if (!self->packed) return EG_OVERFLOW;
    memset(self->packed, 0, bytes);
    return EG_OK;
}

static void pack_query(many *self, size_t i, const float *query)
{
    size_t in_tile = i % ISA_QUERIES;
    float *tile = self->packed + (i - in_tile) * self->panel_width;
    panel_pack(query, self->queries->dims, ISA_QUERIES, tile + in_tile);
}

/* Loads queries from number first on. */
static int load_queries(many *self, size_t first, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        float *query = self->batch + i * self->query_stride;
        read_query(self->queries, first + i, query);
        self->norms[i] = sqrt(self->work.kernels->square(query, self->query_stride));
        if (!isfinite(self->norms[i])) return EG_INVALID;
        if (self->panels) pack_query(self, i, query);
    }
    if (!self->ids) return EG_OK;
    for (size_t i = 0; i < count; i++) {
        selection_start(&self->best[i], self->keys + i * self->length, self->length,
                        scoring_is_distance(self->scan->metric));
    }
    return EG_OK;
}

static void sum_rows(many *self, size_t query, size_t first, size_t rows)
{
    const scoring *work = &self->work;
    isa_rows block = work->rows;
    block.query = self->batch + query * self->query_stride;
    block.cells += first * block.stride;
    block.count = rows;
    bool l2 = scoring_is_distance(work->metric);
    (l2 ? work->kernels->tile_l2sqs : work->kernels->tile_dots)(&block, self->tile_scores);
}

static void sum_panels(many *self, size_t query, size_t first, size_t rows)
{
    const isa *kernels = self->work.kernels;
    bool l2 = scoring_is_distance(self->work.metric);
    isa_panel panel = {.queries = self->packed + query * self->panel_width,
                       .width = self->panel_width};
    for (size_t at = 0; at < rows; at += ISA_PANEL) {
        panel.cells = self->panels + (first + at) * self->panel_width;
        (l2 ? kernels->panel_l2sqs : kernels->panel_dots)(&panel, self->tile_scores + at);
    }
}

/* A block of rows and a tile of queries, of which count are real; the scores of each go to
 * where those of the query before went, and stride on. */
static void score_tile(many *self, size_t query, size_t count, size_t first, size_t rows,
                       float *to, size_t stride)
{
    scoring *work = &self->work;
    if (self->panels) sum_panels(self, query, first, rows);
    else sum_rows(self, query, first, rows);
    for (size_t i = query; i < query + count; i++) {
        float *scores = self->tile_scores + (i - query) * ISA_MASKED;
        scoring_set_query(work, self->batch + i * self->query_stride, self->norms[i]);
        scoring_finish(work, first, rows, scores);
        /* Of a block at most, memcpy becomes an instruction that takes long to start. */
        memmove(to + i * stride, scores, rows * sizeof *scores);
    }
}

static void score_block(many *self, size_t queries, size_t first, size_t rows, float *to,
                        size_t stride)
{
    scoring_read_ahead(&self->work, first, rows);
    for (size_t q = 0; q < queries; q += ISA_QUERIES) {
        size_t count = queries - q < ISA_QUERIES ? queries - q : ISA_QUERIES;
        score_tile(self, q, count, first, rows, to, stride);
    }
}

/* The scores of so many rows from number first on, chosen from. */
static void select_chunk(many *self, size_t queries, size_t first, size_t rows)
{
    const scoring *work = &self->work;
    for (size_t q = 0; q < queries; q++) {
        const float *scores = self->chunk_scores + q * self->chunk_rows;
        selection_take(&self->best[q], work->kernels, scores, rows,
                       work->ids ? work->ids + first : NULL, (uint32_t)first);
    }
}

static int score_batch(many *self, size_t queries, float *values)
{
    size_t rows = self->length > 0 ? self->work.rows.count : 0;
    for (size_t first = 0; first < rows; first += self->chunk_rows) {
        size_t chunk = rows - first < self->chunk_rows ? rows - first : self->chunk_rows;
        for (size_t at = 0; at < chunk; at += SCORING_BLOCK) {
            if (eg_arena_stopped(self->arena)) return EG_STOPPED;
            size_t block = chunk - at < SCORING_BLOCK ? chunk - at : SCORING_BLOCK;
            float *to = self->ids ? self->chunk_scores + at : values + first + at;
            size_t stride = self->ids ? self->chunk_rows : self->length;
            score_block(self, queries, first + at, block, to, stride);
        }
        if (self->ids) select_chunk(self, queries, first, chunk);
    }
    return EG_OK;
}

static int in_batches(many *self)
{
    if (!self->scan->candidates) self->panels = matrix_panels(self->scan->matrix);
    int status = alloc_batch(self);
    if (status == EG_OK) status = open_all(self);
    for (size_t q = 0; status == EG_OK && q < self->queries->rows; q += self->batch_max) {
        size_t rest = self->queries->rows - q;
        size_t count = rest < self->batch_max ? rest : self->batch_max;
        float *values = self->values + q * self->length;
        status = load_queries(self, q, count);
        if (status == EG_OK) status = score_batch(self, count, values);
        for (size_t i = 0; status == EG_OK && self->ids && i < count; i++) {
            size_t at = i * self->length;
            selection_end(&self->best[i], self->ids + q * self->length + at, values + at);
        }
    }
    return status;
}

/* ---- The whole ---- */

static int check(const eg_arena *arena, const eg_matrix *queries, const eg_scan *scan,
                 const eg_answers *answers)
{
    if (!answers || !queries || !scan || !scan->matrix) return EG_INVALID;
    if (queries->dims != scan->matrix->dims) return EG_INVALID;
    eg_scan any = *scan;
    any.query = queries->cells;
    return scoring_check(arena, &any);
}

static int answer_all(many *self)
{
    bool together = self->queries->rows > 1 && self->scan->matrix->cell_type == EG_F32 &&
                    !self->exact;
    int status = together ? in_batches(self) : one_by_one(self);
    if (status == EG_OK) status = scoring_verdict(&self->work, self->scan);
    if (status == EG_OK && matrix_is_lost(self->queries)) status = EG_LOST;
    if (status != EG_OK) return status;
    self->scan->zero_count = self->work.zero_count;
    self->scan->nan_count = self->work.nan_count;
    if (!self->exact) return EG_OK;
    self->exact->zero_count = self->exact_zero_count;
    self->exact->nan_count = self->exact_nan_count;
    return EG_OK;
}

/* Room for the answers, value_bytes for each; then what to do, then a slot for it all. */
static int answer(many *self, size_t value_bytes, eg_answers *answers)
{
    eg_arena *arena = self->arena;
    if (eg_arena_stopped(arena)) return EG_STOPPED;
    keeping kept;
    size_t count = self->queries->rows * self->length;
    size_t bytes = count > SIZE_MAX / 8 ? SIZE_MAX : count * value_bytes;
    void *block = keeping_open(&kept, arena, bytes);
    if (!block) return EG_OVERFLOW;
    bool both = value_bytes > sizeof(float);
    self->ids = both ? block : NULL;
    self->values = both ? (float *)(void *)(self->ids + count) : block;
    int status = answer_all(self);
    const eg_slot *slot = keeping_close(&kept, &status);
    if (!slot) return status;
    eg_answers made = {.ids = self->ids, .values = self->values, .queries = self->queries->rows,
                       .length = (uint32_t)self->length, .slot = slot, .serial = slot->serial};
    memcpy(answers, &made, sizeof made);
    return EG_OK;
}

int eg_similarity_many(eg_arena *arena, const eg_matrix *queries, eg_scan *scan,
                       eg_answers *answers)
{
    if (check(arena, queries, scan, answers) != EG_OK) return EG_INVALID;
    many all = {.arena = arena, .queries = queries, .scan = scan, .length = scoring_count(scan)};
    return answer(&all, sizeof(float), answers);
}

int eg_nearest_many(eg_arena *arena, const eg_matrix *queries, eg_scan *scan, uint32_t k,
                    eg_answers *answers)
{
    if (check(arena, queries, scan, answers) != EG_OK) return EG_INVALID;
    size_t count = scoring_count(scan);
    many all = {.arena = arena, .queries = queries, .scan = scan, .length = k < count ? k : count};
    return answer(&all, sizeof(uint32_t) + sizeof(float), answers);
}

int eg_nearest_rerank_many(eg_arena *arena, const eg_matrix *queries, eg_scan *scan,
                           eg_scan *exact, uint32_t pool, uint32_t k, eg_answers *answers)
{
    if (check(arena, queries, scan, answers) != EG_OK) return EG_INVALID;
    if (!exact || !exact->matrix || exact->matrix->dims != queries->dims) return EG_INVALID;
    eg_scan any = *scan, any_exact = *exact;
    any.query = any_exact.query = queries->cells;
    if (scoring_check_pair(arena, &any, &any_exact) != EG_OK) return EG_INVALID;
    size_t count = scoring_count(scan);
    many all = {.arena = arena, .queries = queries, .scan = scan, .exact = exact, .pool = pool,
                .length = k < count ? k : count};
    return answer(&all, sizeof(uint32_t) + sizeof(float), answers);
}
