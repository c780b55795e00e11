--- Load: matrices, graphs and words from files, by what is in them.
--
--    local memories = load.load(engram.data "words.npy")         -- mapped, frozen
--    local links = load.load(engram.data "words.tsv", { nodes = 10000,
--        weights = { ["~"] = 0.5, default = 0.1 } })
--
-- engram.files.formats lists what can be read. Options of all formats:
--
--    as        the format, where the content does not tell it
--    progress  a function that is called with the bytes done and those in all
--
-- of matrices:
--
--    rows      { from, to }: these alone
--    type      "f32", "f16", "bf16", "i8" or "bits": converted to it
--
-- and of each format its own. What is not accepted answers nil and one line: the file, the
-- byte or line, what was found and what was expected.

local check = require "engram.check"
local pairs = require("engram.core").pairs
local file = require "engram.files.file"
local formats = require "engram.files.formats"
local options = require "engram.files.options"

local loading = {}

local format_names = {}
for i, format in ipairs(formats.list) do format_names[i] = format.name end

local common = { as = options.one_of(format_names), progress = options.of_type "function" }

-- Every option that some format has: what it may be is each format's to say.
local known = { rows = true, type = true }
for key in pairs(common) do known[key] = true end
for _, format in ipairs(formats.list) do
    for key in pairs(format.options or {}) do known[key] = true end
end

-- What a format takes an option to be; nil when it has no such option.
local function check_of(format, key)
    local of_kind = format.gives == "matrix" and options.of_matrix or {}
    return common[key] or (format.options or {})[key] or of_kind[key]
end

-- ---- options

-- Misuse that shows before the file is looked at; some format has to accept each value.
local function check_values(given)
    for key, value in pairs(given) do
        local complaint, accepted
        for _, format in ipairs(formats.list) do
            local complain = check_of(format, key)
            local found = complain and complain(value)
            accepted = accepted or complain and not found
            complaint = complaint or found
        end
        if not accepted then check.bad(2, "load", key .. ": " .. complaint, 2) end
    end
end

-- An option that the file's format has no use for is not passed over in silence.
local function misplaced(format, given)
    for key, value in pairs(given) do
        local complain = check_of(format, key)
        if not complain then
            return ("%s has no option '%s'"):format(format.about, key)
        end
        local complaint = complain(value)
        if complaint then return ("option %s: %s"):format(key, complaint) end
    end
    return nil
end

-- ---- loading

-- What vectors and graphs are often handed out as, by the first bytes.
local packers = { ["\31\139\8"] = "gzip", ["\2537z"] = "xz", ["(\181/"] = "zstd" }

local function unknown_content(opened)
    local packer = packers[opened:text(0, 3)]
    if packer then return ("byte 0: packed by %s: unpack it first"):format(packer) end
    local names = {}
    for i, format in ipairs(formats.list) do names[i] = format.name end
    return ("byte 0: %s found, which is no format that is known; as = one of %s tells which")
        :format(require("engram.files.file").excerpt(opened:text(0, 20), 1),
            table.concat(names, ", "))
end

--- The format, and what it reads from: the file, or its path. nil and a message.
function loading.format(path, as)
    local format = as and formats.by_name[as]
    if format and format.of_path then return format, path end
    local opened, message = file.open(path)
    if not opened then return nil, message end
    if format then return format, opened end
    local found, doubt = formats.of(opened, path)
    if found then return found, opened end
    return nil, path .. ": " .. (doubt or unknown_content(opened))
end

local function converted(value, kind)
    if not kind or value.type == kind then return value end
    local made, message = value:convert(kind)
    return made and made:freeze(), message
end

--- As load, of what format answered; an option that is not accepted is no misuse here.
function loading.read(path, format, source, given)
    local problem = misplaced(format, given)
    if problem then return nil, path .. ": " .. problem end
    local value, second, third = format.read(source, given, given.progress)
    if value and format.gives == "matrix" then
        local message
        value, message = converted(value, given.type)
        if not value then second = message end
    end
    if not value then return nil, path .. ": " .. second end
    return value, second, third
end

--- A frozen matrix, a graph or words; some formats answer more beside. nil and a message when
--  the file is not accepted.
function loading.load(path, given)
    if type(path) ~= "string" then
        check.bad(1, "load", "path expected, got " .. check.kind(path))
    end
    check.options(given, known, 2, "load")
    given = given or {}
    check_values(given)
    local format, source = loading.format(path, given.as)
    if not format then return nil, source end
    return loading.read(path, format, source, given)
end

return loading
