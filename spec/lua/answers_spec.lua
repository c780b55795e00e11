-- Answers: hits or scores of several queries, alive as long as their arena says.

local arena = require "engram.arena"
local matrix = require "engram.matrix"
local similarity = require "engram.similarity"
local trace = require "spec.support.trace"
local scans = require "spec.support.scans"

local m = matrix.matrix { { 1, 0 }, { 0, 1 }, { 1, 1 }, { -1, 0 } }
local cues = matrix.matrix { { 2, 1 }, { 0, -3 } }

describe("answers", function()
    local mark, found, scores
    before_each(function()
        mark = arena.current():mark()
        found = similarity.nearest(cues, m, 3, { metric = "dot" })
        scores = similarity.similarity(cues, m, { metric = "dot" })
    end)
    after_each(function() arena.current():rewind(mark) end)

    it("know how many queries there were, and how many each has", function()
        assert.equal(2, found.queries)
        assert.equal(3, #found)
        assert.equal(2, scores.queries)
        assert.equal(4, #scores)
        assert.equal(0, #similarity.nearest(cues, m, 0))
        assert.equal(0, similarity.nearest(matrix.matrix(0, 2), m, 1).queries)
    end)

    it("give id and score of nearest, best first, and the score of similarity", function()
        assert.same({ 3, 3 }, { found:get(1, 1) })
        assert.same({ 1, 2 }, { found:get(1, 2) })
        assert.same({ 2, 1 }, { found:get(1, 3) })
        assert.same({ 1, 0 }, { found:get(2, 1) })
        assert.same({ 4, 0 }, { found:get(2, 2) })
        assert.same({ 2, -3 }, { found:get(2, 3) })
        assert.same({ -3 }, { scores:get(2, 2) })
        assert.same({ -2 }, { scores:get(1, 4) })
    end)

    it("give what one query got, to be used as if it had been alone", function()
        local hits = found:row(2)
        assert.same({ 1, 4, 2 }, (scans.pairs_of(hits)))
        assert.equal(-3, hits:of(2))
        assert.same({ 0, -3, -3, 0 }, scans.numbers(scores:row(2)))
        local again = similarity.nearest({ 0, 1 }, m, 9, { ids = found:row(1), metric = "dot" })
        assert.same({ 2, 3, 1 }, (scans.pairs_of(again)))
        assert.equal(4, #scores:row(1))
    end)

    it("give pointers, one query after the other, with ids counted from 0", function()
        local ids, values = found:data()
        assert.equal(2, ids[0])
        assert.equal(3, values[0])
        assert.equal(3, ids[4])
        local cells, nothing = scores:data()
        assert.equal(-3, cells[5])
        assert.is_nil(nothing)
    end)

    it("name what is wrong with an index", function()
        local function bad(message, method, ...)
            local function call(...)
                local value = found[method](found, ...)
                return value
            end
            local ok, said = pcall(call, ...)
            assert.is_false(ok)
            assert.truthy(said:find(message, 1, true), said)
            assert.truthy(said:find "^[^:]*answers_spec.lua:%d+: ", said)
        end
        bad("bad argument #1 to 'get' (query 0 is not within 1 to 2)", "get", 0, 1)
        bad("bad argument #1 to 'get' (query 3 is not within 1 to 2)", "get", 3, 1)
        bad("bad argument #1 to 'get' (query 1.5 is not within 1 to 2)", "get", 1.5, 1)
        bad("bad argument #2 to 'get' (index 4 is not within 1 to 3)", "get", 1, 4)
        bad("bad argument #2 to 'get' (index nil is not within 1 to 3)", "get", 1)
        bad("bad argument #1 to 'row' (query x is not within 1 to 2)", "row", "x")
    end)

    it("are stale once the arena was rewound, and so is what they gave", function()
        local hits, vector = found:row(1), scores:row(1)
        local message = "stale: its arena was rewound"
        arena.current():rewind(mark)
        for _, made in ipairs { found, scores } do
            for _, method in ipairs { "get", "row", "data" } do
                assert.error_matches(function() made[method](made, 1, 1) end, message)
            end
        end
        assert.error_matches(function() hits:get(1) end, message)
        assert.error_matches(function() vector:get(1) end, message)
        similarity.nearest(cues, m, 3)
        assert.error_matches(function() found:get(1, 1) end, message)
    end)

    it("are made and read by compiled code", function()
        local mine, sum = arena.current(), 0
        local compiled, refusal = trace.watch(function()
            for _ = 1, 5 do
                local at = mine:mark()
                local hits = similarity.nearest(cues, m, 2, { metric = "dot" })
                for q = 1, hits.queries do
                    local id, score = hits:get(q, 1)
                    sum = sum + id * score + hits:row(q):get(2)
                end
                mine:rewind(at)
            end
        end)
        assert.is_nil(refusal)
        assert.is_true(compiled > 0)
        assert.equal(200 * 5 * (3 * 3 + 1 + 1 * 0 + 4), sum)
    end)
end)
