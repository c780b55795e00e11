-- Parameters of each item, the ways of floats, and fast: against plain doubles, on every
-- instruction set, in any company.

local ffi = require "ffi"
local C = require "engram.c"
local forgetting = require "spec.support.forgetting"
local random = require "spec.support.random"
local scans = require "spec.support.scans"

local ok, invalid = tonumber(C.EG_OK), tonumber(C.EG_INVALID)
local inf, nan = math.huge, 0 / 0
local own = scans.arena(2 ^ 16, "error")
local ulps = forgetting.ulps

local function drawn(n, draw)
    local list = {}
    for i = 1, n do list[i] = draw(i) end
    return list
end

local function decay(strengths, ages, options)
    return forgetting.decay(own, strengths, ages, options)
end

local function is_double() -- does this set compute in double to the end?
    local set = ffi.string(C.eg_isa_name())
    return set == "scalar" or set == "neon"
end

-- Holds worst over all items against a bound that depends on what is left of an item.
local function holds(strengths, ages, options, bound, hint)
    local got = decay(strengths, ages, options)
    for i, strength in ipairs(strengths) do
        local kept = forgetting.retention(ages, i, options)
        local exact = tonumber(ffi.new("float", strength)) * kept
        local off = bound(got[i], exact, kept)
        if off then
            error(("%s: item %d, age %.9g: %.9g expected, got %.9g, off by %s; %s"):format(
                options.curve, i, ages[i], exact, got[i], off, hint), 2)
        end
    end
end

local function within(limit)
    return function(got, exact)
        local off = ulps(got, exact)
        return off > limit and off .. " ulp"
    end
end

-- Curves with the parameters that may differ from item to item; a range for each.
local shapes = {
    { curve = "exponential", a = { 1e-3, 1e3 } },
    { curve = "halflife", a = { 1e-3, 1e3 } },
    { curve = "power", a = { .1, 3 }, b = { .01, 5 } },
    { curve = "power1", a = { .1, 3 }, b = { .01, 5 } },
    { curve = "power1", a = 1, b = { .01, 5 } },
    { curve = "savings1885", a = { .5, 3 }, b = { .5, 2 } },
    { curve = "wickelgren", a = { .2, 1 }, b = .3, c = { .1, 3 } },
    { curve = "wickelgren", a = .9, b = { .1, 3 }, c = .4 },
    { curve = "two_exp", a = { .2, 1 }, b = { .1, .9 }, c = { 1, 9 }, d = { 20, 90 },
        e = { 1e-3, .1 } },
    { curve = "memory_chain", a = { 1, 3 }, b = { .01, .2 }, c = { .3, .9 }, d = { .01, .2 } },
    { curve = "fsrs", a = { .1, 300 }, b = .1542 },
    { curve = "fsrs", a = { .1, 300 }, b = 1.7 },
    { curve = "fsrs", a = { .1, 300 }, b = { .1, .8 } },
}

-- Every range of a shape as a table of n numbers, evenly over its logarithm.
local function filled(shape, n, data)
    local made = {}
    for key, value in pairs(shape) do
        made[key] = value
        if type(value) == "table" then
            local low, high = unpack(value)
            made[key] = drawn(n, function() return low * (high / low) ^ data:uniform() end)
        end
    end
    return made
end

