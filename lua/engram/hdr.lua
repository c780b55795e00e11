--- Hdr: a histogram in the text form of HdrHistogram, which its plotters read.
--
--    hdr.text(summary.results.latency, 1e6)      -- values in milliseconds, as wrk2 prints them
--
-- Lines of value, percentile, count up to there, 1 / (1 - percentile): at 100 %, then in
-- steps that halve what is left five at a time.

local hdr = {}

local ticks_per_half = 5

-- The last line says how ours are bucketed: 37 octaves of 128.
local foot = [[
#[Mean    = %12.3f, StdDeviation   = %12.3f]
#[Max     = %12.3f, Total count    = %12d]
#[Buckets =           37, SubBuckets     =          128]
]]

-- The next level after one: what is left to 100 % is halved ticks_per_half levels at a time.
local function next_level(level)
    local halvings = math.floor(math.log(100 / (100 - level)) / math.log(2)) + 1
    return level + 100 / (ticks_per_half * 2 ^ halvings)
end

local function line(value, level, count)
    local share = level / 100
    return ("%12.3f %2.12f %10d %14.2f\n"):format(value, share, count, 1 / (1 - share))
end

--- latencies: the table of a summary, with its buckets. scale: nanoseconds per unit shown.
function hdr.text(latencies, scale)
    local total, seen, level = latencies.count, 0, 0
    local lines = { "       Value     Percentile TotalCount 1/(1-Percentile)\n\n" }
    for _, bucket in ipairs(latencies.buckets or {}) do
        seen = seen + bucket.count
        local share = 100 * seen / total
        local ns = math.max(math.min(bucket.ns, latencies.max), latencies.min)
        while share >= level and level < 100 do
            lines[#lines + 1] = line(ns / scale, level, seen)
            if seen == total then break end
            level = next_level(level)
        end
    end
    local function shown(ns) return total > 0 and ns / scale or 0 end
    if total > 0 then
        lines[#lines + 1] = ("%12.3f %2.12f %10d\n"):format(shown(latencies.max), 1, total)
    end
    return table.concat(lines) .. foot:format(shown(latencies.mean), shown(latencies.stddev),
        shown(latencies.max), total)
end

return hdr
