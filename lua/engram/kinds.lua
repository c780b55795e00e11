--- Kinds: the relations that arcs stand for, by name, and a factor for each.
--
--    local seen = kinds.new()
--    array[i] = seen:number "~"                      -- from 0, in the order of coming
--    local count, names = seen:arrange(array, n)     -- renumbers by name; for the graph
--
--    local factors = kinds.factors(g, { ["~"] = 0.5, ["!"] = 0, default = 1 })
--
-- Numbers by name, so that the order in which edges are given changes nothing.

local ffi = require "ffi"
local check = require "engram.check"
local core = require "engram.core"

local doubles_t = ffi.typeof "double[?]"
local float_max = 3.4028234663852886e38
local kinds_max = 2 ^ 16

local kinds = {}
local seen = {}
seen.__index = seen

function kinds.new()
    return setmetatable({ names = {}, numbers = {} }, seen)
end

--- The number of a name for now, or nil and why it can be none.
function seen:number(name)
    local number = self.numbers[name]
    if number then return number end
    if type(name) ~= "string" then return nil, "kind: name expected, got " .. check.kind(name) end
    if name == "" then return nil, "kind: a name expected, got none" end
    if name:find("%z") then return nil, "kind: a name without zero bytes expected" end
    if name == "default" then return nil, "'default' stands for all other kinds" end
    number = #self.names
    if number == kinds_max then return nil, "more than " .. kinds_max .. " kinds" end
    self.names[number + 1], self.numbers[name] = name, number
    return number
end

--- Renumbers array[0] to array[count - 1] by name. Answers how many kinds there are, and their
--  names as the graph wants them.
function seen:arrange(array, count)
    local sorted, moved = {}, {}
    for i, name in ipairs(self.names) do sorted[i] = name end
    table.sort(sorted)
    for i, name in ipairs(sorted) do moved[self.numbers[name]] = i - 1 end
    for i = 0, count - 1 do array[i] = moved[array[i]] end
    return #sorted, #sorted > 0 and table.concat(sorted, "\0") .. "\0" or ""
end

-- ---- Of a graph

--- The kinds of its arcs, by name; empty when arcs have none.
function kinds.names(g)
    local names, at = {}, 0
    for i = 1, g.kind_count do
        names[i] = ffi.string(g.kind_names + at)
        at = at + #names[i] + 1
    end
    return names
end

local room, factors = 0, nil

local function bad(at, message, level)
    check.bad(at, "spread", "relations: " .. message, level or 5)
end

local function check_names(at, list, g)
    for name in core.pairs(list) do
        local is_known, known = name == "default", kinds.names(g)
        for i = 1, #known do is_known = is_known or known[i] == name end
        if not is_known then
            bad(at, ("no arc is of kind '%s'; there are %s"):format(tostring(name),
                table.concat(known, ", ")))
        end
    end
end

-- The value that list has for a kind, checked.
local function factor_of(at, list, name, least)
    local factor = list[name]
    if factor == nil then factor, name = list.default, "default" end
    if factor == nil then return 1 end
    if type(factor) == "number" and factor >= least and factor <= float_max then return factor end
    bad(at, ("'%s': number %s expected, got %s"):format(name,
        least == 0 and "from 0" or "within the range of a float", tostring(factor)))
end

--- An array of factors by kind, good until the next call, or NULL for no list. For the options
--  of engram.spread, at argument `at`; unsigned when none may be negative.
function kinds.factors(g, list, at, unsigned)
    if list == nil then return nil end
    if type(list) ~= "table" then
        bad(at, "table { [kind] = factor } expected, got " .. check.kind(list), 4)
    end
    if g.arc_kinds == nil then bad(at, "the graph's arcs have no kinds", 4) end
    if g.kind_count > room then room, factors = g.kind_count, doubles_t(g.kind_count) end
    local place, used, least = g.kind_names, 0, unsigned and 0 or -float_max
    for i = 0, g.kind_count - 1 do
        local name = ffi.string(place)
        if list[name] ~= nil then used = used + 1 end
        factors[i] = factor_of(at, list, name, least)
        place = place + #name + 1
    end
    if list.default ~= nil then used = used + 1 end
    if used ~= core.count(list) then check_names(at, list, g) end
    return factors
end

return kinds
