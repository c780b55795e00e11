/*
 * One reservation holds, in this order: the arena's own head, the table of
 * slots, a guard page, the memory, a guard page. The fast path rounds the
 * cursor up, adds and compares; what does not fit goes to arena_elsewhere,
 * which also serves the two strategies kept for comparison: their limit is 0.
 */
#include "runtime/arena.h"

#include "runtime/engram_inline.h"
#include "runtime/living.h"
#include "runtime/os.h"
#include "runtime/region.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_ALIGNMENT = 64, SLOTS_MAX = 1 << 16, GROWTH_RESERVE = 16 };

static const size_t size_min_bytes = (size_t)64 << 10;
static const size_t growth_min_bytes = (size_t)1 << 30;
static const size_t request_max_bytes = (size_t)1 << 46; /* no address space holds more */

/* A request served from elsewhere; popped when the cursor is rewound to offset. */
typedef struct block {
    struct block *below;
    size_t offset, bytes;
    void *memory;
    bool from_region;
} block;

/*
 * Written by the owner alone, but for among: its neighbours in the list do that, too, under the
 * list's mutex. The atomic fields are read by the host at any time: relaxed loads and stores,
 * which cost what plain ones cost.
 */
struct eg_arena {
    _Alignas(BASE_LINE_PAIR) char *base;
    atomic_size_t cursor;
    size_t limit; /* what the fast path may give out: the capacity, or 0 */
    _Atomic uint64_t allocations;
    size_t kept;
    atomic_size_t high_water;
    _Atomic uint64_t resets;
    size_t grow_to;
    block *blocks;
    uint32_t slots_used, zero; /* up to here also in engram_inline.h */
    eg_slot *slots;
    double serial;

    _Alignas(BASE_LINE_PAIR) atomic_size_t capacity;
    _Atomic uint64_t overflows, fallback_bytes;
    atomic_size_t needed;
    size_t reserved;
    int policy, allocator, owner;
    region *shared;
    const atomic_int *stop;
    size_t own_bytes; /* of its place; 0 when that is another's */
    living among; /* the arenas of the process */
};

static_assert(sizeof(struct eg_arena) <= 4096, "the head fits one page");
#define AS_INLINE(field) (offsetof(struct eg_arena, field) == offsetof(eg_arena_head, field))
static_assert(AS_INLINE(cursor) && AS_INLINE(allocations) && AS_INLINE(kept) && AS_INLINE(resets) &&
              AS_INLINE(blocks) && AS_INLINE(zero), "engram_inline.h knows how an arena begins");

/* ---- Life ---- */

/* Where what begins in an arena's place, the head at its start. */
typedef struct layout {
    size_t slots, base, size, reserved, end;
} layout;

static layout layout_of(const arena_options *options)
{
    size_t page = os_page_bytes();
    layout of = {.slots = page, .size = base_rounded_up(options->size_bytes, page)};
    of.base = of.slots + SLOTS_MAX * sizeof(eg_slot) + page;
    of.reserved = of.size;
    if (options->policy == EG_GROW) {
        of.reserved *= GROWTH_RESERVE;
        if (of.reserved < growth_min_bytes) of.reserved = growth_min_bytes;
    }
    of.end = of.base + of.reserved + page;
    return of;
}

size_t arena_bytes(const arena_options *options)
{
    return layout_of(options).end;
}

/* What grows into its place takes no memory for the rest of it, where the system counts that. */
void *arena_places(const arena_options *options, int count)
{
    size_t size = options->size_bytes;
    if (size < size_min_bytes || size > request_max_bytes) return NULL;
    size_t each = arena_bytes(options);
    if (each > SIZE_MAX / (size_t)count) return NULL;
    return options->policy == EG_GROW ? os_reserve(each * (size_t)count)
                                      : os_map(each * (size_t)count);
}

/* Guard pages in front of the base and at the end. */
static bool place_furnish(char *start, const layout *at)
{
    size_t page = os_page_bytes();
    if (at->reserved == at->size) {
        return os_guard(start + at->base - page) && os_guard(start + at->end - page);
    }
    return os_commit(start, at->base - page) && os_commit(start + at->base, at->size);
}

eg_arena *arena_in(void *place, const arena_options *options)
{
    layout at = layout_of(options);
    char *start = place, *base = start + at.base;
    if (!place_furnish(start, &at)) return NULL;
    os_advise_huge(base, at.size);
    BASE_POISON(base, at.size);

    eg_arena *arena = place;
    arena->base = base;
    arena->limit = options->allocator == EG_THREAD ? at.size : 0;
    arena->zero = options->zero != 0;
    arena->slots = (eg_slot *)(void *)(start + at.slots);
    BASE_WRITE(arena->capacity, at.size);
    arena->reserved = at.reserved;
    arena->policy = options->policy;
    arena->allocator = options->allocator;
    arena->owner = options->owner;
    arena->shared = options->shared;
    arena->stop = options->stop;
    living_enter(&arena->among, arena);
    return arena;
}

