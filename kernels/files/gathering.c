#include "kernels/files/gathering.h"

#include <stdlib.h>
#include <string.h>

enum { KINDS_MAX = 1 << 16 };

static bool moved(void **array, size_t bytes)
{
    void *larger = realloc(*array, bytes);
    if (larger) *array = larger;
    return larger != NULL;
}

static bool gathering_grow(gathering *self)
{
    enum { FIRST = 1024 };
    if (self->room == UINT32_MAX - 1) return false;
    uint64_t wanted = self->room ? (uint64_t)self->room * 2 : FIRST;
    uint32_t room = wanted < UINT32_MAX - 1 ? (uint32_t)wanted : UINT32_MAX - 1;
    void *from = self->from, *to = self->to, *kinds = self->kinds, *weights = self->weights;
    size_t bytes = room * sizeof *self->from;
    bool fits = moved(&from, bytes) && moved(&to, bytes) && moved(&weights, bytes) &&
                (!self->seen || moved(&kinds, bytes));
    self->from = from;
    self->to = to;
    self->kinds = kinds;
    self->weights = weights;
    if (fits) self->room = room;
    return fits;
}

bool gathering_open(gathering *self, const eg_arc_options *options)
{
    *self = (gathering){.duplicates = options->duplicates, .keep_self = options->keep_self};
    if (options->kinds) {
        self->seen = words_start();
        if (!self->seen) return false;
    }
    if (!gathering_grow(self)) return false;
    if (!options->names) return true;
    size_t bytes = options->names->count * sizeof *self->by_kind;
    self->weighted = eg_words_retain((eg_words *)(uintptr_t)options->names);
    self->by_kind = malloc(bytes + 1);
    if (!self->by_kind) return false;
    if (bytes > 0) memcpy(self->by_kind, options->weights, bytes);
    self->others = eg_words_find(self->weighted, "default", strlen("default"));
    return true;
}

void gathering_close(gathering *self)
{
    free(self->from);
    free(self->to);
    free(self->kinds);
    free(self->weights);
    words_drop(self->seen);
    eg_words_release(self->weighted);
    free(self->by_kind);
    *self = (gathering){0};
}

/* ---- Arcs ---- */

bool gathering_add(gathering *self, const gathered *arc)
{
    if (self->count == self->room && !gathering_grow(self)) return false;
    uint32_t at = self->count++;
    self->from[at] = arc->from;
    self->to[at] = arc->to;
    self->weights[at] = arc->weight;
    if (self->seen) self->kinds[at] = arc->kind;
    return true;
}

/* ---- Kinds ---- */

/* NULL, or why no kind is called so. */
static const char *refusal(const char *name, size_t bytes)
{
    if (bytes == 0) return "is no name, and arcs that keep their kinds need one";
    if (memchr(name, 0, bytes)) return "has a zero byte in its name";
    bool is_default = bytes == strlen("default") && memcmp(name, "default", bytes) == 0;
    return is_default ? "stands for all others: no arc can be of it" : NULL;
}

const char *gathering_name(gathering *self, const char *name, size_t bytes, gathered *arc)
{
    if (self->weighted) {
        uint32_t index = eg_words_find(self->weighted, name, bytes);
        if (index == EG_NO_WORD) index = self->others;
        if (index == EG_NO_WORD) return "has no weight; weights.default would give it one";
        arc->weight = self->by_kind[index];
    }
    if (!self->seen) return NULL;
    const char *why = refusal(name, bytes);
    if (why) return why;
    arc->kind = words_number(self->seen, name, bytes);
    if (arc->kind == EG_NO_WORD) return "finds no memory for its name";
    return arc->kind < KINDS_MAX ? NULL : "is one too many, 65536 at most expected";
}

typedef struct kind {
    const char *name;
    uint32_t bytes, number;
} kind;

static int by_name(const void *a, const void *b)
{
    const kind *x = a, *y = b;
    int order = memcmp(x->name, y->name, x->bytes < y->bytes ? x->bytes : y->bytes);
    return order != 0 ? order : (x->bytes > y->bytes) - (x->bytes < y->bytes);
}

/* Lists the names in their order; answers the bytes they take, each with a zero behind it. */
static size_t list_kinds(const eg_words *names, kind *kinds)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < names->count; i++) {
        kinds[i].name = eg_words_get(names, i, &kinds[i].bytes);
        kinds[i].number = i;
        bytes += kinds[i].bytes + (size_t)1;
    }
    qsort(kinds, names->count, sizeof *kinds, by_name);
    return bytes;
}

/* Writes the names, and renumbers the kinds of the arcs: places has room for each kind. */
static void arrange(gathering *self, const kind *kinds, uint32_t count, uint32_t *places,
                    char *text)
{
    for (uint32_t i = 0; i < count; i++) {
        memcpy(text, kinds[i].name, kinds[i].bytes);
        text += kinds[i].bytes;
        *text++ = 0;
        places[kinds[i].number] = i;
    }
    for (uint32_t i = 0; i < self->count; i++) self->kinds[i] = places[self->kinds[i]];
}

/* Gives the triples their kinds, by name: answers the names, which are to be freed. NULL
 * without memory. */
static char *name_kinds(gathering *self, eg_triples *given)
{
    eg_words *names = words_finish(self->seen);
    self->seen = NULL;
    if (!names) return NULL;
    uint32_t count = names->count;
    kind *kinds = malloc((count + (size_t)1) * sizeof *kinds);
    uint32_t *places = malloc((count + (size_t)1) * sizeof *places);
    size_t bytes = kinds ? list_kinds(names, kinds) : 0;
    char *text = kinds && places ? malloc(bytes + 1) : NULL;
    if (text) {
        arrange(self, kinds, count, places, text);
        given->kinds = self->kinds;
        given->kind_count = count;
        given->names = text;
        given->name_bytes = bytes;
    }
    free(kinds);
    free(places);
    eg_words_release(names);
    return text;
}

int gathering_graph(gathering *self, uint32_t nodes, reading *blamed, eg_graph **made)
{
    eg_triples given = {.nodes = nodes, .edges = self->count, .from = self->from, .to = self->to,
                        .weights = self->weights, .duplicates = self->duplicates,
                        .keep_self = self->keep_self};
    bool has_kinds = self->seen != NULL;
    char *names = has_kinds ? name_kinds(self, &given) : NULL;
    if (has_kinds && !names) return EG_READ_NO_MEMORY;
    uint32_t culprit;
    *made = eg_graph_from(&given, &culprit);
    free(names);
    gathering_close(self);
    blamed->shown.arcs = given.edges;
    if (*made) return EG_READ_DONE;
    if (culprit == given.edges) return EG_READ_NO_MEMORY;
    return reading_refuse(blamed, "edge %.0f: the sum of its duplicates is beyond a float",
                          culprit + 1.0);
}
