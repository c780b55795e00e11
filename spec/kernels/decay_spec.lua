-- The four curves against double arithmetic, in units in the last place and over the whole
-- range, on every instruction set; tails like bodies; and the laws that curves must keep.

local ffi = require "ffi"
local C = require "engram.c"
local oracle = require "spec.support.oracle"
local random = require "spec.support.random"
local scans = require "spec.support.scans"
local decays = require "spec.support.decays"

require "engram.arena"
local float_max, u64_max = 3.4028234663852886e38, 0xffffffffffffffffULL
local rounded = oracle.rounded

local types = decays.types
local decay = decays.decay
local one = decays.one
local ulps = decays.ulps
local everyday = decays.everyday

-- The curves from their definitions.
local function retention(t, options)
    local a, b = options.a or 1, options.b
    if options.curve == "exponential" then return math.exp(-t / a) end
    if options.curve == "halflife" then return 2 ^ (-t / a) end
    if options.curve == "power" and t == 0 and b > 0 then return 1 end
    if options.curve == "power" then return math.min(1, a * t ^ -b) end
    return math.min(1, a * (1 + t) ^ -b)
end

-- Half a unit is the last rounding; the rest is the bound the head of decay.c states.
local function ulps_max(options)
    local set = ffi.string(C.eg_isa_name())
    if set == "scalar" or set == "neon" then return .51 end
    return options.curve:find "^power" and 2 or 1.2
end

local function worst_ulps(strengths, ages, options)
    local got, worst = decay(strengths, ages, options), 0
    for i, strength in ipairs(strengths) do
        local exact = rounded(strength) * retention(ages[i] * (options.scale or 1), options)
        worst = math.max(worst, ulps(got[i], exact))
    end
    return worst
end

