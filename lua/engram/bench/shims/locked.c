/*
 * Scratch from one arena behind one mutex, for all threads. It is tiled by pieces; a
 * roving pointer takes the next gap that fits and skips pieces in use, and starts over
 * when none is. All of a turn is given back under one lock.
 */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

enum { LINE = 64, PIECES_MAX = 16 };

typedef struct piece {
    _Alignas(LINE) size_t size; /* with this head */
    bool is_taken;
} piece;

struct scratch {
    piece *taken[PIECES_MAX];
    int count;
};

static struct {
    pthread_mutex_t lock;
    size_t taken;
    char *room;
    piece *rover;
} shared = {PTHREAD_MUTEX_INITIALIZER, 0, NULL, NULL};

static const size_t room_bytes = (size_t)128 << 20;

static piece *after(const piece *here)
{
    char *next = (char *)here + here->size;
    return (piece *)(void *)(next == shared.room + room_bytes ? shared.room : next);
}

static void start_over(void)
{
    shared.rover = (piece *)(void *)shared.room;
    *shared.rover = (piece){room_bytes, false};
}

/* The gap at here, as large as it is or at least size. */
static void join(piece *here, size_t size)
{
    while (here->size < size) {
        const piece *next = after(here);
        if (next <= here || next->is_taken) return;
        here->size += next->size;
    }
}

static piece *cut(piece *here, size_t size)
{
    size_t rest = here->size - size;
    if (rest > 0) {
        here->size = size;
        *(piece *)(void *)((char *)here + size) = (piece){rest, false};
    }
    here->is_taken = true;
    shared.rover = after(here);
    shared.taken++;
    return here;
}

static piece *take_locked(size_t size)
{
    for (size_t passed = 0; passed <= 2 * room_bytes; passed += shared.rover->size) {
        piece *here = shared.rover;
        if (!here->is_taken) {
            join(here, size);
            if (here->size >= size) return cut(here, size);
        }
        shared.rover = after(here);
    }
    return NULL;
}

static void scratch_open(struct scratch *scratch)
{
    scratch->count = 0;
    pthread_mutex_lock(&shared.lock);
    if (!shared.room) {
        shared.room = (char *)aligned_alloc(LINE, room_bytes);
        if (!shared.room) abort();
        start_over();
    }
    pthread_mutex_unlock(&shared.lock);
}

static inline void *scratch_take(struct scratch *scratch, size_t size)
{
    pthread_mutex_lock(&shared.lock);
    piece *found = take_locked((size + sizeof(piece) + LINE - 1) / LINE * LINE);
    pthread_mutex_unlock(&shared.lock);
    if (!found) return NULL;
    scratch->taken[scratch->count++] = found;
    return found + 1;
}

static inline void scratch_release(struct scratch *scratch)
{
    pthread_mutex_lock(&shared.lock);
    shared.taken -= (size_t)scratch->count;
    while (scratch->count > 0) scratch->taken[--scratch->count]->is_taken = false;
    if (shared.taken == 0) start_over();
    pthread_mutex_unlock(&shared.lock);
}

static void scratch_close(struct scratch *scratch)
{
    scratch->count = 0;
}

#include "crew.h"
