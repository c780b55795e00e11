-- The two strategies that arenas replace: one region behind one mutex, and the
-- heap. Both are reached through runs only.

local cjson = require "cjson"
local engram = require "engram"

local K = 1024

local function run(options)
    options.seed, options.arena_size = options.seed or 1, options.arena_size or "64K"
    local summary, message = engram.run(options)
    assert.is_truthy(summary, message)
    return summary
end

-- The message of the run's first failure, if any.
local function failure(summary)
    return summary.errors and summary.errors[1].message
end

-- Takes blocks of many sizes and looks at each before the event ends: would
-- another thread's block overlap, its stamp would be seen. Threads step aside in
-- between, so that their blocks mix and are given back in any order.
local stamping = [[
    local ffi = require "ffi"
    local workload = {}

    ffi.cdef "int sched_yield(void);"

    local function take(thread, n, stamp)
        local block = thread.arena:floats(n)
        assert(ffi.cast("uintptr_t", block:data()) % 64 == 0)
        local cells = block:data()
        for j = 0, n - 1 do cells[j] = stamp end
        return block
    end

    local function check(block, stamp)
        local cells = block:data()
        for j = 0, #block - 1 do
            if cells[j] ~= stamp then error("thread " .. stamp .. " sees " .. cells[j]) end
        end
    end

    function workload.thread_init(thread)
        thread.kept = take(thread, 500 + thread.id, -thread.id)
        thread.blocks = {}
    end

    function workload.event(thread, i)
        local blocks, random = thread.blocks, thread.random
        local stamp = thread.id + i % 1000 * 100
        for j = 1, 6 do
            blocks[j] = take(thread, random(1, 700), stamp)
            if j == 3 then
                ffi.C.sched_yield()
                thread.arena:scope(function()
                    check(take(thread, random(1, 300), -stamp), -stamp)
                end)
            end
        end
        if thread.options.fail and i % 2 == 0 then error "on purpose" end
        for j = 1, 6 do check(blocks[j], stamp) end
        check(thread.kept, -thread.id)
    end

    function workload.thread_done(thread)
        check(thread.kept, -thread.id)
    end

    workload.options = { fail = { false, "half of the events fail" } }
    return workload
]]

-- Events that take so many floats.
local function taking(floats)
    return ("return { event = function(thread) thread.arena:floats(%d):set(%d, 1) end }")
        :format(floats, floats)
end