eg_arena *eg_arena_new(size_t size_bytes, int policy, int zero, int owner)
{
    if (policy < EG_PANIC || policy > EG_GROW) return NULL;
    arena_options options = {.size_bytes = size_bytes, .policy = policy, .zero = zero,
                             .allocator = EG_THREAD, .owner = owner};
    void *place = arena_places(&options, 1);
    eg_arena *arena = place ? arena_in(place, &options) : NULL;
    if (!arena && place) os_release(place, arena_bytes(&options));
    if (!arena) return NULL;
    arena->own_bytes = arena_bytes(&options);
    return arena;
}

/* Frees what was taken from elsewhere at this offset or beyond. */
static void blocks_pop(eg_arena *arena, size_t offset)
{
    while (arena->blocks && arena->blocks->offset >= offset) {
        block *top = arena->blocks;
        arena->blocks = top->below;
        if (arena->zero) memset(top->memory, 0, top->bytes);
        if (top->from_region) region_give(arena->shared, top->memory);
        else free(top->memory);
        free(top);
    }
}

void eg_arena_free(eg_arena *arena)
{
    if (!arena) return;
    blocks_pop(arena, 0);
    living_leave(&arena->among);
    BASE_UNPOISON(arena->base, BASE_READ(arena->capacity));
    if (arena->own_bytes) os_release(arena, arena->own_bytes);
}

/* ---- Taking ---- */

BASE_COLD static void arena_panic(const eg_arena *arena, size_t bytes)
{
    fprintf(stderr,
            "engram: arena overflow: thread %d asked for %zu bytes with %zu of %zu in use; set "
            "ENGRAM_ARENA_SIZE to at least %zu, or ENGRAM_ARENA_OVERFLOW to error, fallback or "
            "grow\n",
            arena->owner, bytes, BASE_READ(arena->cursor), BASE_READ(arena->capacity),
            BASE_READ(arena->needed));
    abort();
}

/* Memory from the heap or the shared region, to be given back by the same rewind. */
static void *block_push(eg_arena *arena, size_t start, size_t bytes, size_t alignment,
                        bool from_region)
{
    block *top = malloc(sizeof *top);
    if (!top) return NULL;
    void *memory = NULL;
    if (from_region) memory = region_take(arena->shared, bytes, alignment);
    else memory = aligned_alloc(alignment, base_rounded_up(bytes, alignment));
    if (!memory) {
        free(top);
        return NULL;
    }
    *top = (block){arena->blocks, start, bytes, memory, from_region};
    arena->blocks = top;
    BASE_WRITE(arena->cursor, start + bytes);
    return memory;
}

/* What no arena could hold says nothing about the size to set. */
static void note_overflow(eg_arena *arena, size_t end)
{
    BASE_ADD(arena->overflows, 1);
    BASE_WRITE(arena->needed, end);
    if (end > request_max_bytes || end <= BASE_READ(arena->high_water)) return;
    BASE_WRITE(arena->high_water, end);
}

/* What did not fit at start: by strategy first, then by policy. */
BASE_COLD static void *arena_elsewhere(eg_arena *arena, size_t start, size_t bytes,
                                       size_t alignment)
{
    BASE_ADD(arena->allocations, 1);
    bool is_possible = bytes <= request_max_bytes && alignment <= request_max_bytes;
    if (is_possible && arena->allocator != EG_THREAD) {
        void *memory = block_push(arena, start, bytes, alignment, arena->allocator == EG_SHARED);
        if (memory) return memory;
    }
    note_overflow(arena, start + bytes < start ? SIZE_MAX : start + bytes);
    if (arena->policy == EG_PANIC) arena_panic(arena, bytes);
    if (arena->policy == EG_ERROR || !is_possible) return NULL;
    void *memory = block_push(arena, start, bytes, alignment, false);
    if (!memory) return NULL;
    BASE_ADD(arena->fallback_bytes, bytes);
    if (arena->policy == EG_GROW && start + bytes > arena->grow_to) arena->grow_to = start + bytes;
    return memory;
}

static inline void *take(eg_arena *arena, size_t start, size_t bytes, size_t alignment)
{
    size_t end = start + (bytes += bytes == 0); /* every block has an address of its own */
    if (BASE_UNLIKELY(end > arena->limit || end < start)) {
        return arena_elsewhere(arena, start, bytes, alignment);
    }
    BASE_WRITE(arena->cursor, end);
    BASE_ADD(arena->allocations, 1);
    BASE_UNPOISON(arena->base + start, bytes);
    return arena->base + start;
}

void *eg_arena_alloc(eg_arena *arena, size_t bytes)
{
    /* The base lies on a page, so the offset is as aligned as the address. */
    size_t start = BASE_READ(arena->cursor) + DEFAULT_ALIGNMENT - 1;
    return take(arena, start & ~(size_t)(DEFAULT_ALIGNMENT - 1), bytes, DEFAULT_ALIGNMENT);
}

