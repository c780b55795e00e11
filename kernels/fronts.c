#include "kernels/fronts.h"

#include "kernels/activation.h"

uint32_t fronts_receive_counted(fronts *self, uint32_t node, uint32_t lanes)
{
    for (uint32_t fresh = lanes & ~self->seen[node]; fresh; fresh &= fresh - 1) {
        int lane = __builtin_ctz(fresh);
        bool is_short = self->visits[lane] == self->visits_max;
        lanes &= ~((uint32_t)is_short << lane);
        self->shorts |= (uint32_t)is_short << lane;
        self->visits[lane] += !is_short;
    }
    if (!lanes) return 0;
    fronts_receive(self, node);
    self->seen[node] |= (uint16_t)lanes;
    return lanes;
}

/* The nodes of the word that have arcs, and what each of bits divides by. NULL: 1. */
static const double *look_at_arcs(fronts *self, size_t word, uint64_t bits, double *fans)
{
    const eg_spread *call = self->call;
    uint32_t first = (uint32_t)(word * FRONTS_WORD);
    self->frontier.with_arcs = 0;
    for (uint64_t left = bits; left; left &= left - 1) {
        int bit = __builtin_ctzll(left);
        bool has_arcs = arcs_count(&self->arcs, first + (uint32_t)bit) > 0;
        self->frontier.with_arcs |= (uint64_t)has_arcs << bit;
        if (call->fan == EG_FAN_NONE) continue;
        fans[bit] = arcs_fan(&self->arcs, first + (uint32_t)bit, call->fan);
    }
    return call->fan == EG_FAN_NONE ? NULL : fans;
}

static void settle_word(fronts *self, size_t word, uint64_t bits)
{
    double fans[FRONTS_WORD];
    self->frontier.first = word * FRONTS_WORD;
    self->frontier.bits = bits;
    self->frontier.fans = look_at_arcs(self, word, bits, fans);
    self->isa->next_frontier(&self->frontier);
}

/* Clears what no sparse cycle has touched; from now on everything counts as visited. */
static void clear_rest(fronts *self)
{
    self->is_cleared = true;
    for (size_t word = 0; word < self->words; word++) {
        uint64_t nodes = fronts_nodes(self, word);
        for (uint64_t left = nodes & ~self->visited[word]; left; left &= left - 1) {
            fronts_clear(self, (uint32_t)(word * FRONTS_WORD) + (uint32_t)__builtin_ctzll(left));
        }
        self->visited[word] = nodes;
    }
}

int fronts_settle(fronts *self, bool is_last)
{
    isa_frontier *frontier = &self->frontier;
    frontier->is_last = is_last;
    frontier->count = frontier->arcs_out = 0;
    frontier->running = 0;
    memset(frontier->waiting, 0, sizeof frontier->waiting);
    memset(frontier->fresh, 0, sizeof frontier->fresh);
    for (size_t word = 0; word < self->words; word++) {
        uint64_t bits = self->is_dense ? fronts_nodes(self, word) : self->received[word];
        if (bits) settle_word(self, word, bits);
        self->visited[word] |= bits;
        self->received[word] = 0;
    }
    if (!frontier->in_range) return EG_INVALID;
    self->is_dense = !self->is_capped && frontier->count > 0 &&
                     activation_is_dense(self->call->graph->nodes, frontier->arcs_out);
    if (self->is_dense && !self->is_cleared) clear_rest(self);
    return EG_OK;
}
