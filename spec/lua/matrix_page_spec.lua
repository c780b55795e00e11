-- engram help matrix: its examples run, and what it says of the shipped words is so.

local engram = require "engram"
local manual = require "engram.manual"
local pages = require "spec.support.pages"
local arena = require "engram.arena"

local page = manual.page "matrix"

local function is_off_by(expected, apart, value)
    assert.is_true(math.abs(value - expected) <= apart, value)
end

describe("engram help matrix", function()
    it("says how far bf16 goes, and what an error leaves out", function()
        local ends = engram.matrix({ { 3.39e38, 3.4028234e38 } }, { type = "bf16" })
        assert.is_true(ends:get(1, 1) < math.huge)
        assert.equal(math.huge, ends:get(1, 2))
        local _, error_max = engram.matrix({ { 0 / 0, 1 } }):convert "i8"
        assert.equal(0, error_max)
    end)

    it("fits a terminal", function()
        pages.fits(page)
    end)

    it("has examples that run and print what they are about", function()
        local printed = pages.printed "matrix"
        assert.equal(9, #printed)
        assert.same({ "i8", 2, 3, 3 }, { unpack(printed, 1, 4) })
        is_off_by(0.01395, 1e-5, printed[5])
        assert.equal(655, printed[6])
        is_off_by(1, 1e-4, printed[7])
        assert.equal(1, printed[8])
        assert.is_true(printed[9] >= 0.5)
    end)

    it("tells the recall of small rows as it is", function()
        local words = assert(engram.load(engram.data "words.npy"))
        local i8, bits = words:convert("i8"):freeze(), words:convert("bits"):freeze()
        local mine, sums, of = arena.current(), { 0, 0, 0, 0, 0 }, 0
        local kinds = { { i8 }, { i8, { rerank = words } }, { bits }, { bits, { rerank = words } },
            { bits, { rerank = words, pool = 20 } } }
        for id = 1, 10000, 100 do
            local mark = mine:mark()
            local exact = engram.nearest(words:row(id), words, 10)
            for i, kind in ipairs(kinds) do
                local found = engram.nearest(words:row(id), kind[1], 10, kind[2])
                sums[i] = sums[i] + engram.recall(found, exact)
            end
            of = of + 1
            mine:rewind(mark)
        end
        for i, expected in ipairs { 0.993, 1, 0.47, 0.76, 0.93 } do
            is_off_by(expected, 0.01, sums[i] / of)
        end
    end)
end)
