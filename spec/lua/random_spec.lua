-- Random numbers as scripts draw them. Every seed here is fixed, so a bound that
-- holds once holds always.

local engram = require "engram"
local trace = require "spec.support.trace"

local n = 100000

-- The message of body's failure, which must name a line of this file.
local function message_of(body)
    local fine, message = pcall(body)
    assert.is_false(fine)
    assert.truthy(tostring(message):find "^[^:]*random_spec.lua:%d+: ", tostring(message))
    return (message:gsub("^[^:]*:%d+: ", ""))
end

-- How far a frequency of probability p may be off in n draws: six deviations.
local function spread(p)
    return 6 * math.sqrt(p * (1 - p) / n)
end

-- draw() exceeds each limit as often as tail(limit) says.
local function assert_tails(draw, limits, tail)
    local above = {}
    for i in ipairs(limits) do above[i] = 0 end
    for _ = 1, n do
        local x = draw()
        for i, limit in ipairs(limits) do
            if x > limit then above[i] = above[i] + 1 end
        end
    end
    for i, limit in ipairs(limits) do
        local p = tail(limit)
        assert.near(p, above[i] / n, spread(p), "beyond " .. limit)
    end
end

-- draw() answers i with the probability weights[i] / their sum.
local function assert_frequencies(draw, weights, hint)
    local counts, sum, chi, bins = {}, 0, 0, 0
    for i, weight in ipairs(weights) do counts[i], sum = 0, sum + weight end
    for _ = 1, n do
        local i = draw()
        assert(counts[i], "out of range: " .. tostring(i))
        counts[i] = counts[i] + 1
    end
    for i, weight in ipairs(weights) do
        local expected = n * weight / sum
        if expected >= 5 then
            chi, bins = chi + (counts[i] - expected) ^ 2 / expected, bins + 1
        end
    end
    local bound = bins + 6 * math.sqrt(2 * bins)
    assert.is_true(chi < bound, ("%s: chi-square %g, bound %g"):format(hint, chi, bound))
end

describe("engram.random", function()
    it("is the same for the same seed and stream", function()
        local function list(...)
            local random, drawn = engram.random(...), {}
            for i = 1, 20 do drawn[i] = random() end
            return drawn
        end
        assert.same(list(5), list(5))
        assert.same(list(5), list(5, 0))
        assert.same(list(5, 3), list(5, 3))
        assert.are_not.same(list(5), list(6))
        assert.are_not.same(list(5, 3), list(5, 4))
        assert.are_not.same(list(3, 5), list(5, 3))
    end)

    it("takes seeds below 2^46 and streams up to 2^53", function()
        local seen = {}
        for _, seed in ipairs { 0, 1, 2 ^ 32, 2 ^ 46 - 2, 2 ^ 46 - 1 } do
            for _, stream in ipairs { 0, 1, 2 ^ 32, 2 ^ 53 - 1, 2 ^ 53 } do
                local x = engram.random(seed, stream)()
                assert.is_nil(seen[x])
                seen[x] = true
            end
        end
    end)

    it("names a seed or stream that is none", function()
        for _, seed in ipairs { -1, 0.5, 2 ^ 46, 0 / 0, math.huge, "1", true } do
            assert.equal("bad argument #1 to 'random' (a seed from 0 to 2^46 - 1 expected, got " ..
                tostring(seed) .. ")", message_of(function() return (engram.random(seed)) end))
        end
        assert.truthy(message_of(function() return (engram.random()) end):find("got nil", 1, true))
        for _, stream in ipairs { -1, 0.5, 2 ^ 54, 0 / 0, math.huge, "1" } do
            assert.equal("bad argument #2 to 'random' (a stream from 0 on expected, got " ..
                tostring(stream) .. ")",
                message_of(function() return (engram.random(1, stream)) end))
        end
    end)
end)

describe("random()", function()
    it("lies in [0, 1)", function()
        local random = engram.random(1)
        for _ = 1, 10000 do
            local x = random()
            assert.is_true(x >= 0 and x < 1)
        end
        assert_tails(engram.random(2), { 0.001, 0.25, 0.5, 0.75, 0.999 },
            function(x) return 1 - x end)
    end)
end)

describe("random(n)", function()
    it("is 1 to n, each as often", function()
        for _, sides in ipairs { 1, 2, 3, 6, 100 } do
            local random, weights = engram.random(1, sides), {}
            for i = 1, sides do weights[i] = 1 end
            assert_frequencies(function() return random(sides) end, weights, sides .. " sides")
        end
    end)

    it("reaches large numbers and stays whole", function()
        local random, largest = engram.random(1), 0
        for _ = 1, 1000 do
            local x = random(2 ^ 53)
            assert.is_true(x >= 1 and x <= 2 ^ 53 and x % 1 == 0)
            largest = math.max(largest, x)
        end
        assert.is_true(largest > 2 ^ 52)
    end)
end)