describe("decay with parameters of each item", function()
    it("is the curve with those of the item, to 2 ulp, for every type", function()
        local data, n = random.new(81), 500
        scans.on_each(function()
            for _, shape in ipairs(shapes) do
                for _, age_type in ipairs { "f64", "f32", "u64" } do
                    for _, each in ipairs { "f64", "f32" } do
                        local options = filled(shape, n, data)
                        options.type, options.each = age_type, each
                        local strengths = drawn(n, function() return data:normal() end)
                        local ages = drawn(n, function()
                            local age = 10 ^ (data:uniform() * 5 - 1)
                            return age_type == "u64" and math.floor(age) or age
                        end)
                        holds(strengths, ages, options, within(2), data.hint)
                    end
                end
            end
        end)
    end)

    it("has the same bits in every company, in place and out of it", function()
        local data = random.new(82)
        scans.on_each(function()
            for _, shape in ipairs(shapes) do
                for _, fast in ipairs { false, true } do
                    local options = filled(shape, 150, data)
                    options.type, options.each, options.fast = "f32", "f32", fast
                    local strengths = drawn(150, function() return data:normal() end)
                    local ages = drawn(150, function() return data:uniform() * 50 end)
                    strengths[70], ages[71], ages[72] = 3.4e38, inf, 3e38
                    local all = decay(strengths, ages, options)
                    options.in_place = true
                    for i, x in ipairs(decay(strengths, ages, options)) do
                        assert.is_true(scans.same(x, all[i]), data.hint)
                    end
                    options.in_place = nil
                    for first = 1, 150, 7 do
                        local count = math.min(150 - first + 1, first % 40 + 1)
                        local part = {}
                        local function cut(list)
                            return { unpack(list, first, first + count - 1) }
                        end
                        for key, value in pairs(options) do
                            part[key] = type(value) == "table" and cut(value) or value
                        end
                        for i, x in ipairs(decay(cut(strengths), cut(ages), part)) do
                            assert.is_true(scans.same(x, all[first + i - 1]),
                                options.curve .. " " .. data.hint)
                        end
                    end
                end
            end
        end)
    end)

    it("takes zero and infinity where one number may have them", function()
        scans.on_each(function()
            for _, each in ipairs { "f32", "f64" } do
                local got = decay({ 8, 8, 8 }, { 3, 3, 3 },
                    { curve = "halflife", a = { 1, inf, 3 }, each = each, type = each })
                assert.same({ 1, 8, 4 }, got)
                assert.same({ 4, 8, 2 }, decay({ 8, 8, 8 }, { 4, 0, 16 },
                    { curve = "power", a = 1, b = { .5, .5, .5 }, each = each, type = each }))
                assert.same({ 4, 4, 8 }, decay({ 8, 8, 8 }, { 0, 9, 0 },
                    { curve = "power", a = .5, b = { 0, 0, 1 }, each = each, type = each }))
            end
        end)
    end)

    it("refuses one that is out of range, at any place", function()
        local wrong = {
            { "exponential", "a", { 0, -1, nan } }, { "halflife", "a", { 0, -1, nan, -inf } },
            { "power", "a", { 0, -1, nan, inf } }, { "power1", "b", { -1, nan, inf } },
            { "fsrs", "a", { 0, nan, inf } }, { "fsrs", "b", { 0, 1e-4, nan } },
            { "two_exp", "b", { -1, 2, nan } }, { "wickelgren", "c", { -1, nan } },
        }
        scans.on_each(function()
            for _, case in ipairs(wrong) do
                for _, each in ipairs { "f32", "f64" } do
                    for _, value in ipairs(case[3]) do
                        for at = 1, 67, 3 do
                            local options = { curve = case[1], a = 1, b = .5, c = 1, d = 1, e = 0,
                                each = each }
                            options[case[2]] = drawn(67, function() return .7 end)
                            options[case[2]][at] = value
                            local ones = drawn(67, function() return 1 end)
                            local _, status = decay(ones, ones, options)
                            assert.equal(invalid, status)
                        end
                    end
                end
            end
        end)
    end)

    it("refuses an array that the curve has no use for, or that lies under out", function()
        local request, kept = forgetting.request({ 1, 2 }, { curve = "halflife", a = 1 })
        local strengths, out = ffi.new("float[2]", 1, 2), ffi.new "float[4]"
        local spare = ffi.new("double[2]", 1, 1)
        request.items.each[1] = spare
        assert.equal(invalid, C.eg_decay_by_curve(own, request, strengths, out))
        request.items.each[1] = nil
        assert.equal(ok, C.eg_decay_by_curve(own, request, strengths, out))
        request.items.each[0], request.items.each_type = out, C.EG_AGE_F32
        out[0], out[1] = 1, 1
        assert.equal(invalid, C.eg_decay_by_curve(own, request, strengths, out))
        request.items.each[0], request.items.each_type = spare, C.EG_AGE_U64
        assert.equal(invalid, C.eg_decay_by_curve(own, request, strengths, out))
        assert.is_truthy(kept)
        local nothing = ffi.new("double[2]", 1, 1)
        request.items.each[0], request.items.each_type = nothing, C.EG_AGE_F64
        assert.is_true(C.eg_interval(request, .5) ~= C.eg_interval(request, .5))
        assert.is_true(C.eg_retention(request, 1) ~= C.eg_retention(request, 1))
    end)
end)

