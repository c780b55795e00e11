-- Matrices of every type through safetensors: saved, and loaded again, to the bit. Files that
-- say they are one, and are not, are refused.

local engram = require "engram"
local ffi = require "ffi"

local C = require "engram.c"
local arrays = require "spec.support.arrays"
local random = require "spec.support.random"

local path = os.tmpname()
local target = path .. ".safetensors"

local function write(bytes)
    local file = assert(io.open(path, "wb"))
    file:write(bytes)
    file:close()
end

local function some(rows, dims, kind, hint)
    local data = random.new(hint)
    local m = engram.matrix(rows, dims)
    for i = 1, rows do
        for j = 1, dims do m:set(i, j, data:normal() * 10 ^ (i % 7 - 3)) end
    end
    return (assert(m:convert(kind)))
end

-- What a matrix holds: every number, and every step.
local function content(m)
    local list = { m.rows, m.dims, m.type }
    for i = 1, m.rows do
        for j = 1, m.dims do list[#list + 1] = ("%a"):format(m:get(i, j)) end
        list[#list + 1] = ("%a"):format(m:step(i))
    end
    return list
end

describe("a matrix in safetensors", function()
    teardown(function()
        os.remove(path)
        os.remove(target)
    end)

    for _, kind in ipairs { "f32", "f16", "bf16", "i8", "bits" } do
        it("is the same again, of " .. kind, function()
            for _, dims in ipairs { 1, 7, 8, 9, 31, 64, 65, 100 } do
                local m = some(13, dims, kind, dims)
                assert(engram.save(target, m))
                local again = assert(engram.load(target))
                assert.same(content(m), content(again))
                assert.is_true(again.frozen ~= 0)
            end
        end)

        it("gives a part of its rows, of " .. kind, function()
            local m = some(20, 30, kind, 3)
            assert(engram.save(target, m))
            local part = assert(engram.load(target, { rows = { 5, 9 } }))
            assert.equal(5, part.rows)
            for i = 1, 5 do
                assert.equal(m:step(i + 4), part:step(i))
                for j = 1, 30 do assert.equal(m:get(i + 4, j), part:get(i, j)) end
            end
            local none, message = engram.load(target, { rows = { 5, 21 } })
            assert.is_nil(none)
            assert.truthy(message:find("the file has 20", 1, true), message)
        end)
    end

    it("answers the same queries, of i8 and of bits", function()
        for _, kind in ipairs { "i8", "bits" } do
            local m = some(300, 100, kind, 4)
            assert(engram.save(target, m))
            local again = assert(engram.load(target))
            local query = some(1, 100, "f32", 5):row(1)
            local found, expected = engram.nearest(query, again, 9), engram.nearest(query, m, 9)
            for i = 1, 9 do
                assert.same({ expected:get(i) }, { found:get(i) })
            end
        end
    end)

    it("of i8 keeps broken rows and the largest numbers", function()
        local m = engram.matrix { { 0 / 0, 1 }, { 3.4028234e38, -3.4028234e38 }, { 0, 0 } }
        m = assert(m:convert "i8")
        assert(engram.save(target, m))
        local again = assert(engram.load(target))
        assert.is_true(again:get(1, 1) ~= again:get(1, 1))
        assert.same({ m:get(2, 1), m:get(2, 2), 0, 0 },
            { again:get(2, 1), again:get(2, 2), again:get(3, 1), again:get(3, 2) })
    end)

    it("is mapped where it may be", function()
        assert(engram.save(target, some(4, 100, "f32", 6)))
        assert.is_true(assert(engram.load(target)).file ~= nil)
    end)

    -- As the file has it: rows of i8 with a double for each.
    local function i8_file(changes)
        local header = ('{"__metadata__":{"engram":"%s","dims":"%s"},' ..
            '"cells":{"dtype":"%s","shape":[2,3],"data_offsets":[0,6]},' ..
            '"steps":{"dtype":"%s","shape":[%s],"data_offsets":[6,22]}}'):format(
            changes.kind or "i8", changes.dims or "3", changes.dtype or "I8",
            changes.steps or "F64", changes.shape or "2")
        local steps = ffi.new("double[2]", 0.5, changes.step or 2)
        return arrays.safetensors(header, "\1\2\3\128\255\127" .. ffi.string(steps, 16))
    end

    it("may have been written by others", function()
        write(i8_file {})
        local m = assert(engram.load(path))
        assert.same({ "i8", 2, 3, 0.5, 2 }, { m.type, m.rows, m.dims, m:step(1), m:step(2) })
        assert.same({ 0.5, 1, 1.5, -256, -2, 254 }, { m:get(1, 1), m:get(1, 2), m:get(1, 3),
            m:get(2, 1), m:get(2, 2), m:get(2, 3) })
        write(i8_file { kind = "strange" })
        assert.truthy(select(2, engram.load(path)):find("tells which", 1, true))
        assert.equal(3, assert(engram.load(path, { tensor = "cells" })).dims)
    end)

    for name, case in pairs {
        ["other dims than cells"] = { { dims = "4" }, "which are not 4 rows of i8" },
        ["dims that are none"] = { { dims = "x" }, "which are not nil rows of i8" },
        ["a fraction of a dim"] = { { dims = "2.5" }, "are not 2.5 rows" },
        ["cells of another type"] = { { dtype = "U8" }, '"cells" of I8' },
        ["steps of another type"] = { { steps = "I64" }, '"steps" of F64, 2 of them' },
        ["steps in two dimensions"] = { { shape = "1,2" }, '"steps" of F64, 2 of them' },
        ["a step below 0"] = { { step = -1 }, "a step from 0 on expected" },
        ["a step without end"] = { { step = math.huge }, "a step from 0 on expected" },
        ["a step beyond a float"] = { { step = 1e39 }, "a step from 0 on expected" },
        ["bits as i8"] = { { kind = "bits" }, '"cells" of U8' },
    } do
        it("is refused with " .. name, function()
            write(i8_file(case[1]))
            local m, message = engram.load(path)
            assert.is_nil(m)
            assert.truthy(message:find(case[2], 1, true), message)
            assert.is_nil(message:find "\n")
        end)
    end

    it("of bits has none beyond the last", function()
        write(arrays.safetensors('{"__metadata__":{"engram":"bits","dims":"3"},' ..
            '"cells":{"dtype":"U8","shape":[1,1],"data_offsets":[0,1]}}', "\255"))
        local m = assert(engram.load(path))
        assert.same({ 0, 1 }, { engram.nearest({ 1, 1, 1 }, m, 1):get(1) == 1 and 0,
            engram.nearest({ 1, 1, 1 }, m, 1, { metric = "hamming" }):of(1) + 1 })
    end)

    it("leaves nothing behind", function()
        collectgarbage()
        collectgarbage()
        local before = C.eg_live_objects()
        write(i8_file {})
        assert(engram.load(path))
        write(i8_file { step = -1 })
        engram.load(path)
        collectgarbage()
        collectgarbage()
        assert.equal(before, C.eg_live_objects())
    end)
end)
