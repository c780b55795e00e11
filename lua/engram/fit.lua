--- Fit: which forgetting curve, with which parameters, a set of measurements shows.
--
--    local fit = engram.fit_decay({ 1, 3, 6, 9, 12, 18 }, { .94, .77, .40, .26, .24, .16 },
--        { curve = "exponential", method = "mle", trials = 100 })
--    fit.a, fit.tau, fit.log_likelihood, fit.r2
--
-- Retained lies within 0 and 1. Ages count from 0, in a unit that the parameters then share;
-- savings1885 counts minutes. What is fitted is the formula itself, not held to 1:
--
--    "exponential"  a e^(-t/tau)          "power"        a t^-b, no age 0
--    "halflife"     a 2^(-t/h)            "power1"       a (1 + t)^-b
--    "hyperbolic"   a / (a + t^b)         "wickelgren"   lambda (1 + beta t)^-psi
--    "savings1885"  k / ((log10 t)^c + k) "fsrs"         (1 + F t/s)^-decay, at s 0.9 is left
--    "weibull"      a e^(-b t^c)          "power_c"      a t^-b + c, no age 0
--    "exponential_c"  a e^(-t/tau) + c
--
-- engram.decay and engram.interval know them, but hyperbolic, weibull and those that end in _c.
--
-- method "lse", the default, makes the squares of the errors least. "mle" makes the likelihood
-- most of having retained so many of trials (a number, or one for each age): the sum of
-- n (y ln p + (1 - y) ln(1 - p)), p held within 1e-9 and 1 - 1e-9. start = { a = 1, b = .5 }
-- replaces the search for a place to start from.
--
-- The answer has curve, method and the parameters by name; r2, rmse; for mle log_likelihood;
-- aic and bic, which compare curves of one method on one set of data; converged, iterations.
-- Under lse they are n ln(rmse^2) + 2(k + 1) and + (k + 1) ln n for k parameters, n ages; under
-- mle 2k and k ln(sum of trials), less twice the log likelihood.
--
-- Without curve, a list of all that converge, least aic first, but halflife, which is
-- exponential, and savings1885, which has a unit. nil and a message when there is nothing to fit.

local check = require "engram.check"
local pairs = require("engram.core").pairs
local levenberg = require "engram.levenberg"
local matrix = require "engram.matrix"

local exp, log, sqrt, huge = math.exp, math.log, math.sqrt, math.huge
local log10 = math.log10

local fit = {}

local known = { curve = true, method = true, trials = true, start = true }
local starts_tried, trials_max = 5, 2 ^ 53
local certain = 1e-9

-- ---- the curves

-- n numbers from low to high, at equal ratios.
local function ratios(low, high, n)
    local list = {}
    for i = 0, n - 1 do list[i + 1] = low * (high / low) ^ (i / (n - 1)) end
    return list
end

local shares, exponents, weights = { .4, .6, .8, 1, 1.25 }, ratios(.02, 4, 12), ratios(.1, 10, 9)
local floors = { .02, .05, .1, .2, .4 }

-- Where to look for a parameter, given the least and the largest age above 0.
local function share() return shares end
local function exponent() return exponents end
local function weight() return weights end
local function asymptote() return floors end
local function time(least, largest) return ratios(least / 10, largest * 10, 25) end
local function rate(least, largest) return ratios(.1 / largest, 10 / least, 15) end
local function stretched(_, largest) return ratios(.01 / (1 + largest), 10, 15) end

local curves = {
    exponential = {
        names = { "a", "tau" }, search = { share, time },
        at = function(t, p) return p[1] * exp(-t / p[2]) end,
    },
    halflife = {
        names = { "a", "h" }, search = { share, time },
        at = function(t, p) return p[1] * 2 ^ (-t / p[2]) end,
    },
    power = {
        names = { "a", "b" }, search = { share, exponent }, no_zero = true,
        at = function(t, p) return p[1] * t ^ -p[2] end,
    },
    power1 = {
        names = { "a", "b" }, search = { share, exponent },
        at = function(t, p) return p[1] * (1 + t) ^ -p[2] end,
    },
    hyperbolic = {
        names = { "a", "b" }, search = { weight, exponent },
        at = function(t, p) return p[1] / (p[1] + t ^ p[2]) end,
    },
    savings1885 = {
        names = { "k", "c" }, search = { weight, exponent },
        at = function(t, p) return t <= 1 and 1 or p[1] / (log10(t) ^ p[2] + p[1]) end,
    },
    wickelgren = {
        names = { "lambda", "beta", "psi" }, search = { share, rate, exponent },
        at = function(t, p) return p[1] * (1 + p[2] * t) ^ -p[3] end,
    },
    fsrs = {
        names = { "s", "decay" }, search = { time, exponent },
        at = function(t, p) return (1 + (.9 ^ (-1 / p[2]) - 1) * t / p[1]) ^ -p[2] end,
    },
    weibull = {
        names = { "a", "b", "c" }, search = { share, stretched, exponent },
        at = function(t, p) return p[1] * exp(-p[2] * t ^ p[3]) end,
    },
    exponential_c = {
        names = { "a", "tau", "c" }, search = { share, time, asymptote },
        at = function(t, p) return p[1] * exp(-t / p[2]) + p[3] end,
    },
    power_c = {
        names = { "a", "b", "c" }, search = { share, exponent, asymptote }, no_zero = true,
        at = function(t, p) return p[1] * t ^ -p[2] + p[3] end,
    },
}
local compared = { "exponential", "power", "power1", "hyperbolic", "wickelgren", "fsrs",
    "weibull", "exponential_c", "power_c" }

