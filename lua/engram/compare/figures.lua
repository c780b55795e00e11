--- Figures: the numbers of a run that are compared, and which way is better.
--
--    for _, figure in ipairs(figures.of(a, b)) do
--        local values = figures.values(figure, a)
--    end
--
-- Errors and overflows are compared by their rates, for a faster run has more of both.

local runs = require "engram.compare.runs"
local pairs = require("engram.core").pairs

local figures = {}

local inside = runs.inside

local function is_number(value)
    return type(value) == "number" and value == value and math.abs(value) < math.huge
end

local function percent_of(key)
    local text = type(key) == "string" and key:match "^p(%d+_?%d*)$"
    return text and tonumber((text:gsub("_", ".")))
end

-- mean, the percentiles that there are, max.
local function latency_keys(...)
    local seen, keys = {}, {}
    for _, list in ipairs { ... } do
        for _, run in ipairs(list) do
            for key in pairs(inside(run, "results", "latency") or {}) do
                if percent_of(key) and not seen[key] then
                    seen[key] = true
                    keys[#keys + 1] = key
                end
            end
        end
    end
    table.sort(keys, function(x, y) return percent_of(x) < percent_of(y) end)
    table.insert(keys, 1, "mean")
    keys[#keys + 1] = "max"
    return keys
end

local function path(...)
    local keys = { ... }
    return function(summary) return inside(summary, unpack(keys)) end
end

local function share(find_part, find_whole)
    return function(summary)
        local part, whole = find_part(summary), find_whole(summary)
        if is_number(part) and is_number(whole) and whole > 0 then return part / whole end
    end
end

local function of_operation(name, key)
    return function(summary)
        for _, operation in ipairs(inside(summary, "results", "operations") or {}) do
            if inside(operation, "name") == name then return inside(operation, "latency", key) end
        end
    end
end

-- A process has one peak, which every later run of it shows again: one value. Only where no
-- order of the runs has both CPU time and peak grow, they are of several processes.
local function is_one_process(list)
    local of = {}
    for i, run in ipairs(list) do
        of[i] = { user_s = inside(run, "process", "user_s"),
            peak = inside(run, "process", "max_rss_bytes") }
        if not is_number(of[i].user_s) or not is_number(of[i].peak) then return true end
    end
    table.sort(of, function(x, y) return x.user_s < y.user_s end)
    for i = 2, #of do
        if of[i].peak < of[i - 1].peak then return false end
    end
    return true
end

--- All that there are in both: a list of { name, kind, better, find }; of_process for what a
--  process has once.
function figures.of(a, b)
    local list = {}
    local function add(name, kind, better, find, of_process)
        list[#list + 1] = { name = name, kind = kind, better = better, find = find,
            of_process = of_process }
    end
    add("events_per_s", "rate", "higher", path("results", "events_per_s"))
    for _, key in ipairs(latency_keys(a, b)) do
        add("latency." .. key, "time", "lower", path("results", "latency", key))
    end
    for _, operation in ipairs(inside(a[1], "results", "operations") or {}) do
        for _, key in ipairs { "p50", "p99" } do
            local name = tostring(inside(operation, "name"))
            add(name .. "." .. key, "time", "lower", of_operation(name, key))
        end
    end
    add("error_rate", "share", "lower", share(path("results", "errors"),
        path("results", "events")))
    add("arena.high_water", "bytes", "lower", path("arena", "high_water"))
    add("arena.overflow_rate", "share", "lower", share(path("arena", "overflows"),
        path("arena", "allocations")))
    add("max_rss", "bytes", "lower", path("process", "max_rss_bytes"), true)
    return list
end

--- One value of each run that has one; of the process just one where it is the same.
function figures.values(figure, list)
    local values = {}
    for _, run in ipairs(list) do
        local value = figure.find(run)
        if is_number(value) then values[#values + 1] = value end
    end
    if figure.of_process and #values > 1 and is_one_process(list) then
        table.sort(values)
        return { values[#values] }
    end
    return values
end

return figures