for _, allocator in ipairs { "shared", "malloc" } do
    describe("the allocator " .. allocator, function()
        it("gives 8 threads blocks that never overlap", function()
            local summary = run { allocator = allocator, threads = 8, events = 16000,
                source = stamping }
            assert.is_nil(failure(summary))
            assert.equal(16000, summary.results.events)
            assert.equal(16000 * 7 + 8, summary.arena.allocations)
            assert.equal(0, summary.arena.overflows)
            assert.equal(16000, summary.arena.resets)
        end)

        it("takes everything back from events that fail", function()
            local summary = run { allocator = allocator, threads = 8, events = 16000,
                max_errors = "all", options = { fail = true }, source = stamping }
            assert.equal(8000, summary.results.errors)
            assert.equal(1, #summary.errors)
            assert.truthy(failure(summary):find("on purpose", 1, true))
            assert.equal(0, summary.arena.overflows)
        end)

        it("keeps marks in order, and alignment", function()
            local summary = run { allocator = allocator, threads = 2, events = 200,
                arena_size = "1M", source = [[
                    local ffi = require "ffi"
                    local C = require "engram.c"
                    return { event = function(thread)
                        local arena = thread.arena
                        for shift = 0, 16 do
                            local memory = C.eg_arena_alloc_aligned(arena, 10, 2 ^ shift)
                            assert(memory ~= nil and ffi.cast("uintptr_t", memory) % 2 ^ shift == 0)
                            local mark = arena:mark()
                            local inner = arena:floats(10)
                            assert(arena:mark() > mark)
                            arena:rewind(mark)
                            assert(not pcall(inner.get, inner, 1))
                            assert(arena:mark() == mark)
                        end
                        for _, bytes in ipairs { -1ULL, -64ULL, 2ULL ^ 63, 2ULL ^ 46 + 1 } do
                            local mark = arena:mark()
                            assert(C.eg_arena_alloc(arena, bytes) == nil)
                            assert(arena:mark() == mark)
                        end
                    end }
                ]] }
            assert.is_nil(failure(summary))
            assert.equal(200, summary.results.events)
        end)
    end)
end

describe("the shared region", function()

    it("has the thread's share as capacity", function()
        local summary = run { allocator = "shared", threads = 3, events = 30, source = taking(10) }
        assert.equal(64 * K, summary.arena.capacity)
        for _, thread in ipairs(summary.threads) do assert.equal(64 * K, thread.arena.capacity) end
        assert.equal("shared", summary.config.allocator)
    end)

    it("is used again and again", function()
        local summary = run { allocator = "shared", threads = 2, events = 5000,
            source = taking(15000) }
        assert.is_nil(failure(summary))
        assert.equal(5000, summary.arena.allocations)
        assert.equal(0, summary.arena.overflows)
        assert.equal(60000, summary.arena.high_water)
    end)

    it("gives one thread what the others leave", function()
        local summary = run { allocator = "shared", threads = 4, events = 1,
            source = taking(50000) }
        assert.is_nil(failure(summary))
        assert.equal(0, summary.arena.overflows)
    end)

    it("gives out its size and no more: what it spends on heads is its own", function()
        local function overflows(floats)
            return run({ allocator = "shared", threads = 1, events = 10, max_errors = "all",
                source = taking(floats) }).arena.overflows
        end
        assert.equal(0, overflows(64 * K / 4))
        assert.equal(10, overflows(64 * K / 4 + 1))
    end)

    local too_much = taking(200000)

    it("refuses under error when no gap fits", function()
        local summary = run { allocator = "shared", threads = 2, events = 20, max_errors = "all",
            source = too_much }
        assert.equal(20, summary.results.errors)
        assert.equal(20, summary.arena.overflows)
        assert.equal(0, summary.arena.fallback_bytes)
        assert.equal(800000, summary.arena.high_water)
        assert.equal(0, summary.arena.used)
        assert.truthy(failure(summary):find("arena overflow in 'floats'", 1, true))
    end)

    for _, policy in ipairs { "fallback", "grow" } do
        it("goes to the heap under " .. policy .. " when no gap fits, and never grows", function()
            local summary = run { allocator = "shared", threads = 2, events = 20, source = too_much,
                arena_overflow = policy }
            assert.is_nil(failure(summary))
            assert.equal(20, summary.arena.overflows)
            assert.equal(20 * 800000, summary.arena.fallback_bytes)
            assert.equal(64 * K, summary.arena.capacity)
        end)
    end

    it("is full when its threads hold it", function()
        -- 4 x 60,000 bytes are kept; no gap holds another 60,000 for each.
        local summary = run { allocator = "shared", threads = 4, events = 4, max_errors = "all",
            source = [[
                local workload = {}
                function workload.thread_init(thread)
                    thread.kept = thread.arena:floats(15000)
                    thread.kept:set(15000, thread.id)
                end
                function workload.event(thread)
                    thread.arena:floats(50000)
                end
                function workload.thread_done(thread)
                    assert(thread.kept:get(15000) == thread.id)
                end
                return workload
            ]] }
        assert.equal(4, summary.results.errors)
        assert.equal(4, summary.arena.overflows)
        assert.truthy(failure(summary):find("arena overflow", 1, true))
        assert.equal("events", summary.results.stop_reason)
    end)
end)

describe("the heap", function()
    it("has no capacity, and no limit of ours", function()
        local summary = run { allocator = "malloc", threads = 2, events = 40, source = taking(1e6) }
        assert.is_nil(failure(summary))
        assert.equal(cjson.null, summary.arena.capacity)
        assert.equal(cjson.null, summary.arena.utilization)
        for _, thread in ipairs(summary.threads) do
            assert.equal(cjson.null, thread.arena.capacity)
        end
        assert.equal(40, summary.arena.allocations)
        assert.equal(0, summary.arena.overflows)
        assert.equal(0, summary.arena.fallback_bytes)
        assert.equal(4e6, summary.arena.high_water)
    end)
end)
