-- What spreading answers, and what ends it.

local ffi = require "ffi"
local C = require "engram.c"
local arena = require "engram.arena"
local graph = require "engram.graph"
local spread = require "engram.spread"
local oracle = require "spec.support.oracle"
local random = require "spec.support.random"
local scans = require "spec.support.scans"
local spreading = require "spec.support.spreading"
local rounded = oracle.rounded

local totals_of = spreading.totals_of
local close = spreading.close
local random_graph = spreading.random_graph
local positive = spreading.positive
local chain = spreading.chain

local function bits_of(hits)
    return ffi.string(hits.ids, hits.length * 4) .. ffi.string(hits.values, hits.length * 4)
end

local mark
local function remember() mark = arena.current():mark() end
local function give_back() arena.current():rewind(mark) end

describe("what spread answers", function()
    before_each(remember)
    after_each(give_back)

    -- 3 nodes make dense cycles, 9000 sparse ones.
    it("starts from a seed below 0 under max, and only more above 0 replaces it", function()
        for _, n in ipairs { 3, 9000 } do
            local g = graph.graph(n, { { 1, 2 }, { 2, 3 }, { 3, 1, -1 } })
            scans.on_each(function()
                for _, refire in ipairs { false, true } do
                    local options = { accumulate = "max", refire = refire, max_hops = 2 }
                    local hits = spread.spread(g, { [1] = -.5, [3] = .75 }, options)
                    assert.same({ -.5, nil, .75 }, { hits:of(1), hits:of(2), hits:of(3) })
                    hits = spread.spread(g, { [1] = .25, [2] = -.5 }, options)
                    assert.same({ .25, .25, .25 }, { hits:of(1), hits:of(2), hits:of(3) })
                end
            end)
        end
    end)

    it("does not change when the edges are shuffled, nor from call to call", function()
        local data = random.new(51)
        local g, _, edges = random_graph(data, 80, .2, data.normal)
        local options = { decay = .8, threshold = .001, fan = "out" }
        local bits = bits_of(spread.spread(g, { [7] = 1, [9] = .3 }, options))
        for _ = 1, 5 do
            for i = #edges, 2, -1 do
                local j = data:whole(1, i)
                edges[i], edges[j] = edges[j], edges[i]
            end
            local other = spread.spread(graph.graph(80, edges), { [9] = .3, [7] = 1 }, options)
            assert.is_true(bits == bits_of(other), data.hint)
        end
    end)

    it("is permuted when the nodes are", function()
        local data = random.new(52)
        local g, _, edges = random_graph(data, 50, .1, positive)
        local moved = {}
        for i, edge in ipairs(edges) do moved[i] = { 51 - edge[1], 51 - edge[2], edge[3] } end
        local options = { decay = .7, fan = "sqrt", threshold = .01 }
        local one = totals_of(50, spread.spread(g, { [3] = 1 }, options))
        local other = totals_of(50, spread.spread(graph.graph(50, moved), { [48] = 1 }, options))
        for i = 1, 50 do close(one[i], other[51 - i], 1e-6 * one[i] + 1e-12, data.hint) end
    end)

    it("does not change under fan = out when all weights are doubled", function()
        local data = random.new(53)
        local g, _, edges = random_graph(data, 60, .1, positive)
        local doubled = {}
        for i, edge in ipairs(edges) do doubled[i] = { edge[1], edge[2], edge[3] * 2 } end
        local options = { decay = .7, fan = "out" }
        local one = spread.spread(g, { [3] = 1 }, options)
        local other = spread.spread(graph.graph(60, doubled), { [3] = 1 }, options)
        assert.is_true(bits_of(one) == bits_of(other), data.hint)
    end)

    it("grows with the seeds when there is neither threshold nor clamp", function()
        local data = random.new(54)
        local g = random_graph(data, 60, .1, data.normal)
        local one = totals_of(60, spread.spread(g, { [3] = 1, [8] = 2 }, { decay = .7 }))
        local four = totals_of(60, spread.spread(g, { [3] = 4, [8] = 8 }, { decay = .7 }))
        for i = 1, 60 do assert.equal(one[i] * 4, four[i], data.hint) end
    end)

    it("never falls with more hops when no weight is negative", function()
        local data = random.new(55)
        local g = random_graph(data, 60, .05, positive)
        local before = totals_of(60, spread.spread(g, { [3] = 1 }, { max_hops = 1 }))
        for _, hops in ipairs { 2, 3, 5, 10, 20, 50 } do
            local after = totals_of(60, spread.spread(g, { [3] = 1 }, { max_hops = hops }))
            for i = 1, 60 do assert.is_true(after[i] >= before[i], data.hint) end
            before = after
        end
    end)

    it("leaves out what can not be reached, and keeps a seed without arcs", function()
        local g = graph.graph(5, { { 1, 2 }, { 4, 5 } })
        local hits = spread.spread(g, { [1] = 1, [3] = .25 }, { decay = .5 })
        assert.same({ 1, 2, 3 }, (scans.pairs_of(hits)))
        assert.equal(.25, hits:of(3))
    end)

    it("says when a number is too large for a float, and has taken nothing", function()
        local g = graph.graph(3, { { 1, 2, 3e38 }, { 2, 3, 3e38 } })
        assert.has_error(function() spread.spread(g, { [1] = 1e6 }, { max_hops = 3 }) end,
            "spread: an activation is beyond a float")
        assert.equal(mark, arena.current():mark())
        assert.equal(rounded(3e38), spread.spread(g, { [1] = 1 }, { max_hops = 1 }):of(2))
    end)
end)

