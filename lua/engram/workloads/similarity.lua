-- similarity: the nearest neighbours of a random query among random rows.
--
--    engram run similarity --rows 10k --dims 100 --k 20

local engram = require "engram"

local workload = {
    about = "the k nearest of random vectors",
    options = {
        rows = { 1000, "vectors to search" },
        dims = { 768, "numbers in each" },
        k = { 10, "neighbours per event" },
    },
}

local function randomize(m, random)
    for i = 1, m.rows do
        for j = 1, m.dims do m:set(i, j, random:normal()) end
    end
    return m
end

function workload.setup(options, random)
    local memories = assert(engram.matrix(options.rows, options.dims))
    return { memories = randomize(memories, random) }
end

function workload.event(thread)
    local memories = thread.shared.memories
    local cue = memories:row(thread.random(memories.rows))
    engram.nearest(cue, memories, thread.options.k)
end

return workload
