/*
 * The fast path of eg_arena_alloc without a call, for kernels in C that take many small
 * pieces. Lua does not read it.
 *
 *     float *scratch = (float *)eg_arena_alloc_inline(arena, count * sizeof *scratch);
 *
 * The same contract as eg_arena_alloc: uncleared, 64-byte aligned, checked and counted,
 * NULL when the policy grants no more. What does not fit goes to eg_arena_alloc.
 *
 * Thread:  the arena's.
 * Errors:  as eg_arena_alloc.
 */
#ifndef ENGRAM_INLINE_H
#define ENGRAM_INLINE_H

#include "engram.h"

/* How an eg_arena begins; the library is not built where that is not so. */
typedef struct eg_arena_head {
    char *base;
    size_t cursor, limit;
    uint64_t allocations;
} eg_arena_head;

#if defined(__SANITIZE_ADDRESS__)

/* The library tells the sanitizer which bytes are alive. */
static inline void *eg_arena_alloc_inline(eg_arena *arena, size_t bytes)
{
    return eg_arena_alloc(arena, bytes);
}

#else

/* Others read the cursor and the count at any time: relaxed stores, which cost nothing. */
static inline void *eg_arena_alloc_inline(eg_arena *arena, size_t bytes)
{
    eg_arena_head *head = (eg_arena_head *)(void *)arena;
    size_t start = (__atomic_load_n(&head->cursor, __ATOMIC_RELAXED) + 63) & ~(size_t)63;
    size_t end = start + bytes + (bytes == 0);
    if (__builtin_expect(end > head->limit || end < start, 0)) return eg_arena_alloc(arena, bytes);
    __atomic_store_n(&head->cursor, end, __ATOMIC_RELAXED);
    __atomic_store_n(&head->allocations,
                     __atomic_load_n(&head->allocations, __ATOMIC_RELAXED) + 1, __ATOMIC_RELAXED);
    return head->base + start;
}

#endif

#endif
