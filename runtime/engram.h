/*
 * engram: scratch arenas, memory kernels and timed runs of Lua workloads.
 *
 * This header is the whole public interface. Lua reads the same text: its
 * bytes are embedded in core.so and handed to the FFI, so both sides always
 * agree. Counts that Lua reads are doubles, exact to 2^53. Ids are 0-based
 * here and 1-based in Lua.
 *
 * Thread:  an arena, and whatever a call takes from it, belongs to one thread.
 *          Graphs and frozen matrices may be read by any number of threads.
 * Errors:  kernels answer an eg_status and leave their outputs untouched
 *          unless it is EG_OK; constructors answer NULL.
 * Garbage: matrices and graphs are counted (retain, release). Whatever lies in
 *          an arena is good until the arena is rewound past it.
 */
#ifndef ENGRAM_H
#define ENGRAM_H

#include <stddef.h>
#include <stdint.h>

/* All that has a name to link by is a function, so that C++ needs no more than this. */
#ifdef __cplusplus
#define EG_API extern "C" __attribute__((visibility("default")))
#else
#define EG_API __attribute__((visibility("default")))
#endif

typedef struct eg_arena eg_arena;

/* ---- Version and status ------------------------------------------------ */

enum { EG_VERSION_MAJOR = 0, EG_VERSION_MINOR = 1, EG_VERSION_PATCH = 0 };

/* This text, without its includes and macros usable as an FFI declaration. */
EG_API const char *eg_header(void);
/* That of engram_inline.h, for compilers of C alone. */
EG_API const char *eg_header_inline(void);

/* EG_OVERFLOW: the arena is full; eg_arena_stats.needed says what would do.
 * EG_INVALID: an argument is outside the contract; EG_STOPPED: the run was interrupted;
 * EG_NO_MEMORY: the system has none, outside of arenas; EG_LOST: some of a mapped file is gone. */
enum eg_status { EG_OK, EG_OVERFLOW, EG_INVALID, EG_STOPPED, EG_NO_MEMORY, EG_LOST };

/* ---- Arena ------------------------------------------------------------- */

enum eg_overflow_policy { EG_PANIC, EG_ERROR, EG_FALLBACK, EG_GROW };

/* needed: the capacity that the last refused or overflowing request called for. */
typedef struct eg_arena_stats {
    double capacity, used, high_water, allocations, overflows, fallback_bytes, resets, needed;
} eg_arena_stats;

/*
 * Reserves size_bytes (at least 64 KiB) of address space, more under EG_GROW;
 * pages are paid for when first touched. NULL when there is no such space.
 * owner is the thread's number in messages, 0 for none.
 */
EG_API eg_arena *eg_arena_new(size_t size_bytes, int policy, int zero, int owner);
EG_API void eg_arena_free(eg_arena *arena);

/* Uncleared memory, its address a multiple of 64 (or of alignment, a power of
 * two). NULL when the policy grants no more. */
EG_API void *eg_arena_alloc(eg_arena *arena, size_t bytes);
EG_API void *eg_arena_alloc_aligned(eg_arena *arena, size_t bytes, size_t alignment);

/*
 * The cursor, and the way back to it. A mark is a plain number of bytes.
 * EG_INVALID, and nothing is given back, when mark is no earlier cursor or
 * lies below what the thread keeps for good.
 */
EG_API double eg_arena_mark(const eg_arena *arena);
EG_API int eg_arena_rewind(eg_arena *arena, double mark);

/* Safe from any thread at any time. */
EG_API void eg_arena_stats_read(const eg_arena *arena, eg_arena_stats *stats);

/* The totals of all arenas of this process, freed ones included. */
EG_API void eg_arena_totals_read(eg_arena_stats *stats);

/* Not 0 once the run this arena works for was interrupted: leave what you do. */
EG_API int eg_arena_stopped(const eg_arena *arena);

/*
 * The proof that a value in the arena is still alive. Handles keep a pointer
 * to their slot and the serial it had; rewinding clears the slot.
 * eg_arena_track answers the slot of the block at the given address, which
 * must be the newest; NULL when too many are alive at once.
 */
typedef struct eg_slot {
    double serial, offset;
} eg_slot;
EG_API const eg_slot *eg_arena_track(eg_arena *arena, const void *block);

/* ---- File -------------------------------------------------------------- */

/*
 * A file's bytes, read-only, without a copy. One that shrinks afterwards reads as zeros from
 * the page of its new end on, and lost is set by the first read beyond that page; so does one
 * that can not be read, from that page on.
 */
typedef struct eg_file {
    const void *const bytes; /* uint8_t */
    const double size_bytes;
    const char *const path;
    const volatile uint32_t lost;
} eg_file;

/* What has become of one that is lost, "has shrunk" or "could not be read"; NULL of others. */
EG_API const char *eg_file_loss(const eg_file *file);

/* NULL, with errno set: also for what is no regular file. */
EG_API eg_file *eg_file_open(const char *path);
EG_API eg_file *eg_file_retain(eg_file *file);
EG_API void eg_file_release(eg_file *file);

/* ---- Matrix and vector ------------------------------------------------- */

