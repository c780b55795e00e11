-- engram.spread_bytes: the scratch of every method, by formula; that it is what a call takes, is
-- enough, and that less is an overflow which names it.

local C = require "engram.c"
local engram = require "engram"
local arena = require "engram.arena"
local random = require "spec.support.random"
local scans = require "spec.support.scans"

local function words(n) return math.floor(n / 64) + 1 end

-- As `engram help spread` says them: n nodes, c of them at most visited.
local function once(n, c, totals)
    return 64 * (math.floor(c / 8) + math.floor(c / 16) + 2) + 512 * totals * words(n) +
        24 * words(n) + 8 * (math.floor(words(n) / 64) + 1)
end

local calls = {
    { { decay = .5 }, function(n) return once(n, n, 1) end },
    { { max_hops = 3, fan = "log", clamp = 2, topk = 5 }, function(n) return once(n, n, 1) end },
    { { decay = .9, max_nodes = 100 }, function(n) return once(n, math.min(n, 100), 1) end },
    { { refire = true, max_hops = 4, decay = .5 }, function(n) return once(n, n, 2) end },
    { { refire = true, threshold = .1, decay = .5, fan = "out", max_nodes = 9 },
        function(n) return once(n, math.min(n, 9), 2) end },
    { { method = "spreadr", time = 4 },
        function(n) return 16 * math.max(n, 1) + 8 * words(n) end },
    { { method = "actr", mas = 2 },
        function(n) return 16 * math.max(n, 1) + 8 * words(n) end },
    { { method = "ppr" }, function(n) return 16 * math.max(n, 1) end },
    { { method = "push", eps = 1e-4 },
        function(n) return 16 * math.max(n, 1) + 24 * words(n) + 4 * n end },
}

local capacity = 2 ^ 20

-- Runs body with an arena of which just so many bytes are free, from a multiple of 64 on.
local function with_free(bytes, body)
    local own = scans.arena(capacity, "error")
    local taken = math.floor((capacity - bytes) / 64) * 64
    if taken > 0 then assert(C.eg_arena_alloc(own, taken) ~= nil) end
    scans.within(own, function() body(own, taken) end)
end

describe("engram.spread_bytes", function()
    for at, call in ipairs(calls) do
        local options, formula = call[1], call[2]
        it(("is the formula, and what a call takes (%d)"):format(at), function()
            local data = random.new(at)
            for _, n in ipairs { 1, 63, 64, 65, 700, 3000 } do
                local edges = {}
                for i = 1, n * 4 do edges[i] = { data:whole(1, n), data:whole(1, n), .5 } end
                local g, seeds = engram.graph(n, edges), { [1] = 1, [n] = 2 }
                local bytes = engram.spread_bytes(g, options)
                assert.equal(formula(n), bytes)
                local own = scans.arena(capacity, "error")
                scans.within(own, function() engram.spread(g, seeds, options) end)
                assert.equal(bytes, own:stats().high_water)
                with_free(bytes, function() engram.spread(g, seeds, options) end)
                with_free(bytes - 64, function(small, taken)
                    local worked, message = pcall(engram.spread, g, seeds, options)
                    assert.is_false(worked)
                    assert.matches(("arena overflow in 'spread': %d bytes are in use, %d would " ..
                        "be needed"):format(taken, taken + bytes), message, 1, true)
                    assert.equal(taken, small:mark())
                end)
            end
        end)
    end

    it("answers for a graph without nodes", function()
        for _, call in ipairs(calls) do
            assert.equal(call[2](0), engram.spread_bytes(engram.graph(0, {}), call[1]))
        end
    end)

    it("takes nothing", function()
        local mark = arena.current():mark()
        engram.spread_bytes(engram.graph(9, {}), { decay = .5 })
        assert.equal(mark, arena.current():mark())
    end)

    it("refuses what spread would, with the caller's line", function()
        local g = engram.graph(2, { { 1, 2 } })
        local wrong = {
            { function() engram.spread_bytes(nil, {}) end, "#1 to 'spread_bytes' (graph expected" },
            { function() engram.spread_bytes(g, 3) end, "#2 to 'spread_bytes' (table of options" },
            { function() engram.spread_bytes(g) end, "#2 to 'spread_bytes' (no stop rule" },
            { function() engram.spread_bytes(g, { method = "x" }) end,
                "#2 to 'spread_bytes' (method: one of" },
            { function() engram.spread_bytes(g, { decay = 2 }) end,
                "#2 to 'spread_bytes' (decay: number above 0 to 1 expected, got 2)" },
            { function() engram.spread_bytes(g, { method = "push", tol = 1 }) end,
                "#2 to 'spread_bytes' (push takes " },
        }
        for _, case in ipairs(wrong) do
            local _, message = pcall(case[1])
            assert.matches("bad argument " .. case[2], message, 1, true)
            local line = debug.getinfo(case[1], "S").linedefined
            assert.matches("spread_bytes_spec%.lua:" .. line .. ": ", message)
        end
    end)
end)
