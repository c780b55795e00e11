-- What spreadr, ppr, push and best promise alike as kernels: scratch, statuses, outputs left alone.

local ffi = require "ffi"
local C = require "engram.c"
local graph = require "engram.graph"
local flows = require "spec.support.flows"
local scans = require "spec.support.scans"

local ok, overflow, invalid = tonumber(C.EG_OK), tonumber(C.EG_OVERFLOW), tonumber(C.EG_INVALID)
local inf, nan = math.huge, 0 / 0

local function words(n) return math.floor(n / 64) + 1 end

-- As the heads of the kernels say.
local kernels = {
    {
        name = "eg_spread_spreadr", kind = "eg_spreadr", usual = { retention = .5, time = 3 },
        bytes = function(n) return 16 * math.max(n, 1) + 8 * words(n) end,
        wrong = {
            { retention = -.1 }, { retention = 1.1 }, { retention = nan }, { loss = -1 },
            { loss = 2 }, { loss = nan }, { suppress = -1 }, { suppress = inf },
            { suppress = nan }, { threshold_to_stop = -1 }, { threshold_to_stop = nan },
            { threshold_to_stop = inf }, { time = 0 }, { time = 0, loss = .5 },
            { time = 0, threshold_to_stop = 1 }, { time = 0, threshold_to_stop = 1, loss = 1e-17 },
            { time = 0, threshold_to_stop = 2e-308, loss = .5 },
            { retentions = ffi.new("double[3]", 0, 1, 1.5) },
            { retentions = ffi.new("double[3]", 0, nan, 1) },
        },
    },
    {
        name = "eg_spread_ppr", kind = "eg_ppr", usual = { alpha = .5, max_iter = 3 },
        bytes = function(n) return 16 * math.max(n, 1) end,
        wrong = {
            { alpha = 0 }, { alpha = 1 }, { alpha = nan }, { alpha = -1 }, { tol = -1 },
            { tol = nan }, { tol = inf }, { max_iter = 0 }, { dangling = -1 }, { dangling = 3 },
        },
    },
    {
        name = "eg_spread_push", kind = "eg_push", usual = { alpha = .5, eps = .05 },
        bytes = function(n) return 16 * math.max(n, 1) + 24 * words(n) + 4 * n end,
        wrong = {
            { alpha = 0 }, { alpha = 1 }, { alpha = nan }, { alpha = -1 }, { eps = 0 },
            { eps = -1 }, { eps = 2e-308 }, { eps = nan }, { eps = inf },
            { dangling = -1 }, { dangling = 3 },
        },
    },
    {
        -- 8 buckets for each octave down to 2^-126, and two more.
        name = "eg_spread_best", kind = "eg_best",
        usual = { decay = .5, fan = C.EG_FAN_OUT },
        bytes = function(n)
            local buckets = n == 0 and 1 or 126 * 8 + 2
            return 16 * math.max(n, 1) + 64 * (math.floor(n / 8) + 1) +
                64 * (math.floor(n / 512) + 1) + 64 * math.ceil(buckets / 8) +
                64 * (2 * (math.floor(n / 15) + 1) + buckets + 1)
        end,
        wrong = {
            { decay = 0 }, { decay = 1.5 }, { decay = nan }, { threshold = -1 },
            { threshold = nan }, { threshold = inf }, { fan = -1 }, { fan = 4 }, { queue = -1 },
        },
    },
}

kernels[#kernels + 1] = {
    name = "eg_spread_actr", kind = "eg_actr", usual = { mas = 2, ga = 1 }, goes_below_0 = true,
    bytes = kernels[1].bytes,
    wrong = {
        { mas = nan }, { mas = inf }, { mas = 1e39 }, { ga = -1 }, { ga = nan }, { ga = inf },
        { noise = -1 }, { noise = nan }, { noise = inf }, { noise = 1 },
        { base = ffi.new("double[3]", 0, nan, 0) }, { base = ffi.new("double[3]", 0, 0, inf) },
        { mas = 3e38, ga = 3e38 },
    },
}

local function chain(n, weight)
    local edges = {}
    for i = 1, n - 1 do edges[i] = { i, i + 1, weight } end
    return graph.graph(n, edges)
end

