#include "kernels/files/wordnet.h"

#include <stdlib.h>
#include <string.h>

/* ---- The graph ---- */

/* The number of the synset with that offset, or that of all synsets. */
static uint32_t find(const wordnet *self, uint32_t file, uint32_t offset)
{
    uint32_t low = self->firsts[file], high = self->firsts[file + 1];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (self->synsets[middle].offset < offset) low = middle + 1;
        else high = middle;
    }
    bool found = low < self->firsts[file + 1] && self->synsets[low].offset == offset;
    return found ? low : self->count;
}

/* Turns files and offsets into numbers of synsets. */
static bool resolve(wordnet *self)
{
    for (uint32_t i = 0; i < self->arcs.count; i++) {
        uint32_t target = self->arcs.to[i], from = self->arcs.from[i];
        uint32_t file = (target % WORDNET_FILES);
        self->arcs.to[i] = find(self, file, target / WORDNET_FILES);
        if (self->arcs.to[i] < self->count) continue;
        self->file = 0;
        while (from >= self->firsts[self->file + 1]) self->file++;
        (void)reading_refuse(&self->base, "data.%s: line %u: offset %08u found, which is no "
                             "synset of data.%s", wordnet_names[self->file],
                             self->synsets[from].line, target / WORDNET_FILES, wordnet_names[file]);
        return false;
    }
    return true;
}

static int finish(wordnet *self)
{
    if (!resolve(self)) return EG_READ_REFUSED;
    uint32_t lemmas = words_added(self->lemmas);
    self->base.words = words_finish(self->names);
    self->all_lemmas = words_finish(self->lemmas);
    self->names = self->lemmas = NULL;
    if (!self->base.words || !self->all_lemmas) return EG_READ_NO_MEMORY;
    uint32_t nodes = lemmas > self->count ? lemmas : self->count;
    int come = gathering_graph(&self->senses, nodes, &self->base, &self->all_senses);
    if (come != EG_READ_DONE) return come;
    return gathering_graph(&self->arcs, self->count, &self->base, &self->base.graph);
}

/* ---- Steps ---- */

/* One line of the file at hand. */
static bool take_line(wordnet *self, size_t bytes)
{
    const char *start = (const char *)self->files[self->file]->bytes + self->at;
    const char *feed = memchr(start, '\n', bytes);
    self->line++;
    if (!feed) {
        (void)reading_refuse(&self->base, "data.%s: line %u: the end of the line expected, found "
                             "the end of the file", wordnet_names[self->file], self->line);
        return false;
    }
    self->at += (size_t)(feed - start) + 1;
    if (feed - start >= 2 && start[0] == ' ' && start[1] == ' ') return true;
    return wordnet_line(self, start, feed);
}

/* At the end of the file at hand: on to the next one. */
static bool turn(wordnet *self)
{
    if (self->count == self->firsts[self->file]) {
        (void)reading_refuse(&self->base, "data.%s: line %u: a synset expected, found the end of "
                             "the file", wordnet_names[self->file], self->line + 1);
        return false;
    }
    self->before_bytes += self->files[self->file]->size_bytes;
    self->firsts[++self->file] = self->count;
    self->at = self->line = 0;
    return true;
}

static int read_on(wordnet *self)
{
    size_t size = (size_t)self->files[self->file]->size_bytes;
    size_t stop = size - self->at > READING_PIECE ? self->at + READING_PIECE : size;
    bool fits = true;
    while (fits && self->at < stop) fits = take_line(self, size - self->at);
    if (fits && self->at == size) fits = turn(self);
    self->base.shown.done_bytes = self->before_bytes + (double)self->at;
    if (!fits) return self->base.shown.complaint ? EG_READ_REFUSED : EG_READ_NO_MEMORY;
    return self->file < WORDNET_FILES ? EG_READ_MORE : finish(self);
}

static int wordnet_step(reading *base)
{
    wordnet *self = (wordnet *)base;
    int come = read_on(self);
    for (uint32_t i = 0; i < WORDNET_FILES; i++) {
        if (reading_refuse_loss(base, self->files[i], "data.", wordnet_names[i])) {
            come = EG_READ_REFUSED;
        }
    }
    return come;
}

static void wordnet_close(reading *base)
{
    wordnet *self = (wordnet *)base;
    for (uint32_t i = 0; i < WORDNET_FILES; i++) eg_file_release(self->files[i]);
    free(self->synsets);
    gathering_close(&self->arcs);
    gathering_close(&self->senses);
    words_drop(self->names);
    words_drop(self->lemmas);
    eg_words_release(self->all_lemmas);
    eg_graph_release(self->all_senses);
}

/* ---- Public ---- */

eg_reading *eg_read_wordnet(eg_file *noun, eg_file *verb, eg_file *adj, eg_file *adv,
                            const eg_arc_options *options)
{
    wordnet *self = reading_open(sizeof *self, NULL, wordnet_step, wordnet_close);
    if (!self) return NULL;
    eg_file *files[WORDNET_FILES] = {noun, verb, adj, adv};
    for (uint32_t i = 0; i < WORDNET_FILES; i++) {
        self->files[i] = eg_file_retain(files[i]);
        self->base.shown.total_bytes += files[i]->size_bytes;
    }
    eg_arc_options of_senses = {.duplicates = EG_DUP_FIRST, .keep_self = 1};
    self->names = words_start();
    self->lemmas = words_start();
    bool fits = self->names && self->lemmas && gathering_open(&self->senses, &of_senses) &&
                gathering_open(&self->arcs, options);
    if (fits) return &self->base.shown;
    eg_reading_close(&self->base.shown);
    return NULL;
}

eg_words *eg_wordnet_take_lemmas(eg_reading *shown)
{
    wordnet *self = (wordnet *)shown;
    eg_words *taken = self->all_lemmas;
    self->all_lemmas = NULL;
    return taken;
}

eg_graph *eg_wordnet_take_senses(eg_reading *shown)
{
    wordnet *self = (wordnet *)shown;
    eg_graph *taken = self->all_senses;
    self->all_senses = NULL;
    return taken;
}
