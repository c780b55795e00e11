/*
 * Vectors as text, one a line: a word, and its numbers behind it. The first line may say how
 * many lines follow and how many numbers each has (word2vec); else the first line shows how
 * many numbers there are, and the lines are counted before any is read (GloVe).
 *
 * A word may hold blanks: the numbers are those at the end of the line, and a word with blanks
 * does not end with a number, so that no line with too many of them is taken for one.
 */
#include "kernels/files/lines.h"
#include "kernels/files/number.h"
#include "kernels/files/reading.h"
#include "kernels/matrix.h"
#include "kernels/words.h"

#include <inttypes.h>
#include <math.h>

enum { LINE_LONGEST = READING_PIECE };

/* Rows and numbers that a matrix can have. */
static const uint64_t rows_max = UINT32_MAX - 1, dims_max = UINT32_MAX - 15;

typedef struct vectors {
    reading base;
    lines at;
    int (*then)(struct vectors *self); /* what the next step does */
    words_maker *words;
    uint32_t dims;
    uint64_t first, wanted; /* rows asked for; wanted 0: all */
    uint64_t row, last;     /* the one at hand, and where to stop, counted from the file's first */
} vectors;

/* ---- A line ---- */

typedef struct field {
    const char *start, *end;
} field;

static bool is_number(field one)
{
    float value;
    return number_float(one.start, one.end, &value) == one.end;
}

/* The last field that ends before end, or none: then its start is NULL. */
static field last_field(const char *line, const char *end)
{
    while (end > line && lines_skip_blanks(end - 1, end) == end) end--;
    if (end == line) return (field){NULL, NULL};
    const char *start = end;
    while (start > line && lines_skip_blanks(start - 1, start) != start) start--;
    return (field){start, end};
}

/* How many numbers end the line, its first field apart, and the field before them. */
static uint32_t count_numbers(const lines *at, field *before)
{
    uint32_t count = 0;
    *before = last_field(at->line, at->end);
    while (before->start) {
        field next = last_field(at->line, before->start);
        if (!next.start || !is_number(*before)) break;
        *before = next;
        count++;
    }
    return count;
}

/* false unless dims finite numbers and nothing else lie there. */
static bool read_numbers(const char *at, const char *end, uint32_t dims, float *row)
{
    for (uint32_t i = 0; i < dims; i++) {
        const char *start = lines_skip_blanks(at, end);
        if (start == at) return false;
        at = number_float(start, end, &row[i]);
        if (!at || !isfinite(row[i])) return false;
    }
    return lines_skip_blanks(at, end) == end;
}

/* ---- Complaints ---- */

static unsigned long long number_of(const vectors *self)
{
    return self->at.number;
}

static int refuse_at(vectors *self, const char *expected, field found)
{
    char excerpt[READING_EXCERPT];
    return reading_refuse(&self->base, "line %llu, column %llu: %s expected, found %s",
                          number_of(self),
                          (unsigned long long)(found.start - self->at.line) + 1, expected,
                          reading_excerpt(excerpt, found.start,
                                          (size_t)(found.end - found.start)));
}

static int refuse_length(vectors *self)
{
    return reading_refuse(&self->base, "line %llu: more than %d bytes found, a word and its "
                          "numbers expected", number_of(self), LINE_LONGEST);
}

static int refuse_end(vectors *self)
{
    return reading_refuse(&self->base, "line %llu: the file ends after %llu rows, %llu expected",
                          number_of(self), (unsigned long long)self->row,
                          (unsigned long long)self->last);
}

static int refuse_infinite(vectors *self, const char *at)
{
    field each = {.end = at};
    while ((each.start = lines_field(each.end, self->at.end, &each.end)) != NULL) {
        float value = 0;
        (void)number_float(each.start, each.end, &value);
        if (!isfinite(value)) break;
    }
    return refuse_at(self, "a finite number", each);
}

/* Why the line at hand is no row. */
static int refuse_line(vectors *self)
{
    field before;
    uint32_t count = count_numbers(&self->at, &before);
    if (!before.start) {
        return reading_refuse(&self->base, "line %llu: a word and %" PRIu32 " numbers expected, "
                              "found nothing", number_of(self), self->dims);
    }
    bool is_first = !last_field(self->at.line, before.start).start;
    if (count < self->dims && !is_first) return refuse_at(self, "a number", before);
    if (count == self->dims) return refuse_infinite(self, before.end);
    return reading_refuse(&self->base, "line %llu: %" PRIu32 " numbers expected, found %" PRIu32,
                          number_of(self), self->dims, count);
}

/* ---- Rows ---- */

/* Blanks may be part of a word. */
static bool read_odd_line(vectors *self, float *row, field *word)
{
    field before;
    if (count_numbers(&self->at, &before) != self->dims) return false;
    word->end = before.end;
    return read_numbers(before.end, self->at.end, self->dims, row);
}

static int read_line(vectors *self)
{
    uint32_t index = (uint32_t)(self->row - self->first);
    float *row = matrix_row(self->base.matrix, index);
    field word;
    word.start = lines_field(self->at.line, self->at.end, &word.end);
    if (!word.start) return refuse_line(self);
    if (!read_numbers(word.end, self->at.end, self->dims, row) &&
        !read_odd_line(self, row, &word)) {
        return refuse_line(self);
    }
    bool ok = words_add(self->words, word.start, (size_t)(word.end - word.start));
    return ok ? EG_READ_MORE : EG_READ_NO_MEMORY;
}

