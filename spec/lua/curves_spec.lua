-- Curves by name, engram.interval and engram.base_level: the published numbers (science.md 3.3
-- and 3.4), plain doubles written here from the definitions, units, and what is refused.

local ffi = require "ffi"
local C = require "engram.c"
local arena = require "engram.arena"
local decay = require "engram.decay"
local matrix = require "engram.matrix"
local curves = require "engram.curves"
local base_level = require("engram.base_level").base_level
local random = require "spec.support.random"

local nan = 0 / 0

-- R in double, as C has it: what is read by name, at an age in age_unit.
local function retention(age, options)
    curves.read(options, 1, "retention")
    return C.eg_retention(curves.request, age)
end

local function left(age, options)
    return arena.current():scope(function()
        return (decay.decay({ 1 }, { age }, options):get(1))
    end)
end

local function near(expected, got, relative)
    assert.is_true(math.abs(got / expected - 1) <= relative,
        ("%.17g expected, got %.17g"):format(expected, got))
end

local each = {
    { curve = "savings1885" }, { curve = "savings1885", k = 1.78, c = 1.2 },
    { curve = "wickelgren", lambda = .9, beta = .3, psi = .4 },
    { curve = "two_exp", a = .9, w = .6, tau1 = 1.15, tau2 = 28, c = .05 },
    { curve = "memory_chain", mu1 = 2, mu2 = .1, a1 = .5, a2 = .01 },
    { curve = "memory_chain", mu1 = 2, mu2 = .1, a1 = .5, a2 = .5 },
    { curve = "fsrs", s = 3 }, { curve = "fsrs", s = 10, decay = .5 },
}
local plain = {
    savings1885 = function(t, o)
        local k, c = o.k or 1.84, o.c or 1.25
        return t <= 1 and 1 or k / ((math.log(t) / math.log(10)) ^ c + k)
    end,
    wickelgren = function(t, o) return o.lambda / (1 + o.beta * t) ^ o.psi end,
    two_exp = function(t, o)
        return o.a * (o.w * math.exp(-t / o.tau1) + (1 - o.w) * math.exp(-t / o.tau2)) + o.c
    end,
    memory_chain = function(t, o)
        local first = math.exp(-o.a1 * t)
        local second = o.a1 == o.a2 and t * first
            or (math.exp(-o.a2 * t) - first) / (o.a1 - o.a2)
        return 1 - math.exp(-o.mu1 * (first + o.mu2 * second))
    end,
    fsrs = function(t, o)
        local p = o.decay or .1542
        return (1 + (.9 ^ (-1 / p) - 1) * t / o.s) ^ -p
    end,
}

describe("a curve", function()
    it("savings1885 has Ebbinghaus' numbers (derived, 8 digits; his calc column within .08)",
        function()
        local calc = { 57.0, 46.7, 34.5, 30.4, 28.1, 24.9, 21.2 }
        local formula = { 56.974731, 46.773190, 34.491269, 30.411012, 28.057713, 24.915879,
            21.227870 }
        for i, t in ipairs { 20, 64, 526, 1440, 2880, 8640, 44640 } do
            assert.near(formula[i], 100 * retention(t, { curve = "savings1885" }), 5.1e-7)
            assert.near(calc[i], 100 * left(t, { curve = "savings1885" }), .08)
        end
        for _, t in ipairs { 0, .5, 1 } do assert.equal(1, left(t, { curve = "savings1885" })) end
    end)

    it("fsrs has its f64 retrievabilities (derived, 15 digits)", function()
        for _, case in ipairs {
            { 1, 2, .946058996209746, .5 }, { 2, 3, .929929396929692, .5 },
            { 30, 10, .766130877682874, .5 }, { 365, 10, .323393881086331, .5 },
            { 1 / 1440, 1, .999918562761187, .5 }, { 1, 2, .940344288892923 },
            { 2, 3, .925378632368948 }, { 3, 4, .918522904563055 },
            { 5, 2, .826135877362045 }, { 30, 10, .809388103573171 },
            { 365, 10, .573558674623510 } } do
            local t, s, r, power = unpack(case)
            assert.near(r, retention(t, { curve = "fsrs", s = s, decay = power }), 1e-14)
        end
        for s = 1, 9 do near(.9, retention(s, { curve = "fsrs", s = s }), 4e-16) end
    end)

    it("fsrs agrees with fsrs-rs (published, f32: relative 2e-6)", function()
        local expected = { 1, .9403443, .9253786, .9185229, .9, .8261359 }
        for i, s in ipairs { 1, 2, 3, 4, 4, 2 } do
            near(expected[i], left(i - 1, { curve = "fsrs", s = s }), 2e-6)
        end
    end)

    -- A few roundings in each of two ways to compute the same; 2e-16 absolute, which is what
    -- the 1 - e^-r of the plain one loses where little is left.
    it("is what its definition says in plain doubles (relative 1e-13)", function()
        for _, options in ipairs(each) do
            for i = -30, 60 do
                local t = 1.2 ^ i
                local exact = plain[options.curve](t, options)
                assert.near(exact, retention(t, options), 1e-13 * exact + 2e-16)
                local double = retention(t, options) -- rounded once, to float
                assert.near(double, left(t, options), 6.1e-8 * double + 2 ^ -149)
            end
        end
    end)

    it("has its R(0), and never rises but memory_chain", function()
        local zero = { 1, 1, .9, .95, 1 - math.exp(-2), 1 - math.exp(-2), 1, 1 }
        for i, options in ipairs(each) do
            near(zero[i], retention(0, options), 4e-16)
            local before = 1
            for k = -200, 600 do
                local now = left(1.1 ^ k, options)
                assert.is_true(now <= before, options.curve)
                before = now
            end
        end
        local rising = { curve = "memory_chain", mu1 = 1, mu2 = 3, a1 = 1, a2 = .1 }
        assert.is_true(retention(1, rising) > retention(0, rising))
    end)

    it("memory_chain is continuous at a1 = a2 (relative 1e-9 at a distance of 1e-10)", function()
        local close = { curve = "memory_chain", mu1 = 2, mu2 = .1, a1 = .5, a2 = .5 + 1e-10 }
        near(retention(7, each[6]), retention(7, close), 1e-9)
    end)

    it("takes ages of every type, a floor, NaN, infinity, and in place", function()
        for _, options in ipairs(each) do
            local expected = left(4, options)
            for _, ages in ipairs { { 4, 4, 4 }, matrix.vector { 4, 4, 4 },
                ffi.new("double[?]", 3, 4, 4, 4), ffi.new("uint64_t[?]", 3, 4, 4, 4) } do
                local strengths = matrix.vector { 1, nan, 1 / 0 }
                assert.is_true(strengths == decay.decay(strengths, ages, options))
                assert.equal(expected, strengths:get(1))
                assert.is_true(strengths:get(2) ~= strengths:get(2))
                assert.equal(1 / 0, strengths:get(3))
            end
            options.floor = .99
            assert.equal(matrix.vector({ .99 }):get(1), left(1e9, options))
            options.floor = nil
            assert.is_false((pcall(left, -1, options)))
        end
    end)
end)

