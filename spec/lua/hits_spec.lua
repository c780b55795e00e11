-- Hits: ids and values, best first, alive as long as their arena says.

local arena = require "engram.arena"
local hits = require "engram.hits"
local matrix = require "engram.matrix"
local similarity = require "engram.similarity"
local trace = require "spec.support.trace"

local m = matrix.matrix { { 1, 0 }, { 0, 1 }, { 1, 1 }, { -1, 0 } }

describe("hits", function()
    local mark, found
    before_each(function()
        mark = arena.current():mark()
        found = similarity.nearest({ 2, 1 }, m, 3, { metric = "dot" })
    end)
    after_each(function() arena.current():rewind(mark) end)

    it("know their number", function()
        assert.equal(3, #found)
        assert.equal(0, #similarity.nearest({ 1, 0 }, m, 0))
    end)

    it("give id and value, best first", function()
        assert.same({ 3, 3 }, { found:get(1) })
        assert.same({ 1, 2 }, { found:get(2) })
        assert.same({ 2, 1 }, { found:get(3) })
    end)

    it("give the value of an id, or nil", function()
        assert.equal(2, found:of(1))
        assert.equal(3, found:of(3))
        assert.is_nil(found:of(4))
        assert.is_nil(found:of(0))
        assert.is_nil(found:of(1.5))
    end)

    it("give pointers, with ids counted from 0", function()
        local ids, values = found:data()
        assert.equal(2, ids[0])
        assert.equal(3, values[0])
    end)

    it("name what is wrong with an index", function()
        local function bad(message, method, at)
            local ok, said = pcall(function()
                local value = found[method](found, at)
                return value
            end)
            assert.is_false(ok)
            assert.truthy(said:find(message, 1, true), said)
            assert.truthy(said:find "^[^:]*hits_spec.lua:%d+: ", said)
        end
        bad("bad argument #1 to 'get' (index 0 is not within 1 to 3)", "get", 0)
        bad("bad argument #1 to 'get' (index 4 is not within 1 to 3)", "get", 4)
        bad("bad argument #1 to 'get' (index 1.5 is not within 1 to 3)", "get", 1.5)
        bad("bad argument #1 to 'get' (index nil is not within 1 to 3)", "get", nil)
        bad("bad argument #1 to 'of' (id expected, got nil)", "of", nil)
    end)

    it("are stale once the arena was rewound", function()
        local message = "stale: its arena was rewound"
        arena.current():rewind(mark)
        for _, method in ipairs { "get", "of", "data" } do
            assert.error_matches(function() found[method](found, 1) end, message)
        end
        similarity.nearest({ 1, 0 }, m, 3)
        assert.error_matches(function() found:get(1) end, message)
    end)

    it("are told apart", function()
        assert.is_true(hits.is_hits(found))
        assert.is_false(hits.is_hits(m))
        assert.is_false(hits.is_hits {})
        assert.is_false(hits.is_hits(nil))
    end)

    it("are read by compiled code", function()
        local sum = 0
        local compiled, refusal = trace.watch(function()
            for i = 1, #found do
                local id, value = found:get(i)
                sum = sum + id * value + found:of(id)
            end
        end)
        assert.is_nil(refusal)
        assert.is_true(compiled > 0)
        assert.equal(200 * (9 + 2 + 2 + 6), sum)
    end)
end)
