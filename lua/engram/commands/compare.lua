--- engram compare: the runs of one report against those of another.

local baselines = require "engram.baselines"
local compare = require "engram.compare"
local gate = require "engram.compare.gate"
local json = require "engram.json"
local terminal = require "engram.terminal"
local text = require "engram.compare.text"

local about_side = "a file of engram run -f json (one run, or the runs of --repeat), or the " ..
    "name of a baseline"

local spec = {
    name = "compare", usage = "compare A B [options]",
    about = "Says whether B is better or worse than A, figure by figure: by Mann-Whitney U\n" ..
        "over the runs of both, with Cliff's delta as the effect; never by one pair.",
    arguments = {
        { key = "a", label = "A", about = about_side },
        { key = "b", label = "B", about = "the same, of what is to be judged", optional = true },
    },
    groups = { { title = "Options", options = {} } },
    examples = {
        "engram run recall --seed 1 --repeat 10 -f json -o before.json",
        "engram run recall --seed 1 --repeat 10 -f json -o after.json",
        "engram compare before.json after.json",
        "engram compare main after.json --fail-on-regression",
    },
}

for _, option in ipairs(gate.limits) do table.insert(spec.groups[1].options, option) end
table.insert(spec.groups[1].options, terminal.format_option)
table.insert(spec.groups[1].options, terminal.output_option)

local made_by = "'engram run WORKLOAD --seed 1 --repeat 10 -f json -o FILE' writes a report, " ..
    "--save-baseline NAME keeps one by name"

-- A path has a / or ends in .json; all else is a baseline's name.
local function side(given)
    if not (given:find("/", 1, true) or given:match "%.jsonl?$") then
        return baselines.load(given)
    end
    local list, message = baselines.read(given)
    if list then return list end
    return nil, message .. "; " .. made_by
end

local function command(words)
    local values, code = terminal.values(spec, words)
    if not values then return code end
    if not values.b then
        return terminal.refuse(spec, ("compare: %s with what? B is missing; %s"):format(values.a,
            made_by))
    end
    local limits, message = gate.parse(values)
    if not limits then return terminal.refuse(spec, message) end
    code = terminal.check_files(values, { "output" })
    if code then return code end
    local found, a, b
    a, message = side(values.a)
    if not a then return terminal.complain(terminal.misused, "compare: " .. message) end
    b, message = side(values.b)
    if not b then return terminal.complain(terminal.misused, "compare: " .. message) end
    found, message = compare.of(a, b, limits)
    if not found then return terminal.complain(terminal.failed, "compare: " .. message) end
    found.a.name, found.b.name = values.a, values.b
    code = terminal.show(found, values, { text = text.of, json = json.encode })
    if code ~= terminal.done then return code end
    return gate.code(found, limits, "compare")
end

return {
    name = "compare", label = "compare A B", line = "is B better or worse than A, and how sure",
    spec = spec, run = command,
}
