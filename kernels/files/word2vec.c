/*
 * word2vec's binary: a line with two counts, of rows and of the numbers in each; then for each
 * row its word, a blank, the numbers as little-endian floats and, from most writers, a line's
 * end. The floats lie anywhere, so they are copied.
 */
#include "kernels/files/number.h"
#include "kernels/files/reading.h"
#include "kernels/matrix.h"
#include "kernels/words.h"

#include <math.h>
#include <string.h>

enum { HEADER_LONGEST = 64, WORD_LONGEST = 1 << 16 };

static const uint64_t rows_max = UINT32_MAX - 1, dims_max = UINT32_MAX - 15;

typedef struct word2vec {
    reading base;
    const char *at, *end; /* where the next row begins, and the file ends */
    words_maker *words;
    uint32_t dims;
    uint64_t first, wanted;     /* rows asked for; wanted 0: all */
    uint64_t row, last, promised; /* the one at hand, where to stop, and how many there are */
} word2vec;

static double offset_of(const word2vec *self, const char *at)
{
    return (double)(at - (const char *)self->base.file->bytes);
}

static int refuse(word2vec *self, const char *at, const char *expected)
{
    char excerpt[READING_EXCERPT];
    size_t rest = (size_t)(self->end - at);
    if (rest > HEADER_LONGEST) rest = HEADER_LONGEST;
    return reading_refuse(&self->base, "byte %.0f: %s expected, found %s", offset_of(self, at),
                          expected, reading_excerpt(excerpt, at, rest));
}

/* ---- The first line ---- */

static bool read_header(word2vec *self, uint64_t *dims)
{
    size_t rest = (size_t)(self->end - self->at);
    const char *stop = memchr(self->at, '\n', rest < HEADER_LONGEST ? rest : HEADER_LONGEST);
    if (!stop) return false;
    const char *at = number_unsigned(self->at, stop, &self->promised);
    if (!at || at == stop || *at != ' ') return false;
    at = number_unsigned(at + 1, stop, dims);
    while (at && at < stop && (*at == ' ' || *at == '\r')) at++;
    if (at != stop) return false;
    self->at = stop + 1;
    return true;
}

/* Of each row there are at least a byte of its word, the blank and the numbers. */
static bool fits(const word2vec *self, uint64_t dims)
{
    uint64_t rest = (uint64_t)(self->end - self->at);
    return dims >= 1 && dims <= dims_max && self->promised <= rows_max &&
           self->promised <= rest / (2 + sizeof(float) * dims);
}

static int begin(word2vec *self)
{
    uint64_t dims;
    if (!read_header(self, &dims)) {
        return refuse(self, self->at, "a line with the counts of rows and of numbers in each");
    }
    if (!fits(self, dims)) {
        return reading_refuse(&self->base, "byte 0: %llu rows of %llu numbers found, which %.0f "
                              "bytes can not hold", (unsigned long long)self->promised,
                              (unsigned long long)dims, (double)(self->end - self->at));
    }
    self->dims = (uint32_t)dims;
    self->last = self->wanted > 0 ? self->first + self->wanted : self->promised;
    if (self->last > self->promised) {
        return reading_refuse(&self->base, "byte 0: rows %llu to %llu expected, found %llu rows",
                              (unsigned long long)self->first + 1, (unsigned long long)self->last,
                              (unsigned long long)self->promised);
    }
    self->words = words_start();
    self->base.matrix = eg_matrix_new((uint32_t)(self->last - self->first), self->dims);
    return self->words && self->base.matrix ? EG_READ_MORE : EG_READ_NO_MEMORY;
}

/* ---- Rows ---- */

static int refuse_end(word2vec *self)
{
    return reading_refuse(&self->base, "byte %.0f: the file ends within row %llu of %llu",
                          self->base.file->size_bytes, (unsigned long long)self->row + 1,
                          (unsigned long long)self->promised);
}

static int read_numbers(word2vec *self, const char *at)
{
    float *row = matrix_row(self->base.matrix, (size_t)(self->row - self->first));
    memcpy(row, at, self->dims * sizeof *row);
    for (uint32_t i = 0; i < self->dims; i++) {
        if (!isfinite(row[i])) {
            return reading_refuse(&self->base, "byte %.0f: a finite number expected, found %f",
                                  offset_of(self, at + i * sizeof *row), row[i]);
        }
    }
    return EG_READ_MORE;
}

/* A word, a blank and numbers. */
static int read_row(word2vec *self)
{
    const char *word = self->at;
    if (word < self->end && *word == '\n') word++;
    size_t rest = (size_t)(self->end - word);
    const char *blank = memchr(word, ' ', rest < WORD_LONGEST ? rest : WORD_LONGEST);
    if (!blank && rest < WORD_LONGEST) return refuse_end(self);
    if (!blank || blank == word || memchr(word, '\n', (size_t)(blank - word))) {
        return refuse(self, word, "a word and a blank");
    }
    size_t bytes = self->dims * sizeof(float);
    if ((size_t)(self->end - blank - 1) < bytes) return refuse_end(self);
    self->at = blank + 1 + bytes;
    if (self->row < self->first) return EG_READ_MORE;
    if (!words_add(self->words, word, (size_t)(blank - word))) return EG_READ_NO_MEMORY;
    return read_numbers(self, blank + 1);
}

/* Behind the last row: the end of the file, unless only a part was asked for. */
static int end_rows(word2vec *self)
{
    if (self->at < self->end && *self->at == '\n') self->at++;
    if (self->wanted == 0 && self->at < self->end) {
        return refuse(self, self->at, "the end of the file");
    }
    self->base.shown.done_bytes = self->base.shown.total_bytes;
    eg_matrix_freeze(self->base.matrix);
    self->base.words = words_finish(self->words);
    self->words = NULL;
    return self->base.words ? EG_READ_DONE : EG_READ_NO_MEMORY;
}

/* ---- Public ---- */

static int step(reading *base)
{
    word2vec *self = (word2vec *)base;
    int result = self->words ? EG_READ_MORE : begin(self);
    const char *start = self->at;
    while (result == EG_READ_MORE && self->at - start < READING_PIECE) {
        if (self->row == self->last) return end_rows(self);
        result = read_row(self);
        self->row++;
    }
    base->shown.done_bytes = offset_of(self, self->at);
    return result;
}

static void drop(reading *base)
{
    words_drop(((word2vec *)base)->words);
}

eg_reading *eg_read_word2vec(eg_file *file, uint32_t first, uint32_t count)
{
    word2vec *self = reading_open(sizeof *self, file, step, drop);
    if (!self) return NULL;
    self->at = file->bytes;
    self->end = self->at + (size_t)file->size_bytes;
    self->first = first;
    self->wanted = count;
    return &self->base.shown;
}
