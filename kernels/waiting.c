#include "kernels/waiting.h"

/* ---- Heap ---- */

static inline bool is_before(const waiting_place *a, const waiting_place *b)
{
    return a->label != b->label ? a->label > b->label : a->node < b->node;
}

/* Puts a place where it belongs, from i towards the leaves. */
static void sink(waiting_place *places, size_t count, size_t i, waiting_place moved)
{
    for (size_t child; (child = 2 * i + 1) < count; i = child) {
        if (child + 1 < count && is_before(&places[child + 1], &places[child])) child++;
        if (!is_before(&places[child], &moved)) break;
        places[i] = places[child];
    }
    places[i] = moved;
}

static void build(waiting_place *places, size_t count)
{
    for (size_t i = count / 2; i-- > 0;) sink(places, count, i, places[i]);
}

/* Takes the best out and leaves it at the end. */
static void pop(waiting_place *places, size_t count)
{
    waiting_place best = places[0], last = places[count - 1];
    if (count > 1) sink(places, count - 1, 0, last);
    places[count - 1] = best;
}

static BASE_COLD void heap_sweep(heap *self, const uint64_t *labels)
{
    size_t kept = 0;
    for (size_t i = 0; i < self->count; i++) {
        waiting_place place = self->places[i];
        if (labels[place.node] == place.label) self->places[kept++] = place;
    }
    self->count = kept;
    build(self->places, kept);
}

void heap_push(heap *self, const uint64_t *labels, uint64_t label, uint32_t node)
{
    if (BASE_UNLIKELY(self->count == self->room)) heap_sweep(self, labels);
    waiting_place *places = self->places, pushed = { label, node };
    size_t i = self->count++;
    for (size_t parent; i > 0 && is_before(&pushed, &places[parent = (i - 1) / 2]); i = parent) {
        places[i] = places[parent];
    }
    places[i] = pushed;
}

bool heap_pop(heap *self, const uint64_t *labels, uint32_t *node)
{
    while (self->count > 0) {
        pop(self->places, self->count);
        waiting_place best = self->places[--self->count];
        *node = best.node;
        if (labels[best.node] == best.label) return true;
    }
    return false;
}

/* A place is four times as wide as a node of the list: growing from the last to the first
 * and shrinking from the first to the last, each is read before it is written over. */
void heap_select(uint32_t *list, uint32_t count, uint32_t best, const uint64_t *labels)
{
    waiting_place *places = (waiting_place *)(void *)list;
    for (uint32_t i = count; i-- > 0;) {
        uint32_t node = list[i];
        places[i] = (waiting_place){ labels[node], node };
    }
    build(places, count);
    for (uint32_t i = 0; i < best; i++) pop(places, count - i);
    for (uint32_t i = 0; i < best; i++) {
        uint32_t node = places[count - best + i].node;
        list[i] = node;
    }
}

/* ---- Buckets ---- */

void buckets_open(buckets *self)
{
    for (uint32_t i = 0; i < self->count; i++) self->all[i] = (bucket){ 0, CHUNK_NODES };
    self->free = 0;
    self->unused = 1;
}

/* 0: there is none. */
static uint32_t find_chunk(buckets *self)
{
    uint32_t found = self->free;
    if (!found) return self->unused <= self->chunk_count ? self->unused++ : 0;
    self->free = self->chunks[found].next;
    return found;
}

/* A node is settled when it is found, so it is found once. */
uint32_t buckets_take(buckets *self, uint32_t i, uint64_t *labels, uint32_t low, uint32_t *list)
{
    uint32_t count = 0, held = self->all[i].count;
    for (uint32_t at = self->all[i].chunk; at != 0; held = CHUNK_NODES) {
        chunk *here = self->chunks + at;
        for (uint32_t k = 0; k < held; k++) {
            uint32_t node = here->nodes[k];
            uint64_t label = labels[node];
            bool holds = !(label & WAITING_SETTLED) & ((uint32_t)label != low) &
                         (buckets_of(self, label) == i);
            labels[node] = label | (uint64_t)holds << 63;
            list[count] = node;
            count += holds;
        }
        uint32_t next = here->next;
        here->next = self->free;
        self->free = at;
        at = next;
    }
    self->all[i] = (bucket){ 0, CHUNK_NODES };
    return count;
}

static BASE_COLD void sweep(buckets *self, uint64_t *labels)
{
    for (uint32_t i = 0; i < self->count; i++) {
        uint32_t count = buckets_take(self, i, labels, 0, self->list);
        for (uint32_t k = 0; k < count; k++) {
            labels[self->list[k]] &= ~WAITING_SETTLED;
            buckets_push(self, i, labels, self->list[k]);
        }
    }
}

BASE_COLD void buckets_extend(buckets *self, uint32_t i, uint64_t *labels)
{
    uint32_t found = find_chunk(self);
    if (!found) {
        sweep(self, labels);
        if (self->all[i].count < CHUNK_NODES) return;
        found = find_chunk(self);
    }
    self->chunks[found].next = self->all[i].chunk;
    self->all[i] = (bucket){ found, 0 };
}
