-- What an arena does with a request that does not fit, by policy.

local C = require "engram.c"
local child = require "spec.support.child"
local arenas = require "spec.support.arenas"

local sanitized = (os.getenv "ENGRAM_SANITIZE" or "") ~= ""
local no_limits = "a sanitizer needs more address space than the limit leaves"

local ok = tonumber(C.EG_OK)
local K, G = 1024, 1024 ^ 3
local size = 64 * K

local new = arenas.new
local stats = arenas.stats
local address = arenas.address
local bytes_of = arenas.bytes_of
local stamp = arenas.stamp
local first_other = arenas.first_other
local overflow = arenas.overflow

-- Is the block in the arena itself? first: the arena's first block.
local function is_inside(arena, first, pointer)
    local offset = address(pointer) - address(first)
    return offset >= 0 and offset < stats(arena).capacity
end

describe("one byte more", function()
    for _, policy in ipairs { "error", "fallback", "grow" } do
        it("is what high water records under " .. policy, function()
            local arena = overflow(policy)
            local read = stats(arena)
            assert.equal(size + 1, read.high_water)
            assert.equal(size + 1, read.needed)
            assert.equal(1, read.overflows)
            assert.equal(2, read.allocations)
            assert.equal(size, read.capacity)
        end)

        it("leaves what was there under " .. policy, function()
            local _, memory, first = overflow(policy)
            if memory ~= nil then stamp(memory, size - 127, 9) end
            assert.is_nil(first_other(first, 100, 5))
        end)
    end

    it("is refused under error, and the cursor stays", function()
        local arena, memory = overflow "error"
        assert.is_true(memory == nil)
        assert.equal(100, stats(arena).used)
        assert.equal(0, stats(arena).fallback_bytes)
        assert.is_true(C.eg_arena_alloc(arena, size - 128) ~= nil)
        assert.equal(size, stats(arena).used)
    end)

    it("is refused for aligned requests too", function()
        local arena = new "error"
        assert.is_true(C.eg_arena_alloc_aligned(arena, size + 1, 8) == nil)
        C.eg_arena_alloc_aligned(arena, 1, 8)
        assert.is_true(C.eg_arena_alloc_aligned(arena, size - 7, 8) == nil)
        assert.equal(1, stats(arena).used)
        assert.equal(2, stats(arena).overflows)
    end)

    for _, policy in ipairs { "fallback", "grow" } do
        it("comes from the heap under " .. policy, function()
            local arena, memory, first = overflow(policy)
            assert.is_false(is_inside(arena, first, memory))
            stamp(memory, size - 127, 9)
            assert.equal(size - 127, stats(arena).fallback_bytes)
        end)

        it("moves the cursor past the capacity under " .. policy, function()
            local arena, _, first = overflow(policy)
            assert.equal(size + 1, stats(arena).used)
            assert.equal(size + 1, C.eg_arena_mark(arena))
            -- Would fit behind the first, but marks must order.
            local small = C.eg_arena_alloc(arena, 1)
            assert.is_false(is_inside(arena, first, small))
            assert.equal(size + 64 + 1, stats(arena).used)
            assert.equal(2, stats(arena).overflows)
        end)

        it("is given back by the same rewind under " .. policy, function()
            local arena, _, first = overflow(policy)
            C.eg_arena_alloc(arena, 10)
            assert.equal(ok, C.eg_arena_rewind(arena, 100))
            assert.equal(100, stats(arena).used)
            assert.is_true(is_inside(arena, first, C.eg_arena_alloc(arena, 10)))
            assert.is_nil(first_other(first, 100, 5))
            assert.equal(size - 127 + 10, stats(arena).fallback_bytes) -- a count, not a level
        end)
    end
end)

describe("fallback", function()
    it("never enlarges the arena", function()
        local arena = overflow "fallback"
        C.eg_arena_rewind(arena, 0)
        assert.equal(size, stats(arena).capacity)
    end)

    it("frees only what lies behind the mark", function()
        local arena = overflow "fallback"
        local kept = C.eg_arena_alloc(arena, 1000)
        stamp(kept, 1000, 3)
        local mark = C.eg_arena_mark(arena)
        for _ = 1, 3 do
            stamp(C.eg_arena_alloc(arena, 5000), 5000, 4)
            C.eg_arena_rewind(arena, mark)
            assert.equal(mark, stats(arena).used)
            assert.is_nil(first_other(kept, 1000, 3))
        end
    end)

    it("gives what it took back to the heap", function()
        if sanitized then return pending(no_limits) end
        -- 16 GiB in all, of which 4 are allowed at once.
        local code, out, err = child.lua([[
            local C = require "engram.c"
            local arena = C.eg_arena_new(65536, C.EG_FALLBACK, 0, 0)
            for i = 1, 256 do
                assert(C.eg_arena_alloc(arena, 64 * 2 ^ 20) ~= nil, i)
                C.eg_arena_rewind(arena, 0)
            end
            for i = 1, 256 do
                local own = C.eg_arena_new(65536, C.EG_FALLBACK, 0, 0)
                assert(C.eg_arena_alloc(own, 64 * 2 ^ 20) ~= nil, i)
                C.eg_arena_free(own)
            end
            io.write "done"
        ]], { limits = "-v 4194304" })
        assert.equal("done", out, err)
        assert.equal(0, code)
    end)

    it("answers NULL when the heap has nothing either", function()
        if sanitized then return pending(no_limits) end
        local _, out, err = child.lua([[
            local ffi, C = require "ffi", require "engram.c"
            local arena = C.eg_arena_new(65536, C.EG_FALLBACK, 0, 0)
            local stats = ffi.new "eg_arena_stats"
            local refused = C.eg_arena_alloc(arena, 2 ^ 40) == nil
            C.eg_arena_stats_read(arena, stats)
            io.write(tostring(refused), " ", stats.used, " ", stats.fallback_bytes, " ",
                stats.overflows)
        ]], { limits = "-v 4194304" })
        assert.equal("true 0 0 1", out, err)
    end)
end)

