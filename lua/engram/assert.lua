--- Assert: what a summary must be, for specs; it raises with what was found.
--
--    local engram = require "engram"
--    local summary = assert(engram.run { workload = "nearest.lua", threads = 32, events = 32000 })
--    engram.assert.isolated(summary)
--    engram.assert.no_overflow(summary)
--    engram.assert.threshold(summary, "latency.p99<1ms")
--
-- Where luassert is loaded, as under busted, they are also assert.isolated(summary),
-- assert.no_overflow(summary), assert.threshold(summary, limit), and their assert.is_not.
--
-- isolated: several threads, each with an arena of its own; no event and no hook failed, and no
-- thread was given up; no arena overflowed into the heap; and what the threads did and took
-- adds up to the totals. That results are right is for the script to check, in its events or
-- in validate: what fails there is a failed event.

local entries = require "engram.entries"
local pairs = require("engram.core").pairs
local settings = require "engram.settings"
local thresholds = require "engram.thresholds"
local units = require "engram.units"

local expectations = {}

local there, plural = entries.there, units.things

local function first_error(summary)
    local errors = there(summary.errors)
    return errors and errors[1] and ": " .. tostring(errors[1].message) or ""
end

local function stuck_thread(summary)
    for _, thread in ipairs(there(summary.threads) or {}) do
        if there(thread.stuck) then return thread.id end
    end
end

-- ---- what may be wrong: each answers words, or nothing

local function of_run(summary)
    local results, config = summary.results, summary.config
    local stuck = stuck_thread(summary)
    if stuck then return ("thread %d is stuck in an event"):format(stuck) end
    if there(config.dry_run) then return "a dry run proves nothing" end
    if results.errors > 0 then
        return ("%s of %s failed%s"):format(units.count(results.errors),
            plural(results.events, "event"), first_error(summary))
    end
    if results.failed then return "the run failed" .. first_error(summary) end
    if results.stop_reason == "interrupted" then return "the run was interrupted" end
    if results.events == 0 then return "no event took place" end
end

local function of_threads(summary)
    local config, threads = summary.config, there(summary.threads) or {}
    if config.allocator ~= "thread" then
        return ("the threads share what they allocate from (--allocator %s)"):format(
            tostring(config.allocator))
    end
    if config.threads < 2 then return "one thread has nobody to be isolated from" end
    if #threads ~= config.threads then
        return ("%d of %d threads are in the summary"):format(#threads, config.threads)
    end
    for id, thread in ipairs(threads) do
        if thread.id ~= id then
            return ("thread %s is where %d belongs"):format(tostring(thread.id), id)
        end
    end
end

-- The fullest arena, and the size that would have held it.
local function size_hint(arena)
    local capacity = there(arena.capacity)
    if not capacity or arena.high_water <= capacity then return "" end
    return ("; %s would have been used of %s: ENGRAM_ARENA_SIZE=%s"):format(
        units.bytes(arena.high_water), units.bytes(capacity),
        settings.size_to_set(arena.high_water))
end

local function of_arena(arena, whose)
    if arena.overflows == 0 and arena.fallback_bytes == 0 then return nil end
    return ("%s overflowed %s in %s, and %s came from the heap%s"):format(whose,
        plural(arena.overflows, "time"), plural(arena.allocations, "allocation"),
        arena.fallback_bytes == 0 and "nothing" or units.bytes(arena.fallback_bytes),
        size_hint(arena))
end

local function of_arenas(summary)
    for _, thread in ipairs(there(summary.threads) or {}) do
        local found = of_arena(thread.arena, ("the arena of thread %d"):format(thread.id))
        if found then return found end
    end
    return of_arena(summary.arena, "an arena")
end

local function sum_of(threads, find)
    local sum = 0
    for _, thread in ipairs(threads) do sum = sum + find(thread) end
    return sum
end

local function of_sums(summary)
    local threads = summary.threads
    for _, key in ipairs { "events", "errors" } do
        local sum = sum_of(threads, function(thread) return thread[key] end)
        if sum ~= summary.results[key] then
            return ("the threads' %s add up to %s, not to the total of %s"):format(key,
                units.count(sum), units.count(summary.results[key]))
        end
    end
    for _, key in ipairs { "allocations", "resets" } do
        local sum = sum_of(threads, function(thread) return thread.arena[key] end)
        if sum ~= summary.arena[key] then
            return ("the %s of the threads' arenas add up to %s, not to the total of %s"):format(
                key, units.count(sum), units.count(summary.arena[key]))
        end
    end
    local wanted = there(summary.config.events)
    if wanted and summary.results.stop_reason == "events" and
        summary.results.events ~= wanted then
        return ("%s took place of %s asked for"):format(plural(summary.results.events, "event"),
            units.count(wanted))
    end
end

--- What keeps a summary from being isolated, in words; nil when nothing does.
function expectations.isolated(summary)
    return of_run(summary) or of_threads(summary) or of_arenas(summary) or of_sums(summary)
end

--- Which arena overflowed, in words; nil when none did.
function expectations.no_overflow(summary)
    return of_arenas(summary)
end

--- How a limit was missed, in words; nil when it was kept.
function expectations.threshold(summary, text)
    local list = assert(thresholds.list(text))
    local missed = {}
    for _, judged in ipairs(thresholds.check(summary, list)) do
        if not judged.ok then missed[#missed + 1] = thresholds.describe(judged) end
    end
    return #missed > 0 and table.concat(missed, "; ") or nil
end

-- ---- as assertions

local function misuse(name, summary, limit)
    local is_summary = type(summary) == "table" and type(summary.results) == "table" and
        type(summary.config) == "table" and type(summary.arena) == "table"
    if not is_summary then
        return ("bad argument #1 to '%s' (summary of engram.run expected, got %s)"):format(name,
            type(summary))
    end
    if name ~= "threshold" then return nil end
    local _, message = thresholds.list(limit)
    return message and ("bad argument #2 to 'threshold' (%s)"):format(message)
end

local function judged(name, summary, limit)
    return name .. ": " .. summary.config.workload, expectations[name](summary, limit)
end

local plain = {}

for name in pairs(expectations) do
    plain[name] = function(summary, limit)
        local message = misuse(name, summary, limit)
        if message then error(message, 2) end
        local what, found = judged(name, summary, limit)
        if found then error(what .. ": " .. found, 2) end
        return summary
    end
end

local negated = {
    isolated = "a summary that is not isolated was expected, and this one is",
    no_overflow = "an overflow was expected, and there was none",
    threshold = "a missed threshold was expected, and all were kept",
}

local luassert = package.loaded.luassert
if luassert then
    local say = require "say"
    for name in pairs(expectations) do
        -- The words come with each failure: these keys stand for none.
        say:set("engram." .. name .. ".negative", negated[name])
        luassert:register("assertion", name, function(state, arguments, level)
            local summary, limit = arguments[1], arguments[2]
            local message = misuse(name, summary, limit)
            if message then error(message, level) end
            local what, found = judged(name, summary, limit)
            if found then rawset(state, "failure_message", what .. ": " .. found) end
            return found == nil
        end, nil, "engram." .. name .. ".negative")
    end
end

return plain
