-- engram.fit_decay against published data (science.md 3.3) with the fits derived there, and fits
-- by scipy 1.10.1 (optimize.least_squares, optimize.minimize) made for this spec.

local engram = require "engram"
local random = require "spec.support.random"

local nan, inf = 0 / 0, 1 / 0
local fit_decay = engram.fit_decay

-- Murre and Dros 2015, table 3, savings; minutes as used in their fits.
local minutes = { 19, 63, 525, 1440, 2880, 8640, 44640 }
local savings = {
    Ebbinghaus = { .582, .442, .358, .337, .278, .254, .211 },
    Mack = { .544, .432, .285, .316, .365, .309, .258 },
    Seitz = { .442, .325, .270, .270, .286, .205, .201 },
    Dros = { .472, .373, .276, .317, .230, .168, .041 },
}
-- Murdock 1961, as used by Myung 2003: 100 trials at each age.
local murdock = { t = { 1, 3, 6, 9, 12, 18 }, y = { .94, .77, .40, .26, .24, .16 } }

-- Half a unit of the last digit that is given.
local function fits(found, expected, digits)
    assert.is_true(found.converged)
    for name, value in pairs(expected) do
        assert.near(value, found[name], .5001 * 10 ^ -(digits or 6), found.curve .. "." .. name)
    end
end

