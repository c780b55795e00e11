--- Cli: the engram command.
--
--    local exit_code = require "engram.cli" { "run", "recall", "-t", "8" }
--
-- 0 done, 1 a script or a run failed, 2 wrong usage, 99 a threshold was missed, 130 and 143
-- interrupted.
-- What is wrong with the usage is said in one line on standard error.

local C = require "engram.c"
local bench = require "engram.bench_command"
local info = require "engram.info"
local manual = require "engram.manual"
local output = require "engram.output"
local report = require "engram.report"
local formats = require "engram.formats"
local hdr = require "engram.hdr"
local run = require "engram.run"
local settings = require "engram.settings"
local starter = require "engram.starter"
local usage = require "engram.usage"
local workload = require "engram.workload"

local done, failed, misused, missed, by_signal = 0, 1, 2, 99, 128

local format_option = { key = "format", flag = "--format", short = "-f", value = "text|json",
    about = "of the report (default: text)" }

local function complain(code, message)
    io.stderr:write("engram: ", message, "\n")
    return code
end

local function refuse(spec, message)
    local link = message:match "%?$" and " See" or "; see"
    return complain(misused, ("%s%s 'engram %s--help'"):format(message, link,
        spec.name == "" and "" or spec.name .. " "))
end

-- ---- standard output, which scripts may have been led away from

local stdout = io.stdout

local function say(text)
    local written, message = stdout:write(text)
    if written then written, message = stdout:flush() end
    if written then return done end
    return complain(failed, "standard output: " .. tostring(message))
end

-- ---- run

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
    if results.failed then return failed end
    if results.interrupted_by then return by_signal + results.interrupted_by end
    for _, judged in ipairs(summary.thresholds or {}) do
        if not judged.ok then return missed end
    end
    return done
end

-- shown_as: how it is written in each format; a report by default.
local hdr_unit_ns = 1e6

local function save_hdr(summary, path)
    if not path then return true end
    local saved, message = output.save(path, hdr.text(summary.results.latency, hdr_unit_ns))
    if not saved then complain(failed, "--hdr: " .. message) end
    return saved
end

local function show(summary, values, shown_as)
    shown_as = shown_as or formats
    local text = shown_as[values.format or "text"](summary)
    if not values.output then return say(text) end
    local saved, message = output.save(values.output, text)
    if not saved then complain(failed, "--output: " .. message) end
    local said = say(shown_as.text(summary))
    return saved and said or failed
end

local function execute(loaded, config, values, progress)
    C.eg_signals_catch()
    progress.config = config
    local summary = run.execute(loaded, config, {
        on_progress = function(...) progress:show(...) end,
        on_interval = function(interval) progress:interval(interval) end,
    })
    progress:clear()
    local shown = show(summary, values)
    if not save_hdr(summary, values.hdr) then shown = failed end
    local code = verdict(summary)
    if code == done then code = shown end
    if summary.results.stop_reason == "stuck" then C.eg_exit(code) end
    return code
end

-- The values of the command line, or nil and what to answer.
local function values_of(spec, words)
    local values, message = usage.parse(spec, words)
    if not values then return nil, refuse(spec, message) end
    local names = spec.formats or format_option.value
    if values.format and not ("|" .. names .. "|"):find("|" .. values.format .. "|", 1, true) then
        return nil, refuse(spec, ("--format: %s is not one of %s"):format(values.format,
            (names:gsub("|", ", "))))
    end
    return values
end

local function run_loaded(loaded, words, progress)
    local spec = run_spec(loaded)
    local values, code = values_of(spec, words)
    if not values then return code end
    if values.help then return say(usage.help(spec)) end
    local config, message = run.config(given_of(values, loaded), loaded)
    if not config then return refuse(spec, message) end
    for _, key in ipairs { "output", "hdr" } do
        local ok = true
        if values[key] then ok, message = output.check(values[key]) end
        if not ok then return complain(misused, ("--%s: %s"):format(key, message)) end
    end
    progress.quiet = values.quiet
    config.print_to_stderr = is_data(values) and not values.output
    config.histogram = config.histogram or values.hdr ~= nil
    return execute(loaded, config, values, progress)
