/*
 * arrays: rows of numbers as binary files hold them.
 *
 * What kernels can read where it stands is mapped; all else is copied row by row, in pieces,
 * as its own type where a matrix has that and as floats where it has not.
 */
#include "kernels/files/reading.h"

#include "kernels/files/binary.h"
#include "kernels/matrix.h"
#include "runtime/mapping.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

typedef struct arrays {
    reading base;
    eg_rows rows;
    const uint8_t *first; /* where the first row stands */
    bool copied;
    uint32_t row, column; /* what comes next */
} arrays;

/* Numbers are converted this many at a time, and looked at again only if one is too large. */
enum { BLOCK = 1024, FLOAT_EXACT = 1 << 24 };

/* The type that keeps them all as they are, or else EG_F32. */
static int type_of(int number)
{
    switch (number) {
    case EG_NUMBER_F16: return EG_F16;
    case EG_NUMBER_BF16: return EG_BF16;
    case EG_NUMBER_I8: return EG_I8;
    default: return EG_F32;
    }
}

/* ---- Numbers ---- */

/* The loop of each type by itself, so that the compiler puts it side by side. */
static inline void each_number(int number, const uint8_t *from, size_t count, double *out)
{
    size_t bytes = binary_bytes(number);
    for (size_t i = 0; i < count; i++) out[i] = binary_value(number, from + i * bytes);
}

static void in_double(int number, const uint8_t *from, size_t count, double *out)
{
    switch (number) {
    case EG_NUMBER_U8: each_number(EG_NUMBER_U8, from, count, out); break;
    case EG_NUMBER_I16: each_number(EG_NUMBER_I16, from, count, out); break;
    case EG_NUMBER_U16: each_number(EG_NUMBER_U16, from, count, out); break;
    case EG_NUMBER_I32: each_number(EG_NUMBER_I32, from, count, out); break;
    case EG_NUMBER_U32: each_number(EG_NUMBER_U32, from, count, out); break;
    case EG_NUMBER_I64: each_number(EG_NUMBER_I64, from, count, out); break;
    case EG_NUMBER_U64: each_number(EG_NUMBER_U64, from, count, out); break;
    default: each_number(EG_NUMBER_F64, from, count, out);
    }
}

/* Whole numbers that a float has no place for, and doubles that it would make infinite. */
static bool is_too_large(int number, double x)
{
    if (number != EG_NUMBER_F64) return fabs(x) > FLOAT_EXACT;
    return isfinite(x) && isinf((float)x);
}

/* Whether any number of a block may be too large. */
static bool may_be_too_large(int number, const double *block, size_t count)
{
    double limit = number == EG_NUMBER_F64 ? FLT_MAX : FLOAT_EXACT;
    bool beyond = false;
    for (size_t i = 0; i < count; i++) beyond |= fabs(block[i]) > limit;
    return beyond;
}

static int refuse_number(arrays *self, uint32_t column, const uint8_t *from, double x)
{
    bool whole = self->rows.number != EG_NUMBER_F64;
    return reading_refuse(&self->base, "byte %.0f: %.17g found in row %" PRIu32 ", column %" PRIu32
                          ", %s expected", (double)(from - (const uint8_t *)
                          self->base.file->bytes), x, self->row + 1, column + 1,
                          whole ? "whole numbers within 2^24, which a float keeps exactly,"
                                : "numbers within the range of a float");
}

/* Puts count numbers, which follow each other, into the row at hand. */
static int convert(arrays *self, const uint8_t *from, uint32_t count)
{
    int number = self->rows.number;
    size_t bytes = binary_bytes(number);
    float *out = (float *)matrix_row(self->base.matrix, self->row) + self->column;
    double block[BLOCK];
    for (uint32_t done = 0; done < count; done += BLOCK) {
        uint32_t n = count - done < BLOCK ? count - done : BLOCK;
        in_double(number, from + done * bytes, n, block);
        bool beyond = may_be_too_large(number, block, n);
        for (uint32_t i = 0; BASE_UNLIKELY(beyond) && i < n; i++) {
            if (!is_too_large(number, block[i])) continue;
            return refuse_number(self, self->column + done + i, from + (done + i) * bytes,
                                 block[i]);
        }
        for (uint32_t i = 0; i < n; i++) out[done + i] = (float)block[i];
    }
    return EG_READ_MORE;
}

static int copy(arrays *self, const uint8_t *from, uint32_t count)
{
    size_t bytes = binary_bytes(self->rows.number);
    if (self->rows.number > EG_NUMBER_I8) return convert(self, from, count);
    char *row = matrix_row(self->base.matrix, self->row);
    memcpy(row + self->column * bytes, from, count * bytes);
    return EG_READ_MORE;
}

/* ---- Rows ---- */

