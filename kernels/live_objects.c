#include "kernels/live_objects.h"

#include "runtime/engram.h"

#include <stdatomic.h>

static atomic_long live;

void live_objects_count(int change)
{
    atomic_fetch_add_explicit(&live, change, memory_order_relaxed);
}

double eg_live_objects(void)
{
    return (double)atomic_load_explicit(&live, memory_order_relaxed);
}
