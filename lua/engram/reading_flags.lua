--- Reading_flags: how a command is told to read a file: the options of engram.load.
--
--    local given, message = reading_flags.parse(values, "--from")
--    local format, value, second = reading_flags.read(path, given, progress, "--from")
--
-- Arcs from a node to itself stay: a command shows or keeps what is there.

local formats = require "engram.files.formats"
local load = require "engram.load"
local options = require "engram.files.options"
local settings = require "engram.settings"

local flags = {}

local names = {}
for i, format in ipairs(formats.list) do names[i] = format.name end
local names_text = table.concat(names, ", ")

--- The option that names the format, and those of what is in it.
function flags.options(format_flag)
    return {
        { key = "from", flag = format_flag, value = "FORMAT", choices = names,
          about = "what it is, where its content does not tell: " .. names_text },
        { key = "member", flag = "--member", value = "NAME", about = "of a .npz: the array" },
        { key = "tensor", flag = "--tensor", value = "NAME", about = "of safetensors" },
        { key = "rows", flag = "--rows", value = "A..B", about = "these rows alone, from 1 on" },
        { key = "base", flag = "--base", value = "0|1", choices = { "0", "1" },
          about = "the first node's id in a list of edges (default: 0: id 0 is node 1)" },
        { key = "nodes", flag = "--nodes", value = "N", about = "how many nodes there are" },
        { key = "kinds", flag = "--kinds",
          about = "the third column of a list of edges is the kind of each" },
        { key = "weights", flag = "--weights", value = "LIST",
          about = "it is the kind, and these are their weights: '~=0.5,default=0.1'" },
        { key = "dup", flag = "--dup", value = "HOW", choices = { "sum", "max", "first" },
          about = "what arcs between the same two nodes become: sum, max, first (default: sum)" },
    }
end

local function rows(text)
    local from, to = text:match "^(%d+)%.%.(%d+)$"
    local range = { tonumber(from or text:match "^%d+$"), tonumber(to or text:match "^%d+$") }
    if options.rows(range) then
        return nil, settings.shown(text) .. " is no range of rows such as 1..1000"
    end
    return range
end

-- A kind may be "=", too.
local function weights(text)
    local by_kind = {}
    for each in (text .. ","):gmatch "([^,]*)," do
        local kind, weight = each:match "^(.+)=([^=]*)$"
        if not tonumber(weight) then
            return nil, ("'%s' is no weight of a kind, such as ~=0.5"):format(each)
        end
        if by_kind[kind] then return nil, ("'%s' has two weights"):format(kind) end
        by_kind[kind] = tonumber(weight)
    end
    return by_kind
end

local function number(text) return tonumber(text) or text end
local function same(text) return text end

-- From text, and what it may be then.
local parsers = {
    { "rows", rows, options.rows },
    { "base", number, options.one_of { 0, 1 } },
    { "nodes", settings.count, options.of_arcs.nodes },
    { "weights", weights, options.weights },
    { "dup", same, options.of_arcs.dup },
}

--- Options for load; nil and a message that names the flag.
function flags.parse(values, format_flag)
    local given = { as = values.from, kinds = values.kinds, member = values.member,
        tensor = values.tensor }
    if given.as and not formats.by_name[given.as] then
        return nil, ("%s: %s is not one of %s"):format(format_flag,
            settings.shown(given.as), names_text)
    end
    for _, parser in ipairs(parsers) do
        local key, parse, complain = unpack(parser)
        if values[key] then
            local value, message = parse(values[key])
            message = message or complain(value)
            if message then return nil, ("--%s: %s"):format(key, message) end
            given[key] = value
        end
    end
    return given
end

--- What a message says of options, said of flags.
function flags.in_flags(message, format_flag)
    return (message:gsub("has no option '(%l+)'", "has no --%1"):gsub("option (%l+):", "--%1:")
        :gsub("%f[%a]as = (%S)", format_flag .. " %1"):gsub("(%l+) = one of", "--%1 one of")
        :gsub("kinds need options%.weights", "--kinds or --weights takes it for a kind")
        :gsub("weights%.default would give it one", "--weights default=1 would give it one")
        :gsub("say nodes = ", "say --nodes "):gsub("base = 1 would", "--base 1 would")
        :gsub("nodes = (%d+) is", "--nodes %1 is"))
end

--- The format of a file, and what load answers for it; nil and a message.
function flags.read(path, given, progress, format_flag)
    local format, source = load.format(path, given.as)
    if not format then return nil, flags.in_flags(source, format_flag) end
    if (format.options or {}).self then given.self = "keep" end
    given.progress = progress
    local value, second, third = load.read(path, format, source, given)
    if not value then return nil, flags.in_flags(second, format_flag) end
    return format, value, second, third
end

return flags