-- ---- what is given

local function list_of(x, at, what)
    local is_vector = matrix.is_vector(x)
    if not is_vector and type(x) ~= "table" then
        check.bad(at, "fit_decay", what .. ": table or vector of numbers expected, got " ..
            check.kind(x), 3)
    end
    local list = {}
    for i = 1, #x do list[i] = is_vector and x:get(i) or x[i] end
    return list
end

-- A list of n numbers within low and high; of any length when n is nil.
local function read_numbers(x, at, what, n, low, high)
    local list = list_of(x, at, what)
    if n and #list ~= n then
        check.bad(at, "fit_decay", ("%s: %d expected, as there are ages, got %d")
            :format(what, n, #list), 2)
    end
    for i, value in ipairs(list) do
        if not (type(value) == "number" and value >= low and value <= high) then
            check.bad(at, "fit_decay", ("%s, %d: number from %g%s expected, got %s"):format(what,
                i, low, high < 1e300 and " to " .. high or "", tostring(value)), 2)
        end
    end
    return list
end

-- The same trials at each of n ages.
local function repeated(trials, n)
    if not (trials >= 1 and trials <= trials_max) then
        check.bad(3, "fit_decay", "trials: number from 1 expected, got " .. trials, 2)
    end
    local list = {}
    for i = 1, n do list[i] = trials end
    return list
end

local function read_start(start, curve)
    if type(start) ~= "table" then
        check.bad(3, "fit_decay", "start: table of parameters expected, got " ..
            check.kind(start), 2)
    end
    local parameters, words = {}, {}
    for k, name in ipairs(curve.names) do
        local value = start[name]
        if not (type(value) == "number" and value > 0 and value < huge) then
            check.bad(3, "fit_decay", ("start, %s: number above 0 expected, got %s")
                :format(name, tostring(value)), 2)
        end
        parameters[k], words[name] = value, true
    end
    for name in pairs(start) do
        if not words[name] then
            check.bad(3, "fit_decay", "start: no parameter is called " .. tostring(name), 2)
        end
    end
    return parameters
end

-- ---- what is made least

local function held(p) return p < certain and certain or p > 1 - certain and 1 - certain or p end

local methods = {}

function methods.lse(data)
    local y = data.retained
    return {
        residual = function(i, p) return y[i] - p, 1 end,
        loss = function(i, p) return (y[i] - p) ^ 2 end,
    }
end

-- A prediction that had to be held pulls nowhere: the loss is the same around it.
function methods.mle(data)
    local y, n = data.retained, data.trials
    return {
        residual = function(i, p)
            return y[i] - p, p == held(p) and n[i] / (p * (1 - p)) or 0
        end,
        loss = function(i, p)
            if p ~= p then return p end
            p = held(p)
            return -n[i] * (y[i] * log(p) + (1 - y[i]) * log(1 - p))
        end,
    }
end

-- ---- one curve

-- Each combination of what the lists hold, to visit(parameters).
local function each(lists, visit, chosen)
    local k = #chosen + 1
    if k > #lists then return visit(chosen) end
    for _, value in ipairs(lists[k]) do
        chosen[k] = value
        each(lists, visit, chosen)
        chosen[k] = nil
    end
end

-- The places to descend from: the best of a grid.
local function places(curve, problem, data)
    local lists, found = {}, {}
    for k, search in ipairs(curve.search) do lists[k] = search(data.least, data.largest) end
    each(lists, function(parameters)
        local loss = levenberg.loss(problem, parameters)
        if loss < huge then
            found[#found + 1] = { loss = loss, parameters = { unpack(parameters) } }
        end
    end, {})
    table.sort(found, function(a, b) return a.loss < b.loss end)
    local best = {}
    for i = 1, math.min(starts_tried, #found) do best[i] = found[i].parameters end
    return best
end

local function summary(name, method, data, best)
    local curve, k, n = curves[name], #best.parameters, #data.ages
    local squares, spread, mean = 0, 0, 0
    for i = 1, n do mean = mean + data.retained[i] / n end
    for i = 1, n do
        squares = squares + (data.retained[i] - curve.at(data.ages[i], best.parameters)) ^ 2
        spread = spread + (data.retained[i] - mean) ^ 2
    end
    local answer = {
        curve = name, method = method, r2 = 1 - squares / spread, rmse = sqrt(squares / n),
        converged = best.converged, iterations = best.iterations,
    }
    for i, parameter in ipairs(curve.names) do answer[parameter] = best.parameters[i] end
    if method == "mle" then
        answer.log_likelihood = -best.loss
        answer.aic, answer.bic = 2 * k + 2 * best.loss, k * log(data.trial_sum) + 2 * best.loss
    else
        local base = n * log(squares / n)
        answer.aic, answer.bic = base + 2 * (k + 1), base + (k + 1) * log(n)
    end
    return answer
end

-- Why these data can not be fitted by this curve, or nil.
local function obstacle(name, data)
    local curve = curves[name]
    if data.different < #curve.names then
        return ("%s has %d parameters: measurements at as many ages are needed, got %d"):format(
            name, #curve.names, data.different)
    end
    if curve.no_zero and data.has_zero then return name .. " has no value at age 0" end
    if data.is_constant then return "retained does not fall with age: it is the same at each" end
end

local function fit_one(name, method, data, start)
    local message = obstacle(name, data)
    if message then return nil, message end
    local curve, problem = curves[name], methods[method](data)
    problem.count = #data.ages
    problem.predict = function(i, parameters) return curve.at(data.ages[i], parameters) end
    local best
    for _, from in ipairs(start and { start } or places(curve, problem, data)) do
        local found = levenberg.descend(problem, from)
        if not best or found.loss < best.loss then best = found end
    end
    if not (best and best.loss < huge) then
        return nil, name .. " has no value at these ages and this start"
    end
    local first = curve.at(data.has_zero and 0 or data.least, best.parameters)
    local last = curve.at(data.largest, best.parameters)
    if first - last <= 1e-6 then
        return nil, "retained does not fall with age: the best " .. name .. " is flat"
    end
    return summary(name, method, data, best)
end

-- ---- the public function

local function measure(data)
    local seen = {}
    data.least, data.largest, data.different, data.is_constant = huge, 0, 0, true
    for _, y in ipairs(data.retained) do
        if y ~= data.retained[1] then data.is_constant = false end
    end
    for _, age in ipairs(data.ages) do
        if age == 0 then data.has_zero = true end
        if age > 0 and age < data.least then data.least = age end
        if age > data.largest then data.largest = age end
        if not seen[age] then
            seen[age] = true
            data.different = data.different + 1
        end
    end
    if data.trials then
        data.trial_sum = 0
        for _, n in ipairs(data.trials) do data.trial_sum = data.trial_sum + n end
    end
end

local function fit_all(method, data)
    local list, reason = {}, nil
    for _, name in ipairs(compared) do
        local found, message = fit_one(name, method, data)
        if found and found.converged then list[#list + 1] = found end
        reason = reason or message
    end
    if #list == 0 then return nil, reason or "no curve converged" end
    table.sort(list, function(a, b) return a.aic < b.aic end)
    return list
end

--- Fits one curve, or all. See above.
function fit.fit_decay(ages, retained, options)
    check.options(options, known, 3, "fit_decay")
    options = options or {}
    local name, method, trials = options.curve, options.method, options.trials
    if name ~= nil then check.word(name, curves, 3, "fit_decay", "curve") end
    if method == nil then method = "lse" end
    check.word(method, methods, 3, "fit_decay", "method")
    if (method == "mle") ~= (trials ~= nil) then
        check.bad(3, "fit_decay", method == "mle" and "trials: mle asks how many there were" or
            "trials: lse takes none")
    end
    if options.start ~= nil and name == nil then
        check.bad(3, "fit_decay", "start belongs to a curve")
    end
    local data = { ages = read_numbers(ages, 1, "ages", nil, 0, 1e300) }
    data.retained = read_numbers(retained, 2, "retained", #data.ages, 0, 1)
    if type(trials) == "number" then
        data.trials = repeated(trials, #data.ages)
    elseif trials ~= nil then
        data.trials = read_numbers(trials, 3, "trials", #data.ages, 1, trials_max)
    end
    local start = options.start ~= nil and read_start(options.start, curves[name]) or nil
    measure(data)
    if name then return fit_one(name, method, data, start) end
    return fit_all(method, data)
end

return fit
