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

local arena_size_min, ideal, tries_max = 64 * 1024, 0.65, 8

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

--- size: that of the first run. nil and a message when a run fails.
function tune.find(execute, size)
    local summary, message = execute(size, "fallback", "looking")
    message = message or failure_of(summary)
    if message then return nil, message end
    local first = seen_in(summary, size)
    if first.allocations == 0 then
        return { first = first, text = "nothing is taken from arenas" }
    end
    local start = settings.size(settings.size_that_fits(first.high_water / ideal))
    local best
    best, message = verified(execute, start)
    if not best then return nil, message end
    local found = { first = first, size = best.size, verified = best,
        export = "export ENGRAM_ARENA_SIZE=" .. settings.size_text(best.size) }
    if best.size / 2 >= arena_size_min then
        summary, message = execute(best.size / 2, "fallback", "at half the size")
        message = message or failure_of(summary)
        if message then return nil, message end
        found.half = seen_in(summary, best.size / 2)
    end
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

function tune.text(found)
    local lines = { found.workload, "" }
    local function add(text) lines[#lines + 1] = text end
    if not found.size then
        add(found.text .. ": the smallest arena does")
        add("export ENGRAM_ARENA_SIZE=" .. settings.size_text(arena_size_min))
        return table.concat(lines, "\n") .. "\n"
    end
    add(line("looked at", found.first))
    add(line("checked", found.verified, "; " .. found.verified.verdict))
    local half = found.half
    if not half then
        add(("half of it    is below %s, the smallest there is"):format(
            settings.size_text(arena_size_min)))
    elseif half.overflows > 0 then
        add(line("at half", half, (" (%s): under 'error' those events fail"):format(
            percent_of(half.overflows, half.allocations))))
    else
        add(line("at half", half, "; it would have held, but " .. half.verdict))
    end
    add ""
    add(found.export)
    return table.concat(lines, "\n") .. "\n"
end

return tune
