-- engram help files: its examples run, and it names every format.

local formats = require "engram.files.formats"
local manual = require "engram.manual"
local pages = require "spec.support.pages"
local savers = require "engram.files.savers"

local page = manual.page "files"

describe("engram help files", function()
    it("fits a terminal", function() pages.fits(page) end)

    it("has examples that run and print what they say", function()
        local printed = pages.printed "files"
        assert.same({ 10000, 100, "f32", "king", 82118, "i8", true }, { unpack(printed, 1, 7) })
        assert.truthy(printed[8]:find("No such file or directory", 1, true))
        assert.truthy(printed[9]:find("words.tsv: line 1: a weight expected", 1, true))
        assert.equal(true, printed[10])
        assert.equal(10, #printed)
    end)

    it("names every format, and what each takes", function()
        for _, format in ipairs(formats.list) do
            assert.truthy(page:find("\n  " .. format.name .. " ", 1, true), format.name)
            for key in pairs(format.options or {}) do
                assert.truthy(page:find("%f[%w]" .. key .. "%f[%W]"), key)
            end
        end
        for _, saver in ipairs(savers.list) do
            for ending in pairs(saver.endings) do
                assert.truthy(page:find("." .. ending, 1, true), ending)
            end
        end
    end)
end)
