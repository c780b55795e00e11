--- Arenas: new ones, what they count, and what lies in their memory.

local ffi = require "ffi"
local C = require "engram.c"

local size = 2 ^ 16

local policies = { panic = C.EG_PANIC, error = C.EG_ERROR, fallback = C.EG_FALLBACK,
    grow = C.EG_GROW }

local function new(policy, bytes, zero)
    local arena = C.eg_arena_new(bytes or size, policies[policy], zero and 1 or 0, 0)
    assert(arena ~= nil, "no arena")
    return ffi.gc(arena, C.eg_arena_free)
end

local function stats(arena)
    local read = ffi.new "eg_arena_stats"
    C.eg_arena_stats_read(arena, read)
    return read
end

local function address(pointer)
    return tonumber(ffi.cast("uintptr_t", pointer))
end

local function bytes_of(pointer)
    return ffi.cast("uint8_t *", pointer)
end

local function stamp(pointer, bytes, value)
    local at = bytes_of(pointer)
    for i = 0, bytes - 1 do at[i] = value end
end

-- The first byte, from 0, that is not value; or nil.
local function first_other(pointer, bytes, value)
    local at = bytes_of(pointer)
    for i = 0, bytes - 1 do
        if at[i] ~= value then return i end
    end
end

-- One byte more than is left, behind a block of 100 bytes that ends up at 128.
local function overflow(policy)
    local arena = new(policy)
    local first = C.eg_arena_alloc(arena, 100)
    stamp(first, 100, 5)
    return arena, C.eg_arena_alloc(arena, size - 128 + 1), first
end

return {
    policies = policies, new = new, stats = stats, address = address, bytes_of = bytes_of,
    stamp = stamp, first_other = first_other, overflow = overflow,
}
