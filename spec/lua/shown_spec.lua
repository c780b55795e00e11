-- What print shows of a value: what it is, and how much of it.

local engram = require "engram"

describe("tostring", function()
    it("says what a value is", function()
        local m = engram.matrix({ { 1, 0, 0 }, { 0, 1, 0 } }, { type = "i8" })
        local shown = {
            [tostring(m)] = "matrix of 2 x 3, i8",
            [tostring(engram.vector(7))] = "vector of 7",
            [tostring(engram.graph(3, { { 1, 2 }, { 2, 3 } }))] = "graph of 3 nodes and 2 edges",
            [tostring(engram.words { "a", "b" })] = "2 words",
        }
        for found, expected in pairs(shown) do assert.equal(expected, found) end
        engram.arena():scope(function()
            assert.equal("1 hits", tostring(engram.nearest(m:row(1), m, 1)))
        end)
    end)

    it("says so of what is mapped, and of results that are gone", function()
        assert.equal("matrix of 10000 x 100, f32", tostring(engram.load(engram.data "words.npy")))
        local hits = engram.arena():scope(function()
            return engram.nearest({ 1 }, engram.matrix { { 1 }, { 2 } }, 2)
        end)
        assert.equal("2 hits", tostring(hits))
    end)
end)
