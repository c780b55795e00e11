/*
 * Scratch from an arena of engram's, one per thread: each piece checked and counted, and
 * inline, as a kernel in C has it; or, with THROUGH_LIBRARY, by a call into the library.
 */
#define _POSIX_C_SOURCE 200809L
#include "engram.h"
#include "engram_inline.h"

#ifdef THROUGH_LIBRARY
#define TAKE eg_arena_alloc
#define GIVE_BACK eg_arena_rewind
#else
#define TAKE eg_arena_alloc_inline
#define GIVE_BACK eg_arena_rewind_inline
#endif

struct scratch {
    eg_arena *arena;
    size_t mark;
};

static void scratch_open(struct scratch *scratch)
{
    scratch->arena = eg_arena_new((size_t)4 << 20, EG_ERROR, 0, 0);
    scratch->mark = (size_t)eg_arena_mark(scratch->arena);
}

static inline void *scratch_take(struct scratch *scratch, size_t size)
{
    return TAKE(scratch->arena, size);
}

static inline void scratch_release(struct scratch *scratch)
{
    GIVE_BACK(scratch->arena, scratch->mark);
}

static void scratch_close(struct scratch *scratch)
{
    eg_arena_free(scratch->arena);
}

#include "crew.h"
