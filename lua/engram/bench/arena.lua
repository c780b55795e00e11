--- Scratch memory: ten buffers taken, the first byte of each touched, all given back; against
--- arenas and allocators of others, and one arena that all threads share.
--
-- Each contender is a program, for an allocator is that of a process.

local peers = require "engram.bench.peers"
local run = require "engram.run"
local turns = require "engram.bench.turns"
local workshop = require "engram.bench.workshop"

-- Nanoseconds per buffer; checked by the program itself. One thread's are of CPU time, which
-- others on the machine lengthen less; those of many are of wall time, for they also wait.
local function measure(command, threads, size, seconds)
    local said = workshop.output_of(("%s %d %s %g; echo code $?"):format(command, threads, size,
        seconds * 1000))
    local code = tonumber(said:match "code (%d+)\n$")
    if code == 3 then return nil, "a buffer it gave was not whole" end
    local time = tonumber(said:match((threads == 1 and "cpu" or "wall") .. " ([%d.]+)"))
    if code ~= 0 or not time then return nil, "it failed: " .. said end
    return time
end

-- Ours, those that come with the compiler, then the peers that are here.
local function programs_of(shop)
    local list = {}
    for _, own in ipairs { { "engram", "arena.c" },
        { "engram, through the library", "arena.c", "-DTHROUGH_LIBRARY" },
        { "one arena behind a mutex", "locked.c" }, { "obstack", "obstack.c" },
        { "malloc", "malloc.c" } } do
        local path, message = shop:program { source = own[2], flags = own[3] }
        if not path then return nil, message end
        list[#list + 1] = { name = own[1], command = path }
    end
    for _, each in ipairs {
        { "std::pmr monotonic", peers.pmr, "pmr.cpp" },
        { "APR pool, own allocator", peers.apr, "apr.c" },
        { "APR pool, child of the global", peers.apr, "apr.c", "-DAPR_CHILD" },
        { "jemalloc", peers.jemalloc, "malloc.c" }, { "mimalloc", peers.mimalloc, "malloc.c" },
        { "tcmalloc", peers.tcmalloc, "malloc.c" },
    } do
        local path = shop:peer_program(each[2], each[3], each[4])
        if path then list[#list + 1] = { name = each[1], command = path } end
    end
    local floor, message = shop:program { source = "bump.c" }
    if not floor then return nil, message end
    list[#list + 1] = { name = "limit: a cursor, inlined", command = floor, is_limit = true }
    return list
end

local function buffers_section(threads, size, seconds)
    local title = ("%s, %d thread%s"):format(size == "small" and "64 B to 3 KB" or
        "nine of 64 B to 1.5 KB, one of 3 MB", threads, threads == 1 and "" or "s")
    title = ("%s: %s time per buffer"):format(title, threads == 1 and "CPU" or "wall")
    return { title = title, rows = function(shop, rounds, on_turn)
        local programs, message = programs_of(shop)
        if not programs then return nil, message end
        local contenders = {}
        for i, program in ipairs(programs) do
            contenders[i] = { name = program.name, is_limit = program.is_limit, measure = function()
                return measure(program.command, threads, size, seconds)
            end }
        end
        return turns.compare(contenders, rounds, on_turn)
    end }
end

-- Ten arrays of the arena's, in an event.
local event = [[
return { event = function(thread)
    local arena = thread.arena
    for n = 1, 10 do arena:floats(n * 75):set(1, n) end
end }]]

local function run_section(threads, seconds)
    return { title = ("ten arrays in an event of a run, %d thread%s: wall time per event"):format(
        threads, threads == 1 and "" or "s"), rows = function(_, rounds, on_turn)
        local contenders = {}
        for i, allocator in ipairs { "thread", "shared", "malloc" } do
            contenders[i] = { name = "engram --allocator " .. allocator, measure = function()
                local summary, message = run.run { source = event, threads = threads,
                    duration = seconds, allocator = allocator }
                if not summary then return nil, message end
                local results = summary.results
                if results.failed then return nil, "events failed" end
                return results.elapsed_s * 1e9 / results.events
            end }
        end
        return turns.compare(contenders, rounds, on_turn)
    end }
end

return {
    about = function(options)
        return ("ten buffers taken, each touched, all given back, in turns of %g s"):format(
            options.seconds)
    end,
    rounds = { 11, 3 },
    threads = { 1, 32 },
    seconds = { 0.05, 0.02 },
    sections = function(options)
        local sections = {}
        for _, size in ipairs(options.quick and { "small" } or { "small", "large" }) do
            for _, threads in ipairs(options.threads) do
                sections[#sections + 1] = buffers_section(threads, size, options.seconds)
            end
        end
        for _, threads in ipairs(options.threads) do
            sections[#sections + 1] = run_section(threads, options.seconds)
        end
        return sections
    end,
}
