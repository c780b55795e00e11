/*
 * Region: one stretch of memory behind one mutex, shared by all threads. It is
 * what engram's arenas replace, kept so that anyone can measure the difference.
 *
 * A roving pointer takes the next gap that fits and skips pieces in use.
 *
 * Thread:  any; every call takes the lock.
 * Errors:  NULL when no gap fits.
 */
#ifndef EG_REGION_H
#define EG_REGION_H

#include "runtime/base.h"

typedef struct region region;

region *region_new(size_t bytes);
void region_free(region *shared);

void *region_take(region *shared, size_t bytes, size_t alignment);
void region_give(region *shared, void *memory);

#endif
