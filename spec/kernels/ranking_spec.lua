-- How hits are ranked: best first, ties by lower id. A graph without arcs answers its seeds.

local ffi = require "ffi"
local arena = require "engram.arena"
local graph = require "engram.graph"
local spread = require "engram.spread"
local random = require "spec.support.random"
local scans = require "spec.support.scans"

local float_t = ffi.typeof "float[1]"

local function rounded(x)
    return float_t(x)[0]
end

-- What makes an order hard to find.
local kinds = {
    { "far apart", function(data) return data:uniform() end },
    { "of either sign", function(data) return data:uniform() - 0.5 end },
    { "over many octaves", function(data) return 2 ^ (-60 * data:uniform()) end },
    { "few, each of many", function(data) return 1 + math.floor(data:uniform() * 3) end },
    { "all the same", function() return 0.25 end },
    { "almost the same but one", function(data, i)
        return i == 7 and 1e30 or 1 + data:uniform() * 1e-4
    end },
    { "almost the same but for the sign", function(data)
        return (1 + data:uniform() * 1e-4) * (data:uniform() < 0.5 and 1 or -1)
    end },
    { "the same as floats", function(data) return 1 + data:uniform() * 1e-9 end },
    { "mostly negative", function(data, i)
        return i % 97 == 0 and data:uniform() or -1 - data:uniform()
    end },
    { "descending", function(_, i) return 1 / i end },
    { "ascending", function(_, i) return 1 + i / 1024 end },
}

local function seeds_of(n, draw, data)
    local seeds, values, ranked = {}, {}, {}
    for i = 1, n do
        seeds[i] = draw(data, i)
        values[i] = rounded(seeds[i])
        ranked[i] = i
    end
    table.sort(ranked, function(a, b)
        if values[a] ~= values[b] then return values[a] > values[b] end
        return a < b
    end)
    return seeds, values, ranked
end

local function check(n, draw, data, topk)
    local seeds, values, ranked = seeds_of(n, draw, data)
    local g = graph.graph(n, {})
    scans.on_each(function()
        local hits = spread.spread(g, seeds, { max_hops = 1, topk = topk })
        assert.equal(math.min(topk or n, n), #hits)
        for i = 1, #hits do
            local id, value = hits:get(i)
            if id ~= ranked[i] or value ~= values[id] then
                error(("of %d, hit %d: %d at %.9g, not %d; %s"):format(n, i, id, value,
                    ranked[i], data.hint))
            end
        end
    end)
end

describe("ranking", function()
    local whole

    before_each(function() whole = arena.current():mark() end)
    after_each(function() arena.current():rewind(whole) end)

    for _, kind in ipairs(kinds) do
        it("puts values in order that are " .. kind[1], function()
            local data = random.new(11)
            for _, n in ipairs { 1, 2, 47, 48, 49, 50, 63, 64, 65, 300, 1000, 8191, 8192, 9000 } do
                check(n, kind[2], data)
            end
        end)

        it("finds the best of values that are " .. kind[1], function()
            local data = random.new(12)
            for _, topk in ipairs { 1, 10, 49, 200, 2000 } do check(5000, kind[2], data, topk) end
            for _, n in ipairs { 65, 1000, 1023, 2048 } do
                for _, topk in ipairs { 1, 2, 10, 15, 16, 40 } do check(n, kind[2], data, topk) end
            end
        end)
    end
end)
