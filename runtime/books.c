#include "runtime/books.h"

#include "runtime/histogram.h"

size_t books_bytes(int operations)
{
    return ((size_t)operations + 1) * histogram_bytes();
}

void books_open(books *self, int operations, void *zeroed)
{
    char *next = zeroed;
    *self = (books){.all = histogram_in(next), .count = operations};
    for (int i = 0; i < operations; i++) {
        next += histogram_bytes();
        self->operations[i].latency = histogram_in(next);
    }
}

void books_record(books *self, int operation, uint64_t ns, uint64_t times)
{
    histogram_record_many(self->all, ns, times);
    if (operation > 0) histogram_record_many(self->operations[operation - 1].latency, ns, times);
}

void books_fail(books *self, int operation, uint64_t times)
{
    if (operation > 0) self->operations[operation - 1].errors += times;
}