/*
 * Memory that a struct shows is of type void, so that a script can not index it
 * by mistake and read beyond it: who knows its bounds gives it its type.
 */

/* How a row keeps its numbers: float; IEEE 754 half and the upper half of a float
 * (uint16_t); steps of 1/127 of the row's largest (int8_t); bits, set for what is above 0
 * (uint8_t, eight to one, the first lowest). */
enum eg_type { EG_F32, EG_F16, EG_BF16, EG_I8, EG_BITS };

/* Rows of numbers, each starting on 64 bytes unless mapped from a file; rows
 * stand stride elements apart. A frozen matrix never changes again. */
typedef struct eg_matrix {
    void *const cells; /* elements of its type: float, uint16_t, int8_t or uint8_t */
    const uint32_t rows, dims, stride;
    const volatile uint32_t frozen;
    const uint32_t pinned; /* outlives every Lua state that can see it */
    const uint32_t cell_type; /* an eg_type */
    const eg_slot alive;
    eg_file *const file;      /* which the cells are part of, or NULL */
} eg_matrix;

/* A window on floats: a row of owner, or a piece of an arena (owner NULL). */
typedef struct eg_vector {
    void *const cells; /* float */
    const uint32_t length;
    const eg_slot *const slot;
    const double serial;
    eg_matrix *const owner;
} eg_vector;

/* A window on a row of a matrix whose cells are no floats. */
typedef struct eg_row {
    eg_matrix *const owner;
    const uint32_t index, length;
} eg_row;

/* Zeroed; NULL without memory or when rows * dims overflows or dims is 0. */
EG_API eg_matrix *eg_matrix_new(uint32_t rows, uint32_t dims);
EG_API eg_matrix *eg_matrix_of_type(uint32_t rows, uint32_t dims, int type);
/* The same rows as another type: a new matrix, and how far its cells are off at most, rows
 * with NaN or infinities left out. NULL without memory. */
EG_API eg_matrix *eg_matrix_convert(const eg_matrix *matrix, int type, double *error);
/* One cell, of any type; what is written is a float first. A larger number than an EG_I8 row
 * has makes its steps wider, and all its cells are rounded once more. */
EG_API double eg_matrix_get(const eg_matrix *matrix, uint32_t row, uint32_t column);
EG_API void eg_matrix_set(eg_matrix *matrix, uint32_t row, uint32_t column, double value);
/* A row as floats, and the step of an EG_I8 row, 1 for other types. */
EG_API void eg_matrix_read(const eg_matrix *matrix, uint32_t row, float *out);
EG_API double eg_matrix_step(const eg_matrix *matrix, uint32_t row);
/* count rows from first on, without padding: as its own type keeps them, or as floats. */
EG_API void eg_matrix_export(const eg_matrix *matrix, uint32_t first, uint32_t count, int type,
                             void *out);
/* The way back, as its own type keeps them, for a matrix that is not frozen; of EG_I8 with the
 * step of each row, from wherever they stand: from 0 up to what a float holds 127 of, or NaN
 * for a broken row. Answers the rows that are there now: count, but for a step that is none. */
EG_API uint32_t eg_matrix_import(eg_matrix *matrix, uint32_t first, uint32_t count,
                                 const void *in, const void *steps);
/*
 * Frozen, over cells found in a file from offset_bytes on, rows stride elements apart; its
 * norms are made when they are first asked for. Floats may stand wherever 4 divides their
 * offset; rows of other types as in a matrix of our own: on 64 bytes, their stride dims
 * rounded up to as many. EG_I8 has a step of 1. NULL with errno set: EINVAL where that does
 * not hold, ENODATA beyond the end of the file.
 */
EG_API eg_matrix *eg_matrix_over(eg_file *file, double offset_bytes, uint32_t rows, uint32_t dims,
                                 uint32_t stride, int type);
EG_API eg_matrix *eg_matrix_retain(eg_matrix *matrix);
EG_API void eg_matrix_release(eg_matrix *matrix);
/* Makes the norms, in double, unless mapped, and forbids every later change. */
EG_API int eg_matrix_freeze(eg_matrix *matrix);
/*
 * Freezes the matrix, of EG_F32, and keeps a second copy of its cells laid out for many
 * queries at once: rows rounded up to 32, dims rounded up to 32. To be called before it is
 * shared: EG_INVALID for a view of one that is not packed, EG_OVERFLOW without memory.
 */
EG_API int eg_matrix_pack(eg_matrix *matrix);
/* Freezes the matrix and answers another view of it, pinned: whoever makes it keeps
 * it until no other thread's Lua state can hold a row of it. */
EG_API eg_matrix *eg_matrix_share(eg_matrix *matrix);
/* Must follow every write to the cells of a matrix that is not frozen. */
EG_API void eg_matrix_touch(eg_matrix *matrix);
/* The cells may be written at any time from now on: norms are made anew for
 * each call until the matrix is frozen. */
EG_API void eg_matrix_expose(eg_matrix *matrix);

/* ---- Graph ------------------------------------------------------------- */

/* Compressed sparse rows: the arcs of node u are targets[offsets[u]] up to
 * targets[offsets[u + 1]], ascending by target. Immutable. */
