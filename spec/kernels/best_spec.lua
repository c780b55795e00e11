-- Best-first spreading: hand-made cases, a plain oracle on random graphs, the buckets against
-- the heap to the bit, on every instruction set; ties, budgets, and the ends of a float.
local arena = require "engram.arena"
local graph = require "engram.graph"
local spread = require "engram.spread"
local flows = require "spec.support.flows"
local oracle = require "spec.support.oracle"
local scans = require "spec.support.scans"
local rounded = oracle.rounded

local mark
local function remember() mark = arena.current():mark() end
local function give_back() arena.current():rewind(mark) end

local function first(g, seeds, options)
    local all = { method = "best" }
    for key, value in pairs(options) do all[key] = value end
    return spread.spread(g, seeds, all)
end

local function chain(n, weight)
    local edges = {}
    for i = 1, n - 1 do edges[i] = { i, i + 1, weight } end
    return graph.graph(n, edges)
end

-- What is said of the answer beside the hits.
local function outcome(hits)
    return { hits.hops_used, hits.fired, hits:truncated_by() or "whole", hits.residual }
end

describe("best-first spreading", function()
    before_each(remember)
    after_each(give_back)

    it("takes the strongest path, not the shortest", function()
        local g = graph.graph(4, { { 1, 2, .25 }, { 1, 3, .75 }, { 3, 2, .75 }, { 2, 4, 1 } })
        local hits = first(g, { [1] = 1 }, { threshold = .1 })
        assert.same({ { 1, 3, 2, 4 }, { 1, .75, .5625, .5625 } }, { scans.pairs_of(hits) })
        assert.same({ 3, 3, "whole", 0 }, outcome(hits))
    end)

    it("does not add what comes along several paths", function()
        local g = graph.graph(4, { { 1, 2 }, { 1, 3 }, { 2, 4, .5 }, { 3, 4 } })
        assert.equal(.25, first(g, { [1] = 1 }, { decay = .5 }):of(4))
    end)

    it("starts from the seed that gives most", function()
        local g = chain(4, 1)
        local hits = first(g, { [1] = 1, [3] = .5 }, { decay = .5 })
        assert.same({ 1, .5, .5, .25 }, flows.totals(4, hits))
        assert.same({ 1, 3, "whole", 0 }, outcome(hits))
    end)

    it("divides by the fan", function()
        local g = graph.graph(4, { { 1, 2, 1 }, { 1, 3, 2 }, { 1, 4, 5 } })
        local log = math.log(5) / math.log(2)
        local expected = { none = { 1, 2, 5 }, out = { 1 / 8, 2 / 8, 5 / 8 },
            sqrt = { 1 / 3 ^ .5, 2 / 3 ^ .5, 5 / 3 ^ .5 }, log = { 1 / log, 2 / log, 5 / log } }
        for fan, totals in pairs(expected) do
            local hits = first(g, { [1] = .5 }, { fan = fan, max_hops = 1 })
            for i, x in ipairs(totals) do flows.close(x / 2, hits:of(i + 1), x * 2 ^ -24, fan) end
        end
    end)

    it("leaves out what is not above the threshold, seeds too", function()
        local g = chain(4, 1)
        local hits = first(g, { [1] = 1 }, { decay = .5, threshold = .25 })
        assert.same({ 1, .5, 0, 0 }, flows.totals(4, hits))
        assert.same({ 1, 2, "threshold", 0 }, outcome(hits))
        assert.equal(3, #first(g, { [1] = 1 }, { decay = .5, threshold = .2499999 }))
        assert.equal(0, #first(g, { [1] = .25 }, { decay = .5, threshold = .25 }))
        assert.equal("threshold",
            first(g, { [1] = .25 }, { decay = .5, threshold = .25 }):truncated_by())
    end)

    it("counts hops along the best path", function()
        -- To 3 by way of 2, which is better than straight; then 4 is a hop too far.
        local g = graph.graph(4, { { 1, 2 }, { 2, 3 }, { 1, 3, .4 }, { 3, 4 } })
        local hits = first(g, { [1] = 1 }, { decay = .9, max_hops = 2 })
        assert.same({ 1, rounded(.9), rounded(rounded(.9) * .9), 0 }, flows.totals(4, hits))
        assert.same({ 2, 2, "max_hops", hits:of(3) }, outcome(hits))
        assert.equal(4, #first(g, { [1] = 1 }, { decay = .9, max_hops = 3 }))
    end)

    it("counts the fewest hops among equally good paths", function()
        -- All factors are 1: every node has 1, and 5 is two hops away, by way of the last id.
        local g = graph.graph(7, { { 1, 2 }, { 2, 3 }, { 3, 4 }, { 4, 5 }, { 1, 7 }, { 7, 5 },
            { 5, 6 } })
        local hits = first(g, { [1] = 1 }, { max_hops = 3 })
        assert.same({ 1, 1, 1, 1, 1, 1, 1 }, flows.totals(7, hits))
        assert.same({ 3, 5, "max_hops", 1 }, outcome(hits))
    end)

    it("answers nothing without seeds, or for seeds of 0", function()
        for _, seeds in ipairs { {}, { [2] = 0 } } do
            local hits = first(chain(3, 1), seeds, { max_hops = 1 })
            assert.same({ 0, { 0, 0, "whole", 0 } }, { #hits, outcome(hits) })
        end
        assert.equal(0, #first(graph.graph(0, {}), {}, { max_hops = 1 }))
    end)

    it("passes nothing along a weight of 0, or where the fan is 0", function()
        local g = graph.graph(3, { { 1, 2, 0 }, { 1, 3, 0 } })
        for _, fan in ipairs { "none", "out" } do
            assert.equal(1, #first(g, { [1] = 1 }, { fan = fan, max_hops = 3 }))
        end
    end)

    it("settles a node once where factors are above 1", function()
        -- 2 is settled at .5 before 3, which has less, could make .8 of it.
        local g = graph.graph(3, { { 1, 2, .5 }, { 1, 3, .4 }, { 3, 2, 2 }, { 2, 1, 4 } })
        local hits = first(g, { [1] = 1 }, { max_hops = 9 })
        assert.same({ 1, .5, rounded(.4) }, flows.totals(3, hits))
        local doubling = chain(5, 2)
        assert.same({ 1, 2, 4, 8, 16 },
            flows.totals(5, first(doubling, { [1] = 1 }, { max_hops = 9 })))
        assert.same({ { 5, 4, 3, 2, 1 } },
            { (scans.pairs_of(first(doubling, { [1] = 1 }, { max_hops = 9 }))) })
    end)

    it("finds weights above 1 no different where decay makes up for them", function()
        local hits = first(chain(4, 3), { [1] = 1 }, { decay = .25 })
        assert.same({ 1, .75, .5625, .421875 }, flows.totals(4, hits))
    end)

    it("stops where a float ends", function()
        local hits = first(chain(300, 1), { [1] = 1 }, { decay = .5 })
        assert.equal(127, #hits)
        assert.equal(2 ^ -126, (select(2, hits:get(127))))
        assert.same({ 126, 127, "whole", 0 }, outcome(hits))
        local message = select(2, pcall(first, chain(9, 3e38), { [1] = 1 }, { max_hops = 9 }))
        assert.matches("spread: best can not spread along a negative weight, nor beyond a float",
            message, 1, true)
    end)

    it("refuses a negative weight where a node passes on, though not along it", function()
        local g = graph.graph(3, { { 1, 2, 1 }, { 1, 3, -1 }, { 3, 2, -1 } })
        for _, options in ipairs { { max_hops = 1 }, { decay = .5, threshold = .4 },
            { budget = 1 } } do
            assert.matches("along a negative weight",
                select(2, pcall(first, g, { [1] = 1 }, options)))
        end
        assert.equal(1, #first(g, { [2] = 1 }, { max_hops = 1 }))
    end)

    it("names the best with topk", function()
        local hits = first(chain(5, 1), { [1] = 1 }, { decay = .5, topk = 2 })
        assert.same({ 1, 2 }, (scans.pairs_of(hits)))
    end)
end)

describe("a budget", function()
    before_each(remember)
    after_each(give_back)

    it("settles so many, the best; the last still passes on", function()
        local g = graph.graph(5, { { 1, 2, .5 }, { 1, 3, .75 }, { 3, 4, .9 }, { 4, 5, .9 } })
        local hits = first(g, { [1] = 1 }, { budget = 2 })
        assert.same({ { 1, 3 }, { 1, .75 } }, { scans.pairs_of(hits) })
        local waiting = .5 + rounded(.75 * rounded(.9))
        assert.same({ 1, 2, "budget", waiting }, outcome(hits))
    end)

    it("cuts nothing when it is just enough", function()
        local hits = first(chain(5, 1), { [1] = 1 }, { decay = .5, budget = 5 })
        assert.same({ 5, { 4, 4, "whole", 0 } }, { #hits, outcome(hits) })
        assert.equal("budget", first(chain(5, 1), { [1] = 1 }, { decay = .5, budget = 4 })
            :truncated_by())
    end)

    it("prefers among equals fewer hops, then lower ids", function()
        local g = graph.graph(6, { { 6, 5, .5 }, { 6, 4, .5 }, { 6, 3, 1 }, { 3, 1, .5 },
            { 3, 2, .5 } })
        local order = { 6, 3, 4, 5, 1, 2 } -- the last four have .5
        for budget = 1, 6 do
            for _, decay in ipairs { 1, .5 } do -- heap, buckets
                local chosen, hits = {}, first(g, { [6] = 1 }, { decay = decay, budget = budget })
                if decay == 1 then
                    for i = 1, budget do chosen[i] = order[i] end
                    table.sort(chosen)
                    local ids = scans.pairs_of(hits)
                    table.sort(ids)
                    assert.same(chosen, ids)
                end
                assert.equal(budget, #hits)
            end
        end
        local star = {}
        for i = 1, 40 do star[i] = { 50, i, .5 } end
        local hits = first(graph.graph(50, star), { [50] = 1 }, { decay = .5, budget = 8 })
        assert.same({ 50, 1, 2, 3, 4, 5, 6, 7 }, (scans.pairs_of(hits)))
        assert.equal(33 * .25, hits.residual)
    end)

    it("counts seeds", function()
        local hits = first(chain(9, 1), { .1, .2, .3, .4 }, { decay = .5, budget = 3 })
        assert.same({ 4, 3, 2 }, (scans.pairs_of(hits)))
    end)
end)

describe("engram.spread_bytes of best", function()
    local engram = require "engram"

    it("is what a call takes with a heap, and enough for one with buckets", function()
        local edges = {}
        for i = 1, 999 do edges[i] = { i, i + 1, 1 } end
        local g = graph.graph(1000, edges)
        for _, options in ipairs { { decay = 1, budget = 5 }, { decay = .5 }, { decay = .95 },
            { decay = .9, threshold = .01, fan = "sqrt" } } do
            options.method = "best"
            local small = scans.arena(2 ^ 20, "error")
            local need = engram.spread_bytes(g, options)
            for _, seeds in ipairs { { 1 }, { 3.4e38 }, { 1e-30 } } do
                scans.within(small, function() engram.spread(g, seeds, options) end)
            end
            local taken = small:stats().high_water
            assert.is_true(taken <= need + 3 * 8128, "with three answers beside it")
            assert.is_true(taken >= need)
            if options.decay == 1 then assert.equal(1000 * 48 + 126 * 64 + 2 * 64, need) end
        end
    end)
end)

describe("a graph's arcs by weight", function()
    -- Many threads ask for them first, at once.
    it("are made once for all threads", function()
        local engram = require "engram"
        local function run(threads)
            local summary = assert(engram.run { threads = threads, events = 400, source = [[
                local engram = require "engram"
                local workload = {}
                function workload.setup()
                    local from, to, weight = {}, {}, {}
                    for i = 1, 20000 do
                        from[i], to[i], weight[i] = i % 997 + 1, i * 7919 % 1009 + 1, i % 31 / 31
                    end
                    return { links = assert(engram.graph(1009, { from = from, to = to,
                        weight = weight })) }
                end
                function workload.thread_init(thread) thread.sum = 0 end
                function workload.event(thread, i)
                    local hits = engram.spread(thread.shared.links, { [i % 1009 + 1] = 1 },
                        { method = "best", decay = .5, threshold = .01, budget = 300 })
                    for k = 1, #hits do
                        local id, value = hits:get(k)
                        thread.sum = thread.sum + id * math.floor(value * 2 ^ 20)
                    end
                end
                function workload.thread_done(thread) return thread.sum end
                function workload.done(summary, results)
                    summary.sum = 0
                    for _, sum in ipairs(results) do summary.sum = summary.sum + sum end
                end
                return workload ]] })
            assert.is_nil(summary.errors and summary.errors[1].message)
            return summary.sum
        end
        local alone = run(1)
        assert.is_true(alone > 0)
        for _ = 1, 3 do assert.equal(alone, run(8)) end
    end)
end)
