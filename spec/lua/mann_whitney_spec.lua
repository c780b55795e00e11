-- Mann-Whitney: against scipy 1.10's numbers, and against every way to deal the values out.
-- The golden numbers are mannwhitneyu's, method exact or asymptotic; those with ties are of
-- permutation_test over the rank sum with all permutations, which is exact.

local mann_whitney = require "engram.mann_whitney"

local golden = {
    { { 1, 2, 3 }, { 4, 5, 6 }, u = 9, p = 0.1, effect = 1 },
    { { 1, 2, 3, 4, 5 }, { 6, 7, 8, 9, 10 }, u = 25, p = 0.00793650793650794, effect = 1 },
    { { 19, 22, 16, 29, 24 }, { 20, 11, 17, 12 }, u = 3, p = 0.111111111111111, effect = -0.7 },
    { { 331, 970, 154, 404, 666, 49, 74, 840 }, { 1297, 392, 948, 1393, 318, 1239 },
      u = 38, p = 0.0812520812520813, effect = 0.583333333333333 },
    { { 219, 38, 88, 444, 428, 71, 246, 92, 564, 434, 60, 846 },
      { 453.5, 657.5, 326.5, 1012.5, 301.5, 652.5, 295.5, 472.5, 793.5, 1058.5 },
      u = 98, p = 0.0111529337535529, effect = 0.633333333333333 },
    { { 1, 1, 2, 2 }, { 2, 3, 3, 3 }, u = 15, p = 0.0857142857142857, effect = 0.875 },
    { { 5, 5, 5 }, { 5, 5, 5, 5 }, u = 6, p = 1, effect = 0 },
    { { 10, 10, 10, 11, 12 }, { 10, 12, 12, 13, 13, 13 },
      u = 25.5, p = 0.0692640692640693, effect = 0.7 },
    { { 3, 1, 4, 1, 5, 9, 2 }, { 6, 5, 3, 5, 8, 9, 7 },
      u = 39, p = 0.0681818181818182, effect = 0.591836734693878 },
    { { 0, 0, 0, 0, 0, 0 }, { 0, 0, 0, 0, 7, 7, 9 },
      u = 30, p = 0.244755244755245, effect = 0.428571428571429 },
}

local function filled(count, value_of)
    local list = {}
    for i = 1, count do list[i] = value_of(i) end
    return list
end

-- u of b by its definition: pairs in which b is larger, ties half.
local function u_of(a, b)
    local u = 0
    for _, x in ipairs(a) do
        for _, y in ipairs(b) do u = u + (y > x and 1 or y == x and 0.5 or 0) end
    end
    return u
end

-- The two-sided p by dealing all values out in every way.
local function dealt_p(a, b)
    local all, found = {}, u_of(a, b)
    for _, x in ipairs(a) do all[#all + 1] = x end
    for _, y in ipairs(b) do all[#all + 1] = y end
    local ways, below, above = 0, 0, 0
    for deal = 0, 2 ^ #all - 1 do
        local left, right = {}, {}
        for i, value in ipairs(all) do
            local side = math.floor(deal / 2 ^ (i - 1)) % 2 == 0 and left or right
            side[#side + 1] = value
        end
        if #left == #a then
            local u = u_of(left, right)
            ways = ways + 1
            if u <= found then below = below + 1 end
            if u >= found then above = above + 1 end
        end
    end
    return math.min(1, 2 * math.min(below, above) / ways)
end

describe("the Mann-Whitney test", function()
    it("answers what scipy answers, ties or none", function()
        for i, case in ipairs(golden) do
            local found = mann_whitney.test(case[1], case[2])
            assert.is_true(found.is_exact)
            assert.equal(case.u, found.u, i)
            assert.near(case.p, found.p, 1e-14)
            assert.near(case.effect, found.effect, 1e-14)
        end
    end)

    it("is the same the other way round, but for the sign of the effect", function()
        for _, case in ipairs(golden) do
            local found = mann_whitney.test(case[2], case[1])
            assert.near(case.p, found.p, 1e-14)
            assert.near(-case.effect, found.effect, 1e-14)
        end
    end)

    it("counts every way to deal the values out", function()
        local seed = os.time()
        math.randomseed(seed)
        for _ = 1, 60 do
            local kinds = math.random(1, 9)
            local a = filled(math.random(1, 5), function() return math.random(kinds) end)
            local b = filled(math.random(1, 5), function() return math.random(kinds) + 1 end)
            local found = mann_whitney.test(a, b)
            assert.near(dealt_p(a, b), found.p, 1e-12, "seed " .. seed)
            assert.equal(u_of(a, b), found.u, "seed " .. seed)
        end
    end)

    it("is normal beyond 80 values, as scipy's asymptotic method", function()
        local cases = {
            { function(i) return i * 7919 % 1009 end, function(i) return i * 6101 % 1009 + 140 end,
              1715.5, 0.19682360855786507 },
            { function(i) return i * 7919 % 13 end, function(i) return i * 6101 % 13 + 2 end,
              1949.5, 0.006883347694858871 },
            { function(i) return i end, function(i) return i + 100 end,
              3000, 2.226506668334408e-19 },
            { function() return 3 end, function() return 3 end, 1500, 1 },
        }
        for _, case in ipairs(cases) do
            local found = mann_whitney.test(filled(60, case[1]), filled(50, case[2]))
            assert.is_false(found.is_exact)
            assert.equal(case[3], found.u)
            assert.near(1, found.p / case[4], 1e-9)
        end
    end)

    it("is close to exact where it stops to be", function()
        local a = filled(40, function(i) return i * 7919 % 1009 end)
        local b = filled(40, function(i) return i * 6101 % 1009 + 150 end)
        local exact = mann_whitney.test(a, b)
        a[41] = 504
        local normal = mann_whitney.test(a, b)
        assert.is_true(exact.is_exact and not normal.is_exact)
        assert.near(exact.p, normal.p, 0.02)
    end)

    it("knows the least p there can be", function()
        assert.near(1, mann_whitney.least_p(1, 1), 1e-15)
        assert.near(0.1, mann_whitney.least_p(3, 3), 1e-15)
        assert.near(2 / 252, mann_whitney.least_p(5, 5), 1e-15)
        assert.near(2 / 56, mann_whitney.least_p(3, 5), 1e-15)
        assert.near(2 / 56, mann_whitney.least_p(5, 3), 1e-15)
    end)
end)
