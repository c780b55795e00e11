#include "runtime/living.h"

#include "runtime/os.h"

#include <stdlib.h>

static struct {
    os_mutex *mutex;
    living *first;
    eg_arena_stats retired;
} all;

__attribute__((constructor)) static void all_start(void)
{
    all.mutex = os_mutex_new();
    if (!all.mutex) abort();
}

static double larger(double a, double b)
{
    return a > b ? a : b; /* a NaN capacity, as malloc has, does not count */
}

/* Counters add up; capacity, use and high water are those of the fullest arena. */
static void stats_add(eg_arena_stats *total, const eg_arena_stats *one)
{
    if (one->high_water >= total->high_water) total->capacity = one->capacity;
    total->used = larger(one->used, total->used);
    total->high_water = larger(one->high_water, total->high_water);
    total->needed = larger(one->needed, total->needed);
    total->allocations += one->allocations;
    total->overflows += one->overflows;
    total->fallback_bytes += one->fallback_bytes;
    total->resets += one->resets;
}

void living_enter(living *self, const eg_arena *arena)
{
    os_mutex_lock(all.mutex);
    *self = (living){.arena = arena, .next = all.first};
    if (self->next) self->next->previous = self;
    all.first = self;
    os_mutex_unlock(all.mutex);
}

void living_leave(living *self)
{
    eg_arena_stats last;
    eg_arena_stats_read(self->arena, &last);
    os_mutex_lock(all.mutex);
    stats_add(&all.retired, &last);
    all.retired.used = 0;
    if (self->next) self->next->previous = self->previous;
    if (self->previous) self->previous->next = self->next;
    else all.first = self->next;
    os_mutex_unlock(all.mutex);
}

void eg_arena_totals_read(eg_arena_stats *stats)
{
    os_mutex_lock(all.mutex);
    *stats = all.retired;
    for (const living *each = all.first; each; each = each->next) {
        eg_arena_stats one;
        eg_arena_stats_read(each->arena, &one);
        stats_add(stats, &one);
    }
    os_mutex_unlock(all.mutex);
}
