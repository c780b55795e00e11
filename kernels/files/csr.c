/*
 * Csr: a graph as three arrays of numbers: indptr, where the arcs of each node start and, one
 * more, where the last ones end; indices, where arcs lead; data, their weights.
 */
#include "kernels/files/binary.h"
#include "kernels/files/gathering.h"
#include "runtime/mapping.h"

#include <assert.h>
#include <float.h>
#include <math.h>

enum { INDPTR, INDICES, DATA, ARRAYS };

static const char *const names[ARRAYS] = {"indptr", "indices", "data"};

typedef struct csr {
    reading base;
    eg_array arrays[ARRAYS];
    gathering arcs;
    uint32_t nodes, node; /* how many there are, and how many were begun */
    uint64_t arc, end;    /* the next arc, and where those of the node at hand end */
} csr;

static const uint8_t *place_of(const eg_array *array, uint64_t i, double *byte)
{
    uint64_t at = i * binary_bytes(array->number);
    *byte = array->offset_bytes + (double)at;
    return (const uint8_t *)array->file->bytes + (size_t)array->offset_bytes + at;
}

/* A number, as a double: whole ones are exact up to 2^53, more than any place that there is. */
static double number_at(const eg_array *array, uint64_t i)
{
    double byte;
    return binary_value(array->number, place_of(array, i, &byte));
}

static bool refuse(csr *self, int array, uint64_t i, const char *expected)
{
    double byte;
    (void)place_of(&self->arrays[array], i, &byte);
    (void)reading_refuse(&self->base, "%s.npy: byte %.0f: %s expected, found %.9g", names[array],
                         byte, expected, number_at(&self->arrays[array], i));
    return false;
}

/* The next node: up to where its arcs go. */
static bool begin_node(csr *self)
{
    double end = number_at(&self->arrays[INDPTR], (uint64_t)self->node + 1);
    if (!(end >= (double)self->end)) {
        return refuse(self, INDPTR, (uint64_t)self->node + 1, "no less than the place before");
    }
    if (end > self->arrays[INDICES].count) {
        return refuse(self, INDPTR, (uint64_t)self->node + 1, "a place within indices.npy");
    }
    self->end = (uint64_t)end;
    self->node++;
    return true;
}

static bool take_arc(csr *self)
{
    double to = number_at(&self->arrays[INDICES], self->arc);
    if (!(to >= 0 && to < self->nodes)) {
        return refuse(self, INDICES, self->arc, "a node that indptr.npy has");
    }
    double weight = number_at(&self->arrays[DATA], self->arc);
    if (!(fabs(weight) <= FLT_MAX)) return refuse(self, DATA, self->arc, "a finite float");
    gathered arc = {.from = self->node - 1, .to = (uint32_t)to, .weight = (float)weight};
    self->arc++;
    return gathering_add(&self->arcs, &arc);
}

static int finish(csr *self)
{
    if ((double)self->end != self->arrays[INDICES].count) {
        (void)refuse(self, INDPTR, self->nodes, "as many places as indices.npy has");
        return EG_READ_REFUSED;
    }
    return gathering_graph(&self->arcs, self->nodes, &self->base, &self->base.graph);
}

static int read_on(csr *self)
{
    uint32_t left = READING_PIECE / sizeof(uint32_t);
    bool fits = true, is_done = false;
    for (; fits && !is_done && left > 0; left--) {
        if (self->arc < self->end) fits = take_arc(self);
        else if (self->node < self->nodes) fits = begin_node(self);
        else is_done = true;
    }
    double done = (double)self->node + (double)self->arc;
    double all = (double)self->nodes + self->arrays[INDICES].count;
    self->base.shown.done_bytes = all > 0 ? self->base.shown.total_bytes * (done / all) : 0;
    if (!fits) return self->base.shown.complaint ? EG_READ_REFUSED : EG_READ_NO_MEMORY;
    return is_done ? finish(self) : EG_READ_MORE;
}

static int csr_step(reading *base)
{
    csr *self = (csr *)base;
    int come = read_on(self);
    for (int i = 0; i < ARRAYS; i++) {
        if (reading_refuse_loss(base, self->arrays[i].file, names[i], ".npy")) {
            come = EG_READ_REFUSED;
        }
    }
    return come;
}

static void csr_close(reading *base)
{
    csr *self = (csr *)base;
    for (int i = 0; i < ARRAYS; i++) eg_file_release(self->arrays[i].file);
    gathering_close(&self->arcs);
}

/* ---- Public ---- */

eg_reading *eg_read_csr(const eg_array *indptr, const eg_array *indices, const eg_array *data,
                        const eg_arc_options *options)
{
    assert(indptr->count > 0);
    csr *self = reading_open(sizeof *self, NULL, csr_step, csr_close);
    if (!self) return NULL;
    const eg_array *arrays[ARRAYS] = {indptr, indices, data};
    for (int i = 0; i < ARRAYS; i++) {
        self->arrays[i] = *arrays[i];
        (void)eg_file_retain(arrays[i]->file);
        self->base.shown.total_bytes += arrays[i]->file->size_bytes;
    }
    self->nodes = (uint32_t)(indptr->count - 1);
    if (!gathering_open(&self->arcs, options)) {
        eg_reading_close(&self->base.shown);
        return NULL;
    }
    if (number_at(indptr, 0) != 0) (void)refuse(self, INDPTR, 0, "0");
    return &self->base.shown;
}
