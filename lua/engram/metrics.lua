--- Metrics: figures of a script's own, kept by each thread and added up at the end.
--
--    thread:count("bytes", 4096)       a sum, and its rate per second
--    thread:gauge("queue", depth)      the last value, the least and the greatest
--    thread:rate("hit", found)         the share of true among all
--    thread:trend("size", value)       a distribution: mean and percentiles
--
-- A trend is a histogram in fixed memory, never a list: values from 0.001 to 3.6e9, to 1 %.
-- What a warm-up's events report is not kept.

local ffi = require "ffi"
local declarations = require "engram.declarations"
local pairs = require("engram.core").pairs

local C = declarations.C

local metrics = {}
local methods = require("engram.methods").metrics

-- Histograms count whole numbers: trends are kept in thousandths.
metrics.trend_scale = 1000
local trend_scale, trend_max = metrics.trend_scale, 3.6e9
local warmup_first, warmup_end = 2 ^ 52, 2 ^ 53

-- By name. A state has one thread.
local own = {}

-- level: of the script's own line, seen from whoever calls this.
local function misused(method, message, level)
    error("thread:" .. method .. ": " .. message, level + 1)
end

-- The metric of that name; made when it is not there yet.
local function metric_of(kind, name)
    local known = own[name]
    if known then
        if known.kind == kind then return known end
        misused(kind, ("'%s' is a %s already"):format(name, known.kind), 3)
    end
    if type(name) ~= "string" or name == "" then
        misused(kind, "a name expected, got " .. tostring(name), 3)
    end
    known = { kind = kind, value = 0, count = 0, min = math.huge, max = -math.huge }
    if kind == "trend" then
        declarations.rest()
        known.histogram = C.eg_histogram_new()
    end
    own[name] = known
    return known
end

local function is_warmup(thread)
    local stream = thread.random.stream
    return stream >= warmup_first and stream < warmup_end
end

local function check(kind, name, value)
    if type(value) ~= "number" or value ~= value then
        misused(kind, ("'%s' is given %s, not a number"):format(tostring(name), tostring(value)),
            3)
    end
end

function methods.count(thread, name, n)
    if n == nil then n = 1 end
    local metric = metric_of("count", name)
    check("count", name, n)
    if is_warmup(thread) then return end
    metric.value = metric.value + n
end

function methods.gauge(thread, name, value)
    local metric = metric_of("gauge", name)
    check("gauge", name, value)
    if is_warmup(thread) then return end
    metric.value, metric.count = value, metric.count + 1
    if value < metric.min then metric.min = value end
    if value > metric.max then metric.max = value end
end

function methods.rate(thread, name, hit)
    local metric = metric_of("rate", name)
    if is_warmup(thread) then return end
    metric.count = metric.count + 1
    if hit then metric.value = metric.value + 1 end
end

function methods.trend(thread, name, value)
    local metric = metric_of("trend", name)
    check("trend", name, value)
    if value < 0 or value > trend_max then
        misused("trend", ("'%s' is given %.17g, which is outside 0 to 3.6e9"):format(name, value),
            2)
    end
    if is_warmup(thread) then return end
    C.eg_histogram_record(metric.histogram, value * trend_scale + 0.5)
end

--- What a thread hands to the host: plain values. Trends go by address: who takes them frees
--- them.
function metrics.packed()
    local list = {}
    for name, metric in pairs(own) do
        local packed = { kind = metric.kind, value = metric.value, count = metric.count }
        if metric.count > 0 then packed.min, packed.max = metric.min, metric.max end
        if metric.histogram then
            packed.address = tonumber(ffi.cast("uintptr_t", metric.histogram))
        end
        list[name] = packed
    end
    return list
end

return metrics
