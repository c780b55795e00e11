-- engram help files: its examples run, and it names every format.

local child = require "spec.support.child"
local engram = require "engram"
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

    -- What the recipe that begins with that line prints of that file.
    local function recipe(first, text)
        local block = assert(page:match("\n(  %-%- " .. first .. ".-)\n\n"))
        local printed
        local lines = { lines = function() return text:gmatch "[^\n]+" end }
        local environment = { engram = engram, io = lines,
            print = function(...) printed = { ... } end }
        assert(load(block, "=page", "t", setmetatable(environment, { __index = _G })))()
        return printed
    end

    it("has a recipe for vectors with commas, whatever names the columns", function()
        local vectors = "name,d0,d1,d2\r\nking,1,2,3\r\nqueen,1,2.5,-3e-2\r\n"
        assert.same({ 2, 3, 2 }, recipe("own.csv", vectors))
    end)

    it("has a recipe for edges between names, with weights or without", function()
        assert.same({ "carol" }, recipe("friends.csv", "bob,alice,0.5\nalice,carol\n"))
        assert.same({ "bob" }, recipe("friends.csv", "alice,bob\r\n"))
    end)

    it("tells the defaults of graphs", function()
        child.with_file("0 1\n0 1\n1 1\n", function(path)
            local plain = assert(engram.load(path))
            local told = { base = 0, dup = "sum", self = "skip" }
            for key, default in pairs(told) do
                assert.truthy(page:gsub("%s+", " "):match(key .. ",[^;]-" .. default ..
                    '"? %(default%)'), key)
            end
            local same = assert(engram.load(path, told))
            assert.same({ 2, 1 }, { plain.nodes, plain.edges })
            assert.same({ plain:neighbours(1) }, { same:neighbours(1) })
            assert.same({ { 2 }, { 2 } }, { plain:neighbours(1) })
        end)
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
