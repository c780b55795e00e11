--- Report: the summary of a run, for people.
--
--    io.write(report.text(summary))
--
-- It takes the table that engram.run answers. Values may be missing or null.

local cjson = require "cjson"
local core = require "engram.core"
local json = require "engram.json"
local prose = require "engram.prose"
local thresholds = require "engram.thresholds"
local units = require "engram.units"

local next, pairs = core.next, core.pairs

local report = { json = json.encode }

local threads_shown, errors_shown, traceback_lines = 8, 5, 12
local indent = (" "):rep(12)
local prose_width = 79 - #indent

local function is_there(value)
    return value ~= nil and value ~= cjson.null
end

local function shown(value, format)
    if is_there(value) then return format(value) end
    return "-"
end

-- "label       first line" and the other lines below the first.
local function entry(label, ...)
    local lines = { ... }
    for i = 1, #lines do lines[i] = (i == 1 and ("%-12s"):format(label) or indent) .. lines[i] end
    return table.concat(lines, "\n")
end

-- The same of sentences, so that nothing passes column 80.
local function said(label, ...)
    local lines = {}
    for _, text in ipairs { ... } do
        for _, line in ipairs(prose.lines(text, prose_width)) do lines[#lines + 1] = line end
    end
    return entry(label, unpack(lines))
end

local plural = units.things

-- ---- what ran

local function sorted_keys(values)
    local keys = {}
    for key in pairs(values) do keys[#keys + 1] = key end
    table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
    return keys
end

local function options_text(options)
    local words = {}
    for i, key in ipairs(sorted_keys(options)) do
        words[i] = key .. "=" .. tostring(options[key])
    end
    return table.concat(words, " ")
end

local function head(summary)
    local config, context = summary.config, summary.context
    local asked = plural(config.threads, "thread")
    if is_there(config.duration_s) then
        asked = asked .. ", " .. units.time(config.duration_s * 1e9)
    end
    if is_there(config.events) then asked = asked .. ", " .. plural(config.events, "event") end
    asked = asked .. ", seed " .. ("%.0f"):format(config.seed)
    if is_there(config.options) and next(config.options) ~= nil then
        asked = asked .. ", " .. options_text(config.options)
    end
    local made = ("engram %s, %s, %s clock, %s"):format(context.version, context.isa,
        context.clock, context.luajit)
    local own = is_there(context.overhead_ns) and
        units.time(context.overhead_ns) .. " of each event are engram's own" or nil
    return config.workload .. "\n" .. said("ran", asked, made, own)
end

-- ---- results

local function events(results)
    return entry("events", ("%s in %s: %s events/s, %s failed"):format(units.count(results.events),
        units.time(results.elapsed_s * 1e9), shown(results.events_per_s, units.rate),
        units.count(results.errors)))
end

local usual = { 50, 95, 99, 99.9 }

-- min, mean, the percentiles wanted, max.
local function latency_columns(percentiles)
    local columns = { { "min", "min" }, { "mean", "mean" } }
    for _, percent in ipairs(is_there(percentiles) and percentiles or usual) do
        local name = ("p%.10g"):format(percent)
        columns[#columns + 1] = { (name:gsub("%.", "_")), name }
    end
    columns[#columns + 1] = { "max", "max" }
    return columns
end

local function column_titles(columns)
    local names = {}
    for i, column in ipairs(columns) do names[i] = ("%9s"):format(column[2]) end
    return table.concat(names)
end

local function column_values(columns, of)
    local values = {}
    for i, column in ipairs(columns) do
        values[i] = ("%9s"):format(shown(of[column[1]], units.time))
    end
    return table.concat(values)
end

local function latency(summary)
    local results, columns = summary.results, latency_columns(summary.config.percentiles)
    if not is_there(results.latency.max) then return entry("latency", "no event ended") end
    local load = results.load
    if not is_there(load) then
        return entry("latency", column_titles(columns),
            column_values(columns, results.latency))
    end
    return table.concat({
        entry("latency", column_titles(columns)),
        entry("  when due", column_values(columns, results.latency)),
        entry("  service", column_values(columns, load.service)),
        entry("  lag", column_values(columns, load.lag)),
    }, "\n")
end

-- A row of latencies for each operation of a mix.
local function operations(summary)
    local list = summary.results.operations
    if not is_there(list) then return nil end
    local columns, lines = latency_columns(summary.config.percentiles), {}
    for i, operation in ipairs(list) do
        lines[i] = entry("  " .. operation.name, column_values(columns, operation.latency) ..
            ("  %s, %s failed"):format(plural(operation.events, "event"),
                units.count(operation.errors)))
    end
    return table.concat(lines, "\n")
end

local metric_texts = {
    count = function(of)
        return ("%s, %s/s"):format(units.number(of.value), shown(of.per_s, units.number))
    end,
    gauge = function(of)
        return ("%s at last, %s to %s"):format(shown(of.value, units.number),
            shown(of.min, units.number), shown(of.max, units.number))
    end,
    rate = function(of)
        return ("%s of %s"):format(shown(of.value, units.percent), units.count(of.count))
    end,
    trend = function(of)
        return ("mean %s, p50 %s, p99 %s, max %s, of %s"):format(shown(of.mean, units.number),
            shown(of.p50, units.number), shown(of.p99, units.number), shown(of.max, units.number),
            units.count(of.count))
    end,
}

local function metrics(results)
    if not is_there(results.metrics) then return nil end
    local lines = { "counted" }
    for _, name in ipairs(sorted_keys(results.metrics)) do
        local of = results.metrics[name]
        lines[#lines + 1] = entry("  " .. name .. " ", metric_texts[of.kind](of))
    end
    return table.concat(lines, "\n")
end

local function batch(results)
    if not is_there(results.batch) then return nil end
    return entry("", ("batches of up to %s: a latency is a batch's time by its events"):format(
        units.count(results.batch)))
end

local function load(summary)
    local of = summary.results.load
    if not is_there(of) then return nil end
    local asked = is_there(of.rate) and units.rate(of.rate) .. "/s asked for" or "in stages"
    return said("load", ("%s, %s arrivals: %s late by over 1 ms, %s due but not begun"):format(
        asked, of.arrival, units.count(of.late), units.count(of.backlog)))
end

local function warmup(summary)
    local of = summary.results.warmup
    if not is_there(of) then return nil end
    local text = plural(of.events, "event") .. ", not counted below"
    if of.errors > 0 then text = text .. "; " .. units.count(of.errors) .. " of them failed" end
    return entry("warm-up", text)
end

-- ---- arenas

local arena_row = "%9s%12s%9s%14s%11s%10s"

local function arena_cells(of)
    return arena_row:format(shown(of.capacity, units.bytes), shown(of.high_water, units.bytes),
        shown(of.utilization, units.percent), shown(of.allocations, units.count),
        shown(of.overflows, units.count), shown(of.fallback_bytes, units.bytes))
end

local function high_water(thread)
    local value = thread.arena.high_water
    return is_there(value) and value or 0
end

local function fullest_of(threads)
    local fullest = threads[1]
    for _, thread in ipairs(threads) do
        if high_water(thread) > high_water(fullest) then fullest = thread end
    end
    return fullest
end

-- All of a few threads; of many the first ones and the fullest.
local function threads_to_show(threads)
    if #threads <= threads_shown then return threads, 0 end
    local chosen = {}
    for i = 1, threads_shown - 1 do chosen[i] = threads[i] end
    local fullest = fullest_of(threads)
    chosen[threads_shown] = fullest.id < threads_shown and threads[threads_shown] or fullest
    return chosen, #threads - threads_shown
end

local function arenas(summary)
    local titles = arena_row:format("capacity", "high water", "used", "allocations", "overflows",
        "fallback")
    local lines = { entry("arena", titles), entry("  in total", arena_cells(summary.arena)) }
    local threads = is_there(summary.threads) and summary.threads or {}
    local chosen, left_out = threads_to_show(threads)
    for _, thread in ipairs(chosen) do
        lines[#lines + 1] = entry("  thread " .. thread.id, arena_cells(thread.arena))
    end
    if left_out > 0 then
        lines[#lines + 1] = entry("", ("%s more; the fullest is thread %d"):format(
            plural(left_out, "thread"), fullest_of(threads).id))
    end
    return table.concat(lines, "\n")
end

local function advice(of)
    if not is_there(of) then return nil end
    return said("advice", of.text, of.export)
end

-- ---- what went wrong

local function drivers(threads)
    local reasons, counts = {}, {}
    for _, thread in ipairs(is_there(threads) and threads or {}) do
        local lua = thread.lua
        if is_there(lua) and lua.driver == "c" then
            local reason = is_there(lua.refused) and lua.refused or "the event was not compiled"
            if not counts[reason] then reasons[#reasons + 1] = reason end
            counts[reason] = (counts[reason] or 0) + 1
        end
    end
    local texts = {}
    for i, reason in ipairs(reasons) do
        texts[i] = said("warning", reason,
            plural(counts[reason], "thread") .. " went on without the compiler, which is slower")
    end
    return texts
end

local function first_lines(text, count)
    local lines = {}
    for line in (text .. "\n"):gmatch "(.-)\n" do
        if #lines == count then
            lines[count + 1] = "\t..."
            break
        end
        lines[#lines + 1] = line
    end
    return lines
end

local function one_error(of)
    local where = {}
    if is_there(of.count) and of.count > 1 then where[1] = plural(of.count, "time") .. ", first" end
    if is_there(of.thread) then where[#where + 1] = "in thread " .. of.thread end
    if is_there(of.event) then where[#where + 1] = "at event " .. units.count(of.event) end
    local lines = first_lines(tostring(of.message), traceback_lines)
    if #where > 0 then table.insert(lines, 1, table.concat(where, " ")) end
    if is_there(of.traceback) then
        for _, line in ipairs(first_lines(of.traceback, traceback_lines)) do
            lines[#lines + 1] = line
        end
    end
    return entry("error", unpack(lines))
end

local function errors(list)
    local texts = {}
    for i, each in ipairs(is_there(list) and list or {}) do
        if i > errors_shown then
            texts[i] = entry("", plural(#list - errors_shown, "more kind") ..
                " of errors; the JSON has them")
            break
        end
        texts[i] = one_error(each)
    end
    return texts
end

local signals = { [2] = "SIGINT", [15] = "SIGTERM" }
local stop_texts = {
    script = "by the script", error = "by an error", interrupted = "by a signal",
    stuck = "without the threads that are still busy",
}

local function stop(results)
    local text = stop_texts[results.stop_reason]
    if not text then return nil end
    local signal = results.interrupted_by
    if is_there(signal) then text = "by " .. (signals[signal] or "signal " .. signal) end
    return entry("stopped", text)
end

-- ---- thresholds

local function threshold_lines(list)
    local texts = {}
    for i, judged in ipairs(is_there(list) and list or {}) do
        texts[i] = said(i == 1 and "threshold" or "", thresholds.describe(judged))
    end
    return texts
end

-- ---- the histogram, in steps of 1, 2, 5

local bar_width = 48

local function step_of(ns)
    if ns < 1 then return 0 end
    local decade = 10 ^ math.floor(math.log10(ns) + 1e-9)
    return ns >= 5 * decade and 5 * decade or ns >= 2 * decade and 2 * decade or decade
end

local function histogram(of)
    if not is_there(of.buckets) or #of.buckets == 0 then return nil end
    local steps, counts, most = {}, {}, 0
    for _, bucket in ipairs(of.buckets) do
        local step = step_of(bucket.ns)
        if not counts[step] then steps[#steps + 1] = step end
        counts[step] = (counts[step] or 0) + bucket.count
        most = math.max(most, counts[step])
    end
    local lines = {}
    for i, step in ipairs(steps) do
        local bar = ("#"):rep(math.max(1, math.floor(bar_width * counts[step] / most + 0.5)))
        lines[i] = ("%9s  %s %s"):format(units.time(step), bar, units.count(counts[step]))
    end
    return entry("from", unpack(lines))
end

-- ---- the whole

--- One screen of text.
function report.text(summary)
    local parts = { head(summary), "" }
    if is_there(summary.config.dry_run) and summary.config.dry_run then
        parts[2] = entry("dry run", "each hook once; the figures below say nothing") .. "\n"
    end
    local function add(part)
        if part then parts[#parts + 1] = part end
    end
    add(warmup(summary))
    add(events(summary.results))
    add(load(summary))
    add(latency(summary))
    add(histogram(summary.results.latency))
    add(operations(summary))
    add(batch(summary.results))
    add(metrics(summary.results))
    add ""
    add(arenas(summary))
    add ""
    add(advice(summary.arena.advice))
    for _, text in ipairs(threshold_lines(summary.thresholds)) do add(text) end
    add(stop(summary.results))
    for _, text in ipairs(is_there(summary.warnings) and summary.warnings or {}) do
        add(said("warning", text))
    end
    for _, text in ipairs(drivers(summary.threads)) do add(text) end
    for _, text in ipairs(errors(summary.errors)) do add(text) end
    return table.concat(parts, "\n") .. "\n"
end

return report
