--- engram run: a workload, from the command line to its report.

local C = require "engram.c"
local formats = require "engram.formats"
local hdr = require "engram.hdr"
local output = require "engram.output"
local run = require "engram.run"
local terminal = require "engram.terminal"
local usage = require "engram.usage"
local workload = require "engram.workload"

-- Does standard output hold what a program is to read?
local function is_data(values)
    return values.format ~= nil and values.format ~= "text"
end

local output_options = {
    { key = "format", flag = "--format", short = "-f", value = "NAME",
      about = formats.names:gsub("|", ", ") .. " (default: text)" },
    { key = "output", flag = "--output", short = "-o", value = "FILE",
      about = "the report goes there; the terminal still gets the text" },
    { key = "hdr", flag = "--hdr", value = "FILE",
      about = "latencies in milliseconds, as HdrHistogram's text" },
    { key = "quiet", flag = "--quiet", short = "-q", about = "no live progress" },
}

local function own_options(loaded)
    local options = {}
    for i, each in ipairs(loaded.options) do
        local default = each.default
        local flag, about, value = each.flag, each.about, nil
        if default == true then flag = "--no-" .. flag:sub(3)
        elseif default ~= false then
            value = type(default) == "number" and "N" or "TEXT"
            about = ("%s (default: %s)"):format(about, tostring(default))
        end
        options[i] = { key = "own_" .. each.key, flag = flag, value = value, about = about }
    end
    return options
end

local function run_spec(loaded)
    local groups = {}
    if loaded and #loaded.options > 0 then
        groups[1] = { title = "Options of " .. loaded.name, options = own_options(loaded) }
    end
    for _, group in ipairs(run.flags.groups) do groups[#groups + 1] = group end
    groups[#groups + 1] = { title = "Output", options = output_options }
    local name = loaded and loaded.name or "WORKLOAD"
    return {
        name = loaded and "run " .. loaded.name or "run",
        usage = "run " .. name .. " [options]",
        about = loaded and (loaded.script.about or loaded.name) or
            "Runs a workload on every core and reports speed, latency and scratch memory.",
        is_chosen = loaded ~= nil,
        arguments = { { key = "workload", label = "WORKLOAD", optional = true,
            about = "a path (with a / or ending in .lua), - for standard input, or a built-in's " ..
                "name ('engram list'); its own options come after it, and 'engram run " ..
                "WORKLOAD --help' shows them" } },
        groups = groups, formats = formats.names,
        examples = {
            ("engram run %s -t 8 -d 10s"):format(loaded and name or "recall"),
            ("engram run %s -n 100k --seed 7 -f json -o report.json"):format(
                loaded and name or "./mine.lua"),
        },
    }
end

local function given_of(values, loaded)
    local given = { options = {} }
    for _, flag in ipairs(run.flags) do given[flag.key] = values[flag.key] end
    for _, option in ipairs(loaded.options) do
        local value = values["own_" .. option.key]
        if value ~= nil then
            if option.default == true then value = false end
            given.options[option.key] = value
        end
    end
    return given
end

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

local function execute(loaded, config, values, progress)
    C.eg_signals_catch()
    progress.config = config
    local summary = run.execute(loaded, config, {
        on_progress = function(...) progress:show(...) end,
        on_interval = function(interval) progress:interval(interval) end,
    })
    progress:clear()
    local shown = terminal.show(summary, values, formats)
    if not save_hdr(summary, values.hdr) then shown = terminal.failed end
    local code = verdict(summary)
    if code == terminal.done then code = shown end
    if summary.results.stop_reason == "stuck" then C.eg_exit(code) end
    return code
end

local function run_loaded(loaded, words, progress)
    local spec = run_spec(loaded)
    local values, code = terminal.values(spec, words)
    if not values then return code end
    if values.help then return terminal.say(usage.help(spec)) end
    local config, message = run.config(given_of(values, loaded), loaded)
    if not config then return terminal.refuse(spec, message) end
    code = terminal.check_files(values, { "output", "hdr" })
    if code then return code end
    progress.quiet = values.quiet
    config.print_to_stderr = is_data(values) and not values.output
    config.histogram = config.histogram or values.hdr ~= nil
    return execute(loaded, config, values, progress)
end

local function command(words)
    local spec = run_spec()
    local name, seen = usage.peek(spec, words)
    if not name then
        if seen.help then return terminal.say(usage.help(spec)) end
        local _, message = usage.parse(spec, words)
        if message and not message:match "%?$" then
            message = message .. "; a workload's own options come after its name"
        end
        return terminal.refuse(spec, message or
            "run: no workload is named; 'engram list' shows some")
    end
    -- Scripts may print as soon as they are loaded.
    local progress = output.progress()
    output.redirect(is_data(seen) and not seen.output and io.stderr or io.stdout,
        function() progress:clear() end)
    local found, message = workload.find(name)
    if not found then return terminal.refuse(spec, message) end
    local loaded
    loaded, message = workload.load(found)
    if not loaded then return terminal.complain(terminal.failed, message) end
    return run_loaded(loaded, words, progress)
end

return {
    name = "run", label = "run WORKLOAD", line = "run a workload and report on it",
    spec = run_spec, run = command, takes_help = true,
}
