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
--
-- Where there are items, a parameter may be a vector or a table with a number for each of them.

local ffi = require "ffi"
local C = require "engram.c"
local check = require "engram.check"
local core = require "engram.core"
local matrix = require "engram.matrix"

local pairs = core.pairs

local huge = math.huge

local curves = {}

-- One for all calls: a call fills it and hands it to C. items is a window on its first part.
local request = ffi.new "eg_curve_options"
local items = request.items
curves.request, curves.items = request, items

-- ---- parameters

local f64, f32 = tonumber(C.EG_AGE_F64), tonumber(C.EG_AGE_F32)
local doubles_t, floats_pointer_t = ffi.typeof "double[?]", ffi.typeof "const float *"

-- How many items there are; nil where one number is asked for.
local count

-- What was found of parameters with a number for each item, by place: a is 0, b is 1, ...
local called, rules, copies, rooms = {}, {}, {}, {}

local above_zero = { words = "number above 0" }
function above_zero.good(x) return x > 0 and x < huge end

local lasting = { words = above_zero.words } -- for ever, too
function lasting.good(x) return x > 0 end

local from_zero = { words = "number from 0" }
function from_zero.good(x) return x >= 0 and x < huge end

local part = { words = "number from 0 to 1" }
function part.good(x) return x >= 0 and x <= 1 end

local exponent = { words = "number from 0.001" }
function exponent.good(x) return x >= .001 and x < huge end

-- Doubles of our own for a place.
local function room_for(place)
    if not copies[place] or rooms[place] < count then
        copies[place], rooms[place] = doubles_t(count * 2), count * 2
    end
    items.each[place] = copies[place]
    return copies[place]
end

-- Floats that wait at a place become doubles, as all must be of one type.
local function widen(place)
    if items.each[place] == nil then return end
    local floats = ffi.cast(floats_pointer_t, items.each[place])
    local doubles = room_for(place)
    for i = 0, count - 1 do doubles[i] = floats[i] end
end

local function read_vector(place, vector, what, at, name)
    if vector.slot.serial ~= vector.serial then error("stale: its arena was rewound", 6) end
    if vector.length ~= count then
        check.bad(at, name, ("%s: %d numbers expected, as there are strengths, got %d")
            :format(what, count, vector.length), 5)
    end
    items.each[place] = vector.cells
    if items.each_type == f64 then widen(place) end
end

