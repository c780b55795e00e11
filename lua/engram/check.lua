--- The messages of misuse, all in one form and with the caller's line.
--
--    check.argument(ok, 2, "nearest", "matrix expected, got nil")
--    -> mine.lua:7: bad argument #2 to 'nearest' (matrix expected, got nil)
--
-- The public function calls these directly, so the caller is two levels up.

local ffi = require "ffi"
local core = require "engram.core"

local pairs = core.pairs

local check = {}

--- Raises for argument number `at` of `name`, blaming whoever called the caller.
function check.bad(at, name, message, level)
    error("bad argument #" .. at .. " to '" .. name .. "' (" .. message .. ")", (level or 1) + 2)
end

--- What a value is, in the words of a message.
function check.kind(value)
    if type(value) ~= "cdata" then return value == nil and "nil" or type(value) end
    local name = tostring(ffi.typeof(value)):match "^ctype<(.*)>$"
    return name:match "eg_(%a+)" or (name:gsub(" ?%(&%)", ""):gsub(" %[", "["))
end

--- How many of element an FFI array holds whose type says it, as double[3] does; nil for all else.
function check.fixed_length(value, element)
    if type(value) ~= "cdata" then return nil end
    local kind = check.kind(value):gsub("^const ", "")
    return tonumber(kind:match("^" .. element .. "%[(%d+)%]$"))
end

--- A whole number from low to high, or an error that says what was found.
function check.count(value, low, high, at, name, what)
    if type(value) == "number" and value >= low and value <= high and value % 1 == 0 then
        return value
    end
    check.bad(at, name, what .. ": whole number from " .. low .. " to " .. high ..
        " expected, got " .. tostring(value), 2)
end

local function unknown(key, known, at, name)
    local names = {}
    for each in pairs(known) do names[#names + 1] = each end
    table.sort(names)
    check.bad(at, name, "unknown option '" .. tostring(key) .. "'; known are " ..
        table.concat(names, ", "), 3)
end

--- Every key of options must be among known; the error lists all, or is that of known's
--  metatable, which may know more of the key.
function check.options(options, known, at, name)
    if options == nil then return end
    if type(options) ~= "table" then
        check.bad(at, name, "table of options expected, got " .. check.kind(options), 2)
    end
    local key = core.unknown(options, known)
    if key ~= nil and not known[key] then unknown(key, known, at, name) end
end

--- One of a set of words, answered as what it stands for (a C constant). level as in bad.
function check.word(value, words, at, name, what, level)
    local constant = words[value]
    if constant then return constant end
    local names = {}
    for each in pairs(words) do names[#names + 1] = "'" .. each .. "'" end
    table.sort(names)
    check.bad(at, name, what .. ": one of " .. table.concat(names, ", ") ..
        " expected, got " .. tostring(value), (level or 1) + 1)
end

return check
