/*
 * Edges: an edge a line, "from to [weight]" or "from to kind", with blanks or tabs between;
 * lines that start with # or % are comments.
 */
#include "kernels/files/gathering.h"
#include "kernels/files/lines.h"
#include "kernels/files/number.h"

#include <math.h>
#include <string.h>

enum { LINE_BYTES = 1 << 16, ID_SHOWN = 24 };

/* So many nodes are fine in any case, and so many for each edge: unless their number is told, a
 * single huge id would ask for gigabytes. */
enum { NODES_UNASKED = 1 << 24, NODES_PER_EDGE = 64 };

typedef struct edges {
    reading base;
    lines lines;
    gathering arcs;
    uint32_t first; /* the least id */
    uint32_t ids;   /* how many there may be */
    bool is_told;   /* so many there are */
    uint32_t nodes; /* up to the highest id so far */
} edges;

typedef struct field {
    const char *at, *end;
} field;

/* ---- Complaints ---- */

/* before, what was found in quotes, after. */
static bool refuse(edges *self, const char *before, field found, const char *after)
{
    char excerpt[READING_EXCERPT];
    size_t bytes = (size_t)(found.end - found.at);
    const char *shown = bytes > 0 ? reading_excerpt(excerpt, found.at, bytes) : "\"\"";
    (void)reading_refuse(&self->base, "line %.0f: %s%s%s", (double)self->lines.number, before,
                         shown, after);
    return false;
}

static bool refuse_low(edges *self, field id)
{
    size_t bytes = (size_t)(id.end - id.at);
    (void)reading_refuse(&self->base, "line %.0f: id %.*s is below %u",
                         (double)self->lines.number, (int)(bytes < ID_SHOWN ? bytes : ID_SHOWN),
                         id.at, self->first);
    return false;
}

static bool refuse_high(edges *self, field id, uint64_t value)
{
    char excerpt[READING_EXCERPT];
    bool is_next = self->is_told && self->first == 0 && value == self->ids && value > 0;
    (void)reading_refuse(&self->base, "line %.0f: id %s is above %.0f%s",
                         (double)self->lines.number,
                         reading_excerpt(excerpt, id.at, (size_t)(id.end - id.at)),
                         (double)self->first + self->ids - 1,
                         is_next ? "; base = 1 would count from 1" : "");
    return false;
}

/* ---- Fields ---- */

static bool is_negative(field id)
{
    uint64_t value;
    return id.at < id.end && *id.at == '-' && number_unsigned(id.at + 1, id.end, &value) == id.end;
}

static bool take_id(edges *self, field id, uint32_t *index)
{
    uint64_t value = 0;
    if (number_unsigned(id.at, id.end, &value) != id.end) {
        if (is_negative(id)) return refuse_low(self, id);
        return refuse(self, "an id expected, found ", id, "");
    }
    if (value < self->first) return refuse_low(self, id);
    if (value - self->first >= self->ids) return refuse_high(self, id, value);
    *index = (uint32_t)(value - self->first);
    if (*index >= self->nodes) self->nodes = *index + 1;
    return true;
}

/* inf and nan are numbers, but no weights. */
static bool is_finite(field weight)
{
    const char *at = weight.at;
    if (at < weight.end && (*at == '+' || *at == '-')) at++;
    return at < weight.end && (*at == '.' || (*at >= '0' && *at <= '9'));
}

static bool take_weight(edges *self, field weight, float *value)
{
    if (!is_finite(weight) || number_float(weight.at, weight.end, value) != weight.end) {
        return refuse(self, "a weight expected, found ", weight, "; kinds need options.weights");
    }
    if (isinf(*value)) return refuse(self, "weight ", weight, " is beyond a float");
    return true;
}

static bool take_kind(edges *self, field kind, gathered *arc)
{
    const char *why = gathering_name(&self->arcs, kind.at, (size_t)(kind.end - kind.at), arc);
    char after[READING_EXCERPT] = " ";
    return !why || refuse(self, "kind ", kind, strncat(after, why, sizeof after - 2));
}

/* ---- Lines ---- */

/* An edge; the third field is empty where there is none. */
static bool take_edge(edges *self, const field fields[3])
{
    gathered arc = {.weight = 1};
    bool has_kind = self->arcs.weighted || self->arcs.seen;
    bool has_weight = !has_kind && fields[2].at < fields[2].end;
    bool fits = take_id(self, fields[0], &arc.from) && take_id(self, fields[1], &arc.to) &&
                (!has_kind || take_kind(self, fields[2], &arc)) &&
                (!has_weight || take_weight(self, fields[2], &arc.weight));
    return fits && gathering_add(&self->arcs, &arc);
}

static bool take_line(edges *self)
{
    const char *end = self->lines.end, *at = self->lines.line;
    field fields[3] = {{end, end}, {end, end}, {end, end}}, more;
    int count = 0;
    while (count < 3 && (more.at = lines_field(at, end, &more.end))) {
        fields[count++] = more;
        at = more.end;
    }
    if (count == 0 || *fields[0].at == '#' || *fields[0].at == '%') return true;
    if (count == 1 || lines_field(at, end, &more.end)) {
        field line = {fields[0].at, end};
        return refuse(self, "\"from to [weight]\" expected, found ", line, "");
    }
    return take_edge(self, fields);
}

/* ---- Steps ---- */

static int finish(edges *self)
{
    uint32_t count = self->arcs.count;
    if (self->base.file->size_bytes == 0) {
        return reading_refuse(&self->base, "line 1: an edge expected, the file is empty");
    }
    if (count == 0 && !self->is_told) {
        return reading_refuse(&self->base, "line %.0f: the file ends without an edge",
                              (double)self->lines.number);
    }
    if (self->is_told) self->nodes = self->ids;
    uint64_t fine = (uint64_t)count * NODES_PER_EDGE;
    if (!self->is_told && self->nodes > NODES_UNASKED && self->nodes > fine) {
        return reading_refuse(&self->base, "%u edges name a node %.0f; say nodes = %u if there are "
                              "so many", count, (double)self->first + self->nodes - 1, self->nodes);
    }
    return gathering_graph(&self->arcs, self->nodes, &self->base, &self->base.graph);
}

static int edges_step(reading *base)
{
    edges *self = (edges *)base;
    double stop = base->shown.done_bytes + READING_PIECE;
    int come = LINES_LINE;
    while (come == LINES_LINE && lines_done_bytes(&self->lines) < stop) {
        come = lines_next(&self->lines);
        if (come != LINES_LINE || take_line(self)) continue;
        return base->shown.complaint ? EG_READ_REFUSED : EG_READ_NO_MEMORY;
    }
    base->shown.done_bytes = lines_done_bytes(&self->lines);
    if (come == LINES_LINE) return EG_READ_MORE;
    if (come == LINES_NONE) return finish(self);
    return reading_refuse(base, "line %.0f: a line of more than 64K is no edge",
                          (double)self->lines.number);
}

static void edges_close(reading *base)
{
    gathering_close(&((edges *)base)->arcs);
}

/* ---- Public ---- */

eg_reading *eg_read_edges(eg_file *file, const eg_arc_options *options, uint32_t base,
                          double nodes)
{
    edges *self = reading_open(sizeof *self, file, edges_step, edges_close);
    if (!self) return NULL;
    lines_start(&self->lines, file, LINE_BYTES);
    self->first = base;
    self->is_told = nodes >= 0;
    self->ids = self->is_told ? (uint32_t)nodes : UINT32_MAX;
    if (gathering_open(&self->arcs, options)) return &self->base.shown;
    eg_reading_close(&self->base.shown);
    return NULL;
}