-- Up to beyond the 65,536 items after which the stop flag is read anew.
describe("a batch of decay", function()
    local hour, day = 3600, 86400
    local mixes = {
        uniform = function(data) return data:uniform() * 90 * day end,
        linear = function(_, i) return i * 60 end,
        exponential = function(data) return -day * math.log(1 - data:uniform()) end,
        mixed = function(_, i) return ({ 0, hour, day, 7 * day, 30 * day })[i % 5 + 1] end,
        zero = function() return 0 end,
        ancient = function() return 1e9 end,
    }

    local function check(n, draw, data)
        local strengths = drawn(n, function(i) return i % 3 - .5 end)
        local ages = drawn(n, function(i) return math.floor(draw(data, i)) end)
        local stabilities = drawn(n, function() return day * (.5 + 30 * data:uniform()) end)
        for _, age_type in ipairs { "f32", "u64" } do
            holds(strengths, ages, { curve = "halflife", a = stabilities, type = age_type,
                each = "f32" }, within(1.2), data.hint)
            holds(strengths, ages, { curve = "fsrs", a = stabilities, b = .1542,
                type = age_type, each = "f64" }, within(2), data.hint)
        end
    end

    it("is right at every size and mix of ages", function()
        local data = random.new(87)
        scans.on_each(function()
            for _, n in ipairs { 0, 1, 5, 8, 9, 10, 50, 100, 1000 } do
                for _, draw in pairs(mixes) do check(n, draw, data) end
            end
        end)
    end)

    it("goes on where the stop flag was read, in all its arrays", function()
        local data = random.new(88)
        scans.on_each(function() check(65536 + 99, mixes.uniform, data) end)
        local n = 65536 + 7
        local ages = drawn(n, function(i) return i % 40 end)
        local shape = { curve = "two_exp", a = drawn(n, function(i) return (i % 9 + 1) / 10 end),
            b = .4, c = drawn(n, function(i) return i % 7 + 1 end), d = 30, e = .01 }
        holds(drawn(n, function() return 1 end), ages, shape, within(1), data.hint)
    end)
end)

describe("decay in floats", function()
    local n = 20000

    -- Down to where even the smallest denormal is gone; the quotient is no float.
    it("is within 1.2 ulp for exponential and halflife, the quotient included", function()
        local data = random.new(83)
        scans.on_each(function()
            for _, curve in ipairs { "exponential", "halflife" } do
                for _, scale in ipairs { 1, 1 / 86400, 3600 } do
                    local divisors = drawn(n, function() return 10 ^ (data:uniform() * 8 - 4) end)
                    local ages = drawn(n, function(i)
                        return divisors[i] / scale * 160 * (i + data:uniform()) / n
                    end)
                    local strengths = drawn(n, function(i) return i % 3 == 0 and 1 or data:normal()
                    end)
                    holds(strengths, ages, { curve = curve, a = divisors, type = "f32",
                        each = "f32", scale = scale }, within(1.2), data.hint)
                    holds(strengths, drawn(n, function(i) return i / n * 700 / scale end),
                        { curve = curve, a = 4.7, type = "f32", scale = scale }, within(1.2),
                        data.hint)
                end
            end
        end)
    end)

    it("is within 2 ulp for power laws", function()
        local data = random.new(84)
        scans.on_each(function()
            for _, b in ipairs { .1, .1542, .5, 1, 1.7, 2, 2.1, 9 } do
                local divisors = drawn(4000, function() return 10 ^ (data:uniform() * 8 - 4) end)
                local ages = drawn(4000, function(i)
                    return divisors[i] * 10 ^ (data:uniform() * 14 - 7)
                end)
                local strengths = drawn(4000, function() return data:normal() end)
                holds(strengths, ages, { curve = "fsrs", a = divisors, b = b, type = "f32",
                    each = "f32" }, within(2), data.hint)
                for _, shape in ipairs { { curve = "power1", a = 1, b = b },
                    { curve = "power1", a = .8, b = b }, { curve = "power", a = .8, b = b },
                    { curve = "wickelgren", a = 1, b = .3, c = b } } do
                    shape.type = "f32"
                    holds(strengths, ages, shape, within(2), data.hint)
                end
            end
        end)
    end)

    it("keeps to the edges: what is huge, tiny, endless or no number", function()
        local strengths = { 3.4e38, -3.4e38, 1e-45, 0, inf, -inf, nan, 1, 1, 1, 1, 3e38 }
        local ages = { 1, 0, 0, 1e30, 1e30, 5, 1, 3e38, inf, 1e-45, 1e-30, 100 }
        scans.on_each(function()
            for _, fast in ipairs { false, true } do
                for _, each in ipairs { 2, drawn(12, function() return 2 end) } do
                    local got = decay(strengths, ages, { curve = "halflife", a = each,
                        type = "f32", each = "f32", fast = fast })
                    local expected = { 3.4e38 / 2 ^ .5, -3.4e38, 1e-45, 0, inf, -inf, nan, 0, 0,
                        1, 1, 3e38 / 2 ^ 50 }
                    for i, x in ipairs(expected) do
                        local near = got[i] == x or math.abs(got[i] / x - 1) < 1e-5
                            or ulps(got[i], x) <= 1 or (x ~= x and got[i] ~= got[i])
                        assert.is_true(near, ("item %d: %g for %g"):format(i, got[i], x))
                    end
                end
            end
        end)
    end)

    it("takes divisors of every size", function()
        scans.on_each(function()
            for _, size in ipairs { 1e-44, 1e-40, 1e-38, 1e-30, 1e30, 1e38 } do
                local got = decay({ 1, 1, 1 }, { 0, size, 3 * size }, { curve = "halflife",
                    a = { size, size, size }, type = "f32", each = "f32" })
                -- A denormal age is itself rounded.
                local spread = size < 1e-37 and .1 or 1e-6
                assert.equal(1, got[1])
                assert.near(.5, got[2], .5 * spread)
                assert.near(.125, got[3], .125 * spread)
            end
            assert.same({ 0, 1 }, decay({ 1, 1 }, { 1e38, 1e-38 }, { curve = "exponential",
                a = { 1e-38, 1e38 }, type = "f32", each = "f32" }))
        end)
    end)
end)

