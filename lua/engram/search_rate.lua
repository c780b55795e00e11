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

-- Doubles or halves from start until the answer changes: the highest rate that was kept and
-- the lowest that was not, either may be nil.
local function bracket(ask, start, least)
    local rate, kept, missed = start, nil, nil
    for _ = 1, doublings_max do
        if rate < least then break end
        local probe, message = ask(rate)
        if not probe then return nil, nil, message end
        if probe.kept then kept = rate else missed = rate end
        if kept and missed then break end
        rate = probe.kept and rate * 2 or rate / 2
    end
    return kept, missed
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
--  last run missed. nil and a message when a probe failed.
function search.find(probe, options)
    local probes, within = {}, options.precision or precision
    local function ask(rate)
        local found, message = probe(rate, #probes + 1)
        if not found then return nil, message end
        found.rate = rate
        probes[#probes + 1] = found
        return found
    end
    local kept, missed, message = bracket(ask, options.start, options.least or 0)
    if message then return nil, message end
    if not kept then return { probes = probes } end
    while missed and missed / kept > within do
        local rate = math.sqrt(kept * missed)
        local found
        found, message = ask(rate)
        if not found then return nil, message end
        if found.kept then kept = rate else missed = rate end
    end
    local rate
    rate, message = confirm(ask, kept, within, options.least or 0)
    if message then return nil, message end
    return { rate = rate, kept_once = rate ~= kept and kept or nil, probes = probes,
        open_end = missed == nil and rate == kept }
end

return search
