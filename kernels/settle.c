#include "kernels/activation.h"
#include "kernels/spreading.h"

#include <float.h>

static inline double share_of(const spreading *self, uint32_t node, double activation)
{
    double share = activation * self->call->decay;
    if (self->call->fan == EG_FAN_NONE) return share;
    double fan = arcs_fan(&self->arcs, node, self->call->fan);
    return fan > 0 ? share / fan : 0;
}

/* Of 64 nodes, who would fire if it went on. */
static void leave_waiting(spreading *self, size_t word, uint64_t firing)
{
    isa_residual *residual = &self->residual;
    residual->first = word * SPREADING_WORD;
    residual->bits = firing;
    for (uint64_t bits = self->arcs.factors ? firing : 0; bits; bits &= bits - 1) {
        uint32_t node = (uint32_t)residual->first + (uint32_t)__builtin_ctzll(bits);
        if (arcs_count(&self->arcs, node) == 0) residual->bits &= ~(bits & -bits);
    }
    self->isa->residual(residual);
    self->count = residual->count;
}

/* Puts those of 64 nodes that fire into the frontier, without a branch on whether they have
 * arcs. above: whose input is above the threshold. */
static void line_up(spreading *self, size_t word, uint64_t above)
{
    uint64_t known = self->fired[word];
    const uint32_t *offsets = self->arcs.offsets;
    size_t count = self->count, arcs_out = 0;
    uint32_t fresh = 0;
    uint64_t firing = self->call->refire ? above : above & ~known;
    if (self->is_last) {
        leave_waiting(self, word, firing);
        return;
    }
    for (uint64_t bits = firing; bits; bits &= bits - 1) {
        int bit = __builtin_ctzll(bits);
        uint32_t node = (uint32_t)(word * SPREADING_WORD) + (uint32_t)bit;
        double activation = self->inputs[node];
        bool has_arcs = arcs_count(&self->arcs, node) > 0;
        self->ids[count] = node;
        self->shares[count] = share_of(self, node, activation);
        count += has_arcs;
        fresh += has_arcs & ~(known >> bit);
        arcs_out += offsets[node + 1] - offsets[node];
    }
    self->fired[word] = known | firing;
    self->count = count;
    self->arcs_out += arcs_out;
    self->fresh += fresh;
}

/* ---- Sparse ---- */

/* Settles 64 nodes, without a branch on any one of them: which of them fires is anyone's
 * guess. Answers those above the threshold; clears *is_valid when one is out of range. */
static uint64_t settle_totals(spreading *self, size_t word, bool *is_valid)
{
    const eg_spread *call = self->call;
    uint64_t above = 0;
    for (uint64_t bits = self->received[word]; bits; bits &= bits - 1) {
        int bit = __builtin_ctzll(bits);
        double *total = self->totals + word * SPREADING_WORD + bit;
        *is_valid &= activation_in_range(*total);
        if (call->clamp > 0) *total = activation_clamped(*total, call->clamp);
        above |= (uint64_t)(*total > call->threshold) << bit;
    }
    return above;
}

static uint64_t settle_pulses(spreading *self, size_t word, bool *is_valid)
{
    const eg_spread *call = self->call;
    bool is_max = call->accumulate == EG_ACCUMULATE_MAX;
    uint64_t above = 0;
    for (uint64_t bits = self->received[word]; bits; bits &= bits - 1) {
        int bit = __builtin_ctzll(bits);
        size_t node = word * SPREADING_WORD + (size_t)bit;
        double pulse = self->inputs[node];
        double total = activation_joined(self->totals[node], pulse, is_max);
        *is_valid &= activation_in_range(total) & activation_in_range(pulse);
        self->totals[node] = call->clamp > 0 ? activation_clamped(total, call->clamp) : total;
        above |= (uint64_t)(pulse > call->threshold) << bit;
    }
    return above;
}

