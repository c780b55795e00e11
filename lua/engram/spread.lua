--- Spread: activation that runs from seed nodes along the arcs of a graph.
--
--    local hits = spread.spread(g, { [dog] = 1 }, { decay = 0.85, max_hops = 3, fan = "out" })
--    for i = 1, #hits do local id, activation = hits:get(i) ... end
--    hits.hops_used, hits.fired, hits.truncated, hits.residual
--
-- Seeds are a table { [id] = activation }, or hits of nearest or spread. Every method takes
-- `topk`, how many hits are answered: the best; all but best take `relations` where arcs have
-- kinds: { [kind] = factor, default = factor }, by which weights are multiplied, 1 by default; an
-- arc of factor 0 is as good as not there. The rest is the method's own.
--
-- method = "once" (default): each cycle, every node that has not fired and is above the
-- threshold gives activation * decay * weight / fan along each of its arcs. A node fires at
-- most once, but may receive at any time.
--
--    decay      what is kept per hop, above 0, at most 1 (default)
--    max_hops   how many cycles; default no limit
--    threshold  a node at or below it does not fire; default 0
--    fan        what a node divides by: "none" (default), "out" the sum of its |weights|,
--               "sqrt" the root of the number of its arcs, "log" log2 of 2 + that number
--    clamp      keeps activations within 0 and this; default none, not even below 0
--    max_nodes  how many nodes may be visited, seeds (by id, or as the hits) first
--    accumulate "sum" (default), or "max": of what a node has and is given, the largest counts
--    refire     true: a node fires whenever its pulse, what the cycle before gave it, is above
--               the threshold, and passes that on; its activation is the sum of its pulses
--
-- The other methods part what a node passes on among its arcs by weight, and take neither
-- negative seeds nor negative weights.
--
-- method = "spreadr": each step, a node keeps some of what it has and passes the rest on.
--
--    retention  the part that is kept: 0 to 1, default 0.5; or a table or vector, one per node
--    loss       the part that is lost per step; default 0
--    suppress   what is below it becomes 0; default 0
--    threshold_to_stop  the last step leaves every node below it; default none
--    time       how many steps at most
--
-- method = "ppr": personalised PageRank, the seeds divided by their sum.
--
--    alpha      the part that goes on, above 0 and below 1; default 0.85
--    tol        stops when the values change by no more in all; default 1e-9
--    max_iter   how many iterations at most; default 1000
--    dangling   what comes to a node without arcs: "restart" (default) at the seeds, is
--               lost ("drop"), or stays ("keep")
--
-- method = "push": the same from below, near the seeds only. alpha and dangling as there.
--
--    eps        no node keeps more than this per arc waiting
--
-- method = "best": best-first. A node has the best product along a path from a seed, of
-- decay * weight / fan for each arc; the best nodes are settled first, and each but once.
--
--    decay, fan     as for once; max_hops too: of the best path
--    threshold      what is not above it is neither passed on nor answered; default 0
--    budget         how many nodes are settled at most; default no limit
--
-- method = "actr": one hop as in ACT-R. An arc says in how many slots of its target (its weight)
-- its source is; seeds are shares of attention. Answers all that is associated, at 0 too.
--
--    mas        the maximum strength of association: a source's is mas - ln(fan)
--    ga         the attention that the seeds share; default 1
--    base       a table or vector of base levels, one per node: then all nodes are answered
--    nsji       false: strengths are at least 0; default true, they may be below
--    noise      the scale of logistic noise, drawn from `random`, an engram.random; default none
--
-- A call needs a stop rule: once decay below 1, max_hops, or a threshold above 0; with refire
-- max_hops, or a threshold above 0 where decay * weight / fan, summed over the arcs out of each
-- node, or over those into each, is below 1; spreadr time, or threshold_to_stop with loss;
-- push eps; best as once, or budget. What then ends it, refire's threshold, threshold_to_stop or
-- eps, is 2.3e-308 or more, for what is smaller stops shrinking. truncated is 0, or which limit
-- left something out: hits:truncated_by() says it in words. residual is what was still to be
-- passed on (ppr: the last change; push: how far, in all, the values are below ppr's).
-- Best first, ties by lower id; nodes at exactly 0 are left out. The hits lie in the calling
-- thread's arena.

local ffi = require "ffi"
local C = require "engram.c"
local arena = require "engram.arena"
local check = require "engram.check"
local graph = require "engram.graph"
local method = require "engram.method"
local seeds = require "engram.seeds"

local hits_t = ffi.typeof "eg_hits"
local count_max = 2 ^ 32 - 1
local float_max = 3.4028234663852886e38
local ok, invalid = tonumber(C.EG_OK), tonumber(C.EG_INVALID)
local no_memory = tonumber(C.EG_NO_MEMORY)
local none = {}

local spread = {}

--- So many sets side by side take no longer than one by one, and mostly less.
spread.worthwhile = 8

--- The first of the hits: the same arrays, the same proof of life.
function spread.first_of(found, length)
    return hits_t(found.ids, found.values, length, found.slot, found.serial, found.hops_used,
        found.fired, found.truncated, found.residual)
end

-- Why a call was invalid though all its options and seeds were fine by themselves: a message,
-- and the number of the argument if it is one's fault.
local function complaint(chosen, mine, count)
    if chosen.complaint then return chosen.complaint(mine) end
    if seeds.sum(count) > float_max then return "the sum of the seeds is beyond a float" end
    return chosen.unsigned .. " can not spread along a negative weight"
end

local function fail(chosen, mine, status, count)
    if status ~= invalid then arena.fail(mine, status, "spread", 3) end
    local message, at = complaint(chosen, mine, count)
    if at then check.bad(at, "spread", message, 2) end
    error("spread: " .. message, 3)
end

--- Spreads activation over g, and answers who has some. See above.
function spread.spread(g, from, options)
    if not graph.is_graph(g) then
        check.bad(1, "spread", "graph expected, got " .. check.kind(g))
    end
    options = options or none
    if type(options) ~= "table" then
        check.bad(3, "spread", "table of options expected, got " .. check.kind(options))
    end
    local chosen = check.word(options.method or "once", method, 3, "spread", "method")
    check.options(options, chosen.known, 3, "spread")
    chosen.read(options, g)
    local topk = options.topk
    if topk ~= nil then check.count(topk, 0, count_max, 3, "spread", "topk") end
    if not seeds.are_seeds(from) then
        check.bad(2, "spread", "table { [id] = activation } or hits expected, got " ..
            check.kind(from))
    end

    -- The result comes before any pointer is taken: nothing may be collected in between.
    local mine, found = arena.current(), hits_t()
    local count = seeds.read(from, g.nodes, chosen.unsigned)
    -- To a kernel 0 is no limit; who wants none gets the best one, and then none of it.
    local status = chosen.run(mine, g, count, found, topk == 0 and 1 or topk or 0)
    if status == no_memory then return nil, "spread: no memory for the arcs by weight" end
    if status ~= ok then fail(chosen, mine, status, count) end
    if topk ~= nil and found.length > topk then return spread.first_of(found, topk) end
    return found
end

--- Reads options as spread would, and answers the method.
function spread.method_for(g, options)
    local chosen = check.word(options.method or "once", method, 3, "spread", "method")
    check.options(options, chosen.known, 3, "spread")
    chosen.read(options, g)
    if options.topk ~= nil then check.count(options.topk, 0, count_max, 3, "spread", "topk") end
    return chosen
end

--- May so many sets of seeds go side by side?
function spread.is_abreast(chosen, g, count)
    return chosen.many ~= nil and count >= spread.worthwhile and
        (not chosen.pays or chosen.pays(g))
end

--- The bytes of scratch that engram.spread(g, seeds, options) takes at most, whatever the seeds;
--  or engram.spread_many with so many sets, answers of earlier ones aside. They are there if
--  the arena has so much free from a multiple of 64 on.
function spread.spread_bytes(g, options, sets)
    if not graph.is_graph(g) then
        check.bad(1, "spread_bytes", "graph expected, got " .. check.kind(g))
    end
    options = options or none
    if type(options) ~= "table" then
        check.bad(2, "spread_bytes", "table of options expected, got " .. check.kind(options))
    end
    local worked, chosen = pcall(spread.method_for, g, options)
    if worked then
        if sets == nil then return chosen.bytes(g) end
        check.count(sets, 0, count_max, 3, "spread_bytes", "sets")
        return spread.is_abreast(chosen, g, sets) and chosen.many_bytes(g) or chosen.bytes(g)
    end
    error((chosen:gsub("^.-#3 to 'spread'", "bad argument #2 to 'spread_bytes'")), 2)
end

return spread
