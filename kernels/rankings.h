/*
 * Rankings: the rankings of spreads side by side, filled node after node, and their answers.
 *
 * Each of ISA_WIDE lanes has a ranking of its own, with its keys in a stretch of one array.
 *
 * Thread:  that of the arena.
 * Errors:  an eg_status.
 * Garbage: the answers are the first 8 bytes per hit of all lanes (at least 1 byte) of the
 *          newest block of the arena; the rest of it is given back.
 */
#ifndef EG_RANKINGS_H
#define EG_RANKINGS_H

#include "kernels/answer.h"
#include "kernels/isa.h"
#include "runtime/base.h"
#include "runtime/engram.h"

typedef struct rankings {
    const isa *isa;
    isa_ranking_keys add;
    size_t room;
    ranking found[ISA_WIDE];
} rankings;

/* keys: stride of them per lane, one more than there are nodes. topk: 0 for all. */
void rankings_start(rankings *self, uint64_t *keys, size_t stride, uint32_t topk);

/* Of 64 nodes from first on, those whose bit is set; values: of first and so on. */
void rankings_add_word(rankings *self, const double *values, uint64_t bits, uint32_t first);

/* Answers for count lanes. block is the newest of the arena, its size bytes; the keys may lie
 * anywhere in it. spare has room for stride keys and overlaps neither keys nor answers. */
int rankings_answer(rankings *self, eg_arena *arena, void *block, size_t bytes, uint64_t *spare,
                    const answer *how, uint32_t count, eg_hits *hits);

#endif
