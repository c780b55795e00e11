/*
 * The floor of all scratch memory: a cursor that the compiler may keep in a register,
 * nothing checked but the end, nothing counted.
 */
#define _POSIX_C_SOURCE 200809L
#include <stddef.h>
#include <stdlib.h>

struct scratch {
    char *room;
    size_t cursor;
};

static const size_t room_bytes = (size_t)4 << 20;

static void scratch_open(struct scratch *scratch)
{
    scratch->room = (char *)aligned_alloc(64, room_bytes);
    if (!scratch->room) abort();
    scratch->cursor = 0;
}

static inline void *scratch_take(struct scratch *scratch, size_t size)
{
    size_t start = (scratch->cursor + 63) & ~(size_t)63;
    if (size > room_bytes - start) return NULL;
    scratch->cursor = start + size;
    return scratch->room + start;
}

static inline void scratch_release(struct scratch *scratch)
{
    scratch->cursor = 0;
}

static void scratch_close(struct scratch *scratch)
{
    free(scratch->room);
}

#include "crew.h"
