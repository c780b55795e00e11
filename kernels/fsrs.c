/*
 * fsrs: what a review does to a memory, by FSRS 4, 4.5, 5 and 6.
 *
 * S is the stability, the days after which 0.9 is left; D the difficulty, 1 to 10; R what was
 * left when the review came; g the grade, 1 again, 2 hard, 3 good, 4 easy; w the weights.
 *
 *   first      S = w[g-1], D = D0(g)
 *   success    S' = S (1 + e^w8 (11 - D) S^-w9 (e^(w10 (1 - R)) - 1) [w15 if hard] [w16 if easy])
 *   lapse      S' = w11 D^-w12 ((S + 1)^w13 - 1) e^(w14 (1 - R)), at most
 *              S in 4.5, S e^-(w17 w18) from 5 on
 *   same day   from 5 on, less than a day after the last review: S' = S e^(w17 (g - 3 + w18)),
 *              in 6 times S^-w19 and, unless g is 1, not less than S
 *   D, to 4.5  D0(g) = w4 - w5 (g - 3), next = D - w6 (g - 3), D' = w7 D0(3) + (1 - w7) next
 *   D, from 5  D0(g) = w4 - e^(w5 (g - 1)) + 1, next = D - w6 (g - 3) (10 - D) / 9,
 *              D' = w7 D0(4) + (1 - w7) next; this D0(4) may lie outside 1 to 10
 *
 * S is held within 0.001 and 36,500 days, D within 1 and 10. All in double, by libm.
 */
#include "kernels/isa.h"
#include "kernels/poll.h"
#include "runtime/arena.h"
#include "runtime/engram.h"

#include <float.h>
#include <math.h>

enum { AGAIN = 1, HARD, GOOD, EASY };

typedef struct memory {
    double stability, difficulty;
} memory;

/* A model, and its curve with the stability left open. */
typedef struct reviewer {
    const double *w;
    double version;
    eg_curve_options curve;
} reviewer;

static double clamped(double x, double low, double high) { return fmin(fmax(x, low), high); }

/* ---- Difficulty ---- */

static double first_difficulty(const reviewer *self, double grade)
{
    const double *w = self->w;
    return self->version < 5 ? w[4] - w[5] * (grade - GOOD) : w[4] - exp(w[5] * (grade - 1)) + 1;
}

static double next_difficulty(const reviewer *self, double difficulty, double grade)
{
    bool damped = self->version >= 5;
    double change = -self->w[6] * (grade - GOOD);
    if (damped) change *= (10 - difficulty) / 9;
    double mean = first_difficulty(self, damped ? EASY : GOOD), pull = self->w[7];
    return pull * mean + (1 - pull) * (difficulty + change);
}

/* ---- Stability ---- */

static double after_success(const double *w, memory old, double left, double grade)
{
    double gain = exp(w[8]) * (11 - old.difficulty) * pow(old.stability, -w[9]) *
                  expm1(w[10] * (1 - left));
    if (grade == HARD) gain *= w[15];
    if (grade == EASY) gain *= w[16];
    return old.stability * (1 + gain);
}

static double after_lapse(const reviewer *self, memory old, double left)
{
    const double *w = self->w;
    double kept = w[11] * pow(old.difficulty, -w[12]) * (pow(old.stability + 1, w[13]) - 1) *
                  exp(w[14] * (1 - left));
    if (self->version < 4.5) return kept;
    return fmin(kept, self->version < 5 ? old.stability : old.stability * exp(-w[17] * w[18]));
}

static double on_same_day(const reviewer *self, double stability, double grade)
{
    const double *w = self->w;
    double change = exp(w[17] * (grade - GOOD + w[18]));
    if (self->version < 6) return stability * change;
    change *= pow(stability, -w[19]);
    return stability * (grade >= HARD ? fmax(change, 1) : change);
}