describe("engram.fit_decay", function()
    it("fits Murre and Dros' table by power and savings1885 (derived, 6 digits)", function()
        for name, expected in pairs {
            Ebbinghaus = { { .818370, .130159 }, { 1.783657, 1.199125 } },
            Mack = { { .659740, .092471 }, { 1.326794, .867602 } },
            Seitz = { { .548079, .099007 }, { .895779, .816276 } },
            Dros = { { .782400, .166377 }, { 1.343003, 1.325516 } },
        } do
            local power = fit_decay(minutes, savings[name], { curve = "power" })
            local own = fit_decay(minutes, savings[name], { curve = "savings1885" })
            -- The reference's own digits: 2e-6 on the flattest row, Dros.
            assert.near(expected[1][1], power.a, 2e-6, name)
            assert.near(expected[1][2], power.b, 1e-6, name)
            assert.near(expected[2][1], own.k, 5e-6, name)
            assert.near(expected[2][2], own.c, 5e-6, name)
            assert.is_true(power.converged and own.converged)
        end
    end)

    it("has all retained up to the first minute by savings1885", function()
        local t, y = { .25, 1, unpack(minutes) }, { 1, 1, unpack(savings.Ebbinghaus) }
        local found = fit_decay(t, y, { curve = "savings1885" })
        fits(found, { k = 1.783657, c = 1.199125 }, 5)
    end)

    it("has the R^2 of Ebbinghaus' row, and its fit at his own times (derived)", function()
        local y = savings.Ebbinghaus
        fits(fit_decay(minutes, y, { curve = "power" }), { r2 = .9747 }, 4)
        fits(fit_decay(minutes, y, { curve = "savings1885" }), { r2 = .9811 }, 4)
        fits(fit_decay(minutes, y, { curve = "exponential" }), { r2 = .397 }, 3)
        local own = { 20, 64, 526, 1440, 2880, 8640, 44640 }
        fits(fit_decay(own, y, { curve = "power" }), { r2 = .973488 })
        fits(fit_decay(own, y, { curve = "power" }), { a = .82466902, b = .13110406 }, 7)
    end)

    it("fits Murdock's data by likelihood and by squares (derived, 6 digits)", function()
        local t, y = murdock.t, murdock.y
        local function mle(curve)
            return fit_decay(t, y, { curve = curve, method = "mle", trials = 100 })
        end
        fits(mle "power", { a = .953123, b = .497933 })
        fits(mle "power", { log_likelihood = -313.3652 }, 4)
        local exponential = mle "exponential"
        fits(exponential, { a = 1.070112 })
        assert.near(.130826, 1 / exponential.tau, .5e-6)
        fits(exponential, { log_likelihood = -305.3056 }, 4)
        fits(fit_decay(t, y, { curve = "power" }), { a = 1.002828, b = .510588 }, 5)
        fits(fit_decay(t, y, { curve = "power" }), { r2 = .8937 }, 4)
        local squares = fit_decay(t, y, { curve = "exponential" })
        fits(squares, { a = 1.091563 })
        assert.near(.141103, 1 / squares.tau, .5e-6)
        fits(squares, { r2 = .9667 }, 4)
    end)

    -- 5e-6 relative: what the stop rules of both leave open where parameters trade.
    it("fits the other curves as scipy does", function()
        local t, y = murdock.t, murdock.y
        local function near(found, expected)
            for name, value in pairs(expected) do
                assert.near(1, found[name] / value, 5e-6, found.curve .. "." .. name)
            end
        end
        local mle = { method = "mle", trials = 100 }
        local function both(curve, squares, likelihood)
            mle.curve = curve
            near(fit_decay(t, y, { curve = curve }), squares)
            near(fit_decay(t, y, mle), likelihood)
        end
        both("power1", { a = 1.63322489, b = .70931969, r2 = .9316267100464464 },
            { a = 1.53704484, b = .68973149, log_likelihood = -309.02761588120126 })
        both("hyperbolic", { a = 16.46200392, b = 1.67411324, r2 = .9820528751413768 },
            { a = 15.37915977, b = 1.61616975, log_likelihood = -302.76920172008874 })
        both("wickelgren", { lambda = 1.16069141, beta = .06684959, psi = 2.82201121 },
            { lambda = 1.13130958, beta = .07228443, psi = 2.54778849,
                log_likelihood = -303.64264286725586 })
        both("fsrs", { s = .82286006, decay = 26.32732898 },
            { s = .84720809, decay = 15.08901144, log_likelihood = -307.08231281515924 })
        both("halflife", { h = 7.08701695 * math.log(2) }, { h = 7.64375252 * math.log(2) })
        near(fit_decay(minutes, savings.Dros, { curve = "wickelgren" }),
            { lambda = .4223385, psi = .42270032, r2 = .89783750111578 })
        both("weibull", { a = 1.21474849, b = .231246923, c = .807469267, r2 = .9706500756447547 },
            { a = 1.20943969, b = .245268959, c = .767026882, log_likelihood = -304.2353647768 })
        both("exponential_c", { a = 1.03629625, tau = 5.11160446, c = .118888713 },
            { a = 1.00162474, tau = 5.33232543, c = .117693164, log_likelihood = -302.94077490363 })
        near(fit_decay(minutes, savings.Dros, { curve = "weibull" }),
            { a = .503017969, b = .0506657085, c = .345795667, r2 = .9356820212926331 })
        near(fit_decay(minutes, savings.Ebbinghaus, { curve = "exponential_c" }),
            { a = .271702157, tau = 821.164012, c = .249473763, r2 = .867425824374172 })
        near(fit_decay(minutes, savings.Ebbinghaus, { curve = "power_c" }),
            { a = .797017542, b = .198975474, c = .123261116, r2 = .9790548910453758 })
    end)

    it("weighs each age by its trials, as scipy does", function()
        local options = { curve = "exponential", method = "mle",
            trials = { 20, 40, 60, 80, 100, 120 } }
        local found = fit_decay(murdock.t, murdock.y, options)
        fits(found, { a = 1.03542842, tau = 8.09067184, log_likelihood = -224.12118818 })
        assert.near(2 * math.log(420) + 2 * 224.12118818, found.bic, 1e-6)
        options.trials = engram.vector(options.trials)
        assert.equal(found.a, fit_decay(murdock.t, murdock.y, options).a)
    end)

    -- Data without errors: exact but for rounding, which three parameters that trade enlarge.
    it("finds the parameters that made the data", function()
        local data = random.new(84)
        local t = { 1, 2, 3, 5, 8, 16, 32, 64 }
        local function made(curve, truth, at)
            local y = {}
            for i, age in ipairs(t) do y[i] = at(age) end
            for _, method in ipairs { "lse", "mle" } do
                local found = fit_decay(t, y, { curve = curve, method = method,
                    trials = method == "mle" and 50 or nil })
                assert.is_true(found.converged, data.hint)
                assert.is_true(found.r2 > 1 - 1e-12, data.hint)
                for name, value in pairs(truth) do
                    assert.near(1, found[name] / value, 1e-4, curve .. "." .. name .. data.hint)
                end
            end
        end
        for _ = 1, 10 do
            local a, b, tau = .3 + .3 * data:uniform(), .1 + data:uniform(), 2 + 40 * data:uniform()
            made("exponential", { a = a, tau = tau }, function(x) return a * math.exp(-x / tau) end)
            made("power", { a = a, b = b }, function(x) return a * x ^ -b end)
            made("power1", { a = a, b = b }, function(x) return a * (1 + x) ^ -b end)
            made("hyperbolic", { a = tau, b = b }, function(x) return tau / (tau + x ^ b) end)
            made("wickelgren", { lambda = a, beta = b, psi = b },
                function(x) return a * (1 + b * x) ^ -b end)
            made("fsrs", { s = tau, decay = b },
                function(x) return (1 + (.9 ^ (-1 / b) - 1) * x / tau) ^ -b end)
            made("weibull", { a = a, b = b, c = a },
                function(x) return a * math.exp(-b * x ^ a) end)
            made("exponential_c", { a = a, tau = tau, c = b / 4 },
                function(x) return a * math.exp(-x / tau) + b / 4 end)
            made("power_c", { a = a, b = b, c = b / 4 },
                function(x) return a * x ^ -b + b / 4 end)
        end
    end)

    it("is never worse than the truth, on noisy data", function()
        local data = random.new(85)
        for _ = 1, 50 do
            local a, b = .5 + .4 * data:uniform(), .1 + .5 * data:uniform()
            local t, y, squares = {}, {}, 0
            for i = 1, 10 do
                t[i] = 2 ^ i
                y[i] = math.max(0, math.min(1, a * t[i] ^ -b + .02 * data:normal()))
                squares = squares + (y[i] - a * t[i] ^ -b) ^ 2
            end
            local found = fit_decay(t, y, { curve = "power" })
            assert.is_true(found.converged, data.hint)
            assert.is_true(found.rmse <= math.sqrt(squares / 10), data.hint)
        end
    end)

    it("without a curve, fits several and lists the least aic first", function()
        local list = fit_decay(murdock.t, murdock.y)
        assert.equal("hyperbolic", list[1].curve)
        assert.equal(8, #list) -- power_c runs off to power
        for i = 2, #list do assert.is_true(list[i - 1].aic <= list[i].aic) end
        for _, one in ipairs(list) do
            local alone = fit_decay(murdock.t, murdock.y, { curve = one.curve })
            assert.same(alone, one)
            local k = (one.psi or one.c) and 3 or 2
            assert.near(6 * math.log(one.rmse ^ 2) + 2 * (k + 1), one.aic, 1e-9)
            assert.near(one.aic + (k + 1) * (math.log(6) - 2), one.bic, 1e-9)
        end
    end)

    it("says that a fit which runs off to another curve has not converged", function()
        local y = savings.Ebbinghaus
        local wickelgren = fit_decay(minutes, y, { curve = "wickelgren" })
        assert.is_false(wickelgren.converged)
        assert.near(fit_decay(minutes, y, { curve = "power" }).rmse, wickelgren.rmse, 1e-6)
        for _, found in ipairs(fit_decay(minutes, y)) do
            assert.is_true(found.converged)
            assert.is_true(found.curve ~= "wickelgren")
        end
    end)

    it("starts where it is told, and takes vectors", function()
        local t, y = engram.vector(murdock.t), engram.vector(murdock.y)
        local found = fit_decay(t, y, { curve = "power", start = { a = .9, b = .4 } })
        assert.near(.510588, found.b, 1e-5)
        -- Where more than 1 is predicted p is held and pulls nowhere: scipy, too, ends there.
        local held = fit_decay(murdock.t, murdock.y,
            { curve = "power", method = "mle", trials = 100, start = { a = 3, b = .5 } })
        fits(held, { a = 2.056727, b = .899463 })
        fits(held, { log_likelihood = -402.26695 }, 5)
        -- 1e300 at the first age leaves the range of a number at once.
        local nothing, message = fit_decay(murdock.t, murdock.y,
            { curve = "power", start = { a = 1e300, b = 1 } })
        assert.is_nil(nothing)
        assert.equal("power has no value at these ages and this start", message)
    end)

    it("answers nil and why when there is nothing to fit", function()
        local function why(...)
            local found, message = fit_decay(...)
            assert.is_nil(found)
            return message
        end
        local power, exponential = { curve = "power" }, { curve = "exponential" }
        assert.equal("power has 2 parameters: measurements at as many ages are needed, got 0",
            why({}, {}, power))
        assert.equal("exponential has 2 parameters: measurements at as many ages are needed, got 1",
            why({ 1 }, { .5 }))
        assert.matches("got 1", why({ 3, 3, 3 }, { .5, .4, .3 }, power))
        assert.matches("wickelgren has 3 parameters",
            why({ 1, 2 }, { .5, .4 }, { curve = "wickelgren" }))
        for _, method in ipairs { "lse", "mle" } do
            local options = { method = method, trials = method == "mle" and 10 or nil }
            for _, y in ipairs { 0, .5, 1 } do
                assert.equal("retained does not fall with age: it is the same at each",
                    why({ 1, 2, 3 }, { y, y, y }, options))
            end
            assert.equal("retained does not fall with age: the best exponential is flat",
                why({ 1, 2, 3 }, { .5, .6, .7 }, options))
            options.curve = "power"
            assert.equal("retained does not fall with age: the best power is flat",
                why({ 1, 2, 3 }, { .5, .6, .7 }, options))
        end
        assert.equal("power has no value at age 0", why({ 0, 1, 2 }, { .9, .5, .4 }, power))
        assert.is_true(fit_decay({ 0, 1, 2 }, { .9, .5, .4 }, exponential).converged)
        for _, found in ipairs(fit_decay({ 0, 1, 2, 4 }, { .9, .5, .4, .3 })) do
            assert.is_true(found.curve ~= "power" and found.curve ~= "power_c")
        end
    end)

    it("fits data that rise in between", function()
        local found = fit_decay({ 1, 2, 3 }, { .5, .6, .1 }, { curve = "power" })
        assert.is_true(found.converged)
        assert.is_true(found.r2 > 0 and found.r2 < 1)
    end)

    it("refuses what it can not take", function()
        local t, y = murdock.t, murdock.y
        for pattern, arguments in pairs {
            ["#1 .*ages: table or vector of numbers expected, got nil"] = { nil, y },
            ["#1 .*ages, 2: number from 0 expected, got %-1"] = { { 1, -1 }, { 1, 1 } },
            ["#1 .*ages, 1: number from 0 expected, got %-?nan"] = { { nan, 1 }, { 1, 1 } },
            ["#1 .*ages, 1: number from 0 expected, got inf"] = { { inf, 1 }, { 1, 1 } },
            ["#2 .*retained: 6 expected, as there are ages, got 1"] = { t, { 1 } },
            ["#2 .*retained, 1: number from 0 to 1 expected, got 58.2"] = { { 1 }, { 58.2 } },
            ["#2 .*retained, 1: number from 0 to 1 expected, got %-?nan"] = { { 1 }, { nan } },
            ["#2 .*retained, 1: number from 0 to 1 expected, got x"] = { { 1 }, { "x" } },
            ["#3 .*curve: one of 'exponential', 'exponential_c', 'fsrs', "] =
                { t, y, { curve = "linear" } },
            ["#3 .*method: one of 'lse', 'mle' expected"] = { t, y, { method = "map" } },
            ["#3 .*trials: mle asks how many"] = { t, y, { method = "mle" } },
            ["#3 .*trials: lse takes none"] = { t, y, { trials = 100 } },
            ["#3 .*trials: number from 1 expected, got 0"] =
                { t, y, { method = "mle", trials = 0 } },
            ["#3 .*trials: 6 expected, as there are ages, got 1"] =
                { t, y, { method = "mle", trials = { 1 } } },
            ["#3 .*start belongs to a curve"] = { t, y, { start = { a = 1 } } },
            ["#3 .*start, b: number above 0 expected, got nil"] =
                { t, y, { curve = "power", start = { a = 1 } } },
            ["#3 .*start: no parameter is called k"] =
                { t, y, { curve = "power", start = { a = 1, b = 1, k = 1 } } },
            ["#3 .*unknown option 'model'"] = { t, y, { model = "power" } },
        } do
            local ok, message = pcall(function() fit_decay(unpack(arguments, 1, 3)) end)
            assert.is_false(ok)
            assert.matches("fit_spec.lua:%d+: bad argument " .. pattern, message)
        end
    end)
end)
