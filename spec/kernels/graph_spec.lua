-- Compressed rows from triples, against rows made with plain Lua tables; every
-- way in which triples can be wrong; and the counting of what is alive.

local ffi = require "ffi"
local C = require "engram.c"
local oracle = require "spec.support.oracle"
local random = require "spec.support.random"

require "engram.graph"

local duplicates = { sum = C.EG_DUP_SUM, max = C.EG_DUP_MAX, first = C.EG_DUP_FIRST }

-- Triples {from, to, weight} with ids from 0, to C. Answers the graph or NULL, and the culprit.
local function ids_at(memory, i)
    return ffi.cast("const uint32_t *", memory)[i]
end

local function weight_at(g, i)
    return ffi.cast("const float *", g.weights)[i]
end

local function build(nodes, triples, dup, keep_self)
    local n = #triples
    local from, to = ffi.new("uint32_t[?]", n), ffi.new("uint32_t[?]", n)
    local weights, culprit = ffi.new("float[?]", n), ffi.new("uint32_t[1]", 77)
    for i, triple in ipairs(triples) do
        from[i - 1], to[i - 1], weights[i - 1] = triple[1], triple[2], triple[3] or 1
    end
    local made = C.eg_graph_new(nodes, n, from, to, weights, duplicates[dup or "sum"],
        keep_self and 1 or 0, culprit)
    if made ~= nil then ffi.gc(made, C.eg_graph_release) end
    return made, culprit[0]
end

