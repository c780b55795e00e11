--- Seeds: where activation starts, as arrays for a kernel.
--
--    local count = seeds.read({ [dog] = 1 }, graph.nodes)
--    request.seeds, request.activations = seeds.ids, seeds.values
--
-- From a table { [id] = activation }, by id, or from hits, as they are ranked. The arrays are
-- shared by all calls of this Lua state and may be others after the next read.

local ffi = require "ffi"
local check = require "engram.check"
local hits = require "engram.hits"

local ids_t = ffi.typeof "uint32_t[?]"
local doubles_t = ffi.typeof "double[?]"

local seeds = {}

local room = 1024
local ids, values = ids_t(room), doubles_t(room)
seeds.ids, seeds.values = ids, values

-- Twice the room, with the first count seeds in it.
local function make_room(count)
    local more_ids, more_values = ids_t(room * 2), doubles_t(room * 2)
    ffi.copy(more_ids, ids, count * ffi.sizeof "uint32_t")
    ffi.copy(more_values, values, count * ffi.sizeof "double")
    room, ids, values = room * 2, more_ids, more_values
    seeds.ids, seeds.values = ids, values
end

local function put(count, id, activation)
    if count >= room then make_room(count) end
    ids[count], values[count] = id, activation
end

-- By id, because pairs comes in any order: Shell's sort, which needs nothing but a loop.
local function sort(count)
    local gap = 1
    while gap * 3 < count do gap = gap * 3 + 1 end
    while gap >= 1 do
        for i = gap, count - 1 do
            local id, value, at = ids[i], values[i], i
            while at >= gap and ids[at - gap] > id do
                ids[at], values[at] = ids[at - gap], values[at - gap]
                at = at - gap
            end
            ids[at], values[at] = id, value
        end
        gap = (gap - 1) / 3
    end
end

local function check_seed(id, activation, nodes, unsigned_for)
    if not (type(id) == "number" and id >= 1 and id <= nodes and id % 1 == 0) then
        check.bad(2, "spread", "seed " .. tostring(id) .. " is not within 1 to " .. nodes, 3)
    end
    if not (type(activation) == "number" and activation - activation == 0) then
        check.bad(2, "spread", "seed " .. id .. ": activation " .. tostring(activation) ..
            " is not a finite number", 3)
    end
    if unsigned_for and activation < 0 then
        check.bad(2, "spread", "seed " .. id .. ": activation " .. activation ..
            " is negative, which " .. unsigned_for .. " can not spread", 3)
    end
end

local function read_hits(from, nodes, unsigned_for)
    local found_ids, found_values = hits.ids_of(from)
    local count = from.length
    for i = 0, count - 1 do
        check_seed(found_ids[i] + 1, found_values[i], nodes, unsigned_for)
        put(i, found_ids[i], found_values[i])
    end
    return count
end

local function read_table(from, nodes, unsigned_for)
    -- One seed, of a table that an event makes: with a loop the event would not be compiled.
    local first, own = next(from)
    if first ~= nil and next(from, first) == nil then
        check_seed(first, own, nodes, unsigned_for)
        put(0, first - 1, own)
        return 1
    end
    local count = 0
    for id, activation in pairs(from) do
        check_seed(id, activation, nodes, unsigned_for)
        put(count, id - 1, activation)
        count = count + 1
    end
    sort(count)
    return count
end

function seeds.are_seeds(x)
    return type(x) == "table" or hits.is_hits(x)
end

--- Fills the arrays and answers how many seeds there are. No activation may be negative if
--  unsigned_for, a method's name, is given. For engram.spread: blames its caller, whom the
--  tail calls keep at the distance.
function seeds.read(from, nodes, unsigned_for)
    if type(from) == "table" then return read_table(from, nodes, unsigned_for) end
    return read_hits(from, nodes, unsigned_for)
end

--- The sum of the first count activations.
function seeds.sum(count)
    local sum = 0
    for i = 0, count - 1 do sum = sum + values[i] end
    return sum
end

return seeds
