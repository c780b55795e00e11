-- engram help scheduling: what its examples print when they run.

local manual = require "engram.manual"
local pages = require "spec.support.pages"

local page = manual.page "scheduling"

describe("engram help scheduling", function()
    it("fits a terminal", function()
        pages.fits(page)
    end)

    it("has examples that run and print what they are about", function()
        local printed = pages.printed "scheduling"
        -- Two cards, an item, two fits and eight of a list: retrievability after 30 days of the
        -- 59 that the interval says, and so on.
        assert.equal(2 + 3 + 6 + 3 + 16, #printed)
        assert.is_true(printed[1] > .9 and printed[1] < 1)
        assert.is_true(printed[2] > 30)
        assert.same({ 1, 1, 2.5 }, { unpack(printed, 3, 5) })
        assert.near(1.002828, printed[6], 1e-5)
        assert.equal(true, printed[11])
        assert.near(-305.3056, printed[14], 1e-4)
        assert.equal("hyperbolic", printed[15])
    end)
end)
