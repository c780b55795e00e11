-- engram help similarity: what its examples print when they run.

local manual = require "engram.manual"
local pages = require "spec.support.pages"

local page = manual.page "similarity"

describe("engram help similarity", function()
    it("fits a terminal", function()
        pages.fits(page)
    end)

    it("has examples that run and print what they are about", function()
        local printed = pages.printed "similarity"
        for i, x in ipairs(printed) do
            if type(x) == "number" then printed[i] = math.floor(x * 1e5 + 0.5) / 1e5 end
        end
        assert.same({ 655, 1, 10000, 1, 3, 1, 1, 1, 64, 5, 64, 64, 1, true, true }, printed)
    end)
end)
