--- Kernel: contenders that are C functions, in one process, on the same data.
--
--    local rows, message = kernel.compare(shop, {
--        { name = "engram", entry = ours.contenders.decay, job = job, check = error_of,
--          tolerance = 1.2 },
--        { name = "limit: triad", entry = clock.contenders.triad, job = limit, is_limit = true },
--    }, options, on_turn)
--
-- Each does its job once before, and what it answered is checked; who is wrong is not
-- timed. Then it is called so often that a turn is about a millisecond.

local turns = require "engram.bench.turns"

local kernel = {}

local turn_ns, calls_max = 1e6, 1e7

-- How often a call fits into a turn.
local function calls_of(time, each)
    local calls = 1
    local ns = time(each.entry.body, each.job, calls)
    while ns * calls < turn_ns / 4 and calls < calls_max do
        calls = calls * 4
        ns = time(each.entry.body, each.job, calls)
    end
    return math.max(1, math.min(calls_max, math.floor(turn_ns / ns + 0.5)))
end

-- The row of a contender that is out of the race, or nil when it is in.
local function check(each)
    if each.entry.open ~= nil and each.entry.open(each.job) ~= 0 then
        return { name = each.name, wrong = "it can not do this" }
    end
    each.is_open = true
    each.entry.body(each.job)
    if not each.check then return nil end
    each.error = each.check(each.job)
    if each.error <= each.tolerance then return nil end
    return { name = each.name, error = each.error,
        wrong = ("wrong: off by %.3g, more than %.3g"):format(each.error, each.tolerance) }
end

local function close(list)
    for _, each in ipairs(list) do
        if each.is_open and each.entry.close ~= nil then each.entry.close(each.job) end
        each.is_open = nil
    end
end

local function race(time, list, rounds, on_turn)
    local racing, wrong = {}, {}
    for i, each in ipairs(list) do
        local row = check(each)
        if row and (i == 1 or each.is_ours) then return nil, row.name .. ": " .. row.wrong end
        if row then
            wrong[#wrong + 1] = row
        else
            local calls, per = calls_of(time, each), each.per or 1
            racing[#racing + 1] = { name = each.name, against = each.against,
                also = each.also, is_limit = each.is_limit, error = each.error,
                measure = function() return time(each.entry.body, each.job, calls) / per end }
        end
    end
    local rows, message = turns.compare(racing, rounds, on_turn)
    if not rows then return nil, message end
    for i, row in ipairs(rows) do row.error = racing[i].error end
    for _, row in ipairs(wrong) do rows[#rows + 1] = row end
    return rows
end

--- list: of { name, entry, job, anchors }, the last being what the job points to, which
--  nothing else may keep alive; check(job) answers the greatest error, against tolerance;
--  per: what a call does so many times; against, also and is_limit as in turns.compare. The first
--  is ours, and those with is_ours: when one is wrong the answer is nil and a message.
function kernel.compare(clock, list, rounds, on_turn)
    local ok, found, message = pcall(race, clock.lib.bench_time, list, rounds, on_turn)
    close(list)
    if not ok then error(found, 0) end
    return found, message
end

--- A contender in Lua: body(calls) does so many. measure() answers the time of each.
function kernel.of_lua(clock, name, body)
    local now, calls = clock.lib.bench_now, 1
    local function time()
        local start = now()
        body(calls)
        return (now() - start) / calls
    end
    while time() * calls < turn_ns and calls < calls_max do calls = calls * 2 end
    return { name = name, measure = time }
end

--- One of C, as in a list for compare, for turns.compare; it is not checked here.
function kernel.of_c(clock, each)
    local time, calls = clock.lib.bench_time, calls_of(clock.lib.bench_time, each)
    return { name = each.name, measure = function()
        return time(each.entry.body, each.job, calls)
    end }
end

return kernel
