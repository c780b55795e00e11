/*
 * Edges: an edge a line, "from to [weight]" or "from to kind [weight]", with blanks or tabs
 * between; lines that start with # or % are comments.
 */
#include "kernels/files/edge_text.h"

#include <string.h>

static bool take_kind(edge_text *self, field kind, gathered *arc)
{
    const char *why = gathering_name(&self->arcs, kind.at, (size_t)(kind.end - kind.at), arc);
    char behind[READING_EXCERPT] = " ";
    return !why || edge_refuse(self, "kind ", kind, strncat(behind, why, sizeof behind - 2));
}

/* Fields are empty where there are no more. */
static bool take_edge(edge_text *self, const field fields[EDGE_FIELDS])
{
    gathered arc = {.weight = 1};
    bool has_kind = self->arcs.weighted || self->arcs.seen;
    field weight = fields[has_kind ? 3 : 2];
    bool fits = edge_id(self, fields[0], &arc.from) && edge_id(self, fields[1], &arc.to) &&
                (!has_kind || take_kind(self, fields[2], &arc)) &&
                (weight.at == weight.end ||
                 edge_weight(self, weight, has_kind ? "" : "; kinds need options.weights",
                             &arc.weight));
    return fits && gathering_add(&self->arcs, &arc);
}

static bool take_line(edge_text *self)
{
    field fields[EDGE_FIELDS], rest;
    int count = edge_fields(self, fields, &rest);
    int most = self->arcs.seen && !self->arcs.weighted ? 4 : 3;
    if (count == 0) return true;
    if (count > 1 && count <= most && rest.at == rest.end) return take_edge(self, fields);
    field line = {fields[0].at, rest.end};
    return edge_refuse(self, most == 4 ? "\"from to kind [weight]\" expected, found "
                                       : "\"from to [weight]\" expected, found ", line, "");
}

static int finish(edge_text *self)
{
    uint32_t count = self->arcs.count;
    if (self->lines.number == 0) {
        return reading_refuse(&self->base, "line 1: an edge expected, the file is empty");
    }
    if (count == 0 && !self->is_told) {
        return reading_refuse(&self->base, "line %.0f: the file ends without an edge",
                              (double)self->lines.number);
    }
    uint32_t nodes = self->is_told ? self->ids : self->nodes;
    if (!self->is_told && !edge_nodes_fit(nodes, count)) {
        return reading_refuse(&self->base, "%u edges name a node %.0f; say nodes = %u if there are "
                              "so many", count, (double)self->first + nodes - 1, nodes);
    }
    return gathering_graph(&self->arcs, nodes, &self->base, &self->base.graph);
}

static int edges_step(reading *base)
{
    edge_text *self = (edge_text *)base;
    int come = edge_lines(self, take_line);
    return come == EG_READ_DONE ? finish(self) : come;
}

/* ---- Public ---- */

eg_reading *eg_read_edges(eg_file *file, const eg_arc_options *options, uint32_t base,
                          double nodes)
{
    edge_text *self = edge_open(sizeof *self, file, edges_step, options);
    if (!self) return NULL;
    self->first = base;
    self->is_told = nodes >= 0;
    self->ids = self->is_told ? (uint32_t)nodes : UINT32_MAX;
    return &self->base.shown;
}
