-- The best k: a total order by score and id, whatever k, shards or candidates.
local arena = require "engram.arena"
local matrix = require "engram.matrix"
local similarity = require "engram.similarity"
local oracle = require "spec.support.oracle"
local random = require "spec.support.random"
local scans = require "spec.support.scans"
local inf, nan = math.huge, 0 / 0

local nearest = similarity.nearest

local function best(query, m, k, options)
    return scans.pairs_of(nearest(query, m, k, options))
end

-- Small whole numbers: many scores are equal, some rows are zero or no numbers.
local function crowded(data, rows, dims)
    local m = matrix.matrix(rows, dims)
    for i = 1, rows do
        for j = 1, dims do m:set(i, j, data:whole(-1, 1)) end
        local no_number = data:whole(0, 1) == 0 and nan or inf
        if data:whole(1, 9) == 1 then m:set(i, data:whole(1, dims), no_number) end
    end
    return m
end

local function assert_same(expected, found, hint)
    assert.equal(#expected, #found, hint)
    for i = 1, #expected do assert.is_true(scans.same(expected[i], found[i]), hint) end
end

describe("nearest", function()
    local mark
    before_each(function() mark = arena.current():mark() end)
    after_each(function() arena.current():rewind(mark) end)

    it("finds the best first", function()
        local m = matrix.matrix { { 0, 1 }, { 1, 0.1 }, { -1, 0 }, { 2, 0 } }
        scans.on_each(function()
            assert.same({ 4, 2, 1, 3 }, (best({ 1, 0 }, m, 4)))
            assert.same({ 4, 2, 1, 3 }, (best({ 1, 0 }, m, 4, { metric = "dot" })))
            assert.same({ 2, 4, 1, 3 }, (best({ 1, 0 }, m, 4, { metric = "l2" })))
            local ids, values = best({ 1, 0 }, m, 2, { metric = "l2sq" })
            assert.same({ 2, 4 }, ids)
            assert.near(0.01, values[1], 1e-8)
            assert.equal(1, values[2])
        end)
    end)

    it("gives what there is when k is more, and nothing for 0", function()
        local m = matrix.matrix { { 1 }, { 2 } }
        scans.on_each(function()
            assert.same({ 1, 2 }, (best({ 1 }, m, 3)))
            assert.same({ 1, 2 }, (best({ 1 }, m, 2 ^ 32 - 1)))
            assert.same({}, (best({ 1 }, m, 0)))
            assert.same({}, (best({ 1 }, m, 5, { ids = {} })))
            assert.same({}, (best({ 1 }, matrix.matrix(0, 1), 5)))
        end)
    end)

    it("orders ties by id", function()
        local m = matrix.matrix(200, 3)
        for i = 1, 200 do m:set(i, i % 2 + 1, 1) end
        scans.on_each(function()
            for _, metric in ipairs(scans.metrics) do
                local ids = best({ 1, 1, 0 }, m, 130, { metric = metric })
                for i = 1, 130 do assert.equal(i, ids[i]) end
            end
        end)
    end)

    it("takes -0 for 0", function()
        local minus = oracle.minus_zero
        local m = matrix.matrix { { 0, 1 }, { minus, 1 }, { 0, -1 }, { minus, -1 } }
        scans.on_each(function()
            for _, metric in ipairs { "cosine", "dot" } do
                assert.same({ 1, 2, 3, 4 }, (best({ 1, 0 }, m, 4, { metric = metric })))
                assert.same({ 1, 2, 3, 4 }, (best({ -1, 0 }, m, 4, { metric = metric })))
            end
        end)
    end)

    it("puts what is no number last, by id", function()
        local lists = { { nan, 1 }, { -1, 0 }, { inf, 0 }, { 1, 0 }, { 0, -inf }, { 0, 1 } }
        local m = matrix.matrix(lists)
        scans.on_each(function()
            for _, metric in ipairs(scans.metrics) do
                local ids, values = best({ 1, 0 }, m, 6, { metric = metric })
                assert.same({ 4, 6, 2, 1, 3, 5 }, ids)
                for i = 4, 6 do assert.is_true(values[i] ~= values[i]) end
                assert.same({ 4, 6, 2, 1 }, (best({ 1, 0 }, m, 4, { metric = metric })))
            end
        end)
    end)

    it("puts infinite scores at the ends, before NaN", function()
        local m = matrix.matrix { { nan, 0 }, { -3e38, 0 }, { 3e38, 0 }, { 1, 0 } }
        scans.on_each(function()
            local ids, values = best({ 3e38, 0 }, m, 4, { metric = "dot" })
            assert.same({ 3, 4, 2, 1 }, ids)
            assert.equal(inf, values[1])
            assert.equal(-inf, values[3])
            assert.same({ 3, 2, 4, 1 }, (best({ 3e38, 0 }, m, 4, { metric = "l2sq" })))
        end)
    end)

    it("puts zero vectors where their option says", function()
        local m = matrix.matrix { { 0, 0 }, { -1, 0 }, { 1, 0 }, { nan, 0 } }
        scans.on_each(function()
            assert.same({ 3, 1, 2, 4 }, (best({ 1, 0 }, m, 4)))
            assert.same({ 3, 2, 1, 4 }, (best({ 1, 0 }, m, 4, { zero = "nan" })))
            assert.error_matches(function() nearest({ 1, 0 }, m, 4, { zero = "error" }) end, "zero")
            assert.error_matches(function() nearest({ 1, 0 }, m, 4, { nan = "error" }) end, "NaN")
        end)
    end)

    it("is a sorted similarity, to the bit, for every k", function()
        local data = random.new(21)
        scans.on_each(function()
            for _, rows in ipairs { 1, 2, 63, 64, 65, 129, 300 } do
                local m = crowded(data, rows, 3)
                local query = { 1, data:whole(-1, 1), data:whole(0, 1) }
                for _, metric in ipairs(scans.metrics) do
                    local options = { metric = metric }
                    local scores = scans.numbers(similarity.similarity(query, m, options))
                    local ranking = oracle.ranking(metric, scores)
                    local ids, values = best(query, m, rows, options)
                    assert.same(ranking, ids, data.hint)
                    for i = 1, rows do
                        assert.is_true(scans.same(scores[ids[i]], values[i]), data.hint)
                    end
                    for _, k in ipairs { 0, 1, 2, 3, 10, rows - 1 } do
                        local first, their = best(query, m, k, options)
                        assert.equal(math.min(k, rows), #first)
                        for i = 1, #first do
                            assert.equal(ids[i], first[i], data.hint)
                            assert.is_true(scans.same(values[i], their[i]), data.hint)
                        end
                    end
                end
            end
        end)
    end)

    it("finds the same on data of real size", function()
        local data = random.new(22)
        local m = matrix.matrix(data:lists(1000, 100, data.normal)):freeze()
        scans.on_each(function()
            for _ = 1, 5 do
                local query = data:list(100, data.normal)
                local scores = scans.numbers(similarity.similarity(query, m))
                local ranking = oracle.ranking("cosine", scores)
                local ids = best(query, m, 25)
                for i = 1, 25 do assert.equal(ranking[i], ids[i], data.hint) end
            end
        end)
    end)

    -- What the scores of all rows are, number by number.
    local kinds = {
        normal = function(data) return data:normal() end,
        ["ever better"] = function(_, i) return i end,
        ["ever worse"] = function(_, i) return -i end,
        ties = function(data) return data:whole(-1, 1) end,
        ["one far ahead"] = function(data, i) return i == 5 and 3e38 or data:normal() end,
        infinite = function(data) return ({ -3e38, 0, 3e38 })[data:whole(1, 3)] end,
        ["few numbers"] = function(data) return data:whole(1, 20) == 1 and data:normal() or nan end,
        ["numbers at the end"] = function(data, i, n) return i > n - 7 and data:normal() or nan end,
        ["no number"] = function() return nan end,
    }

    it("keeps the best of any scores, however many come at once", function()
        local data = random.new(26)
        for _, rows in ipairs { 1, 10, 63, 64, 65, 190, 1024, 1025, 1100 } do
            local m = matrix.matrix(rows, 1)
            for name, number in pairs(kinds) do
                for i = 1, rows do m:set(i, 1, number(data, i, rows)) end
                scans.on_each(function()
                    for _, metric in ipairs { "dot", "l2sq" } do
                        local options = { metric = metric }
                        local scores = scans.numbers(similarity.similarity({ 2 }, m, options))
                        local ranking = oracle.ranking(metric, scores)
                        for _, k in ipairs { 1, 10, 32, 33, 64, 1100 } do
                            local ids, values = best({ 2 }, m, k, options)
                            local hint = ("%s, %d rows, k %d, %s"):format(name, rows, k, data.hint)
                            assert.equal(math.min(k, rows), #ids, hint)
                            for i = 1, #ids do
                                if ids[i] ~= ranking[i] or not scans.same(scores[ids[i]], values[i])
                                then error(hint .. ", place " .. i) end
                            end
                        end
                    end
                end)
            end
        end
    end)

    it("does not depend on the order of rows, but for ids", function()
        local data = random.new(23)
        local lists = data:lists(90, 5, data.normal)
        local turned = {}
        for i = 1, 90 do turned[i] = lists[91 - i] end
        scans.on_each(function()
            local query = data:list(5, data.normal)
            local ids, values = best(query, matrix.matrix(lists), 20)
            local others, their = best(query, matrix.matrix(turned), 20)
            assert_same(values, their, data.hint)
            for i = 1, 20 do assert.equal(91 - ids[i], others[i], data.hint) end
        end)
    end)

    it("is what shards give when they are merged", function()
        local data = random.new(24)
        scans.on_each(function()
            for _, metric in ipairs(scans.metrics) do
                local rows, k, options = 200, 30, { metric = metric }
                local m, query = crowded(data, rows, 4), { 1, 0, -1, 1 }
                local ids, values = best(query, m, k, options)
                local scores, known = {}, {}
                for first = 1, rows, 70 do
                    local shard = matrix.matrix(math.min(70, rows - first + 1), 4)
                    for i = 1, shard.rows do
                        for j = 1, 4 do shard:set(i, j, m:get(first + i - 1, j)) end
                    end
                    local own, their = best(query, shard, k, options)
                    for i = 1, #own do
                        local id = own[i] + first - 1
                        scores[id], known[id] = their[i], true
                    end
                end
                -- What no shard named is worse than all that were.
                for i = 1, rows do if not known[i] then scores[i] = nan end end
                local ranking = {}
                for _, id in ipairs(oracle.ranking(metric, scores)) do
                    if known[id] then ranking[#ranking + 1] = id end
                end
                for i = 1, k do
                    assert.equal(ranking[i], ids[i], data.hint)
                    assert.is_true(scans.same(scores[ids[i]], values[i]), data.hint)
                end
            end
        end)
    end)

    describe("among candidates", function()
        it("answers the matrix's ids, whatever their order", function()
            local m = matrix.matrix { { 1, 0 }, { 1, 0 }, { 0, 1 }, { 1, 0 }, { -1, 0 } }
            scans.on_each(function()
                local ids, values = best({ 1, 0 }, m, 3, { ids = { 5, 4, 3, 1 } })
                assert.same({ 1, 4, 3 }, ids)
                assert.same({ 1, 1, 0 }, values)
            end)
        end)

        it("keeps the lowest ids of equal scores, though they come last", function()
            local m, falling = matrix.matrix(200, 2), {}
            for i = 1, 200 do
                m:set(i, 1, 1)
                falling[i] = 201 - i
            end
            scans.on_each(function()
                for _, metric in ipairs(scans.metrics) do
                    local ids = best({ 2, 1 }, m, 7, { metric = metric, ids = falling })
                    assert.same({ 1, 2, 3, 4, 5, 6, 7 }, ids)
                end
            end)
        end)

        it("finds twice what is named twice", function()
            local m = matrix.matrix { { 1, 0 }, { 0, 1 } }
            assert.same({ 1, 1, 2 }, (best({ 1, 0 }, m, 5, { ids = { 1, 2, 1 } })))
        end)

        it("finds the same as a search that leaves the others out", function()
            local data = random.new(25)
            scans.on_each(function()
                for _, metric in ipairs(scans.metrics) do
                    local m, query = crowded(data, 150, 3), { 1, -1, 1 }
                    local candidates, is_candidate = {}, {}
                    for i = 1, 150 do
                        if data:whole(0, 1) == 1 then
                            table.insert(candidates, data:whole(1, #candidates + 1), i)
                            is_candidate[i] = true
                        end
                    end
                    local ids, values = best(query, m, 150, { metric = metric })
                    local expected, their = {}, {}
                    for i = 1, 150 do
                        if is_candidate[ids[i]] then
                            expected[#expected + 1] = ids[i]
                            their[#their + 1] = values[i]
                        end
                    end
                    local found, scores = best(query, m, 150, { metric = metric, ids = candidates })
                    assert.same(expected, found, data.hint)
                    assert_same(their, scores, data.hint)
                end
            end)
        end)

        it("takes earlier hits for candidates", function()
            local m = matrix.matrix { { 1, 0 }, { 1, 1 }, { 0, 1 }, { -1, 0 } }
            local first = nearest({ 1, 0 }, m, 3)
            assert.same({ 3, 2, 1 }, (best({ 0, 1 }, m, 9, { ids = first })))
        end)

        it("takes scratch for their rows: 1000 of 768 dims need about 3 MB", function()
            local m = matrix.matrix(1200, 768)
            local candidates = {}
            for i = 1, 1000 do
                candidates[i] = i
                m:set(i, 1, i)
            end
            local query = {}
            for i = 1, 768 do query[i] = 1 end
            local options = { metric = "dot", ids = candidates }
            local small = scans.arena(2 ^ 21, "error")
            scans.within(small, function()
                assert.error_matches(function() nearest(query, m, 2, options) end,
                    "arena overflow in 'nearest'.*ENGRAM_ARENA_SIZE=6M")
                assert.equal(0, small:mark())
                assert.equal(1, #nearest(query, m, 1, { ids = { 7 } }))
            end)
            scans.within(scans.arena(3 * 2 ^ 20, "error"), function()
                assert.same({ 1000, 999 }, (best(query, m, 2, options)))
                assert.is_true(arena.current():stats().high_water > 3000000)
                assert.equal(2 * 8, arena.current():mark())
            end)
            scans.within(scans.arena(65536, "fallback"), function()
                assert.same({ 1000, 999 }, (best(query, m, 2, options)))
                assert.equal(2 * 8, arena.current():mark())
                assert.is_true(arena.current():stats().overflows > 0)
            end)
        end)
    end)
end)