local function read_table(place, list, what, at, name)
    if #list ~= count then
        check.bad(at, name, ("%s: %d numbers expected, as there are strengths, got %d")
            :format(what, count, #list), 5)
    end
    if items.each_type == f32 then
        for before = 0, place - 1 do widen(before) end
        items.each_type = f64
    end
    local doubles = room_for(place)
    for i = 1, count do
        local x = list[i]
        if type(x) ~= "number" then
            check.bad(at, name, ("%s: item %d: number expected, got %s")
                :format(what, i, check.kind(x)), 5)
        end
        doubles[i - 1] = x
    end
end

-- One number for all items is answered. Called by a curve's read, which curves.read calls.
local function take(place, value, rule, what, at, name)
    if type(value) == "number" then
        if rule.good(value) then return value end
    elseif count and (matrix.is_vector(value) or type(value) == "table") then
        called[place], rules[place] = what, rule
        if type(value) == "table" then
            read_table(place, value, what, at, name)
        else
            read_vector(place, value, what, at, name)
        end
        return 1
    end
    local plain = type(value) ~= "table" and type(value) ~= "cdata"
    check.bad(at, name, ("%s: %s expected, got %s"):format(what, rule.words,
        plain and tostring(value) or check.kind(value)), 4)
end

local function default(value, otherwise)
    if value == nil then return otherwise end
    return value
end

local read = {}

function read.exponential(options, at, name)
    items.a = take(0, options.tau, lasting, "tau", at, name)
end

function read.halflife(options, at, name)
    items.a = take(0, options.h, lasting, "h", at, name)
end

function read.power(options, at, name)
    items.a = take(0, default(options.a, 1), above_zero, "a", at, name)
    items.b = take(1, options.b, from_zero, "b", at, name)
end

read.power1 = read.power

function read.savings1885(options, at, name)
    items.a = take(0, default(options.k, 1.84), above_zero, "k", at, name)
    items.b = take(1, default(options.c, 1.25), above_zero, "c", at, name)
end

function read.wickelgren(options, at, name)
    items.a = take(0, default(options.lambda, 1), above_zero, "lambda", at, name)
    items.b = take(1, options.beta, from_zero, "beta", at, name)
    request.c = take(2, options.psi, from_zero, "psi", at, name)
end

function read.two_exp(options, at, name)
    items.a = take(0, default(options.a, 1), above_zero, "a", at, name)
    items.b = take(1, options.w, part, "w", at, name)
    request.c = take(2, options.tau1, above_zero, "tau1", at, name)
    request.d = take(3, options.tau2, above_zero, "tau2", at, name)
    request.e = take(4, default(options.c, 0), from_zero, "c", at, name)
end

function read.memory_chain(options, at, name)
    items.a = take(0, options.mu1, above_zero, "mu1", at, name)
    items.b = take(1, options.mu2, from_zero, "mu2", at, name)
    request.c = take(2, options.a1, above_zero, "a1", at, name)
    request.d = take(3, options.a2, from_zero, "a2", at, name)
end

function read.fsrs(options, at, name)
    items.a = take(0, options.s, above_zero, "s", at, name)
    items.b = take(1, default(options.decay, .1542), exponent, "decay", at, name)
end

--- After C has refused: what is wrong with a parameter of an item, in words, or nil.
function curves.complaint()
    for place = 0, 4 do
        local each = items.each[place]
        if each ~= nil then
            local kind = items.each_type == f32 and floats_pointer_t or "const double *"
            local numbers = ffi.cast(kind, each)
            for i = 0, items.count - 1 do
                if not rules[place].good(numbers[i]) then
                    return ("%s: item %d is %.14g: %s expected"):format(called[place], i + 1,
                        numbers[i], rules[place].words)
                end
            end
        end
    end
end

-- ---- which curve

local constants = {
    exponential = tonumber(C.EG_EXPONENTIAL), halflife = tonumber(C.EG_HALFLIFE),
    power = tonumber(C.EG_POWER), power1 = tonumber(C.EG_POWER1),
    savings1885 = tonumber(C.EG_SAVINGS1885), wickelgren = tonumber(C.EG_WICKELGREN),
    two_exp = tonumber(C.EG_TWO_EXP), memory_chain = tonumber(C.EG_MEMORY_CHAIN),
    fsrs = tonumber(C.EG_FSRS),
}

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
local common = { "curve", "age_unit", "floor", "out", "fast" }
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
            ": it takes age_unit, not time_unit", 3)
    end
    if parameters[key] then
        check.bad(at, name, curve .. " takes " .. takes[curve] .. ", not " .. key, 3)
    end
    local names = {}
    for each in pairs(known) do names[#names + 1] = each end
    table.sort(names)
    check.bad(at, name, "unknown option '" .. tostring(key) .. "'; known are " ..
        table.concat(names, ", "), 3)
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

--- Fills request from the options of a public function, whose caller is blamed; item_count:
--  so many items may each have a number of their own. Loops only where there are tables: in an
--  event, a loop is a trace of its own.
function curves.read(options, at, name, item_count)
    local curve, each = options.curve, items.each
    count = item_count
    each[0], each[1], each[2], each[3], each[4] = nil, nil, nil, nil, nil
    items.each_type = f32
    items.curve = constants[curve] or unknown_curve(curve, at, name)
    local known = known_of[curve]
    local key = core.unknown(options, known)
    if key ~= nil then refuse(key, curve, known, at, name) end

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
    for _, word in ipairs { "floor", "out", "fast" } do
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
