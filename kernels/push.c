/*
 * push: personalised PageRank from below, at a cost that does not grow with the graph
 * (Andersen, Chung and Lang, FOCS 2006).
 *
 * Each node has an estimate p, at first 0, and a residue r, at first its part of the
 * seeds. While some node has r above eps times the number of its arcs (at least 1), the
 * one that has waited longest is pushed: p gets 1 - alpha of its r, the targets of its
 * arcs get the rest, by weight and in the order of the arcs, and its r becomes 0. (Here
 * alpha is the probability to go on; in the paper it is that to start again.)
 *
 * Nodes wait in the order in which they came above their limit, the seeds in the order
 * given. dangling is as in ppr. With restart, what dangling nodes send back gathers as
 * if at a node with an arc to each seed: when nobody waits and it is above eps times
 * their number, it is parted among the seeds.
 *
 * residual is the sum of all that still has to be pushed. With ppr for the limit that
 * ppr computes: 0 <= ppr - p for each node, and the sum of ppr - p is residual, exactly
 * but for rounding (with drop: at most residual, for some of it would be lost).
 *
 * The answer is every node with an estimate, as a float; best first, ties by lower id.
 * hops_used counts pushes; fired the nodes that were pushed. After 2^32 - 1 pushes it ends,
 * EG_CUT_BY_HOPS: with alpha next to 1, rounding might undo what a push takes off.
 * When all seeds are 0 the answer is empty. Sums are made in double, in the order of
 * the pushes, and rounded once at the end: the same call gives the same bits.
 *
 * EG_INVALID: sources outside the contract of flow.h, alpha not above 0 and below 1, eps below
 * DBL_MIN, where residues stop shrinking, or a negative weight at a node that is pushed.
 *
 * At most 1 / (eps * (1 - alpha)) visits to arcs, as many pushes, and as many visits to
 * seeds after the first; and three bits per node to clear, one to look at. The stop flag
 * is read every 64k arcs. Scratch for n nodes, in one block: 16 * max(n, 1) +
 * 24 * (n / 64 + 1) + 4n bytes, the division rounded down.
 */
#include "kernels/flow.h"

#include <float.h>
#include <string.h>

typedef struct balance {
    double estimate, residue;
} balance;

typedef struct pushing {
    flow flow;
    const eg_push *call;
    balance *nodes;                      /* over front and back; cleared when first touched */
    uint64_t *touched, *waiting, *fired; /* a bit per node */
    size_t words;
    uint32_t *queue; /* a ring of n: a node waits but once */
    uint32_t first, length;
    double owed; /* what goes back to the seeds */
} pushing;

static void enqueue(pushing *self, uint32_t node)
{
    uint64_t place = (uint64_t)self->first + self->length;
    self->queue[place < self->flow.nodes ? place : place - self->flow.nodes] = node;
    self->length++;
    flow_put(self->waiting, node);
}

static uint32_t dequeue(pushing *self)
{
    uint32_t node = self->queue[self->first++];
    if (self->first == self->flow.nodes) self->first = 0;
    self->length--;
    self->waiting[node / FLOW_WORD_BITS] &= ~((uint64_t)1 << node % FLOW_WORD_BITS);
    return node;
}

static void receive(pushing *self, uint32_t node, double amount)
{
    if (!flow_has(self->touched, node)) {
        flow_put(self->touched, node);
        self->nodes[node] = (balance){ 0, 0 };
    }
    balance *here = self->nodes + node;
    here->residue += amount;
    uint32_t count = arcs_count(&self->flow.arcs, node);
    double limit = self->call->eps * (count > 0 ? count : 1);
    if (here->residue > limit && !flow_has(self->waiting, node)) enqueue(self, node);
}

static int part(pushing *self, uint32_t node, double share)
{
    const arcs *out = &self->flow.arcs;
    for (size_t i = out->offsets[node]; i < out->offsets[node + 1]; i++) {
        double weight = arcs_weight(out, i);
        if (weight < 0) return EG_INVALID;
        receive(self, out->targets[i], share * weight);
    }
    return EG_OK;
}

