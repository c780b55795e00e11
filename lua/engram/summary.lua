--- Summary: the one table of a run's results: what engram.run returns, what the
--- report shows and what the JSON holds.
--
-- Bytes, seconds and nanoseconds are plain numbers; what can not be computed is
-- cjson's null.

local ffi = require "ffi"
local buffer = require "string.buffer"
local cjson = require "cjson"
local C = require "engram.c"
local advice = require "engram.advice"
local arena = require "engram.arena"
local errors = require "engram.errors"
local info = require "engram.info"
local event = require "engram.event"
local latency = require "engram.latency"
local tally = require "engram.tally"
local units = require "engram.units"

local summary = {}

local null = cjson.null
local stop_reasons = {
    [tonumber(C.EG_STOP_DURATION)] = "duration", [tonumber(C.EG_STOP_EVENTS)] = "events",
    [tonumber(C.EG_STOP_SCRIPT)] = "script", [tonumber(C.EG_STOP_ERROR)] = "error",
    [tonumber(C.EG_STOP_INTERRUPTED)] = "interrupted", [tonumber(C.EG_STOP_STUCK)] = "stuck",
}

-- Where a thread may be stuck, by how far it got.
local hooks = {
    [tonumber(C.EG_STARTING)] = "thread_init", [tonumber(C.EG_RUNNING)] = "an event",
    [tonumber(C.EG_ENDED)] = "thread_done",
}

local function ratio(part, whole)
    if whole == null or whole ~= whole or whole == 0 then return null end
    return part / whole
end

-- The heap has no capacity: null there.
local function arena_table(stats)
    local capacity = stats.capacity == stats.capacity and stats.capacity or null
    return {
        capacity = capacity, used = stats.used, high_water = stats.high_water,
        utilization = ratio(stats.high_water, capacity), allocations = stats.allocations,
        overflows = stats.overflows, overflow_rate = ratio(stats.overflows, stats.allocations),
        fallback_bytes = stats.fallback_bytes, resets = stats.resets,
    }
end

local function lua_table(answer)
    local lua = answer and answer.lua or {}
    return {
        memory = lua.memory or null, traces = lua.traces or null, aborts = lua.aborts or null,
        driver = lua.driver or null, refused = lua.refused,
    }
end

-- What the threads of a run add up to; service and lag only under a rate.
local function new_totals(config)
    local is_open = config.arrival ~= nil
    return {
        latency = latency.new(), service = is_open and latency.new(),
        lag = is_open and latency.new(),
        late = 0, backlog = 0, warmup_events = 0, warmup_errors = 0, batch = 1,
        metrics = tally.new(),
    }
end

local function add_load(totals, load)
    if totals.service and load.service ~= nil then
        C.eg_histogram_merge(totals.service, load.service)
        C.eg_histogram_merge(totals.lag, load.lag)
    end
    for _, key in ipairs { "late", "backlog", "warmup_events", "warmup_errors" } do
        totals[key] = totals[key] + load[key]
    end
    totals.batch = math.max(totals.batch, load.batch)
end

-- One thread: its part of the summary, its answer, and its histograms into totals.
local function read_thread(pool, id, totals, percents)
    local elapsed_s = C.eg_pool_elapsed_s(pool)
    local report = ffi.new "eg_thread_report"
    C.eg_pool_thread(pool, id, report)
    local answer
    if report.answer ~= nil then
        answer = buffer.decode(ffi.string(report.answer, report.answer_bytes))
    end
    if report.latency ~= nil then C.eg_histogram_merge(totals.latency, report.latency) end
    add_load(totals, report.load)
    local own = tally.read(answer and answer.metrics)
    totals.metrics:add(own)
    local stats = arena.as_table(report.arena)
    return {
        id = id, events = report.events, errors = report.errors,
        stuck = report.state == C.EG_STUCK or nil,
        stuck_in = report.state == C.EG_STUCK and hooks[report.phase] or nil,
        latency = latency.of(report.latency, percents), arena = arena_table(stats),
        lua = lua_table(answer), metrics = own:table(elapsed_s),
    }, stats, answer, report.failure ~= nil and ffi.string(report.failure) or nil
end

-- Counters add up; capacity, use and high water are those of the fullest arena.
local function add_stats(total, one)
    if one.high_water >= total.high_water then total.capacity = one.capacity end
    for _, key in ipairs { "used", "high_water" } do total[key] = math.max(total[key], one[key]) end
    for _, key in ipairs { "allocations", "overflows", "fallback_bytes", "resets" } do
        total[key] = total[key] + one[key]
    end
end

local function context(overhead_ns)
    local about = info()
    return {
        version = about.version, luajit = about.luajit, cpu = about.cpu, isa = about.isa,
        cores = about.cores, clock = about.clock, overhead_ns = overhead_ns or null,
        date = os.date "!%Y-%m-%dT%H:%M:%SZ",
    }
end

local function stages_list(config)
    if not config.stages then return null end
    local list = {}
    for i, stage in ipairs(config.stages) do
        list[i] = { seconds = stage.seconds, [config.stages.of] = stage.value }
    end
    return list
end

local function config_table(config)
    return {
        workload = config.workload, threads = config.threads, duration_s = config.duration or null,
        events = config.events or null, seed = config.seed, max_errors = config.max_errors,
        arena_size = config.arena_size, arena_overflow = config.arena_overflow,
        arena_zero = config.arena_zero, allocator = config.allocator, options = config.options,
        rate = config.rate or null, arrival = config.arrival or null, stages = stages_list(config),
        warmup_s = config.warmup and config.warmup.seconds or null,
        warmup_events = config.warmup and config.warmup.events or null,
        report_interval_s = config.report_interval or null,
        percentiles = config.percentiles or null, pin = config.pin or null,
        cpus = config.cpus or null, validate = config.validate or null,
        dry_run = config.dry_run or null,
    }
