-- Resource-conserving spreading: the unit tests of the R package spreadr (published, science.md
-- 2.6), step by step; a dense oracle; what it conserves; and its stop rules.

local arena = require "engram.arena"
local graph = require "engram.graph"
local spread = require "engram.spread"
local vectors = require "engram.matrix"
local flows = require "spec.support.flows"
local random = require "spec.support.random"
local scans = require "spec.support.scans"

local mark
local function remember() mark = arena.current():mark() end
local function give_back() arena.current():rewind(mark) end

local function options_of(options)
    local all = { method = "spreadr" }
    for key, value in pairs(options) do all[key] = value end
    return all
end

local function after(n, g, seeds, options, time)
    options = options_of(options)
    options.time = time
    return flows.totals(n, spread.spread(g, seeds, options))
end

describe("spreadr's own tests:", function()
    before_each(remember)
    after_each(give_back)

    local function check(n, g, seeds, options, steps)
        for time, expected in pairs(steps) do
            flows.all_close(expected, after(n, g, seeds, options, time), 0, "time " .. time)
        end
    end

    it("(a) everything is passed on", function()
        local g = graph.graph(5,
            { { 4, 1 }, { 1, 2 }, { 4, 2 }, { 4, 3 }, { 2, 4 }, { 1, 5 }, { 2, 5 } })
        check(5, g, { [1] = 20 }, { retention = 0 },
            { { 0, 10, 0, 0, 10 }, { 0, 0, 0, 5, 15 }, { 5 / 3, 5 / 3, 5 / 3, 0, 15 } })
    end)

    it("(b) weights part it", function()
        local g = graph.graph(3, { { 1, 2, 1 }, { 2, 1, 1 }, { 1, 3, 9 }, { 3, 1, 9 } })
        check(3, g, { [1] = 10 }, { retention = 0 }, { { 0, 1, 9 } })
    end)

    it("(c) a node without arcs keeps all", function()
        check(2, graph.graph(2, { { 1, 2 } }), { 10, 10 }, { retention = .5 },
            { { 5, 15 }, { 2.5, 17.5 }, { 1.25, 18.75 } })
    end)

    it("(d) loss, and a threshold to stop at", function()
        local g = graph.graph(2, { { 1, 2 } })
        local options = { loss = .5, retention = .5, threshold_to_stop = 2.5 }
        local last = { .3125, 2.1875 }
        check(2, g, { [1] = 20 }, options, { { 5, 5 }, { 1.25, 3.75 }, last, last, [10] = last })
        local hits = spread.spread(g, { [1] = 20 }, options_of(options))
        assert.same(last, flows.totals(2, hits))
        assert.same({ 3, 0 }, { hits.hops_used, hits.truncated })
    end)

    it("(e) a retention for each node", function()
        local g = graph.graph(3, { { 1, 2 }, { 2, 3 } })
        local steps = { { 0, 100, 0 }, { 0, 50, 50 }, { 0, 25, 75 }, { 0, 12.5, 87.5 },
            { 0, 6.25, 93.75 } }
        check(3, g, { [1] = 100 }, { retention = { 0, .5, 0 } }, steps)
        check(3, g, { [1] = 100 }, { retention = vectors.vector { 0, .5, 0 } }, steps)
    end)

    it("(f) a ring that leaks", function()
        local g = flows.both_ways(4, { { 1, 2 }, { 2, 3 }, { 3, 4 }, { 4, 1 } })
        check(4, g, { [1] = 100 }, { retention = .5, loss = .1 }, { { 45, 22.5, 0, 22.5 },
            { 30.375, 20.25, 10.125, 20.25 }, { 22.78125, 18.225, 13.66875, 18.225 } })
    end)
end)

