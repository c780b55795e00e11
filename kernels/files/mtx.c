/*
 * Mtx: a sparse matrix as Matrix Market's coordinate format has it, taken for a graph: entry
 * (i, j) is the arc from node i to node j. https://math.nist.gov/MatrixMarket/formats.html
 *
 *    %%MatrixMarket matrix coordinate real symmetric
 *    % comments and empty lines
 *    3 3 2                  rows, columns, entries
 *    2 1 0.5                ids count from 1
 *    3 3 1
 *
 * Of a symmetric or skew-symmetric matrix only the lower triangle is there: each entry off the
 * diagonal is two arcs.
 */
#include "kernels/files/edge_text.h"
#include "kernels/files/number.h"

#include <string.h>

enum fields { PATTERN, INTEGER, REAL };
enum symmetries { GENERAL, SYMMETRIC, SKEW };

typedef struct mtx {
    edge_text text;
    int fields, symmetry;
    bool has_sizes;
    uint64_t entries, taken;
} mtx;

/* ---- The first line ---- */

static bool is_word(field found, const char *word)
{
    size_t bytes = (size_t)(found.end - found.at);
    if (bytes != strlen(word)) return false;
    for (size_t i = 0; i < bytes; i++) {
        char byte = found.at[i];
        if (byte >= 'A' && byte <= 'Z') byte = (char)(byte - 'A' + 'a');
        if (byte != word[i]) return false;
    }
    return true;
}

/* The place of a word among some, the last of which is NULL; -1 when it is none of them. */
static int place_of(field found, const char *const words[])
{
    for (int i = 0; words[i]; i++) {
        if (is_word(found, words[i])) return i;
    }
    return -1;
}

/* What is read there, one word after the other. */
static field next_word(const char **at, const char *end)
{
    field word = {end, end};
    const char *start = lines_field(*at, end, &word.end);
    if (start) word.at = start;
    *at = word.end;
    return word;
}

static bool take_banner(mtx *self)
{
    static const char *const fields[] = {"pattern", "integer", "real", "double", NULL};
    static const char *const symmetries[] = {"general", "symmetric", "skew-symmetric", NULL};
    edge_text *text = &self->text;
    const char *at = text->lines.line, *end = text->lines.end;
    field words[6];
    for (int i = 0; i < 6; i++) words[i] = next_word(&at, end);
    if (!is_word(words[0], "%%matrixmarket")) {
        return edge_refuse(text, "%%MatrixMarket expected, found ", words[0], "");
    }
    if (!is_word(words[1], "matrix")) {
        return edge_refuse(text, "matrix expected, found ", words[1], "");
    }
    if (!is_word(words[2], "coordinate")) {
        return edge_refuse(text, "coordinate expected, found ", words[2],
                           ": a matrix with all its cells is no graph");
    }
    self->fields = place_of(words[3], fields);
    self->symmetry = place_of(words[4], symmetries);
    if (self->fields < 0) {
        return edge_refuse(text, "pattern, integer or real expected, found ", words[3], "");
    }
    if (self->symmetry < 0) {
        return edge_refuse(text, "general, symmetric or skew-symmetric expected, found ", words[4],
                           "");
    }
    if (words[5].at < words[5].end) {
        return edge_refuse(text, "the end of the line expected, found ", words[5], "");
    }
    return true;
}

/* ---- Lines ---- */

static bool refuse_line(mtx *self, const char *before, const char *behind)
{
    const lines *at = &self->text.lines;
    return edge_refuse(&self->text, before, (field){at->line, at->end}, behind);
}

static bool is_count(field text, uint64_t *value)
{
    return text.at < text.end && number_unsigned(text.at, text.end, value) == text.end;
}