typedef struct eg_graph {
    const uint32_t nodes, edges;
    const void *const offsets; /* uint32_t, nodes + 1 of them */
    const void *const targets; /* uint32_t */
    const void *const weights; /* float */
    const void *const arc_kinds; /* uint16_t, below kind_count; NULL: arcs have no kinds */
    const uint32_t kind_count;
    const char *const kind_names; /* one after the other, a zero byte after each */
} eg_graph;

enum eg_duplicates { EG_DUP_SUM, EG_DUP_MAX, EG_DUP_FIRST };

/* From triples in any order. Self-loops are dropped unless keep_self. NULL
 * without memory, or when an id is not below nodes or a weight is not finite:
 * then *culprit is the 0-based triple, else it is edges. */
EG_API eg_graph *eg_graph_new(uint32_t nodes, uint32_t edges, const uint32_t *from,
                              const uint32_t *to, const float *weights, int duplicates,
                              int keep_self, uint32_t *culprit);

/* The same with a kind for each arc: two of one pair stay apart, by kind, unless it is the same.
 * names: kind_count of them, as in eg_graph, name_bytes in all. */
typedef struct eg_triples {
    uint32_t nodes, edges;
    const uint32_t *from, *to;
    const float *weights;
    const uint32_t *kinds; /* NULL: none */
    uint32_t kind_count;   /* at most 65536 */
    const char *names;
    size_t name_bytes;
    int duplicates, keep_self;
} eg_triples;
EG_API eg_graph *eg_graph_from(const eg_triples *triples, uint32_t *culprit);
EG_API eg_graph *eg_graph_retain(eg_graph *graph);
EG_API void eg_graph_release(eg_graph *graph);

/* Weakly connected: how many parts, and how many nodes the largest of them has. */
typedef struct eg_components {
    uint32_t count, largest;
} eg_components;
EG_API int eg_graph_components(eg_arena *arena, const eg_graph *graph, eg_components *found);

/* ---- Words ------------------------------------------------------------- */

/* A list of words, each any bytes but line breaks, frozen. Of a word that is there twice, its
 * first place is found. */
typedef struct eg_words {
    const uint32_t count;
    const uint32_t longest; /* bytes */
} eg_words;

enum { EG_NO_WORD = 0xffffffff };

/* One a line; CRLF is a line's end too, and the last may lack it. NULL without memory, or with
 * more than 2^32 - 2 words. */
EG_API eg_words *eg_words_new(const char *text, double bytes);
EG_API const char *eg_words_get(const eg_words *words, uint32_t index, uint32_t *bytes);
/* Its index, or EG_NO_WORD. */
EG_API uint32_t eg_words_find(const eg_words *words, const char *word, size_t bytes);
EG_API eg_words *eg_words_retain(eg_words *words);
EG_API void eg_words_release(eg_words *words);

/* ---- Reading ----------------------------------------------------------- */

/* A file on its way to becoming matrix, words or graph, piece by piece: each format has an
 * opener of its own, which answers NULL without memory. */
typedef struct eg_reading {
    double done_bytes, total_bytes;
    double arcs;           /* after EG_READ_DONE: of a graph, those read, duplicates and all */
    const char *complaint; /* NULL, or one line: where, what was found, what was expected */
} eg_reading;

enum eg_read { EG_READ_MORE, EG_READ_DONE, EG_READ_REFUSED, EG_READ_NO_MEMORY };

/* Reads on, a few MiB at most, and answers an eg_read. After EG_READ_DONE what has come of it
 * may be taken, once; NULL for what the format has not. */
EG_API int eg_reading_step(eg_reading *reading);
EG_API eg_matrix *eg_reading_take_matrix(eg_reading *reading);
EG_API eg_words *eg_reading_take_words(eg_reading *reading);
EG_API eg_graph *eg_reading_take_graph(eg_reading *reading);
EG_API void eg_reading_close(eg_reading *reading);

/* How what a file says of arcs becomes a graph: duplicates and keep_self as in eg_triples. */
typedef struct eg_arc_options {
    int duplicates, keep_self;
    int kinds;             /* not 0: arcs keep the names of their kinds */
    const eg_words *names; /* NULL, or kinds with a weight each; "default" is all others */
    const float *weights;
} eg_arc_options;

/* "from to [weight]" or "from to kind" a line, ids from base on; nodes: how many there are, or
 * below 0, and then as many as the highest id says. */
EG_API eg_reading *eg_read_edges(eg_file *file, const eg_arc_options *options, uint32_t base,
                                 double nodes);
/* Matrix Market's coordinate format, square: entry (i, j) is an arc from i to j. */
EG_API eg_reading *eg_read_mtx(eg_file *file, const eg_arc_options *options);
/* Numbers that stand in a file one after the other, all of them within it. */
typedef struct eg_array {
    eg_file *file;
    double offset_bytes, count;
    int number; /* an eg_number, of 32 or 64 bits, or EG_NUMBER_I8, EG_NUMBER_U8 */
} eg_array;
/* A graph as compressed sparse rows: indptr holds one number more than there are nodes, 2^32 - 1
 * at most, indices and data one per arc. */
