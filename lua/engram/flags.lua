--- Flags: every option of a run, once: for the command line, for engram.run,
--- and for a script's defaults.
--
-- Each has its key in Lua, its flag, what it means, and parse(text or value), which answers
-- the value or nil and a message; one with is_list may be given again. `groups` holds the same
-- ones by what they are about.

local latency = require "engram.latency"
local pacing = require "engram.pacing"
local placement = require "engram.placement"
local settings = require "engram.settings"
local thresholds = require "engram.thresholds"

local shown = settings.shown
local seed_max, threads_max = 2 ^ 46 - 1, 100000

local function count_within(low, high)
    return function(value)
        local count, message = settings.count(value)
        if not count then return nil, message end
        if count < low or count > high then
            return nil, ("%s is outside %d to %d"):format(shown(value), low, high)
        end
        return count
    end
end

local function errors_tolerated(value)
    if value == "all" then return "all" end
    local count, message = settings.count(value)
    if not count then return nil, message .. ', or "all"' end
    return count
end

local function allocator(value)
    if settings.allocators[value] then return value end
    return nil, shown(value) .. " is not one of thread, shared, malloc"
end

-- In the order of the help. The arena's three are parsed by settings.arena, which knows their
-- environment.
local groups = {
    { title = "The run", options = {
        { key = "threads", flag = "--threads", short = "-t", value = "N",
          about = "threads, each with its own arena (default: the cores)",
          parse = count_within(1, threads_max) },
        { key = "duration", flag = "--duration", short = "-d", value = "TIME",
          about = "run for so long: 500ms, 10s, 2m (default: 10s)", parse = settings.duration },
        { key = "events", flag = "--events", short = "-n", value = "N",
          about = "run so many events, exactly: 1000, 10k, 2M", parse = count_within(1, 2 ^ 53) },
        { key = "seed", flag = "--seed", short = "-s", value = "N",
          about = "of thread.random (default: drawn, and printed)",
          parse = count_within(0, seed_max) },
        { key = "max_errors", flag = "--max-errors", value = "N|all",
          about = "failed events to tolerate (default: 0)",
          parse = errors_tolerated },
        { key = "validate", flag = "--validate",
          about = "the workload's validate checks each result", parse = settings.switch },
        { key = "dry_run", flag = "--dry-run",
          about = "each hook once, one event, one thread", parse = settings.switch },
        { key = "pin", flag = "--pin", value = "HOW",
          about = "to CPUs: none, compact, scatter (default: none)", parse = placement.pin },
        { key = "cpus", flag = "--cpus", value = "LIST",
          about = "only these: 0-3,8; --pin is compact then", parse = placement.cpus },
        { key = "grace", flag = "--grace", value = "TIME",
          about = "for threads still busy at the end (default: 5s)",
          parse = settings.duration },
    } },
    { title = "Load", options = {
        { key = "rate", flag = "--rate", short = "-R", value = "N[/s|/m]",
          about = "open loop: so many events per second, due by the clock", parse = pacing.rate },
        { key = "arrival", flag = "--arrival", value = "NAME",
          about = "constant or poisson, of a rate (default: constant)", parse = pacing.arrival },
        { key = "stage", flag = "--stage", value = "LIST",
          about = "10s:1k,30s:5k ramps the rate; 0s:1t,9s:8t the threads", parse = pacing.stages },
        { key = "warmup", flag = "--warmup", value = "TIME|N",
          about = "before anything is counted: 2s, or 1000 events", parse = pacing.warmup },
    } },
    { title = "Figures", options = {
        { key = "report_interval", flag = "--report-interval", value = "TIME",
          about = "figures of each stretch, as they come and in the JSON",
          parse = settings.duration },
        { key = "percentiles", flag = "--percentiles", value = "LIST",
          about = "of latency (default: 50,95,99,99.9)", parse = latency.percentiles },
        { key = "histogram", flag = "--histogram", about = "of latency: as bars, and in the JSON",
          parse = settings.switch },
        { key = "threshold", flag = "--threshold", value = "LIMIT", is_list = true,
          about = "'p99<1ms', 'errors==0': exit code 99 when missed", parse = thresholds.list },
    } },
    { title = "Arenas", options = {
        { key = "arena_size", flag = "--arena-size", value = "SIZE",
          about = "512K, 4M, 1G (ENGRAM_ARENA_SIZE; default: 2M)" },
        { key = "arena_overflow", flag = "--arena-overflow", value = "POLICY",
          about = "panic, error, fallback, grow (ENGRAM_ARENA_OVERFLOW; default: error)" },
        { key = "arena_zero", flag = "--arena-zero", value = "0|1",
          about = "clear what is freed (ENGRAM_ARENA_ZERO; default: 0)" },
        { key = "allocator", flag = "--allocator", value = "NAME",
          about = "thread, shared (one mutex), malloc (default: thread)",
          parse = allocator },
    } },
}

local flags = { groups = groups, by_key = {} }
for _, group in ipairs(groups) do
    for _, option in ipairs(group.options) do
        flags[#flags + 1] = option
        flags.by_key[option.key] = option
    end
end

return flags
