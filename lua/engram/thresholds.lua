--- Thresholds: what a run must keep to, and whether it did.
--
--    local limit = thresholds.parse "latency.p99<1ms"     -- nil, message for what is none
--    thresholds.check(summary, { limit })
--    -> { { text = "latency.p99<1ms", ok = false, found = 1200000, limit = 1000000 } }
--
-- A figure, a comparison, a value: p99<1ms (short for latency.p99), service.p50<=20us,
-- lag.max<5ms, read.p99<1ms (an operation of a mix), error_rate<1%, events_per_s>10k,
-- errors==0, backlog==0, arena.high_water<1M, arena.overflows==0, metrics.hits.per_s>5.

local cjson = require "cjson"
local latency = require "engram.latency"
local settings = require "engram.settings"
local units = require "engram.units"

local thresholds = {}

local compare = {
    ["<"] = function(a, b) return a < b end, ["<="] = function(a, b) return a <= b end,
    [">"] = function(a, b) return a > b end, [">="] = function(a, b) return a >= b end,
    ["=="] = function(a, b) return a == b end,
}

-- ---- values: each kind of figure with its unit

local nanoseconds = { ns = 1, us = 1e3, ms = 1e6, s = 1e9 }

local kinds = {
    time = {
        about = "a time with its unit (500us, 1ms, 2s)", shown = units.time,
        parse = function(text)
            local number, unit = text:match "^(%d+%.?%d*)(%l*)$"
            return number and nanoseconds[unit] and tonumber(number) * nanoseconds[unit]
        end,
    },
    bytes = { about = "a size (64K, 1M)", shown = units.bytes, parse = settings.size },
    share = {
        about = "a share (0.01, 1%)", shown = units.percent,
        parse = function(text)
            local percent = text:match "^(%d+%.?%d*)%%$"
            return percent and percent / 100 or text:match "^%d+%.?%d*$" and tonumber(text)
        end,
    },
    number = {
        about = "a number (10, 1.5, 10k)", shown = units.number,
        parse = function(text)
            return tonumber(text:match "^%-?%d+%.?%d*$") or settings.count(text)
        end,
    },
}

-- ---- figures: where each is in a summary, and of which kind

local function there(value)
    if value == nil or value == cjson.null then return nil end
    return value
end

local function inside(table_of, ...)
    local value = table_of
    for _, key in ipairs { ... } do
        if type(value) ~= "table" then return nil end
        value = there(value[key])
    end
    return value
end

local plain = {
    events = "number", events_per_s = "number", errors = "number", elapsed_s = "number",
}
local of_load = { late = "number", backlog = "number" }
local of_arena = {
    high_water = "bytes", capacity = "bytes", overflows = "number", allocations = "number",
    fallback_bytes = "bytes", overflow_rate = "share", utilization = "share",
}
local of_latency = { min = true, mean = true, max = true, stddev = true }

local function latency_key(key)
    if of_latency[key] then return key end
    local percent = tonumber(key:match "^p(%d+%.?%d*)$" or key:match "^p(%d+_%d+)$" and
        key:sub(2):gsub("_", "."))
    if percent and percent <= 100 then return latency.key(percent), percent end
end

-- The latencies called name: a group of the results, or an operation of a mix.
local function latencies(summary, name)
    local results = summary.results
    if name == "latency" then return results.latency end
    if name == "service" or name == "lag" then return inside(results, "load", name) end
    for _, operation in ipairs(there(results.operations) or {}) do
        if operation.name == name then return operation.latency end
    end
end

-- A figure by its name: how to find it, its kind, and the percentile that it needs.
local function figure_of(name)
    if plain[name] then
        return function(summary) return there(summary.results[name]) end, plain[name]
    elseif name == "error_rate" then
        return function(summary)
            local results = summary.results
            return results.events > 0 and results.errors / results.events or nil
        end, "share"
    elseif of_load[name] then
        return function(summary) return inside(summary.results, "load", name) end, of_load[name]
    end
    local group, key = name:match "^([^.]+)%.(.+)$"
    if not group or name:match "^p%d" then group, key = "latency", name end
    if group == "arena" then
        return of_arena[key] and function(summary) return there(summary.arena[key]) end,
            of_arena[key]
    elseif group == "metrics" then
        local metric, field = key:match "^(.+)%.([^.]+)$"
        return function(summary)
            local value = inside(summary.results, "metrics", key, "value")
            if value or not metric then return value end
            return inside(summary.results, "metrics", metric, field)
        end, "number"
    end
    local found, percent = latency_key(key)
    return found and function(summary) return inside(latencies(summary, group), found) end,
        "time", percent
end

--- One threshold as text: a table with `text`, or nil and a message.
function thresholds.parse(text)
    local name, operator, value = tostring(text):match "^%s*([%w_.]+)%s*([<>=]=?)%s*(%S+)%s*$"
    if not name or not compare[operator] then
        return nil, ("%s is no threshold: a figure, <, <=, >, >= or ==, and a value, as in " ..
            "p99<1ms"):format(tostring(text))
    end
    local find, kind, percent = figure_of(name)
    if not find then
        return nil, ("%s: there is no figure '%s'; there are p99, latency.max, service.p50, " ..
            "lag.p99, events_per_s, errors, error_rate, late, backlog, arena.high_water, " ..
            "metrics.NAME"):format(tostring(text), name)
    end
    local limit = kinds[kind].parse(value)
    if not limit then
        return nil, ("%s: %s is not %s"):format(tostring(text), value, kinds[kind].about)
    end
    return { text = tostring(text), find = find, kind = kind, percent = percent,
        operator = operator, limit = limit }
end

--- A text, or a list of them: a list of thresholds.
function thresholds.list(value)
    local list = {}
    for i, text in ipairs(type(value) == "table" and value or { value }) do
        local threshold, message = thresholds.parse(text)
        if not threshold then return nil, message end
        list[i] = threshold
    end
    return list
end

--- The percentiles that must be there for them to be judged.
function thresholds.percentiles(list)
    local found = {}
    for _, threshold in ipairs(list) do found[#found + 1] = threshold.percent end
    return found
end

--- Judges a summary. A figure that is not there keeps to nothing.
function thresholds.check(summary, list)
    local found = {}
    for i, threshold in ipairs(list) do
        local value = threshold.find(summary)
        local ok = value ~= nil and compare[threshold.operator](value, threshold.limit)
        found[i] = { text = threshold.text, ok = ok, found = value or cjson.null,
            limit = threshold.limit, kind = threshold.kind }
    end
    return found
end

--- One judged threshold in words.
function thresholds.describe(judged)
    local shown = kinds[judged.kind].shown
    local found = there(judged.found)
    return ("%s: %s, %s"):format(judged.text, judged.ok and "kept" or "missed",
        found and "found " .. shown(found) or "there is no such figure in this run")
end

return thresholds
