--- What is left of 10,000 strengths, against libm and the compiler's vector library.

local ffi = require "ffi"
local C = require "engram.c"
local kernel = require "engram.bench.kernel"

local count = 10000
local floats_t, ages_t = ffi.typeof "float[?]", nil
local request_t = ffi.typeof "eg_decay_options"

-- Curves, their ages' range, and the greatest error that engram promises for them.
local day = 86400
local shapes = {
    { title = "exponential: e^(-t/s), one s", name = "exponential", curve = C.EG_EXPONENTIAL,
      scale = day, least = day * 2 ^ -20, most = day * 80, a = day, b = 0, tolerance = 1.2,
      retention = function(age) return math.exp(-age / day) end },
    { title = "power law: (1 + t)^-1.7", name = "power1", curve = C.EG_POWER1,
      scale = 1, least = 2 ^ -10, most = 1e6, a = 1, b = 1.7, tolerance = 2.5,
      retention = function(age) return (1 + age) ^ -1.7 end },
}

-- Others are off by more where the quotient is rounded: wrong is what no rounding explains.
local wrong_beyond = 300

-- The distance between floats about x, down to the least of all.
local function ulp(x)
    local _, exponent = math.frexp(math.abs(x))
    return 2 ^ math.max(exponent - 24, -149)
end

-- Ages of every size, as many small ones as large.
local function ages_of(shape, fill)
    local ages, span = floats_t(count), math.log(shape.most / shape.least)
    fill(ages, count, 2)
    for i = 0, count - 1 do
        ages[i] = shape.least * math.exp((ages[i] + 1) / 2 * span)
    end
    return ages
end

-- The greatest error of an answer, in ulp.
local function checking(ages, retention)
    return function(job)
        local most = 0
        for i = 0, count - 1 do
            local want = retention(ages[i])
            local off = math.abs(job.out[i] - want) / ulp(want)
            if off > most or off ~= off then most = off end
        end
        return most
    end
end

local function race(shop, shape, rounds, on_turn)
    local tools, message = shop:tools()
    if not tools then return nil, message end
    ages_t = ages_t or ffi.typeof "bench_ages"
    local ages, strengths = ages_of(shape, tools.clock.lib.bench_fill), floats_t(count)
    for i = 0, count - 1 do strengths[i] = 1 end
    local request = request_t { curve = shape.curve, age_type = C.EG_AGE_F32, ages = ages,
        count = count, age_scale = 1, a = shape.a, b = shape.b, floor = -math.huge }
    local check, list = checking(ages, shape.retention), {}

    local function add(name, entry, tolerance)
        local out = floats_t(count)
        list[#list + 1] = { name = name, entry = entry, check = check, tolerance = tolerance,
            anchors = { out, ages, strengths, request },
            job = ages_t { strengths = strengths, ages = ages, out = out, count = count,
                scale = shape.scale, exponent = shape.b, arena = tools.arena,
                options = request } }
    end
    add("engram", tools.ours.decay, shape.tolerance)
    for _, plain in ipairs { { "libm, item by item", "" }, { "libmvec", shop:vector_flags() } } do
        local built, failure = shop:library { source = "decay.c", flags = plain[2] }
        if not built then return nil, failure end
        add(plain[1], built.contenders[shape.name], wrong_beyond)
    end
    local out = floats_t(count)
    list[#list + 1] = { name = "limit: triad", entry = tools.clock.contenders.triad,
        is_limit = true, anchors = { out, ages, strengths }, job = ffi.new("bench_limit",
            { a = strengths, b = ages, out = out, count = count }) }
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
