-- Graphs from Lua tables: both forms, what they answer, and messages that name the edge.

local C = require "engram.c"
local graph = require "engram.graph"

local ffi = require "ffi"

local function message_of(...)
    local ok, message = pcall(graph.graph, ...)
    assert.is_false(ok)
    return (message:gsub("^bad argument ", ""))
end

local function second(message)
    return "#2 to 'graph' (" .. message .. ")"
end

describe("engram.graph", function()
    it("takes a table of edges, with weight 1 where none is given", function()
        local g = graph.graph(3, { { 1, 2 }, { 1, 3, 0.5 } })
        assert.same({ 3, 2 }, { g.nodes, g.edges })
        assert.same({ { 2, 3 }, { 1, 0.5 } }, { g:neighbours(1) })
    end)

    it("takes three tables", function()
        local g = graph.graph(3, { from = { 3, 1 }, to = { 1, 2 }, weight = { 0.25, 4 } })
        assert.same({ { 1 }, { 0.25 } }, { g:neighbours(3) })
        assert.same({ { 2 }, { 4 } }, { g:neighbours(1) })
    end)

    it("takes two tables, and every weight is 1", function()
        local g = graph.graph(2, { from = { 1 }, to = { 2 } })
        assert.same({ { 2 }, { 1 } }, { g:neighbours(1) })
    end)

    it("may be empty", function()
        local g = graph.graph(0, {})
        assert.same({ 0, 0 }, { g.nodes, g.edges })
        assert.same({ {}, {} }, { graph.graph(1, {}):neighbours(1) })
    end)

    it("joins duplicates as dup says", function()
        local edges = { { 1, 2, 3 }, { 1, 2, 5 } }
        for dup, weight in pairs { sum = 8, max = 5, first = 3 } do
            local g = graph.graph(2, edges, { dup = dup })
            assert.same({ { 2 }, { weight } }, { g:neighbours(1) })
        end
        assert.equal(1, graph.graph(2, edges).edges)
    end)

    it("skips or keeps self-loops as self says", function()
        local edges = { { 1, 1 }, { 1, 2 } }
        assert.equal(1, graph.graph(2, edges).edges)
        assert.equal(2, graph.graph(2, edges, { self = "keep" }).edges)
    end)

    it("frees its memory with its last reference", function()
        collectgarbage()
        collectgarbage()
        local before = C.eg_live_objects()
        do
            local g = graph.graph(2, { { 1, 2 } })
            assert.equal(before + 1, C.eg_live_objects())
            assert.equal(2, g.nodes)
        end
        collectgarbage()
        collectgarbage()
        assert.equal(before, C.eg_live_objects())
    end)

    it("can not be changed", function()
        local g = graph.graph(2, { { 1, 2 } })
        assert.has_error(function() g.nodes = 3 end)
        assert.has_error(function() g.weights[0] = 3 end)
    end)
end)

