--- Turns: contenders that take turns, and what their times say.
--
--    local rows = turns.compare(contenders, 21)
--    rows[2].ratio.median          its time / ours, within each round
--
-- The order is a new one each round. A time is the median of the rounds; a ratio is the
-- median of the ratios within each round, so that what slows the machine for a while slows
-- both sides of it.

local C = require "engram.c"
local random = require "engram.random"

local turns = {}

--- What compare answers when a signal asked for the end.
turns.interrupted = "interrupted"

local function percentile(sorted, share)
    return sorted[math.max(1, math.ceil(share * #sorted))]
end

local function spread_of(values)
    local sorted = {}
    for i, value in ipairs(values) do sorted[i] = value end
    table.sort(sorted)
    return { median = percentile(sorted, 0.5), p10 = percentile(sorted, 0.1),
        p90 = percentile(sorted, 0.9) }
end

-- Of one list of times over another, round by round.
local function ratio_of(times, base)
    local ratios = {}
    for round = 1, #times do ratios[round] = times[round] / base[round] end
    return spread_of(ratios)
end

-- The times of each contender by round, or nil and a message.
local function times_of(contenders, rounds, on_turn)
    local times, draw = {}, random.new(1)
    for i = 1, #contenders do times[i] = {} end
    for round = 1, rounds do
        for _, i in ipairs(random.order(draw, #contenders)) do
            if C.eg_signal_caught() ~= 0 then return nil, turns.interrupted end
            if on_turn then on_turn(round, contenders[i].name) end
            local time, message = contenders[i].measure()
            if not time then
                if C.eg_signal_caught() ~= 0 then return nil, turns.interrupted end
                return nil, contenders[i].name .. ": " .. message
            end
            times[i][round] = time
        end
    end
    return times
end

--- contenders: a list of { name, measure }, the first one ours; measure() answers a time,
--  the smaller the better, or nil and a message. against: the name of the one it is compared
--  with, where that is not the first; also: that of another; is_limit: what the machine
--  allows, and no contender. Answers rows in the same order, each with name, time: { median,
--  p10, p90 }; the others than the first with ratio, its time / the other's, and also,
--  { against, ratio }; and, where there is a limit, limit_share, the limit's time / its time,
--  that of the quickest if there are several.
function turns.compare(contenders, rounds, on_turn)
    local times, message = times_of(contenders, rounds, on_turn)
    if not times then return nil, message end
    local at, spreads, limit = {}, {}, nil
    for i, contender in ipairs(contenders) do
        at[contender.name], spreads[i] = i, spread_of(times[i])
        if contender.is_limit and (not limit or spreads[i].median < spreads[limit].median) then
            limit = i
        end
    end
    local rows = {}
    for i, contender in ipairs(contenders) do
        local base = contender.against and at[contender.against] or 1
        local row = { name = contender.name, time = spreads[i] }
        if contender.is_limit then row.is_limit = true
        elseif i ~= base then
            row.ratio = ratio_of(times[i], times[base])
            row.against = contender.against
        end
        if at[contender.also] then
            row.also = { against = contender.also, ratio = ratio_of(times[i],
                times[at[contender.also]]) }
        end
        if limit and not row.is_limit then
            row.limit_share = ratio_of(times[limit], times[i])
        end
        rows[i] = row
    end
    return rows
end

return turns
