#include "kernels/files/edge_text.h"

#include "kernels/files/number.h"

#include <math.h>

/* So many nodes are fine in any case, and so many for each edge: else a single huge number
 * would ask for gigabytes. */
enum { NODES_UNASKED = 1 << 24, NODES_PER_EDGE = 64, ID_SHOWN = 24 };

/* ---- Complaints ---- */

bool edge_refuse(edge_text *self, const char *before, field found, const char *behind)
{
    char excerpt[READING_EXCERPT];
    size_t bytes = (size_t)(found.end - found.at);
    const char *shown = bytes > 0 ? reading_excerpt(excerpt, found.at, bytes) : "\"\"";
    (void)reading_refuse(&self->base, "line %.0f: %s%s%s", (double)self->lines.number, before,
                         shown, behind);
    return false;
}

static bool refuse_low(edge_text *self, field id)
{
    size_t bytes = (size_t)(id.end - id.at);
    (void)reading_refuse(&self->base, "line %.0f: id %.*s is below %u",
                         (double)self->lines.number, (int)(bytes < ID_SHOWN ? bytes : ID_SHOWN),
                         id.at, self->first);
    return false;
}

static bool refuse_high(edge_text *self, field id, uint64_t value)
{
    char excerpt[READING_EXCERPT];
    bool from_one = self->is_told && self->first == 0 && !self->has_zero &&
                    value == self->ids && value > 0;
    (void)reading_refuse(&self->base, "line %.0f: id %s is above %.0f%s",
                         (double)self->lines.number,
                         reading_excerpt(excerpt, id.at, (size_t)(id.end - id.at)),
                         (double)self->first + self->ids - 1,
                         from_one ? "; base = 1 would count from 1" : "");
    return false;
}

/* ---- Fields ---- */

static bool is_negative(field id)
{
    uint64_t value;
    return id.at < id.end && *id.at == '-' && number_unsigned(id.at + 1, id.end, &value) == id.end;
}

bool edge_id(edge_text *self, field id, uint32_t *index)
{
    uint64_t value = 0;
    if (number_unsigned(id.at, id.end, &value) != id.end) {
        if (is_negative(id)) return refuse_low(self, id);
        return edge_refuse(self, "an id expected, found ", id, "");
    }
    if (value < self->first) return refuse_low(self, id);
    if (value - self->first >= self->ids) return refuse_high(self, id, value);
    if (value == 0) self->has_zero = true;
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

bool edge_weight(edge_text *self, field weight, const char *behind, float *value)
{
    if (!is_finite(weight) || number_float(weight.at, weight.end, value) != weight.end) {
        return edge_refuse(self, "a weight expected, found ", weight, behind);
    }
    if (isinf(*value)) return edge_refuse(self, "weight ", weight, " is beyond a float");
    return true;
}

int edge_fields(const edge_text *self, field fields[EDGE_FIELDS], field *rest)
{
    const char *end = self->lines.end, *at = self->lines.line, *start;
    int count = 0;
    for (int i = 0; i < EDGE_FIELDS; i++) fields[i] = (field){end, end};
    *rest = (field){end, end};
    while ((start = lines_field(at, end, &at))) {
        if (count == 0 && (*start == '#' || *start == '%')) return 0;
        if (count == EDGE_FIELDS) {
            rest->at = start;
            return count;
        }
        fields[count++] = (field){start, at};
    }
    return count;
}

/* ---- Lines ---- */

int edge_lines(edge_text *self, bool (*take)(edge_text *self))
{
    reading *base = &self->base;
    double stop = base->shown.done_bytes + READING_PIECE;
    int come = LINES_LINE;
    while (come == LINES_LINE && lines_done_bytes(&self->lines) < stop) {
        come = lines_next(&self->lines);
        if (come != LINES_LINE || take(self)) continue;
        return base->shown.complaint ? EG_READ_REFUSED : EG_READ_NO_MEMORY;
    }
    base->shown.done_bytes = lines_done_bytes(&self->lines);
    if (come == LINES_LINE) return EG_READ_MORE;
    if (come == LINES_NONE) return EG_READ_DONE;
    return reading_refuse(base, "line %.0f: a line of more than 64K is no edge",
                          (double)self->lines.number);
}

bool edge_nodes_fit(uint64_t nodes, uint64_t edges)
{
    return nodes <= NODES_UNASKED || nodes / NODES_PER_EDGE <= edges;
}

static void edge_close(reading *base)
{
    gathering_close(&((edge_text *)base)->arcs);
}

void *edge_open(size_t bytes, eg_file *file, int (*step)(reading *self),
                const eg_arc_options *options)
{
    edge_text *self = reading_open(bytes, file, step, edge_close);
    if (!self) return NULL;
    lines_start(&self->lines, file, EDGE_LINE_BYTES);
    if (gathering_open(&self->arcs, options)) return self;
    eg_reading_close(&self->base.shown);
    return NULL;
}
