/*
 * Scratch from an arena of engram's, one per thread: each call checked and counted, and
 * through the library's door, as any C program has it.
 */
#define _POSIX_C_SOURCE 200809L
#include "engram.h"

struct scratch {
    eg_arena *arena;
    double mark;
};

static void scratch_open(struct scratch *scratch)
{
    scratch->arena = eg_arena_new((size_t)4 << 20, EG_ERROR, 0, 0);
    scratch->mark = eg_arena_mark(scratch->arena);
}

static inline void *scratch_take(struct scratch *scratch, size_t size)
{
    return eg_arena_alloc(scratch->arena, size);
}

static inline void scratch_release(struct scratch *scratch)
{
    eg_arena_rewind(scratch->arena, scratch->mark);
}

static void scratch_close(struct scratch *scratch)
{
    eg_arena_free(scratch->arena);
}

#include "crew.h"
