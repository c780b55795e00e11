/*
 * Numbers: the event numbers that a thread has claimed from those left to all.
 *
 * They are claimed in chunks: as many as last a fifth of a millisecond at the pace of the
 * last chunk, and few when few are left, so that all threads end together.
 *
 * Thread:  the claim is its thread's, the counter is everybody's.
 * Errors:  none.
 */
#ifndef EG_NUMBERS_H
#define EG_NUMBERS_H

#include "runtime/base.h"

#include <stdatomic.h>

/* The most that a thread claims at once. */
enum { NUMBERS_MOST = 4096 };

typedef struct numbers {
    uint64_t next, end; /* those left of the chunk: next up to end, without it */
    uint64_t chunk;
    uint64_t claimed_ticks; /* when the chunk was claimed */
} numbers;

/* Claims the next ones of a counter that ends at last, one at a time if singly. false: there
 * are none left. */
bool numbers_claim(numbers *self, _Atomic uint64_t *counter, uint64_t last, int threads,
                   bool singly, uint64_t now_ticks, double ns_per_tick);

#endif