describe("units:", function()
    it("savings1885 counts minutes and fsrs days, whatever ages are in", function()
        for unit, many in pairs { s = 1200, min = 20, h = 20 / 60, d = 20 / 1440 } do
            near(.56974731445, left(many, { curve = "savings1885", age_unit = unit }), 1e-7)
        end
        for unit, many in pairs { s = 86400, h = 24, d = 1 } do
            near(.940344288892923, left(many, { curve = "fsrs", s = 2, age_unit = unit }), 1e-7)
            near(2, curves.interval(.9, { curve = "fsrs", s = 2, age_unit = unit }) / many, 1e-14)
        end
        local options = { curve = "wickelgren", beta = 1, psi = 1, time_unit = "h" }
        assert.equal(.5, left(3600, options))
        near(3600, curves.interval(.5, options), 1e-14)
    end)
end)

describe("engram.interval", function()
    it("has the intervals of fsrs-rs in days (published; the first in f64) and the derived",
        function()
        local days = { 3116769, 34793, 2508, 387, 90, 27, 9, 3, 1, 1 }
        for i, n in ipairs(days) do
            local got = curves.interval(i / 10, { curve = "fsrs", s = 1 })
            assert.equal(n, math.max(1, math.floor(got + .5)))
        end
        for r, s in pairs { [.7] = 9.287911182417, [.8] = 3.315959786231, [.85] = 1.906426133053,
            [.95] = .402558691990, [.97] = .222768440745 } do
            assert.near(s, curves.interval(r, { curve = "fsrs", s = 1 }), 5.1e-13)
        end
    end)

    it("tells half-life, 59888 s, from time constant, 86400 s (half a unit)", function()
        local options = { curve = "exponential", tau = 86400 }
        assert.near(59888, curves.interval(.5, options), .5)
        assert.equal(86400, curves.interval(.5, { curve = "halflife", h = 86400 }))
        assert.equal(16, curves.interval(.25, { curve = "power", b = .5 }))
        assert.near(15, curves.interval(.25, { curve = "power1", b = .5 }), 1e-13)
        assert.near(46, curves.interval(.5, { curve = "power1", b = .18 }), .1)
    end)

    -- 1e-9: R loses up to four digits of t where it falls slowly.
    it("is the inverse of every curve (relative 1e-9)", function()
        local data = random.new(71)
        for _, options in ipairs(each) do
            for _ = 1, 200 do
                local t = 1.1 + 20 * data:uniform()
                near(t, curves.interval(retention(t, options), options), 1e-9)
            end
        end
    end)

    it("looks after the peak of a memory chain", function()
        for _, a2 in ipairs { .1, 1, 1.5 } do
            local chain = { curve = "memory_chain", mu1 = 1, mu2 = 3, a1 = 1, a2 = a2 }
            local age = curves.interval(.6, chain)
            near(.6, retention(age, chain), 1e-12)
            assert.is_true(retention(age * 1.01, chain) < .6)
            near(8, curves.interval(retention(8, chain), chain), 1e-9)
        end
    end)

    local function message_of(...)
        local worked, message = pcall(curves.interval, ...)
        assert.is_false(worked)
        return message
    end

    it("refuses what is no retention, and what is never reached", function()
        for _, x in ipairs { 0, -1, 1.1, nan, "x" } do
            assert.equal("bad argument #1 to 'interval' (retention above 0, up to 1 expected, " ..
                "got " .. tostring(x) .. ")", message_of(x, each[1]))
        end
        assert.matches("0.01 or more is left at every age, as c is 0.05", message_of(.01, each[4]))
        assert.matches("so much as 0.99 is never left", message_of(.99, each[3]))
        assert.matches("so much as 0.99 is never left", message_of(.99, each[4]))
        assert.matches("so much as 0.99 is never left", message_of(.99, each[5]))
        assert.matches("0.5 or more is left at every age",
            message_of(.5, { curve = "power", b = 0 }))
        assert.matches("floor has no meaning", message_of(.5, { curve = "fsrs", s = 1, floor = 0 }))
        assert.matches("#2 to 'interval' %(table of options expected", message_of(.5))
    end)
end)

