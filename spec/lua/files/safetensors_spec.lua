-- Safetensors: what is read of them, and what is refused with its place.

local arrays = require "spec.support.arrays"
local loading = require "spec.support.loading"

local load_bytes = loading.load_bytes
local load_named = loading.load_named
local is_mapped = loading.is_mapped
local accepted = loading.accepted
local refused = loading.refused

teardown(function() os.remove(loading.path) end)

describe("safetensors", function()
    local function tensor(kind, shape, from, to)
        return ('{"dtype":"%s","shape":[%s],"data_offsets":[%d,%d]}'):format(kind, shape, from, to)
    end

    -- Blanks in front put the data where they are wanted.
    local function aligned(header, data, align)
        return arrays.safetensors(header .. (" "):rep(-(8 + #header) % (align or 64)), data)
    end

    local two = aligned('{"a":' .. tensor("F32", "1,2", 0, 8) .. ',"__metadata__":{"by":"me"},' ..
        '"b":' .. tensor("I8", "2,2", 8, 12) .. "}", arrays.floats { 1, 2 } ..
        arrays.i8 { 1, 2, 3, 4 })

    it("gives its tensor, or the one that is named", function()
        accepted({ { 1, 2 } }, load_bytes(aligned('{"x":' .. tensor("F32", "2", 0, 8) .. "}",
            arrays.floats { 1, 2 })))
        accepted({ { 1, 2 } }, load_bytes(two, { tensor = "a" }))
        accepted({ { 1, 2 }, { 3, 4 } }, load_bytes(two, { tensor = "b" }))
        accepted({ { 3, 4 } }, load_bytes(two, { tensor = "b", rows = { 2, 2 } }))
        refused('2 of them found: "a", "b"; tensor = one of these', load_bytes(two))
        refused('no tensor "c"; there are "a", "b"', load_bytes(two, { tensor = "c" }))
    end)

    it("shows some of many names, and how many there are", function()
        local parts = {}
        for i = 1, 100 do
            parts[i] = ('"layer.%03d.attention.weight":%s'):format(i,
                tensor("U8", "1", i - 1, i))
        end
        local text = aligned("{" .. table.concat(parts, ",") .. "}", ("x"):rep(100))
        refused('100 of them found: "layer.001.attention.weight", "layer.002', load_bytes(text))
        refused(" more; tensor = one of these", load_bytes(text))
    end)

    it("of every type is read", function()
        for _, case in ipairs {
            { "F32", arrays.floats { 1, -2 }, "f32" }, { "F64", arrays.doubles { 1, -2 }, "f32" },
            { "F16", arrays.u16 { 0x3c00, 0xc000 }, "f16" },
            { "BF16", arrays.u16 { 0x3f80, 0xc000 }, "bf16" },
            { "I8", arrays.i8 { 1, -2 }, "i8" }, { "I16", arrays.i16 { 1, -2 }, "f32" },
            { "I32", arrays.i32 { 1, -2 }, "f32" }, { "I64", arrays.i64 { 1, -2 }, "f32" },
        } do
            local header = '{"x":' .. tensor(case[1], "2,1", 0, #case[2]) .. "}"
            local m = accepted({ { 1 }, { -2 } }, load_bytes(aligned(header, case[2])))
            assert.equal(case[3], m.type)
        end
        refused('of type "F8_E4M3" found', load_bytes(aligned('{"x":' .. tensor("F8_E4M3", "2",
            0, 2) .. "}", "ab")))
    end)

    it("is mapped where it lies well, else copied", function()
        local header = '{"x":' .. tensor("F32", "1,2", 0, 8) .. "}"
        for align, mapped in pairs { [64] = true, [4] = true } do
            assert.equal(mapped, is_mapped(load_bytes(aligned(header, arrays.floats { 1, 2 },
                align))))
        end
        local crooked = aligned(header .. "", arrays.floats { 1, 2 }, 4)
        crooked = arrays.u64 { #crooked - 16 + 1 } .. crooked:sub(9, -9) .. " " .. crooked:sub(-8)
        assert.is_false(is_mapped(accepted({ { 1, 2 } }, load_bytes(crooked))))
        local bf16 = '{"x":' .. tensor("BF16", "2,32", 0, 128) .. "}"
        assert.is_true(is_mapped(assert(load_bytes(aligned(bf16, ("\0"):rep(128))))))
    end)

    local bad = {
        { '{"x":' .. tensor("F32", "1,2", 0, 8) .. "}", "1234567", "at most 7 bytes are there" },
        { '{"x":' .. tensor("F32", "1,2", 0, 8) .. "}", "123456789", "1 bytes before the file" },
        { '{"x":' .. tensor("F32", "1,2", 8, 0) .. "}", "12345678", "data_offsets 8 to 0" },
        { '{"x":' .. tensor("F32", "1,3", 0, 8) .. "}", "12345678", "12 expected by its shape" },
        { '{"x":' .. tensor("F32", "4294967296,4294967296", 0, 8) .. "}", "12345678",
            "expected by its shape" },
        { '{"x":' .. tensor("F32", "1,1,2", 0, 8) .. "}", "12345678", "3 dimensions found" },
        { '{"x":' .. tensor("F32", "", 0, 4) .. "}", "1234", "0 dimensions found" },
        { '{"x":' .. tensor("F32", "-1,-2", 0, 8) .. "}", "12345678", "whole numbers expected" },
        { '{"x":' .. tensor("F32", "0.5,4", 0, 8) .. "}", "12345678", "whole numbers expected" },
        { '{"x":' .. tensor("F32", "1e400", 0, 8) .. "}", "12345678", "expected" },
        { '{"x":' .. tensor("F32", "2,0", 0, 0) .. "}", "", "is beyond" },
        { '{"x":' .. tensor("F32", "1", 0, 4) .. ',"y":' .. tensor("F32", "1", 2, 6) .. "}",
            "123456", 'tensor "y" starts here, where "x" goes on' },
        { '{"x":{"dtype":"F32","shape":{"a":1},"data_offsets":[0,4]}}', "1234", "a shape of" },
        { '{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}', "1234", "two data_offsets" },
        { '{"x":{"dtype":7,"shape":[1],"data_offsets":[0,4]}}', "1234", "a dtype expected" },
        { '{"x":7}', "", "an object expected" },
        { "{}", "", "a tensor expected, there is none" },
        { '{"x":', "", "a header of JSON expected" },
        { "{" .. ('"a":{'):rep(100000), "", "a header of JSON expected" },
        { '{"a":' .. ("["):rep(100000), "", "a header of JSON expected" },
        { "[1]", "", "no format that is known" },
    }
    for _, case in ipairs(bad) do
        it(("refuses %s: %s"):format(case[1]:sub(1, 60), case[3]), function()
            refused(case[3], load_bytes(arrays.safetensors(case[1], case[2])))
        end)
    end

    it("refuses a header that lies about its size", function()
        local function lying(size)
            return load_named(arrays.u64 { size } .. '{"x":1}', "safetensors")
        end
        refused("at most 100000000 expected", lying(100000001))
        refused("at most 100000000 expected", lying(2 ^ 63))
        refused("the file ends within its header of 8 bytes", lying(8))
        refused("a header of JSON expected", lying(6))
        refused("the size of the header expected", load_named(("\0"):rep(7), "safetensors"))
        refused('starts with "{" expected', load_named(arrays.u64 { 2 } .. "[]", "safetensors"))
    end)
end)
