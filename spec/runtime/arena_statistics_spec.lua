-- What an arena counts, alone and in a process; slots; and arenas of runs.

local C = require "engram.c"
local engram = require "engram"
local child = require "spec.support.child"
local random = require "spec.support.random"
local arenas = require "spec.support.arenas"
local K, M = 1024, 1024 ^ 2
local size = 64 * K

local new = arenas.new
local stats = arenas.stats
local stamp = arenas.stamp
local first_other = arenas.first_other
local overflow = arenas.overflow

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
