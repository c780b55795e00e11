/*
 * Waiting: the nodes that best-first spreading has reached, the best of them first.
 *
 * What is known of a node is its label: the bits of its activation above, the complement
 * of its hops below, so that of two labels the greater is the better. 0: not reached. A
 * node waits in one of two queues, neither of which looks for its earlier place when its
 * label becomes better; places that no longer hold are told by the label and passed over.
 *
 *   heap     a binary heap of labels with their nodes, ties by lower id: exact for any labels
 *   buckets  one for each stretch of activations, a power of two parts per octave. Exact
 *            where whoever is reached from a bucket belongs to a later one; then the order
 *            within a bucket does not matter.
 *
 * Both have a fixed room, which does for any number of pushes: when it is full, places that
 * do not hold are swept out, after which at least half of it is free.
 *
 * Thread:  one owner.
 * Errors:  none.
 */
#ifndef EG_WAITING_H
#define EG_WAITING_H

#include "runtime/base.h"

#include <string.h>

#define WAITING_SETTLED ((uint64_t)1 << 63) /* the sign of the activation: no label has it */

static inline uint32_t waiting_bits(float activation)
{
    uint32_t bits;
    memcpy(&bits, &activation, sizeof bits);
    return bits;
}

static inline uint64_t waiting_label(float activation, uint32_t hops)
{
    return (uint64_t)waiting_bits(activation) << 32 | (uint32_t)~hops;
}

static inline float waiting_activation(uint64_t label)
{
    uint32_t bits = (uint32_t)((label & ~WAITING_SETTLED) >> 32);
    float activation;
    memcpy(&activation, &bits, sizeof activation);
    return activation;
}

static inline uint32_t waiting_hops(uint64_t label)
{
    return ~(uint32_t)label;
}

/* ---- Heap ---- */

typedef struct waiting_place {
    uint64_t label;
    uint32_t node;
} waiting_place;

typedef struct heap {
    waiting_place *places;
    size_t count, room; /* room: two places for each node at least */
} heap;

/* label: that of the node now. */
void heap_push(heap *self, const uint64_t *labels, uint64_t label, uint32_t node);
/* false: none waits. A node whose label has become another is passed over. */
bool heap_pop(heap *self, const uint64_t *labels, uint32_t *node);
/* Leaves the best so many of the nodes in the list. From its start on there must be room
 * for a place for each of them all. */
void heap_select(uint32_t *list, uint32_t count, uint32_t best, const uint64_t *labels);

/* ---- Buckets ---- */

enum { CHUNK_NODES = 15 };

/* One cache line of a bucket. Chunks have numbers; 0 is none. */
typedef struct chunk {
    uint32_t next, nodes[CHUNK_NODES];
} chunk;

typedef struct bucket {
    uint32_t chunk, count; /* the newest, and how many nodes are in it; 0 is as if full */
} bucket;

typedef struct buckets {
    bucket *all;
    chunk *chunks;
    uint32_t *list;        /* for sweeping: as in buckets_take */
    uint32_t first, count; /* the least activation's bits, shifted; how many buckets */
    uint32_t free, unused; /* a chunk that was given back, or 0; the next of those never used */
    uint32_t chunk_count;
    int shift;
} buckets;

/* So many chunks do; there must be one more, for nothing is in the first. */
static inline size_t buckets_chunks(size_t nodes, size_t count)
{
    return 2 * (nodes / CHUNK_NODES + 1) + count;
}

void buckets_open(buckets *self);
/* Empties bucket i into list, which holds one node more than there are, and settles them, but
 * those whose labels end in low. Answers how many. */
uint32_t buckets_take(buckets *self, uint32_t i, uint64_t *labels, uint32_t low, uint32_t *list);
/* Room for one more node in bucket i. */
void buckets_extend(buckets *self, uint32_t i, uint64_t *labels);

static inline uint32_t buckets_of(const buckets *self, uint64_t label)
{
    return (uint32_t)(label >> 32 >> self->shift) - self->first;
}

static inline void buckets_push(buckets *self, uint32_t i, uint64_t *labels, uint32_t node)
{
    bucket *into = self->all + i;
    if (BASE_UNLIKELY(into->count == CHUNK_NODES)) buckets_extend(self, i, labels);
    self->chunks[into->chunk].nodes[into->count++] = node;
}

#endif
