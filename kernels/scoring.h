/*
 * Scoring: the score of a query with one block of rows after the other. What
 * similarity keeps and what nearest chooses from.
 *
 * A score depends on the two vectors, the metric and the instruction set and
 * on nothing else. The sums are made in float; wherever float could overflow
 * or vanish the row is scored again in double. So a score is NaN only for a
 * row with a NaN or an infinity in it, or for a zero vector under EG_ZERO_NAN.
 *
 * Rows of EG_I8 and EG_BITS are scored in whole numbers, the same on every instruction
 * set. For EG_I8 the query is rounded to 1/16,256 of its largest number, for EG_BITS to
 * whether a number is above 0; the score is that of the rounded query.
 *
 * Thread:  one, that of the arena.
 * Errors:  an eg_status. Scratch is the caller's to rewind, on every way out.
 */
#ifndef EG_SCORING_H
#define EG_SCORING_H

#include "kernels/isa.h"
#include "kernels/poll.h"
#include "runtime/engram.h"

/* Rows per block. */
enum { SCORING_BLOCK = ISA_MASKED };

typedef struct scoring {
    isa_rows rows;             /* all that is to be scored; candidates lie in scratch. Of types
                                  other than EG_F32: stride, width and count alone */
    union {
        isa_halves halves;
        isa_bytes bytes;
        isa_bits bits;
    } other;                   /* the same for those */
    const char *cells;
    size_t row_bytes;
    const uint32_t *ids;       /* the candidates, or NULL */
    const double *norms;       /* by id; NULL when they have to be made per block */
    const eg_matrix *lazy_norms; /* whose norms have to be made first, or NULL */
    const eg_matrix *read_ahead; /* whose rows are asked for before they come, or NULL */
    const double *steps;       /* by id, of EG_I8 */
    const isa *kernels;
    double query_norm, query_step; /* as matrix_norms counts it */
    int metric, type;
    float zero_score;
    uint32_t zero_count, nan_count;
} scoring;

/* Whether a scan lies within the contract. */
int scoring_check(const eg_arena *arena, const eg_scan *scan);

/* The same for two, of which the second puts in order what the first finds. */
int scoring_check_pair(const eg_arena *arena, const eg_scan *scan, const eg_scan *exact);

/* How many scores a scan has. */
size_t scoring_count(const eg_scan *scan);

/* Copies the query, and the candidates if there are any, to scratch. */
int scoring_open(scoring *self, eg_arena *arena, const eg_scan *scan);

/* At most SCORING_BLOCK scores, from the one at first on. -0 is given as 0. */
void scoring_block(scoring *self, size_t first, size_t count, float *scores);

/* That those are read next; scoring_block does it by itself. */
void scoring_read_ahead(const scoring *self, size_t first, size_t count);

/* The same in two parts, for several queries and EG_F32: the query that comes next, padded
 * with zeros to ISA_LANES; and the scores from what dot or l2sq made of the rows. */
void scoring_set_query(scoring *self, const float *query, double norm);
void scoring_finish(scoring *self, size_t first, size_t count, float *scores);

/* Whether a score is a distance: the smaller the better. */
bool scoring_is_distance(int metric);

/* What was met on the way, judged by what the scan asks for. */
int scoring_verdict(const scoring *self, const eg_scan *scan);

/* ---- Between scoring.c and scoring_integer.c, which scores in whole numbers ---- */

/* The norms of a block: those that are kept, or else put into made. */
const double *scoring_norms(const scoring *self, size_t first, size_t count, double *made);

/* The cosine where a norm is 0 or not finite. */
float scoring_no_cosine(scoring *self, double norm);

/* Puts the query, rounded, into scratch: of EG_I8, or of EG_BITS. */
int integer_prepare(scoring *self, eg_arena *arena, const eg_scan *scan);
void integer_block(scoring *self, size_t first, size_t count, float *scores);

#endif
