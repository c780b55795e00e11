--- Seeds: where activation starts, as arrays for a kernel.
--
--    local count = seeds.read({ [dog] = 1 }, graph.nodes)
--    request.seeds, request.activations = seeds.ids, seeds.values
--
-- From a table { [id] = activation }, by id, or from hits, as they are ranked. The arrays are
-- shared by all calls of this Lua state and may be others after the next read.

local ffi = require "ffi"
local check = require "engram.check"
local core = require "engram.core"
local hits = require "engram.hits"

local ids_t = ffi.typeof "uint32_t[?]"
local doubles_t = ffi.typeof "double[?]"

local seeds = {}

local room = 1024
local ids, values = ids_t(room), doubles_t(room)
seeds.ids, seeds.values = ids, values

-- Room for so many at least; what was there is not kept.
local function make_room(count)
    while room < count do room = room * 2 end
    ids, values = ids_t(room), doubles_t(room)
    seeds.ids, seeds.values = ids, values
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
    if count > room then make_room(count) end
    for i = 0, count - 1 do
        check_seed(found_ids[i] + 1, found_values[i], nodes, unsigned_for)
        ids[i], values[i] = found_ids[i], found_values[i]
    end
    return count
end

-- In C: a loop here would keep the compiler from an event that makes its seeds.
local function read_table(from, nodes, unsigned_for)
    local count = core.seeds(from, nodes, unsigned_for, ids, values, room)
    if count and count > room then
        make_room(count)
        count = core.seeds(from, nodes, unsigned_for, ids, values, room)
    end
    if count then return count end
    for id, activation in core.pairs(from) do check_seed(id, activation, nodes, unsigned_for) end
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
