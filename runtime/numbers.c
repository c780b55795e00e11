#include "runtime/numbers.h"

enum { CHUNKS_PER_THREAD = 4 };

static const double chunk_ns = 200e3;

static uint64_t chunk_size(const numbers *self, uint64_t all_left, int threads, double last_ns)
{
    double fast = (double)self->chunk * chunk_ns / (last_ns + 1);
    uint64_t left = all_left / ((uint64_t)CHUNKS_PER_THREAD * (uint64_t)threads);
    uint64_t chunk = fast > NUMBERS_MOST ? NUMBERS_MOST : (uint64_t)fast;
    if (chunk > left) chunk = left;
    return chunk < 1 ? 1 : chunk;
}

bool numbers_claim(numbers *self, _Atomic uint64_t *counter, uint64_t last, int threads,
                   bool singly, uint64_t now_ticks, double ns_per_tick)
{
    uint64_t next = BASE_READ(*counter);
    if (next > last) return false;
    double last_ns = (double)(now_ticks - self->claimed_ticks) * ns_per_tick;
    uint64_t chunk = singly ? 1 : chunk_size(self, last - next + 1, threads, last_ns);
    uint64_t first = atomic_fetch_add_explicit(counter, chunk, memory_order_relaxed);
    if (first > last) return false;
    if (chunk > last - first + 1) chunk = last - first + 1;
    *self = (numbers){first, first + chunk, chunk, now_ticks};
    return true;
}
