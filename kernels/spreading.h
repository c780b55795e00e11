/*
 * Spreading: the state of eg_spread_once, and how a cycle ends.
 *
 * Arcs add to inputs. Where a node fires but once these are the totals themselves; where it
 * fires again and again (refire) they are the pulses of one cycle. A cycle is sparse or
 * dense. A sparse one keeps a bit for each node that received, so its cost is that of the arcs
 * used; a dense one keeps none and looks at every node, many at a time. Both make the same
 * additions in the same order. Until the first dense cycle, a cache line of totals is
 * cleared when the first of its nodes is visited; then all that are left.
 *
 * Thread:  that of the arena.
 * Errors:  EG_INVALID from settling: an activation has left the range of a float.
 */
#ifndef EG_SPREADING_H
#define EG_SPREADING_H

#include "kernels/arcs.h"
#include "kernels/isa.h"
#include "kernels/poll.h"
#include "runtime/base.h"
#include "runtime/engram.h"

#include <string.h>

enum { SPREADING_WORD = 64, SPREADING_LINE = 8, SPREADING_LINE_MASK = 255 };

typedef struct spreading {
    const eg_spread *call;
    const isa *isa;
    arcs arcs;
    uint32_t *ids;  /* the frontier, ascending: nodes that fire in the next cycle */
    double *shares; /* what each of them gives, per weight */
    size_t count, arcs_out;
    isa_residual residual; /* of a frontier that will not fire */
    double *totals, *inputs;
    uint64_t *visited, *fired, *received; /* a bit per node */
    uint64_t *blocks;                     /* a bit per word of received that may hold some */
    size_t words, block_count;
    uint32_t visits_max, visits, fresh; /* fresh: how many of the frontier never fired */
    bool is_capped, is_small, is_dense, is_cleared, is_last;
    bool is_short; /* of visits */
    poll poll;
} spreading;

static inline void spreading_put(uint64_t *words, size_t node)
{
    words[node / SPREADING_WORD] |= (uint64_t)1 << node % SPREADING_WORD;
}

/* Makes room, in a sparse cycle, for what node receives: no guess whether this one was
 * visited before, and one that is mostly right whether its line was. */
static inline void spreading_receive(spreading *self, uint32_t node)
{
    size_t word = node / SPREADING_WORD;
    uint64_t received = self->received[word];
    uint64_t line = (self->visited[word] | received) >>
                    (node % SPREADING_WORD & ~(SPREADING_LINE - 1));
    if (BASE_UNLIKELY((line & SPREADING_LINE_MASK) == 0)) {
        size_t first = node & ~(uint32_t)(SPREADING_LINE - 1);
        memset(self->inputs + first, 0, SPREADING_LINE * sizeof(double));
        memset(self->totals + first, 0, SPREADING_LINE * sizeof(double));
    }
    if (BASE_UNLIKELY(received == 0)) spreading_put(self->blocks, word);
    self->received[word] = received | (uint64_t)1 << node % SPREADING_WORD;
}

/* The same where visits are counted. false: node is one too many. */
static inline bool spreading_receive_counted(spreading *self, uint32_t node)
{
    size_t word = node / SPREADING_WORD;
    uint64_t known = self->visited[word] | self->received[word];
    bool is_known = known >> node % SPREADING_WORD & 1;
    if (!is_known && self->visits == self->visits_max) {
        self->is_short = true;
        return false;
    }
    self->visits += !is_known;
    spreading_receive(self, node);
    return true;
}

/* Everything is visited from now on. */
void spreading_clear_all(spreading *self);

/* Ends a cycle: adds up, clamps, and makes the next frontier; chooses how its cycle will be. If
 * is_last, nobody will fire, and count says how many would have. */
int spreading_settle(spreading *self, bool is_last);

#endif
