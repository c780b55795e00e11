-- A scan of small rows whose best are put in order by exact ones, and what is lost by it.

local ffi = require "ffi"
local engram = require "engram"
local C = require "engram.c"
local arena = require "engram.arena"
local matrix = require "engram.matrix"
local similarity = require "engram.similarity"
local trace = require "spec.support.trace"
local random = require "spec.support.random"
local scans = require "spec.support.scans"

local function pairs_of(...)
    return { scans.pairs_of(similarity.nearest(...)) }
end

describe("nearest with rerank", function()
    local mark
    before_each(function() mark = arena.current():mark() end)
    after_each(function() arena.current():rewind(mark) end)

    it("is the exact answer among the best of the small rows", function()
        local data = random.new(121)
        local m = matrix.matrix(data:lists(300, 20, data.normal))
        scans.on_every(function()
            for _, kind in ipairs { "f16", "bf16", "i8", "bits" } do
                local small = m:convert(kind)
                local query = data:list(20, data.normal)
                for _, metric in ipairs { "cosine", "dot", "l2" } do
                    for k, pool in pairs { [1] = 1, [7] = 2.5, [8] = 4, [300] = 4 } do
                        local coarse = kind == "bits" and "hamming" or metric
                        local ids = scans.pairs_of(similarity.nearest(query, small,
                            math.floor(pool * k), { metric = coarse }))
                        local expected = pairs_of(query, m, k, { metric = metric, ids = ids })
                        assert.same(expected, pairs_of(query, small, k, { metric = metric,
                            rerank = m, pool = pool }), data.hint)
                    end
                end
            end
        end)
    end)

    it("takes the best 4 k unless told otherwise, and all when there are no more", function()
        local data = random.new(122)
        local m = matrix.matrix(data:lists(200, 8, data.normal))
        local small, query = m:convert "bits", data:list(8, data.normal)
        assert.same(pairs_of(query, small, 9, { rerank = m, pool = 4 }),
            pairs_of(query, small, 9, { rerank = m }))
        assert.same(pairs_of(query, m, 9), pairs_of(query, small, 9, { rerank = m, pool = 1000 }))
        assert.same(pairs_of(query, m, 200), pairs_of(query, small, 500, { rerank = m }))
        assert.same({ {}, {} }, pairs_of(query, small, 0, { rerank = m }))
    end)

    it("keeps to the candidates", function()
        local data = random.new(123)
        local m = matrix.matrix(data:lists(100, 8, data.normal))
        local small, query = m:convert "i8", data:list(8, data.normal)
        local ids = { 90, 3, 17, 55, 4 }
        local options = { rerank = m, ids = ids, pool = 100 }
        assert.same(pairs_of(query, m, 3, { ids = ids }), pairs_of(query, small, 3, options))
        assert.same(pairs_of(query, m, 9, { ids = ids }), pairs_of(query, small, 9, options))
    end)

    it("finds what an exact scan of real words finds", function()
        local words = assert(engram.load(assert(engram.data "words.npy")))
        local small = words:convert("i8"):freeze()
        local mine, whole, plain, of = arena.current(), 0, 0, 0
        for id = 1, 10000, 401 do
            local at = mine:mark()
            local exact = engram.nearest(words:row(id), words, 10)
            local found = engram.nearest(words:row(id), small, 10, { rerank = words })
            whole = whole + engram.recall(found, exact)
            plain = plain + engram.recall(engram.nearest(words:row(id), small, 10), exact)
            of = of + 1
            for i = 1, 10 do
                local found_id, score = found:get(i)
                assert.equal(exact:of(found_id) or score, score)
            end
            mine:rewind(at)
        end
        -- Measured: all of them, and 0.98 without a second look.
        assert.is_true(whole / of >= 0.999, whole / of)
        assert.is_true(plain / of >= 0.95 and plain < whole, plain / of)
    end)

    it("leaves nothing but its result in the arena", function()
        local data = random.new(124)
        local m = matrix.matrix(data:lists(50, 8, data.normal))
        local small, query = m:convert "i8", matrix.vector(data:list(8, data.normal))
        local before = arena.current():mark()
        local found = similarity.nearest(query, small, 5, { rerank = m })
        assert.is_true(arena.current():mark() - before <= 64 + 5 * 8)
        arena.current():rewind(before)
        assert.error_matches(function() found:get(1) end, "stale")
    end)

    it("leaves arena and outputs alone when it can not answer", function()
        local m = matrix.matrix(3000, 4)
        local small = m:convert "i8"
        local query = ffi.new("float[4]", 1, 2, 3, 4)
        local scan = ffi.new("eg_scan", { matrix = small, query = query })
        local exact = ffi.new("eg_scan", { matrix = m, query = query })
        local hits = ffi.new("eg_hits", { length = 77 })
        local untouched = scans.bytes(hits)
        local mine = scans.arena(65536, "error")
        local function refused(status, pool, k, of)
            local counts = scan.zero_count
            assert.equal(status, C.eg_nearest_rerank(mine, scan, exact, pool, k, of or hits))
            assert.equal(untouched, scans.bytes(hits))
            assert.equal(0, mine:mark())
            assert.equal(counts, scan.zero_count)
        end
        local invalid, overflow = tonumber(C.EG_INVALID), tonumber(C.EG_OVERFLOW)
        refused(overflow, 4, 20000) -- the scratch of the first
        refused(overflow, 3000, 10) -- the gathered rows of the second
        exact.zero = C.EG_ZERO_ERROR
        refused(invalid, 40, 10)
        exact.zero = C.EG_ZERO_ZERO
        exact.candidates, exact.candidate_count = ffi.new "uint32_t[1]", 1
        refused(invalid, 40, 10)
        exact.candidates = nil
        exact.matrix = matrix.matrix(2999, 4)
        refused(invalid, 40, 10)
        exact.matrix = nil
        refused(invalid, 40, 10)
        exact.matrix = m
        assert.equal(invalid, C.eg_nearest_rerank(mine, scan, exact, 40, 10, nil))
        assert.equal(tonumber(C.EG_OK), C.eg_nearest_rerank(mine, scan, exact, 40, 10, hits))
        assert.equal(3000, scan.zero_count)
        assert.equal(40, exact.zero_count)
    end)

    it("names what is wrong", function()
        local m, small = matrix.matrix { { 1, 2 } }, matrix.matrix({ { 1, 2 } }, { type = "i8" })
        local function bad(message, options)
            local ok, found = pcall(function()
                return (similarity.nearest({ 1, 2 }, small, 1, options))
            end)
            assert.is_false(ok)
            message = "bad argument #4 to 'nearest' (" .. message
            assert.truthy(found:find(message, 1, true), found)
            assert.truthy(found:find "^[^:]*rerank_spec.lua:%d+: ", found)
        end
        bad("pool: only beside rerank", { pool = 4 })
        bad("pool: number from 1 on expected, got 0", { rerank = m, pool = 0 })
        bad("pool: number from 1 on expected, got nan", { rerank = m, pool = math.abs(0 / 0) })
        bad("rerank: matrix expected, got table", { rerank = {} })
        bad("rerank: matrix of 1 x 2 expected, got 2 x 2", { rerank = matrix.matrix(2, 2) })
        bad("rerank: bits can not put i8 in order", { rerank = m:convert "bits" })
        bad("metric: one of 'cosine', 'dot', 'l2', 'l2sq' expected, got hamming",
            { rerank = m, metric = "hamming" })
    end)

    it("answers many queries as it answers each", function()
        local data = random.new(125)
        local m = matrix.matrix(data:lists(150, 12, data.normal))
        local ids = {}
        for i = 1, 60 do ids[i] = data:whole(1, 150) end
        scans.on_every(function()
            for _, kind in ipairs { "f32", "f16", "bf16", "i8", "bits" } do
                local small = m:convert(kind)
                for _, count in ipairs { 0, 1, 2, 7 } do
                    local queries = matrix.matrix(count, 12)
                    for q = 1, count do
                        for j = 1, 12 do queries:set(q, j, data:normal()) end
                    end
                    for _, options in ipairs { { rerank = m }, { rerank = m, pool = 1.5, ids = ids,
                        metric = "l2" }, { rerank = m, metric = "dot" } } do
                        local all = similarity.nearest(queries, small, 6, options)
                        assert.equal(count, all.queries)
                        for q = 1, count do
                            assert.same(pairs_of(queries:row(q), small, 6, options),
                                { scans.pairs_of(all:row(q)) }, kind .. ", " .. data.hint)
                        end
                    end
                end
            end
        end)
    end)

    it("counts what it met, of many queries too", function()
        local m = matrix.matrix { { 0, 0 }, { 0 / 0, 1 }, { 1, 0 }, { 0, 1 } }
        local scan = ffi.new("eg_scan", { matrix = m })
        local exact = ffi.new("eg_scan", { matrix = m })
        local queries = matrix.matrix { { 1, 0 }, { 0, 1 }, { 1, 1 } }
        local answers, mine = ffi.new "eg_answers", scans.arena(65536, "error")
        assert.equal(tonumber(C.EG_OK),
            C.eg_nearest_rerank_many(mine, queries, scan, exact, 4, 2, answers))
        assert.same({ 3, 3, 3, 3 }, { scan.zero_count, scan.nan_count, exact.zero_count,
            exact.nan_count })
        assert.equal(3 * 2 * 8, mine:mark())
    end)

    it("leaves all alone when it can not answer many queries", function()
        local m = matrix.matrix(3000, 4)
        local queries, wide = matrix.matrix(3, 4), matrix.matrix(3000, 5)
        local answers = ffi.new("eg_answers", { length = 77 })
        local untouched, mine = scans.bytes(answers), scans.arena(65536, "error")
        local scan = ffi.new("eg_scan", { matrix = m:convert "i8" })
        local exact = ffi.new("eg_scan", { matrix = m })
        local function refused(status, pool, k)
            scan.zero_count, exact.zero_count = 5, 6
            assert.equal(tonumber(status),
                C.eg_nearest_rerank_many(mine, queries, scan, exact, pool, k, answers))
            assert.equal(untouched, scans.bytes(answers))
            assert.same({ 0, 5, 6 }, { mine:mark(), scan.zero_count, exact.zero_count })
        end
        refused(C.EG_OVERFLOW, 3000, 10)
        exact.zero = C.EG_ZERO_ERROR
        refused(C.EG_INVALID, 40, 10)
        exact.zero, exact.matrix = 0, wide
        refused(C.EG_INVALID, 40, 10)
        exact.matrix = matrix.matrix(2999, 4)
        refused(C.EG_INVALID, 40, 10)
        exact.matrix = nil
        refused(C.EG_INVALID, 40, 10)
        exact.matrix, exact.candidates = m, ffi.new "uint32_t[1]"
        refused(C.EG_INVALID, 40, 10)
        exact.candidates = nil
        assert.equal(tonumber(C.EG_INVALID),
            C.eg_nearest_rerank_many(mine, queries, scan, nil, 40, 10, answers))
    end)

    it("names a query that is no number", function()
        local m = matrix.matrix { { 1, 2 }, { 3, 4 } }
        local small = m:convert "i8"
        assert.error_matches(function()
            similarity.nearest(matrix.matrix { { 1, 2 }, { 0 / 0, 1 } }, small, 1, { rerank = m })
        end, "bad argument #1 to 'nearest' (query 2 holds NaN or an infinity)", 1, true)
        assert.error_matches(function()
            similarity.nearest(matrix.matrix { { 1, 2, 3 } }, small, 1, { rerank = m })
        end, "bad argument #2 to 'nearest' (matrix of 3 dims expected, got 2)", 1, true)
    end)

    it("is compiled", function()
        local m = matrix.matrix { { 1, 0 }, { 0, 1 }, { 1, 1 } }
        local small, mine, sum = m:convert("i8"):freeze(), arena.current(), 0
        local options = { rerank = m }
        local compiled, refusal = trace.watch(function()
            for i = 1, 20 do
                local at = mine:mark()
                sum = sum + similarity.nearest(small:row(i % 3 + 1), small, 2, options):get(1)
                mine:rewind(at)
            end
        end)
        assert.is_nil(refusal)
        assert.is_true(compiled > 0)
        assert.equal(200 * (6 * (1 + 2 + 3) + 2 + 3), sum)
    end)
end)

describe("engram.recall", function()
    it("is the share of exact's ids that were found", function()
        assert.equal(0.5, engram.recall({ 1, 2, 3, 4 }, { 4, 9, 1, 8 }))
        assert.equal(1, engram.recall({ 3, 1, 2 }, { 1, 2 }))
        assert.equal(0, engram.recall({}, { 1 }))
        assert.equal(1, engram.recall({ 1 }, {}))
    end)

    it("takes hits, and refuses what is none", function()
        local m = matrix.matrix { { 1, 0 }, { 0, 1 }, { 1, 1 } }
        local hits = engram.nearest({ 1, 0 }, m, 2)
        assert.equal(0.5, engram.recall(hits, { 1, 2 }))
        assert.equal(1, engram.recall({ 3, 1 }, hits))
        assert.error_matches(function() engram.recall(hits, 5) end,
            "bad argument #2 to 'recall' (hits or table of ids expected, got number)", 1, true)
    end)
end)