end

local commands = {}

function commands.run(words)
    local spec = run_spec()
    local name, seen = usage.peek(spec, words)
    if not name then
        if seen.help then return say(usage.help(spec)) end
        local _, message = usage.parse(spec, words)
        if message and not message:match "%?$" then
            message = message .. "; a workload's own options come after its name"
        end
        return refuse(spec, message or "run: no workload is named; 'engram list' shows some")
    end
    -- Scripts may print as soon as they are loaded.
    local progress = output.progress()
    output.redirect(is_data(seen) and not seen.output and io.stderr or io.stdout,
        function() progress:clear() end)
    local found, message = workload.find(name)
    if not found then return refuse(spec, message) end
    local loaded
    loaded, message = workload.load(found)
    if not loaded then return complain(failed, message) end
    return run_loaded(loaded, words, progress)
end

-- ---- list, info, new

local specs = {
    list = {
        name = "list", usage = "list", about = "Shows the built-in workloads and their options.",
        groups = { { title = "Options", options = {} } },
        examples = { "engram list", "engram run recall --help" },
    },
    info = {
        name = "info", usage = "info [-f text|json]",
        about = "Shows what engram found on this machine, and the arena settings in force.",
        groups = { { title = "Options", options = { format_option } } },
        examples = { "engram info", "ENGRAM_ARENA_SIZE=8M engram info -f json" },
    },
    bench = bench.spec,
    new = {
        name = "new", usage = "new FILE [-f]",
        about = "Writes a commented workload to start from. It runs as it is.",
        arguments = { { key = "file", label = "FILE", about = "where to, as mine.lua" } },
        groups = { { title = "Options", options = { { key = "force", flag = "--force", short = "-f",
            about = "overwrite FILE if there is one" } } } },
        examples = { "engram new mine.lua", "engram run mine.lua -t 2 -d 3s" },
    },
    help = {
        name = "help", usage = "help [TOPIC]",
        about = "Shows what a command takes, or a page of the manual.",
        arguments = { { key = "command", label = "TOPIC", optional = true,
            about = "run, list, info, bench or new, or a page below" } },
        pages = manual.topics,
        groups = { { title = "Options", options = {} } },
        examples = { "engram help run", "engram help workload" },
    },
}

