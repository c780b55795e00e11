--- Search rate: the highest rate at which a workload keeps to a target.
--
--    local found = search.find(probe, { start = 1000 })
--    found.rate, found.probes
--
-- probe(rate) answers { kept =, why = } of one open-loop run, or nil and a message. The rate
-- is doubled until the target is missed, or halved until it is kept, and then bisected on a
-- geometric scale. The rate that is found is run once more; should it miss then, ever lower
-- ones are run until one keeps.

local search = {}

local doublings_max, steps_down_max, precision = 30, 6, 1.05

-- Doubles or halves from start until the answer changes: a message when a run failed. The
-- highest rate that was kept and the lowest that was not go to found.
local function bracket(ask, start, least, found)
    local rate = start
    for _ = 1, doublings_max do
        if rate < least then return nil end
        local probe, message = ask(rate)
        if not probe then return message end
        if probe.kept then found.kept = rate else found.missed = rate end
        if found.kept and found.missed then return nil end
        rate = probe.kept and rate * 2 or rate / 2
    end
end

local function bisect(ask, within, found)
    while found.kept and found.missed and found.missed / found.kept > within do
        local rate = math.sqrt(found.kept * found.missed)
        local probe, message = ask(rate)
        if not probe then return message end
        if probe.kept then found.kept = rate else found.missed = rate end
    end
end

-- Runs a rate that was kept once more, and lower ones, in steps that double, until one keeps:
-- that one, or nil; and a message when a run failed.
local function confirm(ask, rate, within, least)
    for step = 0, steps_down_max do
        if rate < least then return nil end
        local found, message = ask(rate)
        if not found then return nil, message end
        if found.kept then return rate end
        rate = rate / within ^ 2 ^ step
    end
end

--- options: start, the first rate; precision, the factor to find it within (default 1.05);
--  least, the rate below which none is tried (default 0).
--  A rate in what it answers was kept by the last run; kept_once is a higher one, which its
--  last run missed. nil, a message and what was found by then when a probe failed.
function search.find(probe, options)
    local within, least = options.precision or precision, options.least or 0
    local found, probes = {}, {}
    local function ask(rate)
        local seen, message = probe(rate, #probes + 1)
        if not seen then return nil, message end
        seen.rate = rate
        probes[#probes + 1] = seen
        return seen
    end
    local rate
    local message = bracket(ask, options.start, least, found) or bisect(ask, within, found)
    if found.kept and not message then rate, message = confirm(ask, found.kept, within, least) end
    local answer = { rate = rate, kept_once = rate ~= found.kept and found.kept or nil,
        probes = probes, open_end = rate ~= nil and found.missed == nil and rate == found.kept }
    if message then return nil, message, answer end
    return answer
end

return search
