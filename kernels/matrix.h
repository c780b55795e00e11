/*
 * Matrix: rows of numbers and, beside them, the length of each in double.
 *
 * The public half is in engram.h; this is what kernels need, and cells.h says how
 * a type keeps a number. A matrix of our own pads each row with zeros to whole
 * cache lines; a mapped one of floats has its rows as the file has them.
 *
 * Thread:  one owner until it is frozen, then any number of readers. Retain
 *          and release may be called by anyone at any time.
 * Errors:  NULL without memory, or with errno set where a file is involved.
 */
#ifndef EG_MATRIX_H
#define EG_MATRIX_H

#include "runtime/base.h"
#include "runtime/engram.h"

/* floats rounded up to ISA_LANES. */
size_t matrix_padded(size_t floats);

/*
 * The norm of every row, made now if need be, but of a mapped matrix: whoever is not told
 * that all are there asks for those of some rows before reading them, from any thread.
 * NULL when none can be kept, because the cells may be written at any time. A norm is not
 * finite exactly when a cell is not, and 0 exactly when all cells are. Of EG_I8 the norm is
 * counted in steps, and NaN for a broken row; of EG_BITS it is how many are set.
 */
const double *matrix_norms(eg_matrix *shown);
bool matrix_has_norms(const eg_matrix *shown);
void matrix_make_norms(const eg_matrix *shown, size_t first, size_t count);
double matrix_norm(const eg_matrix *shown, size_t row);

/* Whether some of its file is gone: then what was read may be zeros. */
bool matrix_is_lost(const eg_matrix *shown);

/* Whether rows of its file should be asked for before they are read in order, for the first
 * time or not; and that the rows of a block come next. See runtime/ahead.h. */
bool matrix_wants_read_ahead(const eg_matrix *shown, bool is_first);
void matrix_read_ahead(const eg_matrix *shown, size_t first, size_t count);

/* Elements of a row that may be read: its dims, and the zeros behind them if there are any. */
size_t matrix_width(const eg_matrix *shown);

/* Where row number row starts; its step, and all of them: NULL unless EG_I8 has others than 1. */
void *matrix_row(const eg_matrix *shown, size_t row);
double matrix_step(const eg_matrix *shown, size_t row);
double *matrix_steps(const eg_matrix *shown);

/* The panels of a packed matrix, one after the other, or NULL. */
const float *matrix_panels(const eg_matrix *shown);

#endif
