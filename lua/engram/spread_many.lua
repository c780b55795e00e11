--- Many spreads at once: the same answers as one by one, with the graph read once for 16.
--
--    local r = spread_many(g, { { [dog] = 1 }, { [cat] = 1 }, hits }, { method = "ppr" })
--    for i = 1, #r do print(r[i]:get(1)) end            -- r:set(i) checks i
--
-- Options are those of spread, for all sets. Methods "ppr" and "spreadr" take up to 16 sets side
-- by side, and so does "once" if the first set, which goes alone, makes half of the nodes fire,
-- of 16,384 at most unless refire. Sets that are too few for that, or for which the arena has no
-- room, go one by one, and so do the other methods, ppr and spreadr with relations or a negative
-- weight. No bit of an answer depends on which it was. The hits of all sets lie in the calling
-- thread's arena; after an error none is left there.

local ffi = require "ffi"
local C = require "engram.c"
local arena = require "engram.arena"
local check = require "engram.check"
local graph = require "engram.graph"
local seeds = require "engram.seeds"
local spread = require "engram.spread"

local ids_t, doubles_t = ffi.typeof "uint32_t[?]", ffi.typeof "double[?]"
local count_max = 2 ^ 32 - 1
local ok, stopped = tonumber(C.EG_OK), tonumber(C.EG_STOPPED)
local wide, worthwhile = tonumber(C.EG_MANY), spread.worthwhile
local none = {}

local many = {}

-- ---- The answers

local methods = {}
local answers_mt = { __index = methods }

--- The hits of the i-th set.
function methods:set(i)
    if type(i) == "number" and self[i] then return self[i] end
    check.bad(1, "set", "set " .. tostring(i) .. " is not within 1 to " .. #self)
end

-- ---- Side by side

local sources = ffi.new("eg_sources[?]", wide)
local found = ffi.new("eg_hits[?]", wide)
local starts = {}
local room = 1024
local ids, values = ids_t(room), doubles_t(room)

local function make_room(count, used)
    while room < count do room = room * 2 end
    local more_ids, more_values = ids_t(room), doubles_t(room)
    ffi.copy(more_ids, ids, used * ffi.sizeof "uint32_t")
    ffi.copy(more_values, values, used * ffi.sizeof "double")
    ids, values = more_ids, more_values
end

-- The seeds of so many sets, one after the other. state.at: the set that is looked at.
local function gather(g, sets, state, count, unsigned)
    local used = 0
    for k = 0, count - 1 do
        state.at = state.done + k + 1
        local length = seeds.read(sets[state.at], g.nodes, unsigned)
        if used + length > room then make_room(used + length, used) end
        ffi.copy(ids + used, seeds.ids, length * ffi.sizeof "uint32_t")
        ffi.copy(values + used, seeds.values, length * ffi.sizeof "double")
        starts[k], sources[k].graph, sources[k].seed_count = used, g, length
        used = used + length
    end
    for k = 0, count - 1 do
        sources[k].seeds, sources[k].activations = ids + starts[k], values + starts[k]
    end
    state.at = nil
end

-- Answers false where the sets have to go one by one: for want of room, or because one of them
-- is at fault, and it will be said which.
local function side_by_side(g, sets, state, count, answers)
    local chosen, mine, topk = state.chosen, state.mine, state.topk
    gather(g, sets, state, count, chosen.unsigned)
    local status = chosen.many(mine, g, sources, count, found, topk == 0 and 1 or topk or 0)
    if status == stopped then arena.fail(mine, status, "spread_many") end
    if status ~= ok then return false end
    for k = 0, count - 1 do
        local length = math.min(found[k].length, topk or count_max)
        answers[state.done + k + 1] = spread.first_of(found[k], length)
    end
    return true
end

local function one_by_one(g, sets, state, count, options, answers)
    for i = state.done + 1, state.done + count do
        state.at = i
        local message
        answers[i], message = spread.spread(g, sets[i], options)
        if not answers[i] then error(message, 0) end
    end
    state.at = nil
end

local function run(g, sets, state, options, answers)
    local is_abreast = spread.is_abreast(state.chosen, g, #sets)
    while state.done < #sets do
        local count, is_done = math.min(#sets - state.done, wide), false
        if is_abreast and state.chosen.pays and state.done == 0 then
            one_by_one(g, sets, state, 1, options, answers)
            count, is_done = 1, true
            is_abreast = state.chosen.pays(g, answers[1])
        elseif is_abreast and count >= worthwhile then
            is_done = side_by_side(g, sets, state, count, answers)
        end
        if not is_done then one_by_one(g, sets, state, count, options, answers) end
        state.done = state.done + count
    end
end

-- ---- The whole

-- What spread, or its parts, said, in the name of spread_many and its caller.
local function blame(message, at)
    if type(message) ~= "string" then error(message, 0) end
    local set = at and "set " .. at .. ": " or ""
    message = message:gsub("^[^\n]-:%d+: ", "")
    message = message:gsub("^bad argument #(%d) to 'spread' %(", function(number)
        return "bad argument #" .. number .. " to 'spread_many' (" .. (number == "2" and set or "")
    end)
    message = message:gsub("^spread: ", "spread_many: " .. set)
    error((message:gsub("in 'spread'", "in 'spread_many'")), 3)
end

--- Spreads from each of the sets, and answers as many hits. See above.
function many.spread_many(g, sets, options)
    if not graph.is_graph(g) then
        check.bad(1, "spread_many", "graph expected, got " .. check.kind(g))
    end
    if type(sets) ~= "table" then
        check.bad(2, "spread_many", "table of seed sets expected, got " .. check.kind(sets))
    end
    options = options or none
    if type(options) ~= "table" then
        check.bad(3, "spread_many", "table of options expected, got " .. check.kind(options))
    end
    for i = 1, #sets do
        if not seeds.are_seeds(sets[i]) then
            check.bad(2, "spread_many", "set " .. i .. ": table { [id] = activation } or hits " ..
                "expected, got " .. check.kind(sets[i]))
        end
    end
    local worked, chosen = pcall(spread.method_for, g, options)
    if not worked then blame(chosen) end

    local mine, answers = arena.current(), setmetatable({}, answers_mt)
    local mark = mine:mark()
    local state = { chosen = chosen, mine = mine, topk = options.topk, done = 0 }
    local message
    worked, message = pcall(run, g, sets, state, options, answers)
    if worked then return answers end
    mine:rewind(mark)
    blame(message, state.at)
end

return many
