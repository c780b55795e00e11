-- engram help spread: what its examples print when they run.

local manual = require "engram.manual"
local pages = require "spec.support.pages"

local page = manual.page "spread"

describe("engram help spread", function()
    it("fits a terminal", function()
        pages.fits(page)
    end)

    it("has examples that run and print what they are about", function()
        local printed = pages.printed "spread"
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
