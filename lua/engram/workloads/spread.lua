-- spread: activation from a random node of a random graph.
--
--    engram run spread --nodes 100k --hops 4

local engram = require "engram"

local workload = {
    about = "spreading activation over a random graph",
    options = {
        nodes = { 10000, "nodes of the graph" },
        degree = { 8, "arcs that leave each of them" },
        hops = { 3, "how far activation runs" },
    },
}

function workload.setup(options, random)
    local from, to, weight = {}, {}, {}
    for node = 1, options.nodes do
        for _ = 1, options.degree do
            local arc = #from + 1
            from[arc], to[arc], weight[arc] = node, random(options.nodes), random()
        end
    end
    local edges = { from = from, to = to, weight = weight }
    return { links = assert(engram.graph(options.nodes, edges)) }
end

-- Seeds as hits, which an event can use as they are; what lies in the arena here stays.
function workload.thread_init(thread)
    local links, random = thread.shared.links, thread.random
    local itself = { max_hops = 1, decay = 0.5, fan = "out", topk = 1 }
    thread.seeds = {}
    for i = 1, 100 do
        thread.seeds[i] = engram.spread(links, { [random(links.nodes)] = 1 }, itself)
    end
    thread.spreading = { max_hops = thread.options.hops, decay = 0.85, fan = "out" }
end

function workload.event(thread)
    engram.spread(thread.shared.links, thread.seeds[thread.random(100)], thread.spreading)
end

return workload
