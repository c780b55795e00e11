#include "kernels/keeping.h"

void *keeping_open(keeping *self, eg_arena *arena, size_t bytes)
{
    *self = (keeping){ .arena = arena, .entry = eg_arena_mark(arena) };
    self->block = eg_arena_alloc(arena, bytes);
    self->scratch = eg_arena_mark(arena);
    return self->block;
}

const eg_slot *keeping_close(const keeping *self, int *status)
{
    const eg_slot *slot = NULL;
    if (*status == EG_OK) {
        eg_arena_rewind(self->arena, self->scratch);
        slot = eg_arena_track(self->arena, self->block);
        if (!slot) *status = EG_OVERFLOW;
    }
    if (!slot) eg_arena_rewind(self->arena, self->entry);
    return slot;
}
