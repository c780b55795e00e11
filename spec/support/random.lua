--- Random data for specs: the same each time, unless ENGRAM_SEED says otherwise.
--
--    local data = random.new()
--    data:normal()
--    assert.is_true(ok, data.hint)     -- names the seed

local random = {}
random.__index = random

local seed = tonumber(os.getenv "ENGRAM_SEED") or 20240229
local modulus = 2 ^ 31 - 1

function random.new(stream)
    local self = setmetatable({ hint = "ENGRAM_SEED=" .. seed }, random)
    self.state = (seed * 7919 + (stream or 0) * 104729) % (modulus - 1) + 1
    for _ = 1, 8 do self:uniform() end
    return self
end

--- In [0, 1). Park and Miller's generator: plain doubles, no state of the process.
function random:uniform()
    self.state = self.state * 48271 % modulus
    return (self.state - 1) / (modulus - 1)
end

--- A whole number from low to high.
function random:whole(low, high)
    return low + math.floor(self:uniform() * (high - low + 1))
end

--- Mean 0, deviation 1.
function random:normal()
    local radius = math.sqrt(-2 * math.log(1 - self:uniform()))
    return radius * math.cos(2 * math.pi * self:uniform())
end

--- n numbers, each from draw(self).
function random:list(n, draw)
    local list = {}
    for i = 1, n do list[i] = draw(self) end
    return list
end

--- rows lists of n numbers each.
function random:lists(rows, n, draw)
    local lists = {}
    for i = 1, rows do lists[i] = self:list(n, draw) end
    return lists
end

return random