static void forget_pulses(spreading *self, size_t word)
{
    for (uint64_t bits = self->received[word]; bits; bits &= bits - 1) {
        self->inputs[word * SPREADING_WORD + (size_t)__builtin_ctzll(bits)] = 0;
    }
}

static bool settle_sparse(spreading *self)
{
    bool refire = self->call->refire, is_valid = true;
    for (size_t block = 0; block < self->block_count; block++) {
        for (uint64_t words = self->blocks[block]; words; words &= words - 1) {
            size_t word = block * SPREADING_WORD + (size_t)__builtin_ctzll(words);
            uint64_t above = refire ? settle_pulses(self, word, &is_valid)
                                    : settle_totals(self, word, &is_valid);
            line_up(self, word, above);
            if (refire) forget_pulses(self, word);
            self->visited[word] |= self->received[word];
            self->received[word] = 0;
        }
        self->blocks[block] = 0;
    }
    return is_valid;
}

/* ---- Dense ---- */

static void join_all(spreading *self)
{
    bool is_max = self->call->accumulate == EG_ACCUMULATE_MAX;
    for (size_t i = 0; i < self->words * SPREADING_WORD; i++) {
        self->totals[i] = activation_joined(self->totals[i], self->inputs[i], is_max);
    }
}

static void clamp_all(spreading *self)
{
    for (size_t i = 0; i < self->words * SPREADING_WORD; i++) {
        self->totals[i] = activation_clamped(self->totals[i], self->call->clamp);
    }
}

/* received is idle in a dense cycle: it takes what is above. */
static bool settle_dense(spreading *self)
{
    const eg_spread *call = self->call;
    size_t bytes = self->words * SPREADING_WORD * sizeof(double);
    if (call->refire) join_all(self);
    if (call->refire || call->clamp > 0) {
        if (!self->isa->above(self->totals, self->words, DBL_MAX, self->received)) return false;
        if (call->clamp > 0) clamp_all(self);
    }
    if (!self->isa->above(self->inputs, self->words, call->threshold, self->received)) {
        return false;
    }
    for (size_t word = 0; word < self->words; word++) {
        if (self->received[word]) line_up(self, word, self->received[word]);
        self->received[word] = 0;
    }
    if (call->refire) memset(self->inputs, 0, bytes);
    return true;
}

static void clear(spreading *self, size_t first, size_t count)
{
    memset(self->totals + first, 0, count * sizeof(double));
    if (self->call->refire) memset(self->inputs + first, 0, count * sizeof(double));
}

/* Clears what no sparse cycle has touched; from now on everything counts as visited. */
static void clear_rest(spreading *self)
{
    self->is_cleared = true;
    for (size_t word = 0; word < self->words; word++) {
        size_t first = word * SPREADING_WORD;
        uint64_t visited = self->visited[word];
        if (visited == 0) clear(self, first, SPREADING_WORD);
        for (size_t bit = 0; visited && bit < SPREADING_WORD; bit += SPREADING_LINE) {
            bool is_clear = visited >> bit & SPREADING_LINE_MASK;
            if (!is_clear) clear(self, first + bit, SPREADING_LINE);
        }
        self->visited[word] = ~(uint64_t)0;
    }
}

void spreading_clear_all(spreading *self)
{
    self->is_cleared = true;
    memset(self->visited, 0xff, self->words * sizeof *self->visited);
    clear(self, 0, self->words * SPREADING_WORD);
}

int spreading_settle(spreading *self, bool is_last)
{
    self->count = self->arcs_out = 0;
    self->fresh = 0;
    self->is_last = is_last;
    if (!(self->is_dense ? settle_dense(self) : settle_sparse(self))) return EG_INVALID;
    self->is_dense = !self->is_capped && self->count > 0 &&
                     activation_is_dense(self->call->graph->nodes, self->arcs_out);
    if (self->is_dense && !self->is_cleared) clear_rest(self);
    return EG_OK;
}
