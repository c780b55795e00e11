-- similarity and nearest as scripts call them: arguments, messages, traces.

local ffi = require "ffi"
local arena = require "engram.arena"
local matrix = require "engram.matrix"
local similarity = require "engram.similarity"
local trace = require "spec.support.trace"
local scans = require "spec.support.scans"

local m = matrix.matrix { { 1, 0 }, { 0, 1 }, { 1, 1 } }

-- What follows query and matrix, besides options.
local function rest(name)
    if name == "nearest" then return 1 end
end

local function assert_raises(message, name, ...)
    local function call(...)
        local result = similarity[name](...)
        return result
    end
    local before = arena.current():mark()
    local ok, found = pcall(call, ...)
    assert.is_false(ok)
    assert.truthy(tostring(found):find(message, 1, true), tostring(found))
    assert.truthy(tostring(found):find("^[^:]*similarity_spec.lua:%d+: "), tostring(found))
    assert.equal(before, arena.current():mark())
end

describe("engram.similarity and engram.nearest", function()
    local mark
    before_each(function() mark = arena.current():mark() end)
    after_each(function() arena.current():rewind(mark) end)

    it("take a table, a vector or a row for a query", function()
        local expected = scans.numbers(similarity.similarity({ 0, 1 }, m))
        for _, query in ipairs { matrix.vector { 0, 1 }, m:row(2) } do
            assert.same(expected, scans.numbers(similarity.similarity(query, m)))
            assert.equal(2, (similarity.nearest(query, m, 1):get(1)))
        end
        local scratch = arena.current():floats(2)
        scratch:set(1, 0)
        scratch:set(2, 1)
        assert.same(expected, scans.numbers(similarity.similarity(scratch, m)))
    end)

    it("count what is zero and what is no number, for one query or many", function()
        local odd = matrix.matrix { { 1, 0 }, { 0, 0 }, { 0 / 0, 1 }, { 1, -math.huge } }
        local two = matrix.matrix { { 1, 0 }, { 0, 1 } }
        for _, name in ipairs { "similarity", "nearest" } do
            local function counts(query, options)
                local found
                if name == "nearest" then
                    found = { similarity.nearest(query, odd, 1, options) }
                else
                    found = { similarity.similarity(query, odd, options) }
                end
                assert.equal(1, #found) -- or table.insert could not take the call as it is
                return { similarity.scan_counts() }
            end
            assert.same({ 1, 2 }, counts { 1, 0 })
            assert.same({ 2, 0 }, counts({ 0, 0 }, { ids = { 1, 2 } }))
            assert.same({ 0, 2 }, counts({ 1, 0 }, { metric = "l2" }))
            assert.same({ 2, 4 }, counts(two))
            assert.same({ 0, 0 }, counts({ 1, 0 }, { ids = { 1 } }))
        end
        local found = similarity.nearest({ 1, 0 }, odd, 1, { rerank = odd })
        assert.same({ 1, 1, 2 }, { #found, similarity.scan_counts() })
    end)

    it("take a longer table after a short one", function()
        local wide, query = matrix.matrix(2, 5000), {}
        for i = 1, 5000 do query[i] = i end
        wide:set(2, 5000, 1)
        local options = { metric = "dot" }
        assert.equal(1, similarity.similarity({ 0, 1 }, m):get(2))
        assert.same({ 0, 5000 }, scans.numbers(similarity.similarity(query, wide, options)))
    end)

    it("take more ids after few", function()
        local tall, ids = matrix.matrix(3000, 1), {}
        for i = 1, 3000 do
            ids[i] = 3001 - i
            tall:set(i, 1, i)
        end
        local options = { metric = "dot", ids = ids }
        assert.equal(3000, (similarity.nearest({ 1 }, tall, 1, options):get(1)))
        assert.equal(1, similarity.similarity({ 1 }, tall, options):get(3000))
    end)

    it("take a scores vector for a query", function()
        local scores = similarity.similarity({ 1, 0 }, matrix.matrix { { 1, 0 }, { 0, 1 } })
        assert.equal(1, (similarity.nearest(scores, m, 1):get(1)))
    end)

    it("leave their result alone in the arena", function()
        similarity.nearest({ 1, 0 }, m, 2)
        assert.is_true(arena.current():mark() - mark <= 64 + 2 * 8)
    end)

    it("name what is wrong with the query", function()
        for _, name in ipairs { "similarity", "nearest" } do
            local function bad(message, query)
                message = ("bad argument #1 to '%s' (%s)"):format(name, message)
                assert_raises(message, name, query, m, rest(name))
            end
            bad("vector, table of numbers or matrix expected, got nil", nil)
            bad("vector, table of numbers or matrix expected, got number", 1)
            bad("query 2 holds NaN or an infinity", matrix.matrix { { 1, 0 }, { 0, 0 / 0 } })
            bad("number 2: number expected, got string", { 1, "2" })
            bad("the query holds NaN or an infinity", { 1, 0 / 0 })
            bad("number 2 of the query: 1e+300 is beyond a float", { 1, 1e300 })
        end
    end)

    it("name what is wrong with the matrix", function()
        for _, name in ipairs { "similarity", "nearest" } do
            local function bad(message, query, other)
                message = ("bad argument #2 to '%s' (%s)"):format(name, message)
                assert_raises(message, name, query, other, rest(name))
            end
            bad("matrix expected, got nil", { 1 }, nil)
            bad("matrix expected, got table", { 1 }, { { 1 } })
            bad("matrix expected, got vector", { 1 }, m:row(1))
            bad("matrix of 768 dims expected, got 2", matrix.vector(768), m)
            bad("matrix of 0 dims expected, got 2", {}, m)
            bad("matrix of 3 dims expected, got 2", matrix.matrix(4, 3), m)
        end
    end)

    it("name what is wrong with k", function()
        local bad = "bad argument #3 to 'nearest' (k: whole number from 0 to 4294967295 expected"
        for _, k in ipairs { -1, 1.5, 2 ^ 32, 0 / 0, math.huge, "3", false } do
            assert_raises(bad, "nearest", { 1, 0 }, m, k)
        end
        assert_raises(bad, "nearest", { 1, 0 }, m)
    end)

    it("name what is wrong with an option", function()
        local function bad(message, options)
            local text = "bad argument #%d to '%s' (%s"
            local query = { 1, 0 }
            assert_raises(text:format(3, "similarity", message), "similarity", query, m, options)
            assert_raises(text:format(4, "nearest", message), "nearest", query, m, 1, options)
        end
        local unknown = "bad argument #%d to '%s' (unknown option 'metrik'; known are %s)"
        assert_raises(unknown:format(3, "similarity", "ids, metric, nan, zero"), "similarity",
            { 1, 0 }, m, { metrik = "dot" })
        assert_raises(unknown:format(4, "nearest", "ids, metric, nan, pool, rerank, zero"),
            "nearest", { 1, 0 }, m, 1, { metrik = "dot" })
        bad("metric: one of 'cosine', 'dot', 'l2', 'l2sq' expected, got l1)", { metric = "l1" })
        bad("zero: one of 'error', 'nan', 'zero' expected, got 0)", { zero = 0 })
        bad("nan: one of 'error', 'last' expected, got true)", { nan = true })
        bad("table of options expected, got number)", 5)
        bad("ids: table of ids or hits expected, got number)", { ids = 1 })
        bad("ids: table of ids or hits expected, got vector)", { ids = m:row(1) })
        bad("ids: number 2: whole number from 1 to 3 expected, got 0)", { ids = { 1, 0 } })
        bad("ids: number 1: whole number from 1 to 3 expected, got 4)", { ids = { 4 } })
        bad("ids: number 1: whole number from 1 to 3 expected, got 1.5)", { ids = { 1.5 } })
        bad("ids: number 1: whole number from 1 to 3 expected, got x)", { ids = { "x" } })
    end)

    it("name a hit that is no row, whatever the other options", function()
        local hits = similarity.nearest({ 1 }, matrix.matrix { { 1 }, { 2 }, { 3 }, { 4 } }, 4,
            { metric = "dot" })
        for _, query in ipairs { { 1, 0 }, matrix.matrix { { 1, 0 } } } do
            for _, options in ipairs { { ids = hits }, { ids = hits, zero = "error" } } do
                local text = "bad argument #%d to '%s' (ids: hit 1: id from 1 to 3 expected, got 4)"
                assert_raises(text:format(3, "similarity"), "similarity", query, m, options)
                assert_raises(text:format(4, "nearest"), "nearest", query, m, 1, options)
            end
        end
    end)

    it("say which option made something an error", function()
        local odd = matrix.matrix { { 0, 0 }, { 0 / 0, 0 } }
        for _, name in ipairs { "similarity", "nearest" } do
            local function bad(message, options)
                if name == "nearest" then assert_raises(message, name, { 1, 0 }, odd, 1, options)
                else assert_raises(message, name, { 1, 0 }, odd, options) end
            end
            bad(name .. ": a vector is zero", { zero = "error" })
            bad(name .. ": a row holds NaN or an infinity", { nan = "error" })
            bad(name .. ": a vector is zero, or a row holds NaN", { zero = "error", nan = "error" })
            local pair = matrix.matrix { { 1, 0 }, { 0, 1 } }
            local function bad_pair(message, options)
                if name == "nearest" then assert_raises(message, name, pair, odd, 1, options)
                else assert_raises(message, name, pair, odd, options) end
            end
            bad_pair(name .. ": a vector is zero", { zero = "error" })
            bad_pair(name .. ": a row holds NaN or an infinity", { nan = "error" })
        end
    end)

    it("say when the arena is too small, and leave it as it was", function()
        local wide = matrix.matrix(1, 100000)
        scans.within(scans.arena(65536, "error"), function()
            for _, name in ipairs { "similarity", "nearest" } do
                assert_raises("arena overflow in '" .. name .. "'", name, wide:row(1), wide,
                    rest(name))
                assert_raises("arena overflow in '" .. name .. "'", name, matrix.matrix(2, 100000),
                    wide, rest(name))
            end
        end)
    end)

    it("refuse what is stale", function()
        local before = arena.current():mark()
        local scores = similarity.similarity({ 1, 0 }, matrix.matrix { { 1, 0 }, { 0, 1 } })
        local hits = similarity.nearest({ 1, 0 }, m, 2)
        arena.current():rewind(before)
        for _, name in ipairs { "similarity", "nearest" } do
            assert_raises("stale: its arena was rewound", name, scores, m, rest(name))
        end
        assert_raises("stale: its arena was rewound", "similarity", { 1, 0 }, m, { ids = hits })
        assert_raises("stale: its arena was rewound", "nearest", { 1, 0 }, m, 1, { ids = hits })
    end)

    it("compile in a hot loop, and answer the same there", function()
        local mine = arena.current()
        local first, total, scores = 0, 0, 0
        local compiled, refusal = trace.watch(function()
            for i = 1, 20 do
                local at = mine:mark()
                local hits = similarity.nearest(m:row(i % 3 + 1), m, 2)
                local id, score = hits:get(1)
                first, total = first + id, total + score
                scores = scores + similarity.similarity(m:row(1), m):get(1)
                mine:rewind(at)
            end
        end)
        assert.is_nil(refusal)
        assert.is_true(compiled > 0)
        assert.equal(200 * (6 * (1 + 2 + 3) + 2 + 3), first)
        assert.near(200 * 20, total, 1e-3)
        assert.equal(200 * 20, scores)
    end)

    it("compile with options, made once or each time", function()
        local mine = arena.current()
        local once = { metric = "dot" }
        local compiled, refusal = trace.watch(function()
            for _ = 1, 20 do
                local at = mine:mark()
                similarity.nearest(m:row(1), m, 2, once)
                similarity.nearest(m:row(1), m, 2, { metric = "l2", zero = "nan" })
                mine:rewind(at)
            end
        end)
        assert.is_nil(refusal)
        assert.is_true(compiled > 0)
    end)

    -- The collector runs in the middle of all this: nothing that a kernel reads may go.
    it("survive the collector", function()
        local mine = arena.current()
        for i = 1, 20000 do
            local at = mine:mark()
            local cue, memories = matrix.vector { 0, i }, matrix.matrix { { 1, 0 }, { 0, 1 } }
            local hits = similarity.nearest(cue, memories, 1, { ids = { 1, 2 } })
            assert(hits:get(1) == 2)
            mine:rewind(at)
        end
    end)

    it("hold nothing after the call", function()
        local scan
        for i = 1, 60 do
            local name, value = debug.getupvalue(similarity.nearest, i)
            if name == "scan" then scan = value end
        end
        similarity.nearest({ 1, 0 }, m, 1, { ids = { 1 } })
        similarity.nearest(m, m, 1, { ids = { 1 } })
        assert.is_true(ffi.istype("eg_scan", scan))
        assert.is_true(scan.matrix == nil and scan.query == nil and scan.candidates == nil)
    end)
end)