local function rows_of(g)
    local rows = {}
    for u = 0, g.nodes - 1 do
        local row = {}
        for arc = ids_at(g.offsets, u), ids_at(g.offsets, u + 1) - 1 do
            row[#row + 1] = { ids_at(g.targets, arc), weight_at(g, arc) }
        end
        rows[u] = row
    end
    return rows
end

-- The bytes of all three arrays.
local function bits_of(g)
    return ffi.string(g.offsets, (g.nodes + 1) * 4) .. ffi.string(g.targets, g.edges * 4) ..
        ffi.string(g.weights, g.edges * 4)
end

local function shuffled(list, data)
    local copy = {}
    for i, x in ipairs(list) do copy[i] = x end
    for i = #copy, 2, -1 do
        local j = data:whole(1, i)
        copy[i], copy[j] = copy[j], copy[i]
    end
    return copy
end

-- What the rows must be, by looking up every pair.
local function expected_rows(nodes, triples, dup, keep_self)
    local rows = {}
    for u = 0, nodes - 1 do
        local found, row = {}, {}
        for _, triple in ipairs(triples) do
            local v, weight = triple[2], triple[3]
            local is_mine = triple[1] == u and (v ~= u or keep_self)
            if is_mine and found[v] == nil then found[v] = weight
            elseif is_mine and dup == "sum" then found[v] = found[v] + weight
            elseif is_mine and dup == "max" then found[v] = math.max(found[v], weight) end
        end
        for v = 0, nodes - 1 do
            if found[v] then row[#row + 1] = { v, found[v] } end
        end
        rows[u] = row
    end
    return rows
end

describe("a graph", function()
    it("holds each arc in the row of its source", function()
        local g = build(4, { { 2, 0, 0.5 }, { 0, 1, 2 }, { 0, 3, 4 } })
        assert.same({ 4, 3 }, { g.nodes, g.edges })
        assert.same({ [0] = { { 1, 2 }, { 3, 4 } }, {}, { { 0, 0.5 } }, {} }, rows_of(g))
    end)

    it("sorts a row by target", function()
        local g = build(4, { { 1, 3, 3 }, { 1, 0, 1 }, { 1, 2, 2 } })
        assert.same({ { 0, 1 }, { 2, 2 }, { 3, 3 } }, rows_of(g)[1])
    end)

    it("is that of its triples, with few and with many of a pair", function()
        local data = random.new(31)
        for round = 1, 60 do
            local nodes, triples = data:whole(1, 12), {}
            for i = 1, data:whole(0, 60) do
                local from, to = data:whole(0, nodes - 1), data:whole(0, nodes - 1)
                triples[i] = { from, to, data:whole(-8, 8) }
            end
            for dup in pairs(duplicates) do
                local keep_self = round % 2 == 0
                assert.same(expected_rows(nodes, triples, dup, keep_self),
                    rows_of(build(nodes, triples, dup, keep_self)), data.hint)
            end
        end
    end)

    it("may have no node", function()
        local g = build(0, {})
        assert.same({ 0, 0, 0 }, { g.nodes, g.edges, ids_at(g.offsets, 0) })
    end)

    it("may have no edge", function()
        local g = build(3, {})
        assert.same({ 3, 0, 0 }, { g.nodes, g.edges, ids_at(g.offsets, 3) })
    end)

    it("drops arcs from a node to itself, unless they are kept", function()
        local triples = { { 0, 0, 5 }, { 0, 1, 1 } }
        assert.same({ { 1, 1 } }, rows_of(build(2, triples))[0])
        assert.same({ { 0, 5 }, { 1, 1 } }, rows_of(build(2, triples, "sum", true))[0])
    end)

    it("adds, compares or keeps the first of duplicates", function()
        local triples = { { 0, 1, 2 }, { 0, 1, 7 }, { 0, 1, -1 } }
        assert.same({ { 1, 8 } }, rows_of(build(2, triples, "sum"))[0])
        assert.same({ { 1, 7 } }, rows_of(build(2, triples, "max"))[0])
        assert.same({ { 1, 2 } }, rows_of(build(2, triples, "first"))[0])
    end)

    it("stores 0 for -0", function()
        for dup in pairs(duplicates) do
            local g = build(2, { { 0, 1, oracle.minus_zero }, { 0, 1, oracle.minus_zero } }, dup)
            assert.equal(math.huge, 1 / weight_at(g, 0))
        end
    end)

    -- Weights of very different size: their sum depends on the order of adding.
    it("is the same to the bit however its triples are shuffled", function()
        local data = random.new(32)
        local triples = {}
        for i = 1, 3000 do
            local weight = data:normal() * 10 ^ data:whole(-15, 15)
            triples[i] = { data:whole(0, 19), data:whole(0, 19), weight }
        end
        -- And some that cancel all but what was added after them, or before.
        for i = 1, 3000, 3 do
            local from, to = triples[i][1], triples[i][2]
            triples[#triples + 1] = { from, to, 1e30 }
            triples[#triples + 1] = { from, to, -1e30 }
        end
        for _, dup in ipairs { "sum", "max" } do
            local bits = bits_of(build(20, triples, dup))
            for _ = 1, 10 do
                assert.is_true(bits == bits_of(build(20, shuffled(triples, data), dup)), data.hint)
            end
        end
    end)

    it("adds in double and rounds once", function()
        local triples = { { 0, 1, 1 } }
        for i = 2, 1001 do triples[i] = { 0, 1, 2 ^ -25 } end
        assert.equal(1 + 1000 * 2 ^ -25, weight_at(build(2, triples), 0) + 0)
    end)
end)

describe("a graph is refused", function()
    local fine = { { 0, 1 }, { 1, 2 }, { 2, 0 } }

    local function culprit_with(triple)
        local made, culprit = build(3, { fine[1], fine[2], triple, fine[3] })
        assert.is_true(made == nil)
        return culprit
    end

    it("for an id that is no node, also of a self-loop that would be dropped", function()
        assert.equal(2, culprit_with { 3, 0 })
        assert.equal(2, culprit_with { 0, 3 })
        assert.equal(2, culprit_with { 4294967295, 0 })
        assert.equal(2, culprit_with { 3, 3 })
    end)

    it("for a weight that is not finite", function()
        for _, weight in ipairs { math.huge, -math.huge, 0 / 0 } do
            assert.equal(2, culprit_with { 0, 2, weight })
        end
    end)

    it("for such a weight among duplicates, by its own place", function()
        for dup in pairs(duplicates) do
            for _, weight in ipairs { math.huge, 0 / 0 } do
                local made, culprit = build(3, { { 0, 1, 1 }, { 0, 1, 2 }, { 0, 1, weight } }, dup)
                assert.is_true(made == nil)
                assert.equal(2, culprit)
            end
        end
    end)

    it("for duplicates whose sum is beyond a float", function()
        local made, culprit = build(3, { { 0, 1, 1 }, { 1, 2, 3e38 }, { 1, 2, 3e38 } })
        assert.is_true(made == nil)
        assert.equal(1, culprit)
    end)

    it("for a word that is none, with no culprit", function()
        local culprit = ffi.new "uint32_t[1]"
        assert.is_true(C.eg_graph_new(3, 0, nil, nil, nil, 3, 0, culprit) == nil)
        assert.is_true(C.eg_graph_new(3, 5, nil, nil, nil, 0, 0, culprit) == nil)
        assert.equal(5, culprit[0])
    end)

    it("without leaving anything alive", function()
        collectgarbage()
        collectgarbage()
        local before = C.eg_live_objects()
        culprit_with { 3, 0 }
        culprit_with { 0, 2, 0 / 0 }
        build(3, { { 1, 2, 3e38 }, { 1, 2, 3e38 } })
        assert.equal(before, C.eg_live_objects())
    end)
end)

describe("the life of a graph", function()
    it("ends with its last holder", function()
        local before = C.eg_live_objects()
        local g = ffi.gc(build(3, { { 0, 1 } }), nil)
        assert.equal(before + 1, C.eg_live_objects())
        assert.is_true(C.eg_graph_retain(g) == g)
        C.eg_graph_release(g)
        assert.equal(before + 1, C.eg_live_objects())
        C.eg_graph_release(g)
        assert.equal(before, C.eg_live_objects())
    end)

    it("takes NULL for no graph", function()
        C.eg_graph_release(nil)
    end)
end)
