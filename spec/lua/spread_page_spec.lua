-- engram help spread: what its examples print when they run.

local engram = require "engram"
local manual = require "engram.manual"

local page = manual.page "spread"

-- The paragraphs that are Lua, as one chunk.
local function examples()
    local blocks = {}
    for block in (page .. "\n"):gmatch "(.-)\n\n" do
        if block:match "^%s*local " then blocks[#blocks + 1] = block end
    end
    return table.concat(blocks, "\n")
end

describe("engram help spread", function()
    it("fits a terminal", function()
        for line in page:gmatch "[^\n]+" do assert.is_true(#line <= 80, line) end
    end)

    it("has examples that run and print what they are about", function()
        local printed = {}
        local function keep(...)
            for i = 1, select("#", ...) do printed[#printed + 1] = (select(i, ...)) end
        end
        local chunk = assert(load(examples(), "=page", "t",
            setmetatable({ engram = engram, print = keep }, { __index = _G })))
        local arena = engram.arena()
        arena:scope(chunk)
        assert.same({ 4, .5625, 2, "budget", .5625 }, printed)
    end)
end)
