-- engram.spread_many: every method, the same as one by one; its answers, its errors, and threads.

local arena = require "engram.arena"
local engram = require "engram"
local graph = require "engram.graph"
local spread = require "engram.spread"
local many = require "engram.spread_many"
local flows = require "spec.support.flows"
local random = require "spec.support.random"
local scans = require "spec.support.scans"

local mark
local function remember() mark = arena.current():mark() end
local function give_back() arena.current():rewind(mark) end

local function told_by(hits)
    return ("%s %d %d %d %a"):format(flows.bits(hits), hits.hops_used, hits.fired, hits.truncated,
        hits.residual)
end

local methods = {
    { method = "once", decay = .5, max_hops = 3 }, { method = "once", decay = .5, topk = 0 },
    { method = "once", refire = true, threshold = .01, decay = .4, fan = "out", topk = 2 },
    { method = "best", decay = .5, budget = 9 },
    { method = "ppr" }, { method = "ppr", topk = 3 }, { method = "ppr", topk = 0 },
    { method = "spreadr", time = 4 }, { method = "push", eps = 1e-3 },
}

local function sets_of(data, n, count)
    local sets = {}
    for i = 1, count do sets[i] = flows.random_seeds(data, n) end
    return sets
end

local function assert_as_one_by_one(g, sets, options)
    local r = many.spread_many(g, sets, options)
    assert.equal(#sets, #r)
    for i = 1, #sets do
        assert.is_true(told_by(r[i]) == told_by(spread.spread(g, sets[i], options)),
            options.method .. " " .. i)
    end
end

describe("engram.spread_many", function()
    before_each(remember)
    after_each(give_back)

    it("answers as one by one does, whatever the method and the number of sets", function()
        local data = random.new(61)
        local g = flows.random(data, 60, .06)
        for _, options in ipairs(methods) do
            for _, count in ipairs { 0, 1, 7, 8, 16, 17, 23, 24, 40 } do
                assert_as_one_by_one(g, sets_of(data, 60, count), options)
            end
        end
    end)

    it("takes negative weights where the method does", function()
        local g = graph.graph(4, { { 1, 2, 1 }, { 1, 3, -2 }, { 3, 4, 1 } })
        local sets = {}
        for i = 1, 20 do sets[i] = { [i % 4 + 1] = i } end
        assert_as_one_by_one(g, sets, { method = "once", max_hops = 2 })
        local harmless = graph.graph(4, { { 1, 2 }, { 4, 1, -1 } })
        for i = 1, 20 do sets[i] = { [i % 2 + 1] = i } end
        assert_as_one_by_one(harmless, sets, { method = "ppr" })
    end)

    it("takes hits for seeds, and many of them", function()
        local data = random.new(62)
        local g = flows.random(data, 3000, .001)
        local wide = spread.spread(g, { 1, 1, 1 }, { method = "ppr" })
        local sets = {}
        for i = 1, 20 do sets[i] = i % 2 == 0 and wide or { [i] = 1 } end
        assert_as_one_by_one(g, sets, { method = "spreadr", time = 2 })
    end)

    it("answers the hits of a set by its number", function()
        local g = graph.graph(3, { { 1, 2 }, { 2, 3 } })
        local r = many.spread_many(g, { { 1 }, { [2] = 1 } }, { method = "ppr" })
        assert.equal(2, #r)
        assert.equal(1, (r:set(1):get(1)))
        assert.equal(r[2], r:set(2))
        for _, i in ipairs { 0, 3, 1.5, "1", "set" } do
            local _, message = pcall(function() return r:set(i) end)
            assert.matches("bad argument #1 to 'set' (set " .. i .. " is not within 1 to 2)",
                message, 1, true)
        end
    end)

    it("becomes stale with its arena", function()
        local g = graph.graph(3, { { 1, 2 }, { 2, 3 } })
        local kept, sets = nil, {}
        for i = 1, 10 do sets[i] = { 1 } end
        arena.current():scope(function()
            kept = many.spread_many(g, sets, { method = "ppr" })
        end)
        assert.matches("stale: its arena was rewound",
            select(2, pcall(function() return kept[9]:get(1) end)))
    end)

    local g = graph.graph(4, { { 1, 2 }, { 2, 3 }, { 4, 1, -1 } })

    local function message_of(...)
        local worked, message = pcall(many.spread_many, ...)
        assert.is_false(worked)
        assert.equal(mark, arena.current():mark())
        return message
    end

    it("blames its caller, and names the set", function()
        local _, message = pcall(function()
            many.spread_many(g, { { 0, 1 }, { [9] = 1 } }, { method = "ppr", max_iter = 1 })
        end)
        assert.matches("spread_many_spec.lua:%d+: bad argument #2 to 'spread_many' %(set 2: " ..
            "seed 9 is not within 1 to 4%)", message)
        local sets = {}
        for i = 1, 12 do sets[i] = { [i == 11 and 7 or 1] = 1 } end
        assert.matches("to 'spread_many' (set 11: seed 7 is not within 1 to 4)",
            message_of(g, sets, { method = "ppr" }), 1, true)
        for i = 1, 20 do sets[i] = { [i == 18 and 3 or 1] = 1 } end
        assert.matches("spread_many: set 18: ppr can not spread along a negative weight",
            message_of(graph.graph(4, { { 1, 2 }, { 3, 4, -1 } }), sets, { method = "ppr" }), 1,
            true)
    end)

    it("refuses what it can not take, by name", function()
        local function bad(at, what)
            return "bad argument #" .. at .. " to 'spread_many' (" .. what
        end
        local ppr = { method = "ppr" }
        local cases = {
            { bad(1, "graph expected, got nil)"), nil, {}, ppr },
            { bad(2, "table of seed sets expected, got number)"), g, 3, ppr },
            { bad(2, "set 2: table { [id] = activation } or hits expected, got boolean)"), g,
                { {}, true }, ppr },
            { bad(3, "table of options expected, got string)"), g, {}, "ppr" },
            { bad(3, "ppr takes alpha, "), g, {}, { method = "ppr", decay = 1 } },
            { bad(3, "no stop rule: give eps)"), g, {}, { method = "push" } },
            { bad(3, "topk: whole number from 0"), g, {}, { method = "ppr", topk = -1 } },
        }
        for _, case in ipairs(cases) do
            assert.matches(case[1], message_of(unpack(case, 2, 4)), 1, true)
        end
    end)

    -- Which way the sets went shows in the scratch they took.
    local function scratch_of(big, count, options)
        local own, sets = scans.arena(2 ^ 24, "error"), {}
        for i = 1, count do sets[i] = { [i] = 1 } end
        scans.within(own, function() many.spread_many(big, sets, options) end)
        return own:stats().high_water
    end

    -- The first node has arcs to all others, and they to it.
    local function star(n)
        local from, to = {}, {}
        for i = 2, n do
            from[i - 1], to[i - 1], from[n + i - 2], to[n + i - 2] = 1, i, i, 1
        end
        return graph.graph(n, { from = from, to = to })
    end

    it("goes side by side where that pays, and needs what spread_bytes says", function()
        local small, big = star(3000), star(20000)
        for _, case in ipairs {
            { small, 16, { decay = .5, topk = 1 }, true },
            { small, 8, { decay = .5, topk = 1 }, false }, -- one goes alone, and seven
            { small, 9, { decay = .5, topk = 1 }, true },
            { small, 16, { decay = .5, topk = 1, threshold = .6 }, false }, -- few fire
            { small, 8, { method = "ppr", topk = 1 }, true },
            { small, 7, { method = "ppr", topk = 1 }, false },
            { small, 16, { method = "spreadr", time = 1 }, true },
            { small, 16, { method = "push", eps = .1, topk = 1 }, false },
            { big, 16, { decay = .5, topk = 1 }, false },
            { big, 16, { decay = .5, topk = 1, refire = true, max_hops = 2 }, true },
        } do
            local links, count, options, is_abreast = unpack(case)
            local alone = engram.spread_bytes(links, options)
            local bytes = engram.spread_bytes(links, options, count)
            local used = scratch_of(links, count, options)
            if is_abreast then assert.is_true(used >= bytes and used <= bytes + 64)
            else assert.is_true(used >= alone and used < alone + 64 * count) end
        end
    end)

    it("goes one by one where the arena has no room for more", function()
        local big, sets = graph.graph(3000, { { 1, 2 } }), {}
        for i = 1, 16 do sets[i] = { 1 } end
        for _, options in ipairs { { method = "ppr" }, { method = "once", decay = .5 } } do
            local alone, small = spread.spread(big, sets[1], options), scans.arena(2 ^ 17, "error")
            scans.within(small, function()
                local found = many.spread_many(big, sets, options)
                for i = 1, 16 do assert.is_true(told_by(alone) == told_by(found[i])) end
            end)
        end
    end)

    it("leaves nothing in an arena that is too small", function()
        local big, sets = graph.graph(20000, { { 1, 2 } }), {}
        for i = 1, 16 do sets[i] = { 1 } end
        local small = scans.arena(2 ^ 17, "error")
        scans.within(small, function()
            local worked, message = pcall(many.spread_many, big, sets, { method = "ppr" })
            assert.is_false(worked)
            assert.matches("arena overflow in 'spread_many'", message, 1, true)
            assert.equal(0, small:mark())
        end)
    end)

    it("says which set left the range of a float", function()
        local steep = graph.graph(3, { { 1, 2, 3e38 }, { 2, 3, 3e38 }, { 3, 3 } },
            { self = "keep" })
        local sets = {}
        for i = 1, 16 do sets[i] = { [i == 11 and 1 or 2] = 1, [3] = 1 } end
        local worked, message = pcall(many.spread_many, steep, sets, { max_hops = 3 })
        assert.is_false(worked)
        assert.matches("spread_many: set 11: an activation is beyond a float", message, 1, true)
        assert.equal(mark, arena.current():mark())
    end)
end)

describe("spread_many in threads", function()
    local source = [[
        local engram = require "engram"
        local workload = {}
        function workload.setup()
            local from, to, weight = {}, {}, {}
            for i = 1, 6000 do
                from[i], to[i], weight[i] = i % 499 + 1, i * 7919 % 503 + 1, i % 31 / 31
            end
            return { links = assert(engram.graph(503, { from = from, to = to, weight = weight })) }
        end
        function workload.thread_init(thread) thread.sum = 0 end
        function workload.event(thread, i)
            local sets = {}
            for k = 1, 12 do sets[k] = { [(i * 12 + k) % 503 + 1] = 1 } end
            local ways = { [0] = { method = "ppr" }, { method = "spreadr", time = 3 },
                { decay = .1, max_hops = 3 } }
            local r = engram.spread_many(thread.shared.links, sets, ways[i % 3])
            for k = 1, #r do
                local id, value = r[k]:get(1 + i % #r[k])
                thread.sum = thread.sum + id * math.floor(value * 2 ^ 20)
            end
        end
        function workload.thread_done(thread) return thread.sum end
        function workload.done(summary, results)
            summary.sum = 0
            for _, sum in ipairs(results) do summary.sum = summary.sum + sum end
        end
        return workload ]]

    it("answers what it answers in one", function()
        local function run(threads)
            local summary = assert(engram.run { threads = threads, events = 60, source = source })
            assert.is_nil(summary.errors and summary.errors[1].message)
            return summary.sum
        end
        local alone = run(1)
        assert.is_true(alone > 0)
        assert.equal(alone, run(6))
    end)
end)
