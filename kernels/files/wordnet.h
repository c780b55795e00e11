/*
 * WordNet: the files data.noun, data.verb, data.adj and data.adv on their way to a graph.
 *
 * A pointer names its target by file and offset, often one that is still to come: so arcs are
 * gathered with both in one number, and get the numbers of the synsets in the end.
 *
 * Thread:  one.
 * Errors:  false; the reading has a complaint, or there was no memory.
 */
#ifndef EG_WORDNET_H
#define EG_WORDNET_H

#include "kernels/files/gathering.h"

enum { WORDNET_NOUN, WORDNET_VERB, WORDNET_ADJ, WORDNET_ADV, WORDNET_FILES };

/* "noun", "verb", "adj", "adv". */
extern const char *const wordnet_names[WORDNET_FILES];

/* line: where it stands in its file. */
typedef struct synset {
    uint32_t offset, line;
} synset;

typedef struct wordnet {
    reading base;
    eg_file *files[WORDNET_FILES];
    uint32_t file, line;     /* those at hand */
    size_t at;               /* how far the file is read */
    double before_bytes;     /* those of the files before it */
    synset *synsets;
    uint32_t count, room;
    uint32_t firsts[WORDNET_FILES + 1]; /* the first synset of each file */
    gathering arcs, senses;
    words_maker *names, *lemmas; /* the first lemma of each synset; each lemma, once */
    eg_words *all_lemmas;
    eg_graph *all_senses;
} wordnet;

/* Takes the synset that the line at hand tells of, from start up to end. */
bool wordnet_line(wordnet *self, const char *start, const char *end);

#endif