describe("engram.graph names", function()
    it("the edge and the node that is outside", function()
        local edges = {}
        for i = 1, 20 do edges[i] = { 1, 2 } end
        edges[17] = { 3, 12 }
        assert.equal(second "edge 17: node 12 is not within 1 to 10", message_of(10, edges))
        edges[17] = { 0, 3 }
        assert.equal(second "edge 17: node 0 is not within 1 to 10", message_of(10, edges))
        edges[17] = { 1.5, 3 }
        assert.equal(second "edge 17: node 1.5 is not within 1 to 10", message_of(10, edges))
        edges[17] = { 0 / 0, 3 }
        assert.matches("edge 17: node %-?nan is not within", message_of(10, edges))
    end)

    it("the edge that is none", function()
        assert.equal(second "edge 2: node expected, got nil", message_of(3, { { 1, 2 }, { 3 } }))
        assert.equal("#2 to 'graph' (edge 2: table {from, to, weight} expected, got number)",
            message_of(3, { { 1, 2 }, 3 }))
        assert.equal(second "edge 1: node expected, got string", message_of(3, { { "1", 2 } }))
        assert.equal("#2 to 'graph' (edge 1: weight: number expected, got string)",
            message_of(3, { { 1, 2, "3" } }))
    end)

    it("the weight that is not finite, as a float", function()
        assert.equal("#2 to 'graph' (edge 2: weight 1e+39 is not a finite float)",
            message_of(3, { { 1, 2 }, { 1, 3, 1e39 } }))
        assert.matches("edge 1: weight %-?nan is not a finite float",
            message_of(3, { { 1, 2, 0 / 0 } }))
    end)

    it("the duplicates that add up to too much", function()
        assert.equal("#2 to 'graph' (edge 1: the sum of its duplicates is beyond a float)",
            message_of(3, { { 1, 2, 3e38 }, { 1, 2, 3e38 } }))
    end)

    it("tables of different lengths", function()
        assert.equal("#2 to 'graph' (to: 2 ids expected, as in from, got 1)",
            message_of(3, { from = { 1, 2 }, to = { 1 } }))
        assert.equal("#2 to 'graph' (weight: table of 1 numbers expected, as in from, got 2)",
            message_of(3, { from = { 1 }, to = { 2 }, weight = { 1, 2 } }))
        assert.equal("#2 to 'graph' (tables from and to expected)", message_of(3, { from = { 1 } }))
    end)

    it("what is no argument at all", function()
        assert.equal("#1 to 'graph' (nodes: whole number from 0 to 4294967294 expected, got -1)",
            message_of(-1, {}))
        assert.equal("#2 to 'graph' (table of edges expected, got nil)", message_of(3))
        assert.equal("#3 to 'graph' (dup: one of 'first', 'max', 'sum' expected, got all)",
            message_of(3, {}, { dup = "all" }))
        assert.equal("#3 to 'graph' (self: one of 'keep', 'skip' expected, got true)",
            message_of(3, {}, { self = true }))
        assert.equal("#3 to 'graph' (unknown option 'dups'; known are dup, self)",
            message_of(3, {}, { dups = "sum" }))
    end)

    it("the node whose neighbours are asked for", function()
        local g = graph.graph(2, { { 1, 2 } })
        for _, node in ipairs { 0, 3, 1.5, "1" } do
            local _, message = pcall(g.neighbours, g, node)
            local expected = "node " .. node .. " is not within 1 to 2"
            assert.equal("bad argument #1 to 'neighbours' (" .. expected .. ")", message)
        end
    end)

    it("the caller's line", function()
        local calls = {
            function() graph.graph(2, { { 1, 3 } }) end,
            function() graph.graph(2, { { 1, 2, "x" } }) end,
            function() graph.graph(2, { 7 }) end,
            function() graph.graph(2, { from = { 1 }, to = {} }) end,
            function() graph.graph(2, { { 1, 2, 1 / 0 } }) end,
            function() graph.graph(-2, {}) end,
            function() graph.graph(2, {}, { dup = 1 }) end,
            function() graph.graph(2, {}):neighbours(5) end,
        }
        for _, call in ipairs(calls) do
            local _, message = xpcall(call, function(text) return text end)
            local line = debug.getinfo(call, "S").linedefined
            assert.matches("graph_spec%.lua:" .. line .. ": bad argument", message)
        end
    end)
end)

describe("graph.from_arrays", function()
    local from, to = ffi.new("uint32_t[2]", 0, 2), ffi.new("uint32_t[2]", 1, 0)
    local weights = ffi.new("float[2]", 1, 2)

    it("takes 0-based ids", function()
        local g = graph.from_arrays(3, 2, from, to, weights)
        assert.same({ { 1 }, { 2 } }, { g:neighbours(3) })
    end)

    it("answers nil and which edge is wrong", function()
        local g, message = graph.from_arrays(2, 2, from, to, weights, "max", "keep")
        assert.is_nil(g)
        assert.equal("edge 2: node 3 is not within 1 to 2", message)
    end)
end)
