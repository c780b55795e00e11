/*
 * Cells: how a row keeps its numbers, by the type of its matrix.
 *
 * EG_F32   float, as given.
 * EG_F16   IEEE 754 binary16: 11 bits, 6e-8 to 65504; what is larger becomes infinite.
 * EG_BF16  the upper half of a float: 8 bits, float's range.
 * EG_I8    -127 to 127 steps; a step is 1/127 of the largest number of the row.
 * EG_BITS  eight to a byte, the first in the lowest bit: whether the number is above 0.
 *
 * Rounding is to nearest, ties to even; NaN stays NaN, but for bits, where it is 0.
 * A step of NaN says that the row was given NaN or an infinity: it then is NaN
 * as a whole. Rows are padded with zeros to whole cache lines.
 *
 * Thread:  any.
 * Errors:  none. first must be a multiple of 8 where bits are written.
 */
#ifndef EG_CELLS_H
#define EG_CELLS_H

#include "runtime/base.h"

enum { CELLS_CHUNK = 256 };

/* The bytes of one element of a row: of a cell, or of eight bits. */
size_t cells_element_bytes(int type);

/* The elements of a padded row of dims cells. */
size_t cells_stride(int type, size_t dims);

/* What one step of a row stands for, and 1 for all types but EG_I8. most: its largest size. */
double cells_step(int type, double most);
/* The way back, of EG_I8. */
double cells_most(double step);

/* count cells of a row, from first on. */
void cells_read(int type, const void *row, size_t first, size_t count, double step, float *out);
void cells_write(int type, void *row, size_t first, size_t count, double step, const float *in);

/* One cell, in double: a whole number of steps need not be a float. */
double cells_get(int type, const void *row, size_t i, double step);

/* The sum of the squares of count cells in double, in steps; of bits how many are set. */
double cells_square(int type, const void *row, size_t count);

#endif
