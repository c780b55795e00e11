--- Curves: the parameters of forgetting curves, and the age at which so much is left.
--
--    curves.interval(0.9, { curve = "fsrs", s = 12 })                        -> 12 days
--    curves.interval(0.5, { curve = "exponential", tau = 1, time_unit = "d" }) -> 59888 s
--
--    curve          strength kept at age t, at most 1            parameters (default)
--    "exponential"  e^(-t/tau)                                   tau
--    "halflife"     2^(-t/h)                                     h
--    "power"        a t^-b                                       a (1), b
--    "power1"       a (1 + t)^-b                                 a (1), b
--    "savings1885"  k / ((log10 t)^c + k), t in minutes          k (1.84), c (1.25)
--    "wickelgren"   lambda (1 + beta t)^-psi                     lambda (1), beta, psi
--    "two_exp"      a (w e^(-t/tau1) + (1-w) e^(-t/tau2)) + c    a (1), w, tau1, tau2, c (0)
--    "memory_chain" 1 - e^-r, r = mu1 e^(-a1 t)                  mu1, mu2, a1, a2
--                   + mu1 mu2 (e^(-a2 t) - e^(-a1 t)) / (a1 - a2); may rise first
--    "fsrs"         (1 + F t/s)^-decay, F so that at age s       s (days), decay (0.1542, as in
--                   0.9 is left                                  FSRS-6; 4.5 and 5 have 0.5)
--
-- Ages are in age_unit, the curve's own time in time_unit: "ms", "s" (default of both), "min" or
-- "m", "h", "d", or a number of seconds. So with neither, both simply share one unit. Two
-- curves have a unit of their own and take no time_unit: savings1885 counts minutes (from one
-- before the end of learning: all is left up to the first), fsrs days. That is also the unit of
-- their ages when age_unit is not given.

local ffi = require "ffi"
local C = require "engram.c"
local check = require "engram.check"

local huge = math.huge

local curves = {}

-- One for all calls: a call fills it and hands it to C. items is a window on its first part.
local request = ffi.new "eg_curve_options"
local items = request.items
curves.request, curves.items = request, items

-- ---- parameters

-- Called by a curve's read, which read calls, which a public function calls.
local function bad_parameter(what, expected, value, at, name)
    check.bad(at, name, ("%s: %s expected, got %s"):format(what, expected, tostring(value)), 5)
end

local function above_zero(value, what, at, name)
    if type(value) == "number" and value > 0 and value < huge then return value end
    bad_parameter(what, "number above 0", value, at, name)
end

local function from_zero(value, what, at, name)
    if type(value) == "number" and value >= 0 and value < huge then return value end
    bad_parameter(what, "number from 0", value, at, name)
end

local function default(value, otherwise)
    if value == nil then return otherwise end
    return value
end

local read = {}

function read.exponential(options, at, name)
    items.a = above_zero(options.tau, "tau", at, name)
end

function read.halflife(options, at, name)
    items.a = above_zero(options.h, "h", at, name)
end

function read.power(options, at, name)
    items.a = above_zero(default(options.a, 1), "a", at, name)
    items.b = from_zero(options.b, "b", at, name)
end

read.power1 = read.power

function read.savings1885(options, at, name)
    items.a = above_zero(default(options.k, 1.84), "k", at, name)
    items.b = above_zero(default(options.c, 1.25), "c", at, name)
end

function read.wickelgren(options, at, name)
    items.a = above_zero(default(options.lambda, 1), "lambda", at, name)
    items.b = from_zero(options.beta, "beta", at, name)
    request.c = from_zero(options.psi, "psi", at, name)
end

function read.two_exp(options, at, name)
    items.a = above_zero(default(options.a, 1), "a", at, name)
    local w = options.w
    if not (type(w) == "number" and w >= 0 and w <= 1) then
        bad_parameter("w", "number from 0 to 1", w, at, name)
    end
    items.b = w
    request.c = above_zero(options.tau1, "tau1", at, name)
    request.d = above_zero(options.tau2, "tau2", at, name)
    request.e = from_zero(default(options.c, 0), "c", at, name)
end

function read.memory_chain(options, at, name)
    items.a = above_zero(options.mu1, "mu1", at, name)
    items.b = from_zero(options.mu2, "mu2", at, name)
    request.c = above_zero(options.a1, "a1", at, name)
    request.d = from_zero(options.a2, "a2", at, name)
end

function read.fsrs(options, at, name)
    items.a = above_zero(options.s, "s", at, name)
    local decay = default(options.decay, .1542)
    if not (type(decay) == "number" and decay >= .001 and decay < huge) then
        bad_parameter("decay", "number from 0.001", decay, at, name)
    end
    items.b = decay
end

-- ---- which curve

