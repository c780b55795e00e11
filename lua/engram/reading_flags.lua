--- Reading_flags: how a command is told to read a file: the options of engram.load.
--
--    local given, message = reading_flags.parse(values, "--as")
--    local format, value, second = reading_flags.read(path, given, progress, "--as")
--
-- Arcs from a node to itself stay: a command shows or keeps what is there.

local pairs = require("engram.core").pairs
local formats = require "engram.files.formats"
local load = require "engram.load"
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
        { key = "base", flag = "--base", value = "0|1",
          about = "the first node's id in a list of edges" },
        { key = "nodes", flag = "--nodes", value = "N", about = "how many nodes there are" },
        { key = "kinds", flag = "--kinds",
          about = "the third column of a list of edges is the kind of each" },
    }
end

local function rows(text)
    local from, to = text:match "^(%d+)%.%.(%d+)$"
    from, to = tonumber(from or text:match "^%d+$"), tonumber(to or text:match "^%d+$")
    if not from or from < 1 or to < from then
        return nil, text .. " is no range of rows such as 1..1000"
    end
    return { from, to }
end

local parsers = { rows = rows, base = tonumber, nodes = settings.count }

--- Options for load; nil and a message that names the flag.
function flags.parse(values, format_flag)
    local given = { as = values.from, kinds = values.kinds, member = values.member,
        tensor = values.tensor }
    if given.as and not formats.by_name[given.as] then
        return nil, ("%s: %s is not one of %s"):format(format_flag, given.as, names_text)
    end
    for key, parse in pairs(parsers) do
        if values[key] then
            local value, message = parse(values[key])
            if value == nil then
                return nil, ("--%s: %s"):format(key, message or values[key] .. " is no number")
            end
            given[key] = value
        end
    end
    return given
end

--- What a message says of options, said of flags.
function flags.in_flags(message, format_flag)
    return (message:gsub("has no option '(%l+)'", "has no --%1"):gsub("option (%l+):", "--%1:")
        :gsub("%f[%a]as = (%S)", format_flag .. " %1"):gsub("(%l+) = one of", "--%1 one of")
        :gsub("kinds need options%.weights", "--kinds takes it for a kind")
        :gsub("say nodes = ", "say --nodes "))
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
