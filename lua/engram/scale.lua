--- Scale: what runs on more and more threads, under one or more allocators, say.
--
--    scale.chart(steps, { "thread", "shared" }, cores)         -> lines
--    scale.conclusions(steps, { "thread", "shared" }, cores)   -> sentences
--
-- steps are those of engram.series, varied by allocator and threads.

local series = require "engram.series"
local series_report = require "engram.series_report"
local units = require "engram.units"

local scale = {}

local events_per_s = series_report.figures.events_per_s
local bar_width = 32

-- ---- what the runs say

local function value_of(step, name)
    for _, each in ipairs(step.varied) do
        if each.name == name then return each.value end
    end
end

local function steps_with(steps, allocator)
    local list = {}
    for _, step in ipairs(steps) do
        if value_of(step, "allocator") == allocator then list[#list + 1] = step end
    end
    return list
end

-- Throughput over that of the fewest threads, and over what the cores allow at best.
local function efficiency(step, first, cores)
    local ratio = series.ratio(step, first, events_per_s)
    if not ratio then return nil end
    local function ideal(one) return math.min(tonumber(value_of(one, "threads")), cores) end
    return ratio.median / (ideal(step) / ideal(first))
end

local function bar(step, most)
    local rate = series.spread(step, events_per_s)
    if not rate or most == 0 then return "" end
    return ("#"):rep(math.max(1, math.floor(bar_width * rate.median / most + 0.5)))
end

--- Lines of a chart: allocator, threads, throughput, efficiency, a bar.
function scale.chart(steps, allocators, cores)
    local most = 0
    for _, step in ipairs(steps) do
        local rate = series.spread(step, events_per_s)
        if rate then most = math.max(most, rate.median) end
    end
    local rows = { { "allocator", "threads", "events/s", "of ideal" } }
    for _, allocator in ipairs(allocators) do
        local own = steps_with(steps, allocator)
        for _, step in ipairs(own) do
            local rate, share = series.spread(step, events_per_s), efficiency(step, own[1], cores)
            rows[#rows + 1] = { allocator, value_of(step, "threads"),
                rate and units.rate(rate.median) or "-", share and units.percent(share) or "-" }
        end
    end
    local lines = series_report.lines(rows)
    local at, width = 1, 0
    for _, line in ipairs(lines) do width = math.max(width, #line + 2) end
    for _, allocator in ipairs(allocators) do
        for _, step in ipairs(steps_with(steps, allocator)) do
            at = at + 1
            local padded = ("%-" .. width .. "s%s"):format(lines[at], bar(step, most))
            lines[at] = padded:gsub(" +$", "")
        end
    end
    return lines
end

local names = { shared = "a shared arena behind a mutex", malloc = "malloc" }

-- How an allocator does against the first at the most threads, as a sentence's part.
local function comparison(steps, base, allocator)
    local own, theirs = steps_with(steps, base), steps_with(steps, allocator)
    local ratio = series.ratio(theirs[#theirs], own[#own], events_per_s)
    if not ratio then return nil end
    local is_cost = ratio.median <= 1
    local function percent(x) return math.abs(x - 1) < 0.005 and 0 or (x - 1) * 100 end
    local low, high = percent(ratio.min), percent(ratio.max)
    if is_cost then low, high = 0 - high, 0 - low end
    return ("%s %s %.0f %% at %s threads here (run by run %.0f to %.0f %%)"):format(
        names[allocator] or allocator, is_cost and "costs" or "gains",
        math.abs(percent(ratio.median)), value_of(own[#own], "threads"), low, high)
end

--- What is to be learnt, one sentence each. Steps that never ran, of a series that was
--  interrupted, say nothing.
function scale.conclusions(steps, allocators, cores)
    local own = steps_with(steps, allocators[1])
    local best, first, measured = own[1], own[1], 0
    for _, step in ipairs(own) do
        local rate, top = series.spread(step, events_per_s), series.spread(best, events_per_s)
        if rate then measured = measured + 1 end
        if rate and top and rate.median > top.median then best = step end
    end
    local lines = {}
    local ratio = series.ratio(best, first, events_per_s)
    if ratio and best ~= first then
        lines[1] = ("%s threads do %.2f times what %s does; %d cores allow %d"):format(
            value_of(best, "threads"), ratio.median, value_of(first, "threads"), cores,
            math.min(tonumber(value_of(best, "threads")), cores))
    elseif #own > 1 and measured == #own then
        lines[1] = ("more threads than %s do not make it faster here"):format(
            value_of(first, "threads"))
    end
    for i = 2, #allocators do
        lines[#lines + 1] = comparison(steps, allocators[1], allocators[i])
    end
    return lines
end

return scale
