-- Spreads side by side: to the bit what each set of seeds gets alone, on every instruction set,
-- with every option; and what the kernels promise as kernels.

local ffi = require "ffi"
local C = require "engram.c"
local flows = require "spec.support.flows"
local random = require "spec.support.random"
local scans = require "spec.support.scans"

local ok, overflow, invalid = tonumber(C.EG_OK), tonumber(C.EG_OVERFLOW), tonumber(C.EG_INVALID)
local nan = 0 / 0

local own = scans.arena(2 ^ 25, "error")

local kernels = {
    ppr = { kind = "eg_ppr", alone = C.eg_spread_ppr, many = C.eg_many_ppr,
        usual = { alpha = .85, tol = 1e-9, max_iter = 100 },
        bytes = function(n) return 264 * (n + 1) end },
    spreadr = { kind = "eg_spreadr", alone = C.eg_spread_spreadr, many = C.eg_many_spreadr,
        usual = { retention = .5, time = 5 },
        bytes = function(n) return 264 * (n + 1) + 64 * math.ceil(2 * n / 64) end },
}

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
    local request, keep = flows.request(kernel.kind, g, {}, {}, kernel.usual)
    for key, value in pairs(fields or {}) do
        if key == "topk" then request.from.topk = value else request[key] = value end
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
        local topk, hits = request.from.topk, ffi.new "eg_hits"
        request.from = sources[k - 1]
        request.from.topk = topk
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
    assert(#keep > 0 and #kept == 3)
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

local function random_fields(data, name, n)
    local fields = { topk = data:uniform() < .3 and data:whole(1, 9) or 0 }
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
    it("keeps what is just at suppress, on each instruction set", function()
        local g = flows.of_edges(3, { { 1, 2 }, { 2, 3 } })
        scans.on_each(function()
            for _, suppress in ipairs { .25, .2500001 } do
                local alone, together = both(kernels.spreadr, g, { { { 0 }, { 1 } },
                    { { 0, 1 }, { 1, 1 } } }, { suppress = suppress, time = 2 })
                assert.same(alone, together)
            end
        end)
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
                assert.equal(math.max(1, 8 * hits), small:stats().used)
                assert.is_true(#keep > 0 and #kept == 3)
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
            assert.is_true(#keep > 0 and #kept == 3)
        end

        it("refuses what is outside the contract, and touches nothing", function()
            local other = flows.of_edges(3, { { 1, 2 } })
            refused(invalid, function() return 17 end)
            refused(invalid, function() return 0 end)
            refused(invalid, function(request) request.from.graph = nil end)
            refused(invalid, function(_, sources) sources[1].graph = other end)
            refused(invalid, function(_, sources)
                ffi.cast("uint32_t *", sources[1].seeds)[0] = 3
            end)
            for _, activation in ipairs { -1, nan, 1e39 } do
                refused(invalid, function(_, sources)
                    ffi.cast("double *", sources[1].activations)[0] = activation
                end)
            end
            refused(invalid, function(request)
                request[name == "ppr" and "alpha" or "retention"] = 2
            end)
            refused(invalid, function() end, { { 1, 2 }, { 900, 2, -1 } })
        end)

        it("says when the arena is too small, and touches nothing", function()
            refused(overflow, function() end, { { 1, 2 } })
        end)
    end)
end