for _, kernel in ipairs(kernels) do
    describe("the kernel " .. kernel.name, function()
        local run = C[kernel.name]

        local function request_of(g, ids, activations)
            return flows.request(kernel.kind, g, ids, activations, kernel.usual)
        end

        local function filled()
            local hits = ffi.new "eg_hits"
            ffi.fill(hits, ffi.sizeof(hits), 0x5a)
            return hits, scans.bytes(hits)
        end

        it("uses as much scratch as its head says, and keeps 8 bytes a hit", function()
            for _, n in ipairs { 1, 2, 63, 64, 65, 1000, 4095, 4096, 5000 } do
                local own, hits = scans.arena(2 ^ 20, "error"), ffi.new "eg_hits"
                local request, keep = request_of(chain(n, 1), { 0 }, { 1 })
                assert.equal(ok, run(own, request, hits))
                local stats = own:stats()
                assert.is_true(hits.length > 0)
                assert.equal(kernel.bytes(n), stats.high_water)
                assert.equal(8 * hits.length, stats.used)
                assert.equal(1, stats.allocations)
                assert.equal(3, #keep)
            end
        end)

        it("needs its least for a graph without nodes", function()
            local own, hits = scans.arena(2 ^ 20, "error"), ffi.new "eg_hits"
            local request, keep = request_of(graph.graph(0, {}), {}, {})
            assert.equal(ok, run(own, request, hits))
            assert.equal(kernel.bytes(0), own:stats().high_water)
            assert.equal(1, own:stats().used)
            assert.same({ 0, 3 }, { hits.length, #keep })
        end)

        it("says when the arena is too small, and by how much; and touches nothing", function()
            local own, hits, before = scans.arena(2 ^ 16, "error"), filled()
            local request, keep = request_of(chain(10000, 1), { 0 }, { 1 })
            assert.equal(overflow, run(own, request, hits))
            assert.is_true(before == scans.bytes(hits))
            assert.equal(0, own:mark())
            local stats = ffi.new "eg_arena_stats"
            C.eg_arena_stats_read(own, stats)
            assert.equal(kernel.bytes(10000), stats.needed)
            assert.equal(3, #keep)
        end)

        it("works where the arena takes memory from elsewhere, or clears it", function()
            local expected
            for _, made in ipairs { scans.arena(2 ^ 20, "error"), scans.arena(2 ^ 16, "fallback"),
                scans.arena(2 ^ 16, "grow"),
                ffi.gc(C.eg_arena_new(2 ^ 20, C.EG_ERROR, 1, 0), C.eg_arena_free) } do
                local first, hits = ffi.new "eg_hits", ffi.new "eg_hits"
                local request, keep = request_of(chain(5000, 1), { 4990 }, { 1 })
                assert.equal(ok, run(made, request, first))
                assert.equal(ok, run(made, request, hits))
                expected = expected or flows.bits(first)
                assert.is_true(expected == flows.bits(first) and expected == flows.bits(hits))
                assert.equal(hits.serial, hits.slot.serial)
                made:rewind(0)
                assert.is_true(hits.serial ~= hits.slot.serial)
                assert.equal(3, #keep)
            end
        end)

        it("is not led astray by what the scratch held before", function()
            local own = scans.arena(2 ^ 20, "error")
            local expected
            for _, byte in ipairs { 0, 0xff, 0x7f } do
                ffi.fill(C.eg_arena_alloc(own, 2 ^ 18), 2 ^ 18, byte)
                own:rewind(0)
                local hits = ffi.new "eg_hits"
                local request, keep = request_of(chain(300, 1), { 7, 200, 7 }, { 1, 2, 1 })
                assert.equal(ok, run(own, request, hits))
                expected = expected or flows.bits(hits)
                assert.is_true(expected == flows.bits(hits) and #keep == 3)
                own:rewind(0)
            end
        end)

        it("adds up the seeds of one node", function()
            local own = scans.arena(2 ^ 20, "error")
            local one, other = ffi.new "eg_hits", ffi.new "eg_hits"
            local request, keep = request_of(chain(5, 1), { 0, 1, 0 }, { .5, 1, .25 })
            assert.equal(ok, run(own, request, one))
            local same, kept = request_of(chain(5, 1), { 0, 1 }, { .75, 1 })
            assert.equal(ok, run(own, same, other))
            assert.same({ scans.pairs_of(one) }, { scans.pairs_of(other) })
            assert.equal(#keep, #kept)
        end)

        it("refuses what is outside the contract, and touches nothing", function()
            local own, hits, before = scans.arena(2 ^ 20, "error"), filled()
            local function assert_refused(request, what)
                assert.equal(invalid, run(own, request, hits), what)
                assert.is_true(before == scans.bytes(hits), what)
                assert.equal(0, own:mark(), what)
            end
            for i, fields in ipairs(kernel.wrong) do
                local request, keep = request_of(chain(3, 1), { 0 }, { 1 })
                for key, value in pairs(fields) do request[key] = value end
                assert_refused(request, i .. " " .. next(fields) .. #keep)
            end
            for _, seed in ipairs { { 3, 1 }, { 0, nan }, { 0, inf }, { 0, -1 }, { 0, 1e39 } } do
                local request, keep = request_of(chain(3, 1), { seed[1] }, { seed[2] })
                assert_refused(request, "seed" .. #keep)
            end
            local request, keep = request_of(chain(3, 1), { 0, 0 }, { 3e38, 3e38 })
            assert_refused(request, "a sum of seeds" .. #keep)
            request, keep = request_of(chain(3, -1), { 0 }, { 1 })
            assert_refused(request, "a weight" .. #keep)
            request, keep = request_of(chain(3, 1), { 0 }, { 1 })
            request.from.seeds = nil
            assert_refused(request, "no seeds" .. #keep)
            request.from.graph = nil
            assert_refused(request, "no graph")
        end)

        it("minds no negative weight where nothing passes", function()
            local own, hits = scans.arena(2 ^ 20, "error"), ffi.new "eg_hits"
            local g = graph.graph(3, { { 1, 2 }, { 3, 1, -1 } })
            local request, keep = request_of(g, { 0 }, { 1 })
            assert.equal(ok, run(own, request, hits))
            assert.equal(3, #keep)
        end)

        it("takes activations and weights to the ends of a float", function()
            if kernel.goes_below_0 then return assert.is_true(kernel.usual.mas < 90) end
            local own, hits = scans.arena(2 ^ 20, "error"), ffi.new "eg_hits"
            local g = graph.graph(3, { { 1, 2, 1e-45 }, { 1, 3, 3e38 }, { 3, 2, 1e-45 } })
            for _, activation in ipairs { 3.4e38, 1e-45, 1e-300 } do
                local request, keep = request_of(g, { 0, 2 }, { activation, 0 })
                assert.equal(ok, run(own, request, hits))
                for i = 1, #hits do
                    local _, value = hits:get(i)
                    assert.is_true(value > 0 and value < inf)
                end
                assert.equal(3, #keep)
            end
        end)
    end)
end
