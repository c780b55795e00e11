--- Decays: the kernel of decay called with tables, and how far its answers are off.

local ffi = require "ffi"
local C = require "engram.c"
local assert = require "luassert"
local scans = require "spec.support.scans"

local ok = tonumber(C.EG_OK)
local inf = math.huge

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

-- How far a float is from a double, in units in the last place of a float.
local function ulps(got, exact)
    if got == exact then return 0 end
    local _, exponent = math.frexp(exact)
    return math.abs(got - exact) / 2 ^ math.max(exponent - 24, -149)
end

local everyday = {
    { curve = "exponential", a = 5 }, { curve = "halflife", a = 3 },
    { curve = "power", a = 0.82, b = 0.13 }, { curve = "power1", a = 1, b = 0.5 },
}

return {
    curves = curves, types = types, own = own, floats = floats, decay = decay, one = one,
    ulps = ulps, everyday = everyday,
}
