-- Random numbers through the FFI: a function of (seed, stream, count), and even.
-- Every seed here is fixed, so a bound that holds once holds always.

local ffi = require "ffi"
local C = require "engram.c"

local function new(seed, stream, count)
    return ffi.new("eg_random", seed, stream, count or 0)
end

local function draws(n, seed, stream, count)
    local random, list = new(seed, stream, count), {}
    for i = 1, n do list[i] = C.eg_random_next(random) end
    return list
end

-- Chi-square of numbers in [0, 1) over equal bins; bins - 1 is what to expect.
local function chi_square(bins, n, next_number)
    local counts, expected, sum = {}, n / bins, 0
    for i = 0, bins - 1 do counts[i] = 0 end
    for i = 1, n do
        local bin = math.floor(next_number(i) * bins)
        counts[bin] = counts[bin] + 1
    end
    for i = 0, bins - 1 do sum = sum + (counts[i] - expected) ^ 2 / expected end
    return sum
end

-- Six deviations above what to expect: one in a billion by chance.
local function bound(bins)
    return bins - 1 + 6 * math.sqrt(2 * (bins - 1))
end

local function correlation(xs, ys)
    local sum = 0
    for i = 1, #xs do sum = sum + (xs[i] - 0.5) * (ys[i] - 0.5) end
    return sum / #xs * 12
end

describe("a number", function()
    it("lies in [0, 1) and is a multiple of 2^-53", function()
        for _, x in ipairs(draws(10000, 1, 1)) do
            assert.is_true(x >= 0 and x < 1)
            assert.equal(0, x * 2 ^ 53 % 1)
        end
    end)

    it("depends on seed, stream and count alone", function()
        assert.same(draws(100, 7, 8), draws(100, 7, 8))
        local later = draws(60, 7, 8, 40)
        for i, x in ipairs(draws(100, 7, 8)) do
            if i > 40 then assert.equal(x, later[i - 40]) end
        end
    end)

    it("moves the count on by one", function()
        local random = new(1, 2)
        for i = 1, 10 do
            C.eg_random_next(random)
            assert.equal(i, random.count)
            assert.equal(1, random.seed)
            assert.equal(2, random.stream)
        end
    end)

    it("is the same everywhere and for ever", function()
        -- SplitMix64's finaliser over its Weyl sequence, worked out with whole numbers of
        -- any length: reports name a seed so that it can be used again.
        local golden = {
            { 0, 0, 0.33805245419550545 },
            { 1, 0, 0.43274492759272121 },
            { 1, 1, 0.69351213901022923 },
            { 42, 7, 0.44255783193913834 },
            { 2 ^ 46 - 1, 2 ^ 53, 0.72378988054887772 },
        }
        for _, each in ipairs(golden) do
            assert.equal(each[3], draws(1, each[1], each[2])[1], each[1] .. " " .. each[2])
        end
    end)
end)

describe("seeds and streams", function()
    -- The first number of each pair, none of them twice.
    local function assert_apart(pairs_of)
        local seen, n = {}, 0
        for _, each in ipairs(pairs_of) do
            local x = C.eg_random_next(new(each[1], each[2]))
            assert.is_nil(seen[x], ("seed %.0f, stream %.0f"):format(each[1], each[2]))
            seen[x], n = true, n + 1
        end
        return n
    end

    it("that are neighbours differ", function()
        local list = {}
        for seed = 0, 99 do
            for stream = 0, 99 do list[#list + 1] = { seed, stream } end
        end
        assert.equal(10000, assert_apart(list))
    end)

    it("that are large do not collapse", function()
        local list = {}
        for shift = 0, 45 do
            for step = -1, 1 do
                local seed = 2 ^ shift + step
                if seed > 0 and seed < 2 ^ 46 and shift > 1 then list[#list + 1] = { seed, 5 } end
            end
        end
        for i = 1, 50 do list[#list + 1] = { 2 ^ 46 - i - 2, 5 } end
        for shift = 10, 52 do
            for step = -1, 1 do list[#list + 1] = { 5, 2 ^ shift + step } end
        end
        for i = 0, 100 do list[#list + 1] = { 5, 2 ^ 53 - i - 2 } end
        assert_apart(list)
    end)

    it("do not stand in for each other", function()
        local list = {}
        for a = 1, 60 do
            for b = 1, 60 do list[#list + 1] = { a * 1000003, b * 7919 } end
        end
        assert_apart(list)
    end)

    it("give sequences that do not overlap", function()
        local seen = {}
        for stream = 1, 100 do
            for _, x in ipairs(draws(100, 3, stream)) do
                assert.is_nil(seen[x], stream)
                seen[x] = true
            end
        end
    end)
end)

describe("the spread", function()
    it("of one stream is even", function()
        for seed = 1, 5 do
            for _, bins in ipairs { 2, 10, 256, 1000 } do
                local random = new(seed, 1)
                local chi = chi_square(bins, 100000, function() return C.eg_random_next(random) end)
                assert.is_true(chi < bound(bins), ("seed %d, %d bins: %g"):format(seed, bins, chi))
            end
        end
    end)

    it("of each stream's first number is even", function()
        for seed = 1, 5 do
            for _, bins in ipairs { 2, 256, 1000 } do
                local chi = chi_square(bins, 100000, function(i)
                    return C.eg_random_next(new(seed, i))
                end)
                assert.is_true(chi < bound(bins), ("seed %d, %d bins: %g"):format(seed, bins, chi))
            end
        end
    end)

    it("of each seed's first number is even", function()
        local chi = chi_square(256, 100000, function(i) return C.eg_random_next(new(i, 1)) end)
        assert.is_true(chi < bound(256), chi)
    end)

    it("of the last bits is even", function()
        local random = new(9, 9)
        local chi = chi_square(256, 100000, function()
            return C.eg_random_next(random) * 2 ^ 45 % 1
        end)
        assert.is_true(chi < bound(256), chi)
    end)

    it("of pairs is even", function()
        for _, bins in ipairs { 16, 32 } do
            local random = new(4, 4)
            local chi = chi_square(bins * bins, 200000, function()
                local x, y = C.eg_random_next(random), C.eg_random_next(random)
                return (math.floor(x * bins) + y) / bins
            end)
            assert.is_true(chi < bound(bins * bins), chi)
        end
    end)

    it("has the mean and the variance it should", function()
        local sum, squares, n = 0, 0, 200000
        for _, x in ipairs(draws(n, 2, 2)) do
            sum, squares = sum + x, squares + (x - 0.5) ^ 2
        end
        assert.near(0.5, sum / n, 6 * math.sqrt(1 / 12 / n))
        assert.near(1 / 12, squares / n, 6 * math.sqrt(1 / 180 / n))
    end)
end)

describe("neighbours", function()
    local n = 20000
    local limit = 6 / math.sqrt(n)

    it("in one stream have nothing in common", function()
        local xs = draws(n + 3, 6, 6)
        for lag = 1, 3 do
            local ys = {}
            for i = 1, n do ys[i] = xs[i + lag] end
            local first = {}
            for i = 1, n do first[i] = xs[i] end
            assert.near(0, correlation(first, ys), limit)
        end
    end)

    it("in stream number or seed have nothing in common", function()
        for _, other in ipairs { { 6, 7 }, { 7, 6 }, { 6 + 2 ^ 45, 6 }, { 6, 6 + 2 ^ 52 } } do
            assert.near(0, correlation(draws(n, 6, 6), draws(n, other[1], other[2])), limit)
        end
    end)
end)
