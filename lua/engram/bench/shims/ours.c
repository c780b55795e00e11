/*
 * engram itself, through its public header, as any C program calls it: arguments
 * checked, scratch and answers in the arena, given back by the next call.
 */
#include "contender.h"

#include <string.h>

static void similarity(void *job)
{
    bench_scan *scan = job;
    eg_vector scores;
    eg_arena_rewind(scan->arena, scan->mark);
    scan->scan->query = scan->queries;
    if (eg_similarity(scan->arena, scan->scan, &scores) == EG_OK) scan->scores = scores.cells;
}

static int find(bench_scan *scan, const float *query, eg_hits *hits)
{
    scan->scan->query = query;
    if (!scan->exact) return eg_nearest(scan->arena, scan->scan, scan->k, hits);
    scan->exact->query = query;
    return eg_nearest_rerank(scan->arena, scan->scan, scan->exact, scan->pool, scan->k, hits);
}

static void nearest(void *job)
{
    bench_scan *scan = job;
    eg_hits hits;
    for (uint32_t q = 0; q < scan->query_count; q++) {
        eg_arena_rewind(scan->arena, scan->mark);
        if (find(scan, scan->queries + (size_t)q * scan->stride, &hits) != EG_OK) return;
        memcpy(scan->ids + (size_t)q * scan->k, hits.ids, hits.length * sizeof *scan->ids);
        memcpy(scan->room + (size_t)q * scan->k, hits.values, hits.length * sizeof *scan->room);
    }
    scan->scores = scan->room;
}

static void nearest_many(void *job)
{
    bench_scan *scan = job;
    eg_answers answers;
    eg_arena_rewind(scan->arena, scan->mark);
    if (eg_nearest_many(scan->arena, scan->query_rows, scan->scan, scan->k, &answers) != EG_OK) {
        return;
    }
    memcpy(scan->ids, answers.ids, (size_t)scan->query_count * scan->k * sizeof *scan->ids);
    scan->scores = answers.values;
}

static void similarity_many(void *job)
{
    bench_scan *scan = job;
    eg_answers answers;
    eg_arena_rewind(scan->arena, scan->mark);
    if (eg_similarity_many(scan->arena, scan->query_rows, scan->scan, &answers) == EG_OK) {
        scan->scores = answers.values;
    }
}

static void decay(void *job)
{
    bench_ages *ages = job;
    eg_decay(ages->arena, ages->options, ages->strengths, ages->out);
}

static void decay_by_curve(void *job)
{
    bench_ages *ages = job;
    eg_decay_by_curve(ages->arena, ages->curve, ages->strengths, ages->out);
}

static const double activation = 1;

static eg_spread once_request(const bench_spread *spread, uint32_t topk)
{
    return (eg_spread){.graph = spread->graph, .activations = &activation, .seed_count = 1,
                       .decay = spread->decay, .threshold = spread->threshold,
                       .max_hops = spread->max_hops, .topk = topk, .fan = EG_FAN_NONE,
                       .refire = spread->refire};
}

static void once(bench_spread *spread, uint32_t topk)
{
    eg_spread request = once_request(spread, topk);
    for (uint32_t i = 0; i < spread->seed_count; i++) {
        eg_arena_rewind(spread->arena, spread->mark);
        request.seeds = spread->seeds + i;
        eg_spread_once(spread->arena, &request, &spread->hits);
    }
}

static void spread_once(void *job)
{
    once(job, 0);
}

static void spread_once_best(void *job)
{
    bench_spread *spread = job;
    once(spread, spread->k);
    memcpy(spread->best_ids, spread->hits.ids, spread->hits.length * sizeof *spread->best_ids);
    memcpy(spread->best, spread->hits.values, spread->hits.length * sizeof *spread->best);
}

static void best_by(bench_spread *spread, int queue)
{
    eg_best request = {.from = {.graph = spread->graph, .activations = &activation,
                                .seed_count = 1},
                       .decay = spread->decay, .threshold = spread->threshold,
                       .max_hops = spread->max_hops, .fan = EG_FAN_NONE, .queue = queue};
    for (uint32_t i = 0; i < spread->seed_count; i++) {
        eg_arena_rewind(spread->arena, spread->mark);
        request.from.seeds = spread->seeds + i;
        eg_spread_best(spread->arena, &request, &spread->hits);
    }
}

static void spread_best(void *job)
{
    best_by(job, EG_QUEUE_FASTEST);
}

static void spread_best_heap(void *job)
{
    best_by(job, EG_QUEUE_HEAP);
}

static void spread_ppr(void *job)
{
    bench_spread *spread = job;
    eg_ppr request = {.from = {.graph = spread->graph, .activations = &activation,
                               .seed_count = 1},
                      .alpha = spread->alpha, .tol = spread->tol, .max_iter = 1000,
                      .dangling = EG_DANGLING_RESTART};
    for (uint32_t i = 0; i < spread->seed_count; i++) {
        eg_arena_rewind(spread->arena, spread->mark);
        request.from.seeds = spread->seeds + i;
        eg_spread_ppr(spread->arena, &request, &spread->hits);
    }
}

/* All seeds side by side, EG_MANY at most. */
static void sets_of(const bench_spread *spread, eg_sources *sets)
{
    eg_arena_rewind(spread->arena, spread->mark);
    for (uint32_t i = 0; i < spread->seed_count; i++) {
        sets[i] = (eg_sources){.graph = spread->graph, .seeds = spread->seeds + i,
                               .activations = &activation, .seed_count = 1};
    }
}

static void spread_ppr_many(void *job)
{
    bench_spread *spread = job;
    eg_sources sets[EG_MANY];
    eg_ppr request = {.from = {.graph = spread->graph}, .alpha = spread->alpha,
                      .tol = spread->tol, .max_iter = 1000, .dangling = EG_DANGLING_RESTART};
    sets_of(spread, sets);
    eg_many_ppr(spread->arena, &request, sets, spread->seed_count, spread->all);
}

static void spread_once_many(void *job)
{
    bench_spread *spread = job;
    eg_sources sets[EG_MANY];
    eg_spread request = once_request(spread, spread->k);
    sets_of(spread, sets);
    eg_many_once(spread->arena, &request, sets, spread->seed_count, spread->all);
}

const bench_contender *bench_contenders(void)
{
    static const bench_contender list[] = {
        {"similarity", similarity, NULL, NULL},
        {"nearest", nearest, NULL, NULL},
        {"nearest, many", nearest_many, NULL, NULL},
        {"similarity, many", similarity_many, NULL, NULL},
        {"decay", decay, NULL, NULL},
        {"decay by curve", decay_by_curve, NULL, NULL},
        {"once", spread_once, NULL, NULL},
        {"once, best", spread_once_best, NULL, NULL},
        {"once, many", spread_once_many, NULL, NULL},
        {"best", spread_best, NULL, NULL},
        {"best, heap", spread_best_heap, NULL, NULL},
        {"ppr", spread_ppr, NULL, NULL},
        {"ppr, many", spread_ppr_many, NULL, NULL},
        {NULL, NULL, NULL, NULL},
    };
    return list;
}
