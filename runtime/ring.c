#include "runtime/ring.h"

#include <string.h>

void ring_clear(ring *self)
{
    for (int i = 0; i < RING_ROOM; i++) self->times[i] = 1;
    memset(self->operations, 0, sizeof self->operations);
}

uint64_t ring_book(const ring *self, books *into, double ns_per_tick)
{
    uint64_t last = self->start, events = 0;
    for (uint32_t i = 0; i < self->used; i++) {
        uint64_t stamp = self->stamps[i], times = self->times[i];
        /* A stamp counter may step back by a few ticks when a thread moves to another core. */
        double ticks = stamp > last ? (double)(stamp - last) : 0;
        uint64_t each_ns = (uint64_t)(ticks * ns_per_tick / (double)times + 0.5);
        if (into) books_record(into, self->operations[i], each_ns, times);
        events += times;
        last = stamp;
    }
    return events;
}

uint32_t ring_batch(const ring *self, uint32_t batch, uint32_t most, double wanted_ns,
                    double ns_per_tick)
{
    static const double roomy = 4;
    if (self->used == 0) return batch;
    uint64_t ticks = self->stamps[self->used - 1] - self->start;
    double each_ns = (double)ticks * ns_per_tick / self->used;
    if (each_ns >= wanted_ns && each_ns <= roomy * wanted_ns) return batch;
    double better = batch * (roomy / 2 * wanted_ns) / (each_ns + 1);
    return better > most ? most : better < 1 ? 1 : (uint32_t)better;
}
