/*
 * convert: the rows of a matrix as another type, and single cells of any type.
 *
 * Every number passes through float, which all types fit into but for the last
 * bits of EG_I8's steps. A row goes chunk by chunk, and twice where its largest
 * number has to be known first.
 */
#include "kernels/cells.h"
#include "kernels/matrix.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static size_t chunk_at(const eg_matrix *matrix, size_t first)
{
    return matrix->dims - first < CELLS_CHUNK ? matrix->dims - first : CELLS_CHUNK;
}

static void read_chunk(const eg_matrix *matrix, size_t row, size_t first, float *out)
{
    cells_read((int)matrix->cell_type, matrix_row(matrix, row), first, chunk_at(matrix, first),
               matrix_step(matrix, row), out);
}

/* The largest size in a row: infinite or NaN as soon as a number is. */
static double most_of(const eg_matrix *matrix, size_t row)
{
    float cells[CELLS_CHUNK];
    double most = 0;
    for (size_t i = 0; i < matrix->dims; i += CELLS_CHUNK) {
        read_chunk(matrix, row, i, cells);
        for (size_t j = 0; j < chunk_at(matrix, i); j++) {
            double size = fabs((double)cells[j]);
            if (!(size <= most) && !isnan(most)) most = size;
        }
    }
    return most;
}

/* Comparing with NaN is false: what is not finite on either side is left out. */
static double furthest(const float *a, const float *b, size_t count, double most)
{
    for (size_t i = 0; i < count; i++) {
        double apart = fabs((double)a[i] - b[i]);
        if (apart > most) most = apart;
    }
    return most;
}

static double convert_row(const eg_matrix *from, eg_matrix *to, size_t row)
{
    float given[CELLS_CHUNK], kept[CELLS_CHUNK];
    int type = (int)to->cell_type;
    double most = 0, step = cells_step(type, type == EG_I8 ? most_of(from, row) : 0);
    if (type == EG_I8) matrix_steps(to)[row] = step;
    for (size_t i = 0; i < from->dims; i += CELLS_CHUNK) {
        size_t count = chunk_at(from, i);
        read_chunk(from, row, i, given);
        cells_write(type, matrix_row(to, row), i, count, step, given);
        read_chunk(to, row, i, kept);
        most = furthest(given, kept, count, most);
    }
    return most;
}

eg_matrix *eg_matrix_convert(const eg_matrix *matrix, int type, double *error)
{
    eg_matrix *made = matrix ? eg_matrix_of_type(matrix->rows, matrix->dims, type) : NULL;
    if (!made) return NULL;
    double most = 0;
    for (size_t r = 0; r < matrix->rows; r++) most = fmax(most, convert_row(matrix, made, r));
    if (error) *error = most;
    return made;
}

/* ---- Single cells ---- */

/* One NaN for all: LuaJIT takes some of the others for values that are no numbers. */
double eg_matrix_get(const eg_matrix *matrix, uint32_t row, uint32_t column)
{
    double cell = cells_get((int)matrix->cell_type, matrix_row(matrix, row), column,
                            matrix_step(matrix, row));
    return isnan(cell) ? NAN : cell;
}

double eg_matrix_step(const eg_matrix *matrix, uint32_t row)
{
    return matrix_step(matrix, row);
}

void eg_matrix_read(const eg_matrix *matrix, uint32_t row, float *out)
{
    for (size_t i = 0; i < matrix->dims; i += CELLS_CHUNK) read_chunk(matrix, row, i, out + i);
}

/* Of a row as a file has it, without padding. */
static size_t bytes_of_row(const eg_matrix *matrix, int type)
{
    size_t cells = type == EG_BITS ? ((size_t)matrix->dims + 7) / 8 : matrix->dims;
    return cells * cells_element_bytes(type);
}

void eg_matrix_export(const eg_matrix *matrix, uint32_t first, uint32_t count, int type, void *out)
{
    bool as_it_is = type == (int)matrix->cell_type;
    assert(as_it_is || type == EG_F32);
    size_t bytes = bytes_of_row(matrix, type);
    for (uint32_t i = 0; i < count; i++) {
        char *row = (char *)out + i * bytes;
        if (as_it_is) memcpy(row, matrix_row(matrix, (size_t)first + i), bytes);
        else eg_matrix_read(matrix, first + i, (float *)(void *)row);
    }
}

/* Bits beyond the last have to be 0, whatever stands in the file. */
static void clear_beyond(const eg_matrix *matrix, uint8_t *row)
{
    if (matrix->dims % 8 != 0) row[matrix->dims / 8] &= (uint8_t)((1u << matrix->dims % 8) - 1);
}

/* false for what is no step. */
static bool import_step(const char *from, double *step)
{
    double given;
    memcpy(&given, from, sizeof given);
    *step = isnan(given) ? NAN : given;
    return isnan(given) || (given >= 0 && isfinite((float)cells_most(given)));
}

uint32_t eg_matrix_import(eg_matrix *matrix, uint32_t first, uint32_t count, const void *in,
                          const void *steps)
{
    size_t bytes = bytes_of_row(matrix, (int)matrix->cell_type);
    uint32_t i = 0;
    for (; i < count; i++) {
        const char *step = steps ? (const char *)steps + i * sizeof(double) : NULL;
        if (step && !import_step(step, &matrix_steps(matrix)[first + i])) break;
        void *row = matrix_row(matrix, (size_t)first + i);
        memcpy(row, (const char *)in + i * bytes, bytes);
        if (matrix->cell_type == EG_BITS) clear_beyond(matrix, row);
    }
    eg_matrix_touch(matrix);
    return i;
}

/* Room for a size beyond what the row had; once broken it stays so. */
static void widen_steps(eg_matrix *matrix, size_t row, double size)
{
    float cells[CELLS_CHUNK];
    double *step = &matrix_steps(matrix)[row], wider = cells_step(EG_I8, size);
    if (isnan(*step) || wider <= *step) return;
    for (size_t i = 0; i < matrix->dims && !isnan(wider); i += CELLS_CHUNK) {
        read_chunk(matrix, row, i, cells);
        cells_write(EG_I8, matrix_row(matrix, row), i, chunk_at(matrix, i), wider, cells);
    }
    *step = wider;
}

static void set_bit(uint8_t *row, size_t i, bool on)
{
    uint8_t bit = (uint8_t)(1u << i % 8);
    row[i / 8] = (uint8_t)(on ? row[i / 8] | bit : row[i / 8] & ~bit);
}

void eg_matrix_set(eg_matrix *matrix, uint32_t row, uint32_t column, double value)
{
    float cell = (float)value;
    void *cells = matrix_row(matrix, row);
    if (matrix->cell_type == EG_BITS) {
        set_bit(cells, column, cell > 0);
        return;
    }
    if (matrix->cell_type == EG_I8) widen_steps(matrix, row, fabs((double)cell));
    cells_write((int)matrix->cell_type, cells, column, 1, matrix_step(matrix, row), &cell);
}