describe("parameters", function()
    local function refused(options)
        local worked, message = pcall(decay.decay, { 1 }, { 1 }, options)
        assert.is_false(worked)
        return message
    end

    it("are refused by name", function()
        assert.matches("%(fsrs takes s and decay, not tau%)",
            refused { curve = "fsrs", s = 1, tau = 1 })
        assert.matches("%(fsrs counts days: it takes age_unit, not time_unit%)",
            refused { curve = "fsrs", s = 1, time_unit = "h" })
        assert.matches("%(savings1885 counts minutes", refused { curve = "savings1885",
            time_unit = "h" })
        for text, options in pairs {
            ["s: number above 0"] = { curve = "fsrs" },
            ["decay: number from 0.001"] = { curve = "fsrs", s = 1, decay = -.5 },
            ["w: number from 0 to 1"] = { curve = "two_exp", w = 2, tau1 = 1, tau2 = 1 },
            ["psi: number from 0"] = { curve = "wickelgren", beta = 1 },
            ["mu2: number from 0"] = { curve = "memory_chain", mu1 = 1, a1 = 1, a2 = 1 },
            ["k: number above 0"] = { curve = "savings1885", k = 0 },
        } do
            local message = refused(options)
            assert.truthy(message:find("(" .. text .. " expected, got ", 1, true), message)
        end
    end)
end)

describe("engram.base_level", function()
    it("has ACT-R's numbers at d = .5 (derived: exact to 1e-15 relative, else half a digit)",
        function()
        local hundred = {}
        for i = 1, 100 do hundred[i] = i end
        for _, case in ipairs {
            { { 1 }, 0, .693147, 0 }, { { 100 }, -2.302585092994046, -1.609438, -2.302585 },
            { { 4, 2, 3, 1 }, 1.024052899391429, 1.386294, 1.098612 },
            { { 10, 100, 1000 }, -.8032957124539372, -1.662118, -.841138 },
            { { 86400, 60, 3600 }, -1.902680880529103, -3.891612, -1.949408 },
            { hundred, 2.922602490305844, 2.995732, 2.944439 } } do
            assert.near(case[2], base_level(case[1]), 2e-15)
            assert.near(case[3], base_level(case[1], { method = "optimized" }), 6e-7)
            assert.near(case[4], base_level(case[1], { method = "hybrid" }), 6e-7)
        end
        assert.near(2.928333, base_level(hundred, { method = "hybrid", k = 10 }), 6e-7)
    end)

    it("guards k = n, L = t_k, d = 1 and the range; grows with a use", function()
        local hybrid = { method = "hybrid", k = 3 }
        near(base_level { 1, 5, 9 }, base_level({ 1, 5, 9 }, hybrid), 1e-15)
        near(base_level { 5, 5, 5, 5 }, base_level({ 5, 5, 5, 5 }, { method = "hybrid" }), 1e-15)
        local one = { method = "hybrid", d = 1 }
        near(math.log(1 + math.log(3) / 2), base_level({ 1, 3 }, one), 1e-15)
        near(-4000 * math.log(10), base_level({ 1e40 }, { d = 100 }), 1e-15)
        assert.is_true(base_level { 60, 30, 5 } > base_level { 60, 30 })
    end)

    it("refuses what it can not use", function()
        for text, call in pairs {
            ["age 2 is 0: a finite number above 0 expected"] = { { 1, 0 } },
            ["at least one age expected"] = { {} },
            ["d: number below 1 expected"] = { { 1 }, { method = "optimized", d = 1 } },
            ["exact takes no k"] = { { 1 }, { k = 1 } },
            ["k: whole number from 1 to 1 expected"] = { { 1 }, { method = "hybrid", k = 2 } },
        } do
            local worked, message = pcall(base_level, unpack(call))
            assert.is_false(worked)
            assert.truthy(message:find(text, 1, true), message)
        end
    end)
end)