void *eg_arena_alloc_aligned(eg_arena *arena, size_t bytes, size_t alignment)
{
    if (alignment == 0 || (alignment & (alignment - 1)) != 0) return NULL;
    if (alignment < sizeof(void *)) alignment = sizeof(void *);
    uintptr_t base = (uintptr_t)arena->base;
    uintptr_t at = (base + BASE_READ(arena->cursor) + alignment - 1) & ~(uintptr_t)(alignment - 1);
    return take(arena, (size_t)(at - base), bytes, alignment);
}

/* ---- Giving back ---- */

double eg_arena_mark(const eg_arena *arena)
{
    return (double)BASE_READ(arena->cursor);
}

static void slots_pop(eg_arena *arena, size_t offset)
{
    while (arena->slots_used > 0 && arena->slots[arena->slots_used - 1].offset >= (double)offset) {
        arena->slots[--arena->slots_used].serial = 0;
    }
}

/* After an overflow under EG_GROW: at least double, inside the reservation. */
static void arena_grow(eg_arena *arena)
{
    size_t capacity = BASE_READ(arena->capacity), wanted = capacity * 2, page = os_page_bytes();
    if (wanted < arena->grow_to) wanted = base_rounded_up(arena->grow_to, page);
    if (wanted > arena->reserved) wanted = arena->reserved;
    arena->grow_to = 0;
    if (wanted <= capacity || arena->allocator != EG_THREAD) return;
    if (!os_commit(arena->base + capacity, wanted - capacity)) return;
    BASE_POISON(arena->base + capacity, wanted - capacity);
    BASE_WRITE(arena->capacity, wanted);
    arena->limit = wanted;
}

static void give_back(eg_arena *arena, size_t to, size_t cursor)
{
    if (cursor > BASE_READ(arena->high_water)) BASE_WRITE(arena->high_water, cursor);
    size_t end = cursor < arena->limit ? cursor : arena->limit;
    if (arena->zero && to < end) {
        BASE_UNPOISON(arena->base + to, end - to);
        memset(arena->base + to, 0, end - to);
    }
    if (to < arena->limit) BASE_POISON(arena->base + to, arena->limit - to);
    slots_pop(arena, to);
    if (BASE_UNLIKELY(arena->blocks != NULL)) blocks_pop(arena, to);
    BASE_WRITE(arena->cursor, to);
    if (to != arena->kept) return;
    BASE_ADD(arena->resets, 1);
    if (BASE_UNLIKELY(arena->grow_to != 0)) arena_grow(arena);
}

int eg_arena_rewind(eg_arena *arena, double mark)
{
    size_t cursor = BASE_READ(arena->cursor);
    if (!(mark >= (double)arena->kept && mark <= (double)cursor)) return EG_INVALID;
    size_t to = (size_t)mark;
    if ((double)to != mark) return EG_INVALID;
    if (to != cursor) give_back(arena, to, cursor);
    return EG_OK;
}

void arena_keep(eg_arena *arena)
{
    arena->kept = BASE_READ(arena->cursor);
}

void arena_reset(eg_arena *arena)
{
    size_t cursor = BASE_READ(arena->cursor);
    if (cursor != arena->kept) give_back(arena, arena->kept, cursor);
}

void arena_forget_peak(eg_arena *arena)
{
    BASE_WRITE(arena->high_water, BASE_READ(arena->cursor));
}

/* ---- Watching ---- */

void eg_arena_stats_read(const eg_arena *arena, eg_arena_stats *stats)
{
    size_t used = BASE_READ(arena->cursor), high_water = BASE_READ(arena->high_water);
    *stats = (eg_arena_stats){
        .capacity = arena->allocator == EG_MALLOC ? NAN : (double)BASE_READ(arena->capacity),
        .used = (double)used,
        .high_water = (double)(used > high_water ? used : high_water),
        .allocations = (double)BASE_READ(arena->allocations),
        .overflows = (double)BASE_READ(arena->overflows),
        .fallback_bytes = (double)BASE_READ(arena->fallback_bytes),
        .resets = (double)BASE_READ(arena->resets),
        .needed = (double)BASE_READ(arena->needed),
    };
}

int eg_arena_stopped(const eg_arena *arena)
{
    return arena->stop && atomic_load_explicit(arena->stop, memory_order_relaxed) >= ARENA_STOP_NOW;
}

const eg_slot *eg_arena_track(eg_arena *arena, const void *newest)
{
    if (arena->slots_used == SLOTS_MAX) return NULL;
    const block *top = arena->blocks;
    size_t offset = top && top->memory == newest ? top->offset
                                                 : (size_t)((const char *)newest - arena->base);
    assert(offset < BASE_READ(arena->cursor));
    eg_slot *slot = &arena->slots[arena->slots_used++];
    arena->serial += 1;
    *slot = (eg_slot){arena->serial, (double)offset};
    return slot;
}
