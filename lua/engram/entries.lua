--- Entries: the lines of a report: a label of 12 columns, and what belongs to it.
--
--    entries.entry("events", "100 in 5 s")
--    entries.said("advice", "a long sentence, which is broken before column 80")
--    entries.shown(value, units.time)        -- "-" where there is none

local cjson = require "cjson"
local prose = require "engram.prose"

local entries = {}

local indent = (" "):rep(12)
local prose_width = 79 - #indent

function entries.is_there(value)
    return value ~= nil and value ~= cjson.null
end

--- The value, nil for JSON's null.
function entries.there(value)
    if value == cjson.null then return nil end
    return value
end

function entries.shown(value, format)
    if entries.is_there(value) then return format(value) end
    return "-"
end

--- "label       first line" and the other lines below the first; a label that is too long has a
--  line of its own.
function entries.entry(label, ...)
    local lines = { ... }
    local is_long = #label > #indent and #lines > 0
    for i = 1, #lines do
        lines[i] = (i == 1 and not is_long and ("%-12s"):format(label) or indent) .. lines[i]
    end
    if is_long then table.insert(lines, 1, (label:gsub(" +$", ""))) end
    return table.concat(lines, "\n")
end

--- The same of sentences, so that nothing passes column 80.
function entries.said(label, ...)
    local lines = {}
    for _, text in ipairs { ... } do
        for _, line in ipairs(prose.lines(text, prose_width)) do lines[#lines + 1] = line end
    end
    return entries.entry(label, unpack(lines))
end

return entries