static int finish(vectors *self)
{
    self->base.shown.done_bytes = self->base.shown.total_bytes;
    eg_matrix_freeze(self->base.matrix);
    self->base.words = words_finish(self->words);
    self->words = NULL;
    return self->base.words ? EG_READ_DONE : EG_READ_NO_MEMORY;
}

/* Behind the last row: the end of the file, unless only a part was asked for. */
static int end_rows(vectors *self)
{
    if (self->wanted > 0 || lines_next(&self->at) == LINES_NONE) return finish(self);
    return reading_refuse(&self->base, "line %llu: the end of the file expected after %llu rows",
                          number_of(self), (unsigned long long)self->last);
}

static int read_piece(vectors *self)
{
    double until = lines_done_bytes(&self->at) + READING_PIECE;
    int result = EG_READ_MORE;
    while (result == EG_READ_MORE && lines_done_bytes(&self->at) < until) {
        if (self->row == self->last) return end_rows(self);
        int come = lines_next(&self->at);
        if (come == LINES_NONE) return refuse_end(self);
        if (come == LINES_TOO_LONG) return refuse_length(self);
        if (self->row >= self->first) result = read_line(self);
        self->row++;
    }
    self->base.shown.done_bytes = lines_done_bytes(&self->at);
    return result;
}

/* ---- How many ---- */

/* Rows with so many numbers that so many bytes may hold: of each a word and a blank and a digit
 * for each number, at least, and the end of the line, which the last may lack. */
static uint64_t rows_in(double bytes, uint32_t dims)
{
    return ((uint64_t)bytes + 1) / (2 + 2 * (uint64_t)dims);
}

/* Where to stop, and the memory for it, in a file of so many lines. If these are more rows than
 * it can hold, the first line for which there is no memory is none, or one before. */
static int begin_rows(vectors *self, uint64_t rows)
{
    uint64_t most = rows_in(self->base.file->size_bytes, self->dims);
    uint64_t count = self->wanted > 0 ? self->wanted : rows;
    if (self->first + count > rows) {
        return reading_refuse(&self->base, "line %llu: rows %llu to %llu expected, found %llu rows",
                              number_of(self), (unsigned long long)self->first + 1,
                              (unsigned long long)(self->first + count),
                              (unsigned long long)rows);
    }
    if (count > most) count = most + 1;
    if (count > rows_max) return EG_READ_NO_MEMORY;
    self->last = self->first + count;
    self->words = words_start();
    self->base.matrix = eg_matrix_new((uint32_t)count, self->dims);
    self->then = read_piece;
    return self->words && self->base.matrix ? EG_READ_MORE : EG_READ_NO_MEMORY;
}

static int count_piece(vectors *self)
{
    double until = lines_done_bytes(&self->at) + READING_PIECE;
    while (lines_done_bytes(&self->at) < until) {
        bool is_enough = self->wanted > 0 && self->at.number == self->first + self->wanted;
        int come = is_enough ? LINES_NONE : lines_next(&self->at);
        if (come == LINES_TOO_LONG) return refuse_length(self);
        if (come == LINES_NONE) {
            int result = begin_rows(self, self->at.number);
            lines_start(&self->at, self->base.file, LINE_LONGEST);
            return result;
        }
    }
    return EG_READ_MORE;
}

/* Two counts and nothing else. */
static bool read_header(const vectors *self, uint64_t *rows, uint64_t *dims)
{
    const char *end = self->at.end, *at = lines_skip_blanks(self->at.line, end);
    const char *between = number_unsigned(at, end, rows);
    if (!between) return false;
    at = lines_skip_blanks(between, end);
    if (at == between) return false;
    at = number_unsigned(at, end, dims);
    return at && lines_skip_blanks(at, end) == end;
}

static int begin_header(vectors *self, uint64_t rows, uint64_t dims)
{
    double rest = self->base.file->size_bytes - lines_done_bytes(&self->at);
    bool is_fitting = dims >= 1 && dims <= dims_max && rows <= rows_in(rest, (uint32_t)dims);
    if (!is_fitting) {
        char excerpt[READING_EXCERPT];
        size_t bytes = (size_t)(self->at.end - self->at.line);
        return reading_refuse(&self->base, "line 1: rows and numbers in each that %.0f bytes can "
                              "hold expected, found %s", rest,
                              reading_excerpt(excerpt, self->at.line, bytes));
    }
    self->dims = (uint32_t)dims;
    return begin_rows(self, rows);
}

static int begin(vectors *self)
{
    lines_start(&self->at, self->base.file, LINE_LONGEST);
    int come = lines_next(&self->at);
    if (come == LINES_TOO_LONG) return refuse_length(self);
    uint64_t rows, dims;
    if (come == LINES_LINE && read_header(self, &rows, &dims)) {
        return begin_header(self, rows, dims);
    }
    field before;
    self->dims = count_numbers(&self->at, &before);
    if (!before.start) {
        return reading_refuse(&self->base, "line 1: a word and its numbers expected, found "
                              "nothing");
    }
    if (self->dims == 0) {
        return refuse_at(self, "a word and its numbers", (field){self->at.line, self->at.end});
    }
    self->then = count_piece;
    return EG_READ_MORE;
}

/* ---- Public ---- */

static int step(reading *base)
{
    vectors *self = (vectors *)base;
    return self->then(self);
}

static void drop(reading *base)
{
    words_drop(((vectors *)base)->words);
}

eg_reading *eg_read_vectors(eg_file *file, uint32_t first, uint32_t count)
{
    vectors *self = reading_open(sizeof *self, file, step, drop);
    if (!self) return NULL;
    self->then = begin;
    self->first = first;
    self->wanted = count;
    return &self->base.shown;
}
