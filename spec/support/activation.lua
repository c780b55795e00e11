--- Spreading activation from its definition, firing once or again, in plain double arithmetic.
--
-- Dense: every cycle looks at every pair of nodes. Shares nothing with the
-- kernel. weights[i][j] is the weight of the arc from i to j, or nil.

local activation = {}

local function fan_of(row, fan)
    local sum, count = 0, 0
    for _, weight in pairs(row) do
        sum, count = sum + math.abs(weight), count + 1
    end
    if fan == "out" then return sum end
    if fan == "sqrt" then return math.sqrt(count) end
    if fan == "log" then return math.log(2 + count) / math.log(2) end
    return 1
end

local function clamped(total, clamp)
    if not clamp then return total end
    return math.min(math.max(total, 0), clamp)
end

-- Seeds by id, then targets by source and target; false once max_nodes were let in.
local function visitor(max_nodes)
    local visited, count = {}, 0
    return function(node)
        if not visited[node] then
            if max_nodes and count == max_nodes then return false end
            visited[node], count = true, count + 1
        end
        return true
    end
end

--- Answers { totals, hops_used, fired, truncated, residual }; totals by node, from 1 to n.
function activation.spread(n, weights, seeds, options)
    local totals, has_fired = {}, {}
    local result = { hops_used = 0, fired = 0, truncated = 0, residual = 0 }
    local enter = visitor(options.max_nodes)
    local was_refused = false
    for i = 1, n do
        totals[i] = 0
        if seeds[i] and enter(i) then totals[i] = clamped(seeds[i], options.clamp)
        elseif seeds[i] then was_refused = true end
    end
    while true do
        local frontier, waiting = {}, 0
        for i = 1, n do
            if not has_fired[i] and totals[i] > (options.threshold or 0) and next(weights[i]) then
                frontier[#frontier + 1] = i
                waiting = waiting + totals[i]
            end
        end
        local is_last = options.max_hops and result.hops_used == options.max_hops
        if #frontier == 0 or is_last then
            if #frontier > 0 then result.truncated, result.residual = 1, waiting end
            if was_refused then result.truncated = 2 end
            result.totals = totals
            return result
        end
        local incoming, most = {}, {}
        for j = 1, n do incoming[j], most[j] = 0, totals[j] end
        for _, i in ipairs(frontier) do
            local fan = fan_of(weights[i], options.fan)
            for j = 1, n do
                local weight = weights[i][j]
                if weight and not enter(j) then was_refused = true
                elseif weight and fan > 0 then
                    local given = totals[i] * weight * (options.decay or 1) / fan
                    incoming[j] = incoming[j] + given
                    if given > 0 then most[j] = math.max(most[j], given) end
                end
            end
        end
        for _, i in ipairs(frontier) do has_fired[i] = true end
        for j = 1, n do
            local after = options.accumulate == "max" and most[j] or totals[j] + incoming[j]
            totals[j] = clamped(after, options.clamp)
        end
        result.hops_used, result.fired = result.hops_used + 1, result.fired + #frontier
    end
end

local function joined(options, a, b)
    if options.accumulate == "max" then return math.max(a, b) end
    return a + b
end

-- What the nodes that fire give, to all.
local function next_pulses(n, weights, pulses, options)
    local after = {}
    for j = 1, n do after[j] = 0 end
    for i = 1, n do
        local fan = fan_of(weights[i], options.fan)
        for j = 1, n do
            local weight = weights[i][j]
            if weight and fan > 0 and pulses[i] > (options.threshold or 0) then
                local given = pulses[i] * weight * (options.decay or 1) / fan
                after[j] = joined(options, after[j], given)
            end
        end
    end
    return after
end

--- The same with refire, without max_nodes.
function activation.refire(n, weights, seeds, options)
    local totals, pulses, has_fired = {}, {}, {}
    local result = { hops_used = 0, fired = 0, truncated = 0, residual = 0, totals = totals }
    for i = 1, n do
        pulses[i] = seeds[i] or 0
        totals[i] = clamped(pulses[i], options.clamp)
    end
    while true do
        local count, waiting = 0, 0
        for i = 1, n do
            if pulses[i] > (options.threshold or 0) and next(weights[i]) then
                count, waiting = count + 1, waiting + pulses[i]
            end
        end
        if count == 0 then return result end
        if result.hops_used == options.max_hops then
            result.truncated, result.residual = 1, waiting
            return result
        end
        for i = 1, n do
            local fires = pulses[i] > (options.threshold or 0) and next(weights[i])
            if fires and not has_fired[i] then
                has_fired[i], result.fired = true, result.fired + 1
            end
        end
        pulses = next_pulses(n, weights, pulses, options)
        for j = 1, n do
            if pulses[j] ~= 0 then -- 0: nothing was given
                totals[j] = clamped(joined(options, totals[j], pulses[j]), options.clamp)
            end
        end
        result.hops_used = result.hops_used + 1
    end
end

return activation
