-- A loop around engram.spread: it is compiled, takes no table, and gives back what it took.

local engram = require "engram"
local ffi = require "ffi"
local arena = require "engram.arena"
local graph = require "engram.graph"
local matrix = require "engram.matrix"
local similarity = require "engram.similarity"
local spread = require "engram.spread"
local trace = require "spec.support.trace"

local small = graph.graph(4, { { 1, 2 }, { 2, 3, .5 }, { 3, 1, .25 }, { 2, 4, .25 } })
local one_hop = { max_hops = 1 }

describe("a loop around engram.spread", function()
    -- Each event rewinds, as the run loop does.
    local function watch(event)
        local mine = arena.current()
        local at = mine:mark()
        return trace.watch(function()
            for _ = 1, 20 do
                event()
                mine:rewind(at)
            end
        end)
    end

    it("compiles with hits as seeds", function()
        local memories = matrix.matrix { { 1, 0 }, { 0, 1 }, { 3, 4 }, { 0, -1 } }:freeze()
        local cue, options, sum = memories:row(2), { decay = .85, max_hops = 3, fan = "out" }, 0
        local compiled, refusal = watch(function()
            local near = similarity.nearest(cue, memories, 2)
            local hits = spread.spread(small, near, options)
            local _, value = hits:get(1)
            sum = sum + value + #hits
        end)
        assert.is_nil(refusal)
        assert.is_true(compiled > 0)
        local near = similarity.nearest(cue, memories, 2)
        local hits = spread.spread(small, near, options)
        local each = select(2, hits:get(1)) + #hits
        assert.near(200 * 20 * each, sum, 1e-6 * sum)
    end)

    it("compiles with a table of seeds, and with topk", function()
        local seeds, sum = { [2] = 1, [3] = 2 }, 0
        local compiled, refusal = watch(function()
            local hits = spread.spread(small, seeds, { max_hops = 1, topk = 2 })
            local _, value = hits:get(2)
            sum = sum + value + #hits
        end)
        assert.is_nil(refusal)
        assert.is_true(compiled > 0)
        assert.equal(200 * 20 * 3, sum)
    end)

    it("compiles whole with a table of one seed that is made each time", function()
        local summary = engram.run { threads = 1, events = 100000, source = [[
            local engram = require "engram"
            local workload = {}
            function workload.setup()
                return { chain = engram.graph(5, { { 1, 2, 2 }, { 2, 3, 3 }, { 3, 4, 4 } }) }
            end
            function workload.event(thread, i)
                local id = i % 3 + 1
                local hits = engram.spread(thread.shared.chain, { [id] = i }, { max_hops = 1 })
                if #hits ~= 2 or hits:of(id) ~= i or hits:of(id + 1) ~= i * (id + 1) then
                    error(id .. " reached others")
                end
            end
            return workload
        ]] }
        assert.equal(0, summary.results.errors, summary.errors and summary.errors[1].message)
        assert.equal("lua", summary.threads[1].lua.driver, summary.threads[1].lua.refused)
    end)

    for method, limits in pairs { ppr = { alpha = .5 }, push = { eps = .01 },
        spreadr = { time = 3, retention = .5 } } do
        it("compiles with method = " .. method, function()
            local memories = matrix.matrix { { 1, 0 }, { 0, 1 }, { 3, 4 }, { 0, -1 } }:freeze()
            local cue, sum = memories:row(2), 0
            limits.method, limits.topk = method, 2
            local compiled, refusal = watch(function()
                local near = similarity.nearest(cue, memories, 2)
                local hits = spread.spread(small, near, limits)
                local _, value = hits:get(1)
                sum = sum + value + #hits
            end)
            assert.is_nil(refusal)
            assert.is_true(compiled > 0)
            local near = similarity.nearest(cue, memories, 2)
            local hits = spread.spread(small, near, limits)
            local each = select(2, hits:get(1)) + #hits
            assert.near(200 * 20 * each, sum, 1e-6 * sum)
        end)
    end

    it("compiles with a retention for each node, and when methods take turns", function()
        local list, seeds, sum = { .5, .5, .5, .5 }, { [2] = 1 }, 0
        local each = { { method = "spreadr", time = 2, retention = list }, { method = "ppr" },
            { decay = .5 }, { method = "push", eps = .01 } }
        local expected = 0
        for i = 1, 4 do expected = expected + #spread.spread(small, seeds, each[i]) end
        local compiled, refusal = watch(function()
            for i = 1, 4 do sum = sum + #spread.spread(small, seeds, each[i]) end
        end)
        assert.is_nil(refusal)
        assert.is_true(compiled > 0)
        assert.equal(200 * 20 * expected, sum)
    end)

    it("leaves nothing that outlives its arena's rewinding", function()
        local mine = arena.current()
        local at = mine:mark()
        local before = ffi.string(spread.spread(small, { [1] = 1 }, one_hop).ids, 8)
        mine:rewind(at)
        assert.equal(at, mine:mark())
        assert.equal(8, #before)
    end)
end)
