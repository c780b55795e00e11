--- Actr: what an activation means in ACT-R.
--
--    local hits = engram.spread(g, { [person] = 1, [place] = 1 }, { method = "actr", mas = 1.6 })
--    engram.actr.latency(hits:of(fact), { F = 0.63 })       seconds to retrieve it
--    engram.actr.recall(hits:of(fact), { tau = -1, s = 0.4 })      the chance that it is retrieved

local check = require "engram.check"

local exp = math.exp
local number_max = 1.7976931348623157e308
local latency_options, recall_options = { F = true, f = true }, { tau = true, s = true }
local none = {}

local actr = {}

local function check_activation(activation, name)
    if type(activation) ~= "number" or activation ~= activation then
        check.bad(1, name, "activation: number expected, got " .. tostring(activation), 2)
    end
end

local function positive(value, default, name, what)
    if value == nil then value = default end
    if type(value) == "number" and value > 0 and value <= number_max then return value end
    check.bad(2, name, what .. ": number above 0 expected, got " .. tostring(value), 2)
end

--- The time a retrieval takes, F * e^(-f * activation): F, ACT-R's :lf, and f are 1 by default.
function actr.latency(activation, options)
    check_activation(activation, "latency")
    options = options or none
    check.options(options, latency_options, 2, "latency")
    local F = positive(options.F, 1, "latency", "F")
    local f = positive(options.f, 1, "latency", "f")
    return F * exp(-f * activation)
end

--- The probability of recall, 1 / (1 + e^((tau - activation) / s)): tau is the threshold of
--  retrieval, 0 by default, and s the scale of the noise.
function actr.recall(activation, options)
    check_activation(activation, "recall")
    options = options or none
    check.options(options, recall_options, 2, "recall")
    local tau = options.tau
    if tau == nil then tau = 0 end
    if type(tau) ~= "number" or tau - tau ~= 0 then
        check.bad(2, "recall", "tau: finite number expected, got " .. tostring(tau))
    end
    return 1 / (1 + exp((tau - activation) / positive(options.s, nil, "recall", "s")))
end

return { actr = actr }
