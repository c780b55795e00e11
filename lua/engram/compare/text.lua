--- Text: a comparison, for people.
--
--    io.write(text.of(found))       -- found: of engram.compare

local cjson = require "cjson"
local compare = require "engram.compare"
local prose = require "engram.prose"
local units = require "engram.units"

local text = {}

local shown_as = { rate = units.rate, time = units.time, bytes = units.bytes,
    share = function(part) return ("%.3g %%"):format(part * 100) end }

local row_format = "%-20s%12s%12s%10s%7s%8s  %s"

local function change_text(metric)
    if metric.change == cjson.null then return "from 0" end
    local factor = metric.change + 1
    if factor >= 1000 then return ("x %.2g"):format(factor) end
    if factor >= 10 then return ("x %.3g"):format(factor) end
    return ("%+.1f %%"):format(metric.change * 100)
end

local function p_text(p)
    if p < 0.0001 then return "<0.0001" end
    return ("%.2g"):format(p)
end

local function metric_row(metric)
    local show = shown_as[metric.kind]
    local is_tested = metric.verdict ~= "unjudged"
    return row_format:format(metric.name, show(metric.a.median), show(metric.b.median),
        change_text(metric), is_tested and ("%+.2f"):format(metric.effect) or "-",
        is_tested and p_text(metric.p) or "-", metric.verdict)
end

local function add_group(lines, group)
    if group.label ~= "" then
        lines[#lines + 1] = ("\n%s   (%s of A, %d of B)"):format(group.label,
            units.things(group.a_runs, "run"), group.b_runs)
    else
        lines[#lines + 1] = ""
    end
    lines[#lines + 1] = row_format:format("medians", "A", "B", "change", "effect", "p", "")
        :gsub(" +$", "")
    for _, metric in ipairs(group.metrics) do lines[#lines + 1] = metric_row(metric) end
end

-- Breaks a list of words at commas, under a label of 12 columns.
local function list_lines(label, words)
    local lines, line = {}, ("%-12s"):format(label)
    for i, word in ipairs(words) do
        local piece = word .. (i < #words and ", " or "")
        if #line + #piece > 80 and line:match "%S" then
            lines[#lines + 1] = line
            line = (" "):rep(12)
        end
        line = line .. piece
    end
    lines[#lines + 1] = line
    return table.concat(lines, "\n"):gsub(" +\n", "\n")
end

local function side_line(side, name)
    return ("%-12s%s"):format(name, units.things(side.runs, "run") ..
        (side.name and " of " .. side.name or ""))
end

-- What to do about figures without a verdict.
local function advice(found)
    local needed, fewest = compare.runs_needed(found.alpha), math.huge
    for _, group in ipairs(found.groups) do
        fewest = math.min(fewest, group.a_runs, group.b_runs)
    end
    if fewest >= needed then return nil end
    return ("advice      %s a side can not show a difference at p below %g; it takes %d\n" ..
        "            or more: engram run ... --repeat %d"):format(units.things(fewest, "run"),
        found.alpha, needed, math.max(10, needed))
end

--- One screen: what was compared, warnings, a row per figure, the verdict.
function text.of(found)
    local lines = { side_line(found.a, "A"), side_line(found.b, "B") }
    for _, warning in ipairs(found.warnings or {}) do
        lines[#lines + 1] = "warning     " ..
            table.concat(prose.lines(warning, 67), "\n" .. (" "):rep(12))
    end
    for _, group in ipairs(found.groups) do add_group(lines, group) end
    lines[#lines + 1] = ("\neffect: Cliff's delta, +1 if each run of B is above each of A; " ..
        "p: Mann-Whitney.\nA verdict takes p below %g, and medians that differ by %s."):format(
        found.alpha, units.percent(found.noise))
    lines[#lines + 1] = ""
    for _, verdict in ipairs { "improved", "regressed", "mixed" } do
        local names = compare.with(found, verdict)
        if #names > 0 then lines[#lines + 1] = list_lines(verdict, names) end
    end
    lines[#lines + 1] = "verdict     " .. found.verdict
    lines[#lines + 1] = advice(found)
    return table.concat(lines, "\n") .. "\n"
end

return text
