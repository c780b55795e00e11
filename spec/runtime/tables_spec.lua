-- Walks of Lua tables in C: as Lua's own do, but never compiled.

local ffi = require "ffi"
local core = require "engram.core"
local graph = require "engram.graph"
local spread = require("engram.spread").spread
local arena = require "engram.arena"
local random = require "spec.support.random"
local runs = require "spec.support.runs"
local trace = require "spec.support.trace"

local function message_of(f, ...)
    local worked, message = pcall(f, ...)
    assert.is_false(worked)
    return message
end

describe("next", function()
    it("walks arrays, holes and keys of all types, each once", function()
        local key = {}
        local walked = { 1, nil, 3, [0] = 4, [-1.5] = 5, x = 6, [true] = 7, [key] = 8 }
        local found, k, v = {}, core.next(walked)
        while k ~= nil do
            assert.is_nil(found[k])
            found[k] = v
            k, v = core.next(walked, k)
        end
        assert.same(walked, found)
        assert.equal(8, found[key])
    end)

    it("answers nil at the end, and of what is empty", function()
        assert.equal(1, select("#", core.next {}))
        assert.is_nil(core.next {})
        assert.is_nil(core.next({ 1 }, 1))
    end)

    it("refuses what Lua's own refuses, in its words", function()
        assert.equal("bad argument #1 to '?' (table expected, got nil)", message_of(core.next, nil))
        assert.matches("bad argument #1 to '?next'? %(table expected, got no value%)",
            message_of(function() core.next() end))
        assert.matches("invalid key to 'next'", message_of(core.next, {}, "none"))
    end)
end)

describe("pairs", function()
    it("gives its caller what to walk with", function()
        local walked = { 1, 2 }
        local step, state, start = core.pairs(walked)
        assert.equal(core.next, step)
        assert.equal(walked, state)
        assert.is_nil(start)
    end)

    it("blames its caller", function()
        assert.matches("tables_spec.lua:%d+: bad argument #1 to .-pairs.- %(table expected",
            message_of(function() for _ in core.pairs(nil) do error "no" end end))
    end)

    it("lets values change on the way", function()
        local walked = { a = 1, b = 2, c = 3 }
        for k, v in core.pairs(walked) do walked[k] = v > 1 and v * 2 or nil end
        assert.same({ b = 4, c = 6 }, walked)
    end)

    it("and next are these in the states of a run, and in a loop of many lengths right", function()
        local summary = runs.run([[
            local own = require "engram.core"
            assert(pairs == own.pairs and next == own.next)
            return { event = function()
                for n = 0, 40 do
                    local outer, sum = {}, 0
                    for i = 1, n do outer["k" .. i] = { [i] = i, x = 1 } end
                    for _, inner in pairs(outer) do
                        for _, value in pairs(inner) do sum = sum + value end
                        assert(next(inner) ~= nil)
                    end
                    assert(sum == n * (n + 1) / 2 + n)
                end
            end }]], { events = 200 })
        assert.is_nil(runs.message_of(summary))
        assert.equal(200, summary.results.events)
    end)
end)

describe("unknown", function()
    it("finds a key that is not known, or none", function()
        local known = { a = true, b = true, [1] = true }
        assert.is_nil(core.unknown({}, known))
        assert.is_nil(core.unknown({ a = 1, b = false, [1] = 0 }, known))
        assert.equal("c", core.unknown({ a = 1, c = 2, b = 3 }, known))
        assert.equal(2, core.unknown({ 1, 2 }, known))
    end)

    it("asks no metatable", function()
        local all = setmetatable({}, { __index = function() return true end })
        assert.equal("a", core.unknown({ a = 1 }, all))
    end)
end)

describe("count", function()
    it("counts the keys", function()
        assert.equal(0, core.count {})
        assert.equal(3, core.count { 1, x = 2, [3] = 3 })
        assert.equal(1, core.count { nil, 2 })
    end)
end)

describe("seeds", function()
    local ids, values = ffi.new "uint32_t[64]", ffi.new "double[64]"

    it("come by id, whatever the order of the table", function()
        local data = random.new(17)
        for n = 0, 64 do
            local from, sorted = {}, {}
            while #sorted < n do
                local id = data:whole(1, 1000)
                if not from[id] then
                    from[id] = data:normal()
                    sorted[#sorted + 1] = id
                end
            end
            table.sort(sorted)
            assert.equal(n, core.seeds(from, 1000, false, ids, values, 64))
            for i, id in ipairs(sorted) do
                assert.equal(id - 1, ids[i - 1])
                assert.equal(from[id], values[i - 1])
            end
        end
    end)

    it("are counted where there is no room, and written nowhere else", function()
        ids[2], values[2] = 77, 77
        assert.equal(3, core.seeds({ 1, 2, 3 }, 3, false, ids, values, 2))
        assert.equal(77, ids[2])
        assert.equal(77, values[2])
    end)

    it("are none if one of them is none", function()
        local nan, huge = 0 / 0, math.huge
        for _, from in ipairs { { [0] = 1 }, { [4] = 1 }, { [1.5] = 1 }, { [-1] = 1 }, { x = 1 },
            { [true] = 1 }, { true }, { "1" }, { nan }, { huge }, { -huge } } do
            assert.is_nil(core.seeds(from, 3, false, ids, values, 64))
        end
        assert.equal(1, core.seeds({ -1 }, 3, false, ids, values, 64))
        assert.is_nil(core.seeds({ -1 }, 3, "ppr", ids, values, 64))
        assert.equal(1, core.seeds({ -0 }, 3, "ppr", ids, values, 64))
    end)

    it("many of them, made in an event, leave it compiled", function()
        local g = graph.graph(9, { { 1, 2 }, { 2, 3 }, { 3, 4 } })
        local mine, options = arena.current(), { max_hops = 2, decay = .5, topk = 4 }
        local compiled, refusal = trace.watch(function()
            local mark = mine:mark()
            spread(g, { [1] = 1, [5] = 2, [9] = .5 }, options)
            mine:rewind(mark)
        end)
        assert.is_nil(refusal)
        assert.is_true(compiled > 0)
    end)

    it("many of them, made in the event of a run, leave that to the compiler", function()
        local summary = runs.run([[
            local engram = require "engram"
            local g = engram.graph(9, { { 1, 2 }, { 2, 3 }, { 3, 4 } })
            local options = { max_hops = 2, decay = .5, topk = 4 }
            return { event = function()
                engram.spread(g, { [1] = 1, [5] = 2, [9] = .5 }, options)
            end }]], { events = 2000, threads = 1 })
        local lua = summary.threads[1].lua
        assert.equal("lua", lua.driver, lua.refused)
    end)
end)