describe("decay that is fast", function()
    -- The bound of kernels/decay.c, which denormal results can not keep.
    local function bound(b, slope)
        return function(got, exact, kept)
            if math.abs(exact) < 1.2e-38 then return ulps(got, exact) > 200 and "200 ulp" end
            local off = math.abs(got / exact - 1)
            return off > 3e-7 * (1 + b) + slope * -math.log(kept) and off
        end
    end

    -- Numbers that are no floats are rounded, each; whole ages with float divisors are nearer.
    it("is as near as it is said to be", function()
        local data, n = random.new(85), 4000
        scans.on_each(function()
            for _, types in ipairs { { "f64", "f32" }, { "f32", "f64" }, { "f64", "f64" },
                { "f32", "f32", 1 }, { "f64", "f32", 1 }, { "u64", "f32", 1 }, { "u64", "f64" } } do
                local age_type, each, is_whole = unpack(types)
                local divisors = drawn(n, function() return 10 ^ (data:uniform() * 4) end)
                local strengths = drawn(n, function() return data:uniform() + .01 end)
                local ages = drawn(n, function(i)
                    local age = divisors[i] * 80 * data:uniform()
                    return (is_whole or age_type == "u64") and math.floor(age + .5) or age
                end)
                for _, curve in ipairs { "exponential", "halflife" } do
                    for _, scale in ipairs { 1, 1 / 1.1 } do
                        local near = bound(0, is_whole and scale == 1 and 1.3e-7 or 2.4e-7)
                        holds(strengths, ages, { curve = curve, a = divisors, type = age_type,
                            each = each, scale = scale, fast = true }, near, data.hint)
                        holds(strengths, ages, { curve = curve, a = 2e4, type = age_type,
                            scale = scale, fast = true }, near, data.hint)
                    end
                end
                for _, b in ipairs { .1, .5, 1.7, 8 } do
                    for _, shape in ipairs { { curve = "power1", a = 1, b = b },
                        { curve = "power", a = .8, b = b }, { curve = "fsrs", a = divisors, b = b },
                        { curve = "power1", a = 1, b = drawn(n, function() return b end) } } do
                        shape.type, shape.each, shape.fast = age_type, each, true
                        holds(strengths, ages, shape, bound(b, 2e-7), data.hint)
                    end
                end
            end
        end)
    end)

    it("takes divisors that are beyond a float", function()
        scans.on_each(function()
            for _, each in ipairs { 4e38, 1e300 } do
                local got = decay({ 1 }, { 2e38 }, { curve = "halflife", a = { each },
                    type = "f32", each = "f64", fast = true })
                assert.near(2 ^ -(2e38 / each), got[1], 1e-6)
            end
        end)
    end)

    it("is the exact curve where it has no other way, and differs where it has", function()
        local data = random.new(86)
        local strengths = drawn(999, function() return data:uniform() end)
        local ages = drawn(999, function() return data:uniform() * 50 end)
        local function both(options)
            options.type = "f32"
            local exact = decay(strengths, ages, options)
            options.fast = true
            local differ = 0
            for i, x in ipairs(decay(strengths, ages, options)) do
                if x ~= exact[i] then differ = differ + 1 end
            end
            return differ
        end
        scans.on_each(function()
            assert.equal(0, both { curve = "savings1885", a = 1.84, b = 1.25 })
            local differ = both { curve = "exponential", a = 1.3 }
            if is_double() then assert.equal(0, differ) else assert.is_true(differ > 100) end
        end)
    end)
end)
