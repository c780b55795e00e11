--- engram search-rate: the highest rate that keeps to a target.

local C = require "engram.c"
local chosen = require "engram.chosen"
local errors = require "engram.errors"
local json = require "engram.json"
local pacing = require "engram.pacing"
local run = require "engram.run"
local search = require "engram.search_rate"
local terminal = require "engram.terminal"
local thresholds = require "engram.thresholds"
local units = require "engram.units"

local default_duration, default_warmup, default_start = "2s", "500ms", 1000
local backlog_share_max = 0.01

local groups = {
    { title = "Search", options = {
        { key = "target", flag = "--target", value = "LIMIT", is_list = true,
          about = "what to keep to: 'p99<1ms'; may be given again" },
        { key = "start", flag = "--start", value = "N[/s|/m]",
          about = "the first rate (default: 1000)" },
    } },
    terminal.output_group,
}

-- Whether a run kept to its rate and to all targets, and what it missed first.
local function judge(summary, targets)
    local results = summary.results
    local due = results.events + results.load.backlog
    if due > 0 and results.load.backlog / due > backlog_share_max then
        return { kept = false, why = ("%s of %s events due did not begin"):format(
            units.count(results.load.backlog), units.count(due)) }
    end
    for _, judged in ipairs(thresholds.check(summary, targets)) do
        if not judged.ok then return { kept = false, why = thresholds.describe(judged) } end
    end
    return { kept = true }
end

local function prober(loaded, values, targets, progress)
    return function(rate, number)
        local given = chosen.given(values, loaded)
        given.rate = rate
        given.duration = given.duration or default_duration
        given.warmup = given.warmup or default_warmup
        given.threshold = values.target
        local config, message = run.config(given, loaded)
        if not config then return nil, message end
        config.print_to_stderr = chosen.is_data(values) and not values.output
        progress:begin(config, ("%d: %s/s  "):format(number, units.rate(rate)))
        local summary = run.execute(loaded, config, {
            on_progress = function(...) progress:show(...) end,
        })
        if C.eg_signal_caught() ~= 0 then return nil, "interrupted" end
        message = errors.failure(summary)
        if message then return nil, message end
        local found = judge(summary, targets)
        found.latency, found.events = summary.results.latency, summary.results.events
        found.backlog, found.late = summary.results.load.backlog, summary.results.load.late
        return found
    end
end

local function probe_line(found, rate)
    local p99 = type(found.latency.p99) == "number" and units.time(found.latency.p99) or "-"
    return ("%12s/s  p99 %9s  %s"):format(units.rate(rate), p99,
        found.kept and "kept" or found.why)
end

local function conclusion(found)
    local once = found.kept_once and units.rate(found.kept_once)
    if found.rate then
        return ("%s events/s keep to it%s%s"):format(units.rate(found.rate),
            once and "; " .. once .. " did once, and not again" or "",
            found.open_end and "; no higher rate was tried" or "")
    end
    if found.interrupted_by then
        return "interrupted: " .. (once and once .. "/s kept to it, and was not run again" or
            "no rate was found yet that keeps to it")
    end
    return once and "unsure: " .. once .. "/s kept to it once, but no rate did again" or
        "no rate was found that keeps to it"
end

local function text(found)
    local lines = { found.workload .. ", " .. found.target, "" }
    for _, probe in ipairs(found.probes) do lines[#lines + 1] = probe_line(probe, probe.rate) end
    lines[#lines + 1] = ""
    lines[#lines + 1] = conclusion(found)
    return table.concat(lines, "\n") .. "\n"
end

-- A target that a low rate misses and a high one keeps can not be searched for.
local function backward_of(targets)
    for _, each in ipairs(targets) do
        if each.operator:sub(1, 1) == ">" and each.group ~= "metrics" then return each.text end
    end
end

local function body(loaded, values, progress, spec)
    local code = terminal.check_files(values, { "output" })
    if code then return code end
    if not values.target or #values.target == 0 then
        return terminal.refuse(spec, "search-rate: --target is missing, as in --target 'p99<1ms'")
    end
    local targets, message = thresholds.list(values.target)
    if not targets then return terminal.refuse(spec, "--target: " .. message) end
    local backward = backward_of(targets)
    if backward then
        return terminal.refuse(spec, ("--target: %s would be kept by the highest rates; it " ..
            "takes an upper limit (< or <=)"):format(backward))
    end
    local start
    start, message = pacing.rate(values.start or default_start)
    if not start then return terminal.refuse(spec, "--start: " .. message) end
    local config
    local given = chosen.given(values, loaded)
    given.duration = given.duration or default_duration
    given.rate, given.threshold = start, values.target
    config, message = run.config(given, loaded)
    if not config then return terminal.refuse(spec, message) end
    C.eg_signals_catch()
    local found, so_far
    found, message, so_far = search.find(prober(loaded, values, targets, progress), {
        start = start, least = 1 / config.duration,
    })
    progress:clear()
    local signal = C.eg_signal_caught()
    if not found and signal == 0 then
        return terminal.complain(terminal.failed, "search-rate: " .. message)
    end
    found = found or so_far
    found.interrupted_by = signal ~= 0 and signal or nil
    found.workload, found.target = loaded.name, table.concat(values.target, ", ")
    code = terminal.show(found, values, { text = text, json = json.encode })
    if signal ~= 0 then return terminal.by_signal + signal end
    if code ~= terminal.done or found.rate then return code end
    return found.kept_once and terminal.failed or terminal.missed
end

return chosen.command {
    name = "search-rate", line = "the highest rate that keeps to a target", body = body,
    about = "Finds the highest rate that keeps to a target, by runs of an open loop.\n" ..
        "Exit code 99 when none does, 1 when none of those that did once does again.",
    first_groups = { groups[1] }, groups = { groups[2] },
    defaults = { duration = default_duration .. ", each run",
        warmup = default_warmup .. ", each run" },
    leave_out = { rate = true, stage = true, threshold = true, dry_run = true,
        report_interval = true, histogram = true, events = true },
    examples = { "engram search-rate recall --target 'p99<1ms'",
        "engram search-rate recall --target 'p99<5ms' --start 100 -d 5s" },
}
