-- The arena as scripts see it: vectors that are alive, or say that they are stale.

local ffi = require "ffi"
local C = require "engram.c"
local arena = require "engram.arena"
local child = require "spec.support.child"
local engram = require "engram"
local scans = require "spec.support.scans"
local trace = require "spec.support.trace"

local stale = "stale: its arena was rewound"

-- The message of body's failure, which must name a line of this file.
local function message_of(body)
    local fine, message = pcall(body)
    assert.is_false(fine)
    assert.truthy(tostring(message):find "^[^:]*arena_spec.lua:%d+: ", tostring(message))
    return (message:gsub("^[^:]*:%d+: ", ""))
end

describe("engram.arena()", function()
    local own, mark
    before_each(function()
        own = engram.arena()
        mark = own:mark()
    end)
    after_each(function() own:rewind(mark) end)

    it("is the same at every call", function()
        assert.equal(ffi.cast("void *", own), ffi.cast("void *", engram.arena()))
    end)

    it("gives floats that can be written and read", function()
        local floats = own:floats(100)
        assert.equal(100, #floats)
        for i = 1, 100 do floats:set(i, i / 2) end
        for i = 1, 100 do assert.equal(i / 2, floats:get(i)) end
    end)

    it("gives floats on 64 bytes, each after the last", function()
        local last = 0
        for n = 1, 40 do
            local at = tonumber(ffi.cast("uintptr_t", own:floats(n):data()))
            assert.equal(0, at % 64)
            assert.is_true(at > last)
            last = at
        end
    end)

    it("takes floats, a mark, a rewind into compiled code", function()
        local function step()
            local before = own:mark()
            local floats = own:floats(16)
            floats:set(1, 2)
            local sum = floats:get(1)
            own:rewind(before)
            return sum
        end
        local compiled, refusal = trace.watch(step)
        assert.is_nil(refusal)
        assert.is_true(compiled > 0)
    end)

    it("gives a mark that is a plain number, and rewinds to it", function()
        local before = own:mark()
        assert.equal("number", type(before))
        own:floats(16)
        assert.is_true(own:mark() >= before + 64)
        own:rewind(before)
        assert.equal(before, own:mark())
    end)

    it("rewinds marks inside marks", function()
        local first = own:floats(1)
        local outer = own:mark()
        local second = own:floats(1)
        local inner = own:mark()
        local third = own:floats(1)
        first:set(1, 1)
        second:set(1, 2)
        own:rewind(inner)
        assert.equal(stale, message_of(function() return (third:get(1)) end))
        assert.equal(2, second:get(1))
        own:rewind(outer)
        assert.equal(stale, message_of(function() return (second:get(1)) end))
        assert.equal(1, first:get(1))
    end)

    it("tells its statistics in plain numbers", function()
        local before = own:stats()
        own:floats(1000)
        local after = own:stats()
        for _, key in ipairs { "capacity", "used", "high_water", "allocations", "overflows",
            "fallback_bytes", "resets" } do
            assert.equal("number", type(after[key]), key)
        end
        assert.equal(before.allocations + 1, after.allocations)
        assert.is_true(after.used >= before.used + 4000)
        assert.is_true(after.high_water >= after.used)
    end)
end)

describe("scope", function()
    local own = engram.arena()

    it("answers whatever its body answers", function()
        local function packed(...) return { n = select("#", ...), ... } end
        assert.same({ n = 3, 1, nil, "three" },
            packed(own:scope(function() return 1, nil, "three" end)))
        assert.same({ n = 0 }, packed(own:scope(function() end)))
    end)

    it("hands its body the arena and the rest", function()
        own:scope(function(given, ...)
            assert.equal(ffi.cast("void *", own), ffi.cast("void *", given))
            assert.same({ 1, "two" }, { ... })
        end, 1, "two")
    end)

    it("gives back what its body took", function()
        local mark, floats = own:mark(), nil
        own:scope(function(a) floats = a:floats(10) end)
        assert.equal(mark, own:mark())
        assert.has.error_matches(function() floats:get(1) end, stale)
    end)

    it("gives it back when the body fails, and lets the error through", function()
        local mark = own:mark()
        local thrown = { "any value" }
        local fine, caught = pcall(own.scope, own, function(a)
            a:floats(10)
            error(thrown)
        end)
        assert.is_false(fine)
        assert.equal(thrown, caught)
        assert.equal(mark, own:mark())

        fine, caught = pcall(own.scope, own, function(a)
            a:floats(10)
            error("as it was", 0)
        end)
        assert.is_false(fine)
        assert.equal("as it was", caught)
        assert.equal(mark, own:mark())

        fine, caught = pcall(own.scope, own, function(a)
            a:floats(10)
            error(nil)
        end)
        assert.is_false(fine)
        assert.is_nil(caught)
        assert.equal(mark, own:mark())
    end)

    it("takes a function", function()
        for _, body in ipairs { 5, "text", {} } do
            assert.equal("bad argument #1 to 'scope' (function expected, got " .. type(body) ..
                ")", message_of(function() own:scope(body) end))
        end
        assert.equal("bad argument #1 to 'scope' (function expected, got nil)",
            message_of(function() own:scope() end))
    end)

    it("nests, and each scope gives back its own", function()
        local mark = own:mark()
        own:scope(function(a)
            local outer = a:floats(10)
            outer:set(1, 5)
            local inside = a:mark()
            for i = 1, 3 do
                pcall(a.scope, a, function()
                    a:floats(i * 100):set(1, 1)
                    error "left early"
                end)
                assert.equal(inside, a:mark())
            end
            assert.equal(5, outer:get(1))
        end)
        assert.equal(mark, own:mark())
    end)
end)

describe("a stale vector", function()
    local own = engram.arena()
    local mark, floats
    before_each(function()
        mark = own:mark()
        floats = own:floats(4)
        own:rewind(mark)
    end)
    after_each(function() own:rewind(mark) end)

    local uses = {
        get = function() return (floats:get(1)) end,
        set = function() floats:set(1, 1) end,
        data = function() return (floats:data()) end,
    }
    for name, use in pairs(uses) do
        it("raises at " .. name, function()
            assert.equal(stale, message_of(use))
        end)
    end

    it("stays stale when its place is taken again", function()
        local again = own:floats(4)
        again:set(1, 1)
        assert.equal(stale, message_of(uses.get))
        assert.equal(1, again:get(1))
    end)
end)

describe("misuse of an arena", function()
    local own = engram.arena()

    it("names a number of floats that is none", function()
        for _, n in ipairs { 0, -1, 1.5, 0 / 0, 2 ^ 32, math.huge, "ten", true } do
            assert.equal("bad argument #1 to 'floats' (whole number from 1 to 4294967295 " ..
                "expected, got " .. tostring(n) .. ")", message_of(function() own:floats(n) end))
        end
        assert.truthy(message_of(function() own:floats() end):find("got nil", 1, true))
    end)

    it("names a mark that is none", function()
        local used = own:mark()
        for _, mark in ipairs { -1, used + 1, 0 / 0, 0.5, math.huge } do
            assert.truthy(message_of(function() own:rewind(mark) end)
                :find("bad argument #1 to 'rewind' (no mark of this arena", 1, true), mark)
        end
        assert.equal("bad argument #1 to 'rewind' (a mark expected, got nil)",
            message_of(function() own:rewind() end))
        assert.equal("bad argument #1 to 'rewind' (a mark expected, got string)",
            message_of(function() own:rewind "0" end))
        assert.equal(used, own:mark())
    end)
end)

describe("an arena that is full", function()
    it("says how full, what was asked for, and what would do", function()
        local small = scans.arena(64 * 1024, "error")
        small:floats(100)
        local message = message_of(function() small:floats(20000) end)
        for _, part in ipairs { "arena overflow in 'floats'", "400 bytes", "80448 would be needed",
            "the arena has 65536", "ENGRAM_ARENA_SIZE=128K", "--arena-size 128K" } do
            assert.truthy(message:find(part, 1, true), message)
        end
        assert.equal(400, small:mark())
    end)

    it("takes a scope's whole work back", function()
        local small = scans.arena(64 * 1024, "error")
        assert.is_false(pcall(small.scope, small, function(a)
            for _ = 1, 100 do a:floats(1000) end
        end))
        assert.equal(0, small:mark())
    end)

    it("is no end under fallback and grow", function()
        for _, policy in ipairs { "fallback", "grow" } do
            local small = scans.arena(64 * 1024, policy)
            local floats = small:floats(20000)
            for i = 1, 20000 do floats:set(i, i) end
            assert.equal(20000, floats:get(20000))
            small:rewind(0)
            assert.equal(policy == "grow" and 131072 or 65536, small:stats().capacity)
            assert.has.error_matches(function() floats:get(1) end, stale)
        end
    end)

    it("has a limit of values too, and says so", function()
        local large = scans.arena(8 * 1024 ^ 2, "error")
        for _ = 1, 65536 do large:floats(1) end
        assert.equal("arena: too many values are alive; rewind, or use scope",
            message_of(function() large:floats(1) end))
    end)
end)

describe("outside a run", function()
    local script = [[
        local arena = require("engram").arena()
        local floats = arena:floats(1e6)
        floats:set(1e6, 1)
        arena:rewind(0)
        local stats = arena:stats()
        io.write(stats.overflows, " ", stats.capacity >= 4e6 and "grown" or stats.capacity)
    ]]

    it("the policy is grow", function()
        local _, out, err = child.lua(script)
        assert.equal("1 grown", out, err)
    end)

    it("the environment beats that", function()
        local code, _, out, err
        _, out, err = child.lua(script, { environment = { ENGRAM_ARENA_OVERFLOW = "fallback" } })
        assert.equal("1 2097152", out, err)
        code, _, err = child.lua(script, { environment = { ENGRAM_ARENA_OVERFLOW = "error" } })
        assert.equal(1, code)
        assert.truthy(err:find("arena overflow in 'floats'", 1, true), err)
    end)

    it("a bad environment is an error that names it", function()
        local code, _, err = child.lua("require('engram').arena()",
            { environment = { ENGRAM_ARENA_SIZE = "much" } })
        assert.equal(1, code)
        assert.truthy(err:find("ENGRAM_ARENA_SIZE: much is not a size", 1, true), err)
    end)
end)

describe("an overflow beyond what any machine can address", function()
    it("names no size to set", function()
        local made = scans.arena(64 * 1024, "error")
        assert(C.eg_arena_alloc(made, 2ULL ^ 46 + 1) == nil)
        assert.equal("arena overflow in 'mine': more memory is needed than any machine can address",
            message_of(function() arena.fail(made, C.EG_OVERFLOW, "mine") end))
        C.eg_arena_free(ffi.gc(made, nil))
    end)
end)

describe("the totals", function()
    it("contain every arena of the process", function()
        local before = arena.totals()
        local made = scans.arena(64 * 1024, "error")
        made:floats(10)
        C.eg_arena_free(ffi.gc(made, nil))
        local after = engram.arena_totals()
        assert.equal(before.allocations + 1, after.allocations)
        assert.equal(before.overflows, after.overflows)
    end)
end)
