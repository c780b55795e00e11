--- Misspelt: fields of a workload that are almost called like one that engram knows.
--
--    misspelt.fields(script, known)      -> { "'thread_intt' is no hook; did you mean ..." }
--    misspelt.event(script, kinds)       -> "evnt", "event"; nil where nothing comes close
--
-- Fields of its own are a script's right: what is found is worth a warning, no more. It differs
-- in one letter, in capitals and in underscores from a field that is not there, has a value
-- that this field may have, and is no operation of a mix.

local pairs = require("engram.core").pairs
local spelling = require "engram.spelling"

local misspelt = {}

local letters_least = 4 -- of three any other three are almost the same

local function plain(name) return (name:lower():gsub("_", "")) end

-- The one of a list of names that is meant, or nil.
local function meant(field, names)
    local by_plain, list = {}, {}
    for i, name in ipairs(names) do
        list[i] = plain(name)
        by_plain[list[i]] = name
    end
    local found = spelling.closest(plain(field), list, 1)
    return found and by_plain[found]
end

local function may_be(value, kinds)
    return ("|" .. kinds .. "|"):find("|" .. type(value) .. "|", 1, true) ~= nil
end

-- The script's own fields, sorted.
local function own_fields(script, known)
    local list, mix = {}, type(script.mix) == "table" and script.mix or {}
    for field in pairs(script) do
        local is_own = type(field) == "string" and not known[field] and mix[field] == nil
        if is_own and #field >= letters_least then list[#list + 1] = field end
    end
    table.sort(list)
    return list
end

--- Warnings. known: the kinds of value that each field may have, as "table|function".
function misspelt.fields(script, known)
    local warnings = {}
    for _, field in ipairs(own_fields(script, known)) do
        local names = {}
        for name, kinds in pairs(known) do
            local is_free = script[name] == nil and may_be(script[field], kinds)
            if is_free then names[#names + 1] = name end
        end
        table.sort(names)
        local name = meant(field, names)
        if name then
            warnings[#warnings + 1] = ("'%s' is no %s; did you mean '%s'?"):format(field,
                type(script[field]) == "function" and "hook" or "field of a workload", name)
        end
    end
    return warnings
end

--- The field of a script without an event that may be meant for one of kinds, and that one.
function misspelt.event(script, kinds)
    for _, field in ipairs(own_fields(script, {})) do
        local name = type(script[field]) == "function" and meant(field, kinds)
        if name then return field, name end
    end
    return nil
end

return misspelt
