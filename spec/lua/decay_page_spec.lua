-- engram help decay: what its examples print when they run.

local curves = require "engram.curves"
local manual = require "engram.manual"
local pages = require "spec.support.pages"

local page = manual.page "decay"

describe("engram help decay", function()
    it("fits a terminal", function()
        pages.fits(page)
    end)

    it("has examples that run and print what they are about", function()
        local printed = pages.printed "decay"
        assert.equal(6, #printed)
        assert.same({ 1, .5 }, { printed[1], printed[2] })
        assert.near(12, printed[3], 1e-12)
        assert.near(86400 * math.log(2), printed[4], 1e-9)
        assert.near(-1.902680880529103, printed[5], 1e-14)
        assert.near(-1.949408, printed[6], 6e-7)
    end)

    it("names every curve with its parameters", function()
        for curve in ("exponential halflife power power1 wickelgren fsrs savings1885 two_exp " ..
            "memory_chain"):gmatch "%S+" do
            assert.truthy(page:find("\n  " .. curve .. " ", 1, true), curve)
        end
        for _, unit in ipairs { "ms", "s", "min", "h", "d" } do
            assert.truthy(page:find('"' .. unit .. '"', 1, true))
            curves.read({ curve = "halflife", h = 1, time_unit = unit }, 1, "page")
        end
    end)
end)
