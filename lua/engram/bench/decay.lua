--- What is left of 10,000 strengths, against libm and the compiler's vector library.

local ffi = require "ffi"
local C = require "engram.c"
local kernel = require "engram.bench.kernel"
local pairs = require("engram.core").pairs

local count = 10000
local floats_t, whole_t = ffi.typeof "float[?]", ffi.typeof "uint64_t[?]"

-- Curves, their ages' range, and the greatest error that engram promises for them. loop is the
-- name of the others' contender. each: the scale is another for each item, of one to four times
-- the one here; whole: ages are whole. scale and exponent are the others'.
local day = 86400
local exponent = 0.5
local fsrs_factor = 0.9 ^ (-1 / exponent) - 1

local shapes = {
    { title = "exponential: e^(-t/s), one s per item", loop = "exponential, each", is_each = true,
      curve = C.EG_EXPONENTIAL, scale = day, a = day, least = day * 2 ^ -20, most = day * 80,
      tolerance = 1.2, retention = function(age, scale) return math.exp(-age / scale) end },
    { title = "power law: (1 + c t/s)^-.5, one s per item (fsrs)", loop = "fsrs, each",
      is_each = true, is_by_curve = true, curve = C.EG_FSRS, scale = fsrs_factor, a = day,
      b = exponent, least = day * 2 ^ -10, most = day * 1e5, tolerance = 2.5,
      retention = function(age, scale) return (1 + fsrs_factor * age / scale) ^ -exponent end },
    { title = "exponential: e^(-t/s), one s", loop = "exponential", curve = C.EG_EXPONENTIAL,
      scale = day, a = day, least = day * 2 ^ -20, most = day * 80, tolerance = 1.2,
      retention = function(age) return math.exp(-age / day) end },
    { title = "power law: (1 + t)^-1.7", loop = "power1", curve = C.EG_POWER1, scale = 1,
      a = 1, b = 1.7, least = 2 ^ -10, most = 1e6, tolerance = 2.5,
      retention = function(age) return (1 + age) ^ -1.7 end },
    { title = "halflife: 2^(-t/h), whole ages, one h", loop = "halflife, whole", is_whole = true,
      curve = C.EG_HALFLIFE, scale = day / math.log(2), a = day, least = 60, most = day * 100,
      tolerance = 1.2, retention = function(age) return 2 ^ (-age / day) end },
}

-- Others are off by more where the quotient is rounded: wrong is what no rounding explains.
local wrong_beyond = 300

-- The distance between floats about x, down to the least of all.
local function ulp(x)
    local _, power = math.frexp(math.abs(x))
    return 2 ^ math.max(power - 24, -149)
end

-- What all contenders of a shape work on: ages of every size, as many small ones as large.
local function items_of(shape, fill)
    local items = { ages = floats_t(count), whole_ages = whole_t(count),
        scales = floats_t(count), strengths = floats_t(count) }
    local span = math.log(shape.most / shape.least)
    fill(items.ages, count, 2)
    fill(items.scales, count, 3)
    for i = 0, count - 1 do
        local age = shape.least * math.exp((items.ages[i] + 1) / 2 * span)
        items.whole_ages[i] = math.floor(age)
        items.ages[i] = shape.is_whole and 0 or age
        items.scales[i] = day * (2.5 + 1.5 * items.scales[i])
        items.strengths[i] = 1
    end
    return items
end

-- The greatest error of an answer, in ulp.
local function checking(shape, items)
    return function(job)
        local most = 0
        for i = 0, count - 1 do
            local age = shape.is_whole and tonumber(items.whole_ages[i]) or items.ages[i]
            local want = shape.retention(age, items.scales[i])
            local off = math.abs(job.out[i] - want) / ulp(want)
            if off > most or off ~= off then most = off end
        end
        return most
    end
end

-- The options of eg_decay, and what eg_decay_by_curve adds.
local function curve_of(shape, items, fast)
    local curve = ffi.new "eg_curve_options"
    local options = curve.items
    options.curve, options.count, options.age_scale = shape.curve, count, 1
    options.age_type = shape.is_whole and C.EG_AGE_U64 or C.EG_AGE_F32
    options.ages = shape.is_whole and items.whole_ages or items.ages
    options.a, options.b, options.floor = shape.a, shape.b or 0, -math.huge
    options.fast, options.each_type = fast and 1 or 0, C.EG_AGE_F32
    if shape.is_each then options.each[0] = items.scales end
    return curve
end

local function race(shop, shape, rounds, on_turn)
    local tools, message = shop:tools()
    if not tools then return nil, message end
    local items = items_of(shape, tools.clock.lib.bench_fill)
    local check, list = checking(shape, items), {}

    local function add(name, entry, more)
        local out, curve = floats_t(count), curve_of(shape, items, more.fast)
        local each = { name = name, entry = entry, check = check, tolerance = wrong_beyond,
            anchors = { out, items, curve } }
        each.job = ffi.new("bench_ages", { strengths = items.strengths, ages = items.ages,
            scales = items.scales, whole_ages = items.whole_ages, out = out, count = count,
            scale = shape.scale, exponent = shape.b or 0, arena = tools.arena,
            options = curve.items, curve = curve })
        for key, value in pairs(more) do each[key] = value end
        list[#list + 1] = each
    end

    local entry = tools.ours[shape.is_by_curve and "decay by curve" or "decay"]
    add("engram", entry, { tolerance = shape.tolerance })
    add("engram, fast", entry, { fast = true, is_ours = true })
    for _, plain in ipairs { { "libm, item by item", "" }, { "libmvec", shop:vector_flags() } } do
        local built, failure = shop:library { source = "decay.c", flags = plain[2] }
        if not built then return nil, failure end
        add(plain[1], built.contenders[shape.loop], { also = "engram, fast" })
    end
    local out = floats_t(count)
    list[#list + 1] = { name = "limit: triad", entry = tools.clock.contenders.triad,
        is_limit = true, anchors = { out, items }, job = ffi.new("bench_limit",
            { a = items.strengths, b = items.scales, out = out, count = count }) }
    return kernel.compare(tools.clock, list, rounds, on_turn)
end

return {
    about = function()
        return "10,000 float strengths and ages, 1 thread, CPU time; libmvec by -ffast-math"
    end,
    error_unit = "ulp",
    rounds = { 31, 11 },
    sections = function()
        local sections = {}
        for i, shape in ipairs(shapes) do
            sections[i] = { title = shape.title, rows = function(shop, rounds, on_turn)
                return race(shop, shape, rounds, on_turn)
            end }
        end
        return sections
    end,
}
