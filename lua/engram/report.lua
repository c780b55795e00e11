--- Report: the summary of a run, for people.
--
--    io.write(report.text(summary))
--
-- It takes the table that engram.run answers. Values may be missing or null.

local arena_text = require "engram.arena_text"
local core = require "engram.core"
local entries = require "engram.entries"
local json = require "engram.json"
local latency_text = require "engram.latency_text"
local thresholds = require "engram.thresholds"
local units = require "engram.units"

local next, pairs = core.next, core.pairs

local report = { json = json.encode }

local entry, said, shown, is_there = entries.entry, entries.said, entries.shown, entries.is_there
local errors_shown, traceback_lines = 5, 12

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

local function arenas_of(config)
    if config.allocator == "malloc" then return "malloc" end
    local size = units.bytes(config.arena_size)
    if config.allocator == "shared" then return size .. " of a shared arena each" end
    return "arenas of " .. size
end

local function head(summary)
    local config, context = summary.config, summary.context
    local asked = plural(config.threads, "thread")
    if is_there(config.duration_s) then
        asked = asked .. ", " .. units.time(config.duration_s * 1e9)
    end
    if is_there(config.events) then asked = asked .. ", " .. plural(config.events, "event") end
    asked = asked .. ", seed " .. ("%.0f"):format(config.seed) .. ", " .. arenas_of(config)
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
        lines[#lines + 1] = said("  " .. name .. " ", metric_texts[of.kind](of))
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

-- Of all that this process has done so far, loading included.
local function process(summary)
    local of = summary.process
    return entry("process", ("%s of CPU (%s in the kernel), %s of memory at most"):format(
        units.time((of.user_s + of.system_s) * 1e9), units.time(of.system_s * 1e9),
        units.bytes(of.max_rss_bytes)))
end

local function warmup(summary)
    local of = summary.results.warmup
    if not is_there(of) then return nil end
    local text = plural(of.events, "event") .. ", not counted below"
    if of.errors > 0 then text = text .. "; " .. units.count(of.errors) .. " of them failed" end
    return entry("warm-up", text)
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
        -- A loop inside the event is compiled alone, also from there.
        local is_slower = not reason:find("has a loop inside", 1, true)
        texts[i] = said("warning", reason, ("%s went on with the loop driven from C%s"):format(
            plural(counts[reason], "thread"), is_slower and ", which is slower" or ""))
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
    -- What no line of a script raised is a sentence of engram's.
    if not is_there(of.traceback) then return said("error", unpack(lines)) end
    for _, line in ipairs(first_lines(of.traceback, traceback_lines)) do
        lines[#lines + 1] = line
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

-- Stages that end at 0, or -d, may cut short the events that were asked for.
local function cut_short(results, asked)
    if results.stop_reason ~= "duration" or not is_there(asked) then return nil end
    if results.events >= asked then return nil end
    return "by the end of its time, before " .. plural(asked, "event")
end

local function stop(summary)
    local results = summary.results
    local text = stop_texts[results.stop_reason] or cut_short(results, summary.config.events)
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
    add(latency_text.table(summary))
    add(latency_text.histogram(summary.results.latency))
    add(batch(summary.results))
    add(metrics(summary.results))
    add(process(summary))
    add ""
    local arenas = arena_text.table(summary)
    add(arenas)
    add(arenas and "")
    add(advice(summary.arena.advice))
    for _, text in ipairs(threshold_lines(summary.thresholds)) do add(text) end
    add(stop(summary))
    for _, text in ipairs(is_there(summary.warnings) and summary.warnings or {}) do
        add(said("warning", text))
    end
    for _, text in ipairs(drivers(summary.threads)) do add(text) end
    for _, text in ipairs(errors(summary.errors)) do add(text) end
    return table.concat(parts, "\n") .. "\n"
end

return report
