/*
 * Words: a list of words under construction; the finished one, eg_words, is in engram.h.
 *
 * Thread:  one owner; what words_finish answers may be read by any number of threads.
 * Errors:  NULL or false without memory, or beyond 2^32 - 2 words.
 */
#ifndef EG_WORDS_H
#define EG_WORDS_H

#include "runtime/base.h"
#include "runtime/engram.h"

typedef struct words_maker words_maker;

words_maker *words_start(void);
bool words_add(words_maker *maker, const char *word, size_t bytes);
/* The index of the word, which is added unless it is there; EG_NO_WORD without memory. */
uint32_t words_number(words_maker *maker, const char *word, size_t bytes);
uint32_t words_added(const words_maker *maker);
/* Takes over the maker, whatever it answers. */
eg_words *words_finish(words_maker *maker);
void words_drop(words_maker *maker);

#endif
