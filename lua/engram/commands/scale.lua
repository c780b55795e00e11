--- engram scale: what more threads give, and what other allocators cost.

local C = require "engram.c"
local chosen = require "engram.chosen"
local errors = require "engram.errors"
local prose = require "engram.prose"
local run = require "engram.run"
local scale = require "engram.scale"
local series = require "engram.series"
local series_report = require "engram.series_report"
local settings = require "engram.settings"
local terminal = require "engram.terminal"
local units = require "engram.units"

local default_rounds, default_duration = 3, "1s"

local groups = {
    { title = "Scale", options = {
        { key = "thread_list", flag = "--threads", short = "-t", value = "LIST",
          about = "1,2,4 or 1..32, which doubles (default: 1 to twice the cores)" },
        { key = "allocators", flag = "--allocator", value = "LIST",
          about = "of thread, shared, malloc; the first is compared with (default: thread)" },
        { key = "repeats", flag = "--repeat", value = "N", about = "rounds (default: 3)" },
    } },
    terminal.output_group,
}

-- The steps to run, each with its configuration; nil and a message.
local function plan(loaded, values)
    local cores = C.eg_cores()
    local threads, message = series.axis("threads", values.thread_list or "1.." .. 2 * cores,
        "--threads")
    if not threads then return nil, message end
    local allocators
    allocators, message = series.axis("allocator", values.allocators or "thread", "--allocator")
    if not allocators then return nil, message end
    local steps = series.steps { allocators, threads }
    for _, step in ipairs(steps) do
        local given = chosen.given(values, loaded)
        for _, each in ipairs(step.varied) do given[each.name] = each.value end
        if not given.duration and not given.events then given.duration = default_duration end
        step.config, message = run.config(given, loaded)
        if not step.config then return nil, message end
        step.config.print_to_stderr = chosen.is_data(values) and not values.output
    end
    return steps, allocators.values
end

local shown_as = {}

function shown_as.text(set)
    local lines = { set.title, "" }
    for _, line in ipairs(scale.chart(set.steps, set.allocators, set.cores)) do
        lines[#lines + 1] = line
    end
    lines[#lines + 1] = ""
    for _, sentence in ipairs(set.conclusions) do
        for _, line in ipairs(prose.lines(sentence, 79)) do lines[#lines + 1] = line end
    end
    return table.concat(lines, "\n") .. "\n"
end

shown_as.json = series_report.json

local function failure(steps)
    for _, step in ipairs(steps) do
        for _, summary in ipairs(step.runs) do
            local message = errors.failure(summary)
            if message then return message end
        end
    end
    return nil
end

local function body(loaded, values, progress, spec)
    local code = terminal.check_files(values, { "output" })
    if code then return code end
    local rounds, message = settings.count(values.repeats or default_rounds)
    if not rounds or rounds < 1 then
        return terminal.refuse(spec, "--repeat: " .. (message or values.repeats .. " is too few"))
    end
    local steps, allocators = plan(loaded, values)
    if not steps then return terminal.refuse(spec, allocators) end
    C.eg_signals_catch()
    series.run(steps, rounds, steps[1].config.seed, function(step, _, number)
        progress:begin(step.config, ("%d of %d  %s  "):format(number, #steps * rounds,
            series.name(step)))
        return run.execute(loaded, step.config, {
            on_progress = function(...) progress:show(...) end,
        })
    end)
    progress:clear()
    local cores = C.eg_cores()
    local conclusions = scale.conclusions(steps, allocators, cores)
    local signal = C.eg_signal_caught()
    if signal ~= 0 then conclusions[#conclusions + 1] = "interrupted: not all runs were made" end
    code = terminal.show({
        title = ("%s on %s, %s"):format(loaded.name, units.things(cores, "core"),
            units.things(rounds, "round")), steps = steps,
        allocators = allocators, cores = cores, conclusions = conclusions,
        data = { conclusions = conclusions, cores = cores },
    }, values, shown_as)
    local failed = failure(steps)
    if signal ~= 0 then return terminal.by_signal + signal end
    if failed then return terminal.complain(terminal.failed, "scale: " .. failed) end
    return code
end

return chosen.command {
    name = "scale", line = "what more threads give, and what a lock costs", body = body,
    about = "Runs a workload on more and more threads, in turns, and compares allocators.",
    first_groups = { groups[1] }, groups = { groups[2] },
    defaults = { duration = default_duration .. ", each run" },
    leave_out = { threads = true, allocator = true, dry_run = true, report_interval = true,
        threshold = true, histogram = true, percentiles = true },
    examples = { "engram scale recall",
        "engram scale recall --threads 1..32 --allocator thread,shared,malloc" },
}
