/*
 * ppr: personalised PageRank, where a walk that starts at the seeds is to be found.
 *
 * x = (1 - alpha) s + alpha P'x by iteration from x = s, with s the seeds divided by
 * their sum and P the weights divided by the sum of each node's: with probability
 * alpha a walk follows an arc, else it starts again. What comes to a dangling node
 *
 *   restart  starts again at the seeds (so x sums to 1),   drop  is lost,
 *   keep     stays there, as if the node had an arc to itself
 *
 * by the same probability alpha. The last iteration is the one in which x changes by
 * at most tol in all (the sum of |change|), or number max_iter: EG_CUT_BY_ITER
 * when the change was more. residual is that change; x is then at most alpha / (1 - alpha)
 * times residual away from the limit, in all, rounding aside.
 *
 * The answer is every node that has some, as a float; best first, ties by lower id.
 * fired counts the nodes that have passed something on. Seeds in any order, those of
 * one node add up; when all are 0 the answer is empty. Sums are made in double, a
 * target's in ascending order of its sources, then the seeds; rounded once at the end.
 *
 * EG_INVALID: sources outside the contract of flow.h, alpha not above 0 and below 1, tol
 * negative, max_iter 0, or a negative weight at a node that passes something on.
 *
 * An iteration costs two visits per node and one per arc of the nodes that have some.
 * The stop flag is read every 64k arcs. Scratch for n nodes: 16 * max(n, 1) bytes, in
 * one block.
 */
#include "kernels/flow.h"
#include "kernels/methods.h"

#include <float.h>
#include <math.h>
#include <string.h>

bool ppr_is_valid(const eg_ppr *call)
{
    if (!(call->alpha > 0 && call->alpha < 1)) return false;
    if (!(call->tol >= 0 && call->tol <= DBL_MAX)) return false;
    if (call->dangling < EG_DANGLING_RESTART || call->dangling > EG_DANGLING_KEEP) return false;
    return call->max_iter > 0;
}

/* next += part * s. */
static void start_again(const flow *self, double part, double *next)
{
    const eg_sources *from = self->from;
    for (uint32_t i = 0; i < from->seed_count; i++) {
        next[from->seeds[i]] += part * (from->activations[i] / self->total);
    }
}

static int iterate(flow *self, const eg_ppr *call, const double *x, double *next)
{
    double stuck = 0;
    self->how.fired = 0;
    memset(next, 0, self->nodes * sizeof *next);
    for (uint32_t node = 0; node < self->nodes; node++) {
        if (x[node] == 0) continue;
        if (poll_stops(&self->poll, flow_arcs(self, node))) return EG_STOPPED;
        double passed = call->alpha * x[node], sum = arcs_sum(&self->arcs, node);
        if (sum > 0) {
            if (!flow_pass(self, node, sum, passed, next)) return EG_INVALID;
            self->how.fired++;
        } else if (call->dangling == EG_DANGLING_KEEP) {
            next[node] += passed;
        } else if (call->dangling == EG_DANGLING_RESTART) {
            stuck += passed;
        }
    }
    start_again(self, 1 - call->alpha + stuck, next);
    self->how.residual = 0;
    for (uint32_t node = 0; node < self->nodes; node++) {
        self->how.residual += fabs(next[node] - x[node]);
    }
    return EG_OK;
}

/* Leaves the outcome where *x points to. */
static int run(flow *self, const eg_ppr *call, double **x)
{
    double *next = self->back;
    *x = self->front;
    memset(*x, 0, self->nodes * sizeof **x);
    start_again(self, 1, *x);
    do {
        int status = iterate(self, call, *x, next);
        if (status != EG_OK) return status;
        double *last = *x;
        *x = next;
        next = last;
        self->how.hops++;
        if (self->how.residual <= call->tol) return EG_OK;
    } while (self->how.hops < call->max_iter);
    self->how.truncated = EG_CUT_BY_ITER;
    return EG_OK;
}

int eg_spread_ppr(eg_arena *arena, const eg_ppr *ppr, eg_hits *hits)
{
    if (!ppr_is_valid(ppr)) return EG_INVALID;
    flow self;
    int status = flow_open(&self, arena, &ppr->from, 0);
    if (status != EG_OK) return status;
    double *x = NULL;
    if (self.total > 0) status = run(&self, ppr, &x);
    ranking found;
    flow_collect(&self, status == EG_OK ? x : NULL, &found);
    return flow_close(&self, status, &found, hits);
}

double eg_spread_ppr_bytes(const eg_ppr *ppr)
{
    return ppr->from.graph ? (double)flow_bytes(&ppr->from, 0) : 0;
}
