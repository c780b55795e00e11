--- engram convert: a file of one format as another.

local C = require "engram.c"
local check = require "engram.check"
local errand = require "engram.errand"
local formats = require "engram.files.formats"
local output = require "engram.output"
local reading_flags = require "engram.reading_flags"
local save = require "engram.save"
local savers = require "engram.files.savers"
local settings = require "engram.settings"
local terminal = require "engram.terminal"
local units = require "engram.units"
local writer = require "engram.files.writer"

local types = { f32 = true, f16 = true, bf16 = true, i8 = true, bits = true }
local a_kind = { matrix = "a matrix", graph = "a graph", words = "words" }

local function saver_names()
    local names = {}
    for i, saver in ipairs(savers.list) do names[i] = saver.name end
    return names
end

local reading = { title = "Reading IN", options = reading_flags.options "--from" }

local spec = {
    name = "convert", usage = "convert IN OUT [options]",
    about = "Writes what is in one file to another, in the format that its name ends in.",
    arguments = {
        { key = "source", label = "IN", about = "anything that engram.load reads " ..
            "('engram help files')" },
        { key = "target", label = "OUT", about = "where to, as vectors.npy" },
    },
    groups = { reading, { title = "Writing OUT", options = {
        { key = "as", flag = "--as", value = "FORMAT", choices = saver_names(),
          about = "in place of the end of OUT's name: " .. table.concat(saver_names(), ", ") },
        { key = "type", flag = "--type", value = "TYPE",
          about = "round the numbers to f16, bf16, i8, bits or f32" },
        { key = "words", flag = "--words", value = "FILE",
          about = "write the words that IN has beside its vectors there" },
        { key = "force", flag = "--force", short = "-f", about = "overwrite files that are there" },
        terminal.quiet_option,
    } } },
    examples = { "engram convert glove.6B.100d.txt glove.npy --words glove.txt",
        "engram convert glove.npy small.npy --rows 1..10000",
        "engram convert glove.npy glove.safetensors --type i8" },
}

-- Those that a saver writes for a path.
local function files_of(path, saver)
    return saver.files and saver.files(path) or { path }
end

-- The refusal of files that can not be written, or must not be; nil where they can.
local function unwritable(paths, force)
    for _, path in ipairs(paths) do
        local is_file = C.eg_path_kind(path) == C.EG_PATH_FILE and not writer.is_stream(path)
        if is_file and not force then
            return ("convert: %s is there already; -f overwrites it"):format(path)
        end
        local ok, message = output.check(path)
        if not ok then return "convert: " .. message end
    end
    return nil
end

-- Before anything is read: what is wrong with the words of the command line.
local function refusal(values)
    if values.type and not types[values.type] then
        return ("--type: %s is not one of f32, f16, bf16, i8, bits"):format(
            settings.shown(values.type))
    end
    if values.words and output.is_same(values.words, values.target) then
        return "--words: OUT is that file, too"
    end
    local saver, names = save.find(values.target, nil, values.as)
    if not saver then
        return values.as and
            ("--as: %s is not one of %s"):format(settings.shown(values.as), names) or
            ("convert: the end of '%s' names no format; --as one of %s would"):format(
                values.target, names)
    end
    return unwritable(files_of(values.target, saver), values.force) or
        values.words and unwritable({ values.words }, values.force)
end

-- ---- the work

-- The value that is written, and how far --type is off; nil and a message for what makes no
-- sense of this value.
local function prepared(value, kind, values)
    local saver, names = save.find(values.target, kind, values.as)
    if not saver then
        return nil, ("%s holds %s, which %s can not: --as one of %s would"):format(
            values.source, a_kind[kind], values.as or values.target, names)
    end
    local refused = saver.refusal and saver.refusal(value)
    if refused then
        return nil, values.source .. ": " .. reading_flags.in_flags(refused, "--as")
    end
    if not values.type then return value end
    if kind ~= "matrix" then
        return nil, ("%s holds %s: --type is for a matrix"):format(values.source, a_kind[kind])
    end
    if not saver.keeps[values.type] then
        return nil, ("--type: %s keeps no %s, and safetensors does: name OUT so"):format(
            saver.about, values.type)
    end
    local made, off = value:convert(values.type)
    if not made then return nil, off end
    return made:freeze(), off
