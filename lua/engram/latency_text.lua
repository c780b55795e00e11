--- Latency text: a report's table of latencies, and the histogram as bars.
--
--    latency_text.table(summary)        -- a row for all, or three under a rate; one per operation
--    latency_text.histogram(summary.results.latency)

local entries = require "engram.entries"
local units = require "engram.units"

local latency_text = {}

local entry, said, shown, is_there = entries.entry, entries.said, entries.shown, entries.is_there
local usual = { 50, 95, 99, 99.9 }
local width_max, column_width = 67, 9

-- min, mean, the percentiles wanted, max.
local function columns_of(percentiles)
    local columns = { { key = "min", title = "min" }, { key = "mean", title = "mean" } }
    for _, percent in ipairs(is_there(percentiles) and percentiles or usual) do
        local title = ("p%.10g"):format(percent)
        columns[#columns + 1] = { key = title:gsub("%.", "_"), title = title }
    end
    columns[#columns + 1] = { key = "max", title = "max" }
    for _, column in ipairs(columns) do
        column.format = "%" .. math.max(column_width, #column.title + 2) .. "s"
    end
    return columns
end

-- So many of them as fit beside each other, then those of the next lines.
local function blocks_of(columns)
    local blocks, used = {}, math.huge
    for _, column in ipairs(columns) do
        local width = #column.format:format ""
        if used + width > width_max then
            blocks[#blocks + 1] = {}
            used = 0
        end
        table.insert(blocks[#blocks], column)
        used = used + width
    end
    return blocks
end

local function titles(columns)
    local cells = {}
    for i, column in ipairs(columns) do cells[i] = column.format:format(column.title) end
    return table.concat(cells)
end

local function values(columns, of)
    local cells = {}
    for i, column in ipairs(columns) do
        cells[i] = column.format:format(shown(of[column.key], units.time))
    end
    return table.concat(cells)
end

-- What there is a row for: { label, latency }.
local function rows_of(results)
    local load, rows = results.load, { { "", results.latency } }
    if is_there(load) then
        rows = { { "  when due", results.latency }, { "  service", load.service },
            { "  lag", load.lag } }
    end
    for _, operation in ipairs(is_there(results.operations) and results.operations or {}) do
        rows[#rows + 1] = { "  " .. operation.name, operation.latency }
    end
    return rows
end

-- How many events each operation of a mix had.
local function mix(results)
    if not is_there(results.operations) then return nil end
    local words = {}
    for i, operation in ipairs(results.operations) do
        local failed = operation.errors > 0 and
            (" (%s failed)"):format(units.count(operation.errors)) or ""
        words[i] = ("%s %s%s"):format(operation.name, units.count(operation.events), failed)
    end
    return said("mix", "events: " .. table.concat(words, ", "))
end

--- A row for all events, or three under a rate; and one for each operation of a mix.
function latency_text.table(summary)
    local results = summary.results
    if not is_there(results.latency.max) then return entry("latency", "no event ended") end
    local lines = {}
    for i, columns in ipairs(blocks_of(columns_of(summary.config.percentiles))) do
        lines[#lines + 1] = entry(i == 1 and "latency" or "", titles(columns))
        for _, row in ipairs(rows_of(results)) do
            lines[#lines + 1] = entry(row[1], values(columns, row[2]))
        end
    end
    lines[#lines + 1] = mix(results)
    return table.concat(lines, "\n")
end

-- ---- the histogram, in steps of 1, 2, 5

local bar_width = 40

local function step_of(ns)
    if ns < 1 then return 0 end
    local decade = 10 ^ math.floor(math.log10(ns) + 1e-9)
    return ns >= 5 * decade and 5 * decade or ns >= 2 * decade and 2 * decade or decade
end

--- Its bars; nil where none is asked for.
function latency_text.histogram(of)
    if not is_there(of.buckets) or #of.buckets == 0 then return nil end
    local steps, counts, most = {}, {}, 0
    for _, bucket in ipairs(of.buckets) do
        local step = step_of(bucket.ns)
        if not counts[step] then steps[#steps + 1] = step end
        counts[step] = (counts[step] or 0) + bucket.count
        most = math.max(most, counts[step])
    end
    local lines = {}
    for i, step in ipairs(steps) do
        local bar = ("#"):rep(math.max(1, math.floor(bar_width * counts[step] / most + 0.5)))
        lines[i] = ("%9s  %s %s"):format(units.time(step), bar, units.count(counts[step]))
    end
    return entry("from", unpack(lines))
end

return latency_text
