/*
 * Scratch from APR's pools, cleared after each turn: a pool per thread, with an allocator
 * of its own, or with -DAPR_CHILD as a child of the global pool.
 */
#define _POSIX_C_SOURCE 200809L
#include <apr_general.h>
#include <apr_pools.h>

struct scratch {
    apr_pool_t *pool;
};

__attribute__((constructor)) static void apr_start(void)
{
    apr_initialize();
}

static void scratch_open(struct scratch *scratch)
{
#ifdef APR_CHILD
    apr_pool_create(&scratch->pool, NULL);
#else
    apr_allocator_t *own;
    apr_allocator_create(&own);
    apr_pool_create_ex(&scratch->pool, NULL, NULL, own);
    apr_allocator_owner_set(own, scratch->pool);
#endif
}

static inline void *scratch_take(struct scratch *scratch, size_t size)
{
    return apr_palloc(scratch->pool, size);
}

static inline void scratch_release(struct scratch *scratch)
{
    apr_pool_clear(scratch->pool);
}

static void scratch_close(struct scratch *scratch)
{
    apr_pool_destroy(scratch->pool);
}

#include "crew.h"
