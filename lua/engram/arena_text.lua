--- Arena text: a report's table of threads: their events, and what they took from arenas.
--
--    arena_text.table(summary)

local entries = require "engram.entries"
local units = require "engram.units"

local arena_text = {}

local entry, shown, is_there = entries.entry, entries.shown, entries.is_there
local threads_shown = 8
local row = "%11s%12s%9s%14s%11s%10s"

local function counters(of)
    return shown(of.allocations, units.count), shown(of.overflows, units.count),
        shown(of.fallback_bytes, units.bytes)
end

local function of_thread(thread)
    local of, label = thread.arena, "  thread " .. thread.id
    if #label > 12 then label = "  " .. thread.id end
    return entry(label, row:format(shown(thread.events, units.count),
        shown(of.high_water, units.bytes), shown(of.utilization, units.percent), counters(of)))
end

-- Counters add up; levels, of one arena each, do not.
local function in_total(summary)
    return entry("  in total", row:format(shown(summary.results.events, units.count), "", "",
        counters(summary.arena)))
end

local function high_water(thread)
    local value = thread.arena.high_water
    return is_there(value) and value or 0
end

local function fullest_of(threads)
    local fullest = threads[1]
    for _, thread in ipairs(threads) do
        if high_water(thread) > high_water(fullest) then fullest = thread end
    end
    return fullest
end

-- All of a few threads; of many the first ones and the fullest.
local function threads_to_show(threads)
    if #threads <= threads_shown then return threads, 0 end
    local chosen = {}
    for i = 1, threads_shown - 1 do chosen[i] = threads[i] end
    local fullest = fullest_of(threads)
    chosen[threads_shown] = fullest.id < threads_shown and threads[threads_shown] or fullest
    return chosen, #threads - threads_shown
end

-- Where nothing was taken there is no more to say of a thread.
local function events_alone(threads)
    if #threads < 2 then return nil end
    local least, most = math.huge, 0
    for _, thread in ipairs(threads) do
        least, most = math.min(least, thread.events), math.max(most, thread.events)
    end
    local range = units.things(most, "event")
    if least < most then range = units.count(least) .. " to " .. range end
    return entry("threads", range .. " each")
end

--- nil where there is nothing to be said.
function arena_text.table(summary)
    local threads = is_there(summary.threads) and summary.threads or {}
    if summary.arena.allocations == 0 then return events_alone(threads) end
    local lines = { entry("arenas", row:format("events", "high water", "used", "allocations",
        "overflows", "fallback")) }
    local chosen, left_out = threads_to_show(threads)
    for _, thread in ipairs(chosen) do lines[#lines + 1] = of_thread(thread) end
    if left_out > 0 then
        lines[#lines + 1] = entry("", ("%s more; the fullest is thread %d"):format(
            units.things(left_out, "thread"), fullest_of(threads).id))
    end
    if #threads ~= 1 then lines[#lines + 1] = in_total(summary) end
    return table.concat(lines, "\n")
end

return arena_text
