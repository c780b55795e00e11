/*
 * Reading: a file on its way to becoming a matrix, a list of words or a graph, a piece at a
 * time, so that whoever asked can show progress between the pieces, or give up.
 *
 * Each format is a struct with a reading as its first member, and three functions. A step
 * takes about READING_PIECE bytes and says what it has come to; the first thing that is not
 * accepted ends it, with a complaint of one line that names the place (line or byte, counted
 * from 1 and 0), what was found and what was expected. Nothing is left of what was read then.
 *
 * Thread:  one.
 * Errors:  a step: see eg_reading_step; others NULL without memory.
 */
#ifndef EG_READING_H
#define EG_READING_H

#include "runtime/base.h"
#include "runtime/engram.h"

enum { READING_PIECE = 4 << 20, READING_COMPLAINT = 256 };

typedef struct reading {
    eg_reading shown; /* first: a pointer to the one is a pointer to the other */
    eg_file *file;    /* kept; NULL where there are several, which are the format's to keep */
    int (*step)(struct reading *self);
    void (*close)(struct reading *self); /* frees all but the reading itself */
    eg_matrix *matrix; /* what has come of it, until it is taken */
    eg_words *words;
    eg_graph *graph;
    char complaint[READING_COMPLAINT];
} reading;

/* A struct of that many bytes, its reading open and all else zero. file: or NULL, see above. */
void *reading_open(size_t bytes, eg_file *file, int (*step)(reading *self),
                   void (*close)(reading *self));

/* Notes why, as printf does, and answers EG_READ_REFUSED. What was found goes in with
 * reading_excerpt. Only the first complaint is kept. */
int reading_refuse(reading *self, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* For formats of several files: whether that one, its name in two parts, is lost, and then
 * this is the complaint, whatever was said before. */
bool reading_refuse_loss(reading *self, const eg_file *file, const char *name, const char *end);

/* Up to 24 bytes as printable text in quotes, or "the end of the file" for none. */
enum { READING_EXCERPT = 128 };
const char *reading_excerpt(char out[READING_EXCERPT], const char *text, size_t bytes);

#endif
