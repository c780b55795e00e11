--- Spreading activation, against plain C, GraphBLAS and igraph.

local ffi = require "ffi"
local C = require "engram.c"
local graphs = require "engram.bench.graphs"
local kernel = require "engram.bench.kernel"
local peers = require "engram.bench.peers"
local pairs = require("engram.core").pairs

local checked_seeds, k = 3, 10

-- ---- checks

local function densely(hits, nodes)
    local dense = ffi.new("float[?]", nodes)
    local ids, values = ffi.cast("const uint32_t *", hits.ids), ffi.cast("const float *",
        hits.values)
    for i = 0, hits.length - 1 do dense[ids[i]] = values[i] end
    return dense
end

-- Of hubs whose activation is above 1, the share of it.
local function error_between(found, truth, nodes)
    local most = 0
    for i = 0, nodes - 1 do
        local off = math.abs(found[i] - truth[i]) / math.max(1, truth[i])
        if off > most or off ~= off then most = off end
    end
    return most
end

-- The greatest error of the best: of their activations, and of what their nodes truly have.
local function error_of_best(ids, values, truth, nodes)
    local sorted, most = {}, 0
    for i = 0, nodes - 1 do sorted[i + 1] = truth[i] end
    table.sort(sorted, function(a, b) return a > b end)
    for i = 0, k - 1 do
        local id, want = ids[i], sorted[i + 1]
        if id >= nodes then return math.huge end
        local off = math.max(math.abs(values[i] - want), math.abs(truth[id] - want))
        off = off / math.max(1, want)
        if off > most or off ~= off then most = off end
    end
    return most
end

-- The greatest error of what a contender answers for some of the seeds, each alone.
local function checking(each, g, seeds, truths)
    local entry = each.entry
    return function(job)
        local count, most = job.seed_count, 0
        for i, truth in ipairs(truths) do
            job.seeds, job.seed_count = seeds + (i - 1), 1
            entry.body(job)
            local found = each.is_ours and densely(job.hits, g.nodes) or job.activations
            local off = each.is_best and
                error_of_best(job.best_ids, job.best, truth, g.nodes) or
                error_between(found, truth, g.nodes)
            if off > most or off ~= off then most = off end
        end
        job.seeds, job.seed_count = seeds, count
        return most
    end
end

-- ---- the contenders

