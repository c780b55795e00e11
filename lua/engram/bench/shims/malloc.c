/*
 * Scratch from malloc, each buffer freed alone: libc's, or whoever stands in for it.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>

struct scratch {
    void *taken[16];
    int count;
};

static void scratch_open(struct scratch *scratch)
{
    scratch->count = 0;
}

static inline void *scratch_take(struct scratch *scratch, size_t size)
{
    return scratch->taken[scratch->count++] = malloc(size);
}

static inline void scratch_release(struct scratch *scratch)
{
    while (scratch->count > 0) free(scratch->taken[--scratch->count]);
}

static void scratch_close(struct scratch *scratch)
{
    scratch->count = 0;
}

#include "crew.h"
