-- Personalised PageRank by iteration and by pushing: derived numbers (science.md 2.6: a dense
-- solve, networkx and igraph agree), networkx's own published constants, a dense oracle that
-- solves instead of iterating, and the identities that join the two methods.

local arena = require "engram.arena"
local graph = require "engram.graph"
local spread = require "engram.spread"
local flows = require "spec.support.flows"
local random = require "spec.support.random"
local scans = require "spec.support.scans"
local pagerank = require "spec.support.pagerank"

local mark
local function remember() mark = arena.current():mark() end
local function give_back() arena.current():rewind(mark) end

local exact = pagerank.exact
local pushed = pagerank.pushed
local check = pagerank.check
local check_both = pagerank.check_both

-- Langville and Meyer's six pages; the second has no links.
local pages = graph.graph(6, { { 1, 2 }, { 1, 3 }, { 3, 1 }, { 3, 2 }, { 3, 5 }, { 4, 5 },
    { 4, 6 }, { 5, 4 }, { 5, 6 }, { 6, 4 } })
local uniform = { 1, 1, 1, 1, 1, 1 }

local karate_edges = [[
0-1 0-2 0-3 0-4 0-5 0-6 0-7 0-8 0-10 0-11 0-12 0-13 0-17 0-19 0-21 0-31 1-2 1-3 1-7 1-13 1-17
1-19 1-21 1-30 2-3 2-7 2-8 2-9 2-13 2-27 2-28 2-32 3-7 3-12 3-13 4-6 4-10 5-6 5-10 5-16 6-16
8-30 8-32 8-33 9-33 13-33 14-32 14-33 15-32 15-33 18-32 18-33 19-33 20-32 20-33 22-32 22-33
23-25 23-27 23-29 23-32 23-33 24-25 24-27 24-31 25-31 26-29 26-33 27-33 28-31 28-33 29-32 29-33
30-32 30-33 31-32 31-33 32-33]]

-- In how many contexts the two met, edge by edge (Zachary 1977, matrix C, as networkx reads it).
local karate_weights = "453333222313222263451222345132223332353" ..
    "333342332341213123543542327424224233445"