describe("grow", function()
    it("doubles at the full rewind", function()
        local arena = overflow "grow"
        C.eg_arena_rewind(arena, 100)
        assert.equal(size, stats(arena).capacity)
        C.eg_arena_rewind(arena, 0)
        assert.equal(2 * size, stats(arena).capacity)
        assert.is_true(C.eg_arena_alloc(arena, 2 * size) ~= nil)
        assert.equal(1, stats(arena).overflows)
    end)

    it("grows to what was asked for when that is more", function()
        local arena = new "grow"
        C.eg_arena_alloc(arena, 5 * size + 1)
        C.eg_arena_alloc(arena, 10)
        C.eg_arena_rewind(arena, 0)
        local capacity = stats(arena).capacity
        assert.is_true(capacity >= 5 * size + 74 and capacity < 6 * size, capacity)
        assert.equal(0, capacity % (4 * K))
    end)

    it("does not grow without an overflow", function()
        local arena = new "grow"
        for _ = 1, 3 do
            C.eg_arena_alloc(arena, size)
            C.eg_arena_rewind(arena, 0)
        end
        assert.equal(size, stats(arena).capacity)
    end)

    it("never moves the base", function()
        local arena = new "grow"
        local first = C.eg_arena_alloc(arena, 1000)
        stamp(first, 1000, 6)
        for i = 1, 6 do
            C.eg_arena_alloc(arena, stats(arena).capacity)
            C.eg_arena_rewind(arena, 0)
            assert.equal(size * 2 ^ i, stats(arena).capacity)
            assert.equal(address(first), address(C.eg_arena_alloc(arena, 1000)))
            assert.is_nil(first_other(first, 1000, 6))
        end
        local last = bytes_of(first) + stats(arena).capacity - 1
        assert.equal(0, last[0]) -- memory, up to its end
    end)

    it("acts as fallback beyond the reservation", function()
        local arena = new "grow"
        local first = C.eg_arena_alloc(arena, 8)
        for _ = 1, 3 do
            local memory = C.eg_arena_alloc(arena, G)
            assert.is_true(memory ~= nil)
            assert.is_false(is_inside(arena, first, memory))
            C.eg_arena_rewind(arena, 0)
            assert.equal(G, stats(arena).capacity) -- the whole reservation, no more
            C.eg_arena_alloc(arena, 8)
        end
        assert.equal(3, stats(arena).overflows)
        assert.equal(3 * G, stats(arena).fallback_bytes)
        C.eg_arena_rewind(arena, 0)
        assert.is_true(is_inside(arena, first, C.eg_arena_alloc(arena, G)))
    end)
end)

describe("a size near the largest", function()
    local sizes = { -1ULL, -64ULL, 2ULL ^ 63, 2ULL ^ 63 + 1, 2ULL ^ 46 + 1 }

    local function refuse_all(arena)
        for _, bytes in ipairs(sizes) do
            local before = stats(arena)
            assert(C.eg_arena_alloc(arena, bytes) == nil, tostring(bytes))
            for _, alignment in ipairs { 1, 64, 4096, 2 ^ 20, 2ULL ^ 63 } do
                assert(C.eg_arena_alloc_aligned(arena, bytes, alignment) == nil, tostring(bytes))
            end
            local after = stats(arena)
            for _, key in ipairs { "used", "high_water", "fallback_bytes", "capacity" } do
                assert(before[key] == after[key], key .. " after " .. tostring(bytes))
            end
            assert(after.overflows == before.overflows + 6)
        end
    end

    for _, policy in ipairs { "error", "fallback", "grow" } do
        it("is refused under " .. policy .. ", and nothing moves", function()
            local arena = new(policy)
            for _, taken in ipairs { 0, 1, 63, 64, 65, 1000 } do
                C.eg_arena_rewind(arena, 0)
                if taken > 0 then C.eg_arena_alloc(arena, taken) end
                refuse_all(arena)
                assert.equal(taken, C.eg_arena_mark(arena))
            end
            C.eg_arena_rewind(arena, 0)
            assert.equal(size, stats(arena).capacity)
            assert.is_true(C.eg_arena_alloc(arena, size) ~= nil)
        end)
    end

    it("is refused beyond the capacity too", function()
        local arena = overflow "fallback"
        refuse_all(arena)
    end)

    it("is no less a panic", function()
        for _, request in ipairs { "alloc(arena, -1ULL)", "alloc(arena, 2ULL ^ 46 + 1)",
            "alloc_aligned(arena, -64ULL, 64)" } do
            local code, _, err = child.lua(([[
                local C = require "engram.c"
                local arena = C.eg_arena_new(65536, C.EG_PANIC, 0, 7)
                C.eg_arena_alloc(arena, 100)
                C.eg_arena_%s
            ]]):format(request))
            assert.matches("ENGRAM_ARENA_SIZE", err, 1, true)
            assert.not_equal(0, code)
        end
    end)

    it("says what would be needed, and leaves the high water alone", function()
        local arena = overflow "error"
        local before = stats(arena).high_water
        for _, bytes in ipairs { -1ULL, 2ULL ^ 63, 2ULL ^ 46 + 1 } do
            assert(C.eg_arena_alloc(arena, bytes) == nil)
            assert.is_true(stats(arena).needed > 2 ^ 46)
            assert.equal(before, stats(arena).high_water)
        end
    end)
end)
