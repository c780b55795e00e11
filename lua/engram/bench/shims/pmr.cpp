/*
 * Scratch from C++'s std::pmr::monotonic_buffer_resource, one per thread, over a buffer
 * that is large enough and kept.
 */
#include <cstdlib>
#include <memory_resource>
#include <new>

enum { ROOM = 4 << 20, ALIGNMENT = 16 };

struct scratch {
    void *room;
    std::pmr::monotonic_buffer_resource *resource;
};

static void scratch_open(struct scratch *scratch)
{
    scratch->room = std::malloc(ROOM);
    scratch->resource = new std::pmr::monotonic_buffer_resource(scratch->room, ROOM);
}

static inline void *scratch_take(struct scratch *scratch, size_t size)
{
    return scratch->resource->allocate(size, ALIGNMENT);
}

static inline void scratch_release(struct scratch *scratch)
{
    scratch->resource->release();
}

static void scratch_close(struct scratch *scratch)
{
    delete scratch->resource;
    std::free(scratch->room);
}

#include "crew.h"
