--- Series report: a table over runs that belong together.
--
--    report.text { title = "recall", steps = steps, base = steps[1] }
--
-- One row per step: what varies, then medians over its runs; with several runs the least and
-- greatest throughput; with base, each step's throughput over base's, run by run.

local core = require "engram.core"
local entries = require "engram.entries"
local errors = require "engram.errors"
local json = require "engram.json"
local series = require "engram.series"
local thresholds = require "engram.thresholds"
local units = require "engram.units"

local next, pairs = core.next, core.pairs

local report = {}

local width_max = 79

local function number(value)
    if type(value) == "number" then return value end
    return nil
end

report.figures = {
    events_per_s = function(summary) return number(summary.results.events_per_s) end,
    p50 = function(summary) return number(summary.results.latency.p50) end,
    p99 = function(summary) return number(summary.results.latency.p99) end,
    errors = function(summary) return number(summary.results.errors) end,
    high_water = function(summary) return number(summary.arena.high_water) end,
    overflows = function(summary) return number(summary.arena.overflows) end,
}
local figures = report.figures

local function shown(spread, format)
    return spread and format(spread.median) or "-"
end

local function times(ratio)
    if not ratio then return "-" end
    return ("%.2fx [%.2f - %.2f]"):format(ratio.median, ratio.min, ratio.max)
end