describe("the limits of spread", function()
    before_each(remember)
    after_each(give_back)

    it("count hops, and tell what was waiting", function()
        local hits = spread.spread(chain(5, 1), { [1] = 1 }, { decay = .5, max_hops = 2 })
        assert.same({ 1, .5, .25, 0, 0 }, totals_of(5, hits))
        assert.same({ 2, 2, tonumber(C.EG_CUT_BY_HOPS), .25 },
            { hits.hops_used, hits.fired, hits.truncated, hits.residual })
        assert.equal("max_hops", hits:truncated_by())
    end)

    it("cut nothing when the last hop was the last anyway", function()
        local hits = spread.spread(chain(3, 1), { [1] = 1 }, { decay = .5, max_hops = 2 })
        assert.same({ 2, 0, 0 }, { hits.hops_used, hits.truncated, hits.residual })
        assert.is_nil(hits:truncated_by())
    end)

    it("count nodes in the order of visiting", function()
        local g = graph.graph(6, { { 2, 6 }, { 2, 4 }, { 2, 5 }, { 4, 2 }, { 4, 1 } })
        local hits = spread.spread(g, { [2] = 1 }, { decay = .5, max_nodes = 3 })
        assert.same({ 0, 1.25, 0, .5, .5, 0 }, totals_of(6, hits))
        assert.equal(tonumber(C.EG_CUT_BY_NODES), hits.truncated)
        assert.equal("max_nodes", hits:truncated_by())
    end)

    it("cut seeds with the higher ids", function()
        local seeds = { [5] = 1, [2] = 2, [4] = 3 }
        local hits = spread.spread(chain(5, 1), seeds, { decay = .5, max_nodes = 2 })
        assert.same({ 0, 2, 0, 3, 0 }, totals_of(5, hits))
        assert.equal(tonumber(C.EG_CUT_BY_NODES), hits.truncated)
    end)

    it("cut nothing when there are just as many nodes", function()
        local hits = spread.spread(chain(5, 1), { [1] = 1 }, { decay = .5, max_nodes = 5 })
        assert.same({ 5, 0 }, { #hits, hits.truncated })
    end)

    it("name the nodes when both cut, and still tell what was waiting", function()
        local g = graph.graph(5, { { 1, 2 }, { 1, 3 }, { 2, 4 } })
        local hits = spread.spread(g, { [1] = 1 }, { decay = .5, max_nodes = 2, max_hops = 1 })
        assert.same({ tonumber(C.EG_CUT_BY_NODES), .5 }, { hits.truncated, hits.residual })
    end)

    -- Above the least of the greatest of as many words of 64 nodes: ties, words without a hit, and
    -- negative totals must not matter.
    it("are the first of all with topk, in graphs of many words, on every set", function()
        local data = random.new(77)
        local function tied(from) return from:whole(-1, 3) / 4 end
        for _, n in ipairs { 129, 640, 1000, 2048 } do
            for _, draw in ipairs { positive, tied } do
                local g = random_graph(data, n, 6 / n, draw)
                scans.on_each(function()
                    local seeds, options = { [1] = 1, [n] = 1 }, { decay = .5, max_hops = 3 }
                    local all = spread.spread(g, seeds, options)
                    for _, k in ipairs { 1, 2, 3, 10, 30 } do
                        options.topk = k
                        local best = spread.spread(g, seeds, options)
                        assert.equal(math.min(k, #all), #best)
                        for at = 1, #best do assert.same({ all:get(at) }, { best:get(at) }) end
                    end
                end)
            end
        end
    end)

    it("shorten the list with topk, and nothing else", function()
        local g = chain(5, 1)
        local hits = spread.spread(g, { [1] = 1 }, { decay = .5, topk = 2 })
        assert.same({ 1, 2 }, (scans.pairs_of(hits)))
        assert.same({ 4, 0 }, { hits.hops_used, hits.truncated })
        assert.equal(5, #spread.spread(g, { [1] = 1 }, { decay = .5, topk = 9 }))
        assert.equal(0, #spread.spread(g, { [1] = 1 }, { decay = .5, topk = 0 }))
    end)
end)

-- The bounds that help promises. A call that is refused here would go round the ring 2^32 times.
describe("a spread that only rounding could keep up", function()
    before_each(remember)
    after_each(give_back)

    local ring = graph.graph(3, { { 1, 2 }, { 2, 3 }, { 3, 1 } })
    local least = 2.2250738585072014e-308

    local function hops_of(options)
        return spread.spread(ring, { [1] = 1 }, options).hops_used
    end

    local function assert_refused(options)
        assert.has_error(function() spread.spread(ring, { [1] = 1 }, options) end)
        assert.has_error(function() spread.spread_bytes(ring, options) end)
    end

    it("with refire ends within the cycles promised, or is refused", function()
        for _, case in ipairs { { .99, least }, { .5, least }, { 1 - 2 ^ -53, 1 - 2 ^ -40 } } do
            local hops = hops_of { refire = true, decay = case[1], threshold = case[2] }
            assert.is_true(hops <= math.ceil(math.log(case[2]) / math.log(case[1])))
        end
        assert_refused { refire = true, decay = .99, threshold = 1e-322 }
        assert_refused { refire = true, decay = .85, threshold = 5e-324 }
        assert.equal(1, hops_of { refire = true, max_hops = 1, threshold = 5e-324 })
        assert.equal(3, hops_of { decay = .85, threshold = 5e-324 }) -- each fires but once
    end)

    it("by spreadr ends within the steps promised, or is refused", function()
        for _, case in ipairs { { .1, least }, { .5, least }, { 2 ^ -53, 1 - 2 ^ -40 } } do
            local hops = hops_of { method = "spreadr", loss = case[1], retention = 0,
                threshold_to_stop = case[2] }
            assert.is_true(hops <= 1 + math.ceil(math.log(case[2]) / math.log(1 - case[1])))
        end
        assert_refused { method = "spreadr", loss = 1e-17, threshold_to_stop = .1 }
        assert_refused { method = "spreadr", loss = .1, threshold_to_stop = 5e-324 }
        local both = { method = "spreadr", time = 2, loss = 1e-17, threshold_to_stop = 5e-324 }
        assert.equal(2, hops_of(both))
    end)

    it("by push ends within the visits promised, or is refused", function()
        for _, case in ipairs { { .99, 1e-3 }, { .85, 1e-9 }, { 1 - 2 ^ -20, .3 } } do
            local hops = hops_of { method = "push", alpha = case[1], eps = case[2] }
            assert.is_true(hops <= 1 / (case[2] * (1 - case[1])))
        end
        assert.is_true(hops_of { method = "push", alpha = .99, eps = least } < 1e5)
        assert_refused { method = "push", alpha = .99, eps = 1e-322 }
        assert_refused { method = "push", eps = 5e-324 }
    end)
end)
