/*
 * Ground: the memory on which the threads of a pool stand.
 *
 * Each thread has a stack above a guard page, the place of its arena, and a piece of memory for
 * what it needs from its start on. All of a kind lie one behind the other, in one mapping. The
 * pieces lie so close that, where there are many, the system can back them with huge pages: one
 * fault for 16 threads, not dozens for each.
 *
 * Thread:  the host's, but for what a thread does with its own.
 * Errors:  false or NULL without memory, or without room in the address space.
 */
#ifndef EG_GROUND_H
#define EG_GROUND_H

#include "runtime/arena.h"
#include "runtime/base.h"

typedef struct ground {
    int threads;
    size_t stack_bytes, piece_bytes, arena_bytes; /* of one thread */
    char *stacks, *pieces, *arenas;
} ground;

/* How many threads, how large a stack and a piece: that is set. After a failure, too, it has to be
 * closed. */
bool ground_open(ground *self, const arena_options *of_arenas);
void ground_close(ground *self);

/* A thread counts from 1. */
char *ground_stack(const ground *self, int thread);
char *ground_arena(const ground *self, int thread);
/* Zeroed. Whoever touches a piece first should do so before its thread starts: threads that meet
 * in a huge page would each clear one. */
char *ground_piece(const ground *self, int thread);

#endif
