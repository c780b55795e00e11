--- Options of engram.load: what their values may be.
--
-- Each is a function that answers nil, or what was expected and what was found.

local check = require "engram.check"
local pairs = require("engram.core").pairs
local settings = require "engram.settings"

local options = {}

local node_max, row_max = 2 ^ 32 - 2, 2 ^ 32 - 1
local float_max = 3.4028234663852886e38

local function whole(value, low, high)
    return type(value) == "number" and value >= low and value <= high and value % 1 == 0
end

function options.whole(low, high)
    return function(value)
        if whole(value, low, high) then return nil end
        return ("whole number from %.0f to %.0f expected, got %s"):format(low, high,
            tostring(value))
    end
end

--- One of the values of a list.
function options.one_of(list)
    local names, known = {}, {}
    for i, value in ipairs(list) do
        names[i] = type(value) == "string" and "'" .. value .. "'" or tostring(value)
        known[value] = true
    end
    return function(value)
        if value ~= nil and known[value] then return nil end
        return "one of " .. table.concat(names, ", ") .. " expected, got " .. settings.shown(value)
    end
end

function options.of_type(kind)
    return function(value)
        if type(value) == kind then return nil end
        return kind .. " expected, got " .. check.kind(value)
    end
end

function options.switch(value)
    if type(value) == "boolean" then return nil end
    return "true or false expected, got " .. tostring(value)
end

--- { from, to }, counted from 1.
function options.rows(value)
    if type(value) == "table" and whole(value[1], 1, row_max) and whole(value[2], 1, row_max)
        and value[1] <= value[2] and value[3] == nil then
        return nil
    end
    return "{ from, to } expected, whole numbers from 1 on"
end

--- { [kind] = weight }.
function options.weights(value)
    if type(value) ~= "table" then return "table by kind expected, got " .. check.kind(value) end
    for kind, weight in pairs(value) do
        if type(kind) ~= "string" then
            return "names of kinds expected, got " .. check.kind(kind) .. " " .. tostring(kind)
        end
        local is_number = type(weight) == "number" and weight == weight
        if not is_number or math.abs(weight) > float_max then
            return ("finite number for '%s' expected, got %s"):format(kind, tostring(weight))
        end
    end
    return nil
end

--- Those of every matrix, and those of every graph whose arcs stand in a file one by one.
options.of_matrix = {
    rows = options.rows, type = options.one_of { "f32", "f16", "bf16", "i8", "bits" },
}
options.of_arcs = {
    nodes = options.whole(0, node_max),
    dup = options.one_of { "sum", "max", "first" },
    self = options.one_of { "skip", "keep" },
}

return options
