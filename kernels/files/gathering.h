/*
 * Gathering: the arcs that a file names, one by one, until they are all there and make a graph.
 *
 * Where arcs have kinds these are numbered as they come, and by name in the end.
 *
 * Thread:  one.
 * Errors:  false without memory; for what is not accepted the reason, a text of its own.
 */
#ifndef EG_GATHERING_H
#define EG_GATHERING_H

#include "kernels/files/reading.h"
#include "kernels/words.h"

typedef struct gathering {
    int duplicates, keep_self;
    uint32_t *from, *to, *kinds; /* kinds: NULL where arcs have none */
    float *weights;
    uint32_t count, room;
    words_maker *seen; /* the kinds so far, or NULL */
    eg_words *weighted; /* those with a weight, or NULL where an arc has its own */
    float *by_kind;
    uint32_t others; /* which of them stands for all others, or EG_NO_WORD */
} gathering;

/* After a failure, too, close it. */
bool gathering_open(gathering *self, const eg_arc_options *options);
void gathering_close(gathering *self);

typedef struct gathered {
    uint32_t from, to, kind; /* kind: where arcs have one */
    float weight;
} gathered;

bool gathering_add(gathering *self, const gathered *arc);

/* What the name of a kind says: fills in the kind, if arcs keep it, and the weight, if it is
 * for kinds to say. NULL, or what is wrong with it: 'kind "x"' and the reason make a sentence. */
const char *gathering_name(gathering *self, const char *name, size_t bytes, gathered *arc);

/* The graph of what was gathered: EG_READ_DONE, or why there is none, as a step answers it. */
int gathering_graph(gathering *self, uint32_t nodes, reading *blamed, eg_graph **made);

#endif
