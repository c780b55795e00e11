-- Fire-once spreading activation: published and derived numbers, graph shapes that catch
-- wrong sources, a dense oracle on random graphs, and every limit.
local arena = require "engram.arena"
local graph = require "engram.graph"
local spread = require "engram.spread"
local activation = require "spec.support.activation"
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

-- To a unit in the last place of a float, for what the printed digits determine.
local function all_close(expected, got, hint)
    assert.equal(#expected, #got)
    for i, x in ipairs(expected) do close(x, got[i], math.abs(x) * 2 ^ -23 + 1e-12, hint) end
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
