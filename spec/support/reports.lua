--- Reports: those of runs that are made up, and what a comparison finds in them.

local cjson = require "cjson"

-- A summary with some fields replaced, by path: made { ["results.errors"] = 3 }.
local function made(changes)
    local summary = {
        context = { version = "0.1.0", luajit = "LuaJIT", cpu = "X", isa = "avx2", cores = 2,
            clock = "tsc", date = "today", overhead_ns = 10 },
        config = { workload = "recall", threads = 2, duration_s = 1, seed = 1, options = { k = 5 },
            rate = cjson.null },
        results = { events = 1000, errors = 0, events_per_s = 5000, failed = false, latency = {
            unit = "ns", count = 1000, min = 1, mean = 100, p50 = 90, p99 = 200, p99_9 = 300,
            max = 400, stddev = 7 } },
        arena = { high_water = 65536, overflows = 0, allocations = 10 },
        process = { max_rss_bytes = 1e6, user_s = 1 },
    }
    for path, value in pairs(changes or {}) do
        local at, last = summary, nil
        for key in path:gmatch "[^.]+" do
            if last then at = at[last] end
            last = key
        end
        at[last] = value
    end
    return summary
end

-- One run for each value of the field at path.
local function series(path, values, changes)
    local list = {}
    for i, value in ipairs(values) do
        list[i] = made(changes)
        local at, last = list[i], nil
        for key in path:gmatch "[^.]+" do
            if last then at = at[last] end
            last = key
        end
        at[last] = value
    end
    return list
end

local function metric(found, name, group)
    for _, each in ipairs(found.groups[group or 1].metrics) do
        if each.name == name then return each end
    end
end

local rates = { 5000, 5010, 5020, 5030, 5040 }

local function scaled(values, factor)
    local list = {}
    for i, value in ipairs(values) do list[i] = value * factor end
    return list
end

return {
    made = made, series = series, metric = metric, rates = rates, scaled = scaled,
}