static double next_stability(reviewer *self, memory old, double grade, double days)
{
    if (days < 1 && self->version >= 5) return on_same_day(self, old.stability, grade);
    self->curve.items.a = old.stability;
    double left = eg_retention(&self->curve, days);
    return grade == AGAIN ? after_lapse(self, old, left)
                          : after_success(self->w, old, left, grade);
}

static memory reviewed(reviewer *self, memory old, double grade, double days)
{
    bool is_new = old.stability == 0;
    double stability =
        is_new ? self->w[(int)grade - 1] : next_stability(self, old, grade, days);
    double difficulty =
        is_new ? first_difficulty(self, grade) : next_difficulty(self, old.difficulty, grade);
    return (memory){clamped(stability, 0.001, 36500), clamped(difficulty, 1, 10)};
}

/* ---- What is refused ---- */

static bool model_is_valid(const eg_fsrs *model)
{
    double version = model->version;
    if (version != 4 && version != 4.5 && version != 5 && version != 6) return false;
    for (int i = 0; i < eg_fsrs_weights(version); i++) {
        if (!isfinite(model->weights[i])) return false;
        if (i < EASY && !(model->weights[i] > 0)) return false;
    }
    return version < 6 || model->weights[20] >= 0.001;
}

static bool is_valid(memory old, double grade, double days)
{
    if (!(grade == AGAIN || grade == HARD || grade == GOOD || grade == EASY)) return false;
    if (!(days >= 0 && days <= DBL_MAX)) return false;
    if (old.stability == 0 && old.difficulty == 0) return true;
    return old.stability > 0 && old.stability <= DBL_MAX && old.difficulty >= 1 &&
           old.difficulty <= 10;
}

static bool reviews_are_valid(const eg_reviews *reviews)
{
    if (!reviews->grades || !reviews->days) return false;
    if (!reviews->stabilities || !reviews->difficulties) return false;
    uintptr_t a = (uintptr_t)reviews->stabilities, b = (uintptr_t)reviews->difficulties;
    return (a < b ? b - a : a - b) >= reviews->count * sizeof(double);
}

/* ---- The public functions ---- */

int eg_fsrs_weights(double version)
{
    return version < 5 ? 17 : version < 6 ? 19 : 21;
}

double eg_fsrs_decay(const eg_fsrs *model)
{
    if (!model_is_valid(model)) return NAN;
    return model->version < 4.5 ? 1 : model->version < 6 ? 0.5 : model->weights[20];
}

static int review_all(reviewer *self, const eg_arena *arena, const eg_reviews *reviews,
                      memory *after)
{
    for (size_t i = 0; i < reviews->count; i++) {
        if (i % POLL_EVERY == 0 && eg_arena_stopped(arena)) return EG_STOPPED;
        memory old = {reviews->stabilities[i], reviews->difficulties[i]};
        double grade = reviews->grades[i], days = reviews->days[i];
        if (!is_valid(old, grade, days)) return EG_INVALID;
        after[i] = reviewed(self, old, grade, days);
    }
    for (size_t i = 0; i < reviews->count; i++) {
        reviews->stabilities[i] = after[i].stability;
        reviews->difficulties[i] = after[i].difficulty;
    }
    return EG_OK;
}

int eg_fsrs_review(eg_arena *arena, const eg_fsrs *model, const eg_reviews *reviews)
{
    if (eg_arena_stopped(arena)) return EG_STOPPED;
    if (!model_is_valid(model)) return EG_INVALID;
    if (reviews->count == 0) return EG_OK;
    if (!reviews_are_valid(reviews)) return EG_INVALID;
    double mark = eg_arena_mark(arena);
    memory *after = eg_arena_alloc(arena, reviews->count * sizeof *after);
    if (!after) return EG_OVERFLOW;
    reviewer self = {.w = model->weights, .version = model->version};
    self.curve.items.curve = EG_FSRS;
    self.curve.items.age_scale = 1;
    self.curve.items.b = eg_fsrs_decay(model);
    int status = review_all(&self, arena, reviews, after);
    eg_arena_rewind(arena, mark);
    return status;
}
