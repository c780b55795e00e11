-- Fire-once spreading activation: published and derived numbers, graph shapes that catch
-- wrong sources, a dense oracle on random graphs, and every limit.

local ffi = require "ffi"
local C = require "engram.c"
local arena = require "engram.arena"
local graph = require "engram.graph"
local spread = require "engram.spread"
local activation = require "spec.support.activation"
local oracle = require "spec.support.oracle"
local random = require "spec.support.random"
local scans = require "spec.support.scans"
local wordnet = require "spec.support.wordnet"

local ok, overflow, invalid = tonumber(C.EG_OK), tonumber(C.EG_OVERFLOW), tonumber(C.EG_INVALID)
local inf, nan = math.huge, 0 / 0
local rounded = oracle.rounded

-- The activations of nodes 1 to n, 0 where there is none.
local function totals_of(n, hits)
    local totals = {}
    for i = 1, n do totals[i] = 0 end
    for i = 1, #hits do
        local id, value = hits:get(i)
        totals[id] = value
    end
    return totals
end

local function sum_of(hits)
    local sum = 0
    for i = 1, #hits do sum = sum + select(2, hits:get(i)) end
    return sum
end

local function close(expected, got, tolerance, hint)
    local is_close = math.abs(expected - got) <= tolerance -- NaN is not
    if is_close then return end
    error(("%.15g expected, got %.15g; %s"):format(expected, got, hint or ""), 2)
end

