--- Json: any table as JSON, its keys in order; valid whatever a script put into it.
--
--    json.encode(summary)     -- over many lines, for people to read, too
--    json.line(summary)       -- in one line

local cjson = require "cjson"
local pairs = require("engram.core").pairs

local json = {}

local function sorted_keys(values)
    local keys = {}
    for key in pairs(values) do keys[#keys + 1] = key end
    table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
    return keys
end

local utf8_forms = {
    "^[%z\1-\127]+", "^[\194-\223][\128-\191]", "^\224[\160-\191][\128-\191]",
    "^[\225-\236\238\239][\128-\191][\128-\191]", "^\237[\128-\159][\128-\191]",
    "^\240[\144-\191][\128-\191][\128-\191]", "^[\241-\243][\128-\191][\128-\191][\128-\191]",
    "^\244[\128-\143][\128-\191][\128-\191]",
}
local no_character = "\239\191\189"

local function end_of_form(text, at)
    for i = 1, #utf8_forms do
        local _, last = text:find(utf8_forms[i], at)
        if last then return last end
    end
end

-- The text with every byte that is no UTF-8 replaced.
local function as_utf8(text)
    if not text:find "[\128-\255]" then return text end
    local parts, at = {}, 1
    while at <= #text do
        local last = end_of_form(text, at)
        parts[#parts + 1] = last and text:sub(at, last) or no_character
        at = (last or at) + 1
    end
    return table.concat(parts)
end

-- cjson would print 14 digits; every number comes back as it was.
local function number(x)
    if x ~= x or x == math.huge or x == -math.huge then return "null" end
    if x % 1 == 0 and math.abs(x) <= 2 ^ 53 then return ("%.0f"):format(x) end
    local text = ("%.15g"):format(x)
    return tonumber(text) == x and text or ("%.17g"):format(x)
end

local function is_list(values)
    local count = #values
    if count == 0 then return false end
    for key in pairs(values) do
        if type(key) ~= "number" or key % 1 ~= 0 or key < 1 or key > count then return false end
    end
    return true
end

local encode

local function encode_table(values, margin, above)
    if above[values] then return cjson.encode "contains itself" end
    above[values] = true
    local inner, parts, list = margin .. "  ", {}, is_list(values)
    if list then
        for i = 1, #values do parts[i] = inner .. encode(values[i], inner, above) end
    else
        for i, key in ipairs(sorted_keys(values)) do
            parts[i] = ("%s%s: %s"):format(inner, cjson.encode(as_utf8(tostring(key))),
                encode(values[key], inner, above))
        end
    end
    above[values] = nil
    if #parts == 0 then return "{}" end
    local open, close = list and "[" or "{", list and "]" or "}"
    return open .. "\n" .. table.concat(parts, ",\n") .. "\n" .. margin .. close
end

function encode(value, margin, above)
    local kind = type(value)
    if value == nil or value == cjson.null then return "null" end
    if kind == "number" then return number(value) end
    if kind == "boolean" then return tostring(value) end
    if kind == "table" then return encode_table(value, margin, above) end
    return cjson.encode(as_utf8(tostring(value)))
end

--- What JSON can not say becomes null, or the text of it.
function json.encode(value)
    return encode(value, "", {}) .. "\n"
end

--- The same without spaces. A line break within a text is written as \\n, so none is lost.
function json.line(value)
    return (encode(value, "", {}):gsub("\n *", "")) .. "\n"
end

return json
