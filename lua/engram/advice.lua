--- Advice: which arena size a run calls for, from its statistics.
--
--    advice.of { capacity = 2 * 1024 ^ 2, high_water = 3e5, allocations = 9, overflows = 0 }
--    -> { verdict = "larger than needed", text = "...", arena_size = 524288,
--         export = "export ENGRAM_ARENA_SIZE=512K" }
--
-- The size named would have been used at 65 %, or a little less: it is rounded
-- up to a power of two or 1.5 of one. Where an overflow ends the event, nobody knows what
-- the rest of it would have taken.

local settings = require "engram.settings"
local units = require "engram.units"

local advice = {}

local ideal_low = 0.5
local tight, roomy = 0.8, 0.3
local overflow_rate_max = 0.01

local function with_size(verdict, size, text)
    return {
        verdict = verdict, text = verdict .. ": " .. text, arena_size = settings.size(size),
        export = "export ENGRAM_ARENA_SIZE=" .. size,
    }
end

local function used_at_most(stats)
    return ("%s of %s used at most (%s)"):format(units.bytes(stats.high_water),
        units.bytes(stats.capacity), units.percent(stats.high_water / stats.capacity))
end

local function too_small(stats, size, is_cut_short)
    local form = "%s of %s allocations overflowed, %s would have been used; %s fits"
    if is_cut_short then
        form = "%s of %s allocations overflowed, %s would have been used by then; %s fits that"
    end
    return with_size("too small", size, form:format(units.count(stats.overflows),
        units.count(stats.allocations), units.bytes(stats.high_water), size))
end

local function larger(stats, size)
    local spare = stats.capacity - settings.size(size)
    return with_size("larger than needed", size, ("%s; %s does, %s less per thread")
        :format(used_at_most(stats), size, units.bytes(spare)))
end

local function healthy(stats)
    local share = stats.high_water / stats.capacity
    local text = used_at_most(stats)
    if share < roomy and stats.overflows == 0 then
        text = text .. "; there is no smaller arena"
    elseif share < ideal_low then text = text .. "; 50 to 80 % is ideal" end
    return with_size("healthy", settings.size_text(stats.capacity), text)
end

--- stats: capacity, high_water, allocations, overflows; a capacity that is no
--  number means that nothing limits the threads. policy: of overflows, "error" if not given.
function advice.of(stats, policy)
    if stats.allocations == 0 then
        return { verdict = "none", text = "none: nothing was taken from the arenas" }
    end
    local size = settings.size_to_set(stats.high_water)
    local capacity = stats.capacity
    if type(capacity) ~= "number" or capacity <= 0 then
        return { verdict = "none", text = ("none: this allocator has no capacity; an arena of " ..
            "%s would hold the %s used at most"):format(size, units.bytes(stats.high_water)) }
    end
    local share = stats.high_water / capacity
    if share > 1 or stats.overflows > overflow_rate_max * stats.allocations then
        return too_small(stats, size, policy ~= "grow" and policy ~= "fallback")
    end
    if share > tight then
        return with_size("tight", size, used_at_most(stats) .. "; " .. size .. " fits")
    end
    if share < roomy and stats.overflows == 0 and settings.size(size) < capacity then
        return larger(stats, size)
    end
    return healthy(stats)
end

return advice
