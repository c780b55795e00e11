#include "runtime/heap.h"

#include <lauxlib.h>
#include <string.h>

enum { ALIGNMENT = 8 }; /* that of LuaJIT's own allocator */

void heap_open(heap *self, char *piece, size_t bytes)
{
    *self = (heap){.piece = piece, .next = piece, .end = piece + bytes};
}

void heap_close(heap *self)
{
    if (self->lender) lua_close(self->lender);
}

void heap_fetch(const heap *self)
{
    for (const volatile char *at = self->piece; at < self->next; at += BASE_CACHE_LINE) (void)*at;
}

void heap_give_up(heap *self)
{
    self->given_up = true;
}

static size_t rounded(size_t bytes)
{
    return base_rounded_up(bytes, ALIGNMENT);
}

static bool is_in_piece(const heap *self, const void *block)
{
    uintptr_t from = (uintptr_t)self->piece, to = (uintptr_t)self->end;
    return (uintptr_t)block - from < to - from;
}

static void *borrow(heap *self, size_t bytes)
{
    if (!self->lender) {
        self->lender = luaL_newstate();
        if (!self->lender) return NULL;
        self->lent = lua_getallocf(self->lender, &self->lent_from);
    }
    return self->lent(self->lent_from, NULL, 0, bytes);
}

static void *take(heap *self, size_t bytes)
{
    if (rounded(bytes) > (size_t)(self->end - self->next)) return borrow(self, bytes);
    char *taken = self->next;
    self->next += rounded(bytes);
    return taken;
}

/* A block of the piece: the last one changes its size where it is, the others never shrink. */
static void *resize(heap *self, char *block, size_t old_bytes, size_t bytes)
{
    bool is_last = block + rounded(old_bytes) == self->next;
    if (is_last && rounded(bytes) <= (size_t)(self->end - block)) {
        self->next = block + rounded(bytes);
        return bytes ? block : NULL;
    }
    if (bytes <= old_bytes) return bytes ? block : NULL;
    void *larger = take(self, bytes);
    return larger ? memcpy(larger, block, old_bytes) : NULL;
}

void *heap_alloc(void *of, void *block, size_t old_bytes, size_t bytes)
{
    heap *self = of;
    if (!block) return bytes ? take(self, bytes) : NULL;
    if (bytes == 0 && self->given_up) return NULL;
    if (is_in_piece(self, block)) return resize(self, block, old_bytes, bytes);
    return self->lent(self->lent_from, block, old_bytes, bytes);
}