static const uint8_t *row_at(const arrays *self, uint32_t row)
{
    return self->first + row * (size_t)self->rows.stride_bytes;
}

static int check_count(arrays *self)
{
    int32_t count;
    const uint8_t *from = row_at(self, self->row) - sizeof count;
    memcpy(&count, from, sizeof count);
    if (count == (int64_t)self->rows.dims) return EG_READ_MORE;
    return reading_refuse(&self->base, "byte %.0f: row %" PRIu32 " says that it has %" PRId32
                          " numbers, %" PRIu32 " expected as in the first", (double)
                          (from - (const uint8_t *)self->base.file->bytes), self->row + 1, count,
                          self->rows.dims);
}

/* What is left of the row at hand, but of a copied one at most room bytes. */
static int take_row(arrays *self, size_t room, size_t *taken)
{
    size_t bytes = binary_bytes(self->rows.number);
    int come = EG_READ_MORE;
    if (self->rows.counted && self->column == 0) come = check_count(self);
    uint32_t left = self->rows.dims - self->column, count = left;
    if (self->copied && room / bytes < left) count = (uint32_t)(room / bytes);
    if (self->copied && come == EG_READ_MORE) {
        come = copy(self, row_at(self, self->row) + self->column * bytes, count);
    }
    *taken = count * bytes;
    self->column = count < left ? self->column + count : 0;
    self->row += count == left;
    return come;
}

static int finish(arrays *self)
{
    self->base.shown.done_bytes = self->base.shown.total_bytes;
    return eg_matrix_freeze(self->base.matrix) == EG_OK ? EG_READ_DONE : EG_READ_NO_MEMORY;
}

static int step(reading *base)
{
    arrays *self = (arrays *)base;
    if (!base->matrix) return base->shown.complaint ? EG_READ_REFUSED : EG_READ_NO_MEMORY;
    if (!self->copied && !self->rows.counted) return finish(self);
    size_t room = READING_PIECE, taken;
    while (self->row < self->rows.rows && room >= sizeof(double)) {
        int come = take_row(self, room, &taken);
        if (come != EG_READ_MORE) return come;
        room -= taken < room ? taken : room;
        base->shown.done_bytes += (double)taken;
    }
    return self->row < self->rows.rows ? EG_READ_MORE : finish(self);
}

/* ---- Opening ---- */

static bool lies_within(arrays *self)
{
    const eg_rows *rows = &self->rows;
    double row_bytes = (double)rows->dims * (double)binary_bytes(rows->number);
    double bytes = rows->rows > 0 ? (rows->rows - 1.0) * rows->stride_bytes + row_bytes : 0;
    double before = rows->counted ? sizeof(int32_t) : 0;
    bool sound = rows->dims > 0 && rows->stride_bytes >= row_bytes + before &&
                 rows->offset_bytes >= before;
    self->first = sound ? mapping_part(self->base.file, rows->offset_bytes, bytes) : NULL;
    self->base.shown.total_bytes = rows->rows * row_bytes;
    if (self->first) return true;
    reading_refuse(&self->base, "byte %.0f: the file ends here; %" PRIu32 " rows of %" PRIu32
                   " numbers from byte %.0f on expected", self->base.file->size_bytes, rows->rows,
                   rows->dims, rows->offset_bytes);
    return false;
}

static eg_matrix *mapped(const arrays *self)
{
    const eg_rows *rows = &self->rows;
    double stride = rows->stride_bytes / (double)binary_bytes(rows->number);
    if (rows->number > EG_NUMBER_I8 || fmod(stride, 1) != 0 || stride > UINT32_MAX) return NULL;
    return eg_matrix_over(self->base.file, rows->offset_bytes, rows->rows, rows->dims,
                          (uint32_t)stride, type_of(rows->number));
}

static eg_matrix *empty(const arrays *self)
{
    eg_matrix *made = eg_matrix_of_type(self->rows.rows, self->rows.dims,
                                        type_of(self->rows.number));
    double *steps = made ? matrix_steps(made) : NULL;
    for (uint32_t r = 0; steps && r < made->rows; r++) steps[r] = 1;
    return made;
}

static void close_arrays(reading *base)
{
    (void)base;
}

eg_reading *eg_read_rows(eg_file *file, const eg_rows *rows)
{
    if (!file || rows->number < EG_NUMBER_F32 || rows->number > EG_NUMBER_F64) return NULL;
    arrays *self = reading_open(sizeof *self, file, step, close_arrays);
    if (!self) return NULL;
    self->rows = *rows;
    if (!lies_within(self)) return &self->base.shown;
    self->base.matrix = mapped(self);
    self->copied = !self->base.matrix;
    if (self->copied) self->base.matrix = empty(self);
    else if (!rows->counted) self->base.shown.total_bytes = 0;
    return &self->base.shown;
}
