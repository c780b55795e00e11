-- engram help similarity: what its examples print when they run.

local engram = require "engram"
local manual = require "engram.manual"

local page = manual.page "similarity"

-- The paragraphs that are Lua, as one chunk.
local function examples()
    local blocks = {}
    for block in (page .. "\n"):gmatch "(.-)\n\n" do
        if block:match "^%s*local " then blocks[#blocks + 1] = block end
    end
    return table.concat(blocks, "\n")
end

describe("engram help similarity", function()
    it("fits a terminal", function()
        for line in page:gmatch "[^\n]+" do assert.is_true(#line <= 80, line) end
    end)

    it("has examples that run and print what they are about", function()
        local printed = {}
        local function keep(...)
            for i = 1, select("#", ...) do
                local x = select(i, ...)
                if type(x) == "number" then x = math.floor(x * 1e5 + 0.5) / 1e5 end
                printed[#printed + 1] = x
            end
        end
        local chunk = assert(load(examples(), "=page", "t",
            setmetatable({ engram = engram, print = keep }, { __index = _G })))
        engram.arena():scope(chunk)
        assert.same({ 655, 1, 10000, 1, 3, 64, 5, 64, 64, 1, true, true }, printed)
    end)
end)
