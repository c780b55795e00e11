/*
 * Ring: the raw time stamps with which events ended, until they are booked all at once.
 *
 * The end of one event is the start of the next, so a stamp less the one before it is an
 * event's length: exact, without sampling. A stamp may also end a batch of events, or be
 * one of an operation of a mix.
 *
 * Thread:  one owner.
 * Errors:  none. Whoever fills the last place books.
 */
#ifndef EG_RING_H
#define EG_RING_H

#include "runtime/base.h"
#include "runtime/books.h"

enum { RING_ROOM = 256 };

typedef struct ring {
    uint32_t used;
    uint64_t start; /* when the first event in it began */
    uint64_t stamps[RING_ROOM];
    uint32_t times[RING_ROOM];      /* 1, but for batches */
    uint8_t operations[RING_ROOM];  /* 0, but in a mix */
} ring;

/* All places as those of plain events. */
void ring_clear(ring *self);

/* Books what it holds, or nothing when into is NULL. Answers how many events that are. */
uint64_t ring_book(const ring *self, books *into, double ns_per_tick);

/* So many events in a batch that the next lasts wanted_ns or somewhat longer, judged by those
 * in the ring, which had batch each. Between 1 and most. */
uint32_t ring_batch(const ring *self, uint32_t batch, uint32_t most, double wanted_ns,
                    double ns_per_tick);

#endif
