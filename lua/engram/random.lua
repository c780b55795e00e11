--- Random: numbers that depend on a seed and a stream alone.
--
--    thread.random()        in [0, 1)
--    thread.random(6)       1 to 6
--    thread.random(5, 9)    5 to 9
--    thread.random:normal(), :exponential(), :zipf(n, s), :pareto(shape)
--
-- In an event the stream is the event's number, in thread_init the thread's id:
-- the same seed gives every event the same numbers, whoever runs it and when.

local ffi = require "ffi"
local C = require "engram.declarations".C
local check = require "engram.check"

local floor, log, sqrt, cos, pi, exp = math.floor, math.log, math.sqrt, math.cos, math.pi, math.exp

local random_t = ffi.typeof "eg_random"
local whole_max = 2 ^ 53
local methods = require("engram.methods").random

local function is_whole(x)
    return type(x) == "number" and x % 1 == 0 and x >= -whole_max and x <= whole_max
end

local function draw(self, low, high)
    local unit = C.eg_random_next(self)
    if low == nil and high == nil then return unit end
    if high == nil then low, high = 1, low end
    if not is_whole(low) or not is_whole(high) or low > high then
        check.bad(1, "random", "whole numbers within 2^53 with low <= high expected, got " ..
            tostring(low) .. " and " .. tostring(high))
    end
    return low + floor(unit * (high - low + 1))
end

local warmup = 2 ^ 52 -- streams of a warm-up's events lie between this and twice as much

--- From now on what event i draws, in a batch of events.
function methods:seek(i)
    if not (is_whole(i) and i >= 0) then
        check.bad(1, "seek", "a whole number from 0 on expected, got " .. tostring(i))
    end
    local is_warmup = self.stream >= warmup and self.stream < 2 * warmup
    self.stream, self.count = is_warmup and warmup + i or i, 0
end

--- Normal, of mean 0 and standard deviation 1 (Box and Muller 1958).
function methods:normal()
    local u, v = C.eg_random_next(self), C.eg_random_next(self)
    return sqrt(-2 * log(1 - u)) * cos(2 * pi * v)
end

--- Exponential, of mean 1.
function methods:exponential()
    return -log(1 - C.eg_random_next(self))
end

--- Pareto, from 1 on, of the given shape (default 1.16: the 80-20 rule).
function methods:pareto(shape)
    shape = shape or 1.16
    if not (type(shape) == "number" and shape > 0) then
        check.bad(1, "pareto", "a shape above 0 expected, got " .. tostring(shape))
    end
    return (1 - C.eg_random_next(self)) ^ (-1 / shape)
end

-- So close to 1 the general formula has lost all its digits.
local function is_one(s)
    return s > 1 - 1e-9 and s < 1 + 1e-9
end

-- The integral of x^-s, its inverse, as Hoermann and Derflinger name them.
local function integral(x, s)
    if is_one(s) then return log(x) end
    return (x ^ (1 - s) - 1) / (1 - s)
end

local function integral_inverse(y, s)
    if is_one(s) then return exp(y) end
    return (1 + y * (1 - s)) ^ (1 / (1 - s))
end

-- One attempt: k, or nil when it is rejected.
local function zipf_attempt(self, n, s, low, high)
    local u = high + C.eg_random_next(self) * (low - high)
    local k = floor(integral_inverse(u, s) + 0.5)
    if k < 1 then k = 1 elseif k > n then k = n end
    if u >= integral(k + 0.5, s) - k ^ -s then return k end
end

--- Zipf: i in 1 .. n with probability proportional to i^-s (s default 1).
--  Hoermann, Derflinger: Rejection-inversion to generate variates from
--  monotone discrete distributions (1996).
function methods:zipf(n, s)
    s = s or 1
    if not (is_whole(n) and n >= 1) then
        check.bad(1, "zipf", "a whole number from 1 on expected, got " .. tostring(n))
    end
    if not (type(s) == "number" and s > 0) then
        check.bad(2, "zipf", "an exponent above 0 expected, got " .. tostring(s))
    end
    local low, high = integral(1.5, s) - 1, integral(n + 0.5, s)
    -- The first attempt mostly succeeds: outside the loop, it compiles as a straight line.
    local k = zipf_attempt(self, n, s, low, high)
    while not k do k = zipf_attempt(self, n, s, low, high) end
    return k
end

local seed_max = 2 ^ 46

local random = { draw = draw }

--- A generator of one's own: engram.random(seed [, stream]).
function random.new(seed, stream)
    if not (is_whole(seed) and seed >= 0 and seed < seed_max) then
        check.bad(1, "random", "a seed from 0 to 2^46 - 1 expected, got " .. tostring(seed))
    end
    stream = stream or 0
    if not (is_whole(stream) and stream >= 0) then
        check.bad(2, "random", "a stream from 0 on expected, got " .. tostring(stream))
    end
    return random_t(seed, stream, 0)
end

--- 1 to count, shuffled.
function random.order(generator, count)
    local order = {}
    for i = 1, count do order[i] = i end
    for i = count, 2, -1 do
        local j = generator(i)
        order[i], order[j] = order[j], order[i]
    end
    return order
end

return random
