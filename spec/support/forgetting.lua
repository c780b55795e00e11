--- eg_decay_by_curve on Lua tables, and the curves in plain doubles from their definitions.
--
--    forgetting.decay(strengths, ages, { curve = "fsrs", a = { 1, 2 }, b = .5 })
--
-- A parameter is a number, or a table with one for each item. type ("f64", "f32", "u64") is
-- that of the ages, each ("f32", "f64") that of such tables.

local ffi = require "ffi"
local C = require "engram.c"

local forgetting = {}

local curves = {
    exponential = C.EG_EXPONENTIAL, halflife = C.EG_HALFLIFE, power = C.EG_POWER,
    power1 = C.EG_POWER1, savings1885 = C.EG_SAVINGS1885, wickelgren = C.EG_WICKELGREN,
    two_exp = C.EG_TWO_EXP, memory_chain = C.EG_MEMORY_CHAIN, fsrs = C.EG_FSRS,
}
local types = {
    f64 = { C.EG_AGE_F64, "double[?]" }, u64 = { C.EG_AGE_U64, "uint64_t[?]" },
    f32 = { C.EG_AGE_F32, "float[?]" },
}
local letters = { "a", "b", "c", "d", "e" }

local plain = {}

function plain.exponential(t, tau) return math.exp(-t / tau) end

function plain.halflife(t, h) return 2 ^ (-t / h) end

function plain.power(t, a, b)
    if t == 0 and b > 0 then return 1 end
    return math.min(1, a * t ^ -b)
end

function plain.power1(t, a, b) return math.min(1, a * (1 + t) ^ -b) end

function plain.savings1885(t, k, c)
    return t <= 1 and 1 or k / ((math.log(t) / math.log(10)) ^ c + k)
end

function plain.wickelgren(t, lambda, beta, psi)
    return math.min(1, lambda * (1 + beta * t) ^ -psi)
end

function plain.two_exp(t, a, w, tau1, tau2, c)
    return math.min(1, a * (w * math.exp(-t / tau1) + (1 - w) * math.exp(-t / tau2)) + c)
end

function plain.memory_chain(t, mu1, mu2, a1, a2)
    local first = math.exp(-a1 * t)
    local second = a1 == a2 and t * first or (math.exp(-a2 * t) - first) / (a1 - a2)
    local r = mu1 * (first + mu2 * second)
    return r < 1e-4 and r * (1 - r / 2 * (1 - r / 3)) or 1 - math.exp(-r)
end

function plain.fsrs(t, s, decay)
    return (1 + (.9 ^ (-1 / decay) - 1) * t / s) ^ -decay
end

--- A list of n numbers as C has it, in an array of that type.
function forgetting.array(kind, list, n)
    return ffi.new(types[kind][2], n or #list, list)
end

--- The request for C; what it points to is kept in the second answer.
function forgetting.request(ages, options)
    local made, kept = ffi.new "eg_curve_options", {}
    local items, n = made.items, #ages
    kept.ages = forgetting.array(options.type or "f64", ages)
    items.curve, items.age_type = curves[options.curve], types[options.type or "f64"][1]
    items.ages, items.count = kept.ages, n
    items.age_scale, items.floor = options.scale or 1, options.floor or -math.huge
    items.each_type, items.fast = types[options.each or "f64"][1], options.fast and 1 or 0
    for i, letter in ipairs(letters) do
        local value = options[letter]
        if type(value) == "table" then
            kept[letter] = forgetting.array(options.each or "f64", value, n)
            items.each[i - 1] = kept[letter]
        elseif value then
            local place = i <= 2 and items or made
            place[letter] = value
        end
    end
    return made, kept
end

--- A table of what is left, or nil and the status.
function forgetting.decay(arena, strengths, ages, options)
    local request, kept = forgetting.request(ages, options)
    local n = #strengths
    local from, out = forgetting.array("f32", strengths), ffi.new("float[?]", n + 1)
    for i = 0, n do out[i] = 12345.5 end
    local status = C.eg_decay_by_curve(arena, request, from, options.in_place and from or out)
    assert(kept.ages ~= nil and out[n] == 12345.5)
    if status ~= C.EG_OK then
        for i = 0, n - 1 do assert(out[i] == 12345.5, "outputs were touched") end
        return nil, status
    end
    local list = {}
    for i = 1, n do list[i] = (options.in_place and from or out)[i - 1] end
    return list
end

local function rounded(kind, x)
    if kind ~= "f32" then return x end
    return tonumber(ffi.new("float", x))
end

--- R of item i in double, from what C was given.
function forgetting.retention(ages, i, options)
    local values = {}
    for at, letter in ipairs(letters) do
        local value = options[letter]
        if type(value) == "table" then value = rounded(options.each, value[i]) end
        values[at] = value
    end
    local t = rounded(options.type, ages[i]) * (options.scale or 1)
    return plain[options.curve](t, unpack(values, 1, 5))
end

--- How far a float is from a double, in units in the last place of a float.
function forgetting.ulps(got, exact)
    if got == exact then return 0 end
    local _, exponent = math.frexp(exact)
    return math.abs(got - exact) / 2 ^ math.max(exponent - 24, -149)
end

return forgetting
