-- Spreads side by side: to the bit what each set of seeds gets alone, on every instruction set,
-- with every option; and what the kernels promise as kernels.

local ffi = require "ffi"
local C = require "engram.c"
local graph = require "engram.graph"
local flows = require "spec.support.flows"
local random = require "spec.support.random"
local scans = require "spec.support.scans"

local ok, overflow, invalid = tonumber(C.EG_OK), tonumber(C.EG_OVERFLOW), tonumber(C.EG_INVALID)
local nan = 0 / 0

local own = scans.arena(2 ^ 25, "error")

local kernels = {
    ppr = { kind = "eg_ppr", alone = C.eg_spread_ppr, many = C.eg_many_ppr,
        usual = { alpha = .85, tol = 1e-9, max_iter = 100 }, said = C.eg_many_ppr_bytes,
        bytes = function(n) return 264 * (n + 1) end },
    spreadr = { kind = "eg_spreadr", alone = C.eg_spread_spreadr, many = C.eg_many_spreadr,
        usual = { retention = .5, time = 5 }, said = C.eg_many_spreadr_bytes,
        bytes = function(n) return 264 * (n + 1) + 64 * math.ceil(2 * n / 64) end },
    once = { kind = "eg_spread", alone = C.eg_spread_once, many = C.eg_many_once,
        usual = { decay = .5, max_hops = 9 }, said = C.eg_many_once_bytes,
        bytes = function(n) return 266 * (n + 1) + 16 * (math.floor(n / 64) + 1) end },
    refire = { kind = "eg_spread", alone = C.eg_spread_once, many = C.eg_many_once,
        usual = { decay = .5, max_hops = 9, refire = 1 }, said = C.eg_many_once_bytes,
        bytes = function(n) return 394 * (n + 1) + 16 * (math.floor(n / 64) + 1) end },
}

-- Where a request says from where it starts: those of spread.c by themselves.
local function from_of(kernel, request)
    return kernel.kind == "eg_spread" and request or request.from
end

local function set_source(kernel, request, source)
    local from = from_of(kernel, request)
    for _, field in ipairs { "graph", "seeds", "activations", "seed_count" } do
        from[field] = source[field]
    end
end

