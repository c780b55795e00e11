--- Best-first spreading from its definition: of all that wait, settle the best, by looking at
--- each of them every time. Shares nothing with the kernel.
--
-- rows[i][j] is the weight of the arc from i to j, or nil; all ids from 1.

local oracle = require "spec.support.oracle"

local best = {}

local rounded = oracle.rounded
local least = 2 ^ -126

local function fan_of(row, fan)
    local sum, arcs = 0, 0
    for _, weight in pairs(row) do sum, arcs = sum + math.abs(weight), arcs + 1 end
    if fan == "out" then return sum, arcs end
    if fan == "sqrt" then return math.sqrt(arcs), arcs end
    if fan == "log" then return math.log(2 + arcs) / math.log(2), arcs end
    return 1, arcs
end

local function is_better(a, b)
    if not b then return true end
    if a.value ~= b.value then return a.value > b.value end
    if a.hops ~= b.hops then return a.hops < b.hops end
    return a.id < b.id
end

local function best_of(waiting)
    local found
    for _, each in pairs(waiting) do
        if is_better(each, found) then found = each end
    end
    return found
end

--- Answers { ids, values, hops_used, fired, truncated, residual }, truncated in words.
function best.spread(n, rows, seeds, options)
    local waiting, settled, held_back = {}, {}, false
    local function reach(id, value, hops)
        local counts = value > options.threshold and value >= least
        held_back = held_back or not counts and value > 0
        if not counts or settled[id] then return end
        local offer = { id = id, value = value, hops = hops }
        if is_better(offer, waiting[id]) then waiting[id] = offer end
    end
    for id = 1, n do
        if seeds[id] then reach(id, rounded(seeds[id]), 0) end
    end

    local found, hops_used, fired, last = {}, 0, 0, 0
    while #found < (options.budget or math.huge) do
        local each = best_of(waiting)
        if not each then break end
        waiting[each.id], settled[each.id] = nil, true
        found[#found + 1] = each
        hops_used = math.max(hops_used, each.hops)
        local fan, arcs = fan_of(rows[each.id], options.fan)
        if arcs > 0 and each.hops == options.max_hops then
            last = last + each.value
        elseif arcs > 0 then
            fired = fired + 1
            for target, weight in pairs(rows[each.id]) do
                local given = fan > 0 and each.value * options.decay / fan * weight or 0
                reach(target, rounded(given), each.hops + 1)
            end
        end
    end

    table.sort(found, function(a, b)
        if a.value ~= b.value then return a.value > b.value end
        return a.id < b.id
    end)
    local ids, values, rest = {}, {}, 0
    for i, each in ipairs(found) do ids[i], values[i] = each.id, each.value end
    for _, each in pairs(waiting) do rest = rest + each.value end
    local truncated = rest > 0 and "budget" or last > 0 and "max_hops" or
        held_back and options.threshold > 0 and "threshold" or nil
    return { ids = ids, values = values, hops_used = hops_used, fired = fired,
        truncated = truncated, residual = last + rest }
end

return best
