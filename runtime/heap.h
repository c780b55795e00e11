/*
 * Heap: the memory of one Lua state.
 *
 * Its first blocks lie one behind the other in a piece of address space that its maker lends it,
 * and are forgotten together with it. What does not fit there is LuaJIT's own allocator's: a
 * heap for each state, without locks.
 *
 * Thread:  its state's.
 * Errors:  heap_alloc answers NULL without memory, as Lua expects.
 */
#ifndef EG_HEAP_H
#define EG_HEAP_H

#include "runtime/base.h"

#include <lua.h>

typedef struct heap {
    char *piece, *next, *end; /* from next on the piece is free */
    lua_State *lender;  /* a state of LuaJIT's own, for its allocator; NULL until it is needed */
    lua_Alloc lent;
    void *lent_from;
    bool given_up;
} heap;

/* The piece must outlive the heap. */
void heap_open(heap *self, char *piece, size_t bytes);
/* A lua_Alloc, of a heap. */
void *heap_alloc(void *of, void *block, size_t old_bytes, size_t bytes);
/* Brings what is in the piece into the cache, line after line: before all of it is visited, in an
 * order that no CPU foresees. */
void heap_fetch(const heap *self);
/* From now on nothing is freed before the heap is closed. */
void heap_give_up(heap *self);
/* Once the state is closed. */
void heap_close(heap *self);

#endif