EG_API eg_reading *eg_read_csr(const eg_array *indptr, const eg_array *indices,
                               const eg_array *data, const eg_arc_options *options);
/* WordNet's data.noun, data.verb, data.adj and data.adv: the graph of the synsets in that order,
 * and the first lemma of each as words. */
EG_API eg_reading *eg_read_wordnet(eg_file *noun, eg_file *verb, eg_file *adj, eg_file *adv,
                                   const eg_arc_options *options);
/* After EG_READ_DONE, once: every lemma, and arcs from its index to the synsets it is in. */
EG_API eg_words *eg_wordnet_take_lemmas(eg_reading *reading);
EG_API eg_graph *eg_wordnet_take_senses(eg_reading *reading);

/* Words with vectors, of count rows from row first on, or of all of them for a count of 0: a
 * line each (GloVe, word2vec's text), and word2vec's binary. */
EG_API eg_reading *eg_read_vectors(eg_file *file, uint32_t first, uint32_t count);
EG_API eg_reading *eg_read_word2vec(eg_file *file, uint32_t first, uint32_t count);

/* How files keep a number, little-endian; the first four are types of a matrix, too. */
enum eg_number {
    EG_NUMBER_F32, EG_NUMBER_F16, EG_NUMBER_BF16, EG_NUMBER_I8, EG_NUMBER_U8, EG_NUMBER_I16,
    EG_NUMBER_U16, EG_NUMBER_I32, EG_NUMBER_U32, EG_NUMBER_I64, EG_NUMBER_U64, EG_NUMBER_F64
};

/* Rows of such numbers, side by side. */
typedef struct eg_rows {
    double offset_bytes, stride_bytes; /* of the first row's numbers; from row to row */
    uint32_t rows, dims;
    int number;  /* an eg_number */
    int counted; /* before each row stands its dims, as int32_t */
} eg_rows;

/* A matrix over the file where kernels can read the rows as they stand (see eg_matrix_over),
 * else a copy: of the same type, EG_I8 with a step of 1, or of EG_F32, which has to keep whole
 * numbers exactly and doubles within its range. Its total_bytes is 0 where none are read. */
EG_API eg_reading *eg_read_rows(eg_file *file, const eg_rows *rows);

/* Matrices, graphs and lists of words alive in this process: 0 when nothing leaks. */
EG_API double eg_live_objects(void);

/* ---- Random numbers ---------------------------------------------------- */

/* Counter-based: the n-th number depends on seed, stream and n alone. */
typedef struct eg_random {
    double seed, stream, count;
} eg_random;
/* The next number in [0, 1), a multiple of 2^-53. */
EG_API double eg_random_next(eg_random *random);

/* ---- Kernels ----------------------------------------------------------- */

/* Ids with a value each, best first, in the arena. spread fills the lower half. */
typedef struct eg_hits {
    const void *const ids;    /* uint32_t */
    const void *const values; /* float */
    const uint32_t length;
    const eg_slot *const slot;
    const double serial;
    const uint32_t hops_used, fired; /* spread: cycles (push: pushes), nodes that fired */
    const int truncated;             /* an eg_truncated: which limit cut the answer short */
    const double residual;           /* spread: activation that was waiting to be passed on */
} eg_hits;

/* Of EG_BITS the last two, the share of differing bits among those set for EG_JACCARD; else the
 * others. */
enum eg_metric { EG_COSINE, EG_DOT, EG_L2, EG_L2SQ, EG_HAMMING, EG_JACCARD };
enum eg_zero { EG_ZERO_ZERO, EG_ZERO_NAN, EG_ZERO_ERROR };
enum eg_nan { EG_NAN_LAST, EG_NAN_ERROR };

/* One query against the rows of a matrix, or against the candidates among
 * them. zero: the cosine where a norm is exactly 0. nan: what a score that is
 * not a number means. The two counts are filled on EG_OK. */
typedef struct eg_scan {
    eg_matrix *matrix;
    const float *query;
    const uint32_t *candidates; /* NULL: every row */
    uint32_t candidate_count;
    int metric, zero, nan;
    uint32_t zero_count, nan_count;
} eg_scan;

/* A score per row (or per candidate), in order. */
EG_API int eg_similarity(eg_arena *arena, eg_scan *scan, eg_vector *scores);
/* The k best: ids and scores; NaN last, ties by lower id. */
EG_API int eg_nearest(eg_arena *arena, eg_scan *scan, uint32_t k, eg_hits *hits);
/* The pool best of scan, at least k, and of these the k best by exact, a scan without candidates of
 * a matrix with as many rows: small rows find what exact ones then put in order. */
EG_API int eg_nearest_rerank(eg_arena *arena, eg_scan *scan, eg_scan *exact, uint32_t pool,
                             uint32_t k, eg_hits *hits);

/* What several queries got, length values each, one query after the other: of nearest the ids
 * and scores, best first; of similarity the scores alone, ids NULL. In the arena. */
typedef struct eg_answers {
    const void *const ids;    /* uint32_t */
    const void *const values; /* float */
    const uint32_t queries, length;
    const eg_slot *const slot;
    const double serial;
} eg_answers;

