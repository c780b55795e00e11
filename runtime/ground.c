#include "runtime/ground.h"

#include "runtime/os.h"

static size_t of_all(const ground *self, size_t bytes)
{
    return (size_t)self->threads * bytes;
}

static char *of_one(char *first, size_t bytes, int thread)
{
    return first + (size_t)(thread - 1) * bytes;
}

/* Stacks grow down: to the page below. */
static size_t guarded_stack_bytes(const ground *self)
{
    return os_page_bytes() + self->stack_bytes;
}

bool ground_open(ground *self, const arena_options *of_arenas)
{
    self->arena_bytes = arena_bytes(of_arenas);
    self->stacks = os_map(of_all(self, guarded_stack_bytes(self)));
    self->pieces = os_map(of_all(self, self->piece_bytes));
    self->arenas = arena_places(of_arenas, self->threads);
    if (!self->stacks || !self->pieces || !self->arenas) return false;
    os_advise_huge(self->pieces, of_all(self, self->piece_bytes));
    return true;
}

void ground_close(ground *self)
{
    if (self->stacks) os_release(self->stacks, of_all(self, guarded_stack_bytes(self)));
    if (self->pieces) os_release(self->pieces, of_all(self, self->piece_bytes));
    if (self->arenas) os_release(self->arenas, of_all(self, self->arena_bytes));
}

char *ground_stack(const ground *self, int thread)
{
    char *guard = of_one(self->stacks, guarded_stack_bytes(self), thread);
    return os_guard(guard) ? guard + os_page_bytes() : NULL;
}

char *ground_arena(const ground *self, int thread)
{
    return of_one(self->arenas, self->arena_bytes, thread);
}

char *ground_piece(const ground *self, int thread)
{
    return of_one(self->pieces, self->piece_bytes, thread);
}
