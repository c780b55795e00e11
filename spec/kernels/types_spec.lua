-- Similarity over f16, bf16 and i8: against double arithmetic on what is stored, against
-- the numbers it was stored from, and the contract's edges, on every instruction set.

local ffi = require "ffi"
local C = require "engram.c"
local arena = require "engram.arena"
local matrix = require "engram.matrix"
local similarity = require "engram.similarity"
local oracle = require "spec.support.oracle"
local random = require "spec.support.random"
local scans = require "spec.support.scans"

local inf, nan = math.huge, 0 / 0
local kinds = { "f16", "bf16", "i8" }

local lengths = {}
for n = 1, 67, 3 do lengths[#lengths + 1] = n end
for _, n in ipairs { 2, 8, 9, 32, 33, 63, 65, 100, 127, 128, 129, 384, 768 } do
    lengths[#lengths + 1] = n
end

-- Sums in float over exact cells. For bf16 a set may take the query in two parts, which
-- lack 2^-17, or 7.6e-6, of it.
local slack = { f16 = 1, bf16 = 9, i8 = 1 }

local function scores_of(query, m, options)
    return scans.numbers(similarity.similarity(query, m, options))
end

local function score_of(query, row, kind, metric)
    return scores_of(query, matrix.matrix({ row }, { type = kind }), { metric = metric })[1]
end

-- The query as it is scored: for i8 rounded to 1/16,256 of its largest number.
local function rounded_query(query, kind)
    if kind ~= "i8" then return query end
    local most, list = 0, {}
    for i, x in ipairs(query) do
        list[i] = oracle.rounded(x)
        most = math.max(most, math.abs(list[i]))
    end
    if most == 0 then return list end
    for i, x in ipairs(list) do list[i] = math.floor(x * (16256 / most) + 0.5) * most / 16256 end
    return list
end

-- In plain double: the lists need not hold floats.
local function exact(metric, a, b)
    local dot, aa, bb, apart = 0, 0, 0, 0
    for i, x in ipairs(a) do
        dot, aa, bb = dot + x * b[i], aa + x * x, bb + b[i] * b[i]
        apart = apart + (x - b[i]) ^ 2
    end
    local norms = math.sqrt(aa) * math.sqrt(bb)
    if metric == "cosine" then
        return norms == 0 and 0 or math.max(-1, math.min(1, dot / norms)), 1
    end
    if metric == "dot" then return dot, norms end
    if metric == "l2sq" then return apart, apart end
    return math.sqrt(apart), math.sqrt(apart)
end

local function stored(m, i)
    local list = {}
    for j = 1, m.dims do list[j] = m:get(i, j) end
    return list
end

describe("halves and bytes", function()
    local mark
    before_each(function() mark = arena.current():mark() end)
    after_each(function() arena.current():rewind(mark) end)

    it("are scored as one computes by hand", function()
        scans.on_every(function()
            for _, kind in ipairs { "f16", "bf16" } do
                local m = matrix.matrix({ { 3, 4 }, { 4, -3 }, { -3, -4 }, { 0, 5 } },
                    { type = kind })
                assert.same({ 1, 0, -1, oracle.rounded(0.8) }, scores_of({ 3, 4 }, m))
                assert.same({ 25, 0, -25, 20 }, scores_of({ 3, 4 }, m, { metric = "dot" }))
                assert.same({ 0, 50, 100, 10 }, scores_of({ 3, 4 }, m, { metric = "l2sq" }))
                assert.same({ 0, oracle.rounded(math.sqrt(50)), 10,
                    oracle.rounded(math.sqrt(10)) }, scores_of({ 3, 4 }, m, { metric = "l2" }))
            end
        end)
    end)

    it("agree with double arithmetic on what is stored, at every length", function()
        local data = random.new(91)
        for _, n in ipairs(lengths) do
            local query, lists = data:list(n, data.normal), data:lists(6, n, data.normal)
            for _, kind in ipairs(kinds) do
                local m, rounded = matrix.matrix(lists, { type = kind }), rounded_query(query, kind)
                local rows = {}
                for i = 1, 6 do rows[i] = stored(m, i) end
                scans.on_every(function(set)
                    for _, metric in ipairs(scans.metrics) do
                        local scores = scores_of(query, m, { metric = metric })
                        for i, row in ipairs(rows) do
                            local expected, size = exact(metric, rounded, row)
                            local apart = math.abs(scores[i] - expected)
                            assert(apart <= 1e-6 * slack[kind] * size, ("%s %s %s %d dims: %.9g " ..
                                "expected, got %.9g; %s"):format(set, kind, metric, n, expected,
                                scores[i], data.hint))
                        end
                    end
                end)
            end
        end
    end)

    -- The contract; where it comes from, see the manual's page on matrices.
    it("keep the cosine within 2e-4 (f16), 1.5e-3 (bf16) and 5e-3 (i8)", function()
        local data = random.new(92)
        local most = { f16 = 2e-4, bf16 = 1.5e-3, i8 = 5e-3 }
        for _, draw in ipairs { data.normal, data.uniform } do
            for dims, rows in pairs { [100] = 60, [768] = 20, [4096] = 6 } do
                local query, lists = data:list(dims, draw), data:lists(rows, dims, draw)
                local m = matrix.matrix(lists)
                for kind, bound in pairs(most) do
                    local small = m:convert(kind)
                    scans.on_every(function()
                        for i, score in ipairs(scores_of(query, small)) do
                            local apart = math.abs(score - oracle.score("cosine", query, lists[i]))
                            assert(apart <= bound, kind .. " " .. apart .. "; " .. data.hint)
                        end
                    end)
                end
            end
        end
    end)

    it("count every cell, wherever it stands", function()
        for _, n in ipairs { 1, 31, 33, 64, 65, 130 } do
            local query = {}
            for j = 1, n do query[j] = j end
            for _, kind in ipairs(kinds) do
                local m = matrix.matrix(n, n, { type = kind })
                for j = 1, n do m:set(j, j, 1) end
                scans.on_every(function()
                    for j, score in ipairs(scores_of(query, m, { metric = "dot" })) do
                        assert(math.abs(score - j) <= n / 16256, kind .. " " .. j .. " " .. score)
                    end
                end)
            end
        end
    end)

    it("have scores that depend on the two vectors alone", function()
        local data = random.new(93)
        for _, kind in ipairs(kinds) do
            local query = data:list(70, data.normal)
            local m = matrix.matrix(data:lists(70, 70, data.normal), { type = kind })
            local exposed = m:convert(kind)
            exposed:data() -- norms for each call
            scans.on_every(function()
                for _, metric in ipairs(scans.metrics) do
                    local all = scores_of(query, m, { metric = metric })
                    local ids = { 70, 2, 65, 2, 1 }
                    local some = scores_of(query, m, { metric = metric, ids = ids })
                    for i, id in ipairs(ids) do assert.equal(all[id], some[i], data.hint) end
                    assert.same(all, scores_of(query, exposed, { metric = metric }), data.hint)
                    local found = similarity.nearest(query, m, 9, { metric = metric })
                    local best = oracle.ranking(metric, all)
                    for i = 1, 9 do
                        local id, score = found:get(i)
                        assert.equal(best[i], id, data.hint)
                        assert.equal(all[id], score, data.hint)
                    end
                end
            end)
        end
    end)

    it("take a row of theirs for a query", function()
        local data = random.new(94)
        for _, kind in ipairs(kinds) do
            local m = matrix.matrix(data:lists(5, 33, data.normal), { type = kind })
            scans.on_every(function()
                local scores = scores_of(m:row(4), m)
                assert.near(1, scores[4], slack[kind] * 1e-6)
                assert.same(scores_of(stored(m, 4), m), scores, data.hint)
                assert.equal(4, (similarity.nearest(m:row(4), m, 1):get(1)))
            end)
        end
    end)

    it("never leave -1 to 1 for parallel vectors of any scale", function()
        local data = random.new(95)
        for _, kind in ipairs(kinds) do
            for _ = 1, 20 do
                local query = data:list(7, data.normal)
                local m, powers = matrix.matrix(40, 7), kind == "f16" and 3 or 12
                for i = 1, 40 do
                    local scale = (0.5 + data:uniform()) * 10 ^ data:whole(-powers, powers)
                    for j = 1, 7 do m:set(i, j, query[j] * scale) end
                end
                local small = m:convert(kind)
                scans.on_every(function()
                    for _, score in ipairs(scores_of(query, small)) do
                        local bound = kind == "f16" and 0.01 or 1e-4
                        assert(score <= 1 and score >= 1 - bound, kind .. score .. data.hint)
                    end
                end)
            end
        end
    end)

    it("know zero vectors, and NaN and infinities in a row", function()
        for _, kind in ipairs(kinds) do
            for _, n in ipairs { 2, 33, 70 } do
                local lists, query = {}, {}
                for i = 1, 6 do
                    lists[i] = {}
                    for j = 1, n do lists[i][j], query[j] = i == 2 and 0 or 1, j % 3 end
                end
                lists[3][n], lists[4][1], lists[5][2] = nan, inf, -inf
                local m = matrix.matrix(lists, { type = kind })
                scans.on_every(function()
                    for _, metric in ipairs(scans.metrics) do
                        local scores = scores_of(query, m, { metric = metric })
                        for i, x in ipairs(scores) do
                            assert((x ~= x) == (i >= 3 and i <= 5), kind .. metric .. i)
                        end
                        assert.equal(scores[1], scores[6])
                        local found = similarity.nearest(query, m, 6, { metric = metric })
                        local ids = scans.pairs_of(found)
                        assert.same({ 3, 4, 5 }, { ids[4], ids[5], ids[6] })
                        assert.error_matches(function()
                            scores_of(query, m, { metric = metric, nan = "error" })
                        end, "a row holds NaN or an infinity")
                    end
                    assert.is_true(scans.same(0, scores_of(query, m)[2]))
                    local zero = scores_of(query, m, { zero = "nan" })[2]
                    assert.is_true(zero ~= zero)
                    assert.error_matches(function() scores_of(query, m, { zero = "error" }) end,
                        "a vector is zero")
                end)
            end
        end
    end)

    it("are scored right where they are huge, tiny or both", function()
        local sizes = { f16 = { 60000, 1e-4, 6e-8 }, bf16 = { 3e38, 1e30, 1e-20, 1e-38, 1e-40 },
            i8 = { 3e38, 1e30, 1e-20, 1e-38, 1e-40, 1e-45 } }
        for kind, list in pairs(sizes) do
            for _, x in ipairs(list) do
                for _, y in ipairs(list) do
                    local query, row = { x, x, -x, x }, { y, y, y, y }
                    local m = matrix.matrix({ row }, { type = kind })
                    local kept = stored(m, 1)
                    scans.on_every(function(set)
                        for _, metric in ipairs(scans.metrics) do
                            local rounded = {}
                            for i = 1, 4 do rounded[i] = oracle.rounded(query[i]) end
                            local expected = oracle.rounded((exact(metric, rounded, kept)))
                            local got = scores_of(query, m, { metric = metric })[1]
                            local near = got == expected or
                                math.abs(got / expected - 1) <= 1e-5
                            assert(near or math.abs(got - expected) < 3e-45,
                                ("%s %s %s %g %g: %.9g, got %.9g"):format(set, kind, metric, x, y,
                                expected, got))
                        end
                    end)
                end
            end
        end
        scans.on_every(function()
            for _, x in ipairs { 3.4028234e38, -3.4028234e38 } do -- rounds up to infinity as bf16
                assert.near(x / 3.4028234e38, score_of({ x }, { 1e-10 }, "bf16"), 9e-6)
                assert.near(x * 1e-20 / 1e18, score_of({ x }, { 1e-20 }, "bf16", "dot") / 1e18, 2)
            end
        end)
    end)

    it("refuse a query that is no number", function()
        scans.on_every(function()
            for _, kind in ipairs(kinds) do
                for _, bad in ipairs { nan, inf, -inf } do
                    local query, row = {}, {}
                    for i = 1, 17 do query[i], row[i] = 1, 1 end
                    query[16] = bad
                    assert.error_matches(function() score_of(query, row, kind) end,
                        "the query holds NaN or an infinity")
                end
            end
        end)
    end)

    it("leave arena and outputs alone when scratch does not fit", function()
        local scores = ffi.new("eg_vector", { length = 77 })
        local untouched = scans.bytes(scores)
        local function overflows(kind, rows, dims)
            local m = matrix.matrix(rows, dims, { type = kind })
            local scan = ffi.new("eg_scan", { matrix = m, query = ffi.new("float[?]", dims) })
            local ids = ffi.new("uint32_t[?]", rows)
            if kind == "bits" then scan.metric = C.EG_HAMMING end
            if rows > 1 then scan.candidates, scan.candidate_count = ids, rows end
            local mine = scans.arena(65536, "error")
            assert.equal(tonumber(C.EG_OVERFLOW), C.eg_similarity(mine, scan, scores))
            assert.equal(untouched, scans.bytes(scores))
            assert.equal(0, mine:mark())
        end
        for _, kind in ipairs(kinds) do
            overflows(kind, 1, 30000) -- the query
            overflows(kind, 2000, 3)  -- the candidates
        end
        overflows("bf16", 1, 14000)   -- the parts of the query
        overflows("bits", 1, 600000)
        overflows("bits", 2000, 3)
    end)
end)
