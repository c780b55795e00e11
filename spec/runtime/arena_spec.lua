-- The arena, through the FFI: design.md says what each policy promises.
local C = require "engram.c"
local engram = require "engram"
local arenas = require "spec.support.arenas"

local ok, invalid = tonumber(C.EG_OK), tonumber(C.EG_INVALID)
local K, M = 1024, 1024 ^ 2
local size = 64 * K

local policies = arenas.policies
local new = arenas.new
local stats = arenas.stats
local address = arenas.address
local bytes_of = arenas.bytes_of
local stamp = arenas.stamp
local first_other = arenas.first_other
local overflow = arenas.overflow

-- The statistics as one text, to see that nothing changed.
local function picture(arena)
    local read = stats(arena)
    return ("capacity %g used %g high_water %g allocations %g overflows %g fallback %g resets %g")
        :format(read.capacity, read.used, read.high_water, read.allocations, read.overflows,
            read.fallback_bytes, read.resets)
end

describe("a new arena", function()
    it("has its capacity and nothing else", function()
        local read = stats(new "error")
        assert.equal(size, read.capacity)
        for _, key in ipairs { "used", "high_water", "allocations", "overflows", "fallback_bytes",
            "resets", "needed" } do
            assert.equal(0, read[key], key)
        end
    end)

    it("has whole pages", function()
        assert.equal(size + 4 * K, stats(new("error", size + 1)).capacity)
    end)

    it("is refused below 64 KiB and beyond any address space", function()
        for _, bytes in ipairs { 0, size - 1, 2 ^ 46 + 1, -1ULL } do
            assert.is_true(C.eg_arena_new(bytes, C.EG_ERROR, 0, 0) == nil, tostring(bytes))
        end
    end)

    it("is refused under a policy that is none", function()
        assert.is_true(C.eg_arena_new(size, -1, 0, 0) == nil)
        assert.is_true(C.eg_arena_new(size, 4, 0, 0) == nil)
    end)

    it("was not told to stop", function()
        assert.equal(0, C.eg_arena_stopped(new "error"))
    end)

    it("is freed when there is none", function()
        assert.has_no.errors(function() C.eg_arena_free(nil) end)
    end)
end)

describe("an address", function()
    it("is a multiple of 64", function()
        local arena = new "error"
        for bytes = 0, 200 do
            local memory = C.eg_arena_alloc(arena, bytes)
            assert.equal(0, address(memory) % 64, bytes)
        end
    end)

    it("is a multiple of any power of two on request", function()
        -- Alive at once, so that their bases differ.
        for _, arena in ipairs { new("error", 4 * M), new("error", 4 * M), new("error", 4 * M) } do
            for shift = 0, 20 do
                local alignment = 2 ^ shift
                assert(C.eg_arena_alloc_aligned(arena, 1, 1) ~= nil)
                local before = address(C.eg_arena_alloc_aligned(arena, 3, 1)) + 3
                local at = address(C.eg_arena_alloc_aligned(arena, 5, alignment))
                assert.equal(0, at % alignment, alignment)
                assert.is_true(at >= before and at < before + math.max(alignment, 8), alignment)
                C.eg_arena_rewind(arena, 0)
            end
        end
    end)

    it("from the heap is as aligned", function()
        for _, policy in ipairs { "fallback", "grow" } do
            for shift = 0, 20 do
                local arena = new(policy)
                local memory = C.eg_arena_alloc_aligned(arena, size + 1, 2 ^ shift)
                assert.equal(0, address(memory) % 2 ^ shift, policy .. " " .. 2 ^ shift)
                stamp(memory, size + 1, 1)
                assert.equal(0, address(C.eg_arena_alloc(arena, 1)) % 64)
            end
        end
    end)

    it("is refused for an alignment that is no power of two", function()
        for policy in pairs(policies) do
            local arena = new(policy)
            local before = picture(arena)
            for _, alignment in ipairs { 0, 3, 6, 12, 48, 65, 2 ^ 20 + 1, 2 ^ 20 - 1, -1ULL } do
                local memory = C.eg_arena_alloc_aligned(arena, 8, alignment)
                assert.is_true(memory == nil, tostring(alignment))
            end
            assert.equal(before, picture(arena))
        end
    end)

    it("is its own for zero bytes too", function()
        for _, policy in ipairs { "error", "fallback", "grow" } do
            local arena, seen = new(policy), {}
            if policy ~= "error" then C.eg_arena_alloc(arena, size + 1) end -- on to the heap
            for i = 1, 10 do
                local memory = i % 2 == 0 and C.eg_arena_alloc(arena, 0)
                    or C.eg_arena_alloc_aligned(arena, 0, 1)
                assert.is_true(memory ~= nil)
                assert.is_nil(seen[address(memory)])
                seen[address(memory)] = true
            end
        end
    end)
end)

describe("a request that fits to the byte", function()
    for policy in pairs(policies) do
        it("is granted under " .. policy, function()
            local arena = new(policy)
            local memory = C.eg_arena_alloc(arena, size)
            assert.is_true(memory ~= nil)
            stamp(memory, size, 7)
            local read = stats(arena)
            assert.equal(size, read.used)
            assert.equal(size, read.high_water)
            assert.equal(1, read.allocations)
            assert.equal(0, read.overflows)
            assert.equal(0, read.fallback_bytes)
            assert.equal(0, read.needed)
        end)

        it("is granted behind others under " .. policy, function()
            local arena = new(policy)
            C.eg_arena_alloc(arena, 1)
            assert.is_true(C.eg_arena_alloc(arena, size - 64) ~= nil)
            assert.equal(size, stats(arena).used)
            C.eg_arena_rewind(arena, 0)
            C.eg_arena_alloc_aligned(arena, 1, 8)
            assert.is_true(C.eg_arena_alloc_aligned(arena, size - 8, 8) ~= nil)
            assert.equal(size, stats(arena).used)
            assert.equal(0, stats(arena).overflows)
        end)
    end
end)