/* The same for every row of queries, to the bit; scan->query is not read. The counts of scan
 * are those of all queries together. */
EG_API int eg_similarity_many(eg_arena *arena, const eg_matrix *queries, eg_scan *scan,
                              eg_answers *answers);
EG_API int eg_nearest_many(eg_arena *arena, const eg_matrix *queries, eg_scan *scan, uint32_t k,
                           eg_answers *answers);
EG_API int eg_nearest_rerank_many(eg_arena *arena, const eg_matrix *queries, eg_scan *scan,
                                  eg_scan *exact, uint32_t pool, uint32_t k,
                                  eg_answers *answers);

enum eg_fan { EG_FAN_NONE, EG_FAN_OUT, EG_FAN_SQRT, EG_FAN_LOG };
enum eg_accumulate { EG_ACCUMULATE_SUM, EG_ACCUMULATE_MAX };
enum eg_truncated {
    EG_WHOLE, EG_CUT_BY_HOPS, EG_CUT_BY_NODES, EG_CUT_BY_TIME, EG_CUT_BY_ITER,
    EG_CUT_BY_BUDGET, EG_CUT_BY_THRESHOLD
};

/* Spreading activation, each node firing at most once unless refire. clamp: 0 for none.
 * max_hops, max_nodes, topk: 0 for no limit. factors: one per kind of arc, or NULL. */
typedef struct eg_spread {
    const eg_graph *graph;
    const uint32_t *seeds;
    const double *activations;
    uint32_t seed_count;
    double decay, threshold, clamp;
    uint32_t max_hops, max_nodes, topk;
    int fan, accumulate, refire;
    const double *factors;
} eg_spread;
EG_API int eg_spread_once(eg_arena *arena, const eg_spread *spread, eg_hits *hits);
/* How much pulses grow per cycle with refire, at most. Below 1, a threshold ends the spread. */
EG_API int eg_spread_gain(eg_arena *arena, const eg_spread *spread, double *gain);
/* The scratch that a call takes at most: it does if so much of the arena is free from a multiple
 * of 64 on. Seeds and activations are not looked at. 0 without a graph. */
EG_API double eg_spread_once_bytes(const eg_spread *spread);

/* Where activation starts, for the methods that part what a node has among its
 * arcs by weight. No activation, no factor, and no weight that is used, may be negative.
 * factors, topk: as for eg_spread. */
typedef struct eg_sources {
    const eg_graph *graph;
    const uint32_t *seeds;
    const double *activations;
    uint32_t seed_count, topk;
    const double *factors;
} eg_sources;

/* Resource-conserving (Siew 2019). retentions: one per node, or NULL. time: 0 for no limit. */
typedef struct eg_spreadr {
    eg_sources from;
    double retention, loss, suppress, threshold_to_stop;
    const double *retentions;
    uint32_t time;
} eg_spreadr;
EG_API int eg_spread_spreadr(eg_arena *arena, const eg_spreadr *spreadr, eg_hits *hits);
EG_API double eg_spread_spreadr_bytes(const eg_spreadr *spreadr);

/* What becomes of the part that a node without arcs would pass on. */
enum eg_dangling { EG_DANGLING_RESTART, EG_DANGLING_DROP, EG_DANGLING_KEEP };

/* Personalised PageRank, iterated until all changes sum to at most tol. alpha: what goes on. */
typedef struct eg_ppr {
    eg_sources from;
    double alpha, tol;
    uint32_t max_iter;
    int dangling;
} eg_ppr;
EG_API int eg_spread_ppr(eg_arena *arena, const eg_ppr *ppr, eg_hits *hits);
EG_API double eg_spread_ppr_bytes(const eg_ppr *ppr);

/* The same from below, near the seeds only: no node keeps more than eps per arc waiting. */
typedef struct eg_push {
    eg_sources from;
    double alpha, eps;
    int dangling;
} eg_push;
EG_API int eg_spread_push(eg_arena *arena, const eg_push *push, eg_hits *hits);
EG_API double eg_spread_push_bytes(const eg_push *push);

/* As ACT-R has it: one hop. mas: the maximum strength of association; ga: the attention that all
 * seeds share; base: a level per node, or NULL; noise: its scale, 0 for none, drawn from random. */
typedef struct eg_actr {
    eg_sources from;
    double mas, ga, noise;
    const double *base;
    eg_random *random;
    int is_positive; /* no strength is below 0 */
} eg_actr;
EG_API int eg_spread_actr(eg_arena *arena, const eg_actr *actr, eg_hits *hits);
EG_API double eg_spread_actr_bytes(const eg_actr *actr);

/*
 * Up to EG_MANY spreads side by side, the graph read once for all. ppr or spreadr holds the
 * options, the graph and topk; sets the seeds, one after the other. Each of the count hits is, to
 * the bit, what its set gets alone. EG_INVALID also for factors, and if any weight of the graph
 * is negative.
 */
enum { EG_MANY = 16 };
EG_API int eg_many_ppr(eg_arena *arena, const eg_ppr *ppr, const eg_sources *sets, uint32_t count,
                       eg_hits *hits);
