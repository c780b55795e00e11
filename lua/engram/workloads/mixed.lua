-- mixed: each event is one of the three kernels, by the throw of a die.
--
--    engram run mixed --similarity 60 --spread 30        the rest, 10 %, is decay

local decay = require "engram.workloads.decay"
local similarity = require "engram.workloads.similarity"
local spread = require "engram.workloads.spread"

local workload = {
    about = "similarity, spread and decay, mixed at random",
    options = {
        similarity = { 40, "percent of events that search" },
        spread = { 40, "percent that spread activation; the rest decays" },
        rows = { 1000, "vectors to search" }, dims = { 100, "numbers in each" },
        k = { 10, "neighbours per search" },
        nodes = { 2000, "nodes of the graph" }, degree = { 8, "arcs that leave each of them" },
        hops = { 2, "how far activation runs" },
        items = { 1000, "strengths to decay" }, half_life = { 7, "days until half is left" },
    },
}

function workload.setup(options, random)
    local shared = similarity.setup(options, random)
    shared.links = spread.setup(options, random).links
    return shared
end

function workload.thread_init(thread)
    spread.thread_init(thread)
    decay.thread_init(thread)
end

function workload.event(thread, i)
    local options = thread.options
    local die = thread.random() * 100
    if die < options.similarity then
        similarity.event(thread, i)
    elseif die < options.similarity + options.spread then
        spread.event(thread, i)
    else
        decay.event(thread, i)
    end
end

return workload
