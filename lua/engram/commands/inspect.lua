--- engram inspect: what is in a file.

local pairs = require("engram.core").pairs
local errand = require "engram.errand"
local json = require "engram.json"
local reading_flags = require "engram.reading_flags"
local survey = require "engram.survey"
local terminal = require "engram.terminal"
local units = require "engram.units"

-- --as is what this command called it first; of convert it is the format to write.
local reading = reading_flags.options "--from"
table.insert(reading, 2, { key = "as", flag = "--as", value = "FORMAT",
    choices = reading[1].choices, about = "the same as --from" })

local spec = {
    name = "inspect", usage = "inspect FILE [options]",
    about = "Shows what is in a file of vectors, words or arcs: its shape, its ranges, and\n" ..
        "what may be wrong with it. Rows, words and nodes are numbered from 1.",
    arguments = { { key = "file", label = "FILE",
        about = "anything that engram.load reads ('engram help files')" } },
    groups = {
        { title = "Reading", options = reading },
        terminal.output_group,
    },
    examples = { "engram inspect vectors.npy", "engram inspect roads.txt --base 1 -f json",
        "engram inspect terms.txt --from words" },
}

local longest_shown = 60 -- bytes of a word

-- ---- text

local function range(of, what)
    return ("%s (%s %s) to %s (%s %s), mean %s"):format(units.number(of.min), what,
        units.count(of.min_row or of.min_node), units.number(of.max), what,
        units.count(of.max_row or of.max_node), units.number(of.mean))
end

local function rows_with(found, what)
    local count = found[what .. "_rows"]
    if not count then return "not looked for in so many rows" end
    if count == 0 then return "none" end
    return ("%s, the first is row %s"):format(units.count(count),
        units.count(found["first_" .. what .. "_row"]))
end

local function counted(count) return count == 0 and "none" or units.count(count) end

local rows_of = {}

function rows_of.matrix(found)
    local norms = found.norms
    return {
        { "matrix", ("%s of %s, %s, %s"):format(units.things(found.rows, "row"),
            units.things(found.dims, "number"), found.type,
            found.mapped and "mapped" or "copied") },
        { "norms", norms and range(norms, "row") or "none" },
        { "zero rows", rows_with(found, "zero") },
        { "NaN, inf", rows_with(found, "broken") },
        { "duplicates", rows_with(found, "duplicate") },
    }
end

local function isolated(found)
    if found.isolated_nodes == 0 then return "none" end
    local text = ("%s, the first is node %s"):format(units.things(found.isolated_nodes, "node"),
        units.count(found.first_isolated_node))
    if not found.may_start_at_1 then return text end
    return text .. ", id 0; if ids start at 1: --base 1"
end

local become = { sum = "summed", max = "the greatest weight kept", first = "the first kept" }

-- Arcs that stood in the file again, between the same two nodes.
local function repeated(found)
    if found.duplicate_arcs == 0 then return "none" end
    return ("%s, %s (--dup)"):format(units.count(found.duplicate_arcs), become[found.dup])
end

local function selves(found)
    local hint = found.dup and found.self_arcs > 0 and
        "; engram.load leaves them out, unless self = 'keep'" or ""
    return counted(found.self_arcs) .. hint
end

function rows_of.graph(found)
    local rows = {
        { "graph", ("%s, %s"):format(units.things(found.nodes, "node"),
            units.things(found.edges, "edge")) },
        { "weights", found.weights and ("%s to %s"):format(units.number(found.weights.min),
            units.number(found.weights.max)) or "none" },
        { "out-degree", found.out_degrees and range(found.out_degrees, "node") or "none" },
        { "in-degree", found.in_degrees and range(found.in_degrees, "node") or "none" },
        { "self arcs", selves(found) },
        { "no arcs", isolated(found) },
        { "components", ("%s, the largest of %s"):format(units.count(found.components.count),
            units.things(found.components.largest, "node")) },
    }
    if found.duplicate_arcs then table.insert(rows, 6, { "duplicates", repeated(found) }) end
    if found.kinds then rows[#rows + 1] = { "kinds", table.concat(found.kinds, " ") } end
    return rows
end

-- Its first bytes, and no half of a character of UTF-8.
local function shown_word(word)
    local last = longest_shown
    while last > longest_shown - 4 and word:find("^[\128-\191]", last + 1) do last = last - 1 end
    return word:sub(1, last):gsub("%c", "?") .. (#word > last and "..." or "")
end

function rows_of.words(found)
    local longest = found.longest and (', the longest "%s"'):format(shown_word(found.longest)) or ""
    return {
        { "words", units.count(found.count) .. longest },
        { "empty", counted(found.empty) },
        { "duplicates", counted(found.duplicates) },
    }
end

local function text(found)
    local rows = { { found.file, found.about .. (found.bytes and
        ", " .. units.count(found.bytes) .. " bytes" or "") } }
    for _, kind in ipairs { "matrix", "graph", "words" } do
        for _, row in ipairs(found[kind] and rows_of[kind](found[kind]) or {}) do
            rows[#rows + 1] = row
        end
    end
    local lines = {}
    for i, row in ipairs(rows) do lines[i] = ("%-12s%s"):format(row[1], row[2]) end
    lines[1] = rows[1][1] .. ": " .. rows[1][2]
    return table.concat(lines, "\n") .. "\n"
end

-- ---- the command

local function bytes_of(path)
    local file = io.open(path, "rb")
    if not file then return nil end
    local bytes = file:seek "end"
    file:close()
    return bytes
end

-- Formats whose arcs stand one by one, so that some may be there twice.
local has_arcs = { edges = true, mtx = true }

-- All that load answered which can be surveyed; nil and a message.
local function inspected(path, given, tell, flag)
    local say, arcs = tell("reading " .. path), nil
    local format, value, second, third = reading_flags.read(path, given,
        function(done, total, read)
            arcs = read
            say(done, total)
        end, flag)
    if not format then return nil, value end
    local found = { file = path, format = format.name, about = format.about,
        bytes = not format.of_path and bytes_of(path) or nil }
    for _, each in pairs { value, second, third } do
        local kind, counts = survey.of(each, tell "counting")
        if kind then found[kind] = counts end
    end
    if has_arcs[format.name] then
        found.graph.duplicate_arcs, found.graph.dup = arcs - found.graph.edges, given.dup or "sum"
    end
    if format.name == "edges" and not given.base and found.graph.first_isolated_node == 1 then
        found.graph.may_start_at_1 = true
    end
    return found
end

local function command(words)
    local values, code = terminal.values(spec, words)
    if not values then return code end
    if values.as and values.from then
        return terminal.refuse(spec, "--as: --from is the same, so one of them is enough")
    end
    local flag = values.as and "--as" or "--from"
    values.from = values.from or values.as
    local given, message = reading_flags.parse(values, flag)
    if not given then return terminal.refuse(spec, message) end
    code = terminal.check_files(values, { "output" })
    if code then return code end
    local ok, found
    ok, found, message = errand.run(values.quiet, function(tell)
        return inspected(values.file, given, tell, flag)
    end)
    if not ok then return found end
    if not found then return terminal.complain(terminal.misused, "inspect: " .. message) end
    return terminal.show(found, values, { text = text, json = json.encode })
end

return {
    name = "inspect", label = "inspect FILE", line = "what is in a file, and what is odd about it",
    spec = spec, run = command,
}
