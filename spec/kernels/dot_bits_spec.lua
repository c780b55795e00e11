-- Distances between sets of bits: counted one by one, on every instruction set.

local arena = require "engram.arena"
local matrix = require "engram.matrix"
local similarity = require "engram.similarity"
local oracle = require "spec.support.oracle"
local random = require "spec.support.random"
local scans = require "spec.support.scans"

local function scores_of(query, m, options)
    return scans.numbers(similarity.similarity(query, m, options))
end

local function expected_of(metric, a, b)
    local differ, any = 0, 0
    for i, x in ipairs(a) do
        local here, there = x > 0, b[i] > 0
        if here ~= there then differ = differ + 1 end
        if here or there then any = any + 1 end
    end
    if metric == "hamming" then return differ end
    return any == 0 and 0 or oracle.rounded(differ / any)
end

describe("bits", function()
    local mark
    before_each(function() mark = arena.current():mark() end)
    after_each(function() arena.current():rewind(mark) end)

    it("are as far apart as one counts by hand", function()
        local m = matrix.matrix({ { 1, 1, 0 }, { 0, 0, 0 }, { 0, 0, 1 }, { 1, 0, 1 } },
            { type = "bits" })
        scans.on_each(function()
            assert.same({ 1, 1, 2, 1 }, scores_of({ 1, 0, 0 }, m))
            assert.same({ 0.5, 1, 1, 0.5 }, scores_of({ 1, 0, 0 }, m, { metric = "jaccard" }))
            assert.same({ 1, 0, 1, 1 }, scores_of({ 0, 0, 0 }, m, { metric = "jaccard" }))
            assert.same({ 2, 0, 1, 2 }, scores_of({ 0, -1, 0 }, m, { metric = "hamming" }))
        end)
    end)

    it("agree with counting at every length", function()
        local data = random.new(111)
        local function draw(self) return self:uniform() < 0.4 and 1 or -1 end
        for _, n in ipairs { 1, 2, 7, 8, 9, 31, 63, 64, 65, 127, 128, 129, 255, 256, 257, 500, 511,
            512, 513, 768, 1000, 1023, 1024, 1025, 5000 } do
            local query, lists = data:list(n, draw), data:lists(5, n, draw)
            local m = matrix.matrix(lists, { type = "bits" })
            local exposed = m:convert "bits"
            exposed:data()
            scans.on_each(function()
                for _, metric in ipairs { "hamming", "jaccard" } do
                    local options = { metric = metric }
                    local scores = scores_of(query, m, options)
                    for i, list in ipairs(lists) do
                        assert.equal(expected_of(metric, query, list), scores[i], data.hint)
                    end
                    assert.same(scores, scores_of(query, exposed, options))
                    assert.same({ scores[3], scores[1] }, scores_of(query, m, { metric = metric,
                        ids = { 3, 1 } }))
                    assert.equal(0, scores_of(m:row(2), m, options)[2])
                end
            end)
        end
    end)

    it("are ranked least first, ties by lower id", function()
        local data = random.new(112)
        local lists = data:lists(200, 12, data.normal)
        local m, query = matrix.matrix(lists, { type = "bits" }), data:list(12, data.normal)
        scans.on_each(function()
            for _, metric in ipairs { "hamming", "jaccard" } do
                local scores = {}
                for i, list in ipairs(lists) do scores[i] = expected_of(metric, query, list) end
                local best = oracle.ranking(metric, scores)
                for _, k in ipairs { 1, 7, 200 } do
                    local found = similarity.nearest(query, m, k, { metric = metric })
                    for i = 1, k do
                        local id, score = found:get(i)
                        assert.equal(best[i], id, data.hint)
                        assert.equal(scores[id], score, data.hint)
                    end
                end
            end
        end)
    end)

    it("have metrics of their own, and only these", function()
        local bits, floats = matrix.matrix(1, 2, { type = "bits" }), matrix.matrix(1, 2)
        for _, name in ipairs { "similarity", "nearest" } do
            local call = name == "nearest" and function(m, options)
                similarity.nearest({ 1, 0 }, m, 1, options)
            end or function(m, options) similarity.similarity({ 1, 0 }, m, options) end
            assert.error_matches(function() call(bits, { metric = "cosine" }) end,
                "metric: one of 'hamming', 'jaccard' expected, got cosine", 1, true)
            assert.error_matches(function() call(floats, { metric = "hamming" }) end,
                "metric: one of 'cosine', 'dot', 'l2', 'l2sq' expected, got hamming", 1, true)
        end
    end)
end)