-- The cells of a table, the first row its titles.
local function table_of(set)
    local has_range = false
    for _, step in ipairs(set.steps) do has_range = has_range or #step.runs > 1 end
    local titles = {}
    for _, each in ipairs(set.steps[1].varied) do titles[#titles + 1] = each.name end
    titles[#titles + 1] = "events/s"
    if has_range then titles[#titles + 1] = "min - max" end
    for _, title in ipairs { "p50", "p99", "failed", "arena" } do titles[#titles + 1] = title end
    if set.base then titles[#titles + 1] = "of the first" end
    local rows = { titles }
    for _, step in ipairs(set.steps) do
        local row, rate = {}, series.spread(step, figures.events_per_s)
        for _, each in ipairs(step.varied) do row[#row + 1] = each.value end
        row[#row + 1] = shown(rate, units.rate)
        if has_range then
            row[#row + 1] = rate and units.rate(rate.min) .. " - " .. units.rate(rate.max) or "-"
        end
        row[#row + 1] = shown(series.spread(step, figures.p50), units.time)
        row[#row + 1] = shown(series.spread(step, figures.p99), units.time)
        row[#row + 1] = shown(series.spread(step, figures.errors), units.count)
        row[#row + 1] = shown(series.spread(step, figures.high_water), units.bytes)
        if set.base then
            row[#row + 1] = times(series.ratio(step, set.base, figures.events_per_s))
        end
        rows[#rows + 1] = row
    end
    return rows
end

local function widths_of(rows)
    local widths = {}
    for _, row in ipairs(rows) do
        for i, cell in ipairs(row) do widths[i] = math.max(widths[i] or 0, #cell) end
    end
    return widths
end

-- The columns, as lists of what fits beside each other; each begins with the first so many.
local function blocks_of(widths, keys)
    local blocks, used = {}, math.huge
    for i = keys + 1, #widths do
        if used + 2 + widths[i] > width_max then
            local block = {}
            used = -2
            for key = 1, keys do
                block[key] = key
                used = used + 2 + widths[key]
            end
            blocks[#blocks + 1] = block
        end
        table.insert(blocks[#blocks], i)
        used = used + 2 + widths[i]
    end
    return blocks
end

--- Rows of cells as lines, in columns. Those that do not fit come below, beside the first so
--  many again (keys; default: none).
function report.lines(rows, keys)
    local widths, lines = widths_of(rows), {}
    for b, block in ipairs(blocks_of(widths, keys or 0)) do
        if b > 1 then lines[#lines + 1] = "" end
        for _, row in ipairs(rows) do
            local cells = {}
            for i, column in ipairs(block) do
                cells[i] = (" "):rep(widths[column] - #row[column]) .. row[column]
            end
            lines[#lines + 1] = table.concat(cells, "  "):gsub(" +$", "")
        end
    end
    return lines
end

-- ---- what went wrong

-- Calls look(summary, step) for each run.
local function each_run(steps, look)
    for _, step in ipairs(steps) do
        for _, summary in ipairs(step.runs) do look(summary, step) end
    end
end

-- "; in 2 of 6 runs, first with k=5"
local function how_often(missed, runs)
    if runs == 1 then return "" end
    return ("; in %d of %d runs%s"):format(missed.count, runs,
        missed.name ~= "" and ", first with " .. missed.name or "")
end

-- A line per threshold that was missed, with what was found first.
local function missed_of(steps)
    local list, known, runs = {}, {}, 0
    each_run(steps, function(summary, step)
        runs = runs + 1
        for _, judged in ipairs(summary.thresholds or {}) do
            local missed = known[judged.text]
            if missed and not judged.ok then missed.count = missed.count + 1 end
            if not missed and not judged.ok then
                missed = { judged = judged, name = series.name(step), count = 1 }
                list[#list + 1], known[judged.text] = missed, missed
            end
        end
    end)
    for i, missed in ipairs(list) do
        list[i] = entries.said(i == 1 and "threshold" or "",
            thresholds.describe(missed.judged) .. how_often(missed, runs))
    end
    return list
end

-- One of each kind of text that texts_of(summary, step) has.
local function kinds_of(steps, texts_of)
    local list, seen = {}, {}
    each_run(steps, function(summary, step)
        for _, text in ipairs(texts_of(summary, step)) do
            local kind = errors.kind(text)
            if not seen[kind] then list[#list + 1] = text end
            seen[kind] = true
        end
    end)
    return list
end

-- What is odd about the script itself was said before the first run.
local function warnings_of(summary, step)
    local list, said = {}, {}
    for _, text in ipairs(step.loaded and step.loaded.warnings or {}) do said[text] = true end
    for _, text in ipairs(summary.warnings or {}) do
        if not said[text] then list[#list + 1] = text end
    end
    return list
end

local function first_error_of(summary)
    local first = summary.errors and summary.errors[1]
    return { first and tostring(first.message):gsub("\n.*", "") or nil }
end

-- Entries about all that went wrong in the runs.
local function complaints(steps)
    local list = missed_of(steps)
    for _, text in ipairs(kinds_of(steps, warnings_of)) do
        list[#list + 1] = entries.said("warning", text)
    end
    for _, text in ipairs(kinds_of(steps, first_error_of)) do
        list[#list + 1] = entries.entry("error", text)
    end
    return list
end

function report.text(set)
    local lines = { set.title, "" }
    for _, line in ipairs(report.lines(table_of(set), #set.steps[1].varied)) do
        lines[#lines + 1] = line
    end
    for _, line in ipairs(set.closing or {}) do lines[#lines + 1] = line end
    for _, text in ipairs(complaints(set.steps)) do lines[#lines + 1] = text end
    return table.concat(lines, "\n") .. "\n"
end

--- The table that JSON holds: every run with what varied in it.
function report.data(set)
    local runs = {}
    for _, step in ipairs(set.steps) do
        for _, summary in ipairs(step.runs) do
            local varied = {}
            for _, each in ipairs(step.varied) do varied[each.name] = each.value end
            summary.varied = next(varied) ~= nil and varied or nil
            runs[#runs + 1] = summary
        end
    end
    local data = { runs = runs }
    for key, value in pairs(set.data or {}) do data[key] = value end
    return data
end

function report.json(set)
    return json.encode(report.data(set))
end

function report.jsonl(set)
    local lines = {}
    for i, summary in ipairs(report.data(set).runs) do lines[i] = json.line { run = summary } end
    return table.concat(lines)
end

local function csv_cell(cell)
    if cell:find '[,"\r\n]' then return '"' .. cell:gsub('"', '""') .. '"' end
    return cell
end

-- A row per run, its numbers plain.
function report.csv(set)
    local titles, names = {}, { "events_per_s", "p50", "p99", "errors", "high_water", "overflows" }
    for _, each in ipairs(set.steps[1].varied) do titles[#titles + 1] = csv_cell(each.name) end
    titles[#titles + 1] = "run"
    for _, name in ipairs(names) do
        titles[#titles + 1] = name:match "^p%d" and name .. "_ns" or name
    end
    local lines = { table.concat(titles, ",") }
    for _, step in ipairs(set.steps) do
        for i, summary in ipairs(step.runs) do
            local cells = {}
            for _, each in ipairs(step.varied) do cells[#cells + 1] = csv_cell(each.value) end
            cells[#cells + 1] = tostring(i)
            for _, name in ipairs(names) do
                local value = figures[name](summary)
                cells[#cells + 1] = value and ("%.15g"):format(value) or ""
            end
            lines[#lines + 1] = table.concat(cells, ",")
        end
    end
    return table.concat(lines, "\r\n") .. "\r\n"
end

function report.markdown(set)
    local lines = { "### " .. set.title, "" }
    for r, row in ipairs(table_of(set)) do
        for i, cell in ipairs(row) do row[i] = cell:gsub("|", "\\|") end
        lines[#lines + 1] = "| " .. table.concat(row, " | ") .. " |"
        if r == 1 then lines[#lines + 1] = "|" .. ("--:|"):rep(#row) end
    end
    lines[#lines + 1] = ""
    for _, line in ipairs(set.closing or {}) do lines[#lines + 1] = line end
    return table.concat(lines, "\n") .. "\n"
end

return report