EG_API int eg_many_spreadr(eg_arena *arena, const eg_spreadr *spreadr, const eg_sources *sets,
                           uint32_t count, eg_hits *hits);
/* Of spread the options, the graph, factors and topk are used; of sets no topk, and negative
 * activations and weights are well. */
EG_API int eg_many_once(eg_arena *arena, const eg_spread *spread, const eg_sources *sets,
                        uint32_t count, eg_hits *hits);
/* The scratch that a call takes at most, whatever the number of sets. */
EG_API double eg_many_once_bytes(const eg_spread *spread);
EG_API double eg_many_ppr_bytes(const eg_ppr *ppr);
EG_API double eg_many_spreadr_bytes(const eg_spreadr *spreadr);

/* EG_QUEUE_FASTEST: buckets where they are as exact as the heap. */
enum eg_queue { EG_QUEUE_FASTEST, EG_QUEUE_HEAP };

/* Best-first: a node's activation is the best product along a path from a seed. budget: how
 * many nodes may be settled. max_hops, budget: 0 for no limit. */
typedef struct eg_best {
    eg_sources from;
    double decay, threshold;
    uint32_t max_hops, budget;
    int fan, queue;
} eg_best;
EG_API int eg_spread_best(eg_arena *arena, const eg_best *best, eg_hits *hits);
/* For its seeds; without any, for the seeds that need most. NaN without memory to sort the arcs. */
EG_API double eg_spread_best_bytes(const eg_best *best);

enum eg_curve {
    EG_EXPONENTIAL, EG_HALFLIFE, EG_POWER, EG_POWER1, /* eg_decay: a and b will do */
    EG_SAVINGS1885, EG_WICKELGREN, EG_TWO_EXP, EG_MEMORY_CHAIN, EG_FSRS /* eg_decay_by_curve */
};
enum eg_age_type { EG_AGE_F64, EG_AGE_U64, EG_AGE_F32 };

/*
 * out[i] = strengths[i] * R(ages[i] * age_scale). EG_EXPONENTIAL: a is the time
 * constant; EG_HALFLIFE: a is the half-life; EG_POWER: a * t^-b, at most 1;
 * EG_POWER1: a * (1 + t)^-b, at most 1. Ages and parameters share one unit after scaling.
 * floor: a fall below it stops there (strengths already below it stay).
 * each: arrays of a, b, c, d, e, one for each item; NULL where one number is for all. They are
 * doubles (EG_AGE_F64) or floats (EG_AGE_F32), by each_type.
 * fast: not 0 lets the curves of eg_decay be off as far as kernels/decay.c says, and no further.
 */
typedef struct eg_decay_options {
    int curve, age_type;
    const void *ages;
    uint32_t count;
    double age_scale, a, b, floor;
    const void *each[5];
    int each_type, fast;
} eg_decay_options;
/* out may be strengths itself, or must not overlap it. EG_STOPPED is the one failure that may
 * leave its mark: the first items, a multiple of 65,536, are decayed then. */
EG_API int eg_decay(eg_arena *arena, const eg_decay_options *options, const float *strengths,
                    float *out);

/*
 * The same for every curve; at most 1, too. EG_SAVINGS1885: a is k, b is c, t in minutes;
 * EG_WICKELGREN: a (1 + b t)^-c; EG_TWO_EXP: a (b e^(-t/c) + (1 - b) e^(-t/d)) + e;
 * EG_MEMORY_CHAIN: a, b are the mu, c, d the rates of loss of the two stores; EG_FSRS: a is the
 * stability (R(a) = 0.9), b the exponent.
 */
typedef struct eg_curve_options {
    eg_decay_options items;
    double c, d, e;
} eg_curve_options;
EG_API int eg_decay_by_curve(eg_arena *arena, const eg_curve_options *options,
                             const float *strengths, float *out);
/* R itself, in double, of one curve for all. NaN for what eg_decay_by_curve calls invalid. */
EG_API double eg_retention(const eg_curve_options *options, double age);
/* The last age with so much retention: NaN when there is never as much or an
 * argument is invalid, infinity when there always is. */
EG_API double eg_interval(const eg_curve_options *options, double retention);

/* The instruction set in use; and the choice of another by name ("scalar", "neon", "avx2",
 * "avx512", "avx512_vnni", "avx512_bf16"), before any kernel runs: EG_INVALID for one this
 * CPU or build lacks. eg_isa_list answers the usable ones, best first, separated by blanks. */
EG_API const char *eg_isa_name(void);
EG_API const char *eg_isa_list(void);
EG_API int eg_isa_use(const char *name);

/* ---- Scheduling models -------------------------------------------------- */

/* FSRS: version is 4, 4.5, 5 or 6, of the weights the first eg_fsrs_weights(version) count. */
typedef struct eg_fsrs {
    double version;
    double weights[21];
} eg_fsrs;
EG_API int eg_fsrs_weights(double version);
/* The exponent of its forgetting curve, which is EG_FSRS; NaN for an invalid model. */
EG_API double eg_fsrs_decay(const eg_fsrs *model);

