--- Arena: memory that lives until the work that made it is done.
--
--    local arena = engram.arena()
--    local sum = arena:scope(function(a)
--        local scratch = a:floats(768)
--        ...
--    end)
--
-- An event needs no scope: the run rewinds after it. Lua's collector never
-- looks in here; a value used after its arena was rewound says so.

local ffi = require "ffi"
local declarations = require "engram.declarations"
local check = require "engram.check"
local control = require "engram.control"

declarations.arena()

local C = declarations.C

local floats_t = ffi.typeof "float *"
local stats_t = ffi.typeof "eg_arena_stats"
local float_bytes = ffi.sizeof "float"
local count_max, needed_max = 2 ^ 32 - 1, 2 ^ 46

local arena = {}
local methods = require("engram.methods").arena

local stats = stats_t()

-- What is no overflow.
local reasons = {
    [tonumber(C.EG_INVALID)] = "invalid arguments",
    [tonumber(C.EG_NO_MEMORY)] = "the system has no memory for it",
    [tonumber(C.EG_LOST)] = "a file that is mapped has shrunk, or could not be read",
}

--- Raises what a status other than EG_OK means. level as for error().
function arena.fail(self, status, name, level)
    if status == C.EG_STOPPED then error(control.stopped, 0) end
    local reason = reasons[tonumber(status)]
    if reason then error(name .. ": " .. reason, (level or 1) + 1) end
    C.eg_arena_stats_read(self, stats)
    if stats.needed > needed_max then
        error(("arena overflow in '%s': more memory is needed than any machine can address")
            :format(name), (level or 1) + 1)
    end
    local settings = require "engram.settings"
    local size = settings.size_to_set(stats.needed)
    error(("arena overflow in '%s': %d bytes are in use, %d would be needed, the arena has %d; " ..
        "ENGRAM_ARENA_SIZE=%s or --arena-size %s fits"):format(name, stats.used, stats.needed,
        stats.capacity, size, size), (level or 1) + 1)
end

local worker = control.worker()
local current = worker and C.eg_worker_arena(worker)

--- The calling thread's arena: its worker's, or, outside a run, one that is made at the first
--  call. Errors blame the caller of the public function that asks for it.
function arena.current()
    if current == nil then
        local settings = require "engram.settings"
        local found, message = settings.arena { arena_overflow = "grow" }
        if not found then error(message, 3) end
        local made = C.eg_arena_new(found.arena_size, settings.policies[found.arena_overflow],
            found.arena_zero and 1 or 0, 0)
        if made == nil then
            error("arena: no address space for " .. found.arena_size .. " bytes", 3)
        end
        current = ffi.gc(made, C.eg_arena_free)
    end
    return current
end

--- The same, called by a script itself: one level less, and errors blame the same line.
function arena.of_caller()
    return (arena.current())
end

--- Another in its place.
function arena.adopt(made)
    current = made
end

local function vectors()
    require "engram.matrix" -- which declares them, and has their methods
    return ffi.typeof "eg_vector"
end

-- floats(n) for vectors of that type.
local function floats_of(vector_t)
    return function(self, n)
        if not (type(n) == "number" and n >= 1 and n <= count_max and n % 1 == 0) then
            check.bad(1, "floats", "whole number from 1 to " .. count_max .. " expected, got " ..
                tostring(n))
        end
        if C.eg_arena_stopped(self) ~= 0 then error(control.stopped, 0) end
        local memory = C.eg_arena_alloc(self, n * float_bytes)
        if memory == nil then arena.fail(self, C.EG_OVERFLOW, "floats", 2) end
        local slot = C.eg_arena_track(self, memory)
        if slot == nil then error("arena: too many values are alive; rewind, or use scope", 2) end
        return vector_t(ffi.cast(floats_t, memory), n, slot, slot.serial, nil)
    end
end

--- n uncleared floats, as a vector. A thread that wants none does without the matrices: the
--  first call brings them, and what it should have been in its place.
function methods:floats(n)
    methods.floats = floats_of(vectors())
    return methods.floats(self, n)
end

--- The cursor: a plain number of bytes.
function methods:mark()
    return C.eg_arena_mark(self)
end

--- Gives back all that was taken since the mark.
function methods:rewind(mark)
    if type(mark) ~= "number" then
        check.bad(1, "rewind", "a mark expected, got " .. check.kind(mark))
    end
    if C.eg_arena_rewind(self, mark) ~= C.EG_OK then
        check.bad(1, "rewind", "no mark of this arena, or one below what is kept: " .. mark)
    end
end

local function leave(self, mark, ok, ...)
    C.eg_arena_rewind(self, mark)
    if not ok then error((...), 0) end
    return ...
end

--- Runs body(arena, ...) and gives back all it took, also when it fails.
function methods:scope(body, ...)
    if type(body) ~= "function" then
        check.bad(1, "scope", "function expected, got " .. check.kind(body))
    end
    return leave(self, C.eg_arena_mark(self), pcall(body, self, ...))
end

--- capacity, used, high_water, allocations, overflows, fallback_bytes, resets.
function methods:stats()
    return arena.stats_table(self)
end

local function as_table(read)
    return {
        capacity = read.capacity, used = read.used, high_water = read.high_water,
        allocations = read.allocations, overflows = read.overflows,
        fallback_bytes = read.fallback_bytes, resets = read.resets,
    }
end
arena.as_table = as_table

function arena.stats_table(self)
    local read = stats_t()
    C.eg_arena_stats_read(self, read)
    return as_table(read)
end

--- The totals of every arena of this process, those of ended threads included.
function arena.totals()
    local read = stats_t()
    C.eg_arena_totals_read(read)
    return as_table(read)
end

return arena
