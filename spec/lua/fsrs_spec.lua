-- FSRS against numbers published by its authors' projects and those of npm ts-fsrs
-- (science.md 3.4, spec/support/fsrs_histories.lua), one card at a time and many at once.

local engram = require "engram"
local histories = require "spec.support.fsrs_histories"
local random = require "spec.support.random"
local trace = require "spec.support.trace"

local nan, inf = 0 / 0, 1 / 0

local function near(expected, got, relative, hint)
    assert.is_true(math.abs(got / expected - 1) <= relative,
        ("%.12g expected, got %.12g %s"):format(expected, got, hint or ""))
end

local function state(s, d) return { stability = s, difficulty = d } end

local function rounded(days) return math.max(1, math.floor(days + .5)) end

describe("engram.fsrs", function()
    local fsrs = engram.fsrs()

    -- Published in its tests, computed in f32: 2e-6.
    it("has the numbers of fsrs-rs", function()
        local left = { 1, .9403443, .9253786, .9185229, .9, .8261359 }
        for i, s in ipairs { 1, 2, 3, 4, 4, 2 } do
            near(left[i], fsrs:retrievability(state(s, 5), i - 1), 2e-6)
        end
        local same_day = { 1.596818, 5, 5, 8.12961 }
        local difficulty = { 8.341763, 6.6659956, 4.990228, 3.3144615 }
        for g = 1, 4 do
            local after = fsrs:review(state(5, 5), g, 0)
            near(same_day[g], after.stability, 2e-6)
            near(difficulty[g], after.difficulty, 2e-6)
        end
        local first_two = {
            { .10088589, 8.806304 }, { 3.2494123, 6.7404594 }, { 7.3153, 2.1112142 },
            { 18.014914, 1 },
        }
        for g = 1, 4 do
            local after = fsrs:review(fsrs:first(g), g, 1)
            near(first_two[g][1], after.stability, 2e-6)
            near(first_two[g][2], after.difficulty, 2e-6)
        end
    end)

    -- Its inputs are S = 5, D = 1 to 4 and R = 0.9 to 0.6; here R comes from the days until then.
    -- Its first success has grade 1, which as a success is what grade 3 is.
    it("has the stabilities of fsrs-rs after success and lapse", function()
        local success = { 25.602541, 28.226582, 58.656002, 127.226685 }
        local lapse = { 1.0525396, 1.1894329, 1.3680838, 1.584989 }
        for d = 1, 4 do
            local before = state(5, d)
            local days = fsrs:interval(before, 1 - d / 10)
            near(lapse[d], fsrs:review(before, 1, days).stability, 2e-6)
            local grade = d == 1 and 3 or d
            near(success[d], fsrs:review(before, grade, days).stability, 2e-6)
        end
    end)

    it("has the intervals of fsrs-rs, in whole days (the first one in f64)", function()
        local days = { 3116769, 34793, 2508, 387, 90, 27, 9, 3, 1, 1 }
        for i, n in ipairs(days) do
            assert.equal(n, rounded(fsrs:interval(state(1, 5), i / 10)))
        end
        near(1, fsrs:interval(state(1, 5)), 1e-15)
        for r, s in pairs { [.7] = 9.287911182417, [.8] = 3.315959786231, [.85] = 1.906426133053,
            [.95] = .402558691990, [.97] = .222768440745 } do
            assert.near(7 * s, fsrs:interval(state(7, 5), r), 7 * 5.1e-13) -- derived, 12 decimals
        end
    end)

    -- Its first test: reviews on the due date, learning steps (which are the same day) where
    -- an interval is 0; and its memory state, given to 1e-4, which ts-fsrs has to 8 decimals.
    it("has the schedule and the state of py-fsrs", function()
        local grades = { 3, 3, 3, 3, 3, 3, 1, 1, 3, 3, 3, 3, 3 }
        local expected = { 0, 2, 11, 46, 163, 498, 0, 0, 2, 4, 7, 12, 21 }
        local card = fsrs:first(3)
        for i = 2, #grades do
            card = fsrs:review(card, grades[i], expected[i - 1])
            if expected[i] > 0 then assert.equal(expected[i], rounded(fsrs:interval(card))) end
        end
        card = fsrs:first(1)
        for _, days in ipairs { 0, 1, 3, 8, 21 } do card = fsrs:review(card, 3, days) end
        assert.near(53.62690465, card.stability, 1e-5)
        assert.near(6.35748708, card.difficulty, 1e-8)
    end)

    it("has the retrievabilities of versions 4.5 to 6 (derived, 15 digits)", function()
        local old, now = engram.fsrs { version = 5 }, fsrs
        for _, case in ipairs {
            { old, 1, 2, .946058996209746 }, { old, 2, 3, .929929396929692 },
            { old, 30, 10, .766130877682874 }, { old, 365, 10, .323393881086331 },
            { old, 1 / 1440, 1, .999918562761187 }, { now, 1, 2, .940344288892923 },
            { now, 2, 3, .925378632368948 }, { now, 3, 4, .918522904563055 },
            { now, 5, 2, .826135877362045 }, { now, 30, 10, .809388103573171 },
            { now, 365, 10, .573558674623510 } } do
            local model, t, s, r = unpack(case)
            assert.near(r, model:retrievability(state(s, 5), t), 1e-14)
        end
        assert.equal(.5, old.decay)
        assert.equal(.5, engram.fsrs { version = 4.5 }.decay)
        assert.equal(.1542, now.decay)
    end)

    it("4 forgets by (1 + t/9S)^-1", function()
        local four = engram.fsrs { version = 4 }
        for t = 0, 40 do
            near(1 / (1 + t / (9 * 7)), four:retrievability(state(7, 5), t), 1e-14)
        end
        near(9 * 7 * (1 / .8 - 1), four:interval(state(7, 5), .8), 1e-14)
    end)

    it("keeps 0.9 for S days, and interval is the way back", function()
        local data = random.new(81)
        for _, version in ipairs { 4, 4.5, 5, 6 } do
            local model = engram.fsrs { version = version }
            for _ = 1, 100 do
                local card = state(10 ^ (5 * data:uniform() - 2), 5)
                near(.9, model:retrievability(card, card.stability), 1e-15, data.hint)
                local target = .05 + .94 * data:uniform()
                local days = model:interval(card, target)
                near(target, model:retrievability(card, days), 1e-13, data.hint)
            end
        end
    end)

    -- Each step from ts-fsrs' own last state, so that only its rounding of R to 8 decimals counts:
    -- 2e-6 of S; and the whole history, where that adds up. D: half its last digit, and a bit.
    it("follows the histories of ts-fsrs", function()
        for _, of in ipairs(histories) do
            local model = engram.fsrs { version = of.version, weights = of.weights }
            for number, rows in ipairs(of.histories) do
                local whole = model:first(rows[1][1])
                local step = whole
                for i, row in ipairs(rows) do
                    local grade, days, s, d = unpack(row)
                    local hint = ("version %g, history %d, row %d"):format(of.version, number, i)
                    if i > 1 then
                        local before = state(rows[i - 1][3], rows[i - 1][4])
                        step, whole = model:review(before, grade, days),
                            model:review(whole, grade, days)
                    end
                    assert.near(s, step.stability, 2e-6 * s + 1e-8, hint)
                    assert.near(d, step.difficulty, 2e-8, hint)
                    assert.near(s, whole.stability, 1e-5 * s + 1e-7, hint)
                    assert.near(d, whole.difficulty, 1e-6, hint)
                end
            end
        end
    end)

    it("takes the version from the number of weights", function()
        for version, n in pairs { [4.5] = 17, [5] = 19, [6] = 21 } do
            local model = engram.fsrs { version = version }
            assert.equal(n, #model.weights)
            assert.equal(version, engram.fsrs({ weights = model.weights }).version)
        end
        local four = engram.fsrs { version = 4, weights = engram.fsrs({ version = 4.5 }).weights }
        assert.equal(4, four.version)
        local weights = engram.fsrs().weights
        weights[3], weights[21] = 7, .3
        local own = engram.fsrs { weights = weights }
        assert.equal(7, own:first(3).stability)
        assert.equal(.3, own.decay)
        assert.equal(2.3065, fsrs:first(3).stability)
    end)

    it("clamps D to 1 and 10 and S to 0.001 and 36500", function()
        local card = fsrs:first(1)
        for _ = 1, 50 do card = fsrs:review(card, 1, 0) end
        assert.is_true(card.difficulty > 9.9 and card.difficulty <= 10)
        assert.equal(.001, card.stability)
        for _ = 1, 30 do card = fsrs:review(card, 4, 36500) end
        assert.equal(1, card.difficulty)
        assert.equal(36500, card.stability)
    end)

    it("writes into a table when told to, also the state itself", function()
        local card, fresh = state(5, 5), fsrs:review(state(5, 5), 3, 4)
        assert.is_true(card == fsrs:review(card, 3, 4, card))
        assert.same(fresh, card)
    end)

    it("reviews without leaving compiled code", function()
        local card = state(5, 5)
        local compiled, refusal = trace.watch(function()
            fsrs:review(card, 3, 4, card)
            card.stability = 5 + fsrs:retrievability(card, 3) + fsrs:interval(card, .8) / 1e9
        end)
        assert.is_nil(refusal)
        assert.is_true(compiled > 0)
    end)
end)

describe("fsrs refuses", function()
    local fsrs = engram.fsrs()
    local card = state(5, 5)

    local function says(pattern, body)
        local ok, message = pcall(body)
        assert.is_false(ok)
        assert.matches("fsrs_spec.lua:%d+: bad argument " .. pattern, message)
    end

    it("what is no grade, no time and no state", function()
        for _, grade in ipairs { 0, 5, 2.5, nan, "3", -1 } do
            says("#1 to 'first' %(grade: 1 again", function() fsrs:first(grade) end)
            says("#2 to 'review' %(grade: 1 again", function() fsrs:review(card, grade, 1) end)
        end
        for _, days in ipairs { -1, -1e-9, nan, inf, "1" } do
            says("#3 to 'review' %(days: number from 0", function() fsrs:review(card, 3, days) end)
            says("#2 to 'retrievability' %(days", function() fsrs:retrievability(card, days) end)
        end
        for _, s in ipairs { 0, -1, nan, inf, "5" } do
            says("#1 to 'review' %(stability: ", function() fsrs:review(state(s, 5), 3, 1) end)
            says("#1 to 'interval' %(stability: ", function() fsrs:interval(state(s, 5)) end)
        end
        for _, d in ipairs { 0, .9, 10.1, nan } do
            says("#1 to 'review' %(difficulty: ", function() fsrs:review(state(5, d), 3, 1) end)
        end
        for _, retention in ipairs { 0, -1, 1.1, nan } do
            says("#2 to 'interval' %(retention: ", function() fsrs:interval(card, retention) end)
        end
        says("#2 to 'interval' %(1e%-300 or more is left at every age%)",
            function() fsrs:interval(card, 1e-300) end)
        says("#1 to 'review' %(state: table", function() fsrs:review(5, 3, 1) end)
        says("#4 to 'review' %(into: table", function() fsrs:review(card, 3, 1, 1) end)
    end)

    it("models that do not exist", function()
        says("#1 to 'fsrs' %(version: 4, 4.5, 5 or 6 expected, got 7", function()
            engram.fsrs { version = 7 }
        end)
        says("#1 to 'fsrs' %(weights: 21 expected by version 6, got 3", function()
            engram.fsrs { weights = { 1, 2, 3 } }
        end)
        says("#1 to 'fsrs' %(weights: 19 expected by version 5, got 21", function()
            engram.fsrs { version = 5, weights = fsrs.weights }
        end)
        says("#1 to 'fsrs' %(weights: table of numbers expected", function()
            engram.fsrs { weights = 1 }
        end)
        says("#1 to 'fsrs' %(unknown option 'w'", function() engram.fsrs { w = {} } end)
        for i, bad in pairs { [1] = 0, [9] = nan, [10] = "x", [12] = inf, [21] = 0 } do
            local weights = {}
            for k, w in ipairs(fsrs.weights) do weights[k] = w end
            weights[i] = bad
            says("#1 to 'fsrs' %(weight " .. i .. ": number from", function()
                engram.fsrs { weights = weights }
            end)
        end
    end)
end)