/* One review each of count memories, in place: grades are 1 to 4, days since the last review
 * count from 0. A stability and difficulty of 0 both stand for a memory that is new. */
typedef struct eg_reviews {
    uint32_t count;
    const double *grades, *days;
    double *stabilities, *difficulties;
} eg_reviews;
/* EG_INVALID also where a memory, a grade or days are outside their range. */
EG_API int eg_fsrs_review(eg_arena *arena, const eg_fsrs *model, const eg_reviews *reviews);

/* ---- Latency ----------------------------------------------------------- */

typedef struct eg_histogram eg_histogram;

/* Nanoseconds in buckets at most 1 % wide, from 1 ns to 1 h. */
EG_API eg_histogram *eg_histogram_new(void);
EG_API void eg_histogram_free(eg_histogram *histogram);
EG_API void eg_histogram_record(eg_histogram *histogram, uint64_t ns);
EG_API void eg_histogram_merge(eg_histogram *into, const eg_histogram *from);
/* Takes off what was in an earlier copy of the same: what came in between is left. Its least
 * and greatest value are known to their bucket. */
EG_API void eg_histogram_subtract(eg_histogram *from, const eg_histogram *earlier);
EG_API double eg_histogram_count(const eg_histogram *histogram);
EG_API double eg_histogram_min(const eg_histogram *histogram);
EG_API double eg_histogram_max(const eg_histogram *histogram);
EG_API double eg_histogram_mean(const eg_histogram *histogram);
EG_API double eg_histogram_stddev(const eg_histogram *histogram);
/* The least recorded value that percent of all values do not exceed, to the
 * bucket; within [min, max]. 0 for an empty histogram. */
EG_API double eg_histogram_percentile(const eg_histogram *histogram, double percent);
/* The buckets that hold something, from the one numbered first on, room of them at most:
 * answers how many. Each with its number, its middle in nanoseconds, and what it holds. */
typedef struct eg_bucket {
    double number, ns, count;
} eg_bucket;
EG_API uint32_t eg_histogram_buckets(const eg_histogram *histogram, uint32_t first,
                                     eg_bucket *found, uint32_t room);

/* ---- Machine ----------------------------------------------------------- */

/* "tsc" or "clock_gettime": where time stamps come from. */
EG_API const char *eg_clock_name(void);
/* Nanoseconds of the system's monotonic clock. */
EG_API double eg_clock_ns(void);
/* Cores this process may use, by affinity and cgroup quota. */
EG_API int eg_cores(void);
/* The CPUs this process may use, ascending, room of them at most: answers how many. */
EG_API int eg_cpus(int *cpus, int room);
/* What engram itself adds to each event, measured now, in nanoseconds. */
EG_API double eg_overhead_ns(void);

typedef struct eg_usage {
    double max_rss_bytes, user_s, system_s;
} eg_usage;
EG_API void eg_usage_read(eg_usage *usage);

/* What a path leads to, behind symbolic links; a pipe, a device or a socket is a stream. None:
 * also what may not be looked at. */
enum eg_path_kind { EG_PATH_NONE, EG_PATH_FILE, EG_PATH_FOLDER, EG_PATH_STREAM };
EG_API int eg_path_kind(const char *path);
/* The text of a symbolic link, without a zero behind it: its length; -1 for what is no link, or
 * one as long as room. */
EG_API int eg_path_link(const char *path, char *target, uint32_t room);
/* Who may do what with one file, for another: not 0 when it is done. */
EG_API int eg_path_copy_mode(const char *from, const char *to);

/* Not 0 when the file descriptor is a terminal. */
EG_API int eg_is_terminal(int descriptor);
/* Ends the process now, without joining anyone. */
EG_API void eg_exit(int code);

/* ---- Worker: what the event loop of a thread calls ---------------------- */

typedef struct eg_worker eg_worker;

/* Ends the running event, rewinds, decides, and starts the next: answers its
 * number, or -1 when this thread is to stop. */
EG_API double eg_next(eg_worker *worker);
/* The running event has failed. Follow it with eg_next. */
EG_API void eg_event_failed(eg_worker *worker);
/* The running event was cut short by the end of the run and does not count. */
EG_API void eg_event_void(eg_worker *worker);
/* The running event is of this operation of the mix, from 1 on. */
EG_API int eg_event_operation(eg_worker *worker, int operation);
/* The running event is a batch: answers of how many, with the numbers from its own on. They
 * are so many that the clock costs a hundredth of it at most; each gets its share of the time. */
EG_API double eg_event_batch(eg_worker *worker);
EG_API eg_arena *eg_worker_arena(eg_worker *worker);
EG_API eg_random *eg_worker_random(eg_worker *worker);
EG_API int eg_worker_id(const eg_worker *worker);
/* The payload the host made for every worker, and this worker's answer. */
EG_API const char *eg_worker_payload(const eg_worker *worker, double *bytes);
EG_API int eg_worker_answer(eg_worker *worker, const char *text, size_t bytes);
/* Ends the whole run for a reason from eg_stop_reason. */
EG_API void eg_worker_stop(eg_worker *worker, int reason);

/* ---- Pool: the host's side of a run ------------------------------------- */

typedef struct eg_pool eg_pool;

