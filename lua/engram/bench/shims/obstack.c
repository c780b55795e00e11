/*
 * Scratch from glibc's obstack, one per thread, its chunks 64 KiB.
 */
#define _POSIX_C_SOURCE 200809L
#include <obstack.h>
#include <stdlib.h>

#define obstack_chunk_alloc malloc
#define obstack_chunk_free free

struct scratch {
    struct obstack stack;
    void *base;
};

static void scratch_open(struct scratch *scratch)
{
    obstack_begin(&scratch->stack, 64 << 10);
    scratch->base = obstack_alloc(&scratch->stack, 0);
}

static inline void *scratch_take(struct scratch *scratch, size_t size)
{
    return obstack_alloc(&scratch->stack, size);
}

static inline void scratch_release(struct scratch *scratch)
{
    obstack_free(&scratch->stack, scratch->base);
    scratch->base = obstack_alloc(&scratch->stack, 0);
}

static void scratch_close(struct scratch *scratch)
{
    obstack_free(&scratch->stack, NULL);
}

#include "crew.h"
