-- Matrices of f16, bf16, i8 and bits as scripts see them: making, rows, messages, lives.

local C = require "engram.c"
local matrix = require "engram.matrix"
local share = require "engram.share"
local trace = require "spec.support.trace"
local scans = require "spec.support.scans"

local kinds = { "f16", "bf16", "i8", "bits" }

local function assert_raises(message, body, ...)
    local ok, found = pcall(body, ...)
    assert.is_false(ok)
    assert.truthy(tostring(found):find(message, 1, true), tostring(found))
    assert.truthy(tostring(found):find("^[^:]*types_spec.lua:%d+: "), tostring(found))
end

-- As functions of their own, so that there is a caller's line to blame.
local function call(object, method, ...)
    object[method](object, ...)
end

local function make(...)
    local made = matrix.matrix(...)
    return made
end

describe("a matrix of another type", function()
    it("names it", function()
        assert.equal("f32", matrix.matrix(1, 1).type)
        for _, kind in ipairs(kinds) do
            assert.equal(kind, matrix.matrix(1, 1, { type = kind }).type)
            assert.equal(kind, matrix.matrix({ { 1 } }, { type = kind }).type)
            assert.equal(kind, matrix.matrix(1, 1):convert(kind).type)
        end
        assert.equal("f32", matrix.matrix(1, 1, {}).type)
    end)

    it("takes numbers, and gives them back", function()
        for _, kind in ipairs(kinds) do
            local m = matrix.matrix({ { 1, 0, 1 }, { 0, 1, 1 } }, { type = kind })
            assert.same({ 0, 1, 1 }, scans.numbers(m:row(2)))
            m:set(1, 2, 1)
            m:row(2):set(1, 1)
            m:row(1):set(3, 0)
            assert.same({ 1, 1, 0 }, scans.numbers(m:row(1)))
            assert.same({ 1, 1, 1 }, scans.numbers(m:row(2)))
            assert.equal(3, #m:row(1))
        end
    end)

    it("gives its rows' pointer", function()
        for _, kind in ipairs(kinds) do
            local m = matrix.matrix({ { 0, 0 }, { 1, 1 } }, { type = kind })
            assert.equal(m:data()[m.stride], m:row(2):data()[0])
            assert.is_true(m:row(2):data()[0] ~= 0)
        end
    end)

    it("does not change once frozen", function()
        for _, kind in ipairs(kinds) do
            local m = matrix.matrix({ { 1, 0 } }, { type = kind })
            local row = m:row(1)
            assert.is_true(m:freeze() == m)
            assert_raises("matrix is frozen", call, m, "set", 1, 1, 0)
            assert_raises("matrix is frozen", call, row, "set", 1, 0)
            assert.has_error(function() m:data()[0] = 5 end)
            assert.has_error(function() row:data()[0] = 5 end)
            assert.same({ 1, 0 }, scans.numbers(row))
            assert.equal("f32", m:convert("f32").type)
        end
    end)

    it("names what is wrong", function()
        local expected = "type: one of 'bf16', 'bits', 'f16', 'f32', 'i8' expected, got "
        assert_raises("bad argument #3 to 'matrix' (" .. expected .. "f64", make, 1, 1,
            { type = "f64" })
        assert_raises("bad argument #2 to 'matrix' (" .. expected .. "8", make, { { 1 } },
            { type = 8 })
        assert_raises("bad argument #3 to 'matrix' (unknown option 'typ'; known are type)", make,
            1, 1, { typ = "i8" })
        assert_raises("bad argument #2 to 'matrix' (table of options expected, got number)", make,
            { { 1 } }, 1)
        assert_raises("bad argument #1 to 'convert' (" .. expected .. "nil", call,
            matrix.matrix(1, 1), "convert")
        local m = matrix.matrix(2, 3, { type = "i8" })
        assert_raises("bad argument #1 to 'get' (row 3 is not within 1 to 2)", call, m, "get", 3, 1)
        assert_raises("bad argument #2 to 'set' (column 4 is not", call, m, "set", 1, 4, 1)
        assert_raises("bad argument #3 to 'set' (number expected, got nil)", call, m, "set", 1, 1)
        assert_raises("bad argument #1 to 'step' (row 0 is not within 1 to 2)", call, m, "step", 0)
        local row = m:row(1)
        assert_raises("bad argument #1 to 'get' (index 4 is not within 1 to 3)", call, row, "get",
            4)
        assert_raises("bad argument #1 to 'set' (index 0 is not", call, row, "set", 0, 1)
        assert_raises("bad argument #2 to 'set' (number expected, got string)", call, row, "set",
            1, "1")
    end)

    it("answers nil and a message without memory", function()
        local m, message = matrix.matrix(2 ^ 31, 2 ^ 31, { type = "bf16" })
        assert.is_nil(m)
        assert.equal("matrix: no memory for 2147483648 rows of 2147483648 numbers", message)
    end)

    it("is held by its rows, and goes with the last", function()
        collectgarbage()
        collectgarbage()
        local before = C.eg_live_objects()
        local m = matrix.matrix({ { 1, 2 }, { 3, 3 } }, { type = "i8" })
        local row = m:row(2)
        m = nil -- luacheck: ignore
        collectgarbage()
        collectgarbage()
        assert.equal(before + 1, C.eg_live_objects())
        assert.near(3, row:get(2), 1e-12)
        row = nil -- luacheck: ignore
        collectgarbage()
        collectgarbage()
        assert.equal(before, C.eg_live_objects())
    end)

    it("is shared without a copy", function()
        for _, kind in ipairs(kinds) do
            local m = matrix.matrix({ { 1, 0 }, { 0, 5 } }, { type = kind })
            local text, kept = share.pack({ m = m }, "it")
            local other = share.unpack(text).m
            assert.equal(kind, other.type)
            assert.equal(1, other.pinned)
            assert.is_true(other.cells == m.cells)
            assert.same(scans.numbers(m:row(2)), scans.numbers(other:row(2)))
            assert.equal(m:step(2), other:step(2))
            assert.equal(1, #kept)
        end
    end)

    it("is compiled in a loop", function()
        local m = matrix.matrix(50, 20, { type = "i8" })
        local sum = 0
        local compiled, refusal = trace.watch(function()
            for i = 1, 50 do
                m:set(i, 3, 127)
                sum = sum + m:get(i, 3) + m:row(i):get(3)
            end
        end)
        assert.is_nil(refusal)
        assert.is_true(compiled > 0)
        assert.equal(200 * 50 * 254, sum)
    end)
end)