local function karate(weights)
    local edges = {}
    for a, b in karate_edges:gmatch "(%d+)-(%d+)" do
        local at = #edges + 1
        edges[at] = { a + 1, b + 1, weights and tonumber(weights:sub(at, at)) }
    end
    assert.equal(78, #edges)
    return flows.both_ways(34, edges)
end

describe("ppr and push give the golden numbers of", function()
    before_each(remember)
    after_each(give_back)

    it("Langville and Meyer's pages, from anywhere", function()
        check_both({ .037211965078, .053957349363, .041505653356, .375080815110, .205998331877,
            .286245885215 }, pages, uniform, .9, 12)
        check({ .03721197, .05395735, .04150565, .37508082, .20599833, .28624589 }, -- networkx
            exact(pages, uniform, .9), 8)
    end)

    it("the same pages, from the first", function()
        check_both({ .360594981720, .196674512946, .153252867231, .112084601026, .091057601151,
            .086335435925 }, pages, { [1] = 1 }, .85, 12)
    end)

    it("a complete graph of four with uneven seeds", function()
        local edges = {}
        for i = 1, 4 do for j = i + 1, 4 do edges[#edges + 1] = { i, j } end end
        check_both({ .232467532468, .232467532468, .267532467532, .267532467532 },
            flows.both_ways(4, edges), { 1, 1, 4, 4 }, .85, 12)
    end)

    it("who bought what", function()
        local john, mary, jill, todd, iphone, kindle, fitbit, potter, hobbit = 1, 2, 3, 4, 5, 6,
            7, 8, 9
        local g = flows.both_ways(9, { { john, iphone }, { john, kindle }, { mary, iphone },
            { mary, kindle }, { mary, fitbit }, { jill, iphone }, { jill, kindle },
            { jill, fitbit }, { todd, fitbit }, { todd, potter }, { todd, hobbit } })
        check_both({ [john] = .249588265327, [iphone] = .175743997635, [kindle] = .175743997635,
            [mary] = .122945267420, [jill] = .122945267420, [fitbit] = .082436477977,
            [todd] = .045061740373, [potter] = .012767493106, [hobbit] = .012767493106 },
            g, { [john] = 1 }, .85, 12)
    end)

    it("Zachary's karate club", function()
        local g = karate()
        check_both({ .2663736031, .0648879080, .0549477535, .0462314163, [34] = .0511999892,
            [27] = .0044225273 }, g, { [1] = 1 }, .85, 10)
        assert.equal(27, (exact(g, { [1] = 1 }, .85):get(34)))
        check_both({ .2586894084, .0761920822, .0748875673 }, karate(karate_weights), { [1] = 1 },
            .85, 10)
    end)
end)

describe("ppr", function()
    before_each(remember)
    after_each(give_back)

    it("has alpha .85, restart and a tolerance of 1e-9 unless told otherwise", function()
        local hits = spread.spread(pages, { [1] = 1 }, { method = "ppr" })
        local same = spread.spread(pages, { [1] = 1 }, { method = "ppr", alpha = .85,
            tol = 1e-9, dangling = "restart", max_iter = 1000 })
        assert.is_true(flows.bits(hits) == flows.bits(same))
        check({ .360594981720 }, hits, 8)
        assert.is_true(hits.residual <= 1e-9 and hits.residual > 0)
        assert.same({ 0, 5 }, { hits.truncated, hits.fired })
    end)

    it("counts iterations, and tells the last change", function()
        -- From a seed without arcs and keep: x = s at once.
        local g = graph.graph(2, { { 1, 2 } })
        local hits = spread.spread(g, { [2] = 7 }, { method = "ppr", dangling = "keep" })
        assert.same({ 1, 1, 0, 0 }, { #hits, hits.hops_used, hits.residual, hits.fired })
        assert.equal(1, hits:of(2))
        -- By hand: s = (1, 0); then (.5, .5), changed by 1; then (.75, .25), by .5.
        hits = spread.spread(g, { [1] = 1 }, { method = "ppr", alpha = .5, max_iter = 2 })
        assert.same({ .75, .25 }, flows.totals(2, hits))
        assert.same({ 2, .5, "max_iter" }, { hits.hops_used, hits.residual, hits:truncated_by() })
        hits = spread.spread(g, { [1] = 1 }, { method = "ppr", alpha = .5, tol = .5 })
        assert.same({ 2, .5, 0 }, { hits.hops_used, hits.residual, hits.truncated })
    end)

    it("is no farther from the limit than alpha / (1 - alpha) times the last change", function()
        local data = random.new(82)
        local g, rows = flows.random(data, 40, .1)
        local expected = flows.ppr(40, rows, { [5] = 1 }, .9, "restart")
        for _, tol in ipairs { 1, .1, .01, 1e-3, 1e-5 } do
            local hits = spread.spread(g, { [5] = 1 }, { method = "ppr", alpha = .9, tol = tol })
            local got, off = flows.totals(40, hits), 0
            for i = 1, 40 do off = off + math.abs(got[i] - expected[i]) end
            -- The values sum to 1 and were rounded to floats.
            assert.is_true(off <= 9 * hits.residual + 2 ^ -24, data.hint)
            assert.is_true(hits.residual <= tol)
        end
    end)

    it("answers best first, ties by lower id, topk of them", function()
        local g = flows.both_ways(5, { { 3, 5 }, { 3, 1 }, { 3, 2 }, { 3, 4 } })
        local ids, values = scans.pairs_of(exact(g, { [3] = 1 }, .85))
        assert.same({ 3, 1, 2, 4, 5 }, ids)
        assert.equal(values[2], values[5])
        local hits = spread.spread(g, { [3] = 1 }, { method = "ppr", topk = 2 })
        assert.same({ 3, 1 }, (scans.pairs_of(hits)))
    end)

    it("changes no bit when edges are shuffled or weights and seeds doubled", function()
        local data = random.new(83)
        local g, _, edges = flows.random(data, 50, .2)
        local bits = flows.bits(exact(g, { [7] = 1, [9] = .3 }, .85))
        local near = flows.bits(pushed(g, { [7] = 1, [9] = .3 }, 1e-4))
        for i = #edges, 2, -1 do
            local j = data:whole(1, i)
            edges[i], edges[j] = edges[j], edges[i]
        end
        for _, edge in ipairs(edges) do edge[3] = edge[3] * 2 end
        local other = flows.of_edges(50, edges)
        assert.is_true(bits == flows.bits(exact(other, { [9] = .6, [7] = 2 }, .85)), data.hint)
        assert.is_true(near == flows.bits(pushed(other, { [9] = .6, [7] = 2 }, 1e-4)), data.hint)
    end)
end)

describe("ppr and push", function()
    before_each(remember)
    after_each(give_back)

    it("answer nothing without seeds, or for seeds of 0", function()
        for _, method in ipairs { { method = "ppr" }, { method = "push", eps = .1 } } do
            for _, seeds in ipairs { {}, { [2] = 0 } } do
                local hits = spread.spread(pages, seeds, method)
                assert.same({ 0, 0, 0, 0, 0 },
                    { #hits, hits.hops_used, hits.fired, hits.truncated, hits.residual })
            end
            assert.equal(0, #spread.spread(graph.graph(0, {}), {}, method))
        end
    end)

    it("treat dangling nodes by rule", function()
        -- 1 -> 2, by hand with alpha .5: the walk ends at 2, where half a walk arrives.
        local g = graph.graph(2, { { 1, 2 } })
        local expected = { restart = { 2 / 3, 1 / 3 }, drop = { .5, .25 }, keep = { .5, .5 } }
        for dangling, values in pairs(expected) do
            flows.all_close(values, flows.totals(2, exact(g, { [1] = 1 }, .5, dangling)), 1e-13,
                dangling)
            local hits = pushed(g, { [1] = 1 }, 1e-15, { alpha = .5, dangling = dangling })
            flows.all_close(values, flows.totals(2, hits), 1e-14, dangling)
        end
    end)

    -- What is left after rounding to floats: half a unit for each value, at most 1 in all.
    local function compare(n, rows, g, seeds, alpha, dangling, hint)
        local expected = flows.ppr(n, rows, seeds, alpha, dangling)
        local got = flows.totals(n, exact(g, seeds, alpha, dangling))
        flows.all_close(expected, got, 1e-12, hint)
        local sum = 0
        for i = 1, n do sum = sum + got[i] end
        if dangling ~= "drop" then flows.close(1, sum, 2 ^ -24, hint) end
        for _, eps in ipairs { .3, .01, 1e-4, 1e-7 } do
            local hits = pushed(g, seeds, eps, { alpha = alpha, dangling = dangling })
            local part, off, mass = flows.totals(n, hits), 0, 0
            for i = 1, n do
                assert.is_true(part[i] >= 0)
                assert.is_true(expected[i] - part[i] >= -expected[i] * 2 ^ -24 - 1e-12, hint)
                off, mass = off + expected[i] - part[i], mass + part[i]
            end
            if dangling == "drop" then
                assert.is_true(off <= hits.residual + 2 ^ -24, hint)
            else
                flows.close(hits.residual, off, 2 ^ -24 + 1e-11, hint)
                flows.close(1, mass + hits.residual, 2 ^ -24 + 1e-11, hint)
            end
            -- The promise of each node, and of the seeds, when all is done.
            local limit, count = 0, 0
            for i = 1, n do limit = limit + eps * math.max(1, #g:neighbours(i)) end
            for _ in pairs(seeds) do count = count + 1 end
            assert.is_true(hits.residual <= limit + eps * count, hint)
            assert.is_true(hits.hops_used <= 1 / (eps * (1 - alpha)), hint)
            assert.is_true(hits.fired <= math.min(n, hits.hops_used))
        end
    end

    for _, shape in ipairs { { 5, .4 }, { 30, .1 }, { 60, .05 }, { 40, .5 } } do
        local n, chance = shape[1], shape[2]
        it(("agree with a dense solve on random graphs of %d nodes"):format(n), function()
            local data = random.new(n)
            for _ = 1, 3 do
                local g, rows = flows.random(data, n, chance)
                local seeds = flows.random_seeds(data, n)
                for _, dangling in ipairs { "restart", "drop", "keep" } do
                    for _, alpha in ipairs { .15, .85, .95 } do
                        compare(n, rows, g, seeds, alpha, dangling, data.hint)
                    end
                end
            end
        end)
    end

    it("are linear in the seeds, by their parts", function()
        local data = random.new(84)
        local g = flows.random(data, 50, .1)
        local one = flows.totals(50, exact(g, { [3] = 1 }, .85, "drop"))
        local two = flows.totals(50, exact(g, { [9] = 1 }, .85, "drop"))
        local both = flows.totals(50, exact(g, { [3] = 1, [9] = 3 }, .85, "drop"))
        for i = 1, 50 do
            flows.close((one[i] + 3 * two[i]) / 4, both[i], both[i] * 2 ^ -22 + 1e-12, data.hint)
        end
    end)

    it("are what once-and-again spreading sums to", function()
        -- (1 - d) * sum of d^h * (P')^h s, by hand on a ring of three: 1, d, d^2, each / (1 - d^3).
        local ring = graph.graph(3, { { 1, 2 }, { 2, 3 }, { 3, 1 } })
        local closed = { 2.0491803279, 1.6393442623, 1.3114754098 }
        for i, x in ipairs(closed) do closed[i] = x * .2 end
        check(closed, exact(ring, { [1] = 1 }, .8), 10)
    end)

    it("leave what can not be reached at 0", function()
        local g = graph.graph(5, { { 1, 2 }, { 4, 1 }, { 5, 4 } })
        assert.equal(2, #exact(g, { [1] = 1 }, .85))
        assert.equal(2, #pushed(g, { [1] = 1 }, 1e-9))
    end)
end)

describe("push", function()
    before_each(remember)
    after_each(give_back)

    it("takes turns, first come first served, and never waits twice", function()
        -- By hand, alpha .5, a ring of two and eps .1: 1 keeps .5, 2 gets .5 and keeps .25,
        -- 1 gets .25 and keeps .125, 2 gets .125 and keeps .0625; .0625 is below .1.
        local g = graph.graph(2, { { 1, 2 }, { 2, 1 } })
        local hits = pushed(g, { [1] = 1 }, .1, { alpha = .5 })
        assert.same({ .625, .3125 }, flows.totals(2, hits))
        assert.same({ 4, 2, .0625, 0 }, { hits.hops_used, hits.fired, hits.residual,
            hits.truncated })
        -- Two branches meet in 4 before it has its turn: it is pushed once, with both.
        g = graph.graph(4, { { 1, 2 }, { 1, 3 }, { 2, 4 }, { 3, 4 } })
        hits = pushed(g, { [1] = 1 }, .01, { alpha = .5, dangling = "drop" })
        assert.same({ .5, .125, .125, .125 }, flows.totals(4, hits))
        assert.same({ 4, 4, 0 }, { hits.hops_used, hits.fired, hits.residual })
    end)

    it("leaves a node at its limit alone, and counts its arcs", function()
        local g = graph.graph(3, { { 1, 2 }, { 1, 3 } })
        assert.equal(0, #pushed(g, { [1] = 1 }, .5))
        assert.equal(1, pushed(g, { [1] = 1 }, .5).residual)
        assert.equal(1, pushed(g, { [1] = 1 }, .4999, { dangling = "drop" }).hops_used)
        assert.equal(0, #pushed(g, { [2] = 1 }, 1)) -- no arcs count as one
        assert.equal(1, pushed(g, { [2] = 1 }, .999, { dangling = "drop" }).hops_used)
    end)

    it("gives back what dangling nodes return when all else is done", function()
        -- alpha .5: 1 keeps .5, 2 keeps .25 and returns .25, which is above .2: 1 keeps .125,
        -- 2 has .125, below. Nothing is owed.
        local g = graph.graph(2, { { 1, 2 } })
        local hits = pushed(g, { [1] = 1 }, .2, { alpha = .5 })
        assert.same({ .625, .25 }, flows.totals(2, hits))
        assert.same({ 3, .125 }, { hits.hops_used, hits.residual })
        -- With .25 for a limit it stays owed.
        hits = pushed(g, { [1] = 1 }, .25, { alpha = .5 })
        assert.same({ .5, .25, .25 }, { hits:of(1), hits:of(2), hits.residual })
        -- So it does with two seeds, each of which counts, and .2.
        hits = pushed(g, { [1] = 1, [2] = 0 }, .2, { alpha = .5 })
        assert.same({ .5, .25, .25 }, { hits:of(1), hits:of(2), hits.residual })
    end)

    it("does as little work in a large graph as in a small one", function()
        local edges = {}
        for i = 1, 20000 do edges[i] = { i, i % 20000 + 1 } end
        local hits = pushed(graph.graph(20000, edges), { [10000] = 1 }, .001)
        assert.is_true(#hits < 50 and hits.hops_used == #hits)
    end)

    it("goes round its queue in a graph where all nodes wait", function()
        local edges, n = {}, 50
        for i = 1, n do for j = 1, n do edges[#edges + 1] = { i, j } end end
        local g, rows = flows.of_edges(n, edges)
        local seeds = {}
        for i = 1, n do seeds[i] = i end
        local expected = flows.ppr(n, rows, seeds, .85, "restart")
        flows.all_close(expected, flows.totals(n, pushed(g, seeds, 1e-15)), 1e-12)
    end)
end)