-- A function that adds a contender to list; options go into its job. And what is true of
-- the first seeds.
local function adding(list, g, options, truth_of, tools)
    local seeds, truths = graphs.seeds(g, options.seeds), {}
    for i = 1, math.min(checked_seeds, options.seeds) do
        truths[i] = truth_of(g, seeds[i - 1], options)
    end
    return function(name, entry, more)
        local activations = ffi.new("float[?]", g.nodes)
        local best, best_ids = ffi.new("float[?]", k), ffi.new("uint32_t[?]", k)
        local job = ffi.new("bench_spread", { graph = g, seeds = seeds,
            seed_count = options.seeds, max_hops = options.max_hops or 0,
            decay = options.decay or 0, threshold = options.threshold or 0,
            refire = options.refire and 1 or 0,
            alpha = options.alpha or 0, tol = options.tol or 0, activations = activations,
            k = k, best = best, best_ids = best_ids,
            arena = tools.arena, mark = C.eg_arena_mark(tools.arena) })
        local each = { name = name, entry = entry, job = job, per = options.seeds,
            tolerance = options.tolerance, anchors = { activations, best, best_ids, seeds, g } }
        for key, value in pairs(more or {}) do each[key] = value end
        each.check = checking(each, g, seeds, truths)
        list[#list + 1] = each
    end, truths
end

local ours = { is_ours = true }

local function once(shop, shape, rounds, on_turn)
    local tools, message = shop:tools()
    if not tools then return nil, message end
    local plain
    plain, message = shop:library { source = "spread.c" }
    if not plain then return nil, message end
    local list = {}
    local add = adding(list, shape.graph(), shape, graphs.once, tools)
    add("engram, ranked", tools.ours.once, ours)
    add("plain C sweep, ranked by qsort", plain.contenders["dense, ranked"])
    add("engram, 10 best", tools.ours["once, best"], { is_ours = true, is_best = true })
    add("plain C sweep, 10 best by a heap", plain.contenders["dense, best"],
        { is_best = true, against = "engram, 10 best" })
    add("plain C sweep, not ranked", plain.contenders.dense, { also = "engram, 10 best" })
    local graphblas = shop:peer(peers.graphblas, "graphblas.c")
    if graphblas then
        add("GraphBLAS vxm, not ranked", graphblas.contenders.vxm, { also = "engram, 10 best" })
    end
    return kernel.compare(tools.clock, list, rounds, on_turn)
end

local function best(shop, shape, rounds, on_turn)
    local tools, message = shop:tools()
    if not tools then return nil, message end
    local plain
    plain, message = shop:library { source = "heap.c" }
    if not plain then return nil, message end
    local list = {}
    local add = adding(list, shape.graph(), shape, graphs.best, tools)
    add("engram", tools.ours.best, ours)
    add("engram's own heap", tools.ours["best, heap"], ours)
    add("plain C, binary heap", plain.contenders["best-first"])
    return kernel.compare(tools.clock, list, rounds, on_turn)
end

local function ppr(shop, shape, rounds, on_turn)
    local tools, message = shop:tools()
    if not tools then return nil, message end
    local list = {}
    local add = adding(list, shape.graph(), shape, graphs.ppr, tools)
    add("engram, ranked", tools.ours.ppr, ours)
    local igraph = shop:peer(peers.igraph, "igraph.c")
    if igraph then add("igraph PRPACK, conversion included", igraph.contenders.prpack) end
    return kernel.compare(tools.clock, list, rounds, on_turn)
end

-- The greatest error of some of those that were answered side by side.
local function checking_all(g, truths, is_best)
    return function(job)
        local most = 0
        for i, truth in ipairs(truths) do
            local hits = job.all[i - 1]
            local off = is_best and error_of_best(ffi.cast("const uint32_t *", hits.ids),
                ffi.cast("const float *", hits.values), truth, g.nodes) or
                error_between(densely(hits, g.nodes), truth, g.nodes)
            if off > most or off ~= off then most = off end
        end
        return most
    end
end

-- 16 sets of one seed at once, against the same one by one.
local function many_by(truth_of, together, alone, is_best)
    return function(shop, shape, rounds, on_turn)
        local tools, message = shop:tools()
        if not tools then return nil, message end
        local list, g = {}, shape.graph()
        local add, truths = adding(list, g, shape, truth_of, tools)
        local all = ffi.new("eg_hits[?]", shape.seeds)
        add("engram, 16 at once", tools.ours[together], { all = all })
        list[1].check, list[1].job.all = checking_all(g, truths, is_best), all
        add("engram, one at a time", tools.ours[alone], { is_ours = true, is_best = is_best })
        return kernel.compare(tools.clock, list, rounds, on_turn)
    end
end

local many = many_by(graphs.ppr, "ppr, many", "ppr")
local once_many = many_by(graphs.once, "once, many", "once, best", true)
local refire_many = many_by(graphs.refire, "once, many", "once, best", true)

-- ---- the shapes

local function small() return graphs.random(1000, 9900) end
local function large() return graphs.skewed(100000, 1670000) end

local shapes = {
    { title = "once, 1,000 nodes, 9,900 arcs, above .01", graph = small, threshold = 0.01,
      body = once, seeds = 64 },
    { title = "once, 100,000 nodes, 1.67M arcs, above .01", graph = large, threshold = 0.01,
      body = once, seeds = 32, is_large = true },
    { title = "once, 100,000 nodes, 1.67M arcs, above .05", graph = large, threshold = 0.05,
      body = once, seeds = 32, is_large = true },
    { title = "best, 1,000 nodes, 9,900 arcs, above .01", graph = small, threshold = 0.01,
      body = best, seeds = 64 },
    { title = "best, 100,000 nodes, 1.67M arcs, above .01", graph = large, threshold = 0.01,
      body = best, seeds = 32, is_large = true },
    { title = "best, 100,000 nodes, 1.67M arcs, above .05", graph = large, threshold = 0.05,
      body = best, seeds = 32, is_large = true },
    { title = "ppr to 1e-10, 1,000 nodes, 9,900 arcs", graph = small, body = ppr, seeds = 4 },
    { title = "ppr to 1e-6, 16 seeds, 1,000 nodes, 9,900 arcs", graph = small, body = many,
      seeds = 16, tol = 1e-6, tolerance = 1e-5 },
    { title = "ppr to 1e-6, 16 seeds, 100,000 nodes, 1.67M arcs", graph = large, body = many,
      seeds = 16, tol = 1e-6, tolerance = 1e-5, is_large = true, rounds = 7 },
    { title = "once, 8 hops, 16 seeds, 10 best, 1,000 nodes, 9,900 arcs", graph = small,
      body = once_many, seeds = 16, max_hops = 8 },
    { title = "refire, 8 hops, 16 seeds, 10 best, 1,000 nodes, 9,900 arcs", graph = small,
      body = refire_many, seeds = 16, refire = true, max_hops = 8 },
    { title = "refire, 8 hops, 16 seeds, 10 best, 100,000 nodes, 1.67M arcs", graph = large,
      body = refire_many, seeds = 16, refire = true, max_hops = 8, is_large = true, rounds = 7 },
    { title = "ppr to 1e-10, 100,000 nodes, 1.67M arcs", graph = large, body = ppr, seeds = 1,
      is_large = true, rounds = 7 },
}
for _, shape in ipairs(shapes) do
    shape.decay, shape.max_hops = 0.5, shape.max_hops or 3
    shape.alpha, shape.tol = 0.85, shape.tol or 1e-10
    shape.tolerance = shape.tolerance or shape.body == ppr and 1e-7 or 1e-4
end

return {
    about = function()
        return "from one seed at a time, decay .5, 3 hops unless said; ppr alpha .85; 1 thread, " ..
            "CPU time"
    end,
    rounds = { 21, 7 },
    sections = function(options)
        local sections = {}
        for _, shape in ipairs(shapes) do
            if not (options.quick and shape.is_large) then
                sections[#sections + 1] = { title = shape.title, rounds = shape.rounds,
                    rows = function(shop, rounds, on_turn)
                        return shape.body(shop, shape, rounds, on_turn)
                    end }
            end
        end
        return sections
    end,
}
