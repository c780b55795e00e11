--- Hits: ids with a value each, best first, as nearest and spread answer them.
--
--    local hits = nearest(cue, memories, 10)
--    for i = 1, #hits do
--        local id, score = hits:get(i)
--    end
--
-- Hits lie in an arena: once that is rewound past them they are stale.

local ffi = require "ffi"
local C = require "engram.c"
local check = require "engram.check"

local cast = ffi.cast
local hits_t = ffi.typeof "eg_hits"
local ids_t, values_t = ffi.typeof "const uint32_t *", ffi.typeof "const float *"

local hits = {}
local methods = {}

local function stale()
    error("stale: its arena was rewound", 3)
end

--- The i-th best: its id and its value.
function methods:get(i)
    if self.slot.serial ~= self.serial then stale() end
    if not (type(i) == "number" and i >= 1 and i <= self.length and i % 1 == 0) then
        check.bad(1, "get", "index " .. tostring(i) .. " is not within 1 to " .. self.length)
    end
    return cast(ids_t, self.ids)[i - 1] + 1, cast(values_t, self.values)[i - 1]
end

--- The value of an id, or nil when it is not among the hits. Looks at one after the other.
function methods:of(id)
    if self.slot.serial ~= self.serial then stale() end
    if type(id) ~= "number" then check.bad(1, "of", "id expected, got " .. check.kind(id)) end
    local ids, values = cast(ids_t, self.ids), cast(values_t, self.values)
    for i = 0, self.length - 1 do
        if ids[i] + 1 == id then return values[i] end
    end
    return nil
end

--- The ids, counted from 0 as everything behind a pointer, and the values.
function methods:data()
    if self.slot.serial ~= self.serial then stale() end
    return cast(ids_t, self.ids), cast(values_t, self.values)
end

local limits = {
    [tonumber(C.EG_CUT_BY_HOPS)] = "max_hops", [tonumber(C.EG_CUT_BY_NODES)] = "max_nodes",
    [tonumber(C.EG_CUT_BY_TIME)] = "time", [tonumber(C.EG_CUT_BY_ITER)] = "max_iter",
    [tonumber(C.EG_CUT_BY_BUDGET)] = "budget", [tonumber(C.EG_CUT_BY_THRESHOLD)] = "threshold",
}

--- Which limit of spread left something out: "max_hops", "max_nodes", "time", "max_iter",
--  "budget", "threshold" or nil.
function methods:truncated_by()
    return limits[self.truncated]
end

function hits.is_hits(x)
    return ffi.istype(hits_t, x)
end

--- The ids themselves, 0-based, and the values, for a kernel. For public functions: blames
--  their caller.
function hits.ids_of(x)
    if x.slot.serial ~= x.serial then error("stale: its arena was rewound", 4) end
    return cast(ids_t, x.ids), cast(values_t, x.values)
end

-- The ids of hits, or of a table, as a table.
local function listed(x, at)
    if type(x) == "table" then return x end
    if not ffi.istype(hits_t, x) then
        check.bad(at, "recall", "hits or table of ids expected, got " .. check.kind(x), 2)
    end
    local list, ids = {}, hits.ids_of(x)
    for i = 1, x.length do list[i] = ids[i - 1] + 1 end
    return list
end

--- The share of the ids of exact that found has, too: hits or tables of ids. 1 when exact is empty.
function hits.recall(found, exact)
    found, exact = listed(found, 1), listed(exact, 2)
    local has, both = {}, 0
    for i = 1, #found do has[found[i]] = true end
    for i = 1, #exact do both = both + (has[exact[i]] and 1 or 0) end
    return #exact > 0 and both / #exact or 1
end

ffi.metatype(hits_t, {
    __index = methods,
    __len = function(self) return self.length end,
    __tostring = function(self) return ("%.0f hits"):format(self.length) end,
})

return hits
