--- Spread: activation that runs from seed nodes along the arcs of a graph.
--
--    local hits = spread.spread(g, { [dog] = 1 }, { decay = 0.85, max_hops = 3, fan = "out" })
--    for i = 1, #hits do local id, activation = hits:get(i) ... end
--    hits.hops_used, hits.fired, hits.truncated, hits.residual
--
-- Seeds are a table { [id] = activation }, or hits of nearest or spread. Each cycle, every node
-- that has not fired and is above the threshold gives activation * decay * weight / fan along
-- each of its arcs.
--
--    method     "once": a node fires at most once, but may receive at any time
--    decay      what is kept per hop, above 0, at most 1 (default)
--    max_hops   how many cycles; default no limit
--    threshold  a node at or below it does not fire; default 0
--    fan        what a node divides by: "none" (default), "out" the sum of its |weights|,
--               "sqrt" the root of the number of its arcs, "log" log2 of 2 + that number
--    clamp      keeps activations within 0 and this; default none, not even below 0
--    max_nodes  how many nodes may be visited, seeds (by id, or as the hits) first
--    topk       how many hits are answered
--
-- A call needs a stop rule: decay below 1, max_hops, or a threshold above 0. truncated is 0,
-- or which limit left something out: hits:truncated_by() says it in words. residual is the
-- activation of those that still would have fired. Best first, ties by lower id; nodes
-- at exactly 0 are left out. The hits lie in the calling thread's arena.

local ffi = require "ffi"
local C = require "engram.c"
local arena = require "engram.arena"
local check = require "engram.check"
local graph = require "engram.graph"
local hits = require "engram.hits"

local hits_t = ffi.typeof "eg_hits"
local ids_t = ffi.typeof "uint32_t[?]"
local doubles_t = ffi.typeof "double[?]"
local count_max = 2 ^ 32 - 1
local ok, invalid = tonumber(C.EG_OK), tonumber(C.EG_INVALID)
local number_max = 1.7976931348623157e308

local known = {
    method = true, decay = true, max_hops = true, threshold = true, fan = true, clamp = true,
    max_nodes = true, topk = true,
}
local fans = {
    none = tonumber(C.EG_FAN_NONE), out = tonumber(C.EG_FAN_OUT),
    sqrt = tonumber(C.EG_FAN_SQRT), log = tonumber(C.EG_FAN_LOG),
}
local none = {}

local spread = {}

-- One for all calls: a call fills it and hands it to C.
local request = ffi.new "eg_spread"

local seed_room = 1024
local seed_ids, seed_values = ids_t(seed_room), doubles_t(seed_room)

-- Twice the room, with the first count seeds in it.
local function make_room(count)
    local ids, values = ids_t(seed_room * 2), doubles_t(seed_room * 2)
    ffi.copy(ids, seed_ids, count * ffi.sizeof "uint32_t")
    ffi.copy(values, seed_values, count * ffi.sizeof "double")
    seed_room, seed_ids, seed_values = seed_room * 2, ids, values
end

local function put_seed(count, id, activation)
    if count >= seed_room then make_room(count) end
    seed_ids[count], seed_values[count] = id, activation
end

-- By id, because pairs comes in any order: Shell's sort, which needs nothing but a loop.
local function sort_seeds(count)
    local gap = 1
    while gap * 3 < count do gap = gap * 3 + 1 end
    while gap >= 1 do
        for i = gap, count - 1 do
            local id, value, at = seed_ids[i], seed_values[i], i
            while at >= gap and seed_ids[at - gap] > id do
                seed_ids[at], seed_values[at] = seed_ids[at - gap], seed_values[at - gap]
                at = at - gap
            end
            seed_ids[at], seed_values[at] = id, value
        end
        gap = (gap - 1) / 3
    end
end

