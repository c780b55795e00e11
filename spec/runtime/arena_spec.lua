-- The arena, through the FFI: design.md says what each policy promises.

local ffi = require "ffi"
local C = require "engram.c"
local engram = require "engram"
local child = require "spec.support.child"
local random = require "spec.support.random"

local sanitized = (os.getenv "ENGRAM_SANITIZE" or "") ~= ""
local no_limits = "a sanitizer needs more address space than the limit leaves"

local ok, invalid = tonumber(C.EG_OK), tonumber(C.EG_INVALID)
local K, M, G = 1024, 1024 ^ 2, 1024 ^ 3
local size = 64 * K
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

-- The statistics as one text, to see that nothing changed.
local function picture(arena)
    local read = stats(arena)
    return ("capacity %g used %g high_water %g allocations %g overflows %g fallback %g resets %g")
        :format(read.capacity, read.used, read.high_water, read.allocations, read.overflows,
            read.fallback_bytes, read.resets)
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

-- Is the block in the arena itself? first: the arena's first block.
local function is_inside(arena, first, pointer)
    local offset = address(pointer) - address(first)
    return offset >= 0 and offset < stats(arena).capacity
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

-- One byte more than is left, behind a block of 100 bytes that ends up at 128.
local function overflow(policy)
    local arena = new(policy)
    local first = C.eg_arena_alloc(arena, 100)
    stamp(first, 100, 5)
    return arena, C.eg_arena_alloc(arena, size - 128 + 1), first
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

    it("is refused under panic, without one", function()
        local code, out, err = child.lua [[
            local C = require "engram.c"
            local arena = C.eg_arena_new(65536, C.EG_PANIC, 0, 7)
            C.eg_arena_alloc(arena, 100)
            for _, bytes in ipairs { -1ULL, -64ULL, 2ULL ^ 63, 2ULL ^ 46 + 1 } do
                assert(C.eg_arena_alloc(arena, bytes) == nil)
                assert(C.eg_arena_alloc_aligned(arena, bytes, 64) == nil)
            end
            assert(C.eg_arena_alloc_aligned(arena, 8, 2ULL ^ 63) == nil)
            io.write(C.eg_arena_mark(arena))
        ]]
        assert.equal("100", out, err)
        assert.equal(0, code)
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

describe("statistics", function()
    it("know the high water before and after a rewind", function()
        local arena = new "error"
        C.eg_arena_alloc(arena, 1000)
        assert.equal(1000, stats(arena).high_water)
        C.eg_arena_rewind(arena, 0)
        C.eg_arena_alloc(arena, 10)
        assert.equal(1000, stats(arena).high_water)
        assert.equal(10, stats(arena).used)
    end)

    it("know the high water of a part that was rewound", function()
        local arena = new "error"
        C.eg_arena_alloc(arena, 10)
        C.eg_arena_alloc(arena, 1000)
        C.eg_arena_rewind(arena, 10)
        assert.equal(1064, stats(arena).high_water)
        assert.equal(0, stats(arena).resets)
    end)

    it("count refusals as allocations", function()
        local arena = new "error"
        for _ = 1, 3 do C.eg_arena_alloc(arena, size + 1) end
        C.eg_arena_alloc(arena, 1)
        assert.equal(4, stats(arena).allocations)
        assert.equal(3, stats(arena).overflows)
    end)

    it("name the last overflow's need, and the largest", function()
        local arena = new "error"
        C.eg_arena_alloc(arena, 3 * size)
        C.eg_arena_alloc(arena, 2 * size)
        assert.equal(2 * size, stats(arena).needed)
        assert.equal(3 * size, stats(arena).high_water)
    end)

    -- A stack of blocks in Lua is the meaning; random requests, marks and rewinds.
    local function agrees_with_model(policy, data)
        local arena = new(policy)
        local model = { capacity = size, used = 0, high_water = 0, allocations = 0, overflows = 0,
            fallback_bytes = 0, resets = 0 }
        local blocks, wanted = {}, 0

        local function take(bytes)
            local start = math.ceil(model.used / 64) * 64
            local memory = C.eg_arena_alloc(arena, bytes)
            bytes = math.max(bytes, 1)
            model.allocations = model.allocations + 1
            model.high_water = math.max(model.high_water, start + bytes)
            if start + bytes > model.capacity then
                model.overflows = model.overflows + 1
                if policy == "error" then return assert(memory == nil) end
                model.fallback_bytes = model.fallback_bytes + bytes
                wanted = math.max(wanted, start + bytes)
            end
            assert(memory ~= nil)
            local value = data:whole(1, 255)
            stamp(memory, bytes, value)
            blocks[#blocks + 1] = { memory = memory, bytes = bytes, value = value,
                mark = model.used }
            model.used = start + bytes
        end

        local function rewind(to)
            if to == 0 then return end
            assert(C.eg_arena_rewind(arena, blocks[to].mark) == C.EG_OK)
            model.used = blocks[to].mark
            for i = #blocks, to, -1 do blocks[i] = nil end
            if model.used ~= 0 then return end
            model.resets = model.resets + 1
            if policy ~= "grow" or wanted == 0 then return end
            model.capacity = math.max(2 * model.capacity, math.ceil(wanted / 4096) * 4096)
            wanted = 0
        end

        for _ = 1, 60 do
            if data:whole(1, 4) == 1 then rewind(data:whole(math.min(1, #blocks), #blocks))
            else take(data:whole(0, data:whole(1, 3) == 1 and 20000 or 3000)) end
            local read = stats(arena)
            for key, value in pairs(model) do assert.equal(value, read[key], key) end
            for i, block in ipairs(blocks) do
                assert.is_nil(first_other(block.memory, block.bytes, block.value), i)
            end
        end
    end

    for _, policy in ipairs { "error", "fallback", "grow" } do
        it("are those of a model under " .. policy, function()
            for stream = 1, 20 do
                local data = random.new(stream)
                local fine, message = pcall(agrees_with_model, policy, data)
                assert.is_true(fine, data.hint .. " stream " .. stream .. ": " .. tostring(message))
            end
        end)
    end
end)

describe("a slot", function()
    local function track(arena, bytes)
        local memory = C.eg_arena_alloc(arena, bytes or 8)
        return C.eg_arena_track(arena, memory), memory
    end

    it("has a serial of its own, until its block is given back", function()
        local arena = new "error"
        local slot = track(arena)
        local serial = slot.serial
        assert.is_true(serial > 0)
        C.eg_arena_rewind(arena, 0)
        assert.equal(0, slot.serial)
        local again = track(arena)
        assert.equal(tostring(slot), tostring(again)) -- the same slot ...
        assert.is_true(again.serial > serial)         -- ... for another block
    end)

    it("is cleared with those above it, and with none below", function()
        local arena = new "error"
        local slots, marks, serials = {}, {}, {}
        for i = 1, 10 do
            marks[i] = C.eg_arena_mark(arena)
            slots[i] = track(arena, 64)
            serials[i] = slots[i].serial
            assert.equal(marks[i], slots[i].offset)
        end
        for _, to in ipairs { 8, 7, 3 } do
            C.eg_arena_rewind(arena, marks[to])
            for i = 1, 10 do assert.equal(i < to and serials[i] or 0, slots[i].serial, i) end
        end
    end)

    it("outlives a rewind to where its block ends", function()
        local arena = new "error"
        local slot = track(arena, 64)
        local mark = C.eg_arena_mark(arena)
        C.eg_arena_alloc(arena, 1)
        C.eg_arena_rewind(arena, mark)
        assert.is_true(slot.serial > 0)
    end)

    it("is left alone by a rewind that is refused", function()
        local arena = new "error"
        local slot = track(arena)
        C.eg_arena_rewind(arena, -1)
        C.eg_arena_rewind(arena, 0 / 0)
        assert.is_true(slot.serial > 0)
    end)

    it("knows a block from the heap", function()
        for _, policy in ipairs { "fallback", "grow" } do
            local arena = overflow(policy)
            local mark = C.eg_arena_mark(arena)
            local low = track(arena, 100)
            local between = C.eg_arena_mark(arena)
            local high = track(arena, 100)
            assert.is_true(low.offset >= mark and low.offset < between)
            assert.is_true(high.offset >= between)
            C.eg_arena_rewind(arena, between)
            assert.equal(0, high.serial)
            assert.is_true(low.serial > 0)
            C.eg_arena_rewind(arena, mark)
            assert.equal(0, low.serial)
        end
    end)

    it("is NULL when the table is full, and there again after a rewind", function()
        local arena = new("error", 8 * M)
        local slots = 0
        while slots <= 100000 and track(arena) ~= nil do slots = slots + 1 end
        assert.equal(65536, slots)
        local mark = C.eg_arena_mark(arena)
        assert.is_true(track(arena) == nil)
        C.eg_arena_rewind(arena, mark) -- gives back what no slot stands for
        assert.is_true(track(arena) == nil)
        C.eg_arena_rewind(arena, 65535 * 64) -- where the last slot's block starts
        assert.is_true(track(arena) ~= nil)
        assert.is_true(track(arena) == nil)
        C.eg_arena_rewind(arena, 0)
        assert.is_true(track(arena).serial > 0)
    end)
end)

describe("the totals of a process", function()
    it("add up, freed arenas included; levels are those of the fullest", function()
        local code, out, err = child.lua [[
            local ffi, C = require "ffi", require "engram.c"
            local read = ffi.new "eg_arena_stats"
            local function show()
                C.eg_arena_totals_read(read)
                print(read.capacity, read.used, read.high_water, read.allocations, read.overflows,
                    read.fallback_bytes, read.resets)
            end
            show()
            local small = C.eg_arena_new(65536, C.EG_FALLBACK, 0, 0)
            local large = C.eg_arena_new(131072, C.EG_ERROR, 0, 0)
            C.eg_arena_alloc(small, 65537)
            C.eg_arena_alloc(large, 1000)
            show()
            C.eg_arena_rewind(small, 0)
            C.eg_arena_alloc(large, 131072)
            show()
            C.eg_arena_free(large)
            show()
            C.eg_arena_free(small)
            show()
        ]]
        assert.equal(0, code, err)
        local lines = {}
        for line in out:gmatch "[^\n]+" do lines[#lines + 1] = line:gsub("\t", " ") end
        assert.same({
            "0 0 0 0 0 0 0",
            "65536 65537 65537 2 1 65537 0",
            "131072 1000 132096 3 2 65537 1",
            "131072 0 132096 3 2 65537 1",
            "131072 0 132096 3 2 65537 1",
        }, lines)
    end)

    it("forget no thread that ended", function()
        local before = engram.arena_totals()
        local summary = engram.run { threads = 3, events = 300, seed = 1, arena_size = "64K",
            arena_overflow = "fallback", source = [[
                return { event = function(thread, i)
                    thread.arena:floats(10)
                    if i % 3 == 0 then thread.arena:floats(20000) end
                end }
            ]] }
        assert.is_nil(summary.errors)
        local after = engram.arena_totals()
        assert.equal(400, after.allocations - before.allocations)
        assert.equal(100, after.overflows - before.overflows)
        assert.equal(100 * 80000, after.fallback_bytes - before.fallback_bytes)
        assert.equal(300, after.resets - before.resets)
        assert.is_true(after.high_water >= 80064)
    end)
end)

describe("in a run, grow", function()
    it("keeps in place what thread_init took", function()
        local summary = engram.run { threads = 2, events = 200, seed = 1, arena_size = "64K",
            arena_overflow = "grow", source = [[
                local ffi = require "ffi"
                local workload = {}
                local function address(vector)
                    return tonumber(ffi.cast("uintptr_t", vector:data()))
                end
                function workload.thread_init(thread)
                    thread.kept = thread.arena:floats(1000)
                    for i = 1, 1000 do thread.kept:set(i, i + thread.id) end
                    thread.at = address(thread.kept)
                end
                function workload.event(thread, i)
                    thread.arena:floats(1000 * i)
                    assert(address(thread.kept) == thread.at)
                    for j = 1, 1000 do assert(thread.kept:get(j) == j + thread.id) end
                end
                return workload
            ]] }
        assert.is_nil(summary.errors and summary.errors[1].message)
        assert.equal(200, summary.results.events)
        for _, thread in ipairs(summary.threads) do
            if thread.events > 10 then assert.is_true(thread.arena.capacity > 64 * K) end
        end
        assert.is_true(summary.arena.capacity >= 2 * 64 * K)
    end)

    it("serves what thread_init took beyond the capacity", function()
        local summary = engram.run { threads = 1, events = 50, seed = 1, arena_size = "64K",
            arena_overflow = "grow", source = [[
                local workload = {}
                function workload.thread_init(thread)
                    thread.kept = thread.arena:floats(50000)
                    for i = 1, 50000 do thread.kept:set(i, i) end
                end
                function workload.event(thread)
                    local own = thread.arena:floats(50000)
                    for j = 1, 50000, 100 do own:set(j, -1) end
                    for j = 1, 50000, 100 do assert(thread.kept:get(j) == j) end
                end
                return workload
            ]] }
        assert.is_nil(summary.errors and summary.errors[1].message)
        assert.equal(50, summary.results.events)
        assert.equal(2, summary.arena.overflows) -- thread_init's, and the first event's
    end)
end)

describe("panic", function()
    it("says who asked for what, and how to mend it, and aborts", function()
        local code, out, err = child.lua [[
            local C = require "engram.c"
            local arena = C.eg_arena_new(65536, C.EG_PANIC, 0, 7)
            C.eg_arena_alloc(arena, 100)
            io.write "before"
            io.stdout:flush()
            C.eg_arena_alloc(arena, 65409)
            io.write "after"
        ]]
        assert.equal(134, code)
        assert.equal("before", out)
        for _, part in ipairs { "engram: arena overflow: thread 7 asked for 65409 bytes",
            "100 of 65536 in use", "ENGRAM_ARENA_SIZE to at least 65537",
            "ENGRAM_ARENA_OVERFLOW to error, fallback or grow" } do
            assert.truthy(err:find(part, 1, true), err)
        end
    end)

    it("ends a run the same way", function()
        local code, _, err = child.lua [[
            require("engram").run { threads = 1, events = 10, seed = 1, arena_size = "64K",
                arena_overflow = "panic",
                source = "return { event = function(t) t.arena:floats(20000) end }" }
        ]]
        assert.equal(134, code)
        assert.truthy(err:find("thread 1 asked for 80000 bytes", 1, true), err)
    end)
end)
