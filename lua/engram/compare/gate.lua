--- Gate: a comparison as part of a command: its options, and the exit code.
--
--    local wanted, message = gate.prepare(values)              -- before the runs
--    local found, note, message = gate.conclude(wanted, summaries) -- after them
--    local code = gate.code(found, wanted, "run")
--
-- --fail-on-regression ends with 98 when a figure regressed. A gate that could never close is
-- no gate: too few runs, or a run of B that failed, are a complaint and 1.

local baselines = require "engram.baselines"
local compare = require "engram.compare"
local runs = require "engram.compare.runs"
local settings = require "engram.settings"
local terminal = require "engram.terminal"

local gate = {}

--- How to compare: for engram compare, and engram run.
gate.limits = {
    { key = "noise", flag = "--noise", value = "SHARE",
      about = "a change of medians below it says nothing: 2%, 0.05 (default: 2%)" },
    { key = "alpha", flag = "--alpha", value = "P",
      about = "so often may equal runs look different (default: 0.01)" },
    { key = "fail_on_regression", flag = "--fail-on-regression",
      about = "exit code 98 when a figure regressed" },
}

--- What engram run takes on top.
gate.baseline_options = {
    { key = "save_baseline", flag = "--save-baseline", value = "NAME",
      about = "keep the runs as .engram/NAME.json (or in $ENGRAM_BASELINES)" },
    { key = "baseline", flag = "--baseline", value = "NAME",
      about = "compare with those kept; --repeat 10 makes it worth while" },
}
for _, option in ipairs(gate.limits) do
    table.insert(gate.baseline_options, option)
end

local function share_of(text)
    local percent = text:match "^(%d+%.?%d*)%%$"
    return percent and percent / 100 or text:match "^%d*%.?%d+$" and tonumber(text)
end

--- alpha, noise and fail_on_regression of the values of a command line.
function gate.parse(values)
    local limits = { fail_on_regression = values.fail_on_regression }
    for _, key in ipairs { "noise", "alpha" } do
        local share = values[key] and share_of(values[key])
        if values[key] and not (share and share < 1 and (share > 0 or key == "noise")) then
            return nil, ("--%s: %s is no share of 1, as 0.02 or 2%%"):format(key,
                settings.shown(values[key]))
        end
        limits[key] = share
    end
    return limits
end

--- Before the runs: what is asked for, with the baseline's runs; nil and a message for what
--  can not be.
function gate.prepare(values)
    local wanted, message = gate.parse(values)
    if not wanted then return nil, message end
    for _, key in ipairs { "noise", "alpha", "fail_on_regression" } do
        if values[key] and not values.baseline then
            return nil, ("--%s takes a --baseline to compare with"):format((key:gsub("_", "-")))
        end
    end
    if values.baseline then
        wanted.runs, message = baselines.load(values.baseline)
        if not wanted.runs then return nil, "--baseline: " .. message end
        wanted.name = values.baseline
    end
    if values.save_baseline then
        local ok
        ok, message = baselines.check(values.save_baseline)
        if not ok then return nil, "--save-baseline: " .. message end
        wanted.save = values.save_baseline
    end
    return wanted
end

local function is_interrupted(summaries)
    for _, summary in ipairs(summaries) do
        if summary.results.stop_reason == "interrupted" then return true end
    end
    return false
end

-- Saves unless a regression that is to fail would become the next baseline, or what was cut
-- short: it is no measure, and would take the place of one.
local function save(wanted, found, summaries)
    if is_interrupted(summaries) then
        return ("not saved as baseline %s: interrupted"):format(wanted.save)
    end
    if found and wanted.fail_on_regression and #compare.with(found, "regressed") > 0 then
        return ("baseline %s is left as it was"):format(wanted.save)
    end
    local usable = runs.usable(summaries)
    if #usable == 0 then return nil, "--save-baseline: no run went through, so none is saved" end
    local path, message = baselines.save(wanted.save, usable)
    if not path then return nil, "--save-baseline: " .. message end
    return ("saved as baseline %s: %s"):format(wanted.save, path)
end

--- After the runs: the comparison, if one is wanted; a line on what was saved; and a message
--  when one of both failed.
function gate.conclude(wanted, summaries)
    local found, note, message
    if wanted.runs then
        found, message = compare.of(wanted.runs, summaries, wanted)
        if not found then return nil, nil, "--baseline: " .. message end
        found.a.name, found.b.name = "baseline " .. wanted.name, "now"
    end
    if wanted.save then note, message = save(wanted, found, summaries) end
    return found, note, message
end

-- Why this comparison can not keep a regression out, or nil.
local function weakness(found)
    if found.b.left_out > 0 then
        return ("%d of %d runs failed"):format(found.b.left_out, found.b.left_out + found.b.runs)
    end
    local needed = compare.runs_needed(found.alpha)
    for _, group in ipairs(found.groups) do
        if math.min(group.a_runs, group.b_runs) < needed then
            return ("%d and %d runs can not show a regression; %d a side or more can (--repeat " ..
                "10)"):format(group.a_runs, group.b_runs, needed)
        end
    end
end

--- The exit code that a comparison calls for.
function gate.code(found, limits, command)
    if not limits.fail_on_regression then return terminal.done end
    local regressed = compare.with(found, "regressed")
    if #regressed > 0 then
        return terminal.complain(terminal.regressed, ("%s: regressed: %s"):format(command,
            table.concat(regressed, ", ")))
    end
    local message = weakness(found)
    if not message then return terminal.done end
    return terminal.complain(terminal.failed, ("%s: --fail-on-regression: %s"):format(command,
        message))
end

return gate
