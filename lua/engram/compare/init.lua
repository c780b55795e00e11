--- Compare: are the runs of B better or worse than those of A?
--
--    local found = compare.of(before, after, { noise = 0.05 })     -- lists of summaries
--    found.verdict, found.groups[1].metrics[1].verdict
--
-- Runs in which options were varied are grouped by these, and like is compared with like. Each
-- figure is one value per run, judged by engram.mann_whitney over the runs of both sides:
--   improved, regressed   p below alpha, and the medians differ by noise or more
--   unchanged             the medians differ by less than noise
--   mixed                 they differ by more, but the runs overlap too much to tell
--   unjudged              so few runs, or processes, that p can not get below alpha
-- Failed runs and dry runs are left out, and counted. Latencies are kept to 1 %: with less
-- noise than 2 % two neighbouring buckets would be a change.

local cjson = require "cjson"
local figures = require "engram.compare.figures"
local core = require "engram.core"
local mann_whitney = require "engram.mann_whitney"
local runs = require "engram.compare.runs"

local next, pairs = core.next, core.pairs

local compare = { alpha = 0.01, noise = 0.02 }

local function described(values)
    local sorted = {}
    for i, value in ipairs(values) do sorted[i] = value end
    table.sort(sorted)
    local count = #sorted
    return { n = count, min = sorted[1], max = sorted[count],
        median = (sorted[math.ceil(count / 2)] + sorted[math.floor(count / 2) + 1]) / 2 }
end

local function change_of(from, to)
    if from == to then return 0 end
    if from == 0 then return math.huge end
    return (to - from) / math.abs(from)
end

local function verdict_of(metric, limits)
    if mann_whitney.least_p(metric.a.n, metric.b.n) >= limits.alpha then return "unjudged" end
    if metric.change == 0 or math.abs(metric.change) < limits.noise then return "unchanged" end
    local is_up = metric.change > 0
    if metric.p >= limits.alpha or is_up ~= (metric.effect > 0) then return "mixed" end
    return is_up == (metric.better == "higher") and "improved" or "regressed"
end

local function metric_of(figure, a, b, limits)
    local of_a, of_b = figures.values(figure, a), figures.values(figure, b)
    if #of_a == 0 or #of_b == 0 then return nil end
    local tested = mann_whitney.test(of_a, of_b)
    local metric = {
        name = figure.name, kind = figure.kind, better = figure.better,
        a = described(of_a), b = described(of_b),
        p = tested.p, is_exact = tested.is_exact, effect = tested.effect,
    }
    metric.change = change_of(metric.a.median, metric.b.median)
    metric.verdict = verdict_of(metric, limits)
    if metric.change == math.huge then metric.change = cjson.null end
    return metric
end

local function group_of(a, b, limits)
    local metrics = {}
    for _, figure in ipairs(figures.of(a.runs, b.runs)) do
        metrics[#metrics + 1] = metric_of(figure, a.runs, b.runs, limits)
    end
    return { label = a.label, config = next(a.config) and a.config or nil, a_runs = #a.runs,
        b_runs = #b.runs, metrics = metrics }
end

-- The groups that both sides have; those of one side alone become warnings.
local function matched(a, b, names, limits, warnings)
    local of_a, of_b, groups = runs.groups(a, names), runs.groups(b, names), {}
    for _, group in ipairs(of_a) do
        if of_b[group.label] then
            groups[#groups + 1] = group_of(group, of_b[group.label], limits)
        else
            warnings[#warnings + 1] = "only in A: " .. group.label
        end
    end
    for _, group in ipairs(of_b) do
        if not of_a[group.label] then warnings[#warnings + 1] = "only in B: " .. group.label end
    end
    return groups
end

local function interrupted(list)
    local count = 0
    for _, run in ipairs(list) do
        if runs.inside(run, "results", "interrupted_by") then count = count + 1 end
    end
    return count
end

local function add_count(warnings, count, list, side, what)
    if count == 0 then return end
    warnings[#warnings + 1] = ("%d of %d runs of %s %s"):format(count, #list, side, what)
end

local function verdict_of_all(groups)
    local seen = {}
    for _, group in ipairs(groups) do
        for _, metric in ipairs(group.metrics) do seen[metric.verdict] = true end
    end
    if seen.improved and seen.regressed then return "mixed" end
    if seen.regressed then return "regressed" end
    if seen.improved then return "improved" end
    return (seen.unchanged or seen.mixed) and "unchanged" or "unjudged"
end

--- Two lists of summaries, as of runs.of, compared; nil and a message where nothing can be.
--  limits: alpha and noise.
function compare.of(all_of_a, all_of_b, limits)
    limits = limits or {}
    limits = { alpha = limits.alpha or compare.alpha, noise = limits.noise or compare.noise }
    local a, void_in_a = runs.usable(all_of_a)
    local b, void_in_b = runs.usable(all_of_b)
    if #a == 0 then return nil, "no run of A went through" end
    if #b == 0 then return nil, "no run of B went through" end
    local names = runs.varied(a, b)
    local warnings = runs.differences(a, b, names)
    add_count(warnings, void_in_a, all_of_a, "A", "failed, or were dry: left out")
    add_count(warnings, void_in_b, all_of_b, "B", "failed, or were dry: left out")
    add_count(warnings, interrupted(a), a, "A", "were interrupted")
    add_count(warnings, interrupted(b), b, "B", "were interrupted")
    local groups = matched(a, b, names, limits, warnings)
    if #groups == 0 then
        return nil, "A and B have no options in common; " .. table.concat(warnings, "; ")
    end
    return {
        verdict = verdict_of_all(groups), alpha = limits.alpha, noise = limits.noise,
        test = "Mann-Whitney U, two-sided", effect = "Cliff's delta, above 0 when B is larger",
        a = { runs = #a, left_out = void_in_a }, b = { runs = #b, left_out = void_in_b },
        groups = groups, warnings = #warnings > 0 and warnings or nil,
    }
end

--- The metrics with that verdict, with the options of their group where there are several.
function compare.with(found, verdict)
    local names = {}
    for _, group in ipairs(found.groups) do
        for _, metric in ipairs(group.metrics) do
            if metric.verdict == verdict then
                names[#names + 1] = metric.name ..
                    (group.label ~= "" and " (" .. group.label .. ")" or "")
            end
        end
    end
    return names
end

--- The fewest runs of each side that can show a difference.
function compare.runs_needed(alpha)
    local count = 2
    while mann_whitney.least_p(count, count) >= alpha do count = count + 1 end
    return count
end

local known = { alpha = true, noise = true }

local function check_limits(limits)
    for key, value in pairs(limits or {}) do
        if not known[key] or type(value) ~= "number" or not (value >= 0 and value < 1) then
            error(("bad argument #3 to 'compare' (%s = %s: alpha or noise, from 0 to 1, expected)")
                :format(tostring(key), tostring(value)), 3)
        end
    end
end

--- engram.compare(a, b [, limits]): summaries, lists of them, or what -f json wrote, decoded.
function compare.compare(a, b, limits)
    local sides = {}
    for i, document in ipairs { a or false, b or false } do
        local list, message = runs.of(document)
        if not list then error(("bad argument #%d to 'compare' (%s)"):format(i, message), 2) end
        sides[i] = list
    end
    check_limits(limits)
    return compare.of(sides[1], sides[2], limits)
end

return compare
