-- alloc: a few arrays of mixed sizes from the arena, each touched once.
--
--    engram run alloc --allocator malloc        the same from the heap
--    engram run alloc --allocator shared        the same from one region behind a lock

local workload = {
    about = "scratch arrays of mixed sizes, given back after each event",
    options = {
        arrays = { 8, "arrays per event" },
        floats = { 4096, "floats in the largest of them" },
    },
}

function workload.event(thread)
    local arena, random, largest = thread.arena, thread.random, thread.options.floats
    for _ = 1, thread.options.arrays do
        local n = random(largest)
        local array = arena:floats(n)
        array:set(1, n)
        array:set(n, n)
    end
end

return workload
