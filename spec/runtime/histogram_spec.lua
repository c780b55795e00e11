-- The histogram: at most 1 % off from 1 ns to 1 h, and honest at its ends.

local ffi = require "ffi"
local C = require "engram.c"
local random = require "spec.support.random"

local hour = 3600e9
local percents = { 0.1, 1, 5, 10, 25, 50, 75, 90, 95, 99, 99.9, 99.99 }

local function new(values)
    local histogram = ffi.gc(C.eg_histogram_new(), C.eg_histogram_free)
    for _, ns in ipairs(values or {}) do C.eg_histogram_record(histogram, ns) end
    return histogram
end

local function percentile(histogram, percent)
    return C.eg_histogram_percentile(histogram, percent)
end

-- The least value that percent of all do not exceed. Counts in thousandths of a
-- percent, so that the rank of 99.9 is a whole number.
local function exact_percentile(sorted, percent)
    local rank = math.ceil(math.floor(percent * 1000 + 0.5) * #sorted / 100000)
    return sorted[math.max(rank, 1)]
end

local function moments(values)
    local sum, squares = 0, 0
    for _, x in ipairs(values) do sum = sum + x end
    local mean = sum / #values
    for _, x in ipairs(values) do squares = squares + (x - mean) ^ 2 end
    return mean, math.sqrt(squares / #values)
end

-- Latencies as they come: whole, from 1 ns to 1 h.
local function whole(ns)
    return math.max(1, math.min(hour, math.floor(ns)))
end

local draws = {
    ["evenly spread over all magnitudes"] = function(data) return whole(hour ^ data:uniform()) end,
    ["exponential"] = function(data) return whole(-20000 * math.log(1 - data:uniform())) end,
    ["of two kinds"] = function(data)
        return data:whole(1, 100) == 1 and 5e6 + data:whole(0, 1e5) or data:whole(80, 120)
    end,
    ["long-tailed"] = function(data) return whole(1000 * (1 - data:uniform()) ^ -1.5) end,
    ["below 256 ns"] = function(data) return data:whole(0, 255) end,
}

describe("a bucket", function()
    -- The value alone would be clamped to itself: two more keep it from min and max.
    local function seen_as(ns)
        return percentile(new { 0, ns, 2 ^ 53 }, 50)
    end

    it("is exact below 256 ns", function()
        for ns = 0, 255 do assert.equal(ns, seen_as(ns)) end
    end)

    it("is within 1 % at every power of two and beside it", function()
        for shift = 0, 41 do
            for step = -3, 3 do
                local ns = 2 ^ shift + step
                if ns >= 1 then assert.near(ns, seen_as(ns), ns * 0.01, ns) end
            end
        end
        for _, ns in ipairs { 1e3, 1e6, 1e9, 1e10, 1e11, 1e12, hour - 1, hour } do
            assert.near(ns, seen_as(ns), ns * 0.01)
        end
    end)

    it("is within 1 % anywhere up to an hour", function()
        local data = random.new(1)
        for _ = 1, 5000 do
            local ns = whole(hour ^ data:uniform())
            assert.near(ns, seen_as(ns), ns * 0.01, data.hint)
        end
    end)

    it("never answers less for more", function()
        local data = random.new(2)
        for _ = 1, 2000 do
            local ns = whole(hour ^ data:uniform())
            assert.is_true(seen_as(ns) <= seen_as(ns + 1), data.hint .. " " .. ns)
            assert.is_true(seen_as(ns) <= seen_as(ns * 1.02 + 1), data.hint .. " " .. ns)
        end
    end)
end)

describe("an empty histogram", function()
    it("answers 0", function()
        local histogram = new()
        for _, name in ipairs { "count", "min", "max", "mean", "stddev" } do
            assert.equal(0, C["eg_histogram_" .. name](histogram), name)
        end
        for _, percent in ipairs { 0, 50, 99.9, 100 } do
            assert.equal(0, percentile(histogram, percent))
        end
    end)

    it("is freed when there is none", function()
        assert.has_no.errors(function() C.eg_histogram_free(nil) end)
    end)
end)

describe("one sample", function()
    for _, ns in ipairs { 0, 1, 255, 256, 257, 999, 1001, 123456789, 101e9, hour, 2 * hour,
        2 ^ 43, 1e15, 2 ^ 53 } do
        it(("of %.0f ns is every percentile"):format(ns), function()
            local histogram = new { ns }
            for _, percent in ipairs { -1, 0, 0.001, 50, 99.999, 100, 101, 0 / 0 } do
                assert.equal(ns, percentile(histogram, percent))
            end
            assert.equal(1, C.eg_histogram_count(histogram))
            assert.equal(ns, C.eg_histogram_min(histogram))
            assert.equal(ns, C.eg_histogram_max(histogram))
            assert.equal(ns, C.eg_histogram_mean(histogram))
            assert.equal(0, C.eg_histogram_stddev(histogram))
        end)
    end
end)

describe("percentiles", function()
    for name, draw in pairs(draws) do
        it("of values " .. name .. " are within 1 % of those of the sorted list", function()
            for stream, n in ipairs { 2, 3, 10, 100, 1000, 20000 } do
                local data = random.new(stream)
                local values = data:list(n, draw)
                local histogram = new(values)
                table.sort(values)
                for _, percent in ipairs(percents) do
                    local exact = exact_percentile(values, percent)
                    assert.near(exact, percentile(histogram, percent), exact * 0.01,
                        ("%s stream %d, p%s of %d"):format(data.hint, stream, percent, n))
                end
            end
        end)
    end

    it("count whole ranks exactly", function()
        for thousands = 1, 20 do
            local n, low = thousands * 1000, {}
            for i = 1, n do low[i] = i <= n * 0.999 and 1 or 1e6 end
            local histogram = new(low)
            assert.equal(1, percentile(histogram, 99.9), n)
            assert.equal(1e6, percentile(histogram, 99.99), n)
            C.eg_histogram_record(histogram, 1e6) -- one more, and 99.9 % are not enough
            assert.equal(1e6, percentile(histogram, 99.9), n)
        end
    end)

    it("never leave minimum and maximum, and never fall", function()
        local kinds = {
            { 300, 301, 302 }, { 0, 0, 1 }, { 3, 700, 999 }, { 100.5e9, 101e9, 150e9 },
            { hour, 2 * hour, 3 * hour, 1e15 }, { 2 ^ 42 + 12345, 2 ^ 42 + 12346 }, { 511, 513 },
        }
        local data = random.new(3)
        for _, draw in pairs(draws) do kinds[#kinds + 1] = data:list(500, draw) end
        for _, values in ipairs(kinds) do
            local histogram = new(values)
            table.sort(values)
            local last = values[1]
            for percent = 0, 100, 0.5 do
                local value = percentile(histogram, percent)
                assert.is_true(value >= last, data.hint)
                last = value
            end
            assert.equal(values[1], percentile(histogram, 0))
            assert.equal(values[#values], last)
            assert.equal(values[1], C.eg_histogram_min(histogram))
            assert.equal(values[#values], C.eg_histogram_max(histogram))
        end
    end)

    it("beyond the last bucket are the maximum", function()
        local histogram = new { 1, 2, 1e14, 3e14, 9e15 }
        assert.equal(2, percentile(histogram, 40))
        assert.equal(9e15, percentile(histogram, 60))
        assert.equal(9e15, percentile(histogram, 99))
    end)
end)

describe("mean and deviation", function()
    for name, draw in pairs(draws) do
        it("of values " .. name .. " are right", function()
            local data = random.new(4)
            local values = data:list(5000, draw)
            local histogram = new(values)
            local mean, deviation = moments(values)
            assert.near(mean, C.eg_histogram_mean(histogram), mean * 1e-12, data.hint)
            -- Each value is off by at most 0.4 % of itself: so is the root of their squares.
            local size = math.sqrt(mean ^ 2 + deviation ^ 2)
            assert.near(deviation, C.eg_histogram_stddev(histogram), size * 0.004 + 1e-9, data.hint)
        end)
    end

    it("are exact for small numbers", function()
        local histogram = new { 2, 4, 4, 4, 5, 5, 7, 9 }
        assert.equal(5, C.eg_histogram_mean(histogram))
        assert.equal(2, C.eg_histogram_stddev(histogram))
    end)

    it("are exact beyond the buckets, the mean at least", function()
        assert.equal(2e15, C.eg_histogram_mean(new { 1e15, 3e15 }))
    end)
end)

describe("merging", function()
    local function assert_same(expected, found, hint)
        for _, name in ipairs { "count", "min", "max", "mean", "stddev" } do
            assert.equal(C["eg_histogram_" .. name](expected), C["eg_histogram_" .. name](found),
                hint .. " " .. name)
        end
        for percent = 0, 100, 0.1 do
            assert.equal(percentile(expected, percent), percentile(found, percent), hint)
        end
    end

    it("is recording everything in one", function()
        local data = random.new(5)
        local all, merged = new(), new()
        for _, draw in pairs(draws) do
            local part = new()
            for _ = 1, 700 do
                local ns = draw(data)
                C.eg_histogram_record(part, ns)
                C.eg_histogram_record(all, ns)
            end
            C.eg_histogram_merge(merged, part)
        end
        assert_same(all, merged, data.hint)
    end)

    it("with an empty one changes nothing, either way", function()
        local some, into = new { 5, 700, 1e9 }, new()
        C.eg_histogram_merge(into, some)
        assert_same(some, into, "into an empty one")
        C.eg_histogram_merge(into, new())
        assert_same(some, into, "of an empty one")
        C.eg_histogram_merge(into, new())
        assert.equal(5, C.eg_histogram_min(into))
    end)

    it("leaves what it reads as it was", function()
        local from, before = new { 5, 700, 1e9 }, new { 5, 700, 1e9 }
        C.eg_histogram_merge(new { 1 }, from)
        assert_same(before, from, "read")
    end)
end)

describe("a difference", function()
    it("is what came in between", function()
        local data = random.new(11)
        local early, all, late = new(), new(), new()
        for i = 1, 5000 do
            local ns = whole(hour ^ data:uniform())
            C.eg_histogram_record(all, ns)
            C.eg_histogram_record(i <= 2000 and early or late, ns)
        end
        C.eg_histogram_subtract(all, early)
        assert.equal(3000, C.eg_histogram_count(all))
        assert.near(C.eg_histogram_mean(late), C.eg_histogram_mean(all), 1e-3)
        for _, percent in ipairs(percents) do
            assert.near(percentile(late, percent), percentile(all, percent),
                percentile(late, percent) * 0.01)
        end
        local least, most = C.eg_histogram_min(late), C.eg_histogram_max(late)
        assert.near(least, C.eg_histogram_min(all), least * 0.01)
        assert.near(most, C.eg_histogram_max(all), most * 0.01)
    end)

    it("of the same is empty", function()
        local histogram = new { 5, 70, 900 }
        C.eg_histogram_subtract(histogram, new { 5, 70, 900 })
        assert.equal(0, C.eg_histogram_count(histogram))
        assert.equal(0, C.eg_histogram_max(histogram))
        C.eg_histogram_record(histogram, 42)
        assert.equal(42, C.eg_histogram_min(histogram))
    end)
end)

describe("the buckets", function()
    it("are read in parts, and hold everything", function()
        local histogram, found = new(), ffi.new "eg_bucket[7]"
        local data = random.new(12)
        for _ = 1, 1000 do C.eg_histogram_record(histogram, whole(hour ^ data:uniform())) end
        local count, first, before = 0, 0, -1
        repeat
            local used = C.eg_histogram_buckets(histogram, first, found, 7)
            for i = 0, used - 1 do
                assert.is_true(found[i].ns > before and found[i].count > 0)
                before, count, first = found[i].ns, count + found[i].count, found[i].number + 1
            end
        until used < 7
        assert.equal(1000, count)
        assert.equal(0, C.eg_histogram_buckets(new(), 0, found, 7))
    end)
end)