describe("spreadr", function()
    before_each(remember)
    after_each(give_back)

    it("keeps a half unless told otherwise", function()
        assert.same({ 5, 5 }, after(2, graph.graph(2, { { 1, 2 } }), { [1] = 10 }, {}, 1))
    end)

    it("suppresses what is below, not what is at, after every step", function()
        local g = graph.graph(3, { { 1, 2, 1 }, { 1, 3, 3 } })
        assert.same({ 4, 1, 3 }, after(3, g, { [1] = 8 }, { suppress = 1 }, 1))
        assert.same({ 4, 0, 3 }, after(3, g, { [1] = 8 }, { suppress = 1.001 }, 1))
        assert.same({ 2, 0, 4.5 }, after(3, g, { [1] = 8 }, { suppress = 1.001 }, 2))
    end)

    it("ends when nothing is left", function()
        local hits = spread.spread(graph.graph(2, { { 1, 2 } }), { [1] = 1 },
            { method = "spreadr", suppress = 2, time = 100 })
        assert.same({ 0, 1, 1, 0 }, { #hits, hits.hops_used, hits.fired, hits.truncated })
        hits = spread.spread(graph.graph(2, { { 1, 2 } }), { [1] = 1 },
            { method = "spreadr", loss = 1, time = 100 })
        assert.same({ 0, 1 }, { #hits, hits.hops_used })
    end)

    it("makes a step before it looks at the threshold, and stops below it only", function()
        local function steps(threshold)
            return spread.spread(graph.graph(2, { { 1, 2 } }), { [1] = 1 }, { method = "spreadr",
                threshold_to_stop = threshold, time = 9, loss = .5, retention = 0 }).hops_used
        end
        assert.same({ 1, 2, 1, 1 }, { steps(2), steps(.5), steps(.5001), steps(100) })
    end)

    it("says when time came first, who fired, and what is still to move", function()
        local g = graph.graph(3, { { 1, 2 }, { 2, 3 } })
        local hits = spread.spread(g, { [1] = 16 },
            { method = "spreadr", time = 2, threshold_to_stop = 1, retention = .75 })
        assert.same({ 9, 6, 1 }, flows.totals(3, hits))
        assert.same({ 2, 2, 15 / 4, "time" },
            { hits.hops_used, hits.fired, hits.residual, hits:truncated_by() })
        hits = spread.spread(g, { [1] = 16 }, { method = "spreadr", time = 2 })
        assert.is_nil(hits:truncated_by())
    end)

    it("answers nothing without seeds, or for seeds of 0", function()
        for _, seeds in ipairs { {}, { [2] = 0 } } do
            local hits = spread.spread(graph.graph(3, { { 1, 2 } }), seeds,
                { method = "spreadr", time = 5 })
            assert.same({ 0, 0, 0, 0, 0 },
                { #hits, hits.hops_used, hits.fired, hits.truncated, hits.residual })
        end
        assert.equal(0, #spread.spread(graph.graph(0, {}), {},
            { method = "spreadr", time = 1, retention = {} }))
    end)

    it("answers best first, ties by lower id, topk of them", function()
        local g = graph.graph(5, { { 3, 5 }, { 3, 1 }, { 3, 2, 2 } })
        local options = { method = "spreadr", time = 1, retention = .5 }
        assert.same({ { 3, 2, 1, 5 }, { 8, 4, 2, 2 } },
            { scans.pairs_of(spread.spread(g, { [3] = 16 }, options)) })
        options.topk = 3
        assert.same({ 3, 2, 1 }, (scans.pairs_of(spread.spread(g, { [3] = 16 }, options))))
    end)

    it("takes a node whose weights are all 0 for one without arcs", function()
        local g = graph.graph(2, { { 1, 2, 0 } })
        assert.same({ 3, 0 }, after(2, g, { [1] = 3 }, { retention = 0 }, 4))
    end)

    for _, shape in ipairs { { 5, .3 }, { 40, .05 }, { 70, .3 } } do
        local n, chance = shape[1], shape[2]
        it(("agrees with a dense oracle on random graphs of %d nodes"):format(n), function()
            local data = random.new(n)
            for _ = 1, 6 do
                local g, rows = flows.random(data, n, chance)
                local seeds = flows.random_seeds(data, n)
                local each = data:list(n, data.uniform)
                for time = 1, 5 do
                    for _, options in ipairs {
                        { retention = .3 }, { retention = each, loss = .2 },
                        { retention = 0, suppress = .01 },
                    } do
                        options.time = time
                        local expected = flows.spreadr(n, rows, seeds, options)
                        -- suppress is a step: no value may lie within rounding of it.
                        flows.all_close(expected, after(n, g, seeds, options, time), 1e-14,
                            data.hint)
                    end
                end
            end
        end)
    end

    it("conserves the sum, and is linear", function()
        local data = random.new(61)
        local g = flows.random(data, 50, .1)
        local one = after(50, g, { [3] = 1 }, { retention = .4 }, 7)
        local two = after(50, g, { [9] = 1 }, { retention = .4 }, 7)
        local both = after(50, g, { [3] = 2, [9] = 3 }, { retention = .4 }, 7)
        local sum = 0
        for i = 1, 50 do
            sum = sum + both[i]
            -- Each of the three was rounded to a float: 2^-24 of its size.
            flows.close(2 * one[i] + 3 * two[i], both[i], both[i] * 2 ^ -22, data.hint)
        end
        flows.close(5, sum, 5 * 2 ^ -24, data.hint)
    end)

    it("changes no bit when edges are shuffled or all weights doubled", function()
        local data = random.new(62)
        local g, _, edges = flows.random(data, 50, .2)
        local options = { method = "spreadr", time = 6, loss = .01 }
        local bits = flows.bits(spread.spread(g, { [7] = 1, [9] = .3 }, options))
        for i = #edges, 2, -1 do
            local j = data:whole(1, i)
            edges[i], edges[j] = edges[j], edges[i]
        end
        for _, edge in ipairs(edges) do edge[3] = edge[3] * 2 end
        local other = spread.spread(flows.of_edges(50, edges), { [9] = .3, [7] = 1 }, options)
        assert.is_true(bits == flows.bits(other), data.hint)
    end)

    it("goes on where it stopped", function()
        local data = random.new(63)
        local g = flows.random(data, 40, .1)
        local options = { method = "spreadr", time = 3 }
        local half = spread.spread(g, { [3] = 1 }, options)
        local whole = after(40, g, { [3] = 1 }, {}, 6)
        local resumed = flows.totals(40, spread.spread(g, half, options))
        for i = 1, 40 do flows.close(whole[i], resumed[i], whole[i] * 2 ^ -22, data.hint) end
    end)
end)
