--- Runs: what -f json wrote, as lists of summaries; what they were of, and what differs.
--
--    local list, message = runs.of(document)
--    runs.groups(list, runs.varied(a, b))
--
-- A document is a summary alone, a list of them, or { runs = list }, which is what repeated
-- runs write.

local cjson = require "cjson"
local pairs = require("engram.core").pairs
local json = require "engram.json"

local runs = {}

--- A value deep inside, or nil where there is none or null.
function runs.inside(value, ...)
    for _, key in ipairs { ... } do
        if type(value) ~= "table" then return nil end
        value = value[key]
    end
    if value == cjson.null then return nil end
    return value
end

local inside = runs.inside

local function is_summary(value)
    for _, part in ipairs { "config", "context", "results", "arena" } do
        if type(inside(value, part)) ~= "table" then return false end
    end
    return true
end

--- The summaries of a document; nil and a message for what holds none.
function runs.of(document)
    if is_summary(document) then return { document } end
    local list = inside(document, "runs")
    if type(list) ~= "table" then list = document end
    if type(list) ~= "table" or #list == 0 then
        return nil, "neither a summary of engram run -f json nor a list of them"
    end
    local found = {}
    for i, each in ipairs(list) do
        found[i] = inside(each, "summary") or inside(each, "run") or each
        if not is_summary(found[i]) then
            return nil, ("item %d is no summary of engram run -f json"):format(i)
        end
    end
    return found
end

--- The runs that count, and how many do not: failed and dry ones.
function runs.usable(list)
    local kept = {}
    for _, run in ipairs(list) do
        local is_void = inside(run, "results", "failed") or inside(run, "config", "dry_run")
        if not is_void then kept[#kept + 1] = run end
    end
    return kept, #list - #kept
end

-- ---- what a run was of

local function text_of(value)
    if type(value) == "table" then return (json.line(value):gsub("\n", "")) end
    return type(value) == "number" and ("%.14g"):format(value) or tostring(value)
end

local function put(found, name, value)
    if value ~= nil and value ~= cjson.null then found[name] = text_of(value) end
end

-- Every option in force as text, by name; options.k is one of the workload's own.
local function options_of(summary)
    local found = {}
    for key, value in pairs(summary.config) do
        if key ~= "options" or type(value) ~= "table" then put(found, tostring(key), value) end
    end
    for key, value in pairs(inside(summary, "config", "options") or {}) do
        put(found, "options." .. tostring(key), value)
    end
    return found
end

local context_names = { "version", "luajit", "cpu", "isa", "cores", "clock" }

local function context_of(summary)
    local found = {}
    for _, name in ipairs(context_names) do put(found, name, summary.context[name]) end
    return found
end

local function sorted_keys(of)
    local keys = {}
    for key in pairs(of) do keys[#keys + 1] = key end
    table.sort(keys)
    return keys
end

-- What describe answers for these runs: by name, the different texts of it, sorted.
local function texts_by_name(list, describe)
    local names, described, found = {}, {}, {}
    for i, run in ipairs(list) do
        described[i] = describe(run)
        for name in pairs(described[i]) do names[name] = true end
    end
    for _, name in ipairs(sorted_keys(names)) do
        local texts = {}
        for _, of_run in ipairs(described) do texts[of_run[name] or "not set"] = true end
        found[name] = sorted_keys(texts)
    end
    return found
end

-- ---- groups

--- The options that vary within a or within b, but for the seed.
function runs.varied(a, b)
    local names = {}
    for _, list in ipairs { a, b } do
        for name, texts in pairs(texts_by_name(list, options_of)) do
            if #texts > 1 and name ~= "seed" then names[name] = true end
        end
    end
    return sorted_keys(names)
end

--- The runs by the values of these options: a list of { label, config, runs }, which holds each
--  under its label, too.
function runs.groups(list, names)
    local groups = {}
    for _, run in ipairs(list) do
        local of_run, parts, config = options_of(run), {}, {}
        for i, name in ipairs(names) do
            config[name] = of_run[name] or "not set"
            parts[i] = name:gsub("^options%.", "") .. "=" .. config[name]
        end
        local label = table.concat(parts, " ")
        if not groups[label] then
            groups[label] = { label = label, config = config, runs = {} }
            groups[#groups + 1] = groups[label]
        end
        table.insert(groups[label].runs, run)
    end
    return groups
end

-- ---- what would make a comparison unfair

local function add_differences(lines, of_a, of_b, varied)
    local names = {}
    for _, of in ipairs { of_a, of_b } do
        for name in pairs(of) do names[name] = true end
    end
    for _, name in ipairs(sorted_keys(names)) do
        local left, right = of_a[name] or { "not set" }, of_b[name] or { "not set" }
        -- A seed that is drawn for each run differs as it should.
        local is_drawn = name == "seed" and (#left > 1 or #right > 1)
        left, right = table.concat(left, ", "), table.concat(right, ", ")
        if left ~= right and not is_drawn and not varied[name] then
            lines[#lines + 1] = ("%s differs: %s in A, %s in B%s"):format(name, left, right,
                name == "seed" and "; --seed N gives both the same data" or "")
        end
    end
end

--- Lines: where the machine, the version or an option that is not among names differs.
function runs.differences(a, b, names)
    local lines, varied = {}, {}
    for _, name in ipairs(names) do varied[name] = true end
    add_differences(lines, texts_by_name(a, context_of), texts_by_name(b, context_of), varied)
    add_differences(lines, texts_by_name(a, options_of), texts_by_name(b, options_of), varied)
    return lines
end

return runs
