--- Tally: what scripts counted, of one thread and of all.
--
--    local total = tally.new()
--    local own = tally.read(answer.metrics)      -- a thread's, whose trends are ours now
--    total:add(own)
--    total:table(elapsed_s) -> { hits = { kind = "count", value = 10, per_s = 5 }, ... }

local cjson = require "cjson"
local ffi = require "ffi"
local C = require "engram.c"
local core = require "engram.core"
local latency = require "engram.latency"
local metrics = require "engram.metrics"

local next, pairs = core.next, core.pairs

local tally = {}
tally.__index = tally

function tally.new()
    return setmetatable({ metrics = {} }, tally)
end

--- Takes over what engram.metrics packed.
function tally.read(packed)
    local self = tally.new()
    for name, metric in pairs(packed or {}) do
        if metric.address then
            local pointer = ffi.cast("void *", ffi.cast("uintptr_t", metric.address))
            metric.histogram = ffi.gc(ffi.cast("eg_histogram *", pointer), C.eg_histogram_free)
            metric.address = nil
        end
        self.metrics[name] = metric
    end
    return self
end

local function copy_of(metric)
    local copy = { kind = metric.kind, value = 0, count = 0 }
    if metric.histogram then copy.histogram = latency.new() end
    return copy
end

local function merge(into, one)
    into.count = into.count + one.count
    into.value = one.kind == "gauge" and one.value or into.value + one.value
    if one.min then
        into.min = math.min(into.min or one.min, one.min)
        into.max = math.max(into.max or one.max, one.max)
    end
    if one.histogram then C.eg_histogram_merge(into.histogram, one.histogram) end
end

--- A name that threads used for different kinds of metrics stays that of the first.
function tally:add(other)
    for name, one in pairs(other.metrics) do
        local known = self.metrics[name]
        if not known then
            known = copy_of(one)
            self.metrics[name] = known
        end
        if known.kind == one.kind then merge(known, one) end
    end
end

local function trend(metric)
    local found = latency.of(metric.histogram)
    found.unit = nil
    for key, value in pairs(found) do
        if key ~= "count" and type(value) == "number" then
            found[key] = value / metrics.trend_scale
        end
    end
    found.kind = "trend"
    return found
end

local shown = {
    count = function(metric, elapsed_s)
        return { kind = "count", value = metric.value,
            per_s = elapsed_s > 0 and metric.value / elapsed_s or cjson.null }
    end,
    gauge = function(metric)
        local null = cjson.null
        return { kind = "gauge", value = metric.count > 0 and metric.value or null,
            min = metric.min or null, max = metric.max or null }
    end,
    rate = function(metric)
        local count = metric.count
        return { kind = "rate", value = count > 0 and metric.value / count or cjson.null,
            hits = metric.value, count = count }
    end,
    trend = trend,
}

--- nil when nothing was counted.
function tally:table(elapsed_s)
    if next(self.metrics) == nil then return nil end
    local found = {}
    for name, metric in pairs(self.metrics) do
        found[name] = shown[metric.kind](metric, elapsed_s)
    end
    return found
end

return tally
