--- Thresholds: what a run must keep to, and whether it did.
--
--    local limit = thresholds.parse "latency.p99<1ms"     -- nil, message for what is none
--    thresholds.check(summary, { limit })
--    -> { { text = "latency.p99<1ms", ok = false, found = 1200000, limit = 1000000 } }
--
-- A figure, a comparison, a value: p99<1ms (short for latency.p99), service.p50<=20us,
-- lag.max<5ms, read.p99<1ms (an operation of a mix), error_rate<1%, events_per_s>10k,
-- errors==0, backlog==0, arena.high_water<1M, arena.overflows==0, metrics.hit>50%,
-- metrics.bytes.per_s>5, metrics.size.p99<10.

local cjson = require "cjson"
local core = require "engram.core"
local entries = require "engram.entries"
local latency = require "engram.latency"
local settings = require "engram.settings"
local units = require "engram.units"

local pairs, there = core.pairs, entries.there

local thresholds = {}

local compare = {
    ["<"] = function(a, b) return a < b end, ["<="] = function(a, b) return a <= b end,
    [">"] = function(a, b) return a > b end, [">="] = function(a, b) return a >= b end,
    ["=="] = function(a, b) return a == b end,
}

-- ---- values: each kind of figure with its unit

local nanoseconds = { ns = 1, us = 1e3, ms = 1e6, s = 1e9 }

local kinds
kinds = {
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
    metric = {
        about = "a number or a share (10, 1.5, 10k, 50%)", shown = units.number,
        parse = function(text) return kinds.number.parse(text) or kinds.share.parse(text) end,
    },
}

-- ---- figures: where each is in a summary, and of which kind

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

-- A metric's value by its name, or one of its fields: name.per_s, name.p99, name.p99.9.
local function metric_of(summary, key)
    local value = inside(summary.results, "metrics", key, "value")
    if value then return value end
    local metric, field = key:gsub("(%.p%d+)%.(%d+)$", "%1_%2"):match "^(.+)%.([^.]+)$"
    value = metric and inside(summary.results, "metrics", metric, field)
    return type(value) == "number" and value or nil
end

local function figure(kind, find, group, percent)
    return kind and { kind = kind, find = find, group = group, percent = percent }
end

local function error_rate(summary)
    local results = summary.results
    return results.events > 0 and results.errors / results.events or nil
end

local function figure_of_group(group, key)
    if group == "arena" then
        return figure(of_arena[key], function(summary) return there(summary.arena[key]) end)
    elseif group == "metrics" then
        local found = figure("metric", function(summary) return metric_of(summary, key) end, group)
        found.metric = key
        return found
    end
    local found, percent = latency_key(key)
    if not found then return nil end
    return figure("time", function(summary)
        return inside(latencies(summary, group), found)
    end, group, percent)
end

-- A figure by its name: its kind, how to find it, the group it is of, and the percentile that
-- it needs; nil for none.
local function figure_of(name)
    if plain[name] then
        return figure(plain[name], function(summary) return there(summary.results[name]) end)
    elseif name == "error_rate" then
        return figure("share", error_rate)
    elseif of_load[name] then
        return figure(of_load[name], function(summary)
            return inside(summary.results, "load", name)
        end, "load")
    end
    local group, key = name:match "^([^.]+)%.(.+)$"
    if not group or name:match "^p%d" then group, key = "latency", name end
    return figure_of_group(group, key)
end

--- One threshold as text: a table with `text`, or nil and a message.
function thresholds.parse(text)
    text = tostring(text)
    local name, operator, value = text:match "^%s*([%w_.]+)%s*([<>=]=?)%s*(%S+)%s*$"
    if not name or not compare[operator] then
        return nil, ("%s is no threshold: a figure, <, <=, >, >= or ==, and a value, as in " ..
            "p99<1ms"):format(settings.shown(text))
    end
    local found = figure_of(name)
    if not found then
        return nil, ("%s: there is no figure '%s'; there are p99, latency.max, service.p50, " ..
            "lag.p99, events_per_s, errors, error_rate, late, backlog, arena.high_water, " ..
            "metrics.NAME"):format(text, name)
    end
    found.limit = kinds[found.kind].parse(value)
    if not found.limit then
        return nil, ("%s: %s is not %s"):format(text, value, kinds[found.kind].about)
    end
    if found.kind == "metric" then found.kind = value:find "%%$" and "share" or "number" end
    found.text, found.operator = text, operator
    return found
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

local of_rate = { service = "measured as service", lag = "measured as lag", load = "due" }

--- What can be said before a run: nil, or a message about the first figure that it will not
--  have. is_open: has it a rate? operations: those of a mix, if it is one.
function thresholds.problem(list, is_open, operations)
    local known, names = { latency = true, metrics = true }, {}
    for i, operation in ipairs(operations or {}) do
        names[i], known[operation.name] = operation.name, true
    end
    for _, each in ipairs(list) do
        local group = each.group
        if of_rate[group] and not known[group] then
            if not is_open then
                return ("threshold %s: nothing is %s without --rate or --stage"):format(each.text,
                    of_rate[group])
            end
        elseif group and not known[group] then
            return ("threshold %s: there is no operation '%s'; %s"):format(each.text, group,
                #names > 0 and "there are " .. table.concat(names, ", ") or
                "only a mix has operations")
        end
    end
end

-- ---- judged

-- Of each kind of metric what a threshold can be on, after its name; the first is shown.
local fields_of = {
    count = { "", ".per_s" }, gauge = { "", ".min", ".max" }, rate = { "" },
    trend = { ".p99", ".p50", ".mean", ".max" },
}

-- What could have been meant: all of the metric that is named, else one of each.
local function metrics_there(summary, name)
    local all = {}
    for metric, of in pairs(inside(summary.results, "metrics") or {}) do
        local names = {}
        for i, field in ipairs(fields_of[of.kind]) do names[i] = "metrics." .. metric .. field end
        if name == metric or name:sub(1, #metric + 1) == metric .. "." then return names end
        all[#all + 1] = names[1]
    end
    table.sort(all)
    return all
end

-- Why a figure is not there.
local function absence(summary, threshold)
    if threshold.kind == "time" and summary.results.events == 0 then return "no event ended" end
    if threshold.group ~= "metrics" then return "there is no such figure in this run" end
    local names = metrics_there(summary, threshold.metric)
    if #names == 0 then return "there is no such figure: the script reported none" end
    return "there is no such figure; there are " .. table.concat(names, ", ")
end

--- Judges a summary. A figure that is not there keeps to nothing.
function thresholds.check(summary, list)
    local found = {}
    for i, threshold in ipairs(list) do
        local value = threshold.find(summary)
        local ok = value ~= nil and compare[threshold.operator](value, threshold.limit)
        found[i] = { text = threshold.text, ok = ok, found = value or cjson.null,
            limit = threshold.limit, kind = threshold.kind,
            why = value == nil and absence(summary, threshold) or nil }
    end
    return found
end

--- One judged threshold in words.
function thresholds.describe(judged)
    local found = there(judged.found)
    return ("%s: %s, %s"):format(judged.text, judged.ok and "kept" or "missed",
        found and "found " .. kinds[judged.kind].shown(found) or judged.why or
        "there is no such figure in this run")
end

return thresholds
