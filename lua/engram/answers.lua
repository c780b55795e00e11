--- Answers: what nearest and similarity answer to several queries at once.
--
--    local found = nearest(cues, memories, 10)      -- cues is a matrix
--    for q = 1, found.queries do
--        for i = 1, #found do
--            local id, score = found:get(q, i)
--        end
--    end
--
-- Every query has #found of them. Answers lie in an arena: once that is rewound
-- past them they are stale.

local ffi = require "ffi"
local check = require "engram.check"

require "engram.hits" -- the methods of what row() answers
require "engram.matrix"

local cast = ffi.cast
local answers_t = ffi.typeof "eg_answers"
local hits_t, vector_t = ffi.typeof "eg_hits", ffi.typeof "eg_vector"
local ids_t, values_t = ffi.typeof "const uint32_t *", ffi.typeof "const float *"

local answers = {}
local methods = {}

local function stale()
    error("stale: its arena was rewound", 3)
end

local function within(i, high)
    return type(i) == "number" and i >= 1 and i <= high and i % 1 == 0
end

local function outside(i, high, at, name, what)
    check.bad(at, name, what .. " " .. tostring(i) .. " is not within 1 to " .. high, 2)
end

--- Of nearest the i-th best of query q: its id and its score. Of similarity the score of row i.
function methods:get(q, i)
    if self.slot.serial ~= self.serial then stale() end
    if not within(q, self.queries) then outside(q, self.queries, 1, "get", "query") end
    if not within(i, self.length) then outside(i, self.length, 2, "get", "index") end
    local at = (q - 1) * self.length + i - 1
    local value = cast(values_t, self.values)[at]
    if self.ids == nil then return value end
    return cast(ids_t, self.ids)[at] + 1, value
end

--- What query q would have got alone: hits, or a vector of scores.
function methods:row(q)
    if self.slot.serial ~= self.serial then stale() end
    if not within(q, self.queries) then outside(q, self.queries, 1, "row", "query") end
    local at = (q - 1) * self.length
    local values = cast(values_t, self.values) + at
    if self.ids == nil then
        return vector_t(cast("void *", values), self.length, self.slot, self.serial)
    end
    return hits_t(cast(ids_t, self.ids) + at, values, self.length, self.slot, self.serial)
end

--- The ids, counted from 0 as everything behind a pointer, and the scores; of similarity
--  the scores. Those of one query after those of the other.
function methods:data()
    if self.slot.serial ~= self.serial then stale() end
    if self.ids == nil then return cast(values_t, self.values) end
    return cast(ids_t, self.ids), cast(values_t, self.values)
end

function answers.is_answers(x)
    return ffi.istype(answers_t, x)
end

ffi.metatype(answers_t, {
    __index = methods,
    __len = function(self) return self.length end,
})

return answers