static bool take_sizes(mtx *self, const field fields[EDGE_FIELDS], int count)
{
    enum { ENTRY_BYTES_MIN = 4 }; /* the last may lack its line's end */
    edge_text *text = &self->text;
    uint64_t rows, columns;
    bool fits = is_count(fields[0], &rows) && is_count(fields[1], &columns) &&
                is_count(fields[2], &self->entries) && count == 3;
    if (!fits) return refuse_line(self, "\"rows columns entries\" expected, found ", "");
    if (rows != columns) return refuse_line(self, "as many rows as columns expected, found ", "");
    size_t room = (size_t)(text->lines.stop - text->lines.next + 1) / ENTRY_BYTES_MIN;
    if (self->entries > room) {
        return refuse_line(self, "entries that the file has room for expected, found ", "");
    }
    if (rows >= UINT32_MAX || !edge_nodes_fit(rows, self->entries)) {
        return refuse_line(self, "at most 64 rows for each entry expected, found ", "");
    }
    self->has_sizes = text->is_told = true;
    text->first = 1;
    text->ids = (uint32_t)rows;
    return true;
}

/* The third field is empty where there is none. */
static bool take_value(mtx *self, field value, float *weight)
{
    *weight = 1;
    if (self->fields == PATTERN) return true;
    int64_t whole;
    if (self->fields == INTEGER && number_signed(value.at, value.end, &whole) != value.end) {
        return edge_refuse(&self->text, "an integer expected, found ", value, "");
    }
    return edge_weight(&self->text, value, "", weight);
}

/* Of the lower triangle alone, where the upper one follows from it. */
static bool is_in_triangle(mtx *self, const gathered *arc)
{
    if (self->symmetry == SYMMETRIC && arc->from < arc->to) {
        return refuse_line(self, "an entry on or below the diagonal expected, found ", "");
    }
    if (self->symmetry == SKEW && arc->from <= arc->to) {
        return refuse_line(self, "an entry below the diagonal expected, found ", "");
    }
    return true;
}

static bool take_entry(mtx *self, const field fields[EDGE_FIELDS])
{
    edge_text *text = &self->text;
    gathered arc;
    bool fits = edge_id(text, fields[0], &arc.from) && edge_id(text, fields[1], &arc.to) &&
                take_value(self, fields[2], &arc.weight) && is_in_triangle(self, &arc);
    if (!fits || !gathering_add(&text->arcs, &arc)) return false;
    self->taken++;
    if (self->symmetry == GENERAL || arc.from == arc.to) return true;
    gathered mirrored = {.from = arc.to, .to = arc.from, .weight = arc.weight};
    if (self->symmetry == SKEW) mirrored.weight = -arc.weight;
    return gathering_add(&text->arcs, &mirrored);
}

static bool take_line(edge_text *text)
{
    mtx *self = (mtx *)text;
    if (text->lines.number == 1) return take_banner(self);
    field fields[EDGE_FIELDS], rest;
    int count = edge_fields(text, fields, &rest), wanted = self->fields == PATTERN ? 2 : 3;
    if (count == 0) return true;
    if (!self->has_sizes) return take_sizes(self, fields, count);
    if (self->taken == self->entries) {
        return refuse_line(self, "no more entries than were counted expected, found ", "");
    }
    if (count == wanted) return take_entry(self, fields);
    return refuse_line(self, wanted == 2 ? "\"row column\" expected, found "
                                         : "\"row column value\" expected, found ", "");
}

static int finish(mtx *self)
{
    reading *base = &self->text.base;
    double line = (double)self->text.lines.number;
    if (line == 0) {
        return reading_refuse(base, "line 1: %%%%MatrixMarket expected, the file is empty");
    }
    if (!self->has_sizes) {
        return reading_refuse(base, "line %.0f: the file ends without \"rows columns entries\"",
                              line);
    }
    if (self->taken < self->entries) {
        return reading_refuse(base, "line %.0f: the file ends here; %.0f entries expected, found "
                              "%.0f", line, (double)self->entries, (double)self->taken);
    }
    return gathering_graph(&self->text.arcs, self->text.ids, base, &base->graph);
}

static int mtx_step(reading *base)
{
    int come = edge_lines((edge_text *)base, take_line);
    return come == EG_READ_DONE ? finish((mtx *)base) : come;
}

/* ---- Public ---- */

eg_reading *eg_read_mtx(eg_file *file, const eg_arc_options *options)
{
    mtx *self = edge_open(sizeof *self, file, mtx_step, options);
    return self ? &self->text.base.shown : NULL;
}
