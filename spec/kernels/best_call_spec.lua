-- The kernel eg_spread_best as C calls it: next to its plain version, and what it refuses.

local ffi = require "ffi"
local C = require "engram.c"
local graph = require "engram.graph"
local best = require "spec.support.best"
local flows = require "spec.support.flows"
local oracle = require "spec.support.oracle"
local random = require "spec.support.random"
local scans = require "spec.support.scans"

local ok, invalid = tonumber(C.EG_OK), tonumber(C.EG_INVALID)
local rounded = oracle.rounded

local function chain(n, weight)
    local edges = {}
    for i = 1, n - 1 do edges[i] = { i, i + 1, weight } end
    return graph.graph(n, edges)
end

-- ---- Against the oracle, and the queues against each other

local own = scans.arena(2 ^ 23, "error")

local words = { "none", "out", "sqrt", "log" }
local fans = { none = C.EG_FAN_NONE, out = C.EG_FAN_OUT, sqrt = C.EG_FAN_SQRT, log = C.EG_FAN_LOG }

local function request_of(g, seeds, options)
    local ids, values = {}, {}
    for id = 1, g.nodes do
        if seeds[id] then ids[#ids + 1], values[#values + 1] = id - 1, seeds[id] end
    end
    return flows.request("eg_best", g, ids, values, { decay = options.decay,
        threshold = options.threshold, max_hops = options.max_hops or 0,
        budget = options.budget or 0, fan = fans[options.fan] })
end

-- All that a call answers, as text: two are the same to the bit or differ.
local function told_by(request, queue)
    local hits = ffi.new "eg_hits"
    request.queue = queue
    local status = C.eg_spread_best(own, request, hits)
    if status ~= ok then return "status " .. status end
    local text = ("%s %d %d %d %a"):format(flows.bits(hits), hits.hops_used, hits.fired,
        hits.truncated, hits.residual)
    own:rewind(0)
    return text, hits.length
end

local function random_options(data)
    local options = { fan = words[data:whole(1, 4)], threshold = 0 }
    options.decay = ({ .5, .85, 8 / 9, .9, .95, .97, 1 })[data:whole(1, 7)]
    if data:uniform() < .7 then options.threshold = 10 ^ -data:whole(1, 5) end
    if data:uniform() < .6 then options.max_hops = data:whole(1, 5) end
    if data:uniform() < .5 then options.budget = data:whole(1, 20) end
    return options
end

-- Of few different weights, so that many nodes tie; or of many, some of them tiny.
local function random_edges(data, n)
    local edges, kind = {}, data:whole(1, 4)
    local draw = ({
        function() return 1 end,
        function() return data:whole(0, 4) / 4 end,
        function() return data:uniform() end,
        function() return data:uniform() * 10 ^ -data:whole(0, 30) end,
    })[kind]
    local chance = data:uniform() * 4 / n
    for i = 1, n do
        for j = 1, n do
            if data:uniform() < chance then edges[#edges + 1] = { i, j, draw() } end
        end
    end
    return edges
end

local function random_seeds(data, n)
    local seeds = {}
    for _ = 1, data:whole(1, 4) do
        seeds[data:whole(1, n)] = ({ 1, .5, data:uniform(), 1e-36, 0 })[data:whole(1, 5)]
    end
    return seeds
end

local function check_case(data, n)
    local g, rows = flows.of_edges(n, random_edges(data, n))
    local seeds, options = random_seeds(data, n), random_options(data)
    local expected = best.spread(n, rows, seeds, options)
    local request, keep = request_of(g, seeds, options)
    request.queue = C.EG_QUEUE_FASTEST
    local hits = ffi.new "eg_hits"
    assert.equal(ok, C.eg_spread_best(own, request, hits), data.hint)
    local ids, values = scans.pairs_of(hits)
    assert.same(expected.ids, ids, data.hint)
    assert.same(expected.values, values, data.hint)
    assert.same({ expected.hops_used, expected.fired, expected.truncated },
        { hits.hops_used, hits.fired, hits:truncated_by() }, data.hint)
    flows.close(expected.residual, hits.residual, 1e-12 * expected.residual, data.hint)
    own:rewind(0)
    assert.equal(told_by(request, C.EG_QUEUE_HEAP), told_by(request, C.EG_QUEUE_FASTEST), data.hint)
    assert.equal(3, #keep)
end

describe("the kernel eg_spread_best", function()
    it("does what the definition says, with either queue", function()
        scans.on_each(function()
            local data = random.new(41)
            for _ = 1, 700 do check_case(data, data:whole(1, 30)) end
        end)
    end)

    it("does the same with either queue on larger graphs, on each set", function()
        local data = random.new(42)
        for _ = 1, 60 do
            local n, edges = data:whole(200, 2000), {}
            local draw = data:uniform() < .5 and function() return data:uniform() end
                or function() return data:whole(1, 3) / 3 end
            for i = 1, n * data:whole(1, 8) do
                local hub = data:uniform() < .2
                edges[i] = { hub and data:whole(1, 9) or data:whole(1, n), data:whole(1, n),
                    draw() }
            end
            local g = graph.graph(n, edges, { dup = "max" })
            local options = random_options(data)
            if options.budget then options.budget = data:whole(1, n) end
            local seeds = random_seeds(data, n)
            local request, keep = request_of(g, seeds, options)
            local expected = told_by(request, C.EG_QUEUE_HEAP)
            scans.on_each(function()
                assert.is_true(expected == told_by(request, C.EG_QUEUE_FASTEST), data.hint)
            end)
            assert.equal(3, #keep)
        end
    end)

    -- Each of 60 nodes, in a bucket below that of the one before it, moves every target to a better
    -- bucket: far more pushes than either queue has room for, and sweeps that have to tell the one
    -- place that holds from all the others, or nothing would become free. Who is lost, and found
    -- in a place of old, passes on too late for what is two arcs away.
    it("sweeps out what no longer holds", function()
        local edges, steps, targets = {}, 60, 400
        for i = 1, steps do
            edges[#edges + 1] = { 1, 1 + i, 1.13 ^ -i }
            for j = 1, targets do
                edges[#edges + 1] = { 1 + i, 1 + steps + j, .9 * 1.13 ^ (2 * i - 2 * steps) }
            end
        end
        for j = 1, 2 * targets do
            edges[#edges + 1] = { 1 + steps + j, 1 + steps + j + targets, 1 }
        end
        local n = 1 + steps + 3 * targets
        local g, rows = flows.of_edges(n, edges)
        for _, budget in ipairs { 0, 200 } do
            local options = { decay = .5, threshold = 1e-9, fan = "none",
                budget = budget > 0 and budget or nil }
            local expected = best.spread(n, rows, { 1 }, options)
            local request, keep = request_of(g, { 1 }, options)
            for _, queue in ipairs { C.EG_QUEUE_HEAP, C.EG_QUEUE_FASTEST } do
                local hits = ffi.new "eg_hits"
                request.queue = queue
                assert.equal(ok, C.eg_spread_best(own, request, hits))
                assert.same({ expected.ids, expected.values }, { scans.pairs_of(hits) })
                own:rewind(0)
            end
            assert.equal(3, #keep)
        end
    end)

    -- 5 gets .1975 at the last hop, where nobody waits, and then .2 at the first: the same
    -- bucket, but now it has to pass on.
    it("queues who was reached at the last hop and then, a little better, before it", function()
        local edges = { { 1, 2, 1 }, { 2, 5, .79 }, { 3, 5, 1 }, { 5, 6, 1 } }
        local g, rows = flows.of_edges(6, edges)
        local seeds, options = { 1, [3] = .4 }, { decay = .5, threshold = 0, max_hops = 2,
            fan = "none" }
        local expected = best.spread(6, rows, seeds, options)
        local request, keep = request_of(g, seeds, options)
        local hits = ffi.new "eg_hits"
        assert.equal(ok, C.eg_spread_best(own, request, hits))
        assert.same({ expected.ids, expected.values }, { scans.pairs_of(hits) })
        assert.equal(5, #hits)
        own:rewind(0)
        assert.equal(3, #keep)
    end)

    -- Activations an ulp apart, at both ends of a bucket, and factors at the bound.
    it("keeps the order at the edges of buckets", function()
        for _, factor in ipairs { 8 / 9, 16 / 17, 32 / 33, .97, .5 } do
            local edges, seeds, n = {}, {}, 200
            for i = 1, n do
                local parts = 2 ^ (3 + i % 3)
                seeds[i] = (1 + i % parts / parts) / 2 ^ (i % 7) * (1 - i % 2 * 2 ^ -24)
                edges[#edges + 1] = { i, i % n + 1, rounded(1 - i % 3 * 2 ^ -24) }
                edges[#edges + 1] = { i, (i + 60) % n + 1, rounded(1 - i % 4 * 2 ^ -24) }
            end
            local g, rows = flows.of_edges(n, edges)
            for _, nudge in ipairs { 0, 2 ^ -20, -2 ^ -20 } do
                local options = { decay = factor * (1 + nudge), threshold = 0, fan = "none" }
                local expected = best.spread(n, rows, seeds, options)
                local request, keep = request_of(g, seeds, options)
                local hits = ffi.new "eg_hits"
                assert.equal(ok, C.eg_spread_best(own, request, hits))
                assert.same({ expected.ids, expected.values }, { scans.pairs_of(hits) })
                own:rewind(0)
                assert.equal(told_by(request, C.EG_QUEUE_HEAP),
                    told_by(request, C.EG_QUEUE_FASTEST))
                assert.equal(3, #keep)
            end
        end
    end)

    it("gives the same on complete graphs, stars and long chains", function()
        local complete, star, wheel, long = {}, {}, {}, {}
        for i = 1, 40 do
            for j = 1, 40 do complete[#complete + 1] = { i, j, ((i * 7 + j * 3) % 11) / 11 } end
            star[i] = { 41, i, 1 / i }
            wheel[#wheel + 1] = { i, i % 40 + 1, 1 }
            wheel[#wheel + 1] = { 41, i, .5 }
        end
        for i = 1, 2999 do long[i] = { i, i + 1, 1 } end
        for _, case in ipairs { { 41, complete, 1 }, { 41, star, 41 }, { 41, wheel, 41 },
            { 3000, long, 1 } } do
            local g = graph.graph(case[1], case[2])
            for _, decay in ipairs { .5, .9, .99 } do
                local request, keep = request_of(g, { [case[3]] = 1 },
                    { decay = decay, threshold = 0, fan = "none" })
                assert.equal(told_by(request, C.EG_QUEUE_HEAP),
                    told_by(request, C.EG_QUEUE_FASTEST))
                assert.equal(3, #keep)
            end
        end
    end)

    it("does not mind the order of the seeds", function()
        local g = chain(50, .8)
        local a, keep_a = flows.request("eg_best", g, { 3, 40, 3, 7 }, { .25, 1, .5, .1 },
            { decay = .5 })
        local b, keep_b = flows.request("eg_best", g, { 40, 7, 3 }, { 1, .1, .75 }, { decay = .5 })
        assert.equal(told_by(a, 0), told_by(b, 0))
        assert.equal(#keep_a, #keep_b)
    end)

    it("refuses a queue that there is not", function()
        local request, keep = request_of(chain(3, 1), { 1 }, { decay = .5, threshold = 0,
            fan = "none" })
        assert.equal("status " .. invalid, (told_by(request, 2)))
        assert.equal("status " .. invalid, (told_by(request, -1)))
        assert.equal(3, #keep)
    end)

    local function bytes(n, b)
        local m = math.max(n, 1)
        local queue = b and 64 * math.ceil(b / 8) + 64 * (2 * (math.floor(n / 15) + 1) + b + 1)
        return 16 * m + 64 * (math.floor(n / 8) + 1) + 64 * (math.floor(n / 512) + 1) +
            (queue or 32 * m)
    end

    it("uses as much scratch as its head says", function()
        local cases = { -- threshold, decay, sum of the seeds, buckets
            { 0, .5, 1, 1010 }, { .5, .5, 1, 9 }, { .25, .9, 4, 65 }, { .25, .95, 1, 65 },
            { .25, .5, .1, 1 }, { 0, 1, 1, nil },
        }
        for _, n in ipairs { 2, 63, 64, 128, 1000, 8192, 9000 } do
            for _, case in ipairs(cases) do
                local g = chain(n, 1)
                local request, keep = flows.request("eg_best", g, { 0 }, { case[3] },
                    { decay = case[2], threshold = case[1] })
                local need = bytes(n, case[4])
                for _, room in ipairs { need, math.max(need - 4096, 65536) } do
                    -- Arenas are whole pages of at least 64K: take what there is too much of.
                    local small = scans.arena(math.max(room, 65536), "error")
                    local hits = ffi.new "eg_hits"
                    local enough = room >= need
                    assert.equal(enough and ok or tonumber(C.EG_OVERFLOW),
                        C.eg_spread_best(small, request, hits))
                    if enough then
                        assert.equal(need, small:stats().high_water)
                        assert.equal(math.max(1, 8 * hits.length), small:stats().used)
                    else
                        assert.same({ 0, 0 }, { hits.length, small:mark() })
                    end
                end
                assert.equal(3, #keep)
            end
        end
    end)
end)