local function same_bits(expected, got, hint)
    assert.equal(#expected, #got)
    for i, x in ipairs(expected) do
        if not scans.same(x, got[i]) then
            error(("item %d: %.9g expected, got %.9g; %s"):format(i, x, got[i], hint or ""), 2)
        end
    end
end

describe("decay", function()
    it("is what one computes by hand", function()
        scans.on_each(function()
            same_bits({ 1, rounded(.7937005259840998), .5, .25 },
                decay({ 1, 1, 1, 1 }, { 0, 1, 3, 6 }, { curve = "halflife", a = 3 }))
            same_bits({ 8, rounded(8 / math.exp(1)) }, decay({ 8, 8 }, { 0, 7 },
                { curve = "exponential", a = 7 }))
            same_bits({ 4, 2, 1, 4, 4 }, decay({ 4, 4, 4, 4, 4 }, { 1, 4, 16, 0.01, 0 },
                { curve = "power", b = .5 }))
            same_bits({ 4, 2, 1 }, decay({ 4, 4, 4 }, { 0, 3, 15 }, { curve = "power1", b = .5 }))
        end)
    end)

    it("has the units that were published", function()
        scans.on_each(function()
            assert.near(4.8e-6, one(1, 24, { curve = "exponential", a = 1.96 }), .05e-6)
            local hours = 50 * 365.25 * 24
            local shape = { curve = "power1", b = .18 }
            assert.near(.096, one(1, hours, shape), .0005)
            shape.scale = 1 / 24
            assert.near(.171, one(1, hours, shape), .0005)
            assert.near(.5, one(1, 46, { curve = "power1", b = .18 }), .0005)
        end)
    end)

    -- tau = 86400 s means a half-life of 59888 s: at age tau .3679 is left, at age h .5.
    it("tells half-life from time constant", function()
        scans.on_each(function()
            assert.near(.3679, one(1, 86400, { curve = "exponential", a = 86400 }), 5e-5)
            assert.equal(.5, one(1, 86400, { curve = "halflife", a = 86400 }))
            assert.near(.5, one(1, 59888, { curve = "exponential", a = 86400 }), 5e-6)
        end)
    end)
end)

describe("decay is as near to double arithmetic as stated:", function()
    local function holds(what, make)
        it(what, function()
            scans.on_each(function()
                local data = random.new(61)
                local strengths, ages, options = make(data)
                local worst = worst_ulps(strengths, ages, options)
                assert.is_true(worst <= ulps_max(options), worst .. " ulp; " .. data.hint)
            end)
        end)
    end

    local function drawn(n, draw)
        local list = {}
        for i = 1, n do list[i] = draw(i) end
        return list
    end

    for _, curve in ipairs { "exponential", "halflife" } do
        -- From 1 to where even the smallest denormal is gone, the quotient by 3.7 included.
        holds(curve .. ", strength 1, down to nothing", function(data)
            return drawn(20000, function() return 1 end),
                drawn(20000, function(i) return (i + data:uniform()) / 20000 * 110 * 3.7 end),
                { curve = curve, a = 3.7 }
        end)

        holds(curve .. ", the largest strength, down to nothing", function(data)
            return drawn(20000, function() return float_max end),
                drawn(20000, function(i) return (i + data:uniform()) / 20000 * 290 * 1e-3 end),
                { curve = curve, a = 1e-3 }
        end)

        holds(curve .. ", young ages", function(data)
            return drawn(5000, function() return data:normal() end),
                drawn(5000, function() return 10 ^ (data:uniform() * 20 - 20) end),
                { curve = curve, a = 1 }
        end)
    end

    for _, b in ipairs { .13, .5, 1, 1.7, 10 } do
        holds("power, b = " .. b, function(data)
            return drawn(10000, function() return data:normal() end),
                drawn(10000, function() return 10 ^ (data:uniform() * 40 - 20) end),
                { curve = "power", a = .8, b = b }
        end)

        holds("power1, b = " .. b, function(data)
            return drawn(10000, function() return data:normal() end),
                drawn(10000, function() return 10 ^ (data:uniform() * 40 - 20) end),
                { curve = "power1", a = .97, b = b }
        end)

        holds("power around t = 1, b = " .. b, function(data)
            return drawn(5000, function() return data:normal() end),
                drawn(5000, function() return 1 + data:normal() * 10 ^ (-data:whole(1, 12)) end),
                { curve = "power", b = b * 100 }
        end)
    end

    holds("ages of the size of dates, in milliseconds", function(data)
        return drawn(5000, function() return 1 end),
            drawn(5000, function() return 1.7e12 * data:uniform() end),
            { curve = "halflife", a = 7 * 86400, scale = 1e-3 }
    end)
end)

describe("every item of decay", function()
    it("has the same bits in a body and in a tail, for all lengths", function()
        local data = random.new(62)
        scans.on_each(function()
            for _, options in ipairs(everyday) do
                for age_type in pairs(types) do
                    options.type = age_type
                    local strengths, ages, each = {}, {}, {}
                    for i = 1, 67 do
                        strengths[i], ages[i] = data:normal(), data:whole(0, 100)
                        each[i] = one(strengths[i], ages[i], options)
                    end
                    for n = 0, 67 do
                        local some, some_ages, expected = {}, {}, {}
                        for i = 1, n do
                            some[i], some_ages[i], expected[i] = strengths[i], ages[i], each[i]
                        end
                        same_bits(expected, decay(some, some_ages, options), data.hint)
                    end
                end
            end
        end)
    end)

    it("is the same in place and into another array", function()
        local data = random.new(63)
        scans.on_each(function()
            for _, options in ipairs(everyday) do
                local strengths, ages = data:list(67, data.normal), data:list(67, data.uniform)
                options.type, options.in_place = "f64", nil
                local out = decay(strengths, ages, options)
                options.in_place = true
                same_bits(out, decay(strengths, ages, options), data.hint)
                options.in_place = nil
            end
        end)
    end)

    it("takes ages of every type alike", function()
        scans.on_each(function()
            for _, options in ipairs(everyday) do
                local strengths, ages = {}, {}
                for i = 1, 13 do strengths[i], ages[i] = i, i * i end
                options.type = "f64"
                local expected = decay(strengths, ages, options)
                for _, age_type in ipairs { "u64", "f32" } do
                    options.type = age_type
                    for i, x in ipairs(decay(strengths, ages, options)) do
                        assert.is_true(ulps(x, expected[i]) <= 2 * ulps_max(options), age_type)
                    end
                end
            end
        end)
    end)

    it("rounds a 64-bit age once, to double", function()
        scans.on_each(function()
            -- At 80 time constants an age that was a float in between shows in the result.
            local ages = { 0xffffffffULL, 0x100000000ULL, 0x1fffffffffffffULL, 0x20000000000001ULL,
                0x8000000000000000ULL, 0xfffffffffffffbffULL, u64_max, 1ULL, 16777217ULL,
                1700000000123ULL }
            for _, age in ipairs(ages) do
                local options = { curve = "exponential", a = tonumber(age) / 80, type = "u64" }
                local got = one(1, age, options)
                assert.is_true(ulps(got, math.exp(-80)) <= ulps_max(options))
                options.type = "f64"
                assert.equal(one(1, tonumber(age), options), got)
            end
        end)
    end)

    it("does not depend on the instruction set beyond the bounds of both", function()
        local data = random.new(64)
        local strengths, ages = data:list(3000, data.normal), {}
        for i = 1, 3000 do ages[i] = 10 ^ (data:uniform() * 12 - 6) end
        for _, options in ipairs(everyday) do
            options.type = "f64"
            local first
            scans.on_each(function()
                local got = decay(strengths, ages, options)
                first = first or got
                for i, x in ipairs(got) do
                    assert.is_true(ulps(x, first[i]) <= 3, data.hint)
                end
            end)
        end
    end)
end)
