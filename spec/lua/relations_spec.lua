-- Arcs of different kinds: how a graph keeps them, how files and threads bring them, and that a
-- spread with a factor for each is the spread over a graph made with such weights.

local ffi = require "ffi"
local engram = require "engram"
local C = require "engram.c"
local arena = require "engram.arena"
local child = require "spec.support.child"
local flows = require "spec.support.flows"
local random = require "spec.support.random"
local scans = require "spec.support.scans"
local trace = require "spec.support.trace"

local function message_of(...)
    local worked, message = pcall(...)
    assert.is_false(worked)
    return (message:gsub("^bad argument ", ""):gsub("^#(%d) to '(%w+)' ", "%2 %1: "))
end

local mark
local function remember() mark = arena.current():mark() end
local function give_back() arena.current():rewind(mark) end

describe("a graph of kinds", function()
    it("keeps arcs of different kinds apart, and joins those of one", function()
        local edges = { { 1, 2, 1, "part" }, { 1, 2, .5, "like" }, { 1, 2, 2, "part" },
            { 1, 3, 4, "like" }, { 1, 1, 1, "like" } }
        local sums = { sum = 3, max = 2, first = 1 }
        for dup, sum in pairs(sums) do
            local g = engram.graph(3, edges, { dup = dup })
            assert.same({ "like", "part" }, g:kinds())
            assert.equal(3, g.edges)
            assert.same({ { 2, 2, 3 }, { .5, sum, 4 }, { "like", "part", "like" } },
                { g:neighbours(1) })
        end
    end)

    it("takes columns, too", function()
        local g = engram.graph(2, { from = { 1, 2 }, to = { 2, 1 }, kind = { "b", "a" } })
        assert.same({ { 2 }, { 1 }, { "b" } }, { g:neighbours(1) })
        assert.same({ { 1 }, { 1 }, { "a" } }, { g:neighbours(2) })
    end)

    it("has none where no edge has one", function()
        local g = engram.graph(2, { { 1, 2 } })
        assert.same({}, g:kinds())
        assert.equal(2, select("#", g:neighbours(1)))
        assert.same({}, engram.graph(2, {}):kinds())
    end)

    it("does not depend on the order of the edges", function()
        local data, edges, names = random.new(21), {}, { "x", "y", "z", "w" }
        for i = 1, 600 do
            edges[i] = { data:whole(1, 30), data:whole(1, 30), data:uniform(),
                names[data:whole(1, 4)] }
        end
        local function all()
            local g, rows = engram.graph(30, edges), {}
            for i = 1, 30 do rows[i] = { g:neighbours(i) } end
            return rows
        end
        local first = all()
        for i = #edges, 2, -1 do
            local j = data:whole(1, i)
            edges[i], edges[j] = edges[j], edges[i]
        end
        assert.same(first, all())
    end)

    it("has as many kinds as 16 bits tell apart", function()
        local edges = {}
        for i = 1, 2 ^ 16 do edges[i] = { 1, 2, 1, ("%05d"):format(i) } end
        local g = engram.graph(2, edges)
        assert.equal(2 ^ 16, g.edges)
        assert.equal("65536", g:kinds()[2 ^ 16])
        edges[#edges + 1] = { 1, 2, 1, "more" }
        assert.equal("graph 2: (edge 65537: more than 65536 kinds)",
            message_of(engram.graph, 2, edges))
    end)

    it("refuses what is no kind, and edges that have one only here and there", function()
        local wrong = {
            { { { 1, 2, 1, 5 } }, "edge 1: kind: name expected, got number" },
            { { { 1, 2, 1, "" } }, "edge 1: kind: a name expected, got none" },
            { { { 1, 2, 1, "a\0b" } }, "edge 1: kind: a name without zero bytes expected" },
            { { { 1, 2, 1, "default" } }, "edge 1: 'default' stands for all other kinds" },
            { { { 1, 2, 1, "a" }, { 1, 2 } }, "edge 2: a kind expected, as edge 1 has one" },
            { { { 1, 2 }, { 1, 2, 1, "a" } }, "edge 2: no kind expected, as edge 1 has none" },
            { { from = { 1 }, to = { 2 }, kind = {} },
                "kind: table of 1 names expected, as in from, got 0" },
            { { from = { 1 }, to = { 2 }, kind = "a" },
                "kind: table of 1 names expected, as in from, got string" },
        }
        for _, case in ipairs(wrong) do
            assert.equal("graph 2: (" .. case[2] .. ")", message_of(engram.graph, 2, case[1]))
        end
    end)

    it("comes from a file", function()
        local text = "0 1 ~\n0 2 !\n1 2 ~\n0 1 @\n"
        child.with_file(text, function(path)
            local g = assert(engram.load(path, { kinds = true }))
            assert.same({ "!", "@", "~" }, g:kinds())
            assert.same({ { 2, 2, 3 }, { 1, 1, 1 }, { "@", "~", "!" } }, { g:neighbours(1) })
            g = engram.load(path, { kinds = true, weights = { ["~"] = .5, default = .25 } })
            assert.same({ { 2, 2, 3 }, { .25, .5, .25 }, { "@", "~", "!" } }, { g:neighbours(1) })
            g = engram.load(path, { kinds = false, weights = { default = 1 } })
            assert.same({}, g:kinds())
        end)
        child.with_file("0 1\n", function(path)
            local g, message = engram.load(path, { kinds = true })
            assert.is_nil(g)
            assert.equal(path .. ': line 1: kind "" is no name, and arcs that keep their kinds ' ..
                "need one", message)
            assert.equal("load 2: (kinds: true or false expected, got 1)",
                message_of(engram.load, path, { kinds = 1 }))
        end)
    end)

    it("is what the shipped words are", function()
        local path = engram.data "words.tsv"
        local g = engram.load(path, { nodes = 10000, kinds = true })
        assert.equal(10000, g.nodes)
        local plain = engram.load(path, { nodes = 10000, weights = { default = 1 } })
        assert.is_true(g.edges > plain.edges)
        local has = {}
        for _, name in ipairs(g:kinds()) do has[name] = true end
        assert.is_true(has["~"] and has["@"] and has["!"] and has.syn)
    end)

    it("reaches every thread", function()
        local summary = engram.run { threads = 3, events = 30, source = [[
            local engram = require "engram"
            local workload = {}
            function workload.setup()
                return { g = engram.graph(3, { { 1, 2, 1, "a" }, { 1, 3, 1, "b" } }) }
            end
            function workload.event(thread)
                local hits = engram.spread(thread.shared.g, { [1] = 1 },
                    { max_hops = 1, relations = { a = .5, b = 0 } })
                assert(#hits == 2 and hits:of(2) == .5 and thread.shared.g:kinds()[2] == "b")
            end
            return workload]] }
        assert.same({ 30, 0 }, { summary.results.events, summary.results.errors })
    end)
end)

describe("relations", function()
    before_each(remember)
    after_each(give_back)

    local g = engram.graph(4, { { 1, 2, 1, "a" }, { 1, 2, 2, "b" }, { 1, 3, 4, "b" },
        { 3, 4, 1, "a" } })

    it("multiply weights by kind", function()
        local function totals(relations, options)
            local all = { max_hops = 2, relations = relations }
            for key, value in pairs(options or {}) do all[key] = value end
            return flows.totals(4, engram.spread(g, { [1] = 1 }, all))
        end
        assert.same({ 1, 3, 4, 4 }, totals(nil))
        assert.same({ 1, 3, 4, 4 }, totals {})
        assert.same({ 1, 2.5, 4, 2 }, totals { a = .5 })
        assert.same({ 1, 1.5, 2, 1 }, totals { default = .5, a = .5 })
        assert.same({ 1, 2, 4, 0 }, totals { b = 1, default = 0 })
        assert.same({ 1, -3, -8, 0 }, totals { b = -2 })
        flows.all_close({ 1, 1.5 / 3 ^ .5, 1 / 3 ^ .5, 0 },
            totals({ b = .25 }, { fan = "sqrt", max_hops = 1 }))
        flows.all_close({ 1, .5 / 2 ^ .5, 1 / 2 ^ .5, 0 },
            totals({ a = 0, b = .25 }, { fan = "sqrt", max_hops = 1 }))
    end)

    -- Factors are powers of two, so that products are exact and bits can be compared.
    it("are a graph made so: the same bits, whatever the method", function()
        local data, names = random.new(22), { "a", "b", "c", "d" }
        local relations = { a = .5, b = 0, c = 2, default = .25 }
        local factor = { a = .5, b = 0, c = 2, d = .25 }
        for _, shape in ipairs { { 40, 40 }, { 40, 4000 }, { 300, 4000 } } do
            local n, nodes = shape[1], shape[2]
            local edges, made = {}, {}
            for i = 1, n do
                for j = 1, n do
                    if data:uniform() < 5 / n and i % 7 > 0 then
                        local kind, weight = names[data:whole(1, 4)], data:uniform()
                        if i % 5 == 0 then kind = "b" end
                        edges[#edges + 1] = { i, j, weight, kind }
                        if factor[kind] > 0 then
                            made[#made + 1] = { i, j, weight * factor[kind] }
                        end
                    end
                end
            end
            local with = engram.graph(nodes, edges, { self = "keep" })
            local without = engram.graph(nodes, made, { self = "keep" })
            for _, options in ipairs {
                { decay = .5 }, { decay = .5, fan = "out" }, { decay = .9, fan = "sqrt" },
                { max_hops = 3, fan = "log", threshold = .01 }, { decay = .5, max_nodes = 15 },
                { decay = .5, accumulate = "max" }, { refire = true, max_hops = 5, decay = .5 },
                { refire = true, threshold = .01, decay = .8, fan = "out" },
                { method = "spreadr", time = 5, loss = .1 }, { method = "spreadr", time = 2,
                    retention = 0 },
                { method = "ppr" }, { method = "ppr", dangling = "keep", alpha = .5 },
                { method = "push", eps = 1e-3 }, { method = "push", eps = 1e-5, topk = 9 },
            } do
                local seeds = flows.random_seeds(data, n)
                options.relations = nil
                local expected = engram.spread(without, seeds, options)
                options.relations = relations
                local got = engram.spread(with, seeds, options)
                assert.is_true(flows.bits(expected) == flows.bits(got), data.hint)
                assert.same(
                    { expected.hops_used, expected.fired, expected.truncated, expected.residual },
                    { got.hops_used, got.fired, got.truncated, got.residual }, data.hint)
            end
        end
    end)

    it("of 0 leave no trace of the heaviest arc", function()
        local heavy = engram.graph(3, { { 1, 2, 3e38, "a" }, { 1, 3, 1, "b" } })
        local hits = engram.spread(heavy, { [1] = 1e6 }, { max_hops = 2, relations = { a = 0 } })
        assert.same({ 1e6, 0, 1e6 }, flows.totals(3, hits))
    end)

    it("count for the stop rule of refire", function()
        local ring = engram.graph(2, { { 1, 2, 1, "a" }, { 2, 1, 1, "a" } })
        local options = { refire = true, threshold = .1, relations = { a = .5 } }
        assert.equal(2, #engram.spread(ring, { [1] = 1 }, options))
        options.relations.a = -1
        assert.matches("no stop rule: give max_hops, or a decay below 1",
            message_of(engram.spread, ring, { [1] = 1 }, options))
    end)

    it("are refused, by name", function()
        local cases = {
            { 3, "table { [kind] = factor } expected, got number" },
            { { c = 1 }, "no arc is of kind 'c'; there are a, b" },
            { { a = 1, c = 1 }, "no arc is of kind 'c'; there are a, b" },
            { { [1] = 1 }, "no arc is of kind '1'; there are a, b" },
            { { a = "x" }, "'a': number within the range of a float expected, got x" },
            { { b = 1e39 }, "'b': number within the range of a float expected, got 1e+39" },
            { { default = 0 / 0 },
                "'default': number within the range of a float expected, got nan" },
            { { a = -1 }, "'a': number from 0 expected, got -1", "ppr" },
            { { a = -1 }, "'a': number from 0 expected, got -1", "spreadr" },
        }
        for _, case in ipairs(cases) do
            local options = { relations = case[1], method = case[3] }
            if not case[3] then options.max_hops = 1 end
            local got = message_of(engram.spread, g, {}, options):gsub("%-nan", "nan")
            assert.equal("spread 3: (relations: " .. case[2] .. ")", got)
        end
        local plain = engram.graph(2, { { 1, 2 } })
        assert.equal("spread 3: (relations: the graph's arcs have no kinds)",
            message_of(engram.spread, plain, {}, { max_hops = 1, relations = { a = 1 } }))
        local function call() engram.spread(g, {}, { max_hops = 1, relations = { c = 1 } }) end
        local _, message = pcall(call)
        assert.matches("relations_spec%.lua:" .. debug.getinfo(call, "S").linedefined .. ": ",
            message)
    end)

    it("are refused by the kernels when they can not be", function()
        local own, hits = scans.arena(2 ^ 20, "error"), ffi.new "eg_hits"
        for _, value in ipairs { 0 / 0, 1 / 0, -1 / 0, 1e39 } do
            local factors = ffi.new("double[2]", 1, value)
            local request = ffi.new("eg_spread", { graph = g, decay = .5, factors = factors })
            assert.equal(tonumber(C.EG_INVALID), C.eg_spread_once(own, request, hits))
            local ppr = ffi.new("eg_ppr", { from = { graph = g, factors = factors }, alpha = .5,
                max_iter = 9 })
            assert.equal(tonumber(C.EG_INVALID), C.eg_spread_ppr(own, ppr, hits))
        end
    end)

    it("stay in compiled code", function()
        local options, sum = { max_hops = 2, relations = { a = .5, b = .25 } }, 0
        local seeds, mine = { [1] = 1 }, arena.current()
        local at = mine:mark()
        local compiled, refusal = trace.watch(function()
            for _ = 1, 20 do
                sum = sum + #engram.spread(g, seeds, options)
                mine:rewind(at)
            end
        end)
        assert.is_nil(refusal)
        assert.is_true(compiled > 0)
        assert.equal(200 * 20 * 4, sum)
    end)
end)
