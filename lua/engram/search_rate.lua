--- Search rate: the highest rate at which a workload keeps to a target.
--
--    local found = search.find(probe, { start = 1000 })
--    found.rate, found.probes
--
-- probe(rate) answers { kept =, why = } of one open-loop run, or nil and a message. The rate
-- is doubled until the target is missed, or halved until it is kept, and then bisected on a
-- geometric scale; the rate that is found is run once more.

local search = {}

local doublings_max, precision = 30, 1.05

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

--- options: start, the first rate; precision, the factor to find it within (default 1.05);
--  least, the rate below which none is tried (default 0).
--  nil and a message when a probe failed or no rate keeps to the target.
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
    local last
    last, message = ask(kept)
    if not last then return nil, message end
    return { rate = kept, confirmed = last.kept, probes = probes, open_end = missed == nil }
end

return search