describe("a mark", function()
    it("nests", function()
        local arena = new "error"
        local first = C.eg_arena_alloc(arena, 64)
        local outer = C.eg_arena_mark(arena)
        local second = C.eg_arena_alloc(arena, 64)
        local inner = C.eg_arena_mark(arena)
        local third = C.eg_arena_alloc(arena, 64)
        stamp(first, 64, 1)
        stamp(second, 64, 2)

        C.eg_arena_rewind(arena, inner)
        assert.equal(address(third), address(C.eg_arena_alloc(arena, 64)))
        assert.is_nil(first_other(second, 64, 2))
        C.eg_arena_rewind(arena, outer)
        assert.equal(address(second), address(C.eg_arena_alloc(arena, 64)))
        assert.is_nil(first_other(first, 64, 1))
        assert.equal(128, stats(arena).used)
        assert.equal(192, stats(arena).high_water)
    end)

    it("may be rewound to twice, and where the cursor is", function()
        local arena = new "error"
        C.eg_arena_alloc(arena, 10)
        assert.equal(ok, C.eg_arena_rewind(arena, 10))
        assert.equal(0, stats(arena).resets)
        assert.equal(ok, C.eg_arena_rewind(arena, 0))
        assert.equal(ok, C.eg_arena_rewind(arena, 0))
        assert.equal(1, stats(arena).resets)
    end)

    it("is refused when it is none", function()
        for _, policy in ipairs { "error", "fallback" } do
            local arena, memory, first = overflow(policy)
            local used, before = stats(arena).used, picture(arena)
            for _, mark in ipairs { 0 / 0, -1, -0.5, 0.5, 99.999, used + 1, used + 0.5, 2 ^ 53,
                2 ^ 64, 1e300, 1 / 0, -1 / 0 } do
                assert.equal(invalid, C.eg_arena_rewind(arena, mark), tostring(mark))
            end
            assert.equal(before, picture(arena))
            assert.is_nil(first_other(first, 100, 5))
            if memory ~= nil then stamp(memory, size - 127, 1) end
        end
    end)

    it("is refused below what thread_init took", function()
        local summary = engram.run { threads = 2, events = 50, seed = 1, source = [[
            local workload = {}
            function workload.thread_init(thread)
                thread.kept = thread.arena:floats(100)
                for i = 1, 100 do thread.kept:set(i, i) end
            end
            function workload.event(thread)
                thread.arena:floats(100)
                for mark = 0, 399, 57 do
                    assert(not pcall(thread.arena.rewind, thread.arena, mark), mark)
                end
                thread.arena:rewind(400)
                thread.arena:floats(10)
                for i = 1, 100 do assert(thread.kept:get(i) == i) end
            end
            return workload
        ]] }
        assert.is_nil(summary.errors and summary.errors[1].message)
        assert.equal(50, summary.results.events)
    end)
end)

describe("zero on rewind", function()
    -- Stamps the memory from the first block on, beyond the cursor too.
    local function stamped(zero)
        local arena = new("error", size, zero)
        local first = C.eg_arena_alloc(arena, 64)
        C.eg_arena_alloc(arena, 36)
        stamp(first, 256, 0xaa)
        return arena, bytes_of(first)
    end

    it("clears exactly what is given back", function()
        local arena, first = stamped(true)
        C.eg_arena_rewind(arena, 70)
        assert.is_nil(first_other(first, 70, 0xaa))
        assert.is_nil(first_other(first + 70, 30, 0))
        assert.is_nil(first_other(first + 100, 156, 0xaa))
        C.eg_arena_rewind(arena, 0)
        assert.is_nil(first_other(first, 100, 0))
        assert.is_nil(first_other(first + 100, 156, 0xaa))
    end)

    it("is off unless asked for", function()
        local arena, first = stamped(false)
        C.eg_arena_rewind(arena, 0)
        assert.is_nil(first_other(first, 256, 0xaa))
    end)

    it("clears up to the capacity when the cursor is past it", function()
        for _, policy in ipairs { "fallback", "grow" } do
            local arena = new(policy, size, true)
            local first = C.eg_arena_alloc(arena, size)
            stamp(first, size, 0xaa)
            C.eg_arena_alloc(arena, 100)
            C.eg_arena_rewind(arena, 64)
            assert.is_nil(first_other(first, 64, 0xaa))
            assert.is_nil(first_other(bytes_of(first) + 64, size - 64, 0))
        end
    end)

    it("leaves everything in an arena zero again", function()
        local arena = new("grow", size, true)
        for _ = 1, 4 do
            local capacity = stats(arena).capacity
            local first = C.eg_arena_alloc(arena, capacity)
            assert.is_nil(first_other(first, capacity, 0))
            stamp(first, capacity, 0xff)
            C.eg_arena_alloc(arena, 1)
            C.eg_arena_rewind(arena, 0)
        end
    end)
end)
