--- Method: the ways in which engram.spread can spread, by name, with their options.
--
--    local chosen = method.ppr
--    chosen.read(options, graph)                    -- checks them; for engram.spread only
--    local status = chosen.run(arena, graph, seed_count, hits)
--
-- chosen.many, if there, takes up to 16 seed sets: an array of eg_sources, their number, and as
-- many hits; chosen.pays(graph, hits), if there, whether the hits of one set let expect that it
-- is faster than one by one; chosen.pays(graph) is whether that can be at all.
-- chosen.bytes(graph), after read, is the scratch that run will take, many_bytes(graph) that of
-- many. known holds the names of the options. unsigned is the method's name when it takes neither
-- negative seeds nor weights.
-- One request for all calls: read and run fill it.

local ffi = require "ffi"
local C = require "engram.c"
local check = require "engram.check"
local pairs = require("engram.core").pairs
local kinds = require "engram.kinds"
local seeds = require "engram.seeds"

local doubles_t = ffi.typeof "double[?]"
local vector_t = ffi.typeof "eg_vector"
local count_max = 2 ^ 32 - 1
local number_max = 1.7976931348623157e308
local normal_min = 2.2250738585072014e-308 -- below, rounding can keep a number from shrinking
local float_max = 3.4028234663852886e38

local fans = {
    none = tonumber(C.EG_FAN_NONE), out = tonumber(C.EG_FAN_OUT),
    sqrt = tonumber(C.EG_FAN_SQRT), log = tonumber(C.EG_FAN_LOG),
}
local accumulates = { sum = tonumber(C.EG_ACCUMULATE_SUM), max = tonumber(C.EG_ACCUMULATE_MAX) }
local danglings = {
    restart = tonumber(C.EG_DANGLING_RESTART), drop = tonumber(C.EG_DANGLING_DROP),
    keep = tonumber(C.EG_DANGLING_KEEP),
}

-- ---- Options

-- What a number must be: words, and from where to where, the ends included.
local least, below_one = 4.9406564584124654e-324, 1 - 2 ^ -53
local not_negative = { "from 0", 0, number_max }
local positive = { "above 0", least, number_max }
local part = { "from 0 to 1", 0, 1 }
local positive_part = { "above 0 to 1", least, 1 }
local small = { "within the range of a float", -float_max, float_max }
local small_positive = { "above 0, within the range of a float,", least, float_max }
local normal = { "of 2.3e-308 or more", normal_min, number_max }
local inner_part = { "above 0 and below 1", least, below_one }

local function is_number(value, range)
    return type(value) == "number" and value >= range[2] and value <= range[3]
end

local function number(value, default, range, what, level)
    if value == nil then return default end
    if is_number(value, range) then return value end
    check.bad(3, "spread", ("%s: number %s expected, got %s"):format(what, range[1],
        tostring(value)), level or 3)
end

-- default is what stands for no limit, or the limit.
local function count(value, default, what)
    if value == nil then return default end
    if type(value) == "number" and value >= 1 and value <= count_max and value % 1 == 0 then
        return value
    end
    check.bad(3, "spread", ("%s: whole number from 1 to %d expected, got %s"):format(what,
        count_max, tostring(value)), 3)
end

local function flag(value, what, default)
    if value == nil then value = default or false end
    if value == false then return 0 end
    if value == true then return 1 end
    check.bad(3, "spread", ("%s: true or false expected, got %s"):format(what, tostring(value)), 3)
end

local function no_stop_rule(remedy)
    check.bad(3, "spread", "no stop rule: give " .. remedy, 3)
end

-- ---- Methods

local method = {}

local once, gain = ffi.new "eg_spread", ffi.new "double[1]"
local once_nodes = 16384 -- side by side, beyond: more memory than a core's cache, for few lanes

