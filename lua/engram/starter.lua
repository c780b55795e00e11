--- Starter: the script that `engram new` writes: it runs as it is, and says what
--- each hook is for.
--
--    starter "mine.lua"     -> its text

local text = [=[
-- NAME: which memories are closest to a cue?
--
--    engram run NAME -t 2 -d 3s
--    engram run NAME --help

local engram = require "engram"

local workload = {
    about    = "nearest neighbours of one memory among all",
    options  = { k = { 10, "neighbours per operation" } },     -- becomes --k on the command line
    defaults = { duration = "5s" },                            -- of run's own options; flags win
}

-- Once, before any thread. What it returns reaches every thread as thread.shared: matrices
-- and graphs without a copy (they are frozen), plain values copied. random() gives numbers
-- that depend on --seed alone.
function workload.setup(options, random)
    return { memories = assert(engram.load(engram.data "words.npy")) }
end

-- Once in each thread, before the start line. What it takes from thread.arena stays.
-- Fields of your own are welcome; id, threads, arena, random, shared, options are there.
function workload.thread_init(thread)
    thread.found = 0
end

-- Again and again: this is what is timed. i counts 1, 2, 3, ... over all threads. What it
-- takes from thread.arena is given back after it. Make no tables, closures or strings here:
-- then the whole event becomes machine code.
function workload.event(thread, i)
    local memories = thread.shared.memories
    local cue = memories:row(i % memories.rows + 1)
    local hits = engram.nearest(cue, memories, thread.options.k)
    thread.found = thread.found + #hits
end

-- Once in each thread, after its last event. What it returns is handed to done().
function workload.thread_done(thread)
    return thread.found
end

-- Once, at the end, with the summary of the run and what each thread returned.
function workload.done(summary, results)
    local found = 0
    for id = 1, summary.config.threads do found = found + (results[id] or 0) end
    print("found " .. found .. " neighbours")
end

return workload
]=]

return function(path)
    local name = path:gsub("%c", "?"):gsub("%%", "%%%%")
    return (text:gsub("NAME", name))
end
