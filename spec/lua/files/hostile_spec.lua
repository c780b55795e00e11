-- No file, however hostile, crashes a reader, makes it raise, or leaves anything behind:
-- every format that engram.load knows, by way of a tiny valid sample of it.

local formats = require "engram.files.formats"
local hostile = require "spec.support.hostile"
local samples = require "spec.support.samples"

describe("every format", function()
    it("has a sample", function()
        for _, format in ipairs(formats.list) do
            assert.is_table(samples[format.name], format.name .. " has none")
        end
    end)

    it("that has a sample is one", function()
        for _, sample in ipairs(samples.list) do
            assert.is_table(formats.by_name[sample.name], sample.name)
        end
    end)
end)

for i, sample in ipairs(samples.list) do
    describe("a hostile file of " .. sample.name .. " (" .. i .. ")", function()
        it("may end anywhere, and later than it should", function()
            local _, refused = hostile.cut(sample)
            if sample.exact then assert.is_true(refused > #(sample.bytes or "x")) end
        end)

        it("may have any byte changed", function() hostile.bytes(sample) end)
        it("may lie about its sizes", function() hostile.fields(sample) end)
        it("may have any number in it", function() hostile.numbers(sample) end)

        if sample.large then
            it("may shrink", function() hostile.shrinks(sample) end)
        end
    end)
end