describe("random(low, high)", function()
    it("is low to high, each as often", function()
        for _, range in ipairs { { 5, 9 }, { -3, 3 }, { -10, -8 }, { 0, 1 }, { 7, 7 } } do
            local low, high = range[1], range[2]
            local random, weights = engram.random(2, 1), {}
            for i = 1, high - low + 1 do weights[i] = 1 end
            assert_frequencies(function() return random(low, high) - low + 1 end, weights,
                low .. " to " .. high)
        end
    end)

    it("names a range that is none", function()
        local random = engram.random(1)
        for _, range in ipairs { { 2, 1 }, { 0.5, 2 }, { 1, 2.5 }, { 0 / 0, 2 }, { 1, math.huge },
            { "1", 2 }, { 1, 2 ^ 54 } } do
            assert.equal("bad argument #1 to 'random' (whole numbers within 2^53 with low <= " ..
                "high expected, got " .. tostring(range[1]) .. " and " .. tostring(range[2]) .. ")",
                message_of(function() return (random(range[1], range[2])) end))
        end
        for _, sides in ipairs { 0, -1, 1.5, 0 / 0, "6" } do
            assert.truthy(message_of(function() return (random(sides)) end)
                :find("got 1 and " .. tostring(sides), 1, true))
        end
    end)
end)

