--- Formats: a summary for every kind of reader.
--
--    formats.csv(summary)
--
-- text: one screen. json: all of it. jsonl: a line per interval, then one with all the rest.
-- csv: a header, a row per interval, per operation of a mix and per figure of the script's own, a
-- row for the whole. markdown: the same as tables.

local entries = require "engram.entries"
local pairs = require("engram.core").pairs
local json = require "engram.json"
local report = require "engram.report"
local units = require "engram.units"

local formats = { text = report.text, json = json.encode, names = "text|json|jsonl|csv|markdown" }

local is_there = entries.is_there

local function sorted_keys(values)
    local keys = {}
    for key in pairs(values) do keys[#keys + 1] = key end
    table.sort(keys)
    return keys
end

function formats.jsonl(summary)
    local lines, rest = {}, {}
    for key, value in pairs(summary) do rest[key] = value end
    for i, interval in ipairs(summary.intervals or {}) do
        lines[i] = json.line { interval = interval }
    end
    rest.intervals = nil
    lines[#lines + 1] = json.line { summary = rest }
    return table.concat(lines)
end

-- ---- rows: one per interval and operation, and the whole

local columns = { "workload", "threads", "part", "from_s", "to_s", "events", "errors",
    "events_per_s", "min_ns", "mean_ns", "p50_ns", "p95_ns", "p99_ns", "p99_9_ns", "max_ns",
    "arena_high_water", "arena_overflows", "value" }

local function row_of(summary, part, of)
    local latency = of.latency
    local row = { workload = summary.config.workload, threads = summary.config.threads,
        part = part, from_s = of.from_s, to_s = of.to_s, events = of.events, errors = of.errors,
        events_per_s = of.events_per_s }
    for _, key in ipairs { "min", "mean", "p50", "p95", "p99", "p99_9", "max" } do
        row[key .. "_ns"] = latency[key]
    end
    return row
end

local function rows(summary)
    local list = {}
    for i, interval in ipairs(summary.intervals or {}) do
        list[i] = row_of(summary, "interval", interval)
    end
    local results = summary.results
    for _, operation in ipairs(is_there(results.operations) and results.operations or {}) do
        local seconds = results.elapsed_s
        list[#list + 1] = row_of(summary, "operation " .. operation.name, {
            from_s = 0, to_s = seconds, events = operation.events, errors = operation.errors,
            events_per_s = seconds > 0 and (operation.events - operation.errors) / seconds or nil,
            latency = operation.latency })
    end
    local whole = row_of(summary, "whole", { from_s = 0, to_s = results.elapsed_s,
        events = results.events, errors = results.errors, events_per_s = results.events_per_s,
        latency = results.latency })
    whole.arena_high_water = summary.arena.high_water
    whole.arena_overflows = summary.arena.overflows
    list[#list + 1] = whole
    return list
end

-- The script's own figures, by the names that thresholds have for them.
local function metric_rows(summary)
    local list, metrics = {}, summary.results.metrics
    for _, name in ipairs(is_there(metrics) and sorted_keys(metrics) or {}) do
        for _, key in ipairs(sorted_keys(metrics[name])) do
            local value = metrics[name][key]
            if type(value) == "number" then
                list[#list + 1] = { workload = summary.config.workload,
                    threads = summary.config.threads, value = value,
                    part = "metrics." .. name .. (key == "value" and "" or "." .. key) }
            end
        end
    end
    return list
end

-- RFC 4180: what holds a comma, a quote or a line break is quoted.
local function csv_cell(value)
    if not is_there(value) then return "" end
    local text = type(value) == "number" and ("%.15g"):format(value) or tostring(value)
    if text:find '[,"\r\n]' then text = '"' .. text:gsub('"', '""') .. '"' end
    return text
end

function formats.csv(summary)
    local lines, list = { table.concat(columns, ",") }, metric_rows(summary)
    for _, row in ipairs(rows(summary)) do list[#list + 1] = row end
    for _, row in ipairs(list) do
        local cells = {}
        for i, column in ipairs(columns) do cells[i] = csv_cell(row[column]) end
        lines[#lines + 1] = table.concat(cells, ",")
    end
    return table.concat(lines, "\r\n") .. "\r\n"
end

-- ---- markdown

local function markdown_row(cells)
    for i, cell in ipairs(cells) do cells[i] = tostring(cell):gsub("|", "\\|") end
    return "| " .. table.concat(cells, " | ") .. " |"
end

local function markdown_metrics(lines, summary)
    local list = metric_rows(summary)
    if #list == 0 then return end
    lines[#lines + 1] = "\n| figure | value |\n|---|--:|"
    for _, row in ipairs(list) do
        local name = row.part:match "^metrics%.(.*)"
        lines[#lines + 1] = markdown_row { name, units.number(row.value) }
    end
end

local function time(value) return is_there(value) and units.time(value) or "-" end

local function markdown_part(row)
    local name = row.part == "whole" and "all" or row.part:match "^operation (.*)" or
        ("%.2f-%.2f s"):format(row.from_s, row.to_s)
    return markdown_row { name, units.count(row.events),
        is_there(row.events_per_s) and units.rate(row.events_per_s) or "-",
        units.count(row.errors), time(row.p50_ns), time(row.p95_ns), time(row.p99_ns),
        time(row.max_ns) }
end

function formats.markdown(summary)
    local config, arena = summary.config, summary.arena
    local lines = {
        "### " .. config.workload, "",
        ("engram %s, %s, %s, seed %.0f, stopped by %s"):format(summary.context.version,
            summary.context.cpu, units.things(config.threads, "thread"), config.seed,
            summary.results.stop_reason), "",
        "| part | events | events/s | failed | p50 | p95 | p99 | max |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    }
    for _, row in ipairs(rows(summary)) do lines[#lines + 1] = markdown_part(row) end
    lines[#lines + 1] = ""
    lines[#lines + 1] = "| arena capacity | high water | allocations | overflows |"
    lines[#lines + 1] = "|--:|--:|--:|--:|"
    lines[#lines + 1] = markdown_row { is_there(arena.capacity) and units.bytes(arena.capacity)
        or "-", units.bytes(arena.high_water), units.count(arena.allocations),
        units.count(arena.overflows) }
    markdown_metrics(lines, summary)
    return table.concat(lines, "\n") .. "\n"
end

return formats
