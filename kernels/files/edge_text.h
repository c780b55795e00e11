/*
 * Edge text: what the formats share that name an edge a line, "from to" and what it weighs.
 *
 * Thread:  one.
 * Errors:  false; the reading has a complaint that names the line.
 */
#ifndef EG_EDGE_TEXT_H
#define EG_EDGE_TEXT_H

#include "kernels/files/gathering.h"
#include "kernels/files/lines.h"

typedef struct edge_text {
    reading base;
    lines lines;
    gathering arcs;
    uint32_t first; /* the least id */
    uint32_t ids;   /* how many there may be */
    uint32_t nodes; /* up to the highest id so far */
    bool is_told;   /* ids is how many there are */
    bool has_zero;  /* an id 0 was there: they do not count from 1 */
} edge_text;

typedef struct field {
    const char *at, *end;
} field;

enum { EDGE_FIELDS = 4, EDGE_LINE_BYTES = 1 << 16 };

/* The fields of the line at hand, empty where there are no more; *rest is what is behind the
 * last, empty too. Answers how many, 0 for a comment. */
int edge_fields(const edge_text *self, field fields[EDGE_FIELDS], field *rest);

/* A whole number, and the index of the node that it names. */
bool edge_id(edge_text *self, field id, uint32_t *index);

/* A finite number; behind ends the complaint. */
bool edge_weight(edge_text *self, field weight, const char *behind, float *value);

/* false, with a complaint: before, what was found in quotes, behind. */
bool edge_refuse(edge_text *self, const char *before, field found, const char *behind);

/* Lines up to about a piece more, each to take: EG_READ_MORE; after the last EG_READ_DONE. */
int edge_lines(edge_text *self, bool (*take)(edge_text *self));

/* Whether so few edges may ask for so many nodes. */
bool edge_nodes_fit(uint64_t nodes, uint64_t edges);

/* A struct of that many bytes that starts with an edge_text. NULL without memory. */
void *edge_open(size_t bytes, eg_file *file, int (*step)(reading *self),
                const eg_arc_options *options);

#endif
