--- Tune: the smallest arena that a workload needs, by running it.
--
--    local found = tune.find(execute, 2 * 1024 ^ 2)
--    found.size, found.export, found.half
--
-- execute(size, policy, title) answers the summary of a run, or nil and a message. The first
-- run takes what does not fit from the heap and so shows all that is wanted; the size that
-- this calls for is run again under `error`, and enlarged until nothing overflows; then half
-- of it is run, to show what that would have meant.

local advice = require "engram.advice"
local errors = require "engram.errors"
local prose = require "engram.prose"
local settings = require "engram.settings"
local units = require "engram.units"

local tune = {}

local indent = (" "):rep(20)

local arena_size_min, ideal, tries_max = 64 * 1024, settings.ideal_share, 8

local function failure_of(summary)
    if summary.results.interrupted_by then return "interrupted" end
    return errors.failure(summary)
end

-- What one run says of its size.
local function seen_in(summary, size)
    local arena = summary.arena
    return {
        size = size, high_water = arena.high_water, allocations = arena.allocations,
        overflows = arena.overflows, utilization = arena.high_water / size,
        events_per_s = summary.results.events_per_s,
        verdict = advice.of { capacity = size, high_water = arena.high_water,
            allocations = arena.allocations, overflows = arena.overflows }.verdict,
    }
end

-- The first size from start on that holds, with the run that proves it.
local function verified(execute, start)
    local size = start
    for try = 1, tries_max do
        local summary, message = execute(size, "error", "checking " .. settings.size_text(size))
        if not summary then return nil, message end
        local seen = seen_in(summary, size)
        if seen.overflows == 0 then
            message = failure_of(summary)
            if message then return nil, message end
            seen.tries = try
            return seen
        end
        local larger = settings.size_that_fits(math.max(seen.high_water / ideal, size * 1.01))
        size = settings.size(larger)
    end
    return nil, ("no size up to %s holds it"):format(settings.size_text(size))
end

-- Fills found run by run; a message when one fails.
local function search(execute, size, found)
    local summary, message = execute(size, "fallback", "looking")
    if not summary then return message end
    found.first = seen_in(summary, size)
    message = failure_of(summary)
    if message then return message end
    if found.first.allocations == 0 then
        found.text = "nothing is taken from arenas"
        return nil
    end
    local start = settings.size(settings.size_to_set(found.first.high_water))
    found.verified, message = verified(execute, start)
    if message then return message end
    found.size = found.verified.size
    found.export = "export ENGRAM_ARENA_SIZE=" .. settings.size_text(found.size)
    if found.size / 2 < arena_size_min then return nil end
    summary, message = execute(found.size / 2, "fallback", "at half the size")
    message = message or failure_of(summary)
    if message then return message end
    found.half = seen_in(summary, found.size / 2)
end

--- size: that of the first run. nil, a message and what was found by then when a run fails.
function tune.find(execute, size)
    local found = {}
    local message = search(execute, size, found)
    if message then return nil, message, found end
    return found
end

local function percent_of(part, whole) return units.percent(whole > 0 and part / whole or 0) end

local function line(label, seen, rest)
    local text = ("%s used at most (%s), %s of %s allocations overflowed%s"):format(
        units.bytes(seen.high_water), units.percent(seen.utilization),
        units.count(seen.overflows), units.count(seen.allocations), rest or "")
    return ("%-12s%6s  "):format(label, settings.size_text(seen.size)) ..
        table.concat(prose.lines(text, 79 - #indent), "\n" .. indent)
end

local function half_text(found)
    local half = found.half
    if found.size / 2 < arena_size_min then
        return ("half of it    is below %s, the smallest there is"):format(
            settings.size_text(arena_size_min))
    elseif not half then
        return "interrupted: half of it was not run"
    elseif half.overflows > 0 then
        return line("at half", half, (" (%s): under 'error' those events fail"):format(
            percent_of(half.overflows, half.allocations)))
    end
    return line("at half", half, "; it would have held, but " .. half.verdict)
end

--- What find answers; or what it had found by then, when it was interrupted.
function tune.text(found)
    local lines = { found.workload, "" }
    local function add(text) lines[#lines + 1] = text end
    if found.first and not found.text then add(line("looked at", found.first)) end
    if found.size then
        add(line("checked", found.verified, "; " .. found.verified.verdict))
        add(half_text(found))
        add ""
        add(found.export)
    elseif found.text then
        add(found.text .. ": the smallest arena does")
        add("export ENGRAM_ARENA_SIZE=" .. settings.size_text(arena_size_min))
    else
        add "interrupted: no size was checked"
    end
    return table.concat(lines, "\n") .. "\n"
end

return tune
