-- decay: what is left of many strengths at their ages.
--
--    engram run decay --items 100k --half-life 30

local engram = require "engram"

local workload = {
    about = "forgetting over an array of strengths and ages",
    options = {
        items = { 10000, "strengths per event" },
        half_life = { 7, "days until half is left" },
    },
}

-- What is taken from the arena here stays until the thread ends.
function workload.thread_init(thread)
    local items, random = thread.options.items, thread.random
    thread.strengths, thread.ages = thread.arena:floats(items), thread.arena:floats(items)
    for i = 1, items do
        thread.strengths:set(i, random())
        thread.ages:set(i, random:exponential() * thread.options.half_life)
    end
    thread.left = thread.arena:floats(items)
    thread.forgetting = { curve = "halflife", h = thread.options.half_life, out = thread.left }
end

function workload.event(thread)
    engram.decay(thread.strengths, thread.ages, thread.forgetting)
end

return workload