-- Seeds as the kernels take them: lists of { ids, activations }, ids from 0.
local function sources_of(g, sets)
    local sources, keep = ffi.new("eg_sources[?]", #sets), { g }
    for k, set in ipairs(sets) do
        local ids = ffi.new("uint32_t[?]", #set[1], set[1])
        local values = ffi.new("double[?]", #set[2], set[2])
        local one = sources[k - 1]
        one.graph, one.seeds, one.activations, one.seed_count = g, ids, values, #set[1]
        keep[#keep + 1], keep[#keep + 2] = ids, values
    end
    return sources, keep
end

local function request_of(kernel, g, fields)
    local request, keep = ffi.new(kernel.kind), { g }
    from_of(kernel, request).graph = g
    for key, value in pairs(kernel.usual) do request[key] = value end
    for key, value in pairs(fields or {}) do
        if key == "topk" then from_of(kernel, request).topk = value else request[key] = value end
    end
    return request, keep
end

local function told_by(hits)
    return ("%s %d %d %d %a"):format(flows.bits(hits), hits.hops_used, hits.fired, hits.truncated,
        hits.residual)
end

-- What each set is told alone, and what it is told among the others.
local function both(kernel, g, sets, fields)
    local sources, keep = sources_of(g, sets)
    local request, kept = request_of(kernel, g, fields)
    local alone, together = {}, {}
    for k = 1, #sets do
        local hits = ffi.new "eg_hits"
        set_source(kernel, request, sources[k - 1])
        assert(kernel.alone(own, request, hits) == ok)
        alone[k] = told_by(hits)
        own:rewind(0)
    end
    local found = ffi.new("eg_hits[?]", #sets)
    assert(kernel.many(own, request, sources, #sets, found) == ok)
    for k = 1, #sets do
        together[k] = told_by(found[k - 1])
        assert(found[k - 1].serial == found[k - 1].slot.serial)
    end
    own:rewind(0)
    assert(#keep > 0 and #kept == 1)
    return alone, together
end

local function random_sets(data, n, count)
    local sets = {}
    for k = 1, count do
        local ids, values = {}, {}
        for i = 1, data:whole(0, 4) do
            ids[i] = data:whole(0, n - 1)
            values[i] = data:uniform() < .1 and 0 or data:uniform() * 10 ^ data:whole(-20, 3)
        end
        sets[k] = { ids, values }
    end
    return sets
end

local function fields_of_once(data, fields)
    fields.decay = .3 + .7 * data:uniform()
    fields.threshold = data:uniform() < .5 and 10 ^ -data:whole(0, 5) or 0
    fields.max_hops = data:whole(1, 8)
    fields.clamp = data:uniform() < .3 and data:uniform() * 2 or 0
    fields.fan = data:whole(0, 3)
    fields.max_nodes = data:uniform() < .3 and data:whole(1, 20) or 0
    fields.accumulate = data:uniform() < .2 and C.EG_ACCUMULATE_MAX or C.EG_ACCUMULATE_SUM
    return fields
end

local function random_fields(data, name, n)
    local fields = { topk = data:uniform() < .3 and data:whole(1, 9) or 0 }
    if kernels[name].kind == "eg_spread" then return fields_of_once(data, fields) end
    if name == "ppr" then
        fields.alpha, fields.tol = .05 + .9 * data:uniform(), 10 ^ -data:whole(1, 12)
        fields.dangling, fields.max_iter = data:whole(0, 2), data:whole(1, 60)
        return fields
    end
    fields.retention, fields.loss = data:uniform(), data:uniform() < .5 and data:uniform() or 0
    fields.suppress = data:uniform() < .5 and 10 ^ -data:whole(1, 6) or 0
    fields.threshold_to_stop = data:uniform() < .5 and 10 ^ -data:whole(0, 6) or 0
    fields.time = data:whole(1, 12)
    if data:uniform() < .3 then
        fields.retentions = ffi.new("double[?]", n)
        for i = 0, n - 1 do fields.retentions[i] = data:whole(0, 4) / 4 end
    end
    return fields
end

describe("the kernel eg_many_spreadr", function()
    it("keeps what is just at suppress, and what is at its stop, on each set", function()
        local g = flows.of_edges(3, { { 1, 2 }, { 2, 3 } })
        local sets = { { { 0 }, { 1 } }, { { 0, 1 }, { 1, 1 } } }
        scans.on_each(function()
            for _, fields in ipairs { { suppress = .25, time = 2 },
                { suppress = .2500001, time = 2 },
                { retention = 1, loss = .5, threshold_to_stop = .5, time = 9 } } do
                local alone, together = both(kernels.spreadr, g, sets, fields)
                assert.same(alone, together)
            end
        end)
    end)
end)

-- In a graph of 200 nodes every cycle is dense; in one of 5000 the first ones are sparse, and those
-- that use 625 arcs are not; in one of 40000 all are sparse. Alike with kinds, and signs.
local function relatives(data, with_kinds)
    local edges = {}
    for i = 1, 200 do
        for j = 1, 200 do
            if data:uniform() < .04 then
                local weight = data:uniform() < .1 and -data:uniform() or data:uniform()
                local kind = with_kinds and ({ "is", "has", "not" })[data:whole(1, 3)] or nil
                edges[#edges + 1] = { i, j, weight, kind }
            end
        end
    end
    local graphs = {}
    for at, n in ipairs { 200, 5000, 40000 } do
        graphs[at] = graph.graph(n, edges, { self = "keep" })
    end
    return graphs
end

local function signed_sets(data, count)
    local sets = random_sets(data, 200, count)
    for _, set in ipairs(sets) do
        for i = 1, #set[2] do
            set[2][i] = data:uniform() < .2 and -set[2][i] or set[2][i] * 10 ^ data:whole(0, 6)
        end
    end
    return sets
end

describe("the kernel eg_many_once", function()
    it("is the same in sparse and dense cycles, with kinds and with signs", function()
        scans.on_each(function()
            local data = random.new(55)
            for round = 1, 24 do
                local with_kinds = round % 2 == 0
                local graphs, sets = relatives(data, with_kinds), signed_sets(data, 16)
                local kernel = round % 3 == 0 and kernels.refire or kernels.once
                local fields, first = fields_of_once(data, {}), nil
                fields.topk = data:uniform() < .5 and data:whole(1, 60) or 0
                fields.decay = fields.decay / 4
                local factors = ffi.new("double[3]", 1, data:uniform() < .5 and 0 or 2, -.5)
                if with_kinds then fields.factors = factors end
                for _, g in ipairs(graphs) do
                    local alone, together = both(kernel, g, sets, fields)
                    for k = 1, 16 do assert.is_true(alone[k] == together[k], data.hint) end
                    first = first or together
                    assert.same(first, together)
                end
            end
        end)
    end)

    it("says in each set which limit cut it short, and after how many hops", function()
        local g = flows.of_edges(6, { { 1, 2 }, { 2, 3 }, { 3, 4 }, { 4, 5 } })
        local sets = { { { 0 }, { 1 } }, { { 3 }, { 1 } }, { { 4 }, { 1 } }, { {}, {} },
            { { 0, 1, 2 }, { 1, 1, 1 } } }
        local sources, keep = sources_of(g, sets)
        local request = request_of(kernels.once, g, { decay = 1, max_hops = 2, max_nodes = 2 })
        local found = ffi.new("eg_hits[?]", #sets)
        assert.equal(ok, C.eg_many_once(own, request, sources, #sets, found))
        local told = {}
        for k = 0, #sets - 1 do
            told[k + 1] = { found[k].length, found[k].hops_used, found[k].fired,
                tonumber(found[k].truncated), found[k].residual }
        end
        own:rewind(0)
        local cut = tonumber(C.EG_CUT_BY_NODES)
        assert.same({ { 2, 2, 2, cut, 0 }, { 2, 1, 1, 0, 0 }, { 1, 0, 0, 0, 0 }, { 0, 0, 0, 0, 0 },
            { 2, 1, 2, cut, 0 } }, told)
        assert.is_true(#keep > 0)
    end)

    it("gives once along each arc of a very long row", function()
        local edges, wide = {}, scans.arena(2 ^ 26, "error")
        for i = 1, 140000 do edges[i] = { 1, i + 1 } end
        local g = flows.of_edges(140001, edges)
        local sources, keep = sources_of(g, { { { 0 }, { 1 } }, { { 0 }, { 2 } } })
        local request, found = request_of(kernels.once, g), ffi.new "eg_hits[2]"
        assert.equal(ok, C.eg_many_once(wide, request, sources, 2, found))
        for k = 0, 1 do
            assert.equal(140001, found[k].length)
            local values = ffi.cast("const float *", found[k].values)
            assert.same({ .5 * (k + 1), .5 * (k + 1) }, { values[1], values[140000] })
        end
        assert.is_true(#keep > 0)
    end)

    it("keeps the best of each set, however far they are from those of others", function()
        local data, sets = random.new(56), {}
        local g = flows.random(data, 400, .05)
        local offsets, seed = ffi.cast("const uint32_t *", g.offsets), 0
        while offsets[seed + 1] == offsets[seed] do seed = seed + 1 end
        for _, first in ipairs { 1, 9 } do
            for k = 1, 16 do
                local is_far = k >= first and k < first + 8
                sets[k] = { { seed }, { is_far and 1e12 or 1 } }
            end
            scans.on_each(function()
                local alone, together = both(kernels.once, g, sets, { topk = 5, decay = .3 })
                assert.same(alone, together)
            end)
        end
    end)

    it("keeps the best of each set where all are almost the same", function()
        local data, edges, sets = random.new(57), {}, {}
        for i = 1, 500 do edges[i] = { 1, i + 1, 1 + data:whole(0, 200) * 2 ^ -23 } end
        for k = 1, 16 do sets[k] = { { 0 }, { 1 + k / 64 } } end
        local g = flows.of_edges(501, edges)
        scans.on_each(function()
            for _, topk in ipairs { 1, 7, 40 } do
                local alone, together = both(kernels.once, g, sets, { topk = topk, decay = .3 })
                assert.same(alone, together)
            end
        end)
    end)

    it("refuses pulses whose sum is beyond a float", function()
        local g, found = flows.of_edges(2, { { 1, 2 }, { 2, 1 } }), ffi.new "eg_hits[2]"
        scans.on_each(function()
            for lane = 0, 1 do
                local sets = { { { 0 }, { 1 } }, { { 0 }, { 1 } } }
                sets[lane + 1][2][1] = 2e38
                local sources, keep = sources_of(g, sets)
                local request = request_of(kernels.refire, g, { max_hops = 2, decay = 1 })
                assert.equal(invalid, C.eg_many_once(own, request, sources, 2, found))
                request.max_hops = 1
                assert.equal(ok, C.eg_many_once(own, request, sources, 2, found))
                own:rewind(0)
                assert.is_true(#keep > 0)
            end
        end)
    end)

    it("keeps a seed below 0 under max, on each instruction set", function()
        local g = flows.of_edges(3, { { 1, 2 }, { 2, 3 }, { 3, 1, -1 } })
        local sets, fields = {}, { max_hops = 2, accumulate = C.EG_ACCUMULATE_MAX }
        for i = 1, 8 do sets[i] = { { 0, 2 }, { -.5, i / 8 } } end
        sets[9] = { { 0, 1 }, { .25, -.5 } }
        scans.on_each(function()
            for _, kernel in ipairs { kernels.once, kernels.refire } do
                local alone, together = both(kernel, g, sets, fields)
                assert.same(alone, together)
            end
        end)
    end)

    it("refuses refire without an end in sight", function()
        local g = flows.of_edges(3, { { 1, 2 }, { 2, 1 } })
        local sources, keep = sources_of(g, { { { 0 }, { 1 } } })
        local found = ffi.new "eg_hits[1]"
        for _, case in ipairs { { 0, .5, invalid }, { .1, 1, invalid }, { 2e-308, .5, invalid },
            { .1, .5, ok } } do
            local request = request_of(kernels.refire, g, { max_hops = 0, threshold = case[1],
                decay = case[2] })
            assert.equal(case[3], C.eg_many_once(own, request, sources, 1, found))
            own:rewind(0)
        end
        assert.is_true(#keep > 0)
    end)
end)

for name, kernel in pairs(kernels) do
    describe("the kernel eg_many_" .. name, function()
        it("tells each set what it is told alone, on each instruction set", function()
            scans.on_each(function()
                local data = random.new(51)
                for _ = 1, 150 do
                    local n = data:whole(1, 40)
                    local g = flows.random(data, n, data:uniform() * 5 / n)
                    local sets = random_sets(data, n, data:whole(1, 16))
                    local alone, together = both(kernel, g, sets, random_fields(data, name, n))
                    for k = 1, #sets do assert.is_true(alone[k] == together[k], data.hint) end
                end
            end)
        end)

        it("tells the same on every instruction set", function()
            local data = random.new(52)
            local g = flows.random(data, 300, .03)
            local sets, first = random_sets(data, 300, 16), nil
            scans.on_each(function()
                local _, together = both(kernel, g, sets)
                first = first or together
                assert.same(first, together)
            end)
        end)

        it("uses as much scratch as its head says, and keeps 8 bytes a hit", function()
            for _, n in ipairs { 0, 1, 2, 31, 32, 63, 64, 65, 1000 } do
                local g = flows.random(random.new(53), n, 4 / (n + 1))
                local small = scans.arena(2 ^ 20, "error")
                local sets = n > 0 and random_sets(random.new(54), n, 16) or { { {}, {} } }
                local sources, keep = sources_of(g, sets)
                local request, kept = request_of(kernel, g)
                local found, hits = ffi.new("eg_hits[?]", 16), 0
                assert.equal(ok, kernel.many(small, request, sources, #sets, found))
                for k = 0, #sets - 1 do hits = hits + found[k].length end
                assert.equal(kernel.bytes(n), small:stats().high_water)
                assert.equal(kernel.bytes(n), kernel.said(request))
                assert.equal(math.max(1, 8 * hits), small:stats().used)
                assert.is_true(#keep > 0 and #kept == 1)
            end
        end)

        local function refused(status, change, edges)
            local small, found = scans.arena(2 ^ 16, "error"), ffi.new("eg_hits[?]", 17)
            local g = flows.of_edges(edges and 1000 or 3, edges or { { 1, 2 }, { 2, 3 } })
            local sources, keep = sources_of(g, { { { 0 }, { 1 } }, { { 1 }, { 1 } } })
            local request, kept = request_of(kernel, g)
            local bytes = ffi.cast("char *", found)
            ffi.fill(bytes, ffi.sizeof(found), 0x5a)
            local before = ffi.string(bytes, ffi.sizeof(found))
            local count = change(request, sources) or 2
            assert.equal(status, kernel.many(small, request, sources, count, found))
            assert.is_true(before == ffi.string(bytes, ffi.sizeof(found)))
            assert.equal(0, small:mark())
            assert.is_true(#keep > 0 and #kept == 1)
        end

        it("refuses what is outside the contract, and touches nothing", function()
            local other = flows.of_edges(3, { { 1, 2 } })
            refused(invalid, function() return 17 end)
            refused(invalid, function() return 0 end)
            refused(invalid, function(request) from_of(kernel, request).graph = nil end)
            refused(invalid, function(_, sources) sources[1].graph = other end)
            refused(invalid, function(_, sources)
                ffi.cast("uint32_t *", sources[1].seeds)[0] = 3
            end)
            local is_once = kernel.kind == "eg_spread"
            for _, activation in ipairs { is_once and math.huge or -1, nan, 1e39 } do
                refused(invalid, function(_, sources)
                    ffi.cast("double *", sources[1].activations)[0] = activation
                end)
            end
            refused(invalid, function(request)
                request[is_once and "decay" or name == "ppr" and "alpha" or "retention"] = 2
            end)
            if is_once then return end
            refused(invalid, function() end, { { 1, 2 }, { 900, 2, -1 } })
        end)

        it("says when the arena is too small, and touches nothing", function()
            refused(overflow, function() end, { { 1, 2 } })
        end)
    end)
end