-- What is missing that would end it. With refire the gain is looked at later.
local function missing_stop_rule()
    if once.refire == 1 then
        if once.max_hops > 0 or once.threshold >= normal_min then return nil end
        return "max_hops, or threshold of 2.3e-308 or more and gain below 1 (refire)"
    end
    if once.max_hops > 0 or once.threshold > 0 then return nil end
    return once.decay == 1 and "decay below 1, max_hops, or threshold above 0" or nil
end

method.once = {
    known = { method = true, topk = true, decay = true, max_hops = true, threshold = true,
        fan = true, clamp = true, max_nodes = true, refire = true, accumulate = true,
        relations = true },
    read = function(options, g)
        once.fan = check.word(options.fan or "none", fans, 3, "spread", "fan", 2)
        once.accumulate = check.word(options.accumulate or "sum", accumulates, 3, "spread",
            "accumulate", 2)
        once.refire = flag(options.refire, "refire")
        once.decay = number(options.decay, 1, positive_part, "decay")
        once.threshold = number(options.threshold, 0, not_negative, "threshold")
        once.clamp = number(options.clamp, 0, positive, "clamp")
        once.max_hops = count(options.max_hops, 0, "max_hops")
        once.max_nodes = count(options.max_nodes, 0, "max_nodes")
        once.factors = kinds.factors(g, options.relations, 3)
        local remedy = missing_stop_rule()
        if remedy then no_stop_rule(remedy) end
    end,
    run = function(mine, g, seed_count, found, topk)
        once.graph, once.seed_count, once.topk = g, seed_count, topk
        once.seeds, once.activations = seeds.ids, seeds.values
        return C.eg_spread_once(mine, once, found)
    end,
    many = function(mine, g, sets, set_count, found, topk)
        once.graph, once.topk = g, topk
        return C.eg_many_once(mine, once, sets, set_count, found)
    end,
    pays = function(g, found)
        if once.refire == 0 and g.nodes > once_nodes then return false end
        return found == nil or found.fired >= g.nodes / 2
    end,
    bytes = function(g)
        once.graph = g
        return C.eg_spread_once_bytes(once)
    end,
    many_bytes = function(g)
        once.graph = g
        return C.eg_many_once_bytes(once)
    end,
    --- Why the last call was invalid: more than read could see.
    complaint = function(mine)
        if once.refire == 1 and once.max_hops == 0 and
            C.eg_spread_gain(mine, once, gain) == C.EG_OK and gain[0] >= 1 then
            return ("no stop rule: give max_hops, or a decay below %.6g; with refire, pulses " ..
                "may grow %.6g times a hop"):format(once.decay / gain[0], gain[0]), 3
        end
        return "an activation is beyond a float"
    end,
}

local function fill(from, g, seed_count, topk)
    from.graph, from.seed_count, from.topk = g, seed_count, topk
    from.seeds, from.activations = seeds.ids, seeds.values
end

