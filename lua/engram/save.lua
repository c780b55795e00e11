--- Save: matrices, words and graphs as files that are there whole, or not at all.
--
--    assert(save.save("memories.npy", matrix))
--    assert(save.save("memories", matrix, { as = "fbin", progress = show }))
--
-- engram.files.savers lists the formats. The end of the path tells which, or else
--
--    as        its name
--    progress  a function that is called with what is done and what there is in all, in
--              bytes, or in words
--
-- and each format has options of its own. nil and one line, which names the path, when it can
-- not be written: then a file that was there is as it was. What the value was mapped from may
-- be saved over.

local check = require "engram.check"
local pairs = require("engram.core").pairs
local options = require "engram.files.options"
local savers = require "engram.files.savers"

local saving = {}

local common = { as = options.of_type "string", progress = options.of_type "function" }

local known = {}
for key in pairs(common) do known[key] = true end
for _, saver in ipairs(savers.list) do
    for key in pairs(saver.options or {}) do known[key] = true end
end

local function names_of(list)
    local names = {}
    for i, saver in ipairs(list) do names[i] = "'" .. saver.name .. "'" end
    return table.concat(names, ", ")
end

--- The saver of that name, or else of the path's end, for a kind of value; nil and the names of
--  those that there are for it. No kind: for any.
function saving.find(path, kind, as)
    local able = kind and (savers.of_kind[kind] or {}) or savers.list
    for _, saver in ipairs(able) do
        if as == saver.name then return saver end
        if not as and saver.endings[path:match "%.([%w_]+)$" or ""] then return saver end
    end
    return nil, names_of(able)
end

-- Raises where none is meant; level as in check.bad.
local function chosen(path, kind, as, level)
    local saver, names = saving.find(path, kind, as)
    if saver then return saver end
    if as then
        check.bad(3, "save", ("as: one of %s expected for a %s, got %s"):format(names, kind,
            tostring(as)), level)
    end
    check.bad(1, "save", ("the end of '%s' names no format for a %s; as = one of %s would"):format(
        path, kind, names), level)
end

local function check_options(saver, given, level)
    for key, value in pairs(given) do
        local complain = common[key] or (saver.options or {})[key]
        local complaint = complain and complain(value)
        if not complain then complaint = ("%s has no such option"):format(saver.about) end
        if complaint then check.bad(3, "save", key .. ": " .. complaint, level) end
    end
end

--- Writes value to path. true, or nil and a message.
function saving.save(path, value, given)
    if type(path) ~= "string" then
        check.bad(1, "save", "path expected, got " .. check.kind(path))
    end
    local kind = check.kind(value)
    if type(value) ~= "cdata" or not savers.of_kind[kind] then
        check.bad(2, "save", "matrix, graph or words expected, got " .. kind)
    end
    check.options(given, known, 3, "save")
    given = given or {}
    local saver = chosen(path, kind, given.as, 2)
    check_options(saver, given, 2)
    local refusal = saver.refusal and saver.refusal(value)
    if refusal then check.bad(2, "save", refusal) end
    return saver.write(path, value, given, given.progress)
end

return saving