describe("normal", function()
    it("has the moments of the normal distribution", function()
        local random, sums = engram.random(3), { 0, 0, 0, 0 }
        for _ = 1, n do
            local x = random:normal()
            for power = 1, 4 do sums[power] = sums[power] + x ^ power end
        end
        -- The variance of x^k is E[x^2k] - E[x^k]^2: 1, 2, 15, 96.
        for power, expected in ipairs { 0, 1, 0, 3 } do
            local variance = ({ 1, 2, 15, 96 })[power]
            assert.near(expected, sums[power] / n, 6 * math.sqrt(variance / n), "power " .. power)
        end
    end)

    it("has its tails", function()
        local random = engram.random(4)
        local tails = { [-2] = 0.97724987, [-1] = 0.84134475, [0] = 0.5, [0.5] = 0.30853754,
            [1] = 0.15865525, [2] = 0.02275013, [3] = 0.00134990 }
        local limits = {}
        for limit in pairs(tails) do limits[#limits + 1] = limit end
        assert_tails(function() return random:normal() end, limits, function(x) return tails[x] end)
    end)

    it("draws two numbers", function()
        local random = engram.random(5)
        random:normal()
        assert.equal(2, random.count)
    end)
end)

describe("exponential", function()
    it("has mean 1 and its tails", function()
        local random, sum = engram.random(6), 0
        for _ = 1, n do
            local x = random:exponential()
            assert.is_true(x >= 0)
            sum = sum + x
        end
        assert.near(1, sum / n, 6 / math.sqrt(n))
        assert_tails(function() return random:exponential() end, { 0.01, 0.5, 1, 2, 5 },
            function(x) return math.exp(-x) end)
    end)
end)

describe("pareto", function()
    it("has its tails, for any shape", function()
        for _, shape in ipairs { 0.5, 1, 3 } do
            local random = engram.random(7)
            assert_tails(function() return random:pareto(shape) end, { 1.01, 1.5, 2, 5, 10 },
                function(x) return x ^ -shape end)
        end
    end)

    it("has the shape 1.16 unless told otherwise, and starts at 1", function()
        local random, least = engram.random(8), math.huge
        assert_tails(function()
            local x = random:pareto()
            least = math.min(least, x)
            return x
        end, { 2, 10 }, function(x) return x ^ -1.16 end)
        assert.is_true(least >= 1 and least < 1.001)
    end)

    it("names a shape that is none", function()
        local random = engram.random(1)
        for _, shape in ipairs { 0, -1, 0 / 0, "2", true } do
            assert.equal("bad argument #1 to 'pareto' (a shape above 0 expected, got " ..
                tostring(shape) .. ")", message_of(function() return (random:pareto(shape)) end))
        end
    end)
end)

describe("random(nil, high)", function()
    it("is no call for a number in [0, 1)", function()
        assert.has_error(function() local _ = engram.random(1)(nil, 5) end)
    end)
end)

describe("zipf", function()
    local function weights(count, s)
        local list = {}
        for i = 1, count do list[i] = i ^ -s end
        return list
    end

    it("has its frequencies, for any n and exponent", function()
        for _, count in ipairs { 1, 2, 3, 10, 1000 } do
            for _, s in ipairs { 0.01, 0.5, 0.99, 1, 1.01, 1.5, 2, 5 } do
                local random = engram.random(9, count)
                assert_frequencies(function() return random:zipf(count, s) end, weights(count, s),
                    ("n %d, s %g"):format(count, s))
            end
        end
    end)

    it("has the exponent 1 unless told otherwise", function()
        local random = engram.random(10)
        assert_frequencies(function() return random:zipf(50) end, weights(50, 1), "s left out")
    end)

    it("has its frequencies where the exponent is nearly 1", function()
        for _, off in ipairs { 1e-6, -1e-6, 1e-9, -1e-9 } do
            local random = engram.random(11)
            assert_frequencies(function() return random:zipf(10, 1 + off) end, weights(10, 1),
                "near 1")
        end
    end)

    it("stays whole and within its range at the ends", function()
        for _, s in ipairs { 0.001, 1, 3, 100 } do
            for _, count in ipairs { 1, 2 ^ 31, 2 ^ 53 } do
                local random = engram.random(12)
                for _ = 1, 100 do
                    local k = random:zipf(count, s)
                    assert.is_true(k >= 1 and k <= count and k % 1 == 0, s .. " " .. count)
                end
            end
        end
    end)

    it("names an n or exponent that is none", function()
        local random = engram.random(1)
        for _, count in ipairs { 0, -1, 1.5, 0 / 0, math.huge, "9" } do
            assert.equal("bad argument #1 to 'zipf' (a whole number from 1 on expected, got " ..
                tostring(count) .. ")", message_of(function() return (random:zipf(count)) end))
        end
        for _, s in ipairs { 0, -1, 0 / 0, "1" } do
            assert.equal("bad argument #2 to 'zipf' (an exponent above 0 expected, got " ..
                tostring(s) .. ")", message_of(function() return (random:zipf(10, s)) end))
        end
    end)
end)

describe("a generator", function()
    local draws = {
        ["random()"] = function(random) return random() end,
        ["random(6)"] = function(random) return random(6) end,
        ["random(5, 9)"] = function(random) return random(5, 9) end,
        normal = function(random) return random:normal() end,
        exponential = function(random) return random:exponential() end,
        pareto = function(random) return random:pareto() end,
        zipf = function(random) return random:zipf(1000) end,
    }
    for name, draw in pairs(draws) do
        it("draws " .. name .. " in compiled code", function()
            local random = engram.random(1)
            local compiled, refusal = trace.watch(function() return draw(random) end)
            assert.is_nil(refusal)
            assert.is_true(compiled > 0)
        end)
    end
end)

describe("thread.random", function()
    -- What each event drew, by its number; and what the other hooks drew, by thread.
    local function drawn(threads, seed)
        local summary = engram.run { threads = threads, events = 60, seed = seed, source = [[
            local workload = {}
            function workload.thread_init(thread)
                thread.drawn = { init = thread.random() }
            end
            function workload.event(thread, i)
                local random = thread.random
                thread.drawn[i] = ("%.17g %d %.17g %d"):format(random(), random(1000),
                    random:normal(), random:zipf(100))
            end
            function workload.thread_done(thread)
                thread.drawn.done = thread.random()
                return thread.drawn
            end
            function workload.done(_, results)
                package.loaded["spec.drawn"] = results
            end
            return workload
        ]] }
        assert.is_nil(summary.errors and summary.errors[1].message)
        local results = package.loaded["spec.drawn"]
        package.loaded["spec.drawn"] = nil
        local by_event, by_thread = {}, {}
        for id, list in pairs(results) do
            for key, value in pairs(list) do
                if type(key) == "number" then by_event[key] = value
                else by_thread[id .. key] = ("%.17g"):format(value) end
            end
        end
        return by_event, by_thread
    end

    it("gives an event the same numbers on any number of threads", function()
        local alone = drawn(1, 42)
        assert.equal(60, #alone)
        for _, threads in ipairs { 2, 5, 16 } do assert.same(alone, (drawn(threads, 42))) end
    end)

    it("gives each event and each seed numbers of its own", function()
        local seen, first, second = {}, drawn(3, 1), drawn(3, 2)
        for _, list in ipairs { first, second } do
            for _, value in ipairs(list) do
                assert.is_nil(seen[value])
                seen[value] = true
            end
        end
    end)

    it("gives thread_init and thread_done numbers by thread, apart from all events'", function()
        local events, few = drawn(2, 7)
        local _, many = drawn(5, 7)
        local seen = {}
        for _, value in ipairs(events) do seen[value:match "^%S+"] = true end
        for key, value in pairs(many) do
            assert.is_nil(seen[value], key)
            seen[value] = true
            assert.is_true(few[key] == nil or few[key] == value, key)
        end
    end)
end)
