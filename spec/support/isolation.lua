-- A workload that proves isolation. Each event stamps blocks of its arena, runs a
-- kernel that takes scratch between and above them, checks every byte of the
-- stamps, and compares the kernel's answer with the one a single thread gave.
--
-- Every thread does exactly `each` such events and then rests; it says so with one byte
-- through a pipe. The first thread, once done, waits for a byte from each, and stops the run.

local ffi = require "ffi"
local engram = require "engram"

ffi.cdef [[
int usleep(unsigned microseconds);
int pipe(int ends[2]);
int close(int descriptor);
long read(int descriptor, void *bytes, size_t count);
long write(int descriptor, const void *bytes, size_t count);
]]

local dims, rows, candidates, cues, k = 768, 400, 100, 50, 10
local block_floats = 256

local workload = {
    options = {
        each = { 1000, "events per thread" },
        fail = { false, "every second event fails on purpose, after its checks" },
    },
}

-- The candidates of a cue: the same in every thread.
local function ids_of(cue)
    local ids = {}
    for i = 1, candidates do ids[i] = (cue * 7 + i * 3) % rows + 1 end
    return ids
end

-- Rows 1 to cues: the answer of one thread alone; ids, then scores.
local function expected_of(memories)
    local expected, arena = engram.matrix(cues, 2 * k), engram.arena()
    for cue = 1, cues do
        local mark = arena:mark()
        local hits = engram.nearest(memories:row(cue), memories, k, { ids = ids_of(cue) })
        for j = 1, k do
            local id, score = hits:get(j)
            expected:set(cue, j, id)
            expected:set(cue, k + j, score)
        end
        arena:rewind(mark)
    end
    return expected
end

local ends = ffi.new "int[2]"

function workload.setup(_, random)
    local memories = engram.matrix(rows, dims)
    for i = 1, rows do
        for j = 1, dims do memories:set(i, j, random() - 0.5) end
    end
    assert(ffi.C.pipe(ends) == 0)
    return {
        memories = memories, expected = expected_of(memories),
        from_done = ends[0], to_first = ends[1],
    }
end

function workload.thread_init(thread)
    thread.byte, thread.done = ffi.new "char[1]", 0
    thread.kept = thread.arena:floats(block_floats)
    thread.mine = 0
    thread.ids = {}
    for cue = 1, cues do thread.ids[cue] = { ids = ids_of(cue) } end
end

local bytes_t = ffi.typeof "uint8_t *"
local block_bytes = block_floats * 4

local function stamp(block, a, b)
    local bytes = ffi.cast(bytes_t, (block:data()))
    for j = 0, block_bytes - 1 do bytes[j] = (a * 31 + b * 7 + j) % 256 end
end

local function check(block, a, b, name)
    local bytes = ffi.cast(bytes_t, (block:data()))
    for j = 0, block_bytes - 1 do
        if bytes[j] ~= (a * 31 + b * 7 + j) % 256 then error("overwritten: the stamp " .. name) end
    end
end

local function compare(hits, expected, cue)
    if #hits ~= k then error "the kernel found too few" end
    for j = 1, k do
        local id, score = hits:get(j)
        if id ~= expected:get(cue, j) or score ~= expected:get(cue, k + j) then
            error "the kernel's answer differs from that of one thread"
        end
    end
end

-- The thread has done its part: the first one counts who else has, the others sleep.
local function rest(thread)
    if thread.id > 1 then return ffi.C.usleep(1000) end
    thread.done = thread.done + tonumber(ffi.C.read(thread.shared.from_done, thread.byte, 1))
    if thread.done == thread.threads then engram.stop() end
end

function workload.event(thread, i)
    if thread.mine == thread.options.each then return rest(thread) end
    thread.mine = thread.mine + 1
    if thread.mine == 1 then stamp(thread.kept, thread.id, 0) end

    local cue = i % cues + 1
    local memories = thread.shared.memories
    local before = thread.arena:floats(block_floats)
    stamp(before, thread.id, i)
    local hits = engram.nearest(memories:row(cue), memories, k, thread.ids[cue])
    local after = thread.arena:floats(block_floats)
    stamp(after, thread.id, i + 1)
    compare(hits, thread.shared.expected, cue)
    check(before, thread.id, i, "before the kernel")
    check(after, thread.id, i + 1, "after the kernel")
    check(thread.kept, thread.id, 0, "kept from thread_init")
    if thread.mine == thread.options.each then
        ffi.C.write(thread.shared.to_first, thread.byte, 1)
    end
    if thread.options.fail and thread.mine % 2 == 0 then error("on purpose", 0) end
end

function workload.thread_done(thread)
    return thread.mine
end

function workload.done(summary, results)
    ffi.C.close(ends[0])
    ffi.C.close(ends[1])
    summary.done_by_thread = results
end

return workload
