--- Mann-Whitney: do the values of one sample tend to be larger than those of another?
--
--    local found = mann_whitney.test({ 1, 2, 3, 4, 5 }, { 6, 7, 8, 9, 10 })
--    found.p        -> 0.0079, two-sided
--    found.effect   -> 1
--
-- It asks for no shape of distribution, and one wild value moves it no more than a mild one.
-- p is exact for up to 80 values in all, ties included: the share of all ways to deal these
-- values out to two samples of these sizes that are as far out, twice the smaller tail. Beyond
-- that it is the normal approximation, corrected for ties and for continuity.
--
-- The effect is Cliff's delta, also known as the rank-biserial correlation: the share of all
-- pairs where b is larger less the share where a is. 1: every b is above every a; -1: below.

local mann_whitney = {}

local exact_most = 80

-- The ranks of all values, doubled, which makes those of ties whole; and the sum of t^3 - t
-- over groups of t equal values.
local function doubled_ranks(a, b)
    local all, ranks, ties = {}, {}, 0
    for i, value in ipairs(a) do all[i] = { value = value, at = i } end
    for i, value in ipairs(b) do all[#a + i] = { value = value, at = #a + i } end
    table.sort(all, function(one, other) return one.value < other.value end)
    local first = 1
    while first <= #all do
        local last = first
        while last < #all and all[last + 1].value == all[first].value do last = last + 1 end
        for i = first, last do ranks[all[i].at] = first + last end
        local count = last - first + 1
        ties = ties + count ^ 3 - count
        first = last + 1
    end
    return ranks, ties
end

-- In how many ways `count` of the ranks add up to each sum.
local function ways_to_sum(ranks, count)
    local most, ways = 0, {}
    for _, rank in ipairs(ranks) do most = most + rank end
    for k = 0, count do
        ways[k] = {}
        for sum = 0, most do ways[k][sum] = 0 end
    end
    ways[0][0] = 1
    for _, rank in ipairs(ranks) do
        for k = count, 1, -1 do
            local with, without = ways[k], ways[k - 1]
            for sum = most, rank, -1 do with[sum] = with[sum] + without[sum - rank] end
        end
    end
    return ways[count], most
end

local function exact_p(ranks, count, found)
    local ways, most = ways_to_sum(ranks, count)
    local below, above, all = 0, 0, 0
    for sum = 0, most do
        all = all + ways[sum]
        if sum <= found then below = below + ways[sum] end
        if sum >= found then above = above + ways[sum] end
    end
    return math.min(1, 2 * math.min(below, above) / all)
end

-- The share of a normal distribution above z; by Simpson's rule, or an asymptotic series
-- where that would be left with rounding errors alone.
local function normal_tail(z)
    local density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    if z > 5 then
        local fraction = z
        for k = 200, 1, -1 do fraction = z + k / fraction end
        return density / fraction
    end
    local steps, sum = 1000, 0
    local width = z / steps
    for i = 0, steps do
        local weight = (i == 0 or i == steps) and 1 or i % 2 == 1 and 4 or 2
        sum = sum + weight * math.exp(-(i * width) ^ 2 / 2)
    end
    return 0.5 - sum * width / 3 / math.sqrt(2 * math.pi)
end

local function normal_p(u, n, m, ties)
    local all = n + m
    local variance = n * m / 12 * (all + 1 - ties / (all * (all - 1)))
    if variance <= 0 then return 1 end
    local distance = math.abs(u - n * m / 2) - 0.5
    if distance <= 0 then return 1 end
    return math.min(1, 2 * normal_tail(distance / math.sqrt(variance)))
end

--- Two lists of numbers, neither empty: u (of b), p, effect, and whether p is exact.
function mann_whitney.test(a, b)
    local n, m = #a, #b
    local ranks, ties = doubled_ranks(a, b)
    local sum = 0
    for i = n + 1, n + m do sum = sum + ranks[i] end
    local u = sum / 2 - m * (m + 1) / 2
    local is_exact = n + m <= exact_most
    return {
        u = u, effect = 2 * u / (n * m) - 1, is_exact = is_exact,
        p = is_exact and exact_p(ranks, m, sum) or normal_p(u, n, m, ties),
    }
end

--- The smallest p that samples of n and m values can have: beyond it no difference can be
--  shown, however large.
function mann_whitney.least_p(n, m)
    local ways = 1
    for k = 1, m do ways = ways * (n + k) / k end
    return math.min(1, 2 / ways)
end

return mann_whitney
