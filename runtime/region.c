#include "runtime/region.h"

#include "runtime/os.h"

#include <stdlib.h>

/* Heads a piece in use; its memory follows HEAD_BYTES later. In address order, in a ring. */
typedef struct piece {
    struct piece *before, *after;
    char *end;
} piece;

enum { HEAD_BYTES = BASE_CACHE_LINE };

struct region {
    os_mutex *mutex;
    char *start, *end;
    size_t size, taken; /* bytes it may give out, and those it has given */
    piece ring;   /* the end of the ring: an empty piece in front of all others */
    piece *rover; /* the search starts at the gap behind it */
};

region *region_new(size_t bytes)
{
    region *shared = calloc(1, sizeof *shared);
    if (!shared) return NULL;
    /* Room for the heads of many pieces, so that the heads cost no capacity. */
    size_t reserved = bytes + bytes / 8 + ((size_t)1 << 16);
    shared->mutex = os_mutex_new();
    shared->start = os_map(reserved);
    if (!shared->mutex || !shared->start) {
        region_free(shared);
        return NULL;
    }
    shared->end = shared->start + reserved;
    shared->size = bytes;
    shared->ring = (piece){&shared->ring, &shared->ring, shared->start};
    shared->rover = &shared->ring;
    return shared;
}

void region_free(region *shared)
{
    if (!shared) return;
    if (shared->start) os_release(shared->start, (size_t)(shared->end - shared->start));
    os_mutex_free(shared->mutex);
    free(shared);
}

/* Where memory of this alignment could start in the gap behind a piece. */
static char *first_fit(const piece *at, size_t alignment)
{
    uintptr_t start = (uintptr_t)at->end + HEAD_BYTES;
    return (char *)((start + alignment - 1) & ~(uintptr_t)(alignment - 1));
}

static piece *insert_behind(piece *at, char *memory, size_t bytes)
{
    piece *taken = (piece *)(void *)(memory - HEAD_BYTES);
    *taken = (piece){at, at->after, memory + bytes};
    at->after->before = taken;
    at->after = taken;
    return taken;
}

/* The next gap that fits, from the rover on, once around. */
static void *roam(region *shared, size_t bytes, size_t alignment)
{
    piece *at = shared->rover;
    do {
        char *memory = first_fit(at, alignment);
        char *limit = at->after == &shared->ring ? shared->end : (char *)at->after;
        if (memory <= limit && bytes <= (size_t)(limit - memory)) {
            shared->rover = insert_behind(at, memory, bytes);
            shared->taken += bytes;
            return memory;
        }
        at = at->after;
    } while (at != shared->rover);
    return NULL;
}

void *region_take(region *shared, size_t bytes, size_t alignment)
{
    void *found = NULL;
    if (alignment < HEAD_BYTES) alignment = HEAD_BYTES;
    os_mutex_lock(shared->mutex);
    if (bytes <= shared->size - shared->taken) found = roam(shared, bytes, alignment);
    os_mutex_unlock(shared->mutex);
    return found;
}

void region_give(region *shared, void *memory)
{
    piece *given = (piece *)(void *)((char *)memory - HEAD_BYTES);
    os_mutex_lock(shared->mutex);
    given->before->after = given->after;
    given->after->before = given->before;
    if (shared->rover == given) shared->rover = given->before;
    shared->taken -= (size_t)(given->end - (char *)memory);
    os_mutex_unlock(shared->mutex);
}
