-- The kernel eg_spread_once as C calls it; and spreading on WordNet.

local ffi = require "ffi"
local C = require "engram.c"
local arena = require "engram.arena"
local spread = require "engram.spread"
local scans = require "spec.support.scans"
local wordnet = require "spec.support.wordnet"
local spreading = require "spec.support.spreading"

local ok, overflow, invalid = tonumber(C.EG_OK), tonumber(C.EG_OVERFLOW), tonumber(C.EG_INVALID)
local inf, nan = math.huge, 0 / 0

local totals_of = spreading.totals_of
local close = spreading.close
local chain = spreading.chain

local function sum_of(hits)
    local sum = 0
    for i = 1, #hits do sum = sum + select(2, hits:get(i)) end
    return sum
end

local mark
local function remember() mark = arena.current():mark() end
local function give_back() arena.current():rewind(mark) end

describe("the kernel eg_spread_once", function()
    local function request_of(g, seeds, activations, options)
        local request = ffi.new("eg_spread",
            { graph = g, seed_count = #seeds, decay = 1, max_hops = 3 })
        local ids = ffi.new("uint32_t[?]", #seeds, seeds)
        local values = ffi.new("double[?]", #seeds, activations)
        request.seeds, request.activations = ids, values
        for key, value in pairs(options or {}) do request[key] = value end
        return request, { ids, values }
    end

    local function bytes_by_formula(n, max_nodes, refire)
        local c = max_nodes and math.min(n, max_nodes) or n
        local w = math.floor(n / 64) + 1
        local b = math.floor(w / 64) + 1
        return 64 * (math.floor(c / 8) + math.floor(c / 16) + 2) +
            512 * (refire and 2 or 1) * w + 24 * w + 8 * b
    end

    it("adds up the seeds of one node", function()
        local own = scans.arena(2 ^ 20, "error")
        local g = chain(3, 1)
        local hits, request, keep = ffi.new "eg_hits", request_of(g, { 0, 1, 0 }, { .5, 1, .25 })
        assert.equal(ok, C.eg_spread_once(own, request, hits))
        assert.same({ .75, 1.75, 1 }, totals_of(3, hits))
        assert.equal(2, #keep)
    end)

    it("uses as much scratch as its head says, and keeps 8 bytes a hit", function()
        for round, n in ipairs { 1, 2, 63, 64, 65, 1000, 4095, 4096, 5000 } do
            for _, max_nodes in ipairs { 0, 1, 10, n, n + 7 } do
                local own = scans.arena(2 ^ 20, "error")
                local g, hits = chain(n, 1), ffi.new "eg_hits"
                local request, keep = request_of(g, { 0 }, { 1 })
                request.max_nodes, request.refire = max_nodes, round % 2
                assert.equal(ok, C.eg_spread_once(own, request, hits))
                local stats = own:stats()
                local cap = max_nodes > 0 and max_nodes or nil
                assert.equal(bytes_by_formula(n, cap, round % 2 == 1), stats.high_water)
                assert.equal(C.eg_spread_once_bytes(request), stats.high_water)
                assert.equal(math.max(1, 8 * hits.length), stats.used)
                assert.equal(1, stats.allocations)
                assert.equal(2, #keep)
            end
        end
    end)

    it("says when the arena is too small, and by how much; and touches nothing", function()
        local own = scans.arena(2 ^ 16, "error")
        local g, hits = chain(10000, 1), ffi.new "eg_hits"
        local request, keep = request_of(g, { 0 }, { 1 })
        ffi.fill(hits, ffi.sizeof(hits), 0x5a)
        local before, at = scans.bytes(hits), own:mark()
        assert.equal(overflow, C.eg_spread_once(own, request, hits))
        assert.is_true(before == scans.bytes(hits))
        assert.equal(at, own:mark())
        local stats = ffi.new "eg_arena_stats"
        C.eg_arena_stats_read(own, stats)
        assert.equal(bytes_by_formula(10000), stats.needed)
        assert.equal(2, #keep)
    end)

    it("works where the arena takes memory from elsewhere, or clears it", function()
        for _, made in ipairs { scans.arena(2 ^ 16, "fallback"), scans.arena(2 ^ 16, "grow"),
            ffi.gc(C.eg_arena_new(2 ^ 20, C.EG_ERROR, 1, 0), C.eg_arena_free) } do
            local g, first, hits = chain(5000, 1), ffi.new "eg_hits", ffi.new "eg_hits"
            local request, keep = request_of(g, { 4990 }, { 1 }, { decay = .5 })
            assert.equal(ok, C.eg_spread_once(made, request, first))
            assert.equal(ok, C.eg_spread_once(made, request, hits))
            for _, each in ipairs { first, hits } do
                assert.same({ 4991, 4992, 4993, 4994 }, (scans.pairs_of(each)))
                assert.equal(each.serial, each.slot.serial)
            end
            made:rewind(0)
            assert.is_true(hits.serial ~= hits.slot.serial and first.serial ~= first.slot.serial)
            assert.equal(2, #keep)
        end
    end)

    it("leaves the block to what comes next, and the hits in peace", function()
        local own = scans.arena(2 ^ 20, "error")
        local g, hits = chain(100, 1), ffi.new "eg_hits"
        local request, keep = request_of(g, { 0 }, { 1 })
        assert.equal(ok, C.eg_spread_once(own, request, hits))
        ffi.fill(C.eg_arena_alloc(own, 5000), 5000, 0xff)
        assert.same({ 1, 2, 3, 4 }, (scans.pairs_of(hits)))
        assert.equal(2, #keep)
    end)

    it("refuses what is outside the contract, and touches nothing", function()
        local own = scans.arena(2 ^ 20, "error")
        local g = chain(3, 1)
        local wrong = {
            { decay = 0 }, { decay = 1.5 }, { decay = nan }, { decay = -1 }, { threshold = -1 },
            { threshold = nan }, { threshold = inf }, { clamp = -1 }, { clamp = nan },
            { clamp = inf }, { fan = -1 }, { fan = 4 }, { accumulate = -1 }, { accumulate = 2 },
            { factors = ffi.new("double[1]", 1) },
            { max_hops = 0, refire = 1, decay = .5, threshold = 2e-308 },
        }
        local hits = ffi.new "eg_hits"
        ffi.fill(hits, ffi.sizeof(hits), 0x5a)
        local before = scans.bytes(hits)
        local function assert_refused(request, what)
            assert.equal(invalid, C.eg_spread_once(own, request, hits), what)
            assert.is_true(before == scans.bytes(hits), what)
            assert.equal(0, own:mark(), what)
        end
        for _, options in ipairs(wrong) do
            local request, keep = request_of(g, { 0 }, { 1 }, options)
            assert_refused(request, next(options) .. #keep)
        end
        for _, seed in ipairs { { 3, 1 }, { 0, nan }, { 0, inf }, { 0, -inf }, { 0, 1e39 } } do
            local request, keep = request_of(g, { seed[1] }, { seed[2] })
            assert_refused(request, "seed" .. #keep)
        end
        local request, keep = request_of(g, { 0, 0, 0 }, { 1e308, 1e308, -1e308 })
        assert_refused(request, "a sum of seeds" .. #keep)
        request = request_of(g, { 0 }, { 1 })
        request.seeds = nil
        assert_refused(request, "no seeds")
        request.graph = nil
        assert_refused(request, "no graph")
    end)
end)

describe("spread on WordNet", function()
    if not wordnet.is_here() then
        pending "needs /usr/share/wordnet (Debian's wordnet-base): derived numbers not checked"
        return
    end

    local g, pairs_found, number = wordnet.load()
    local dog = number.n02084071
    local spitz, poodle, toy_dog, corgi = 10989, 10999, 10822, 10996

    before_each(remember)
    after_each(give_back)

    it("has the synsets and arcs that were counted", function()
        assert.same({ 117659, 361647, 361647 - 9, 10816 }, { g.nodes, pairs_found, g.edges, dog })
    end)

    it("activates as many nodes as derived, hop by hop", function()
        local expected = { { 24, 1.85 }, { 90, 2.5725 }, { 739, 2.884080589768 } }
        for hops, row in ipairs(expected) do
            local hits = spread.spread(g, { [dog] = 1 },
                { decay = .85, threshold = .001, max_hops = hops, fan = "out" })
            assert.equal(row[1], #hits)
            close(row[2], sum_of(hits), 1e-6)
            assert.equal("max_hops", hits:truncated_by())
        end
    end)

    it("gives dog, spitz and poodle what was derived", function()
        local hits = spread.spread(g, { [dog] = 1 },
            { decay = .85, threshold = .001, max_hops = 3, fan = "out" })
        close(1.355934600273, hits:of(dog), 1.355934600273 * 2 ^ -24)
        close(.058317391304, hits:of(spitz), .0583 * 2 ^ -24)
        assert.equal(hits:of(spitz), hits:of(poodle))
        close(.057816745924, hits:of(toy_dog), .0578 * 2 ^ -24)
        close(.054757246377, hits:of(corgi), .0548 * 2 ^ -24)
        local ids, values = scans.pairs_of(hits)
        for i = 2, #ids do
            local falls, ties = values[i] < values[i - 1], values[i] == values[i - 1]
            assert.is_true(falls or ties and ids[i] > ids[i - 1])
        end
    end)

    it("reaches 2147 nodes in four hops without a threshold", function()
        local hits = spread.spread(g, { [dog] = 1 }, { decay = .5, max_hops = 4, fan = "out" })
        assert.equal(2147, #hits)
        close(1.825423186157, sum_of(hits), 1e-6)
        close(1.123160761340, hits:of(dog), 1.1231 * 2 ^ -24)
        close(.026086956522, hits:of(spitz), .0261 * 2 ^ -24)
    end)

    it("stops by itself after two hops when the threshold is .02", function()
        local hits = spread.spread(g, { [dog] = 1 },
            { decay = .85, threshold = .02, max_hops = 10, fan = "out" })
        assert.same({ 90, 2, 0 }, { #hits, hits.hops_used, hits.truncated })
        close(2.5725, sum_of(hits), 1e-6)
    end)
end)