function commands.list(words)
    local values, code = values_of(specs.list, words)
    if not values then return code end
    local lines = {}
    for _, each in ipairs(workload.builtin()) do
        lines[#lines + 1] = ("%-12s%s"):format(each.name, each.about)
        local flags = {}
        for i, option in ipairs(each.options) do
            local default = option.default ~= false and "=" .. tostring(option.default) or ""
            flags[i] = option.flag .. default
        end
        if #flags > 0 then lines[#lines + 1] = (" "):rep(12) .. table.concat(flags, " ") end
    end
    lines[#lines + 1] = "\nengram run recall --show -d 5s       runs one"
    return say(table.concat(lines, "\n") .. "\n")
end

local arena_rows = {
    { "size", "ENGRAM_ARENA_SIZE, --arena-size", settings.size_text },
    { "overflow", "ENGRAM_ARENA_OVERFLOW, --arena-overflow", tostring },
    { "zero", "ENGRAM_ARENA_ZERO, --arena-zero", function(zero) return zero and "1" or "0" end },
}

local function info_text(about)
    local lines = {
        "engram      " .. about.version,
        "cpu         " .. about.cpu,
        "cores       " .. about.cores .. " this process may use",
        ("isa         %s (usable: %s; ENGRAM_ISA chooses)"):format(about.isa,
            table.concat(about.isa_usable, ", ")),
        "clock       " .. about.clock,
        "luajit      " .. about.luajit,
        "arena",
    }
    for _, row in ipairs(arena_rows) do
        local setting = about.arena[row[1]]
        local source = setting.source == "default" and "default; to set: " .. row[2] or
            "from " .. setting.source
        lines[#lines + 1] = ("  %-10s%-10s%s"):format(row[1], row[3](setting.value), source)
    end
    return table.concat(lines, "\n") .. "\n"
end

function commands.info(words)
    local values, code = values_of(specs.info, words)
    if not values then return code end
    local about, message = info.info()
    if not about then return complain(misused, message) end
    return say(values.format == "json" and report.json(about) or info_text(about))
end

function commands.bench(words)
    local values, code = values_of(specs.bench, words)
    if not values then return code end
    local plan, message = bench.plan(values)
    if not plan then return refuse(specs.bench, message) end
    if values.output then
        local ok
        ok, message = output.check(values.output)
        if not ok then return complain(misused, "--output: " .. message) end
    end
    C.eg_signals_catch()
    local progress = output.progress(nil, values.quiet)
    local founds, messages = bench.run(plan, function(turn) progress:say(turn) end)
    progress:clear()
    code = #founds > 0 and show(values.what and founds[1] or founds, values, {
        text = values.what and bench.text or bench.texts, json = report.json }) or failed
    for _, each in ipairs(messages) do code = complain(failed, "bench: " .. each) end
    local signal = C.eg_signal_caught()
    return signal ~= 0 and by_signal + signal or code
end

local function exists(path)
    local file = io.open(path, "rb")
    if file then file:close() end
    return file ~= nil
end

function commands.new(words)
    local values, code = values_of(specs.new, words)
    if not values then return code end
    local path = values.file
    if not path:match "%.lua$" then
        return refuse(specs.new, ("new: %s does not end in .lua, so run would not take it for a " ..
            "file"):format(path))
    end
    if exists(path) and not values.force then
        return refuse(specs.new, ("new: %s is there already; -f overwrites it"):format(path))
    end
    local saved, message = output.save(path, starter(path))
    if not saved then return complain(misused, "new: " .. message) end
    return say(("%s is ready: engram run %s -t 2 -d 3s\n"):format(path, path))
end

-- ---- all of them

local top = {
    name = "", usage = "COMMAND [options]",
    about = "Scratch arenas, memory kernels and timed runs of Lua workloads on every core.",
    arguments_title = "Commands",
    arguments = {
        { label = "run WORKLOAD", about = "run a workload and report on it" },
        { label = "list", about = "the built-in workloads" },
        { label = "info", about = "this machine, and the settings in force" },
        { label = "bench [WHAT]", about = "engram against its peers, on this machine" },
        { label = "new FILE", about = "write a commented workload to start from" },
        { label = "help [COMMAND]", about = "what a command takes" },
        { label = "help workload", about = "what a script may hold" },
    },
    groups = { { title = "Options", options = {
        { key = "version", flag = "--version", short = "-V", about = "which engram this is" } } } },
    examples = {
        "engram run recall --show -d 5s          associations, on every core",
        "engram run recall --help                a workload's own options",
        "engram new mine.lua                     a workload of your own",
    },
}

local function spec_of(name)
    if name == "run" then return run_spec() end
    return specs[name]
end

-- A name that may be misspelt: nil and a message that suggests another.
local function check_command(name)
    local spec = { name = "", arguments = {}, commands = {} }
    for each in pairs(commands) do spec.commands[#spec.commands + 1] = each end
    local values, message = usage.parse(spec, { name })
    return values ~= nil, message
end

function commands.help(words)
    local values, code = values_of(specs.help, words)
    if not values then return code end
    local name = values.command
    if not name then return say(usage.help(top)) end
    local page = manual.page(name)
    if page then return say(page) end
    local spec = spec_of(name)
    if spec then return say(usage.help(spec)) end
    local _, message = check_command(name)
    return refuse(specs.help, message)
end

return function(words)
    local name = words[1]
    if name == nil then
        io.stderr:write(usage.help(top))
        return misused
    end
    if name:sub(1, 1) == "-" then
        local values, message = usage.parse(top, words)
        if not values then return refuse(top, message) end
        if values.version then return say("engram " .. info.machine().version .. "\n") end
        return say(usage.help(top))
    end
    local ok, message = check_command(name)
    if not ok then return refuse(top, message) end
    local rest = {}
    for i = 2, #words do rest[i - 1] = words[i] end
    local spec = spec_of(name)
    if name ~= "run" then
        local _, seen = usage.peek(spec, rest)
        if seen.help then return say(usage.help(spec)) end
    end
    return commands[name](rest)
end
