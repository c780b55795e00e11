-- SM-2: sequences of npm supermemo 2.0.23 (measured there), and the text of 1990 by hand.

local engram = require "engram"
local trace = require "spec.support.trace"

local nan = 0 / 0

-- Reviews with each grade in turn: intervals and E-factors.
local function replay(sm2, grades)
    local item, intervals, efs = sm2:first(), {}, {}
    for i, q in ipairs(grades) do
        item = sm2:review(item, q)
        intervals[i], efs[i] = item.interval, item.ef
    end
    return intervals, efs
end

local function near_all(expected, got)
    assert.equal(#expected, #got)
    for i = 1, #expected do assert.near(expected[i], got[i], 1e-9, "number " .. i) end
end

describe("engram.sm2", function()
    local npm = { ef_on_fail = "change", rounding = "nearest", ef_order = "previous" }

    it("has the intervals and E-factors of npm supermemo 2.0.23", function()
        local intervals, efs = replay(engram.sm2(npm), { 5, 5, 4, 3, 2, 5, 4, 0, 3, 3, 5 })
        assert.same({ 1, 6, 16, 43, 1, 1, 6, 1, 1, 6, 8 }, intervals)
        near_all({ 2.6, 2.7, 2.7, 2.56, 2.24, 2.34, 2.34, 1.54, 1.4, 1.3, 1.4 }, efs)
        intervals, efs = replay(engram.sm2(npm), { 0, 4, 2, 2, 5, 3, 4, 5, 3, 2, 4, 4, 0, 5, 1, 4,
            1, 4, 1, 5, 0, 4, 3, 4, 3, 5, 1, 0, 3, 0, 4, 3, 1, 4, 5, 4, 5, 5, 1, 4 })
        assert.same({ 1, 1, 1, 1, 1, 6, 8, 10, 14, 1, 1, 6, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 6, 8, 10,
            13, 1, 1, 1, 1, 1, 6, 1, 1, 6, 8, 11, 17, 1, 1 }, intervals)
        near_all({ 1.7, 1.7, 1.38, 1.3, 1.4, 1.3, 1.3, 1.4, 1.3, 1.3, 1.3, 1.3, 1.3, 1.4, 1.3, 1.3,
            1.3, 1.3, 1.3, 1.4, 1.3, 1.3, 1.3, 1.3, 1.3, 1.4, 1.3, 1.3, 1.3, 1.3, 1.3, 1.3, 1.3,
            1.3, 1.4, 1.4, 1.5, 1.6, 1.3, 1.3 }, efs)
    end)

    it("keeps to the text: the new E-factor, rounded up, kept on a failure", function()
        -- 6 * 2.8 = 16.8, 17 * 2.8 = 47.6; after the 2 as if new, with the 2.8 it had.
        local intervals, efs = replay(engram.sm2(), { 5, 5, 5, 4, 2, 4, 4, 4 })
        assert.same({ 1, 6, 17, 48, 1, 1, 6, 17 }, intervals)
        near_all({ 2.6, 2.7, 2.8, 2.8, 2.8, 2.8, 2.8, 2.8 }, efs)
    end)

    it("moves the E-factor as the text says, not below 1.3", function()
        local moves = { [5] = .1, [4] = 0, [3] = -.14 }
        for q, by in pairs(moves) do
            assert.near(2.5 + by, engram.sm2():review(engram.sm2():first(), q).ef, 1e-12)
        end
        local change = engram.sm2 { ef_on_fail = "change" }
        for q, by in pairs { [2] = -.32, [1] = -.54, [0] = -.8 } do
            assert.near(2.5 + by, change:review(change:first(), q).ef, 1e-12)
            assert.equal(2.5, engram.sm2():review(engram.sm2():first(), q).ef)
        end
        local _, efs = replay(engram.sm2(), { 3, 3, 3, 3, 3, 3, 3, 3, 3, 3 })
        assert.equal(1.3, efs[10])
    end)

    it("rounds 20 times 1.3 to 26, whatever the last bit of the 1.3", function()
        local item = { repetition = 5, interval = 20, ef = 1.3 + 2.3e-16 }
        assert.is_true(item.interval * item.ef > 26)
        assert.equal(26, engram.sm2():review(item, 4).interval)
        assert.equal(27, engram.sm2():review({ repetition = 5, interval = 20, ef = 1.301 }, 4)
            .interval)
    end)

    it("has each option by itself", function()
        local item = { repetition = 2, interval = 6, ef = 2.5 }
        local function interval(options) return engram.sm2(options):review(item, 5).interval end
        assert.equal(16, interval {}) -- 15.6
        assert.near(15.6, interval { rounding = "none" }, 1e-12)
        assert.equal(15, interval { ef_order = "previous" })
        item.interval = 7 -- 18.2
        assert.equal(19, interval { rounding = "up" })
        assert.equal(18, interval { rounding = "nearest" })
    end)

    it("writes into a table when told to, compiled", function()
        local sm2, item = engram.sm2(), engram.sm2():first()
        local compiled, refusal = trace.watch(function()
            assert(item == sm2:review(item, 3, item))
        end)
        assert.is_nil(refusal)
        assert.is_true(compiled > 0)
        assert.equal(1.3, item.ef)
    end)

    it("refuses what it can not take", function()
        local function says(pattern, body)
            local ok, message = pcall(body)
            assert.is_false(ok)
            assert.matches("sm2_spec.lua:%d+: bad argument " .. pattern, message)
        end
        local sm2 = engram.sm2()
        for _, q in ipairs { -1, 6, 2.5, nan, "4" } do
            says("#2 to 'review' %(grade: whole number from 0 to 5", function()
                sm2:review(sm2:first(), q)
            end)
        end
        for key, bad in pairs { repetition = -1, interval = nan, ef = 1.2 } do
            local item = sm2:first()
            item[key] = bad
            says("#1 to 'review' %(" .. key .. ": ", function() sm2:review(item, 4) end)
        end
        says("#1 to 'review' %(item: table", function() sm2:review(1, 4) end)
        says("#3 to 'review' %(into: table", function() sm2:review(sm2:first(), 4, 1) end)
        says("#1 to 'sm2' %(rounding: one of 'nearest', 'none', 'up' expected, got down", function()
            engram.sm2 { rounding = "down" }
        end)
        says("#1 to 'sm2' %(ef_on_fail: one of 'change', 'keep' ", function()
            engram.sm2 { ef_on_fail = true }
        end)
        says("#1 to 'sm2' %(ef_order: ", function() engram.sm2 { ef_order = "after" } end)
        says("#1 to 'sm2' %(unknown option 'round'", function() engram.sm2 { round = "up" } end)
    end)
end)
