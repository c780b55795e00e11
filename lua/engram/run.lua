--- Run: a workload on every core, from its options to its summary.
--
--    local summary = engram.run { workload = "recall", threads = 8, duration = "10s" }
--    print(summary.results.events_per_s)
--
-- The way of a run: script -> options -> pool -> threads -> statistics -> summary.

local ffi = require "ffi"
local C = require "engram.c"
local pairs = require("engram.core").pairs
local arguments = require "engram.arguments"
local control = require "engram.control"
local errors = require "engram.errors"
local flags = require "engram.flags"
local event = require "engram.event"
local info = require "engram.info"
local intervals = require "engram.intervals"
local latency = require "engram.latency"
local pacing = require "engram.pacing"
local placement = require "engram.placement"
local prelude = require "engram.prelude"
local random = require "engram.random"
local settings = require "engram.settings"
local share = require "engram.share"
local summary = require "engram.summary"
local thresholds = require "engram.thresholds"
local workload = require "engram.workload"

local run = { flags = flags }

local poll_ms = 100
local defaults = { duration = 10, max_errors = 0, grace = 5, allocator = "thread" }

-- Threads that were given up may still read what they were given.
local given_up = {}

-- A seed that nobody chose: drawn once, printed with the report.
local function draw_seed()
    return math.floor(C.eg_clock_ns()) % 2 ^ 31 + os.time() % 2 ^ 14 * 2 ^ 31
end

local function parse_flags(given, script_defaults)
    local values = {}
    for _, each in ipairs(flags) do
        local value, source = given[each.key], each.flag
        if value == nil then value, source = script_defaults[each.key], "defaults." .. each.key end
        if value ~= nil and each.parse then
            local parsed, message = each.parse(value)
            if parsed == nil then return nil, source .. ": " .. message end
            values[each.key] = parsed
        end
    end
    return values
end

-- What a dry run leaves of the rest.
local function run_once(config)
    config.threads, config.events = 1, 1
    for _, key in ipairs { "duration", "rate", "arrival", "stage", "warmup", "report_interval" } do
        config[key] = nil
    end
end

