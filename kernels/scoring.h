/*
 * Scoring: the score of a query with one block of rows after the other. What
 * similarity keeps and what nearest chooses from.
 *
 * A score depends on the two vectors, the metric and the instruction set and
 * on nothing else. The sums are made in float; wherever float could overflow
 * or vanish the row is scored again in double. So a score is NaN only for a
 * row with a NaN or an infinity in it, or for a zero vector under EG_ZERO_NAN.
 *
 * Thread:  one, that of the arena.
 * Errors:  an eg_status. Scratch is the caller's to rewind, on every way out.
 */
#ifndef EG_SCORING_H
#define EG_SCORING_H

#include "kernels/isa.h"
#include "runtime/engram.h"

/* Rows per block; rows between two looks at the stop flag, a multiple of it. */
enum { SCORING_BLOCK = ISA_MASKED, SCORING_POLL = 1 << 16 };

typedef struct scoring {
    isa_rows rows;             /* all that is to be scored; candidates lie in scratch */
    const uint32_t *ids;       /* the candidates, or NULL */
    const double *norms;       /* by id; NULL when they have to be made per block */
    const isa *kernels;
    double query_norm;
    int metric;
    float zero_score;
    uint32_t zero_count, nan_count;
} scoring;

/* Whether a scan lies within the contract. */
int scoring_check(const eg_arena *arena, const eg_scan *scan);

/* How many scores a scan has. */
size_t scoring_count(const eg_scan *scan);

/* Copies the query, and the candidates if there are any, to scratch. */
int scoring_open(scoring *self, eg_arena *arena, const eg_scan *scan);

/* At most SCORING_BLOCK scores, from the one at first on. -0 is given as 0. */
void scoring_block(scoring *self, size_t first, size_t count, float *scores);

/* What was met on the way, judged by what the scan asks for. */
int scoring_verdict(const scoring *self, const eg_scan *scan);

#endif
