-- Spreading with refire and accumulate, against dense oracles; that sparse and dense cycles, and
-- all instruction sets, give the same bits; the best of many; and that every call ends.

local ffi = require "ffi"
local C = require "engram.c"
local arena = require "engram.arena"
local graph = require "engram.graph"
local spread = require "engram.spread"
local activation = require "spec.support.activation"
local flows = require "spec.support.flows"
local oracle = require "spec.support.oracle"
local random = require "spec.support.random"
local scans = require "spec.support.scans"

local mark
local function remember() mark = arena.current():mark() end
local function give_back() arena.current():rewind(mark) end

local ring = graph.graph(3, { { 1, 2 }, { 2, 3 }, { 3, 1 } })

-- n nodes, each pair with this chance, in a graph of `all`: the rest has no arcs.
local function random_graph(data, n, chance, draw, all)
    local edges, rows = {}, {}
    for i = 1, n do
        rows[i] = {}
        for j = 1, n do
            if i ~= j and data:uniform() < chance then
                rows[i][j] = oracle.rounded(draw(data))
                edges[#edges + 1] = { i, j, rows[i][j] }
            end
        end
    end
    return graph.graph(n, edges), rows, graph.graph(all or n, edges)
end

local function positive(data) return data:uniform() end

local function compare(expected, n, hits, hint)
    flows.all_close(expected.totals, flows.totals(n, hits), 1e-12, hint)
    assert.same({ expected.hops_used, expected.fired, expected.truncated },
        { hits.hops_used, hits.fired, hits.truncated }, hint)
    flows.close(expected.residual, hits.residual, 1e-12 * (1 + math.abs(expected.residual)), hint)
end

describe("spread with refire", function()
    before_each(remember)
    after_each(give_back)

    -- Derived: the sum of d^h * (W')^h s is (I - d W')^-1 s; on a ring of three 1 / (1 - d^3).
    it("gives the closed form of a ring", function()
        local expected = { 2.0491803279, 1.6393442623, 1.3114754098 }
        for _, limits in ipairs { { max_hops = 200 }, { threshold = 1e-13 } } do
            limits.refire, limits.decay = true, .8
            local hits = spread.spread(ring, { [1] = 1 }, limits)
            for i, x in ipairs(expected) do flows.close(x, hits:of(i), x * 2 ^ -24 + 6e-11) end
        end
    end)

    it("passes a pulse on, not what a node has", function()
        local g = graph.graph(2, { { 1, 2 }, { 2, 1 } })
        local hits = spread.spread(g, { [1] = 1 }, { refire = true, decay = .5, max_hops = 3 })
        assert.same({ 1.25, .625 }, flows.totals(2, hits))
        assert.same({ 3, 2, "max_hops", .125 },
            { hits.hops_used, hits.fired, hits:truncated_by(), hits.residual })
    end)

    it("tests pulses, one by one, against the threshold", function()
        local g = graph.graph(3, { { 1, 2, .5 }, { 2, 2, .75 }, { 2, 3 } }, { self = "keep" })
        local hits = spread.spread(g, { [1] = 1 }, { refire = true, threshold = .3,
            max_hops = 9 })
        assert.same({ 1, .5 + .375 + .28125, .875 }, flows.totals(3, hits))
        assert.same({ 3, 2, 0 }, { hits.hops_used, hits.fired, hits.truncated })
    end)

    it("clamps what a node has, not its pulses", function()
        local g = graph.graph(3, { { 1, 2, 4 }, { 2, 3, 1 }, { 1, 3, -1 } })
        local hits = spread.spread(g, { [1] = 1 }, { refire = true, clamp = 2, max_hops = 5 })
        assert.same({ 1, 2, 2 }, flows.totals(3, hits))
    end)

    it("says whether pulses must fade, and refuses when nothing says so", function()
        local function call(options)
            options.refire = true
            return spread.spread(ring, { [1] = 1 }, options)
        end
        for _, options in ipairs { { decay = .9 }, { threshold = 0 }, {} } do
            assert.has_error(function() call(options) end, "bad argument #3 to 'spread' " ..
                "(no stop rule: give max_hops, or threshold of 2.3e-308 or more and gain " ..
                "below 1 (refire))")
        end
        local _, message = pcall(call, { threshold = .1 })
        assert.matches("no stop rule: give max_hops, or a decay below 1; with refire, pulses " ..
            "may grow 1 times a hop", message, 1, true)
        assert.is_true(#call { threshold = .1, decay = .99 } == 3)
    end)

    it("accepts a graph whose arcs out sum to little, or those in, and no other", function()
        local function ends(edges, decay, options)
            local all = { refire = true, threshold = 1e-3, decay = decay }
            for key, value in pairs(options or {}) do all[key] = value end
            return (pcall(spread.spread, graph.graph(4, edges), { [1] = 1 }, all))
        end
        local out, back = { { 1, 2, .5 }, { 1, 3, .5 }, { 2, 1, 1 }, { 3, 1, 1 } }, {}
        for i, edge in ipairs(out) do back[i] = { edge[2], edge[1], edge[3] } end
        assert.is_true(ends(out, .99))      -- 1 out of each node, 2 into the first
        assert.is_true(ends(back, .99))     -- the other way round
        assert.is_false(ends(out, 1))
        local both = { { 1, 2, .9 }, { 1, 3, .9 }, { 2, 1, .9 }, { 3, 1, .9 } }
        assert.is_false(ends(both, .6))     -- 1.08 both ways
        assert.is_true(ends(both, .55))
        assert.is_true(ends(both, .99, { fan = "out" }))
        assert.is_true(ends(both, .7, { fan = "sqrt" }))
        both[3][3] = -.9
        assert.is_false(ends(both, .6))     -- signs do not help
    end)

    for _, shape in ipairs { { 5, .4 }, { 30, .1 }, { 60, .3 } } do
        local n, chance = shape[1], shape[2]
        it(("agrees with a dense oracle on random graphs of %d nodes"):format(n), function()
            local data = random.new(n)
            for round = 1, 6 do
                local draw = round % 3 == 0 and data.normal or positive
                local g, rows = random_graph(data, n, chance, draw)
                local seeds = flows.random_seeds(data, n)
                if round % 2 == 0 then seeds[data:whole(1, n)] = -data:uniform() end
                for _, fan in ipairs { "none", "out", "sqrt", "log" } do
                    for _, options in ipairs {
                        { max_hops = 4, decay = .5 }, { max_hops = 3, threshold = .02 },
                        { max_hops = 5, clamp = 1, decay = .6 },
                        { max_hops = 4, accumulate = "max", threshold = .01 },
                    } do
                        options.refire, options.fan = true, fan
                        compare(activation.refire(n, rows, seeds, options), n,
                            spread.spread(g, seeds, options), data.hint)
                    end
                end
            end
        end)
    end

    it("sums to personalised PageRank, but for a factor", function()
        local data = random.new(91)
        for _ = 1, 5 do
            local g = flows.random(data, 40, .1)
            local sum = spread.spread(g, { [3] = 1 },
                { refire = true, fan = "out", decay = .7, max_hops = 120 })
            local rank = flows.totals(40, spread.spread(g, { [3] = 1 },
                { method = "ppr", alpha = .7, tol = 1e-14, dangling = "drop" }))
            local totals = flows.totals(40, sum)
            for i = 1, 40 do
                flows.close(rank[i], totals[i] * .3, rank[i] * 2 ^ -22 + 1e-12, data.hint)
            end
        end
    end)

    it("holds d^h of the seeds after h hops where nothing is lost", function()
        local data = random.new(92)
        local g = random_graph(data, 50, .2, positive)
        for hops = 1, 6 do
            local hits = spread.spread(g, { [3] = 2 },
                { refire = true, fan = "out", decay = .7, max_hops = hops })
            flows.close(2 * .7 ^ hops, hits.residual, 1e-13, data.hint)
        end
    end)

    it("is linear, and never has less for a lower threshold", function()
        local data = random.new(93)
        local g = random_graph(data, 50, .1, positive)
        local function totals(seeds, threshold)
            return flows.totals(50, spread.spread(g, seeds,
                { refire = true, decay = .5, max_hops = 4, threshold = threshold }))
        end
        local one, two = totals({ [3] = 1 }), totals({ [9] = 1 })
        local both = totals({ [3] = 2, [9] = 3 })
        local before = both
        for i = 1, 50 do
            flows.close(2 * one[i] + 3 * two[i], both[i], both[i] * 2 ^ -22, data.hint)
        end
        for _, threshold in ipairs { .001, .01, .1 } do
            local after = totals({ [3] = 2, [9] = 3 }, threshold)
            for i = 1, 50 do assert.is_true(after[i] <= before[i], data.hint) end
            before = after
        end
    end)
end)

describe("accumulate = max", function()
    before_each(remember)
    after_each(give_back)

    it("keeps the largest of what a node has and is given", function()
        local g = graph.graph(4, { { 1, 3, .5 }, { 2, 3, .75 }, { 3, 4, 1 }, { 2, 4, -1 } })
        local options = { accumulate = "max", max_hops = 5 }
        assert.same({ 1, 1, .75, .75 },
            flows.totals(4, spread.spread(g, { [1] = 1, [2] = 1 }, options)))
        assert.same({ 1, 1, 2, 2 },
            flows.totals(4, spread.spread(g, { [1] = 1, [2] = 1, [3] = 2 }, options)))
    end)

    it("agrees with a dense oracle on random graphs, firing once", function()
        local data = random.new(94)
        for round = 1, 10 do
            local draw = round % 3 == 0 and data.normal or positive
            local g, rows = random_graph(data, 40, .1, draw)
            local seeds = flows.random_seeds(data, 40)
            for _, fan in ipairs { "none", "out" } do
                for _, options in ipairs { { decay = .8 }, { max_hops = 2, threshold = .1 },
                    { decay = .9, max_nodes = 20 }, { decay = .7, clamp = .5 } } do
                    options.accumulate, options.fan = "max", fan
                    compare(activation.spread(40, rows, seeds, options), 40,
                        spread.spread(g, seeds, options), data.hint)
                end
            end
        end
    end)
end)

describe("sparse and dense cycles", function()
    before_each(remember)
    after_each(give_back)

    local function same(a, b, hint)
        assert.is_true(flows.bits(a) == flows.bits(b), hint)
        assert.same({ a.hops_used, a.fired, a.truncated }, { b.hops_used, b.fired, b.truncated })
        -- The frontier's sum is made in the same order, too.
        assert.equal(a.residual, b.residual, hint)
    end

    -- In a graph of 200 nodes every cycle is dense; in one of 3000 the first ones are sparse, and
    -- those that use 375 arcs are not; in one of 40000 all are sparse.
    it("give the same bits, on every instruction set", function()
        local data = random.new(95)
        for round = 1, 4 do
            local n, edges = 200, {}
            for i = 1, n do
                for j = 1, n do
                    if data:uniform() < .04 then
                        local draw = round == 4 and data:normal() or data:uniform()
                        edges[#edges + 1] = { i, j, draw }
                    end
                end
            end
            local graphs = {}
            for at, nodes in ipairs { n, 3000, 40000 } do graphs[at] = graph.graph(nodes, edges) end
            for _, options in ipairs {
                { decay = .3 }, { decay = .5, threshold = .05 }, { max_hops = 3, fan = "out" },
                { decay = .4, clamp = .5 }, { refire = true, max_hops = 6, decay = .2 },
                { refire = true, max_hops = 9, decay = .3, threshold = .03, clamp = .7 },
                { accumulate = "max", decay = .9, threshold = .2 },
                { accumulate = "max", refire = true, max_hops = 5, decay = .5 },
                { decay = .5, topk = 7 },
            } do
                local seeds = flows.random_seeds(data, n)
                local first = spread.spread(graphs[1], seeds, options)
                scans.on_each(function()
                    for _, g in ipairs(graphs) do
                        same(first, spread.spread(g, seeds, options), data.hint)
                    end
                end)
            end
        end
    end)

    it("change over without losing what is there, wherever the nodes lie", function()
        -- A chain leads from the far end of 5000 nodes into a star with as many leaves.
        local edges, n = {}, 5000
        for i = 0, 9 do edges[#edges + 1] = { n - i, n - i - 1, .5 } end
        for i = 1, 2000 do edges[#edges + 1] = { n - 10, i * 2, .25 } end
        for i = 1, 2000 do edges[#edges + 1] = { i * 2, n - 20, 1 } end
        edges[#edges + 1] = { n - 20, n - 21, .5 }
        local g = graph.graph(n, edges)
        for _, refire in ipairs { false, true } do
            local hits = spread.spread(g, { [n] = 1024 }, { refire = refire, max_hops = 30 })
            assert.equal(2013, #hits)
            local totals = flows.totals(n, hits)
            for i = 0, 10 do assert.equal(1024 / 2 ^ i, totals[n - i]) end
            for i = 1, 2000 do assert.equal(.25, totals[i * 2]) end
            assert.same({ 500, 250 }, { totals[n - 20], totals[n - 21] })
            assert.same({ 13, 2012, 0 }, { hits.hops_used, hits.fired, hits.truncated })
        end
    end)

    -- The stop flag is read within a row, too.
    it("give once along each arc of a very long row", function()
        local leaves = 140000
        local from, to = {}, {}
        for i = 1, leaves do from[i], to[i] = 1, i + 1 end
        for _, nodes in ipairs { leaves + 1, 2 ^ 21 } do
            local g = graph.graph(nodes, { from = from, to = to })
            local hits = spread.spread(g, { [1] = 1 }, { decay = .5 })
            assert.equal(leaves + 1, #hits)
            local _, last = hits:get(#hits)
            assert.same({ .5, .5 }, { select(2, hits:get(2)), last })
        end
    end)

    it("see an activation beyond a float wherever it is, on every instruction set", function()
        local n = 140
        scans.on_each(function()
            for i = 2, n do
                for _, sign in ipairs { 1, -1 } do
                    local g = graph.graph(n, { { 1, i, sign * 3e38 } })
                    for _, refire in ipairs { false, true } do
                        local options = { max_hops = 1, refire = refire }
                        for part, holds in pairs { [0] = true, [.1] = true, [.5] = false } do
                            assert.equal(holds, (pcall(spread.spread, g,
                                { [1] = 1, [i] = sign * part * 3e38 }, options)))
                        end
                    end
                end
            end
        end)
    end)

    it("say alike when a float can not hold an activation", function()
        for _, n in ipairs { 4, 30000 } do
            local g = graph.graph(n, { { 1, 2, 3e38 }, { 2, 3, 3e38 }, { 3, 4, 1 } })
            for _, options in ipairs { { max_hops = 3 }, { max_hops = 3, refire = true },
                { max_hops = 3, clamp = 1 } } do
                local worked = pcall(spread.spread, g, { [1] = 1 }, options)
                assert.equal(options.clamp ~= nil, worked)
            end
        end
    end)
end)

describe("topk", function()
    before_each(remember)
    after_each(give_back)

    it("answers the first of the whole ranking, whatever the method", function()
        local data = random.new(96)
        local g, n = random_graph(data, 400, .03, positive), 400
        local seeds = flows.random_seeds(data, n)
        for _, options in ipairs { { decay = .5, threshold = .01 }, { method = "ppr" },
            { method = "push", eps = 1e-6 }, { method = "spreadr", time = 4 },
            { refire = true, max_hops = 4, decay = .1 } } do
            local ids, values = scans.pairs_of(spread.spread(g, seeds, options))
            for _, k in ipairs { 0, 1, 2, 10, 24, 25, 47, 48, 49, 100, 399, 400, 401 } do
                options.topk = k
                local some_ids, some_values = scans.pairs_of(spread.spread(g, seeds, options))
                assert.equal(math.min(k, #ids), #some_ids)
                for i = 1, #some_ids do
                    assert.same({ ids[i], values[i] }, { some_ids[i], some_values[i] }, data.hint)
                end
            end
        end
    end)

    it("prefers the lower of equals, in any order of values", function()
        for _, order in ipairs { "rising", "falling", "equal", "few", "negative" } do
            local edges, n = {}, 3000
            for i = 2, n do
                local weights = { rising = i, falling = n - i + 1, equal = 1, few = i % 5 + 1,
                    negative = -(i % 7) }
                edges[#edges + 1] = { 1, i, weights[order] }
            end
            local g = graph.graph(n, edges)
            local ids, values = scans.pairs_of(spread.spread(g, { [1] = 1 }, { max_hops = 1 }))
            for i = 2, #ids do
                assert.is_true(values[i] < values[i - 1] or
                    values[i] == values[i - 1] and ids[i] > ids[i - 1])
            end
            for _, k in ipairs { 1, 10, 100, 1500 } do
                local some = scans.pairs_of(spread.spread(g, { [1] = 1 },
                    { max_hops = 1, topk = k }))
                for i = 1, k do assert.equal(ids[i], some[i]) end
            end
        end
    end)

    it("keeps only so much of the arena", function()
        local own, hits = scans.arena(2 ^ 20, "error"), ffi.new "eg_hits"
        local g = graph.graph(100, { { 1, 2 } })
        local seeds, activations = ffi.new("uint32_t[50]"), ffi.new("double[50]", 1)
        for i = 0, 49 do seeds[i] = i end
        local request = ffi.new("eg_spread", { graph = g, seeds = seeds, activations = activations,
            seed_count = 50, decay = 1, max_hops = 1, topk = 3 })
        assert.equal(tonumber(C.EG_OK), C.eg_spread_once(own, request, hits))
        assert.same({ 3, 24 }, { hits.length, own:stats().used })
    end)
end)
