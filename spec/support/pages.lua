--- The pages of the manual: their examples, run, and whether they fit a terminal.
--
--    local printed = pages.printed "decay"      -- a flat list of all that they print
--    pages.fits(page)

local engram = require "engram"
local manual = require "engram.manual"

local pages = {}

-- How a paragraph that is Lua begins.
local starts = { "^%s*local ", "^%s*engram%.", "^%s*print%W", "^%s*r = " }

local function is_code(block)
    for _, start in ipairs(starts) do
        if block:match(start) then return true end
    end
    return false
end

-- The paragraphs that are Lua, as one chunk.
local function examples(page)
    local blocks = {}
    for block in (page .. "\n"):gmatch "(.-)\n\n" do
        if is_code(block) then blocks[#blocks + 1] = block end
    end
    return table.concat(blocks, "\n")
end

--- What the page's examples print, value by value; nil is not kept.
function pages.printed(name)
    local printed = {}
    local function keep(...)
        for i = 1, select("#", ...) do printed[#printed + 1] = (select(i, ...)) end
    end
    local chunk = assert(load(examples(manual.page(name)), "=page", "t",
        setmetatable({ engram = engram, print = keep }, { __index = _G })))
    engram.arena():scope(chunk)
    return printed
end

--- Every line has 80 columns at most.
function pages.fits(page)
    for line in page:gmatch "[^\n]+" do assert(#line <= 80, line) end
end

return pages
