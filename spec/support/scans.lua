--- Scans made by hand, and each instruction set in turn, for specs of kernels.

local ffi = require "ffi"
local C = require "engram.c"
local arena = require "engram.arena"

local scans = {}

scans.metrics = { "cosine", "dot", "l2", "l2sq" }

--- Every length around the registers, and around 256, where the order of sums changes; and those
--- of real models.
scans.lengths = {}
for n = 1, 67 do scans.lengths[n] = n end
for _, n in ipairs { 100, 127, 128, 129, 240, 255, 256, 257, 272, 273, 384, 768 } do
    scans.lengths[#scans.lengths + 1] = n
end

--- The instruction sets of this machine, best first.
function scans.sets()
    local sets = {}
    for name in ffi.string(C.eg_isa_list()):gmatch "%S+" do sets[#sets + 1] = name end
    return sets
end

local function on(sets, body)
    local before, own = ffi.string(C.eg_isa_name()), arena.current()
    local mark = own:mark()
    for _, name in ipairs(sets) do
        assert(C.eg_isa_use(name) == C.EG_OK)
        local ok, message = xpcall(function() body(name) end, debug.traceback)
        C.eg_isa_use(before)
        own:rewind(mark)
        if not ok then error("on " .. name .. ": " .. tostring(message), 0) end
    end
end

--- Runs body(name) once per instruction set, and returns to the one in use; what
--- body took from the thread's arena is given back. Sets that inherit every kernel but
--- those for i8 and bf16 are left out.
function scans.on_each(body)
    local sets = {}
    for _, name in ipairs(scans.sets()) do
        if not name:match "^avx512_" then sets[#sets + 1] = name end
    end
    on(sets, body)
end

--- The same with these sets too.
function scans.on_every(body)
    on(scans.sets(), body)
end

--- An arena of so many bytes, under the policy of that name.
function scans.arena(bytes, policy)
    local policies = { error = C.EG_ERROR, fallback = C.EG_FALLBACK, grow = C.EG_GROW }
    local made = C.eg_arena_new(bytes, policies[policy], 0, 0)
    assert(made ~= nil)
    return ffi.gc(made, C.eg_arena_free)
end

--- Runs body with another arena as the thread's own.
function scans.within(other, body)
    local before = arena.current()
    arena.adopt(other)
    local ok, message = xpcall(body, debug.traceback)
    arena.adopt(before)
    if not ok then error(message, 0) end
end

--- A vector's numbers as a table.
function scans.numbers(vector)
    local list = {}
    for i = 1, #vector do list[i] = vector:get(i) end
    return list
end

--- Hits as two tables: ids and values.
function scans.pairs_of(hits)
    local ids, values = {}, {}
    for i = 1, #hits do ids[i], values[i] = hits:get(i) end
    return ids, values
end

--- The same number to the bit; NaN is the same as NaN, 0 is not -0.
function scans.same(x, y)
    if x ~= x then return y ~= y end
    return x == y and (x ~= 0 or 1 / x == 1 / y)
end

--- One number for all the bits of a list of floats, and for those of a digest before it:
--  machines can not be compared in one process, but with what another one found.
function scans.digest(list, before)
    local one, sum = ffi.new "union { float x; uint32_t bits; }", before or 0
    for _, x in ipairs(list) do
        one.x = x
        sum = (sum * 31 + one.bits) % 2 ^ 32
    end
    return sum
end

--- n numbers of all sizes up to 2^18, of both signs: the same bits on every machine.
function scans.plain(n, state)
    local list = {}
    for i = 1, n do
        state = state * 48271 % (2 ^ 31 - 1)
        list[i] = (state - 2 ^ 30) * 2 ^ (i % 31 - 42)
    end
    return list
end

--- The bytes of a struct, to see that nothing touched it.
function scans.bytes(struct)
    return ffi.string(ffi.cast("const char *", struct), ffi.sizeof(struct))
end

return scans
