/*
 * Books: a thread's latencies, all together and by operation of a mix.
 *
 * Thread:  one writer, the thread; histograms may be read meanwhile.
 * Errors:  none.
 */
#ifndef EG_BOOKS_H
#define EG_BOOKS_H

#include "runtime/base.h"
#include "runtime/engram.h"

enum { BOOKS_OPERATIONS_MAX = 64 };

typedef struct books {
    eg_histogram *all;
    int count; /* of operations; 0 for no mix */
    struct {
        eg_histogram *latency;
        uint64_t errors;
    } operations[BOOKS_OPERATIONS_MAX];
} books;

/* In zeroed memory of so many bytes, which is the caller's. */
size_t books_bytes(int operations);
void books_open(books *self, int operations, void *zeroed);

/* times events of ns each. operation counts from 1; 0 for none. */
void books_record(books *self, int operation, uint64_t ns, uint64_t times);
void books_fail(books *self, int operation, uint64_t times);

#endif
