/*
 * actr: spreading of activation as ACT-R has it, one hop from the chunks in the focus of
 * attention to the chunks that hold them (Anderson 1983; Anderson & Reder 1999).
 *
 *   A(i) = base(i) + the sum over sources j of W(j) * S(j, i) + noise
 *   S(j, i) = mas - ln(fan(j, i))     fan(j, i) = (1 + slots(j)) / slots(j, i)
 *
 * An arc from j to i with weight w says that w slots of chunk i hold chunk j: slots(j, i), to
 * which a chunk adds 1 for itself; slots(j) is the sum of the weights of j's arcs. With weights
 * of 1 fan is 1 + the number of chunks with j in a slot. An arc of weight 0 is none. W are
 * the seeds divided by their sum, times ga. S is negative where fan is above e^mas: it stays so
 * unless is_positive, which makes it 0. noise is the scale of a logistic distribution, drawn
 * for each node of the answer, ascending.
 *
 * The answer is every node that a source is associated with, or with base levels every node,
 * whatever its activation, 0 too; or the best topk. Best first, ties by lower id. fired counts
 * the sources. Sums are made in double, in the order of the seeds, and rounded once.
 *
 * EG_INVALID: sources outside the contract of flow.h, a number that is not finite, ga or noise
 * negative, noise without random, a negative weight at a source, an activation beyond a float.
 *
 * One visit per arc of the sources, and with base or noise one per node. The stop flag is read
 * every 64k of both. Scratch for n nodes, in one block: 16 * max(n, 1) + 8 * (n / 64 + 1) bytes,
 * the division rounded down. random advances only if the answer is EG_OK.
 */
#include "kernels/flow.h"

#include <float.h>
#include <math.h>
#include <string.h>

typedef struct actr {
    flow flow;
    const eg_actr *call;
    double *totals;    /* cleared for the nodes that are in the answer */
    uint64_t *reached; /* a bit per node */
    eg_random random;
} actr;

static bool is_small(double x)
{
    return fabs(x) <= (double)FLT_MAX;
}

static bool is_valid(const eg_actr *call)
{
    if (!call->from.graph || !is_small(call->mas)) return false;
    if (!(call->ga >= 0 && is_small(call->ga))) return false;
    if (!(call->noise >= 0 && is_small(call->noise))) return false;
    for (uint32_t i = 0; call->base && i < call->from.graph->nodes; i++) {
        if (!is_small(call->base[i])) return false;
    }
    return call->noise == 0 || call->random;
}

static void add(actr *self, uint32_t node, double amount)
{
    if (!flow_has(self->reached, node)) self->totals[node] = 0;
    flow_put(self->reached, node);
    self->totals[node] += amount;
}

/* slots: slots(j, i) of 1 + slots(j). */
static double strength(const eg_actr *call, double slots, double all)
{
    double strength = call->mas - log(all / slots);
    return call->is_positive && strength < 0 ? 0 : strength;
}

static int spread_from(actr *self, uint32_t source, double attention)
{
    const arcs *out = &self->flow.arcs;
    double all = 1 + arcs_sum(out, source), own = 1;
    size_t end = out->offsets[source + 1];
    for (size_t i = out->offsets[source]; i < end;) {
        uint32_t target = out->targets[i];
        double slots = 0; /* arcs of several kinds may lead to one target */
        for (; i < end && out->targets[i] == target; i++) {
            double weight = arcs_weight(out, i);
            if (weight < 0) return EG_INVALID;
            slots += weight;
        }
        if (target == source) own += slots;
        else if (slots > 0) add(self, target, attention * strength(self->call, slots, all));
    }
    add(self, source, attention * strength(self->call, own, all));
    return poll_stops(&self->flow.poll, flow_arcs(&self->flow, source)) ? EG_STOPPED : EG_OK;
}

static int spread_all(actr *self)
{
    const eg_sources *from = self->flow.from;
    for (uint32_t i = 0; i < from->seed_count; i++) {
        if (from->activations[i] == 0) continue;
        double attention = self->call->ga * (from->activations[i] / self->flow.total);
        int status = spread_from(self, from->seeds[i], attention);
        if (status != EG_OK) return status;
        self->flow.how.fired++;
    }
    self->flow.how.hops = self->flow.how.fired > 0;
    return EG_OK;
}

/* A draw from the logistic distribution of scale 1. */
static double draw(eg_random *random)
{
    double u = eg_random_next(random) + 0x1p-54; /* neither 0 nor 1 */
    return log((1 - u) / u);
}

/* The keys are in front, the totals in back. */
static int collect(actr *self, ranking *found)
{
    const eg_actr *call = self->call;
    for (uint32_t node = 0; node < self->flow.nodes; node++) {
        if (poll_stops(&self->flow.poll, 0)) return EG_STOPPED;
        bool is_reached = flow_has(self->reached, node);
        if (!is_reached && !call->base) continue;
        double total = (call->base ? call->base[node] : 0) + (is_reached ? self->totals[node] : 0);
        if (call->noise > 0) total += call->noise * draw(&self->random);
        if (!is_small(total)) return EG_INVALID;
        ranking_put(found, (float)total + 0.0f, node);
    }
    return EG_OK;
}

static size_t bits_of(const eg_actr *call)
{
    return (call->from.graph->nodes / FLOW_WORD_BITS + 1) * sizeof(uint64_t);
}

int eg_spread_actr(eg_arena *arena, const eg_actr *call, eg_hits *hits)
{
    if (!is_valid(call)) return EG_INVALID;
    actr self = { .call = call };
    int status = flow_open(&self.flow, arena, &call->from, bits_of(call));
    if (status != EG_OK) return status;
    self.totals = self.flow.back;
    self.reached = self.flow.more;
    memset(self.reached, 0, bits_of(call));
    if (call->noise > 0) self.random = *call->random;
    ranking found;
    ranking_start(&found, (uint64_t *)(void *)self.flow.front, call->from.topk);
    if (self.flow.total > 0) status = spread_all(&self);
    if (status == EG_OK) status = collect(&self, &found);
    status = flow_close(&self.flow, status, &found, hits);
    if (status == EG_OK && call->noise > 0) *call->random = self.random;
    return status;
}

double eg_spread_actr_bytes(const eg_actr *call)
{
    return call->from.graph ? (double)flow_bytes(&call->from, bits_of(call)) : 0;
}
