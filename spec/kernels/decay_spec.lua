-- The four curves against double arithmetic, in units in the last place and over the whole
-- range, on every instruction set; tails like bodies; and the laws that curves must keep.

local ffi = require "ffi"
local C = require "engram.c"
local oracle = require "spec.support.oracle"
local random = require "spec.support.random"
local scans = require "spec.support.scans"

require "engram.arena"

local ok, invalid = tonumber(C.EG_OK), tonumber(C.EG_INVALID)
local inf, nan = math.huge, 0 / 0
local float_max, u64_max = 3.4028234663852886e38, 0xffffffffffffffffULL
local rounded = oracle.rounded

local curves = {
    exponential = C.EG_EXPONENTIAL, halflife = C.EG_HALFLIFE,
    power = C.EG_POWER, power1 = C.EG_POWER1,
}
local types = {
    f64 = { C.EG_AGE_F64, "double[?]" }, u64 = { C.EG_AGE_U64, "uint64_t[?]" },
    f32 = { C.EG_AGE_F32, "float[?]" },
}

local own = scans.arena(2 ^ 16, "error")

-- A canary on each side of the items, so that nothing is written beyond them.
local canary = 12345.5
local function floats(list)
    local made = ffi.new("float[?]", #list + 16)
    for i = 0, #list + 15 do made[i] = canary end
    for i, x in ipairs(list) do made[i + 7] = x end
    return made, made + 8
end

-- options: curve, type, scale, a, b, floor, in_place. Answers a table, or nil and the status.
local function decay(strengths, ages, options)
    local n = #strengths
    local age_type = types[options.type or "f64"]
    local c_ages = ffi.new(age_type[2], n, ages)
    local request = ffi.new("eg_decay_options", {
        curve = curves[options.curve], age_type = age_type[1], ages = c_ages, count = n,
        age_scale = options.scale or 1, a = options.a or 1, b = options.b or 0,
        floor = options.floor or -inf,
    })
    local room, from = floats(strengths)
    local out_room, out = room, from
    if not options.in_place then
        local nothing = {}
        for i = 1, n do nothing[i] = canary end
        out_room, out = floats(nothing)
    end
    local before = ffi.string(out_room, (n + 16) * 4)
    local status = C.eg_decay(own, request, from, out)
    if status ~= ok then
        assert.is_true(before == ffi.string(out_room, (n + 16) * 4), "outputs were touched")
        return nil, status
    end
    local list = {}
    for i = 1, n do list[i] = out[i - 1] end
    for i = 0, 7 do
        assert.equal(canary, out_room[i])
        assert.equal(canary, out_room[n + 8 + i])
    end
    return list
end

local function one(strength, age, options)
    return decay({ strength }, { age }, options)[1]
end

-- The curves from their definitions.
local function retention(t, options)
    local a, b = options.a or 1, options.b
    if options.curve == "exponential" then return math.exp(-t / a) end
    if options.curve == "halflife" then return 2 ^ (-t / a) end
    if options.curve == "power" and t == 0 and b > 0 then return 1 end
    if options.curve == "power" then return math.min(1, a * t ^ -b) end
    return math.min(1, a * (1 + t) ^ -b)
end

-- How far a float is from a double, in units in the last place of a float.
local function ulps(got, exact)
    if got == exact then return 0 end
    local _, exponent = math.frexp(exact)
    return math.abs(got - exact) / 2 ^ math.max(exponent - 24, -149)
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

local everyday = {
    { curve = "exponential", a = 5 }, { curve = "halflife", a = 3 },
    { curve = "power", a = 0.82, b = 0.13 }, { curve = "power1", a = 1, b = 0.5 },
}

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

describe("the edges of decay:", function()
    it("age 0 leaves a strength as it is", function()
        scans.on_each(function()
            local strengths = { 0, 1e-38, 1e-45, 1, 2, -.5, float_max, -float_max, inf, -inf, nan,
                .1 }
            local ages = {}
            for i = 1, #strengths do ages[i] = 0 end
            for curve in pairs(curves) do
                for _, b in ipairs { .13, 1.7, 40 } do
                    local expected = {}
                    for i, x in ipairs(strengths) do expected[i] = rounded(x) end
                    local got = decay(strengths, ages, { curve = curve, a = 1, b = b })
                    same_bits(expected, got, curve)
                end
            end
        end)
    end)

    it("age 0 leaves a at most under power1, and a where power has b = 0", function()
        scans.on_each(function()
            assert.equal(.5, one(1, 0, { curve = "power1", a = .5, b = 2 }))
            assert.equal(.5, one(1, 0, { curve = "power", a = .5, b = 0 }))
            assert.equal(1, one(1, 0, { curve = "power", a = .5, b = 1 }))
            assert.equal(1, one(1, 0, { curve = "power", a = .5, b = 1e-4 }))
            assert.equal(1, one(1, 1e-310, { curve = "power", a = .5, b = 1e-4 }))
        end)
    end)

    it("nothing grows, whatever a is", function()
        scans.on_each(function()
            assert.equal(1, one(1, 0, { curve = "power1", a = 7, b = 1 }))
            assert.equal(1, one(1, 6, { curve = "power1", a = 7, b = 1 }))
            assert.equal(.5, one(1, 13, { curve = "power1", a = 7, b = 1 }))
            assert.equal(1, one(1, 1e-300, { curve = "power", a = 7, b = 300 }))
        end)
    end)

    it("the greatest ages leave 0 of exponential and halflife", function()
        scans.on_each(function()
            for _, curve in ipairs { "exponential", "halflife" } do
                for _, strength in ipairs { 1, -1, float_max, 1e-38 } do
                    assert.equal(0, one(strength, u64_max, { curve = curve, a = 1, type = "u64" }))
                    assert.equal(0, one(strength, 1e300, { curve = curve, a = 1e-300 }))
                    assert.equal(0, one(strength, inf, { curve = curve, a = 86400 }))
                    assert.equal(0, one(strength, 1e9, { curve = curve, a = 1e5 }))
                end
                assert.equal(1, one(1, 1e9, { curve = curve, a = inf }))
                local never = { curve = curve, a = 1e300, scale = 1e-300 }
                local left = decay({ 1, 1, 1, 1, 1 }, { 1, 0, inf, inf, 9 }, never)
                assert.same({ 1, 1, 0, 0, 1 }, left)
            end
        end)
    end)

    it("the greatest ages leave what is due of power laws", function()
        scans.on_each(function()
            for _, curve in ipairs { "power", "power1" } do
                local exact = 2 ^ (-64 * .1)
                local got = one(1, u64_max, { curve = curve, b = .1, type = "u64" })
                assert.is_true(ulps(got, exact) <= 2)
                assert.equal(0, one(1, inf, { curve = curve, b = 1 }))
                assert.equal(0, one(float_max, 2, { curve = curve, b = 1e308 }))
            end
        end)
    end)

    it("a huge b of power1 keeps its exactness", function()
        scans.on_each(function()
            for _, t in ipairs { 1e-9, 1e-12, 3e-8 } do
                local got = one(1, t, { curve = "power1", b = 1e9 })
                -- log(1 + t) to the second order: the next term is t^2 / 3 of it.
                local exact = math.exp(-1e9 * (t - t * t / 2))
                assert.is_true(ulps(got, exact) <= 1)
            end
        end)
    end)

    it("NaN stays NaN, and an infinity infinite", function()
        scans.on_each(function()
            for curve in pairs(curves) do
                local got = decay({ nan, inf, -inf, nan, 1 }, { 1, 1e300, 5, 0, 0 },
                    { curve = curve, a = 1, b = 1, floor = .5 })
                same_bits({ nan, inf, -inf, nan, 1 }, got, curve)
            end
        end)
    end)

    it("no item is no work", function()
        scans.on_each(function()
            for curve in pairs(curves) do
                assert.same({}, decay({}, {}, { curve = curve, b = 1 }))
            end
        end)
        local request = ffi.new("eg_decay_options", { age_scale = 1, a = 1 })
        assert.equal(ok, C.eg_decay(own, request, nil, nil))
    end)
end)

describe("the floor of decay", function()
    it("stops what falls from above, and leaves what is below", function()
        scans.on_each(function()
            local strengths = { 8, 1, .5, .25, 0, -1, .5 }
            local got = decay(strengths, { 3, 3, 3, 3, 3, 1, 0 },
                { curve = "halflife", a = 1, floor = .5 })
            same_bits({ 1, .5, .5, .25, 0, -.5, .5 }, got)
        end)
    end)

    it("of 0 changes nothing", function()
        scans.on_each(function()
            local strengths, ages = { 1, -1, 2, -3, 1e-45 }, { 1, 2, 300, 400, 5 }
            same_bits(decay(strengths, ages, { curve = "halflife", a = 1 }),
                decay(strengths, ages, { curve = "halflife", a = 1, floor = 0 }))
        end)
    end)
end)

describe("the laws of decay:", function()
    local function each_random(body)
        local data = random.new(65)
        scans.on_each(function()
            for _ = 1, 500 do body(data) end
        end)
    end

    it("never more with age, and never above R(0)", function()
        scans.on_each(function()
            for _, options in ipairs(everyday) do
                options.type = "f64"
                local strengths, ages = {}, {}
                for i = 1, 4000 do strengths[i], ages[i] = 1, 10 ^ ((i - 2000) / 200) end
                local got, before = decay(strengths, ages, options), 1
                for _, x in ipairs(got) do
                    assert.is_true(x <= before)
                    before = x
                end
            end
        end)
    end)

    it("halflife h is exponential h / ln 2", function()
        each_random(function(data)
            local h, age = 10 ^ data:normal(), 10 ^ data:normal()
            local one_way = one(1, age, { curve = "halflife", a = h })
            local other = one(1, age, { curve = "exponential", a = h / math.log(2) })
            assert.is_true(ulps(one_way, other) <= 2.4, data.hint)
        end)
    end)

    it("exponential and halflife compose, power laws do not", function()
        each_random(function(data)
            local t1, t2 = data:uniform() * 9 + 1, data:uniform() * 9 + 1
            for _, options in ipairs(everyday) do
                options.type = "f64"
                local at_once = one(1, t1 + t2, options)
                local in_two = one(one(1, t1, options), t2, options)
                local composes = options.curve == "exponential" or options.curve == "halflife"
                assert.equal(composes, ulps(in_two, at_once) <= 4, options.curve .. data.hint)
            end
        end)
    end)

    it("any unit will do when parameters are converted too", function()
        each_random(function(data)
            local age, a = 10 ^ data:normal(), 10 ^ data:normal()
            for _, curve in ipairs { "exponential", "halflife" } do
                local seconds = one(1, age * 3600, { curve = curve, a = a * 3600 })
                local hours = one(1, age, { curve = curve, a = a })
                local converted = one(1, age * 3600, { curve = curve, a = a, scale = 1 / 3600 })
                assert.is_true(ulps(seconds, hours) <= 2.4, data.hint)
                assert.is_true(ulps(converted, hours) <= 2.4, data.hint)
            end
        end)
    end)

    it("the age at which so much is left is the inverse", function()
        each_random(function(data)
            local left, a, b = data:uniform() * .8 + .1, 10 ^ data:normal(), data:uniform() + .1
            local inverses = {
                exponential = -a * math.log(left), halflife = -a * math.log(left) / math.log(2),
                power = (.95 / left) ^ (1 / b), power1 = (.95 / left) ^ (1 / b) - 1,
            }
            for curve, age in pairs(inverses) do
                local is_power = curve:find "^power"
                local got = one(1, age, { curve = curve, a = is_power and .95 or a, b = b })
                if age >= 0 then assert.is_true(ulps(got, left) <= 2, curve .. " " .. data.hint) end
            end
        end)
    end)
end)

describe("decay refuses, and leaves its output alone,", function()
    local function refused(strengths, ages, options)
        scans.on_each(function()
            local got, status = decay(strengths, ages, options)
            assert.is_nil(got)
            assert.equal(invalid, status)
        end)
    end

    it("a negative age or a NaN, at any place", function()
        for n = 1, 13 do
            for _, age in ipairs { -1, -1e-300, nan, -inf } do
                for _, age_type in ipairs { "f64", "f32" } do
                    if rounded(age) ~= 0 or age_type == "f64" then
                        local strengths, ages = {}, {}
                        for i = 1, 13 do strengths[i], ages[i] = i, i end
                        ages[n] = age
                        refused(strengths, ages, { curve = "halflife", type = age_type })
                        refused(strengths, ages,
                            { curve = "halflife", type = age_type, in_place = true })
                    end
                end
            end
        end
    end)

    it("not -0, which is 0", function()
        assert.equal(3, one(3, oracle.minus_zero, { curve = "halflife" }))
    end)

    it("a time constant or a half-life that is none", function()
        for _, a in ipairs { 0, -1, nan, -inf } do
            refused({ 1 }, { 1 }, { curve = "exponential", a = a })
            refused({ 1 }, { 1 }, { curve = "halflife", a = a })
        end
    end)

    it("power laws without sense", function()
        for _, curve in ipairs { "power", "power1" } do
            for _, a in ipairs { 0, -1, nan, inf } do
                refused({ 1 }, { 1 }, { curve = curve, a = a, b = 1 })
            end
            for _, b in ipairs { -1, nan, inf } do
                refused({ 1 }, { 1 }, { curve = curve, b = b })
            end
        end
    end)

    it("a scale or a floor that is none", function()
        for _, scale in ipairs { 0, -1, nan, inf } do
            refused({ 1 }, { 1 }, { curve = "halflife", scale = scale })
        end
        refused({ 1 }, { 1 }, { curve = "halflife", floor = nan })
    end)

    it("what it does not know, and arrays that are not there or lie over each other", function()
        local room = ffi.new "float[32]"
        local ages = ffi.cast("double *", room)
        local function status_with(fields, strengths, out)
            local request = ffi.new("eg_decay_options",
                { ages = ages, count = 4, age_scale = 1, a = 1, b = 1, floor = -inf })
            for key, value in pairs(fields) do request[key] = value end
            return C.eg_decay(own, request, strengths, out)
        end
        local apart, other = ffi.new "float[8]", ffi.new "float[8]"
        assert.equal(ok, status_with({}, apart, other))
        assert.equal(invalid, status_with({ curve = 4 }, apart, other))
        assert.equal(invalid, status_with({ curve = -1 }, apart, other))
        assert.equal(invalid, status_with({ age_type = 3 }, apart, other))
        assert.equal(invalid, status_with({ ages = ffi.cast("void *", nil) }, apart, other))
        assert.equal(invalid, status_with({}, nil, other))
        assert.equal(invalid, status_with({}, apart, nil))
        assert.equal(invalid, status_with({}, apart, apart + 1))
        assert.equal(invalid, status_with({}, apart + 3, apart))
        assert.equal(invalid, status_with({}, apart, room + 7))
        assert.equal(ok, status_with({}, apart + 4, apart))
    end)
end)
