--- Series: runs that belong together: the same workload under several values, again and again,
--- or several workloads in turns.
--
--    local axes = series.axes("1,2,4", { "k=10,20" })    -- of the threads, and others
--    local steps = series.steps(axes)                    -- one for each combination
--    series.run(steps, repeats, seed, function(step, round) return summary end)
--    steps[1].runs, series.spread(steps[1], figure)

local C = require "engram.c"
local random = require "engram.random"
local settings = require "engram.settings"

local series = {}

-- "1..32" -> 1, 2, 4, ..., 32
local function doubling(first, last)
    local list = {}
    local value = first
    while value < last do
        list[#list + 1] = ("%d"):format(value)
        value = value * 2
    end
    list[#list + 1] = ("%d"):format(last)
    return list
end

--- The texts of a list: "10,20,40", or "1..32", which doubles. example: what a message shows.
function series.values(text, example)
    local low, high = tostring(text):match "^(%d*)%.%.(%d*)$"
    local first, last = tonumber(low), tonumber(high)
    if first and last and first >= 1 and first <= last then return doubling(first, last) end
    if first or last then
        return nil, text .. " is no range: 1..32, ascending, from 1"
    end
    local list, seen = {}, {}
    for value in (tostring(text) .. ","):gmatch "([^,]*)," do
        if value == "" then
            return nil, ("%s is not a list of values (%s)"):format(settings.shown(text),
                example or "1,2,4 or 1..32")
        end
        if seen[value] then return nil, ("%s has %s twice"):format(text, value) end
        list[#list + 1], seen[value] = value, true
    end
    return list
end

local examples = { allocator = "thread,shared,malloc" }

--- One of them: { name, values }; nil and a message that names the flag for a bad list.
function series.axis(name, text, flag)
    local values, message = series.values(text, examples[name])
    if not values then return nil, flag .. ": " .. message end
    return { name = name, values = values }
end

--- What varies, and over which values: threads as a text, set as a list of "name=1,2,3".
--  Answers a list of { name, values }; nil and a message when it is not understood.
function series.axes(threads, sets)
    local axes, seen = {}, {}
    local message
    if threads then
        axes[1], message = series.axis("threads", threads, "--threads")
        if not axes[1] then return nil, message end
        seen.threads = true
    end
    for _, text in ipairs(sets or {}) do
        local name, list = tostring(text):match "^%-*([%w_-]+)=(.+)$"
        if not name then
            return nil, ("--set: %s is not a name and its values (k=10,20,40)"):format(
                settings.shown(text))
        end
        name = name:gsub("-", "_")
        if seen[name] then return nil, ("--set: %s is varied twice"):format(name) end
        seen[name] = true
        axes[#axes + 1], message = series.axis(name, list, "--set")
        if message then return nil, message end
    end
    return axes
end

--- Every combination, the last axis fastest: steps with `varied`, a list of { name, value }.
function series.steps(axes)
    local steps = { { varied = {}, runs = {} } }
    for _, axis in ipairs(axes) do
        local wider = {}
        for _, step in ipairs(steps) do
            for _, value in ipairs(axis.values) do
                local varied = {}
                for i, each in ipairs(step.varied) do varied[i] = each end
                varied[#varied + 1] = { name = axis.name, value = value }
                wider[#wider + 1] = { varied = varied, runs = {} }
            end
        end
        steps = wider
    end
    return steps
end

--- Runs every step once a round; seed shuffles the order within each, nil leaves it. Ends
--  early when a signal asks for it. execute(step, round, number) answers a summary.
function series.run(steps, rounds, seed, execute)
    local draw, number = seed and random.new(seed), 0
    for round = 1, rounds do
        local order = draw and random.order(draw, #steps)
        for i = 1, #steps do
            if C.eg_signal_caught() ~= 0 then return end
            number = number + 1
            local step = steps[order and order[i] or i]
            step.runs[#step.runs + 1] = execute(step, round, number)
        end
    end
end

--- Median, least and greatest of a list of numbers; nil for none.
function series.spread_of(values)
    local sorted = {}
    for i, value in ipairs(values) do sorted[i] = value end
    if #sorted == 0 then return nil end
    table.sort(sorted)
    local half = math.floor(#sorted / 2)
    local median = #sorted % 2 == 1 and sorted[half + 1] or (sorted[half] + sorted[half + 1]) / 2
    return { median = median, min = sorted[1], max = sorted[#sorted] }
end

--- The same of a figure over a step's runs: figure(summary) answers a number or nothing.
function series.spread(step, figure)
    local values = {}
    for _, summary in ipairs(step.runs) do
        local value = figure(summary)
        if type(value) == "number" then values[#values + 1] = value end
    end
    return series.spread_of(values)
end

--- The spread of one step's figure over another's, run by run: what slows the machine for a
--  while slows both.
function series.ratio(step, base, figure)
    local ratios = {}
    for i = 1, math.min(#step.runs, #base.runs) do
        local a, b = figure(step.runs[i]), figure(base.runs[i])
        local both = type(a) == "number" and type(b) == "number"
        if both and b > 0 then ratios[#ratios + 1] = a / b end
    end
    return series.spread_of(ratios)
end

--- What varies in a step, in words.
function series.name(step)
    local words = {}
    for i, each in ipairs(step.varied) do words[i] = each.name .. "=" .. each.value end
    return table.concat(words, " ")
end

return series
