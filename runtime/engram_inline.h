/*
 * The fast paths of an arena without a call, for kernels in C that take many small pieces.
 * Lua does not read it.
 *
 *     size_t mark = (size_t)eg_arena_mark(arena);
 *     float *scratch = (float *)eg_arena_alloc_inline(arena, count * sizeof *scratch);
 *     eg_arena_rewind_inline(arena, mark);
 *
 * The contracts are those of eg_arena_alloc and eg_arena_rewind: uncleared, 64-byte aligned,
 * checked and counted, NULL when the policy grants no more. Whatever is not plain (an overflow,
 * a living handle, zeroing) is left to them.
 *
 * Thread:  the arena's.
 * Errors:  as theirs.
 */
#ifndef ENGRAM_INLINE_H
#define ENGRAM_INLINE_H

#include "engram.h"

/* How an eg_arena begins; the library is not built where that is not so. */
typedef struct eg_arena_head {
    char *base;
    size_t cursor, limit;
    uint64_t allocations;
    size_t kept, high_water;
    uint64_t resets;
    size_t grow_to;
    void *blocks;
    uint32_t slots_used, zero;
} eg_arena_head;

#if defined(__SANITIZE_ADDRESS__)

/* The library tells the sanitizer which bytes are alive. */
static inline void *eg_arena_alloc_inline(eg_arena *arena, size_t bytes)
{
    return eg_arena_alloc(arena, bytes);
}

static inline int eg_arena_rewind_inline(eg_arena *arena, size_t mark)
{
    return eg_arena_rewind(arena, (double)mark);
}

#else

/* Others read what counts at any time: relaxed stores, which cost nothing. */
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

static inline int eg_arena_rewind_inline(eg_arena *arena, size_t mark)
{
    eg_arena_head *head = (eg_arena_head *)(void *)arena;
    size_t cursor = __atomic_load_n(&head->cursor, __ATOMIC_RELAXED);
    int is_plain = !head->blocks & !head->slots_used & !head->zero & !head->grow_to;
    if (!is_plain || mark < head->kept || mark >= cursor) {
        return eg_arena_rewind(arena, (double)mark);
    }
    if (cursor > __atomic_load_n(&head->high_water, __ATOMIC_RELAXED)) {
        __atomic_store_n(&head->high_water, cursor, __ATOMIC_RELAXED);
    }
    __atomic_store_n(&head->cursor, mark, __ATOMIC_RELAXED);
    if (mark == head->kept) {
        __atomic_store_n(&head->resets, __atomic_load_n(&head->resets, __ATOMIC_RELAXED) + 1,
                         __ATOMIC_RELAXED);
    }
    return EG_OK;
}

#endif

#endif
