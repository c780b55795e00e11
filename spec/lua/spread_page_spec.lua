-- engram help spread: what its examples print when they run.

local engram = require "engram"
local manual = require "engram.manual"

local page = manual.page "spread"

-- The paragraphs that are Lua, as one chunk.
local function examples()
    local blocks = {}
    for block in (page .. "\n"):gmatch "(.-)\n\n" do
        local is_code = block:match "^%s*local " or block:match "^  r = " or block:match "^  print"
        if is_code then blocks[#blocks + 1] = block end
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
        local latency, recall = table.remove(printed, 13), table.remove(printed, 13)
        assert.near(.25438961, latency, 5e-8) -- derived, science of the fan effect
        assert.near(1 / (1 + math.exp(-.9068528194400548 / .4)), recall, 1e-7)
        assert.same({
            1, 1.15625, 2, .5, 4, .3125, 3, .25, .3125, 3, 4, 0, -- once; nil is not kept
            3, .25, 80,                                          -- relations, bytes
            4, .5625, 2, "budget", .5625,                        -- best
            20, 4, 1,                                            -- many
        }, printed)
    end)
end)
