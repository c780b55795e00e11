-- The laws of decay, and what it refuses.

local ffi = require "ffi"
local C = require "engram.c"
local oracle = require "spec.support.oracle"
local random = require "spec.support.random"
local scans = require "spec.support.scans"
local decays = require "spec.support.decays"

local ok, invalid = tonumber(C.EG_OK), tonumber(C.EG_INVALID)
local inf, nan = math.huge, 0 / 0
local rounded = oracle.rounded

local own = decays.own
local decay = decays.decay
local one = decays.one
local ulps = decays.ulps
local everyday = decays.everyday

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
