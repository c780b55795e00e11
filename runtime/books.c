#include "runtime/books.h"

#include "runtime/histogram.h"

bool books_open(books *self, int operations)
{
    *self = (books){.all = eg_histogram_new(), .count = operations};
    bool whole = self->all != NULL;
    for (int i = 0; i < operations; i++) {
        self->operations[i].latency = eg_histogram_new();
        whole = whole && self->operations[i].latency;
    }
    return whole;
}

void books_close(books *self)
{
    eg_histogram_free(self->all);
    for (int i = 0; i < self->count; i++) eg_histogram_free(self->operations[i].latency);
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