local function check_seed(id, activation, nodes)
    if not (type(id) == "number" and id >= 1 and id <= nodes and id % 1 == 0) then
        check.bad(2, "spread", "seed " .. tostring(id) .. " is not within 1 to " .. nodes, 3)
    end
    if not (type(activation) == "number" and activation - activation == 0) then
        check.bad(2, "spread", "seed " .. id .. ": activation " .. tostring(activation) ..
            " is not a finite number", 3)
    end
end

local function seeds_of_hits(seeds, nodes)
    local ids, values = hits.ids_of(seeds)
    local count = seeds.length
    for i = 0, count - 1 do
        check_seed(ids[i] + 1, values[i], nodes)
        put_seed(i, ids[i], values[i])
    end
    return count
end

local function seeds_of_table(seeds, nodes)
    local count = 0
    for id, activation in pairs(seeds) do
        check_seed(id, activation, nodes)
        put_seed(count, id - 1, activation)
        count = count + 1
    end
    sort_seeds(count)
    return count
end

-- A number above or at low, up to high, or the default.
local function number(value, default, low, high, may_be_low, what)
    if value == nil then return default end
    local is_within = type(value) == "number" and value >= low and value <= high
    if is_within and (value > low or may_be_low) then return value end
    check.bad(3, "spread", ("%s: number %s %g%s expected, got %s"):format(what,
        may_be_low and "from" or "above", low, high == 1 and " to 1" or "", tostring(value)), 3)
end

local function count(value, low, what)
    if value == nil then return 0 end
    if type(value) == "number" and value >= low and value <= count_max and value % 1 == 0 then
        return value
    end
    check.bad(3, "spread", ("%s: whole number from %d to %d expected, got %s"):format(what, low,
        count_max, tostring(value)), 3)
end

-- Answers how many hits are wanted.
local function read_options(options)
    if (options.method or "once") ~= "once" then
        check.bad(3, "spread", "method: only 'once' is there, got " .. tostring(options.method), 2)
    end
    request.decay = number(options.decay, 1, 0, 1, false, "decay")
    request.threshold = number(options.threshold, 0, 0, number_max, true, "threshold")
    request.clamp = number(options.clamp, 0, 0, number_max, false, "clamp")
    request.max_hops = count(options.max_hops, 1, "max_hops")
    request.max_nodes = count(options.max_nodes, 1, "max_nodes")
    if request.decay == 1 and request.threshold == 0 and request.max_hops == 0 then
        check.bad(3, "spread", "no stop rule: give decay below 1, max_hops, or threshold above 0",
            2)
    end
    return options.topk == nil and count_max or count(options.topk, 0, "topk")
end

-- The first of the hits: the same arrays, the same proof of life.
local function first_of(found, length)
    return hits_t(found.ids, found.values, length, found.slot, found.serial, found.hops_used,
        found.fired, found.truncated, found.residual)
end

--- Spreads activation over g, and answers who has some. See above.
function spread.spread(g, seeds, options)
    if not graph.is_graph(g) then
        check.bad(1, "spread", "graph expected, got " .. check.kind(g))
    end
    options = options or none
    check.options(options, known, 3, "spread")
    request.fan = check.word(options.fan or "none", fans, 3, "spread", "fan")
    local topk = read_options(options)
    local is_table = type(seeds) == "table"
    if not is_table and not hits.is_hits(seeds) then
        check.bad(2, "spread", "table { [id] = activation } or hits expected, got " ..
            check.kind(seeds))
    end

    -- The result comes before any pointer is taken: nothing may be collected in between.
    local mine, found = arena.current(), hits_t()
    if is_table then
        request.seed_count = seeds_of_table(seeds, g.nodes)
    else
        request.seed_count = seeds_of_hits(seeds, g.nodes)
    end
    request.graph, request.seeds, request.activations = g, seed_ids, seed_values
    local status = C.eg_spread_once(mine, request, found)
    if status == invalid then error("spread: an activation is beyond a float", 2) end
    if status ~= ok then arena.fail(mine, status, "spread", 2) end
    if found.length > topk then return first_of(found, topk) end
    return found
end

return spread