-- To a unit in the last place of a float, for what the printed digits determine.
local function all_close(expected, got, hint)
    assert.equal(#expected, #got)
    for i, x in ipairs(expected) do close(x, got[i], math.abs(x) * 2 ^ -23 + 1e-12, hint) end
end

local function bits_of(hits)
    return ffi.string(hits.ids, hits.length * 4) .. ffi.string(hits.values, hits.length * 4)
end

-- n nodes, each pair with this chance; the weights also as a table of rows.
local function random_graph(data, n, chance, draw)
    local edges, rows = {}, {}
    for i = 1, n do
        rows[i] = {}
        for j = 1, n do
            if i ~= j and data:uniform() < chance then
                local weight = rounded(draw(data))
                rows[i][j] = weight
                edges[#edges + 1] = { i, j, weight }
            end
        end
    end
    return graph.graph(n, edges), rows, edges
end

local function positive(data) return data:uniform() end

local function chain(n, weight)
    local edges = {}
    for i = 1, n - 1 do edges[i] = { i, i + 1, weight } end
    return graph.graph(n, edges)
end

-- 1 to 2 and 3, both to 4, and back to 1.
local function diamond()
    return graph.graph(4, { { 1, 2, .9 }, { 1, 3, .9 }, { 2, 4, .9 }, { 3, 4, .9 }, { 4, 1, .9 } })
end

local mark
local function remember() mark = arena.current():mark() end
local function give_back() arena.current():rewind(mark) end

describe("spread", function()
    before_each(remember)
    after_each(give_back)

    -- Settings published with the encyclopaedia's figure: weight .9, decay .85, clamp 1.
    it("fades along a chain of five", function()
        local hits = spread.spread(chain(5, 0.9), { [1] = 1 }, { decay = 0.85, clamp = 1 })
        local product = rounded(0.9) * 0.85
        all_close({ 1, product, product ^ 2, product ^ 3, product ^ 4 }, totals_of(5, hits))
        -- .9 is a float: the printed digits hold to its rounding, 2.7e-8 a hop.
        local printed = { 1, .765, .585225, .447697125, .342488301 }
        for i, x in ipairs(printed) do close(x, totals_of(5, hits)[i], 1e-7) end
        assert.same({ 4, 4, 0, 0 }, { hits.hops_used, hits.fired, hits.truncated, hits.residual })
    end)

    it("stops in a cycle", function()
        local g = diamond()
        local hits = spread.spread(g, { [1] = 1 }, { decay = 0.85, clamp = 1 })
        for i, x in ipairs { 1, .765, .765, 1 } do close(x, totals_of(4, hits)[i], 1e-7) end
        local free = totals_of(4, spread.spread(g, { [1] = 1 }, { decay = 0.85 }))
        close(1.17045, free[4], 2e-7)
    end)

    it("fires only what is above the threshold", function()
        local g = diamond()
        local hits = spread.spread(g, { [1] = 1 }, { decay = 0.85, clamp = 1, threshold = .8 })
        for i, x in ipairs { 1, .765, .765, 0 } do close(x, totals_of(4, hits)[i], 1e-7) end
        assert.equal(1, hits.fired)
    end)

    it("does not fire at the threshold itself", function()
        local g = chain(3, 1)
        local at = spread.spread(g, { [1] = 1 }, { decay = 0.5, threshold = 0.5 })
        assert.same({ 1, 0.5, 0 }, totals_of(3, at))
        local below = spread.spread(g, { [1] = 1 }, { decay = 0.5, threshold = 0.4999 })
        assert.same({ 1, 0.5, 0.25 }, totals_of(3, below))
        assert.equal(0, spread.spread(g, { [1] = 0.5 }, { threshold = 0.5 }).fired)
    end)

    it("tests a node again when it has received more", function()
        -- 1 gives 2 too little; 3 reaches it two cycles later, and then 2 fires with both.
        local g = graph.graph(6, { { 1, 2, .25 }, { 3, 4 }, { 4, 5 }, { 5, 2, .25 }, { 2, 6 } })
        local hits = spread.spread(g, { [1] = 1, [3] = 1 }, { threshold = 0.25 })
        assert.same({ 1, 0.5, 1, 1, 1, 0.5 }, totals_of(6, hits))
        assert.same({ 4, 5 }, { hits.hops_used, hits.fired })
    end)

    it("fires a node once, though it receives again", function()
        local g = graph.graph(2, { { 1, 2, 1 }, { 2, 1, 1 } })
        local hits = spread.spread(g, { [1] = 1 }, { max_hops = 10 })
        assert.same({ 2, 1 }, totals_of(2, hits))
        assert.same({ 2, 2 }, { hits.hops_used, hits.fired })
    end)

    it("gives what a node had when the cycle began", function()
        -- 1 and 2 fire together: 2 passes on its own 1, not the 1 that 1 has just given it.
        local g = graph.graph(3, { { 1, 2, 1 }, { 2, 3, 1 } })
        local hits = spread.spread(g, { [1] = 1, [2] = 1 }, { max_hops = 1 })
        assert.same({ 1, 2, 1 }, totals_of(3, hits))
    end)

    it("divides by the fan", function()
        local g = graph.graph(4, { { 1, 2, 1 }, { 1, 3, 2 }, { 1, 4, 5 } })
        local expected = {
            none = { 1, 1, 2, 5 }, out = { 1, 1 / 8, 2 / 8, 5 / 8 },
            sqrt = { 1, 1 / 3 ^ .5, 2 / 3 ^ .5, 5 / 3 ^ .5 },
            log = { 1, math.log(2) / math.log(5), 2 * math.log(2) / math.log(5),
                5 * math.log(2) / math.log(5) },
        }
        for fan, totals in pairs(expected) do
            local hits = spread.spread(g, { [1] = 1 }, { fan = fan, max_hops = 1 })
            all_close(totals, totals_of(4, hits), fan)
        end
    end)

    it("gives nothing where the fan is 0", function()
        local g = graph.graph(3, { { 1, 2, 0 }, { 1, 3, 0 } })
        local hits = spread.spread(g, { [1] = 1 }, { fan = "out", max_hops = 3 })
        assert.same({ 1, 0, 0 }, totals_of(3, hits))
        assert.equal(1, #hits)
    end)

    it("inhibits with negative weights, below 0 unless clamped", function()
        local g = graph.graph(4, { { 1, 2, 1 }, { 1, 3, -2 }, { 3, 4, 1 } })
        assert.same({ 1, 1, -2, 0 }, totals_of(4, spread.spread(g, { [1] = 1 }, { max_hops = 5 })))
        assert.same({ 1, 1, 0, 0 },
            totals_of(4, spread.spread(g, { [1] = 1 }, { max_hops = 5, clamp = 8 })))
        close(1 / 3, spread.spread(g, { [1] = 1 }, { max_hops = 5, fan = "out" }):of(2), 1e-7)
    end)

    it("clamps seeds too", function()
        local hits = spread.spread(chain(2, 0.5), { [1] = 7 }, { clamp = 2, max_hops = 1 })
        assert.same({ 2, 1 }, totals_of(2, hits))
    end)

    it("answers best first, ties by lower id", function()
        local g = graph.graph(6,
            { { 3, 1, .5 }, { 3, 6, .5 }, { 3, 2, .25 }, { 3, 5, .5 }, { 3, 4, -1 } })
        local hits = spread.spread(g, { [3] = 1 }, { max_hops = 1 })
        assert.same({ 3, 1, 5, 6, 2, 4 }, (scans.pairs_of(hits)))
        assert.same({ 1, .5, .5, .5, .25, -1 }, select(2, scans.pairs_of(hits)))
        assert.equal(0.25, hits:of(2))
    end)

    it("answers nothing without seeds, or for seeds of 0", function()
        for _, seeds in ipairs { {}, { [2] = 0 } } do
            local hits = spread.spread(chain(3, 1), seeds, { max_hops = 1 })
            assert.same({ 0, 0, 0, 0, 0 },
                { #hits, hits.hops_used, hits.fired, hits.truncated, hits.residual })
        end
        assert.equal(0, #spread.spread(graph.graph(0, {}), {}, { max_hops = 1 }))
    end)
end)

describe("spread on", function()
    before_each(remember)
    after_each(give_back)

    -- A source that is guessed from the place of an arc gives other sums than these.
    local function star(leaves, inwards)
        local edges = {}
        for i = 1, leaves do edges[i] = inwards and { i + 1, 1 } or { 1, i + 1 } end
        return graph.graph(leaves + 1, edges)
    end

    for _, leaves in ipairs { 5, 10, 20 } do
        it("a star of " .. leaves .. " parts evenly and gathers all", function()
            local hits = spread.spread(star(leaves), { [1] = 1 }, { fan = "out", max_hops = 3 })
            for i = 2, leaves + 1 do assert.equal(rounded(1 / leaves), hits:of(i)) end
            local seeds = {}
            for i = 1, leaves do seeds[i + 1] = 1 end
            assert.equal(leaves, spread.spread(star(leaves, true), seeds, { max_hops = 3 }):of(1))
        end)
    end

    it("three nodes with two arcs of the first one feeds both", function()
        local g = graph.graph(3, { { 1, 2 }, { 1, 3 } })
        assert.same({ 1, .5, .5 }, totals_of(3, spread.spread(g, { [1] = 1 }, { decay = .5 })))
        assert.same({ 0, 1, 0 }, totals_of(3, spread.spread(g, { [2] = 1 }, { decay = .5 })))
    end)

    it("skewed degrees follows the rows", function()
        local g = graph.graph(6, { { 2, 1 }, { 2, 3 }, { 2, 4 }, { 2, 5 }, { 5, 6 }, { 1, 6 } })
        local hits = spread.spread(g, { [2] = 1 }, { decay = .5 })
        assert.same({ .5, 1, .5, .5, .5, .5 }, totals_of(6, hits))
    end)

    it("a complete graph gives every node the same", function()
        local edges = {}
        for i = 1, 6 do for j = 1, 6 do edges[#edges + 1] = { i, j } end end
        local hits = spread.spread(graph.graph(6, edges), { 1, 1, 1, 1, 1, 1 }, { decay = .5 })
        for i = 1, 6 do assert.equal(3.5, hits:of(i)) end
        assert.same({ 1, 6 }, { hits.hops_used, hits.fired })
    end)

    it("a cycle of three comes round once", function()
        local g = graph.graph(3, { { 1, 2 }, { 2, 3 }, { 3, 1 } })
        assert.same({ 1.125, .5, .25 }, totals_of(3, spread.spread(g, { [1] = 1 }, { decay = .5 })))
    end)

    it("a chain of 3000 reaches its end, and late nodes have no more than early ones", function()
        local hits = spread.spread(chain(3000, 0.99), { [1] = 1 }, { decay = 0.99 })
        assert.same({ 3000, 2999, 2999 }, { #hits, hits.hops_used, hits.fired })
        for i = 1, 3000 do assert.equal(i, (hits:get(i))) end
    end)

    it("a kept self-loop feeds the node itself", function()
        local g = graph.graph(2, { { 1, 1, .5 }, { 1, 2, .5 } }, { self = "keep" })
        assert.same({ 1.5, .5 }, totals_of(2, spread.spread(g, { [1] = 1 }, { max_hops = 9 })))
    end)

    it("an inactive node with the largest weight leaves no trace", function()
        local g = graph.graph(4, { { 1, 2, 1 }, { 3, 2, 3.4e38 }, { 2, 4, 1 } })
        local hits = spread.spread(g, { [1] = 1, [3] = 0 }, { max_hops = 9 })
        assert.same({ 1, 1, 0, 1 }, totals_of(4, hits))
    end)
end)

describe("spread agrees with a dense oracle", function()
    before_each(remember)
    after_each(give_back)

    -- Sums are made in double on both sides: they round to the same float, or, where one
    -- lies within 1e-16 of a boundary, to its neighbour.
    local function compare(n, rows, g, seeds, options, hint)
        local expected = activation.spread(n, rows, seeds, options)
        local hits = spread.spread(g, seeds, options)
        all_close(expected.totals, totals_of(n, hits), hint)
        assert.same({ expected.hops_used, expected.fired, expected.truncated },
            { hits.hops_used, hits.fired, hits.truncated }, hint)
        close(expected.residual, hits.residual, 1e-12 * (1 + math.abs(expected.residual)), hint)
    end

    local function random_seeds(data, n)
        local seeds = {}
        for _ = 1, data:whole(1, 3) do seeds[data:whole(1, n)] = data:uniform() + 0.1 end
        return seeds
    end

    for _, shape in ipairs { { 5, .3 }, { 40, .02 }, { 100, .1 }, { 70, .5 } } do
        local n, chance = shape[1], shape[2]
        it(("on random graphs of %d nodes, density %g"):format(n, chance), function()
            local data = random.new(n)
            for round = 1, 12 do
                local draw = round % 3 == 0 and data.normal or positive
                local g, rows = random_graph(data, n, chance, draw)
                for _, fan in ipairs { "none", "out", "sqrt", "log" } do
                    local seeds = random_seeds(data, n)
                    compare(n, rows, g, seeds, { fan = fan, decay = 0.85, max_hops = 3 }, data.hint)
                    compare(n, rows, g, seeds, { fan = fan, threshold = .05 }, data.hint)
                    compare(n, rows, g, seeds, { fan = fan, decay = .5, clamp = 1 }, data.hint)
                    compare(n, rows, g, seeds,
                        { fan = fan, decay = .9, max_nodes = data:whole(1, n + 5) }, data.hint)
                    compare(n, rows, g, seeds, { fan = fan, decay = .9, threshold = .01,
                        max_hops = data:whole(1, 4), max_nodes = data:whole(1, n) }, data.hint)
                end
            end
        end)
    end
end)

describe("what spread answers", function()
    before_each(remember)
    after_each(give_back)

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

    it("shorten the list with topk, and nothing else", function()
        local g = chain(5, 1)
        local hits = spread.spread(g, { [1] = 1 }, { decay = .5, topk = 2 })
        assert.same({ 1, 2 }, (scans.pairs_of(hits)))
        assert.same({ 4, 0 }, { hits.hops_used, hits.truncated })
        assert.equal(5, #spread.spread(g, { [1] = 1 }, { decay = .5, topk = 9 }))
        assert.equal(0, #spread.spread(g, { [1] = 1 }, { decay = .5, topk = 0 }))
    end)
end)

describe("the kernel eg_spread_once", function()
    local function request_of(g, seeds, activations, options)
        local request = ffi.new("eg_spread",
            { graph = g, seed_count = #seeds, decay = 1, max_hops = 3 })
        local ids = ffi.new("uint32_t[?]", #seeds, seeds)
        local values = ffi.new("double[?]", #seeds, activations)
        request.seeds, request.activations = ids, values
        for key, value in pairs(options or {}) do request[key] = value end
        return request, { ids, values }
    end

    local function bytes_by_formula(n, max_nodes, refire)
        local c = max_nodes and math.min(n, max_nodes) or n
        local w = math.floor(n / 64) + 1
        local b = math.floor(w / 64) + 1
        return 64 * (math.floor(c / 8) + math.floor(c / 16) + 2) +
            512 * (refire and 2 or 1) * w + 24 * w + 8 * b
    end

    it("adds up the seeds of one node", function()
        local own = scans.arena(2 ^ 20, "error")
        local g = chain(3, 1)
        local hits, request, keep = ffi.new "eg_hits", request_of(g, { 0, 1, 0 }, { .5, 1, .25 })
        assert.equal(ok, C.eg_spread_once(own, request, hits))
        assert.same({ .75, 1.75, 1 }, totals_of(3, hits))
        assert.equal(2, #keep)
    end)

    it("uses as much scratch as its head says, and keeps 8 bytes a hit", function()
        for round, n in ipairs { 1, 2, 63, 64, 65, 1000, 4095, 4096, 5000 } do
            for _, max_nodes in ipairs { 0, 1, 10, n, n + 7 } do
                local own = scans.arena(2 ^ 20, "error")
                local g, hits = chain(n, 1), ffi.new "eg_hits"
                local request, keep = request_of(g, { 0 }, { 1 })
                request.max_nodes, request.refire = max_nodes, round % 2
                assert.equal(ok, C.eg_spread_once(own, request, hits))
                local stats = own:stats()
                local cap = max_nodes > 0 and max_nodes or nil
                assert.equal(bytes_by_formula(n, cap, round % 2 == 1), stats.high_water)
                assert.equal(C.eg_spread_once_bytes(request), stats.high_water)
                assert.equal(math.max(1, 8 * hits.length), stats.used)
                assert.equal(1, stats.allocations)
                assert.equal(2, #keep)
            end
        end
    end)

    it("says when the arena is too small, and by how much; and touches nothing", function()
        local own = scans.arena(2 ^ 16, "error")
        local g, hits = chain(10000, 1), ffi.new "eg_hits"
        local request, keep = request_of(g, { 0 }, { 1 })
        ffi.fill(hits, ffi.sizeof(hits), 0x5a)
        local before, at = scans.bytes(hits), own:mark()
        assert.equal(overflow, C.eg_spread_once(own, request, hits))
        assert.is_true(before == scans.bytes(hits))
        assert.equal(at, own:mark())
        local stats = ffi.new "eg_arena_stats"
        C.eg_arena_stats_read(own, stats)
        assert.equal(bytes_by_formula(10000), stats.needed)
        assert.equal(2, #keep)
    end)

    it("works where the arena takes memory from elsewhere, or clears it", function()
        for _, made in ipairs { scans.arena(2 ^ 16, "fallback"), scans.arena(2 ^ 16, "grow"),
            ffi.gc(C.eg_arena_new(2 ^ 20, C.EG_ERROR, 1, 0), C.eg_arena_free) } do
            local g, first, hits = chain(5000, 1), ffi.new "eg_hits", ffi.new "eg_hits"
            local request, keep = request_of(g, { 4990 }, { 1 }, { decay = .5 })
            assert.equal(ok, C.eg_spread_once(made, request, first))
            assert.equal(ok, C.eg_spread_once(made, request, hits))
            for _, each in ipairs { first, hits } do
                assert.same({ 4991, 4992, 4993, 4994 }, (scans.pairs_of(each)))
                assert.equal(each.serial, each.slot.serial)
            end
            made:rewind(0)
            assert.is_true(hits.serial ~= hits.slot.serial and first.serial ~= first.slot.serial)
            assert.equal(2, #keep)
        end
    end)

    it("leaves the block to what comes next, and the hits in peace", function()
        local own = scans.arena(2 ^ 20, "error")
        local g, hits = chain(100, 1), ffi.new "eg_hits"
        local request, keep = request_of(g, { 0 }, { 1 })
        assert.equal(ok, C.eg_spread_once(own, request, hits))
        ffi.fill(C.eg_arena_alloc(own, 5000), 5000, 0xff)
        assert.same({ 1, 2, 3, 4 }, (scans.pairs_of(hits)))
        assert.equal(2, #keep)
    end)

    it("refuses what is outside the contract, and touches nothing", function()
        local own = scans.arena(2 ^ 20, "error")
        local g = chain(3, 1)
        local wrong = {
            { decay = 0 }, { decay = 1.5 }, { decay = nan }, { decay = -1 }, { threshold = -1 },
            { threshold = nan }, { threshold = inf }, { clamp = -1 }, { clamp = nan },
            { clamp = inf }, { fan = -1 }, { fan = 4 }, { accumulate = -1 }, { accumulate = 2 },
            { factors = ffi.new("double[1]", 1) },
        }
        local hits = ffi.new "eg_hits"
        ffi.fill(hits, ffi.sizeof(hits), 0x5a)
        local before = scans.bytes(hits)
        local function assert_refused(request, what)
            assert.equal(invalid, C.eg_spread_once(own, request, hits), what)
            assert.is_true(before == scans.bytes(hits), what)
            assert.equal(0, own:mark(), what)
        end
        for _, options in ipairs(wrong) do
            local request, keep = request_of(g, { 0 }, { 1 }, options)
            assert_refused(request, next(options) .. #keep)
        end
        for _, seed in ipairs { { 3, 1 }, { 0, nan }, { 0, inf }, { 0, -inf }, { 0, 1e39 } } do
            local request, keep = request_of(g, { seed[1] }, { seed[2] })
            assert_refused(request, "seed" .. #keep)
        end
        local request, keep = request_of(g, { 0, 0, 0 }, { 1e308, 1e308, -1e308 })
        assert_refused(request, "a sum of seeds" .. #keep)
        request = request_of(g, { 0 }, { 1 })
        request.seeds = nil
        assert_refused(request, "no seeds")
        request.graph = nil
        assert_refused(request, "no graph")
    end)
end)

describe("spread on WordNet", function()
    if not wordnet.is_here() then
        pending "needs /usr/share/wordnet (Debian's wordnet-base): derived numbers not checked"
        return
    end

    local g, pairs_found, number = wordnet.load()
    local dog = number.n02084071
    local spitz, poodle = 10989, 10999

    before_each(remember)
    after_each(give_back)

    it("has the synsets and arcs that were counted", function()
        assert.same({ 117659, 361647, 361647 - 9, 10816 }, { g.nodes, pairs_found, g.edges, dog })
    end)

    it("activates as many nodes as derived, hop by hop", function()
        local expected = { { 24, 1.85 }, { 90, 2.5725 }, { 739, 2.884080589768 } }
        for hops, row in ipairs(expected) do
            local hits = spread.spread(g, { [dog] = 1 },
                { decay = .85, threshold = .001, max_hops = hops, fan = "out" })
            assert.equal(row[1], #hits)
            close(row[2], sum_of(hits), 1e-6)
            assert.equal("max_hops", hits:truncated_by())
        end
    end)

    it("gives dog, spitz and poodle what was derived", function()
        local hits = spread.spread(g, { [dog] = 1 },
            { decay = .85, threshold = .001, max_hops = 3, fan = "out" })
        close(1.355934600273, hits:of(dog), 1.355934600273 * 2 ^ -24)
        close(.058317391304, hits:of(spitz), .0583 * 2 ^ -24)
        assert.equal(hits:of(spitz), hits:of(poodle))
        local ids, values = scans.pairs_of(hits)
        for i = 2, #ids do
            local falls, ties = values[i] < values[i - 1], values[i] == values[i - 1]
            assert.is_true(falls or ties and ids[i] > ids[i - 1])
        end
    end)

    it("reaches 2147 nodes in four hops without a threshold", function()
        local hits = spread.spread(g, { [dog] = 1 }, { decay = .5, max_hops = 4, fan = "out" })
        assert.equal(2147, #hits)
        close(1.825423186157, sum_of(hits), 1e-6)
        close(1.123160761340, hits:of(dog), 1.1231 * 2 ^ -24)
        close(.026086956522, hits:of(spitz), .0261 * 2 ^ -24)
    end)

    it("stops by itself after two hops when the threshold is .02", function()
        local hits = spread.spread(g, { [dog] = 1 },
            { decay = .85, threshold = .02, max_hops = 10, fan = "out" })
        assert.same({ 90, 2, 0 }, { #hits, hits.hops_used, hits.truncated })
        close(2.5725, sum_of(hits), 1e-6)
    end)
end)