end

-- NumPy's int8 has no place for the steps of rows: they are dropped where i8 was asked for.
local function drops_steps(values)
    local saver = save.find(values.target, "matrix", values.as)
    return values.type == "i8" and saver ~= nil and saver.name == "npy"
end

local function written(path, value, as, tell, steps)
    local ok, message = save.save(path, value, { as = as, steps = steps,
        progress = tell("writing " .. path) })
    if not ok then return nil, message end
    return true
end

-- ---- what is said of it

local shapes = {}

function shapes.matrix(m, path, saver)
    local kind = m.type
    if formats.by_name[saver.name] then -- it may keep numbers of that type as another
        local _, kept = reading_flags.read(path, { as = saver.name }, nil, "--from")
        kind = kept and kept.type or kind
    end
    return ("%s of %s, %s"):format(units.things(m.rows, "row"), units.things(m.dims, "number"),
        kind)
end

function shapes.graph(g)
    return units.things(g.nodes, "node") .. ", " .. units.things(g.edges, "edge")
end

function shapes.words(w) return units.things(#w, "word") end

local function bytes_of(paths)
    local total = 0
    for _, path in ipairs(paths) do
        local file = io.open(path, "rb")
        total = total + (file and file:seek "end" or 0)
        if file then file:close() end
    end
    return total
end

local function described(path, value, as)
    local kind = check.kind(value)
    local saver = save.find(path, kind, as)
    local shape, paths = shapes[kind](value, path, saver), files_of(path, saver)
    if writer.is_stream(path) then return ("%s: %s"):format(path, shape) end
    return ("%s: %s, %s bytes%s"):format(path, shape, units.count(bytes_of(paths)),
        #paths > 1 and " in " .. #paths .. " files" or "")
end

local function report(values, made, off, second)
    local lines = { described(values.target, made, values.as) }
    if values.words then lines[2] = described(values.words, second, "words") end
    if off and drops_steps(values) then
        lines[#lines + 1] = "each row in steps of its own, 127 to its largest number: cosines " ..
            "stay; .safetensors keeps the steps, too"
    elseif off then
        lines[#lines + 1] = ("rounded to %s: off by %s at most"):format(values.type,
            units.number(off))
    end
    if check.kind(second) == "words" and not values.words then
        lines[#lines + 1] = ("%s words of %s are not in it; --words FILE writes them"):format(
            units.count(#second), values.source)
    end
    return lines
end

-- What was read, prepared and written: lines that say so, or nil, a message and the exit code.
local function converted(values, given, tell)
    local format, value, second = reading_flags.read(values.source, given,
        tell("reading " .. values.source), "--from")
    if not format then return nil, value, terminal.misused end
    local kind = check.kind(value)
    local made, off = prepared(value, kind, values)
    if not made then return nil, off, terminal.misused end
    if values.words and check.kind(second) ~= "words" then
        return nil, ("--words: %s has no words beside"):format(values.source), terminal.misused
    end
    local ok, message = written(values.target, made, values.as, tell,
        drops_steps(values) and "drop" or nil)
    if ok and values.words then ok, message = written(values.words, second, "words", tell) end
    if not ok then return nil, message, terminal.failed end
    return report(values, made, off, second)
end

local function command(words)
    local values, code = terminal.values(spec, words)
    if not values then return code end
    local given, message = reading_flags.parse(values, "--from")
    message = message or refusal(values)
    if message then return terminal.refuse(spec, message) end
    local ok, lines
    ok, lines, message, code = errand.run(values.quiet, function(tell)
        return converted(values, given, tell)
    end)
    if not ok then return lines end
    if not lines then return terminal.complain(code, "convert: " .. message) end
    local text = table.concat(lines, "\n") .. "\n"
    if not writer.is_stream(values.target) then return terminal.say(text) end
    io.stderr:write(text) -- standard output may be OUT
    return terminal.done
end

return {
    name = "convert", label = "convert IN OUT", line = "a file of one format as another",
    spec = spec, run = command,
}
