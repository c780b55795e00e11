/*
 * Matrix: rows of numbers and, beside them, the length of each in double.
 *
 * The public half is in engram.h; this is what kernels need, and cells.h says how
 * a type keeps a number. A matrix of our own pads each row with zeros to whole
 * cache lines; a mapped one has its rows back to back, as the file has.
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
 * The norm of every row, made now if need be; NULL when none can be kept,
 * because the cells may be written at any time. A norm is not finite exactly
 * when a cell is not, and 0 exactly when all cells are. Of EG_I8 the norm is
 * counted in steps, and NaN for a broken row; of EG_BITS it is how many are set.
 */
const double *matrix_norms(eg_matrix *shown);
double matrix_norm(const eg_matrix *shown, size_t row);

/* Where row number row starts; its step, and all of them: NULL unless EG_I8. */
void *matrix_row(const eg_matrix *shown, size_t row);
double matrix_step(const eg_matrix *shown, size_t row);
double *matrix_steps(const eg_matrix *shown);

/* The panels of a packed matrix, one after the other, or NULL. */
const float *matrix_panels(const eg_matrix *shown);

#endif
