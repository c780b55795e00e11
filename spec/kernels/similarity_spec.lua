-- Scores against plain double arithmetic on every instruction set, and every
-- edge case of the contract: zero, NaN, huge, tiny, parallel, invalid.
local arena = require "engram.arena"
local matrix = require "engram.matrix"
local similarity = require "engram.similarity"
local oracle = require "spec.support.oracle"
local random = require "spec.support.random"
local scans = require "spec.support.scans"
local inf, nan = math.huge, 0 / 0
local float_max = 3.4028234663852886e38

local function scores_of(query, lists, options)
    local m = matrix.is_matrix(lists) and lists or matrix.matrix(lists)
    return scans.numbers(similarity.similarity(query, m, options))
end

local function score_of(query, row, metric)
    return scores_of(query, { row }, { metric = metric })[1]
end

local function assert_close(metric, query, row, score, hint)
    local expected = oracle.score(metric, query, row)
    local apart = math.abs(score - expected)
    local text = "%s, %d dims: %.9g expected, got %.9g; %s"
    assert.is_true(apart <= oracle.tolerance(metric, query, row),
        text:format(metric, #row, expected, score, hint))
end

describe("similarity", function()
    local mark
    before_each(function() mark = arena.current():mark() end)
    after_each(function() arena.current():rewind(mark) end)

    it("is what one computes by hand", function()
        scans.on_each(function()
            local lists = { { 3, 4 }, { 4, -3 }, { -3, -4 }, { 0, 5 } }
            assert.same({ 1, 0, -1, oracle.rounded(0.8) }, scores_of({ 3, 4 }, lists))
            assert.same({ 25, 0, -25, 20 }, scores_of({ 3, 4 }, lists, { metric = "dot" }))
            assert.same({ 0, 50, 100, 10 }, scores_of({ 3, 4 }, lists, { metric = "l2sq" }))
            assert.same({ 0, oracle.rounded(math.sqrt(50)), 10, oracle.rounded(math.sqrt(10)) },
                scores_of({ 3, 4 }, lists, { metric = "l2" }))
        end)
    end)

    it("agrees with double arithmetic at every length", function()
        local data = random.new(11)
        scans.on_each(function()
            for _, n in ipairs(scans.lengths) do
                local query, lists = data:list(n, data.normal), data:lists(7, n, data.normal)
                local m = matrix.matrix(lists)
                for _, metric in ipairs(scans.metrics) do
                    local scores = scores_of(query, m, { metric = metric })
                    for i, row in ipairs(lists) do
                        assert_close(metric, query, row, scores[i], data.hint)
                    end
                end
            end
        end)
    end)

    it("stays within 1e-6 where all products are positive", function()
        local data = random.new(12)
        scans.on_each(function()
            for _, n in ipairs { 768, 4096 } do
                local query, lists = data:list(n, data.uniform), data:lists(9, n, data.uniform)
                local scores = scores_of(query, lists)
                for i, row in ipairs(lists) do
                    assert_close("cosine", query, row, scores[i], data.hint)
                end
            end
        end)
    end)

    it("agrees over many powers of ten", function()
        local data = random.new(13)
        local function wild(self) return self:normal() * 10 ^ self:whole(-10, 10) end
        scans.on_each(function()
            for n = 1, 40 do
                local query, row = data:list(n, wild), data:list(n, wild)
                for _, metric in ipairs(scans.metrics) do
                    assert_close(metric, query, row, score_of(query, row, metric), data.hint)
                end
            end
        end)
    end)

    it("counts every element, wherever it stands", function()
        scans.on_each(function()
            for _, n in ipairs(scans.lengths) do
                local query, m = {}, matrix.matrix(n, n)
                for j = 1, n do
                    query[j] = j
                    m:set(j, j, 1)
                end
                assert.same(query, scores_of(query, m, { metric = "dot" }))
            end
        end)
    end)

    it("is a function of the two vectors alone", function()
        local data = random.new(14)
        scans.on_each(function()
            for _, n in ipairs { 3, 16, 33, 100 } do
                local query, lists = data:list(n, data.normal), data:lists(70, n, data.normal)
                for _, metric in ipairs(scans.metrics) do
                    local together = scores_of(query, lists, { metric = metric })
                    for i = 1, #lists, 3 do
                        assert.equal(together[i], score_of(query, lists[i], metric), data.hint)
                    end
                    local options = { metric = metric, ids = { 70, 2, 65, 2 } }
                    local some = scores_of(query, lists, options)
                    assert.same({ together[70], together[2], together[65], together[2] }, some,
                        data.hint)
                end
            end
        end)
    end)

    it("is the same in both directions, and its negative with a negative", function()
        local data = random.new(15)
        scans.on_each(function()
            for n = 1, 50 do
                local a, b = data:list(n, data.normal), data:list(n, data.normal)
                local minus = {}
                for i = 1, n do minus[i] = -b[i] end
                for _, metric in ipairs(scans.metrics) do
                    assert.equal(score_of(a, b, metric), score_of(b, a, metric), data.hint)
                end
                assert.equal(-score_of(a, b), score_of(a, minus), data.hint)
            end
        end)
    end)

    it("does not change when zeros are appended", function()
        local data = random.new(16)
        scans.on_each(function()
            local a, b = data:list(20, data.normal), data:list(20, data.normal)
            local before = {}
            for _, metric in ipairs(scans.metrics) do before[metric] = score_of(a, b, metric) end
            for _ = 1, 20 do
                a[#a + 1], b[#b + 1] = 0, 0
                for _, metric in ipairs(scans.metrics) do
                    assert.equal(before[metric], score_of(a, b, metric), data.hint)
                end
            end
        end)
    end)

    -- Rounding alone puts many of these beyond 1: the clamp has to be everywhere.
    it("never leaves -1 to 1 for parallel vectors of any scale", function()
        local data = random.new(17)
        scans.on_each(function()
            for _ = 1, 60 do
                local query = data:list(7, data.normal)
                local m = matrix.matrix(60, 7)
                for i = 1, 60 do
                    local scale = data:normal() * 10 ^ data:whole(-12, 12)
                    for j = 1, 7 do m:set(i, j, query[j] * scale) end
                end
                local indirect = {}
                for i = 1, 60 do indirect[i] = i end
                local nearest = similarity.nearest(query, m, 60)
                local paths = { scores_of(query, m), scores_of(query, m, { ids = indirect }),
                    select(2, scans.pairs_of(nearest)) }
                for _, scores in ipairs(paths) do
                    for i = 1, 60 do
                        local size = math.abs(scores[i])
                        assert.is_true(size <= 1 and size >= 1 - 1e-6, data.hint)
                    end
                end
            end
        end)
    end)

    describe("with a zero vector", function()
        local lists = { { 1, 2 }, { 0, 0 }, { oracle.minus_zero, 0 } }

        it("is a cosine of 0", function()
            scans.on_each(function()
                local scores = scores_of({ 1, 2 }, lists)
                assert.is_true(scans.same(0, scores[2]) and scans.same(0, scores[3]))
                assert.near(1, scores[1], 1e-6)
                assert.same({ 0, 0, 0 }, scores_of({ 0, 0 }, lists))
            end)
        end)

        it("is NaN or an error when asked for", function()
            scans.on_each(function()
                local scores = scores_of({ 1, 2 }, lists, { zero = "nan" })
                assert.is_true(scores[1] == scores[1])
                assert.is_true(scores[2] ~= scores[2] and scores[3] ~= scores[3])
                assert.error_matches(function() scores_of({ 1, 2 }, lists, { zero = "error" }) end,
                    "a vector is zero")
                assert.error_matches(function()
                    scores_of({ 0, 0 }, { { 1, 2 } }, { zero = "error" })
                end, "a vector is zero")
            end)
        end)

        it("is nothing special for dot and l2", function()
            scans.on_each(function()
                local options = { metric = "dot", zero = "error" }
                assert.same({ 5, 0, 0 }, scores_of({ 1, 2 }, lists, options))
                options.metric = "l2sq"
                assert.same({ 0, 5, 5 }, scores_of({ 1, 2 }, lists, options))
            end)
        end)

        it("means exactly zero: the smallest vectors have a direction", function()
            scans.on_each(function()
                assert.equal(1, score_of({ 1, 0 }, { 2 ^ -149, 0 }))
                assert.equal(-1, score_of({ 2 ^ -149, 0 }, { -2 ^ -149, 0 }))
            end)
        end)
    end)

    it("is never -0, also where float rounds to it", function()
        local function positive(query, row, metric)
            local lists = {}
            for i = 1, 9 do lists[i] = row end
            for _, score in ipairs(scores_of(query, lists, { metric = metric })) do
                assert.is_true(scans.same(0, score), metric)
            end
        end
        scans.on_each(function()
            for _, metric in ipairs { "cosine", "dot" } do
                positive({ 1, 0 }, { oracle.minus_zero, -1 }, metric)
                positive({ 1e-30, 1, 0 }, { -1e-30, 0, 1 }, metric)
                if metric == "cosine" then positive({ 1, 0 }, { -2 ^ -149, 1e20 }, metric) end
                -- Every partial sum is -0: tiny negative products, then factors of -0.
                local query, row = {}, {}
                for i = 1, 32 do
                    query[i], row[i] = 1e-30, -1e-30
                    query[i + 32], row[i + 32] = 1, oracle.minus_zero
                    query[i + 64], row[i + 64] = oracle.minus_zero, 1
                end
                positive(query, row, metric)
            end
        end)
    end)

    it("of what is huge, tiny or both with itself is 1", function()
        scans.on_each(function()
            local sizes = { 3e38, 1e38, 1e30, 1e20, 1e19, 1e-15, 1e-20, 1e-22, 1e-38, 1e-40, 1e-45 }
            for _, x in ipairs(sizes) do
                for _, n in ipairs { 1, 4, 17, 100 } do
                    local list, lists = {}, {}
                    for i = 1, n do list[i] = x end
                    for i = 1, 5 do lists[i] = list end
                    for _, score in ipairs(scores_of(list, lists)) do
                        assert.equal(1, score, ("%g, %d dims"):format(x, n))
                    end
                end
            end
            local lists = {}
            for i = 1, 9 do lists[i] = { 3e38, i % 3 * 1e38 } end
            for i, score in ipairs(scores_of({ 3e38, 3e38 }, lists)) do
                local expected = (3 + i % 3) / math.sqrt(2 * (9 + (i % 3) ^ 2))
                assert.near(expected, score, 1e-6)
            end
            assert.equal(1, score_of({ 3e38, 0, 1e-40 }, { 3e38, 0, 1e-40 }))
            assert.equal(0, score_of({ 3e38, 3e38 }, { 3e38, -3e38 }))
            assert.near(1 / math.sqrt(5), score_of({ 3e38, 1e38 }, { 3e38, -3e38 }), 1e-6)
            assert.near(math.sqrt(0.5), score_of({ 3e38, 3e38 }, { 1e-40, 0 }), 1e-6)
            assert.near(-math.sqrt(0.5), score_of({ 1e-45, 1e-45 }, { -3e38, 0 }), 1e-6)
        end)
    end)

    it("does not lose a dot that only passes through infinity", function()
        scans.on_each(function()
            assert.equal(0, score_of({ 3e38, 3e38 }, { 3e38, -3e38 }, "dot"))
            assert.equal(inf, score_of({ 3e38, 3e38 }, { 3e38, 3e38 }, "dot"))
            assert.equal(-inf, score_of({ 3e38, 3e38 }, { -3e38, -3e38 }, "dot"))
        end)
    end)

    it("measures distances beyond the squares that float can hold", function()
        scans.on_each(function()
            local far = score_of({ 3e38, 0 }, { 0, 0 }, "l2")
            assert.equal(oracle.rounded(3e38), far)
            assert.equal(inf, score_of({ 3e38, 0 }, { 0, 0 }, "l2sq"))
            assert.equal(inf, score_of({ float_max, 0 }, { -float_max, 0 }, "l2"))
            local near = score_of({ 3e-30, 4e-30 }, { 0, 0 }, "l2")
            assert.near(5e-30, near, 1e-36)
            assert.equal(2 ^ -149, score_of({ 1 + 2 ^ -149, 2 ^ -149 }, { 1, 0 }, "l2"))
            assert.equal(0, score_of({ 1, 2 }, { 1, 2 }, "l2"))
            assert.equal(0, score_of({ 3e38, 1e-45 }, { 3e38, 1e-45 }, "l2sq"))
        end)
    end)

    it("is NaN for a row with NaN or an infinity anywhere in it", function()
        scans.on_each(function()
            for n = 1, 67 do
                local query, m = {}, matrix.matrix(3, n)
                for j = 1, n do
                    query[j] = j % 3 -- zeros too: 0 * inf is NaN, 0 * 1 is not
                    for i = 1, 3 do m:set(i, j, 1) end
                end
                for _, bad in ipairs { nan, inf, -inf } do
                    for j = 1, n do
                        m:set(2, j, bad)
                        for _, metric in ipairs(scans.metrics) do
                            local scores = scores_of(query, m, { metric = metric })
                            assert.is_true(scores[2] ~= scores[2])
                            assert.is_true(scores[1] == scores[1] and scores[1] == scores[3])
                        end
                        m:set(2, j, 1)
                    end
                end
            end
        end)
    end)

    it("is NaN for such a row whatever the query is", function()
        scans.on_each(function()
            for _, metric in ipairs(scans.metrics) do
                for _, query in ipairs { { 0, 0 }, { 1, 0 }, { 3e38, 3e38 }, { 1e-45, 0 } } do
                    local score = score_of(query, { 0, inf }, metric)
                    assert.is_true(score ~= score, metric)
                end
            end
        end)
    end)

    it("refuses rows that are no numbers when asked to", function()
        scans.on_each(function()
            for _, metric in ipairs(scans.metrics) do
                local options = { metric = metric, nan = "error" }
                assert.error_matches(function()
                    scores_of({ 1, 2 }, { { 1, 2 }, { nan, 2 } }, options)
                end, "a row holds NaN or an infinity")
                assert.equal(2, #scores_of({ 1, 2 }, { { 1, 2 }, { 0, 2 } }, options))
            end
        end)
    end)

    it("refuses a query that is no number", function()
        scans.on_each(function()
            for _, metric in ipairs(scans.metrics) do
                for _, bad in ipairs { nan, inf, -inf } do
                    for _, at in ipairs { 1, 8, 9, 17 } do
                        local query, row = {}, {}
                        for i = 1, 17 do query[i], row[i] = 1, 1 end
                        query[at] = bad
                        assert.error_matches(function() score_of(query, row, metric) end,
                            "the query holds NaN or an infinity")
                    end
                end
            end
        end)
    end)
end)