-- One number per node, from a table or a vector, as doubles in room.values; they stay there
-- until the next call.
local function read_each(list, nodes, range, what, room)
    local is_vector = ffi.istype(vector_t, list)
    if #list ~= nodes then
        check.bad(3, "spread", ("%s: %d numbers expected, one per node, got %d"):format(what, nodes,
            #list), 4)
    end
    if nodes > room.size then room.size, room.values = nodes, doubles_t(nodes) end
    for i = 1, nodes do
        local value = is_vector and list:get(i) or list[i]
        if not is_number(value, range) then
            check.bad(3, "spread", ("%s: node %d: number %s expected, got %s"):format(what, i,
                range[1], tostring(value)), 4)
        end
        room.values[i - 1] = value
    end
    return room.values
end

local function is_list(x)
    return type(x) == "table" or ffi.istype(vector_t, x)
end

local spreadr, retentions = ffi.new "eg_spreadr", { size = 0 }

local function read_retention(retention, nodes)
    spreadr.retention, spreadr.retentions = 0.5, nil
    if is_list(retention) then
        spreadr.retentions = read_each(retention, nodes, part, "retention", retentions)
    elseif is_number(retention, part) then
        spreadr.retention = retention
    elseif retention ~= nil then
        check.bad(3, "spread", "retention: number from 0 to 1, table or vector expected, got " ..
            tostring(retention), 3)
    end
end

method.spreadr = {
    known = { method = true, topk = true, retention = true, loss = true, suppress = true,
        threshold_to_stop = true, time = true, relations = true },
    unsigned = "spreadr",
    read = function(options, g)
        read_retention(options.retention, g.nodes)
        spreadr.from.factors = kinds.factors(g, options.relations, 3, true)
        spreadr.loss = number(options.loss, 0, part, "loss")
        spreadr.suppress = number(options.suppress, 0, not_negative, "suppress")
        spreadr.threshold_to_stop = number(options.threshold_to_stop, 0, not_negative,
            "threshold_to_stop")
        spreadr.time = count(options.time, 0, "time")
        local fades = spreadr.threshold_to_stop >= normal_min and 1 - spreadr.loss < 1
        if spreadr.time == 0 and not fades then
            no_stop_rule "time, or threshold_to_stop of 2.3e-308 and loss of 1e-16 or more"
        end
    end,
    run = function(mine, g, seed_count, found, topk)
        fill(spreadr.from, g, seed_count, topk)
        return C.eg_spread_spreadr(mine, spreadr, found)
    end,
    many = function(mine, g, sets, set_count, found, topk)
        spreadr.from.graph, spreadr.from.topk = g, topk
        return C.eg_many_spreadr(mine, spreadr, sets, set_count, found)
    end,
    bytes = function(g)
        spreadr.from.graph = g
        return C.eg_spread_spreadr_bytes(spreadr)
    end,
    many_bytes = function(g)
        spreadr.from.graph = g
        return C.eg_many_spreadr_bytes(spreadr)
    end,
}

local ppr = ffi.new "eg_ppr"

method.ppr = {
    known = { method = true, topk = true, alpha = true, tol = true, max_iter = true,
        dangling = true, relations = true },
    unsigned = "ppr",
    read = function(options, g)
        ppr.from.factors = kinds.factors(g, options.relations, 3, true)
        ppr.dangling = check.word(options.dangling or "restart", danglings, 3, "spread",
            "dangling", 2)
        ppr.alpha = number(options.alpha, 0.85, inner_part, "alpha")
        ppr.tol = number(options.tol, 1e-9, not_negative, "tol")
        ppr.max_iter = count(options.max_iter, 1000, "max_iter")
    end,
    run = function(mine, g, seed_count, found, topk)
        fill(ppr.from, g, seed_count, topk)
        return C.eg_spread_ppr(mine, ppr, found)
    end,
    many = function(mine, g, sets, set_count, found, topk)
        ppr.from.graph, ppr.from.topk = g, topk
        return C.eg_many_ppr(mine, ppr, sets, set_count, found)
    end,
    bytes = function(g)
        ppr.from.graph = g
        return C.eg_spread_ppr_bytes(ppr)
    end,
    many_bytes = function(g)
        ppr.from.graph = g
        return C.eg_many_ppr_bytes(ppr)
    end,
}

local push = ffi.new "eg_push"

method.push = {
    known = { method = true, topk = true, alpha = true, eps = true, dangling = true,
        relations = true },
    unsigned = "push",
    read = function(options, g)
        push.from.factors = kinds.factors(g, options.relations, 3, true)
        push.dangling = check.word(options.dangling or "restart", danglings, 3, "spread",
            "dangling", 2)
        push.alpha = number(options.alpha, 0.85, inner_part, "alpha")
        push.eps = number(options.eps, 0, normal, "eps")
        if push.eps == 0 then no_stop_rule "eps" end
    end,
    run = function(mine, g, seed_count, found, topk)
        fill(push.from, g, seed_count, topk)
        return C.eg_spread_push(mine, push, found)
    end,
    bytes = function(g)
        push.from.graph = g
        return C.eg_spread_push_bytes(push)
    end,
}

local actr, bases = ffi.new "eg_actr", { size = 0 }
local random_t = ffi.typeof "eg_random"

local function read_base(base, nodes)
    actr.base = nil
    if is_list(base) then
        actr.base = read_each(base, nodes, small, "base", bases)
    elseif base ~= nil then
        check.bad(3, "spread", "base: table or vector expected, got " .. check.kind(base), 3)
    end
end

local function read_noise(noise, random)
    actr.noise = number(noise, 0, small_positive, "noise", 4)
    if noise ~= nil and not ffi.istype(random_t, random) then
        check.bad(3, "spread", "noise wants random, as engram.random(seed) or thread.random", 3)
    elseif noise == nil and random ~= nil then
        check.bad(3, "spread", "random: only noise draws from it, and there is none", 3)
    end
    actr.random = random
end

method.actr = {
    known = { method = true, topk = true, mas = true, ga = true, base = true, nsji = true,
        noise = true, random = true, relations = true },
    unsigned = "actr",
    read = function(options, g)
        actr.from.factors = kinds.factors(g, options.relations, 3, true)
        if options.mas == nil then
            check.bad(3, "spread", "mas: actr wants the maximum strength of association", 2)
        end
        actr.mas = number(options.mas, 0, small, "mas")
        actr.ga = number(options.ga, 1, small_positive, "ga")
        actr.is_positive = 1 - flag(options.nsji, "nsji", true)
        read_base(options.base, g.nodes)
        read_noise(options.noise, options.random)
    end,
    run = function(mine, g, seed_count, found, topk)
        fill(actr.from, g, seed_count, topk)
        return C.eg_spread_actr(mine, actr, found)
    end,
    bytes = function(g)
        actr.from.graph = g
        return C.eg_spread_actr_bytes(actr)
    end,
    complaint = function()
        if seeds.sum(actr.from.seed_count) > float_max then
            return "the sum of the seeds is beyond a float"
        end
        return "actr can not spread along a negative weight, nor beyond a float"
    end,
}

local best = ffi.new "eg_best"

method.best = {
    known = { method = true, topk = true, decay = true, max_hops = true, threshold = true,
        fan = true, budget = true },
    unsigned = "best",
    read = function(options)
        best.fan = check.word(options.fan or "none", fans, 3, "spread", "fan", 2)
        best.decay = number(options.decay, 1, positive_part, "decay")
        best.threshold = number(options.threshold, 0, not_negative, "threshold")
        best.max_hops = count(options.max_hops, 0, "max_hops")
        best.budget = count(options.budget, 0, "budget")
        if best.decay == 1 and best.threshold == 0 and best.max_hops == 0 and best.budget == 0 then
            no_stop_rule "decay below 1, max_hops, threshold above 0, or budget"
        end
    end,
    run = function(mine, g, seed_count, found, topk)
        fill(best.from, g, seed_count, topk)
        return C.eg_spread_best(mine, best, found)
    end,
    bytes = function(g)
        best.from.graph, best.from.seed_count = g, 0
        return C.eg_spread_best_bytes(best)
    end,
    complaint = function()
        if seeds.sum(best.from.seed_count) > float_max then
            return "the sum of the seeds is beyond a float"
        end
        return "best can not spread along a negative weight, nor beyond a float"
    end,
}

-- An option that only another method has is answered with the method's own; what no
-- method has is nil, and check.options lists the known ones.
for name, each in pairs(method) do
    local own = {}
    for option in pairs(each.known) do
        if option ~= "method" then own[#own + 1] = option end
    end
    table.sort(own)
    setmetatable(each.known, { __index = function(_, option)
        for _, other in pairs(method) do
            if rawget(other.known, option) then
                check.bad(3, "spread", ("%s takes %s, not %s"):format(name,
                    table.concat(own, ", "), option), 3)
            end
        end
        return nil
    end })
end

return method
