--- engram run: a workload, from the command line to its report; or a series of runs.

local C = require "engram.c"
local chosen = require "engram.chosen"
local comparison_text = require "engram.compare.text"
local formats = require "engram.formats"
local gate = require "engram.compare.gate"
local hdr = require "engram.hdr"
local output = require "engram.output"
local run = require "engram.run"
local series = require "engram.series"
local series_report = require "engram.series_report"
local settings = require "engram.settings"
local terminal = require "engram.terminal"
local units = require "engram.units"

local groups = {
    { title = "Series", options = {
        { key = "set", flag = "--set", value = "K=LIST", is_list = true,
          about = "runs for each value, as k=10,20,40; --threads takes a list, too" },
        { key = "repeats", flag = "--repeat", value = "N", about = "so many runs of each" },
        { key = "interleave", flag = "--interleave",
          about = "several workloads, or values, in turns; ratios run by run" },
    } },
    { title = "Baselines", options = gate.baseline_options },
    { title = "Output", options = {
        { key = "format", flag = "--format", short = "-f", value = "NAME",
          about = formats.names:gsub("|", ", ") .. " (default: text)" },
        terminal.output_option,
        { key = "hdr", flag = "--hdr", value = "FILE",
          about = "latencies in milliseconds, as HdrHistogram's text" },
        terminal.quiet_option,
    } },
}

-- The exit code of a run whose report has been shown.
local function verdict(summary)
    local results = summary.results
    if results.failed then return terminal.failed end
    if results.interrupted_by then return terminal.by_signal + results.interrupted_by end
    for _, judged in ipairs(summary.thresholds or {}) do
        if not judged.ok then return terminal.missed end
    end
    return terminal.done
end

local hdr_unit_ns = 1e6

local function save_hdr(summary, path)
    if not path then return true end
    local saved, message = output.save(path, hdr.text(summary.results.latency, hdr_unit_ns))
    if not saved then terminal.complain(terminal.failed, "--hdr: " .. message) end
    return saved
end

-- ---- baselines

-- The same formats, with how it compares with a baseline below the text.
local function with_comparison(shown_as, found)
    if not found then return shown_as end
    return setmetatable({ text = function(result)
        return shown_as.text(result) .. "\n" .. comparison_text.of(found)
    end }, { __index = shown_as })
end

-- Compares and saves as wanted: the comparison, if any, and the exit code that it calls for.
local function conclude(wanted, summaries)
    local found, note, message = gate.conclude(wanted, summaries)
    if note then io.stderr:write("engram: ", note, "\n") end
    if message then return found, terminal.complain(terminal.failed, message) end
    return found, found and gate.code(found, wanted, "run") or terminal.done
end

-- ---- one run

local function settle(config, values)
    config.print_to_stderr = chosen.is_data(values) and not values.output
    config.histogram = config.histogram or values.hdr ~= nil
    return config
end

local function execute(loaded, config, progress, title)
    progress:begin(config, title)
    local summary = run.execute(loaded, config, {
        on_progress = function(...) progress:show(...) end,
        on_interval = function(interval) progress:interval(interval) end,
    })
    progress:clear()
    return summary
end

local function one_run(loaded, config, values, wanted, progress)
    C.eg_signals_catch()
    local summary = execute(loaded, config, progress)
    local found, concluded = conclude(wanted, { summary })
    summary.comparison = found
    local shown = terminal.show(summary, values, with_comparison(formats, found))
    if not save_hdr(summary, values.hdr) then shown = terminal.failed end
    local code = verdict(summary)
    if code == terminal.done then code = concluded end
    if code == terminal.done then code = shown end
    if summary.results.stop_reason == "stuck" then C.eg_exit(code) end
    return code
end

-- ---- several runs

-- The configuration of a step: what varies in place of what is given.
local function config_of(loaded, values, step)
    local given = chosen.given(values, loaded)
    local is_own = {}
    for _, option in ipairs(loaded.options) do is_own[option.key] = true end
    for _, each in ipairs(step.varied) do
        if given.options[each.name] ~= nil or given[each.name] ~= nil then
            return nil, ("--set: %s is varied, and given as an option, too"):format(each.name)
        end
        if is_own[each.name] then given.options[each.name] = each.value
        elseif each.name == "workload" then given.workload = nil
        elseif run.flags.by_key[each.name] then given[each.name] = each.value
        else
            return nil, ("--set: '%s' is no option of %s, nor of run"):format(each.name,
                loaded.name)
        end
    end
    return run.config(given, loaded)
end

