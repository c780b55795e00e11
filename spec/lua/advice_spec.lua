-- Advice: every row of the design's table, at its edges.

local cjson = require "cjson"
local advice = require "engram.advice"

local K, M = 1024, 1024 ^ 2

local function of(high_water, changes)
    local stats = { capacity = 2 * M, high_water = high_water, allocations = 1000, overflows = 0 }
    for key, value in pairs(changes or {}) do stats[key] = value end
    return advice.of(stats)
end

describe("advice", function()
    it("is none without an allocation", function()
        local given = of(0, { allocations = 0 })
        assert.equal("none", given.verdict)
        assert.is_nil(given.export)
    end)

    it("is none where there is no capacity, and says what an arena would take", function()
        for _, capacity in ipairs { cjson.null, 0 } do
            local given = of(650 * K, { capacity = capacity })
            assert.equal("none", given.verdict)
            assert.truthy(given.text:find("1M", 1, true))
        end
    end)

    local verdicts = {
        { 0.299, "larger than needed" }, { 0.3, "healthy" }, { 0.5, "healthy" }, { 0.8, "healthy" },
        { 0.801, "tight" }, { 1, "tight" }, { 1.001, "too small" }, { 40, "too small" },
    }
    for _, case in ipairs(verdicts) do
        it(("is '%s' at %g of the capacity"):format(case[2], case[1]), function()
            assert.equal(case[2], of(case[1] * 2 * M).verdict)
        end)
    end

    it("is too small from more than 1 % of overflows on", function()
        assert.equal("healthy", of(M, { overflows = 10 }).verdict)
        assert.equal("too small", of(M, { overflows = 11 }).verdict)
    end)

    it("does not promise that the rest of an event will fit, where an overflow ended it", function()
        local stats = { capacity = M, high_water = 2 * M, allocations = 9, overflows = 1 }
        assert.truthy(advice.of(stats, "error").text
            :find("2M would have been used by then; 4M fits that$"))
        for _, policy in ipairs { "grow", "fallback" } do
            assert.truthy(advice.of(stats, policy).text:find("2M would have been used; 4M fits$"))
        end
    end)

    it("does not call an arena too large that overflowed", function()
        assert.equal("healthy", of(K, { overflows = 1 }).verdict)
    end)

    it("names high water / 0.65, rounded up to a power of two or 1.5 of one", function()
        assert.equal(4 * M, of(2.6 * M).arena_size)
        assert.equal(6 * M, of(2.6 * M + 64).arena_size)
        assert.equal(8 * M, of(3.9 * M + 64).arena_size)
        assert.equal("export ENGRAM_ARENA_SIZE=6M", of(2.6 * M + 64).export)
    end)

    it("says by how much an arena is larger than needed", function()
        local given = of(200 * K)
        assert.equal(384 * K, given.arena_size)
        assert.truthy(given.text:find("1.63M less", 1, true))
    end)

    it("keeps the size of a healthy arena", function()
        assert.equal("export ENGRAM_ARENA_SIZE=2M", of(M).export)
    end)

    it("does not ask for less than an arena can be", function()
        local given = of(12 * K, { capacity = 64 * K })
        assert.equal("healthy", given.verdict)
        assert.truthy(given.text:find("there is no smaller arena$"), given.text)
        assert.equal(64 * K, of(64).arena_size)
    end)
end)
