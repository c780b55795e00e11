#include "kernels/files/reading.h"

#include "runtime/mapping.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *reading_open(size_t bytes, eg_file *file, int (*step)(reading *self),
                   void (*close)(reading *self))
{
    assert(bytes >= sizeof(reading));
    reading *self = calloc(1, bytes);
    if (!self) return NULL;
    if (file) {
        self->file = eg_file_retain(file);
        self->shown.total_bytes = file->size_bytes;
    }
    self->step = step;
    self->close = close;
    return self;
}

int reading_refuse(reading *self, const char *format, ...)
{
    if (self->shown.complaint) return EG_READ_REFUSED;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(self->complaint, sizeof self->complaint, format, arguments);
    va_end(arguments);
    self->shown.complaint = self->complaint;
    return EG_READ_REFUSED;
}

bool reading_refuse_loss(reading *self, const eg_file *file, const char *name, const char *end)
{
    if (!mapping_is_lost(file)) return false;
    self->shown.complaint = NULL;
    (void)reading_refuse(self, "%s%s: the file %s; %.0f bytes expected", name, end,
                         eg_file_loss(file), file->size_bytes);
    return true;
}

const char *reading_excerpt(char out[READING_EXCERPT], const char *text, size_t bytes)
{
    enum { MOST = 24 };
    if (bytes == 0) return "the end of the file";
    size_t at = 0;
    out[at++] = '"';
    for (size_t i = 0; i < bytes && i < MOST; i++) {
        uint8_t byte = (uint8_t)text[i];
        bool plain = byte >= ' ' && byte <= '~';
        at += (size_t)snprintf(out + at, READING_EXCERPT - at, plain ? "%c" : "\\%03d", byte);
    }
    (void)snprintf(out + at, READING_EXCERPT - at, bytes > MOST ? "...\"" : "\"");
    return out;
}

/* ---- Public ---- */

/* Memory that a file has lost reads as zeros: whatever was made of them is no answer. */
int eg_reading_step(eg_reading *shown)
{
    reading *self = (reading *)shown;
    if (shown->complaint) return EG_READ_REFUSED;
    int come = self->step(self);
    if (!self->file || !mapping_is_lost(self->file)) return come;
    shown->complaint = NULL;
    return reading_refuse(self, "byte %.0f: the file %s; %.0f bytes expected", shown->done_bytes,
                          eg_file_loss(self->file), shown->total_bytes);
}

eg_matrix *eg_reading_take_matrix(eg_reading *shown)
{
    eg_matrix *matrix = ((reading *)shown)->matrix;
    ((reading *)shown)->matrix = NULL;
    return matrix;
}

eg_words *eg_reading_take_words(eg_reading *shown)
{
    eg_words *words = ((reading *)shown)->words;
    ((reading *)shown)->words = NULL;
    return words;
}

eg_graph *eg_reading_take_graph(eg_reading *shown)
{
    eg_graph *graph = ((reading *)shown)->graph;
    ((reading *)shown)->graph = NULL;
    return graph;
}

void eg_reading_close(eg_reading *shown)
{
    if (!shown) return;
    reading *self = (reading *)shown;
    self->close(self);
    eg_matrix_release(self->matrix);
    eg_words_release(self->words);
    eg_graph_release(self->graph);
    eg_file_release(self->file);
    free(self);
}
