-- The edges of decay, and its floor.

local ffi = require "ffi"
local C = require "engram.c"
local oracle = require "spec.support.oracle"
local scans = require "spec.support.scans"
local decays = require "spec.support.decays"

local ok = tonumber(C.EG_OK)
local inf, nan = math.huge, 0 / 0
local float_max, u64_max = 3.4028234663852886e38, 0xffffffffffffffffULL
local rounded = oracle.rounded

local curves = decays.curves
local own = decays.own
local decay = decays.decay
local one = decays.one
local ulps = decays.ulps

local function same_bits(expected, got, hint)
    assert.equal(#expected, #got)
    for i, x in ipairs(expected) do
        if not scans.same(x, got[i]) then
            error(("item %d: %.9g expected, got %.9g; %s"):format(i, x, got[i], hint or ""), 2)
        end
    end
end

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