static int push(pushing *self, uint32_t node)
{
    const eg_push *call = self->call;
    balance *here = self->nodes + node;
    double residue = here->residue, passed = call->alpha * residue;
    self->flow.how.hops++;
    self->flow.how.fired += !flow_has(self->fired, node);
    flow_put(self->fired, node);
    here->residue = 0;
    here->estimate += (1 - call->alpha) * residue;
    double sum = arcs_sum(&self->flow.arcs, node);
    if (sum > 0) return part(self, node, passed / sum);
    if (call->dangling == EG_DANGLING_KEEP) here->estimate += passed;
    if (call->dangling == EG_DANGLING_RESTART) self->owed += passed;
    return EG_OK;
}

static int run(pushing *self)
{
    const eg_sources *from = self->flow.from;
    self->owed = 1;
    do {
        double parted = self->owed;
        self->owed = 0;
        for (uint32_t i = 0; i < from->seed_count; i++) {
            receive(self, from->seeds[i], parted * (from->activations[i] / self->flow.total));
        }
        if (poll_stops(&self->flow.poll, from->seed_count)) return EG_STOPPED;
        while (self->length > 0) {
            if (self->flow.how.hops == UINT32_MAX) {
                self->flow.how.truncated = EG_CUT_BY_HOPS;
                return EG_OK;
            }
            uint32_t node = dequeue(self);
            if (poll_stops(&self->flow.poll, flow_arcs(&self->flow, node))) return EG_STOPPED;
            int status = push(self, node);
            if (status != EG_OK) return status;
        }
    } while (self->owed > self->call->eps * from->seed_count);
    return EG_OK;
}

/* Makes keys of the estimates, each at or before its balance, and sums the residues. */
static void collect(pushing *self, ranking *found)
{
    self->flow.how.residual = self->owed;
    for (size_t word = 0; word < self->words; word++) {
        for (uint64_t bits = self->touched[word]; bits; bits &= bits - 1) {
            uint32_t node = (uint32_t)(word * FLOW_WORD_BITS + (size_t)__builtin_ctzll(bits));
            balance here = self->nodes[node];
            self->flow.how.residual += here.residue;
            ranking_add(found, (float)here.estimate, node);
        }
    }
}

static bool is_valid(const eg_push *call)
{
    if (!call->from.graph) return false;
    if (!(call->alpha > 0 && call->alpha < 1)) return false;
    if (!(call->eps >= DBL_MIN && call->eps <= DBL_MAX)) return false;
    return call->dangling >= EG_DANGLING_RESTART && call->dangling <= EG_DANGLING_KEEP;
}

static size_t words_of(const eg_push *call)
{
    return call->from.graph->nodes / FLOW_WORD_BITS + 1;
}

/* The bits and the queue. */
static size_t more_bytes(const eg_push *call)
{
    return 3 * words_of(call) * sizeof(uint64_t) + call->from.graph->nodes * sizeof(uint32_t);
}

int eg_spread_push(eg_arena *arena, const eg_push *push, eg_hits *hits)
{
    if (!is_valid(push)) return EG_INVALID;
    pushing self = { .call = push, .words = words_of(push) };
    int status = flow_open(&self.flow, arena, &push->from, more_bytes(push));
    if (status != EG_OK) return status;
    self.nodes = (balance *)(void *)self.flow.front;
    self.touched = self.flow.more;
    self.waiting = self.touched + self.words;
    self.fired = self.waiting + self.words;
    self.queue = (uint32_t *)(void *)(self.fired + self.words);
    memset(self.touched, 0, 3 * self.words * sizeof *self.touched);
    if (self.flow.total > 0) status = run(&self);
    ranking found;
    ranking_start(&found, (uint64_t *)(void *)self.nodes, push->from.topk);
    if (status == EG_OK) collect(&self, &found);
    return flow_close(&self.flow, status, &found, hits);
}

double eg_spread_push_bytes(const eg_push *push)
{
    return push->from.graph ? (double)flow_bytes(&push->from, more_bytes(push)) : 0;
}