-- Each workload under each combination: steps that know what they run.
local function steps_of(workloads, axes, values)
    local steps = {}
    for _, loaded in ipairs(workloads) do
        for _, step in ipairs(series.steps(axes)) do
            if #workloads > 1 then
                table.insert(step.varied, 1, { name = "workload", value = loaded.name })
            end
            local config, message = config_of(loaded, values, step)
            if not config then return nil, message end
            step.loaded, step.config = loaded, settle(config, values)
            steps[#steps + 1] = step
        end
    end
    return steps
end

local function worst(steps)
    local code, rank = terminal.done, { [terminal.done] = 0, [terminal.missed] = 1,
        [terminal.failed] = 2 }
    for _, step in ipairs(steps) do
        for _, summary in ipairs(step.runs) do
            local one = verdict(summary)
            if (rank[one] or 3) > (rank[code] or 3) then code = one end
        end
    end
    return code
end

local function all_runs(steps)
    local summaries = {}
    for _, step in ipairs(steps) do
        for _, summary in ipairs(step.runs) do summaries[#summaries + 1] = summary end
    end
    return summaries
end

local function run_series(workloads, axes, values, wanted, progress, spec)
    local rounds, message = settings.count(values.repeats or 1)
    if not rounds or rounds < 1 then
        return terminal.refuse(spec, "--repeat: " .. (message or values.repeats .. " is too few"))
    end
    local steps
    steps, message = steps_of(workloads, axes, values)
    if not steps then return terminal.refuse(spec, message) end
    if values.interleave and #steps == 1 then
        return terminal.refuse(spec, "--interleave: takes several workloads, or values (--set, " ..
            "--threads 1,2)")
    end
    for _, loaded in ipairs(workloads) do chosen.warn(loaded) end
    C.eg_signals_catch()
    local all = #steps * rounds
    local seed = values.interleave and steps[1].config.seed or nil
    series.run(steps, rounds, seed, function(step, _, number)
        return execute(step.loaded, step.config, progress,
            ("%d of %d  %s  "):format(number, all, series.name(step)))
    end)
    local names = {}
    for i, loaded in ipairs(workloads) do names[i] = loaded.name end
    local summaries = all_runs(steps)
    local done = #summaries < all and #summaries .. " of " or ""
    local set = {
        title = ("%s: %s%s"):format(table.concat(names, ", "), done, units.things(all, "run")),
        base = values.interleave and #steps > 1 and steps[1] or nil, steps = steps,
        closing = C.eg_signal_caught() ~= 0 and { "interrupted: the last was cut short" } or nil,
    }
    local found, concluded = conclude(wanted, summaries)
    set.data = { comparison = found }
    local shown = terminal.show(set, values, with_comparison(series_report, found))
    local code = worst(steps)
    local signal = C.eg_signal_caught()
    if signal ~= 0 then return terminal.by_signal + signal end
    if code == terminal.done then code = concluded end
    return code == terminal.done and shown or code
end

-- The other workloads of the command line.
local function all_workloads(loaded, values, spec)
    local workloads = { loaded }
    for _, name in ipairs(values.rest or {}) do
        local other, code = chosen.load(spec, name)
        if not other then return nil, code end
        workloads[#workloads + 1] = other
    end
    return workloads
end

local function body(loaded, values, progress, spec)
    local workloads, code = all_workloads(loaded, values, spec)
    if not workloads then return code end
    code = terminal.check_files(values, { "output", "hdr" })
    if code then return code end
    local threads = values.threads and values.threads:find "[,.]" and values.threads or nil
    if threads and threads:match "^%d+%.%d+$" then threads = nil end -- a number, and no count
    local wanted, message = gate.prepare(values)
    if not wanted then return terminal.refuse(spec, message) end
    local axes
    axes, message = series.axes(threads, values.set)
    if not axes then return terminal.refuse(spec, message) end
    if threads then values.threads = nil end
    if #axes > 0 or values.repeats or values.interleave or #workloads > 1 then
        if values.hdr then return terminal.refuse(spec, "--hdr: takes a single run") end
        return run_series(workloads, axes, values, wanted, progress, spec)
    end
    local config
    config, message = run.config(chosen.given(values, loaded), loaded)
    if not config then return terminal.refuse(spec, message) end
    return one_run(loaded, settle(config, values), values, wanted, progress)
end

return chosen.command {
    name = "run", line = "run a workload and report on it", takes_rest = true, body = body,
    about = "Runs a workload on every core and reports speed, latency and scratch memory.",
    groups = groups, formats = formats.names,
    examples = {
        "engram run recall -t 8 -d 10s",
        "engram run recall -n 100k --seed 7 -f json -o report.json",
        "engram run recall --threads 1,2,4 --repeat 5",
    },
}