local constants = {
    exponential = tonumber(C.EG_EXPONENTIAL), halflife = tonumber(C.EG_HALFLIFE),
    power = tonumber(C.EG_POWER), power1 = tonumber(C.EG_POWER1),
    savings1885 = tonumber(C.EG_SAVINGS1885), wickelgren = tonumber(C.EG_WICKELGREN),
    two_exp = tonumber(C.EG_TWO_EXP), memory_chain = tonumber(C.EG_MEMORY_CHAIN),
    fsrs = tonumber(C.EG_FSRS),
}
curves.fast_max = constants.power1

-- In the words of a message. A parameter of any curve is one of these words somewhere.
local takes = {
    exponential = "tau", halflife = "h", power = "a and b", power1 = "a and b",
    savings1885 = "k and c", wickelgren = "lambda, beta and psi",
    two_exp = "a, w, tau1, tau2 and c", memory_chain = "mu1, mu2, a1 and a2",
    fsrs = "s and decay",
}
local own_unit = { savings1885 = "min", fsrs = "d" }
local own_word = { savings1885 = "minutes", fsrs = "days" }

-- The keys of each curve; and those of any.
local common = { "curve", "age_unit", "floor", "out" }
local known_of, parameters = {}, {}
for curve, words in pairs(takes) do
    local known = {}
    for word in words:gmatch "%w+" do
        if word ~= "and" then known[word], parameters[word] = true, true end
    end
    for _, word in ipairs(common) do known[word] = true end
    if not own_unit[curve] then known.time_unit = true end
    known_of[curve] = known
end

local function unknown_curve(curve, at, name)
    local names = {}
    for each in pairs(constants) do names[#names + 1] = "'" .. each .. "'" end
    table.sort(names)
    check.bad(at, name, "curve: one of " .. table.concat(names, ", ") .. " expected, got " ..
        tostring(curve), 3)
end

local function refuse(key, curve, known, at, name)
    if key == "time_unit" then
        check.bad(at, name, curve .. " counts " .. own_word[curve] ..
            ": it takes age_unit, not time_unit", 4)
    end
    if parameters[key] then
        check.bad(at, name, curve .. " takes " .. takes[curve] .. ", not " .. key, 4)
    end
    local names = {}
    for each in pairs(known) do names[#names + 1] = each end
    table.sort(names)
    check.bad(at, name, "unknown option '" .. tostring(key) .. "'; known are " ..
        table.concat(names, ", "), 4)
end

local function next_key(options, key, curve, at, name)
    key = next(options, key)
    if key == nil then return nil end
    local known = known_of[curve]
    if not known[key] then refuse(key, curve, known, at, name) end
    return key
end

-- ---- units

local units = { ms = 1e-3, s = 1, m = 60, min = 60, h = 3600, d = 86400 }

local function seconds(unit, what, at, name)
    local known_unit = units[unit]
    if known_unit then return known_unit end
    if type(unit) == "number" and unit > 0 and unit < huge then return unit end
    check.bad(at, name, what .. ": 'ms', 's', 'min', 'h', 'd' or a number of seconds expected, " ..
        "got " .. tostring(unit), 3)
end

--- Fills request from the options of a public function, whose caller is blamed. Loops only
--  where there are more than eight keys: in an event, a loop is a trace of its own.
function curves.read(options, at, name)
    local curve = options.curve
    items.curve = constants[curve] or unknown_curve(curve, at, name)
    local key = next_key(options, nil, curve, at, name)
    key = key and next_key(options, key, curve, at, name)
    key = key and next_key(options, key, curve, at, name)
    key = key and next_key(options, key, curve, at, name)
    key = key and next_key(options, key, curve, at, name)
    key = key and next_key(options, key, curve, at, name)
    key = key and next_key(options, key, curve, at, name)
    key = key and next_key(options, key, curve, at, name)
    while key do key = next_key(options, key, curve, at, name) end

    read[curve](options, at, name)
    local own = own_unit[curve]
    local age_unit, time_unit = options.age_unit, own or options.time_unit
    if age_unit == nil then age_unit = own or "s" end
    if time_unit == nil then time_unit = "s" end
    items.age_scale = seconds(age_unit, "age_unit", at, name) /
        seconds(time_unit, "time_unit", at, name)
end

-- ---- the way back

--- The last age, in age_unit, at which so much of a strength is left.
function curves.interval(retention, options)
    if not (type(retention) == "number" and retention > 0 and retention <= 1) then
        check.bad(1, "interval", "retention above 0, up to 1 expected, got " .. tostring(retention))
    end
    if type(options) ~= "table" then
        check.bad(2, "interval", "table of options expected, got " .. check.kind(options))
    end
    curves.read(options, 2, "interval")
    for _, word in ipairs { "floor", "out" } do
        if options[word] ~= nil then check.bad(2, "interval", word .. " has no meaning here") end
    end
    local age = C.eg_interval(request, retention)
    if age ~= age then
        check.bad(1, "interval", ("so much as %.14g is never left"):format(retention))
    end
    if age == huge then
        local c = options.curve == "two_exp" and request.e >= retention and request.e
        check.bad(1, "interval", ("%.14g or more is left at every age%s")
            :format(retention, c and (", as c is %.14g"):format(c) or ""))
    end
    return age
end

return curves