-- The percentiles to compute: those asked for, and those that a threshold needs.
local function percents_of(config)
    local list = {}
    for _, percent in ipairs(config.percentiles or {}) do list[#list + 1] = percent end
    for _, percent in ipairs(thresholds.percentiles(config.threshold or {})) do
        list[#list + 1] = percent
    end
    return list
end

-- A script's own limits, and those that are asked for.
local function all_thresholds(config, script)
    if not script.thresholds then return config.threshold end
    local list = thresholds.list(script.thresholds)
    for _, each in ipairs(config.threshold or {}) do list[#list + 1] = each end
    return list
end

--- The run's options in force: given ones beat the environment, that beats the
--- script's defaults, those beat ours. nil and a message for a bad value.
function run.config(given, loaded)
    local options, message = workload.options(loaded, given.options)
    if not options then return nil, message end
    local script_defaults
    script_defaults, message = workload.defaults(loaded.script, options)
    if not script_defaults then return nil, loaded.name .. ": " .. message end
    -- Whoever says how many events does not also want a default length, and vice versa.
    if given.events and not given.duration then script_defaults.duration = nil end
    if given.duration and not given.events then script_defaults.events = nil end

    local config
    config, message = parse_flags(given, script_defaults)
    if not config then return nil, message end
    local arenas
    arenas, message = settings.arena(script_defaults, given)
    if not arenas then return nil, message end
    message = info.isa_problem()
    if message then return nil, message end

    for _, key in ipairs { "arena_size", "arena_overflow", "arena_zero" } do
        config[key] = arenas[key]
    end
    if config.dry_run then run_once(config) end
    config.stages, config.stage = config.stage, nil
    local settled
    settled, message = pacing.settle(config)
    if not settled then return nil, message end
    if not config.duration and not config.events then config.duration = defaults.duration end
    config.threads = config.threads or C.eg_cores()
    config.seed = config.seed or draw_seed()
    config.threshold = all_thresholds(config, loaded.script)
    message = thresholds.problem(config.threshold or {}, config.arrival ~= nil,
        loaded.script.mix and event.operations(loaded.script))
    if message then return nil, message end
    config.percents = percents_of(config)
    config.placement, message = placement.of(config)
    if message then return nil, message end
    if config.validate and not loaded.script.validate then
        return nil, ("--validate: %s has no validate hook (engram help workload)"):format(
            loaded.name)
    end
    for _, key in ipairs { "max_errors", "grace", "allocator" } do
        if config[key] == nil then config[key] = defaults[key] end
    end
    config.workload, config.options = loaded.name, options
    return config
end

local function caught(hook, ...)
    local ok, value = xpcall(hook, function(raised)
        return { text = errors.text(raised), traceback = errors.traceback(2) }
    end, ...)
    if ok then return value end
    return nil, value.text, value.traceback
end

local function copied(values)
    local copy = {}
    for key, value in pairs(values) do copy[key] = value end
    return copy
end

-- setup's value and everything else that each thread needs, as one text; and what has
-- to live as long as the threads.
local function prepare(loaded, config)
    local shared, message, traceback
    if loaded.script.setup then
        shared, message, traceback = caught(loaded.script.setup, copied(config.options),
            random.new(config.seed))
        if message then return nil, "setup: " .. message, traceback end
    end
    local thread = { text = loaded.text, chunk = loaded.chunk, threads = config.threads,
        options = config.options, shared = shared, print_to_stderr = config.print_to_stderr,
        seed = config.seed, validate = config.validate, dry_run = config.dry_run }
    local ok, text, kept = pcall(share.pack, thread, "thread")
    if not ok then return nil, "setup: " .. tostring(text) end
    return { text = text, path = package.path, cpath = package.cpath,
        kept = kept }
end

-- A batch lasts so long that engram's own cost is a hundredth of it.
local batch_over_cost = 100

local function start(config, payload, script, overhead_ns)
    local options = ffi.new "eg_pool_options"
    options.operations = script.mix and #event.operations(script) or 0
    options.batch_ns = script.event_batch and batch_over_cost * overhead_ns or 0
    if config.placement then
        payload.cpus = ffi.new("int32_t[?]", config.threads, config.placement)
        options.cpus = payload.cpus
    end
    options.threads = config.threads
    options.arena_bytes = config.arena_size
    options.arena_policy = settings.policies[config.arena_overflow]
    options.arena_zero = config.arena_zero and 1 or 0
    options.allocator = settings.allocators[config.allocator]
    options.events = config.events or 0
    options.duration_s = config.duration or 0
    options.grace_s = config.grace
    options.seed = config.seed
    options.max_errors = config.max_errors == "all" and -1 or config.max_errors
    payload.stages = pacing.apply(config, options)
    options.payload, options.payload_bytes = payload.text, #payload.text
    options.modules, options.module_count, payload.modules = prelude()
    options.lua_path, options.lua_cpath = payload.path, payload.cpath
    local message = ffi.new("char[?]", 512)
    local pool = C.eg_pool_new(options, message, 512)
    if pool == nil then return nil, ffi.string(message) end
    return ffi.gc(pool, C.eg_pool_free)
end

-- Until the run is over. Answers its intervals, if they are wanted.
local function wait(pool, config, watch)
    local progress = ffi.new "eg_progress"
    local function p99()
        local all = latency.new()
        C.eg_pool_latency(pool, all)
        return C.eg_histogram_percentile(all, 99)
    end
    local cut = config.report_interval and intervals.new(pool, config, watch.on_interval)
    local phase
    repeat
        local ms = cut and math.max(1, math.min(poll_ms, cut:due_ms(progress))) or poll_ms
        phase = C.eg_pool_wait(pool, ms)
        C.eg_pool_progress(pool, progress)
        if cut and phase == C.EG_RUNNING then cut:look(progress) end
        if watch.on_progress then
            watch.on_progress(phase == C.EG_STARTING and "starting" or "running", progress, p99)
        end
    until phase == C.EG_ENDED or phase == C.EG_STUCK
    if not cut then return nil end
    cut:finish(C.eg_pool_elapsed_s(pool), progress)
    return cut.list
end

-- The summary, with what is odd about the script before all other warnings.
local function warned(of_run, loaded)
    local list = {}
    for _, warning in ipairs(loaded.warnings) do list[#list + 1] = warning end
    for _, warning in ipairs(of_run.warnings or {}) do list[#list + 1] = warning end
    of_run.warnings = #list > 0 and list or nil
    return of_run
end

--- Runs it. Never raises: whatever goes wrong is in the summary. watch, if given, holds
--  on_progress(phase, progress, p99), the last a function, and on_interval(interval).
function run.execute(loaded, config, watch)
    local payload, message, traceback = prepare(loaded, config)
    if not payload then return warned(summary.of_failure(config, message, traceback), loaded) end
    local overhead_ns = C.eg_overhead_ns()
    local pool
    pool, message = start(config, payload, loaded.script, overhead_ns)
    if not pool then -- a thread that does not come back may still read it
        given_up[#given_up + 1] = payload
        return warned(summary.of_failure(config, message), loaded)
    end

    local stretches = wait(pool, config, watch or {})
    local of_run, results = summary.of_run(pool, config, overhead_ns, loaded.script)
    warned(of_run, loaded).intervals = stretches
    if C.eg_pool_free(ffi.gc(pool, nil)) > 0 then given_up[#given_up + 1] = payload end
    if loaded.script.done then
        local _, failure, where = caught(loaded.script.done, of_run, results)
        if failure then summary.add_failure(of_run, "done: " .. failure, where) end
    end
    if config.threshold and #config.threshold > 0 then
        of_run.thresholds = thresholds.check(of_run, config.threshold)
    end
    return of_run
end

-- What a message says of flags, said of the keys of engram.run.
local function in_keys(message)
    local own = message:match "^%-%-([%w-]+):"
    local key = own and own:gsub("-", "_")
    if own and not flags.by_key[key] then return "options." .. key .. message:sub(#own + 3) end
    return (message:gsub("%-%-(%l[%l-]*)", function(flag)
        key = flag:gsub("-", "_")
        return flags.by_key[key] and key or nil
    end))
end

--- engram.run{ workload =, threads =, ... }: the summary, or nil and a message
--- when the script or an option is not accepted.
function run.run(given)
    if control.worker() ~= nil then error("engram.run: a run is under way here", 2) end
    arguments.check(given)
    local found, loaded, config, message
    if given.source then found = workload.from_source(given.source)
    else found, message = workload.find(given.workload) end
    if not found then return nil, message end
    loaded, message = workload.load(found)
    if not loaded then return nil, message end
    config, message = run.config(given, loaded)
    if not config then return nil, in_keys(message) end
    return run.execute(loaded, config)
end

return run
