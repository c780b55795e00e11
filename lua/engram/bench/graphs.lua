--- Graphs to spread over, made anew from a seed, and what is true of spreading over them.
--
--    local g = graphs.random(1000, 9900)          -- any two nodes as likely as others
--    local g = graphs.skewed(100000, 1670000)     -- few nodes with very many arcs
--    local activations = graphs.once(g, seed, options)      -- in double, plainly

local ffi = require "ffi"
local graph = require "engram.graph"
local random = require "engram.random"

local graphs = {}

local ids_t, floats_t, doubles_t = ffi.typeof "uint32_t[?]", ffi.typeof "float[?]",
    ffi.typeof "double[?]"

local function made(nodes, from, to, edges, draw)
    local weights = floats_t(edges)
    for i = 0, edges - 1 do weights[i] = 0.05 + 0.95 * draw() end
    return assert(graph.from_arrays(nodes, edges, from, to, weights, "max"))
end

function graphs.random(nodes, edges)
    local from, to, draw = ids_t(edges), ids_t(edges), random.new(1)
    for i = 0, edges - 1 do
        from[i], to[i] = math.floor(draw() * nodes), math.floor(draw() * nodes)
    end
    return made(nodes, from, to, edges, draw)
end

--- Each arc has its reverse. Degrees fall off as the root of the rank, and the nodes of high
--  degree are no neighbours by number.
function graphs.skewed(nodes, edges)
    local from, to, draw = ids_t(edges), ids_t(edges), random.new(1)
    for i = 0, edges - 2, 2 do
        local x, y = draw(), draw()
        from[i] = math.floor(x * x * nodes) * 7919 % nodes
        to[i] = math.floor(y * y * nodes) * 7919 % nodes
        from[i + 1], to[i + 1] = to[i], from[i]
    end
    return made(nodes, from, to, edges, draw)
end

--- So many different nodes with arcs, 0-based, in an FFI array.
function graphs.seeds(g, count)
    local draw, seeds, taken, n = random.new(2), ids_t(count), {}, 0
    local offsets = ffi.cast("const uint32_t *", g.offsets)
    while n < count do
        local node = math.floor(draw() * g.nodes)
        if not taken[node] and offsets[node + 1] > offsets[node] then
            taken[node], seeds[n] = true, node
            n = n + 1
        end
    end
    return seeds
end

local function arrays_of(g)
    return ffi.cast("const uint32_t *", g.offsets), ffi.cast("const uint32_t *", g.targets),
        ffi.cast("const float *", g.weights)
end

local function push(g, from, to, i, factor)
    local offsets, targets, weights = arrays_of(g)
    for arc = offsets[i], offsets[i + 1] - 1 do
        to[targets[arc]] = to[targets[arc]] + from[i] * factor * weights[arc]
    end
end

--- Fire-once from a seed with activation 1. options: decay, threshold, max_hops.
function graphs.once(g, seed, options)
    local totals, fired = doubles_t(g.nodes), {}
    totals[seed] = 1
    for _ = 1, options.max_hops do
        local incoming, before = doubles_t(g.nodes), doubles_t(g.nodes)
        for i = 0, g.nodes - 1 do before[i] = totals[i] end
        for i = 0, g.nodes - 1 do
            if not fired[i] and before[i] > (options.threshold or 0) then
                fired[i] = true
                push(g, before, incoming, i, options.decay)
            end
        end
        for i = 0, g.nodes - 1 do totals[i] = totals[i] + incoming[i] end
    end
    return totals
end

--- The same with refire: what came in the cycle before is passed on, if above the threshold.
function graphs.refire(g, seed, options)
    local totals, pulses = doubles_t(g.nodes), doubles_t(g.nodes)
    totals[seed], pulses[seed] = 1, 1
    for _ = 1, options.max_hops do
        local incoming = doubles_t(g.nodes)
        for i = 0, g.nodes - 1 do
            if pulses[i] > (options.threshold or 0) then
                push(g, pulses, incoming, i, options.decay)
            end
        end
        for i = 0, g.nodes - 1 do totals[i] = totals[i] + incoming[i] end
        pulses = incoming
    end
    return totals
end

-- The entry of a list with the greatest value, which leaves it; a heap would only be faster.
local function take_greatest(waiting)
    local at = 1
    for i = 2, #waiting do
        if waiting[i].value > waiting[at].value then at = i end
    end
    local found = waiting[at]
    waiting[at] = waiting[#waiting]
    waiting[#waiting] = nil
    return found
end

--- Best-first from a seed with activation 1: the greatest product along a path. options:
--  decay, threshold, max_hops.
function graphs.best(g, seed, options)
    local offsets, targets, weights = arrays_of(g)
    local totals, best = doubles_t(g.nodes), doubles_t(g.nodes)
    local waiting = { { value = 1, node = seed, hops = 0 } }
    best[seed] = 1
    while #waiting > 0 do
        local top = take_greatest(waiting)
        if totals[top.node] == 0 then
            totals[top.node] = top.value
            for arc = offsets[top.node], offsets[top.node + 1] - 1 do
                local value, target = top.value * options.decay * weights[arc], targets[arc]
                if top.hops < options.max_hops and value > options.threshold and
                    value > best[target] then
                    best[target] = value
                    waiting[#waiting + 1] = { value = value, node = target, hops = top.hops + 1 }
                end
            end
        end
    end
    return totals
end

-- The sum of the weights that leave each node.
local function sums_of(g)
    local offsets, _, weights = arrays_of(g)
    local sums = doubles_t(g.nodes)
    for i = 0, g.nodes - 1 do
        for arc = offsets[i], offsets[i + 1] - 1 do sums[i] = sums[i] + weights[arc] end
    end
    return sums
end

--- Personalised PageRank of a seed, to the last digits. options: alpha.
function graphs.ppr(g, seed, options)
    local sums, now, change = sums_of(g), doubles_t(g.nodes), 1
    now[seed] = 1
    while change > 1e-14 do
        local after, stuck = doubles_t(g.nodes), 0
        for i = 0, g.nodes - 1 do
            if sums[i] > 0 then push(g, now, after, i, options.alpha / sums[i])
            else stuck = stuck + now[i] end
        end
        after[seed] = after[seed] + 1 - options.alpha + options.alpha * stuck
        change = 0
        for i = 0, g.nodes - 1 do change = change + math.abs(after[i] - now[i]) end
        now = after
    end
    return now
end

return graphs
