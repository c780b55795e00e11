--- Base level: how active ACT-R expects a memory to be, from the ages of its uses.
--
--    base_level.base_level({ 60, 3600, 86400 })                               -> -1.9027
--    base_level.base_level(ages, { method = "hybrid", k = 1, d = 0.5 })
--
--    method       answer                                              needs
--    "exact"      ln of the sum of t^-d over all ages t (default)     d above 0 (0.5)
--    "optimized"  ln(n / (1 - d)) - d ln L: uses spread evenly        d below 1 too
--    "hybrid"     the k most recent exactly, the others spread        k (1)
--                 evenly between the oldest of these and L (Petrov 2006)
--
-- Ages are a table or a vector, in seconds as in ACT-R, in any order, each above 0. L is the
-- lifetime: the oldest age, or what lifetime says. optimized can be far off, and may rise with d.

local check = require "engram.check"
local matrix = require "engram.matrix"

local exp, log, huge = math.exp, math.log, math.huge

local base_level = {}

local known = { method = true, d = true, k = true, lifetime = true }
local methods = { exact = 1, optimized = 2, hybrid = 3 }

-- A sorted copy.
local function read_ages(ages)
    local is_vector = matrix.is_vector(ages)
    if not is_vector and type(ages) ~= "table" then
        check.bad(1, "base_level", "vector or table of ages expected, got " .. check.kind(ages), 2)
    end
    if is_vector and ages.slot.serial ~= ages.serial then
        error("stale: its arena was rewound", 3)
    end
    local list = {}
    for i = 1, #ages do
        local age = is_vector and ages:get(i) or ages[i]
        if type(age) ~= "number" then
            check.bad(1, "base_level", ("age %d: number expected, got %s")
                :format(i, check.kind(age)), 2)
        end
        if not (age > 0 and age < huge) then
            check.bad(1, "base_level", ("age %d is %.14g: a finite number above 0 expected")
                :format(i, age), 2)
        end
        list[i] = age
    end
    if #list == 0 then check.bad(1, "base_level", "at least one age expected", 2) end
    table.sort(list)
    return list
end

local function read_number(value, low, what, expected)
    if type(value) == "number" and value > low and value < huge then return value end
    check.bad(2, "base_level", what .. ": " .. expected .. " expected, got " .. tostring(value), 2)
end

-- The mean of t^-d between 1 and ratio: (ratio^(1-d) - 1) / ((1-d) (ratio - 1)), each difference
-- over the logarithm it comes from, so that nothing cancels near ratio = 1 or d = 1.
local function mean_between(ratio, d)
    if ratio == 1 then return 1 end
    local grown = exp((1 - d) * log(ratio))
    local shape = 1
    if grown ~= 1 then shape = (grown - 1) / log(grown) end
    return shape * log(ratio) / (ratio - 1)
end

-- Ages are measured by the youngest, so that no power leaves the range of a number.
local function sum(ages, count, d)
    local total = 0
    for i = 1, count do total = total + (ages[i] / ages[1]) ^ -d end
    return total
end

--- The base level. See above.
function base_level.base_level(ages, options)
    check.options(options, known, 2, "base_level")
    options = options or {}
    local list = read_ages(ages)
    local n = #list
    local method = options.method == nil and "exact" or options.method
    check.word(method, methods, 2, "base_level", "method")
    local d = read_number(options.d == nil and .5 or options.d, 0, "d", "number above 0")
    if options.k ~= nil and method ~= "hybrid" then
        check.bad(2, "base_level", method .. " takes no k")
    end
    if options.lifetime ~= nil and method == "exact" then
        check.bad(2, "base_level", "exact takes no lifetime")
    end
    local lifetime = read_number(options.lifetime == nil and list[n] or options.lifetime, 0,
        "lifetime", "number of seconds")
    if lifetime < list[n] then
        check.bad(2, "base_level", ("lifetime: %.14g is less than the oldest age, %.14g")
            :format(lifetime, list[n]))
    end
    if method == "exact" then return log(sum(list, n, d)) - d * log(list[1]) end
    if method == "optimized" then
        if d >= 1 then
            check.bad(2, "base_level", "d: number below 1 expected by optimized, got " .. d)
        end
        return log(n / (1 - d)) - d * log(lifetime)
    end
    local k = check.count(options.k == nil and 1 or options.k, 1, n, 2, "base_level", "k")
    local rest = (n - k) * (list[k] / list[1]) ^ -d * mean_between(lifetime / list[k], d)
    return log(sum(list, k, d) + rest) - d * log(list[1])
end

return base_level