end

-- What a rate asked for, and what became of it.
local function load_table(config, totals)
    if not totals.service then return nil end
    return {
        rate = config.rate or null, arrival = config.arrival,
        service = latency.of(totals.service, config.percents),
        lag = latency.of(totals.lag, config.percents),
        late = totals.late, backlog = totals.backlog,
    }
end

-- The operations of a mix: each with its share of the events, and its latencies.
local function operations_list(pool, config, script, threads)
    if not script.mix then return nil end
    local list, report = {}, ffi.new "eg_operation_report"
    for k, operation in ipairs(event.operations(script)) do
        local merged, failures = latency.new(), 0
        for id, thread in ipairs(threads) do
            if not thread.stuck and C.eg_pool_operation(pool, id, k, report) == C.EG_OK then
                C.eg_histogram_merge(merged, report.latency)
                failures = failures + report.errors
            end
        end
        list[k] = { name = operation.name, weight = operation.weight, errors = failures,
            events = C.eg_histogram_count(merged),
            latency = latency.of(merged, config.percents) }
    end
    return list
end

local function warmup_table(config, totals)
    if not config.warmup then return nil end
    return { events = totals.warmup_events, errors = totals.warmup_errors }
end

local function process_table()
    local usage = ffi.new "eg_usage"
    C.eg_usage_read(usage)
    return { max_rss_bytes = usage.max_rss_bytes, user_s = usage.user_s,
        system_s = usage.system_s }
end

-- engram's own part of an event beyond this share is worth a word.
local overhead_share_max = 0.05

local function warnings_of(results, threads, overhead_ns)
    local list = {}
    for _, thread in ipairs(threads) do
        if thread.stuck then
            list[1] = ("thread %d is stuck in %s and was given up; its latencies are missing")
                :format(thread.id, thread.stuck_in)
            break
        end
    end
    local mean = results.latency.mean
    if mean ~= null and not results.batch and overhead_ns > overhead_share_max * mean then
        list[#list + 1] = ("engram's own cost, %s an event, is %s of the mean; event_batch " ..
            "suits operations so short"):format(units.time(overhead_ns),
            units.percent(math.min(overhead_ns / mean, 1)))
    end
    return #list > 0 and list or nil
end

--- The summary of a run that got as far as its threads; and what their
--- thread_done returned, by thread.
function summary.of_run(pool, config, overhead_ns, script)
    local totals = new_totals(config)
    local seen, results, threads = errors.new(), {}, {}
    local total = { used = 0, high_water = 0, allocations = 0, overflows = 0, fallback_bytes = 0,
        resets = 0, capacity = 0 }
    local events, failures, hook_failed = 0, 0, false
    for id = 1, config.threads do
        local thread, stats, answer, failure = read_thread(pool, id, totals,
            config.percents)
        threads[id] = thread
        add_stats(total, stats)
        events, failures = events + thread.events, failures + thread.errors
        results[id] = answer and answer.result
        if failure then seen:put { message = failure, thread = id, count = 1 } end
        for _, group in ipairs(answer and answer.errors or {}) do
            seen:put(group)
            hook_failed = hook_failed or not group.event
        end
        hook_failed = hook_failed or failure ~= nil
    end

    local reason = stop_reasons[C.eg_pool_stop_reason(pool)] or "error"
    if hook_failed and reason ~= "stuck" then reason = "error" end
    local elapsed = C.eg_pool_elapsed_s(pool)
    local arenas = arena_table(total)
    arenas.advice = advice.of(arenas, config.arena_overflow)
    local of_results = {
        elapsed_s = elapsed, events = events, errors = failures, stop_reason = reason,
        events_per_s = ratio(events - failures, elapsed),
        latency = latency.of(totals.latency, config.percents, config.histogram),
        load = load_table(config, totals), warmup = warmup_table(config, totals),
        operations = operations_list(pool, config, script, threads),
        batch = script.event_batch and totals.batch or nil,
        metrics = totals.metrics:table(elapsed),
        failed = reason == "error" or reason == "stuck",
        interrupted_by = reason == "interrupted" and C.eg_signal_caught() or nil,
    }
    return {
        context = context(overhead_ns), config = config_table(config), arena = arenas,
        results = of_results, threads = threads, process = process_table(),
        errors = #seen:list() > 0 and seen:list() or nil,
        warnings = warnings_of(of_results, threads, overhead_ns),
    }, results
end

--- The summary of a run that failed before it had threads.
function summary.of_failure(config, message, traceback)
    local arenas = arena_table { used = 0, high_water = 0, allocations = 0, overflows = 0,
        fallback_bytes = 0, resets = 0, capacity = config.arena_size }
    arenas.advice = advice.of(arenas, config.arena_overflow)
    return {
        context = context(), config = config_table(config), arena = arenas,
        results = {
            elapsed_s = 0, events = 0, errors = 0, stop_reason = "error", events_per_s = null,
            latency = latency.of(nil, config.percents), failed = true,
        },
        threads = nil, errors = { { message = message, traceback = traceback, count = 1 } },
        process = process_table(),
    }
end

--- Adds the failure of a hook that ran in the host after the threads.
function summary.add_failure(of_run, message, traceback)
    of_run.errors = of_run.errors or {}
    table.insert(of_run.errors, { message = message, traceback = traceback, count = 1 })
    of_run.results.failed = true
    if of_run.results.stop_reason ~= "stuck" then of_run.results.stop_reason = "error" end
end

return summary