enum eg_allocator { EG_THREAD, EG_SHARED, EG_MALLOC };
enum eg_stop_reason {
    EG_STOP_NONE, EG_STOP_DURATION, EG_STOP_EVENTS, EG_STOP_SCRIPT, EG_STOP_INTERRUPTED,
    EG_STOP_ERROR, EG_STOP_STUCK
};
enum eg_phase { EG_STARTING, EG_RUNNING, EG_ENDED, EG_STUCK };

/* seconds that lead from the value before to this one, in a straight line: events per second of
 * all threads, or threads at work (EG_STAGES_THREADS). */
typedef struct eg_stage {
    double seconds, value;
} eg_stage;
enum eg_stages_of { EG_STAGES_NONE, EG_STAGES_RATE, EG_STAGES_THREADS };

/* How the events of an open loop arrive: evenly, or as a Poisson process per thread. */
enum eg_arrival { EG_ARRIVAL_CONSTANT, EG_ARRIVAL_POISSON };

/* A Lua module: its name, and its source or bytecode. */
typedef struct eg_module {
    const char *name, *code;
    size_t bytes;
} eg_module;

typedef struct eg_pool_options {
    int threads;
    size_t arena_bytes;
    int arena_policy, arena_zero, allocator;
    double events;     /* 0: no limit */
    double duration_s; /* 0: no limit */
    double grace_s;
    double warmup_s, warmup_events; /* before anything is counted: one of them, or 0 */
    double rate;                    /* events per second of all threads; 0: as fast as they can */
    int arrival, stages_of, stage_count;
    const eg_stage *stages; /* must outlive the pool */
    int operations;         /* of a mix, at most 64; 0 for none */
    double batch_ns;        /* how long a batch should last at least; 0: no batches */
    const int32_t *cpus;    /* the one that each thread is bound to, or NULL; read at the start */
    double seed;
    double max_errors; /* < 0: all */
    /* Read by every worker: these must outlive the pool. */
    const char *payload;
    size_t payload_bytes;
    const eg_module *modules; /* what each Lua state finds before any file */
    size_t module_count;
    const char *lua_path, *lua_cpath;
} eg_pool_options;

/* elapsed_s: of what is measured, 0 while all warm up. */
typedef struct eg_progress {
    double elapsed_s, events, errors, high_water, capacity, overflows, started, ended;
    double warmup_events;
} eg_progress;

/*
 * What an open loop adds to a thread's report, and the warm-up to any. latency counts from when
 * an event was due, service from when it began, lag is what lies between. late: events that
 * began more than a millisecond after they were due; backlog: those due that never began.
 * batch: events in the last batch; 1 without batches.
 */
typedef struct eg_load {
    const eg_histogram *service, *lag; /* NULL without a rate */
    double late, backlog, warmup_events, warmup_errors, batch;
} eg_load;

typedef struct eg_thread_report {
    double events, errors;
    int state; /* an eg_phase: EG_ENDED, or EG_STUCK when the thread was given up */
    int phase; /* how far it got: EG_STARTING, EG_RUNNING, or EG_ENDED after its last event */
    const eg_histogram *latency; /* NULL for a stuck thread */
    eg_load load;
    eg_arena_stats arena;
    const char *answer; /* what the worker answered, or NULL */
    size_t answer_bytes;
    const char *failure; /* why its Lua state never got as far as the loop, or NULL */
} eg_thread_report;

/* Starts every thread; they wait at the start line until all are ready. NULL,
 * with a message in error, when one can not be started. */
EG_API eg_pool *eg_pool_new(const eg_pool_options *options, char *error, size_t error_bytes);
/* Waits at most ms; answers an eg_phase. Signals caught meanwhile stop the run. */
EG_API int eg_pool_wait(eg_pool *pool, double ms);
EG_API void eg_pool_stop(eg_pool *pool, int reason);
EG_API int eg_pool_stop_reason(const eg_pool *pool);
EG_API double eg_pool_elapsed_s(const eg_pool *pool);
EG_API void eg_pool_progress(const eg_pool *pool, eg_progress *progress);
/* Adds the latencies so far of all threads: at any time. They are at most 0.1 s old. */
EG_API void eg_pool_latency(const eg_pool *pool, eg_histogram *into);
/* thread counts from 1. Only once the run ended or is stuck. */
EG_API void eg_pool_thread(const eg_pool *pool, int thread, eg_thread_report *report);
/* Of one operation of a mix, both from 1 on. Only for a thread that has ended. */
typedef struct eg_operation_report {
    const eg_histogram *latency;
    double errors;
} eg_operation_report;
EG_API int eg_pool_operation(const eg_pool *pool, int thread, int operation,
                             eg_operation_report *report);
/* Joins the threads and frees all; threads that are stuck are given up with
 * whatever they use, and then the answer is their number. */
EG_API int eg_pool_free(eg_pool *pool);

/* From now on SIGINT and SIGTERM stop the run at hand; a second one ends the
 * process at once. eg_signal_caught answers the number of the first, or 0. */
EG_API void eg_signals_catch(void);
EG_API int eg_signal_caught(void);

#endif
