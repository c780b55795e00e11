/*
 * Lines: those of a mapped text, one after the other, without a copy.
 *
 * A line ends with LF or CRLF, the last one with the file as well. It may hold any other
 * bytes, zeros included. What is shown of it lies in the file: nothing need follow its end.
 * UTF-8's byte order mark before the first one is passed over.
 *
 * Thread:  one.
 * Errors:  a line beyond longest bytes is told apart, so that no step takes for ever.
 */
#ifndef EG_LINES_H
#define EG_LINES_H

#include "runtime/base.h"
#include "runtime/engram.h"

typedef struct lines {
    const char *line, *end; /* the line at hand, without what ends it */
    uint64_t number;        /* of that line, from 1 on */
    const char *next;       /* where the next one begins */
    const char *first, *stop; /* of the text */
    size_t longest;
} lines;

enum lines_come { LINES_NONE, LINES_LINE, LINES_TOO_LONG };

/* Before the first line of a file. */
void lines_start(lines *self, const eg_file *file, size_t longest);

/* Goes to the next line and answers a lines_come. Of one that is too long the number and the
 * first longest bytes are shown, and there is no way on. */
int lines_next(lines *self);

/* How many bytes lie before what lines_next will look at. */
double lines_done_bytes(const lines *self);

/* The first byte from at on that is neither blank nor tab, or end. */
const char *lines_skip_blanks(const char *at, const char *end);

/* The next field from at on, bytes between blanks or tabs: where it begins and, in *field_end,
 * where it ends. NULL when there is none before end. */
const char *lines_field(const char *at, const char *end, const char **field_end);

#endif
