--- Latency: a histogram as the table that summaries show.
--
--    latency.of(histogram)                  -> { unit = "ns", count, min, mean, p50, ... }
--    latency.of(histogram, { 90, 99.99 })   -> with p90 and p99_99, too
--    latency.key(99.9)                      -> "p99_9"
--
-- What an empty histogram can not say is cjson's null.

local cjson = require "cjson"
local ffi = require "ffi"
local C = require "engram.c"
local settings = require "engram.settings"

local latency = {}

local null = cjson.null
local always = { 50, 95, 99, 99.9 }
local room = 512

function latency.new()
    return ffi.gc(C.eg_histogram_new(), C.eg_histogram_free)
end

-- Made once each: a summary asks for the same few, for each thread.
local keys = setmetatable({}, { __index = function(self, percent)
    self[percent] = "p" .. (("%.10g"):format(percent):gsub("%.", "_"))
    return self[percent]
end })

function latency.key(percent)
    return keys[percent]
end

--- "50,95,99.9" -> { 50, 95, 99.9 }, ascending, each once.
function latency.percentiles(value)
    local list, seen = {}, {}
    for text in (tostring(value) .. ","):gmatch "([^,]*)," do
        local percent = text:match "^%d+%.?%d*$" and tonumber(text)
        if not percent or percent > 100 then
            return nil, ("%s is not a list of percentiles (50,95,99.9)"):format(
                settings.shown(value))
        end
        if not seen[percent] then list[#list + 1] = percent end
        seen[percent] = true
    end
    table.sort(list)
    return list
end

local function add(found, histogram, percents, count)
    for _, percent in ipairs(percents) do
        found[latency.key(percent)] = count > 0 and C.eg_histogram_percentile(histogram, percent)
            or null
    end
end

--- The buckets that hold something: { ns, count } each, ascending.
function latency.buckets(histogram)
    local list, found, first = {}, ffi.new("eg_bucket[?]", room), 0
    repeat
        local used = C.eg_histogram_buckets(histogram, first, found, room)
        for i = 0, used - 1 do
            list[#list + 1] = { ns = found[i].ns, count = found[i].count }
        end
        if used > 0 then first = found[used - 1].number + 1 end
    until used < room
    return list
end

--- percents: those wanted beside the usual ones; with_buckets: adds what each holds.
function latency.of(histogram, percents, with_buckets)
    local count = histogram ~= nil and C.eg_histogram_count(histogram) or 0
    local found = { unit = "ns", count = count, min = null, mean = null, max = null, stddev = null }
    if count > 0 then
        found.min, found.max = C.eg_histogram_min(histogram), C.eg_histogram_max(histogram)
        found.mean, found.stddev = C.eg_histogram_mean(histogram), C.eg_histogram_stddev(histogram)
    end
    add(found, histogram, always, count)
    add(found, histogram, percents or {}, count)
    if with_buckets and count > 0 then found.buckets = latency.buckets(histogram) end
    return found
end

latency.usual = always

return latency
