-- Binary arrays: what each format's numbers become, which are mapped, what is refused and how
-- it is said. The bytes are those that NumPy and others write, put together by hand.

local arrays = require "spec.support.arrays"
local engram = require "engram"
local hostile = require "spec.support.hostile"
local loading = require "spec.support.loading"

local path = loading.path
local write = loading.write
local load_bytes = loading.load_bytes
local load_named = loading.load_named
local rows_of = loading.rows_of
local is_mapped = loading.is_mapped
local accepted = loading.accepted
local refused = loading.refused

-- n numbers that every type has.
local function counting(n)
    local numbers = {}
    for i = 1, n do numbers[i] = i % 100 end
    return numbers
end

teardown(function() os.remove(path) end)

describe(".npy", function()
    it("of every number is read", function()
        local halves = arrays.u16 { 0x3c00, 0xc000, 0x7bff, 0x0001 }
        for _, case in ipairs {
            { "<f4", arrays.floats { 1, -2, 0.5, 3e38 }, { { 1, -2 }, { 0.5, 0x1.c363ccp+127 } },
                "f32" },
            { "<f8", arrays.doubles { 1, -2, 0.5, 1e-300 }, { { 1, -2 }, { 0.5, 0 } }, "f32" },
            { "<f2", halves, { { 1, -2 }, { 65504, 2 ^ -24 } }, "f16" },
            { "|i1", arrays.i8 { 1, -2, 127, -128 }, { { 1, -2 }, { 127, -128 } }, "i8" },
            { "|u1", arrays.u8 { 1, 2, 128, 255 }, { { 1, 2 }, { 128, 255 } }, "f32" },
            { "|b1", arrays.u8 { 1, 0, 0, 1 }, { { 1, 0 }, { 0, 1 } }, "f32" },
            { "<i2", arrays.i16 { 1, -2, 32767, -32768 }, { { 1, -2 }, { 32767, -32768 } }, "f32" },
            { "<u2", arrays.u16 { 1, 2, 32768, 65535 }, { { 1, 2 }, { 32768, 65535 } }, "f32" },
            { "<i4", arrays.i32 { 1, -2, 2 ^ 24, -2 ^ 24 }, { { 1, -2 }, { 2 ^ 24, -2 ^ 24 } },
                "f32" },
            { "<u4", arrays.u32 { 1, 2, 3, 2 ^ 24 }, { { 1, 2 }, { 3, 2 ^ 24 } }, "f32" },
            { "<i8", arrays.i64 { 1, -2, 2 ^ 24, -2 ^ 24 }, { { 1, -2 }, { 2 ^ 24, -2 ^ 24 } },
                "f32" },
            { "<u8", arrays.u64 { 1, 2, 3, 2 ^ 24 }, { { 1, 2 }, { 3, 2 ^ 24 } }, "f32" },
        } do
            for off = 0, 1 do
                local text = arrays.npy(case[1], "(2, 2)", case[2], off)
                local m = accepted(case[3], load_bytes(text))
                assert.equal(case[4], m.type, case[1])
            end
        end
    end)

    it("is mapped where kernels can read it, else copied", function()
        local mapped = {}
        for _, case in ipairs {
            { "<f4", "(2, 3)", 24 }, { "<f4", "(2, 3)", 24, 2 }, { "<f2", "(3, 32)", 192 },
            { "<f2", "(3, 31)", 186 }, { "|i1", "(2, 64)", 128 }, { "|i1", "(2, 63)", 126 },
            { "|i1", "(2, 64)", 128, 16 }, { "<f8", "(2, 8)", 128 }, { "<f4", "(2, 3)", 24, 4 },
        } do
            local m = assert(load_bytes(arrays.npy(case[1], case[2], ("\0"):rep(case[3]), case[4])))
            mapped[#mapped + 1] = is_mapped(m)
        end
        assert.same({ true, false, true, false, true, false, false, false, true }, mapped)
    end)

    it("has the same numbers whether it is mapped or copied", function()
        local numbers, query = counting(5 * 128), counting(128)
        for _, case in ipairs { { "<f4", "floats" }, { "|i1", "i8" } } do
            local bytes = arrays[case[2]](numbers)
            local mapped = assert(load_bytes(arrays.npy(case[1], "(5, 128)", bytes)))
            local found, rows = { engram.nearest(query, mapped, 1):get(1) }, rows_of(mapped)
            assert.same({ true, 1 }, { is_mapped(mapped), mapped:step(5) })
            local copied = assert(load_bytes(arrays.npy(case[1], "(5, 128)", bytes, 1)))
            assert.same({ false, 1 }, { is_mapped(copied), copied:step(5) })
            assert.same(rows, rows_of(copied))
            assert.same(found, { engram.nearest(query, copied, 1):get(1) })
        end
    end)

    it("keeps infinities and NaN", function()
        local m = assert(load_bytes(arrays.npy("<f8", "(3,)", arrays.doubles { 1 / 0, -1 / 0,
            0 / 0 })))
        assert.same({ 1 / 0, -1 / 0 }, { m:get(1, 1), m:get(1, 2) })
        assert.is_true(m:get(1, 3) ~= m:get(1, 3))
    end)

    it("refuses what a float can not keep, and says where", function()
        for _, case in ipairs {
            { "<i4", arrays.i32 { 0, 0, 0, 2 ^ 24 + 1 }, 140, "16777217", "row 2, column 2" },
            { "<u4", arrays.u32 { 0, 2 ^ 32 - 1, 0, 0 }, 132, "4294967295", "row 1, column 2" },
            { "<i8", arrays.i64 { 0, 0, -2 ^ 40, 0 }, 144, "-1099511627776", "row 2, column 1" },
            { "<u8", ("\255"):rep(32), 128, "1.8446744073709552e+19", "row 1, column 1" },
            { "<f8", arrays.doubles { 0, 3.5e38, 0, 0 }, 136, "3.5e+38", "row 1, column 2" },
        } do
            refused(("byte %d: %s found in %s"):format(case[3], case[4], case[5]),
                load_bytes(arrays.npy(case[1], "(2, 2)", case[2])))
        end
        local largest = arrays.doubles { 3.4028235e38, -3.4028235e38 } -- rounds to a float
        assert(load_bytes(arrays.npy("<f8", "(1, 2)", largest)))
    end)

    it("finds what is too large behind any number of others", function()
        for _, at in ipairs { 1, 1023, 1024, 1025, 4000 } do
            local numbers = counting(4000)
            numbers[at] = 2 ^ 25
            refused(("byte %d: 33554432 found in row %d"):format(128 + 4 * (at - 1),
                math.ceil(at / 2000)), load_bytes(arrays.npy("<i4", "(2, 2000)",
                arrays.i32(numbers))))
        end
    end)

    it("converts rows of any length, by pieces", function()
        local dims = 1200000 -- 9.6 MB: three pieces, which end within the row
        local pieces, last = 0, 0
        local text = ("\0"):rep(8 * (dims - 1)) .. arrays.doubles { 7 }
        local m = assert(load_bytes(arrays.npy("<f8", ("(%d,)"):format(dims), text),
            { progress = function(done, all)
                assert.is_true(done > last and done <= all)
                pieces, last = pieces + 1, done
            end }))
        assert.same({ 3, 8 * dims }, { pieces, last })
        assert.same({ 0, 7 }, { m:get(1, dims - 1), m:get(1, dims) })
    end)

    it("gives some of its rows, whatever the type", function()
        local numbers = counting(10 * 64)
        for _, case in ipairs { { "<f4", "floats" }, { "<f8", "doubles" }, { "|i1", "i8" },
            { "<i4", "i32" } } do
            local text = arrays.npy(case[1], "(10, 64)", arrays[case[2]](numbers))
            local m = assert(load_bytes(text, { rows = { 4, 5 } }))
            assert.same({ 2, 64 }, { m.rows, m.dims })
            assert.same({ 193 % 100, 320 % 100 }, { m:get(1, 1), m:get(2, 64) })
            refused("rows 10 to 11 asked for, the file has 10",
                load_bytes(text, { rows = { 10, 11 } }))
        end
    end)

    it("reads no more than the rows asked for", function()
        -- The fourth row could not be read.
        local text = arrays.npy("<i4", "(4, 2)", arrays.i32 { 1, 2, 3, 4, 5, 6, 2 ^ 30, 0 })
        accepted({ { 3, 4 }, { 5, 6 } }, load_bytes(text, { rows = { 2, 3 } }))
        refused("row 3, column 1", load_bytes(text, { rows = { 2, 4 } }))
    end)
end)

describe(".npz", function()
    local first = arrays.npy("<f4", "(1, 2)", arrays.floats { 1, 2 })
    local second = arrays.npy("|i1", "(2, 2)", arrays.i8 { 1, 2, 3, 4 })

    it("of one member is that, of several the one that is named", function()
        accepted({ { 1, 2 } }, load_bytes(arrays.zip { { "arr_0.npy", first } }))
        for _, wide in ipairs { false, true } do
            local text = arrays.zip({ { "a.npy", first }, { "b.npy", second } }, nil, wide)
            accepted({ { 1, 2 }, { 3, 4 } }, load_bytes(text, { member = "b" }))
            accepted({ { 1, 2 } }, load_bytes(text, { member = "a.npy" }))
            accepted({ { 3, 4 } }, load_bytes(text, { member = "b", rows = { 2, 2 } }))
            refused('2 of them found: "a", "b"; member = one of these', load_bytes(text))
            refused('no member "c"; there are "a", "b"', load_bytes(text, { member = "c" }))
        end
    end)

    it("is mapped where the member happens to lie well", function()
        for pad = 0, 3 do
            local text = arrays.zip { { ("n"):rep(2 + pad) .. ".npy", first } }
            local m = accepted({ { 1, 2 } }, load_bytes(text))
            assert.equal((30 + 6 + pad) % 4 == 0, is_mapped(m)) -- a header of 128, 30 and a name
        end
    end)

    it("takes sizes and places from zip64's extra field", function()
        local extra = arrays.u16 { 1, 24 } .. arrays.u64 { #first, #first, 0 }
        local text = arrays.zip { { "a.npy", first, { size = 2 ^ 32 - 1, offset = 2 ^ 32 - 1,
            extra = arrays.u16 { 9, 1 } .. "x" .. extra } } }
        accepted({ { 1, 2 } }, load_bytes(text))
    end)

    it("takes a comment at the end", function()
        accepted({ { 1, 2 } }, load_bytes(arrays.zip({ { "a.npy", first } }, "PK\5\6 and more")))
    end)

    it("may end anywhere under zip64, too", function()
        hostile.cut { name = "npz", suffix = ".npz", exact = true, options = { member = "b" },
            bytes = arrays.zip({ { "a", "" }, { "b", second } }, nil, true) }
    end)

    local function changed(changes)
        return load_bytes(arrays.zip { { "a.npy", first, changes } })
    end

    it("refuses what it can not map, and says what to do", function()
        refused('member "a" is compressed', changed { method = 8 })
        refused("np.savez writes it so, np.savez_compressed does not", changed { method = 8 })
        refused('member "a" is encrypted', changed { flags = 1 })
    end)

    it("refuses a zip of other files, and says what to do", function()
        local text = { "glove.50d.txt", "a 1 2\n", { method = 8 } }
        local message = 'a zip without .npy found, the first is "glove.50d.txt": unzip it first'
        refused(message, load_bytes(arrays.zip { text }))
        refused(message, load_bytes(arrays.zip { text, { "b.txt", "" } }))
        accepted({ { 1, 2 } }, load_bytes(arrays.zip { text, { "a.npy", first } },
            { member = "a" }))
    end)

    it("refuses a directory that lies", function()
        refused('the header of member "a" expected', changed { offset = 1 })
        refused('the header of member "a" expected', changed { offset = 2 ^ 31 })
        refused('the header of member "b" expected', load_bytes(arrays.zip { { "a.npy", first },
            { "b.npy", first, { offset = 0 } } }, { member = "b" }))
        refused("before the directory", changed { size = 2 ^ 31 })
        refused("is stored in", changed { stored = 1 })
        refused("the member ends here", changed { size = #first - 1 })
        refused("a member expected, there is none", load_bytes(arrays.zip {}))
        local text = arrays.zip { { "a.npy", first } }
        refused("without a zip's directory", load_bytes(text:sub(1, -2)))
        local count = #text - 22 + 10
        refused("which are not there", load_bytes(text:sub(1, count) .. "\255\255" ..
            text:sub(count + 3)))
    end)
end)

describe(".fvecs, .bvecs and .ivecs", function()
    local numbers = { { 1, 2, 3 }, { 4, 5, 6 }, { 7, 8, 9 } }

    it("are told apart by their content", function()
        local m = accepted(numbers, load_bytes(arrays.vecs(numbers, arrays.floats)))
        assert.same({ true, 4 }, { is_mapped(m), m.stride })
        accepted(numbers, load_bytes(arrays.vecs(numbers, arrays.i32)))
        accepted(numbers, load_bytes(arrays.vecs(numbers, arrays.u8)))
        local signed = { { -1, 300 }, { 2 ^ 24, 0 } }
        accepted(signed, load_bytes(arrays.vecs(signed, arrays.i32)))
        local small = { { 1e-9, -1e9 }, { 0, 0 } }
        assert.is_near(1e-9, assert(load_bytes(arrays.vecs(small, arrays.floats))):get(1, 1), 1e-16)
    end)

    it("of one row go by the end of the path, or as", function()
        local one = arrays.vecs({ { 1, 2 } }, arrays.floats)
        accepted({ { 1, 2 } }, load_named(one, "fvecs"))
        accepted({ { 1, 2 } }, load_bytes(one, { as = "fvecs" }))
        refused("no format that is known", load_bytes(one))
    end)

    it("give some of their rows", function()
        for _, pack in ipairs { "floats", "i32", "u8" } do
            accepted({ { 4, 5, 6 } }, load_bytes(arrays.vecs(numbers, arrays[pack]),
                { rows = { 2, 2 } }))
        end
    end)

    it("are refused where a row has another length", function()
        local rows = {}
        for i = 1, 20 do rows[i] = { i, i } end
        local text = arrays.vecs(rows, arrays.floats)
        for _, count in ipairs { 0, 1, 3, -1, 2 ^ 31 - 1 } do
            local lies = text:sub(1, 12 * 13) .. arrays.i32 { count } .. text:sub(12 * 13 + 5)
            refused(("byte 156: row 14 says that it has %d numbers, 2 expected"):format(count),
                load_bytes(lies))
            -- The row is not looked at where it is not asked for.
            accepted({ { 13, 13 } }, load_bytes(lies, { rows = { 13, 13 } }))
        end
    end)

    it("are refused where whole rows do not fill the file", function()
        local text = arrays.vecs(numbers, arrays.floats)
        refused("byte 47: the file ends here; whole rows of 16 bytes", load_named(text:sub(1, -2),
            "fvecs"))
        refused("byte 0: a row of 0 numbers found", load_named(arrays.i32 { 0, 0 }, "ivecs"))
        refused("byte 0: a row of -3 numbers found", load_named(arrays.i32 { -3, 0 }, "bvecs"))
        refused("the file ends", load_named("\0\0\0", "fvecs"))
        refused("row 2, column 1", load_named(arrays.vecs({ { 1 }, { 2 ^ 30 } }, arrays.i32),
            "ivecs", { as = "ivecs" }))
    end)
end)

describe(".fbin, .u8bin, .i8bin and .ibin", function()
    local numbers = { { 1, 2, 3 }, { 4, 5, 6 } }

    it("are told apart by their content where that can be", function()
        local m = accepted(numbers, load_bytes(arrays.bin(numbers, arrays.floats)))
        assert.is_true(is_mapped(m))
        accepted(numbers, load_bytes(arrays.bin(numbers, arrays.i32)))
        -- A few floats may be as tiny as whole numbers are.
        m = assert(load_bytes(arrays.bin({ { 1, 2e-40, 3 } }, arrays.floats)))
        assert.same({ "f32", 1, 3 }, { m.type, m:get(1, 1), m:get(1, 3) })
        local zeros = { { 0, 0 }, { 0, 0 } }
        accepted(zeros, load_bytes(arrays.bin(zeros, arrays.i32)))
        refused("row 1, column 3", load_bytes(arrays.bin({ { 1, 2, 2 ^ 26 } }, arrays.i32)))
    end)

    it("of bytes go by the end of the path, or as", function()
        local text = arrays.bin({ { 1, 255 }, { 128, 0 } }, arrays.u8)
        local unsigned, signed = { { 1, 255 }, { 128, 0 } }, { { 1, -1 }, { -128, 0 } }
        assert.equal("f32", accepted(unsigned, load_named(text, "u8bin")).type)
        assert.equal("i8", accepted(signed, load_named(text, "i8bin")).type)
        accepted(signed, load_bytes(text, { as = "i8bin" }))
        accepted(unsigned, load_named(text, "i8bin", { as = "u8bin" }))
        refused('as = "i8bin"', load_bytes(text))
    end)

    it("give some of their rows", function()
        for _, pack in ipairs { "floats", "i32" } do
            accepted({ { 4, 5, 6 } }, load_bytes(arrays.bin(numbers, arrays[pack]),
                { rows = { 2, 2 } }))
        end
        accepted({ { 4, 5, 6 } }, load_named(arrays.bin(numbers, arrays.i8), "i8bin",
            { rows = { 2, 2 } }))
    end)

    it("are refused where sizes do not agree", function()
        local text = arrays.bin(numbers, arrays.floats)
        refused("byte 31: the file ends here; 32 bytes expected for 2 x 3 of f4",
            load_named(text:sub(1, -2), "fbin"))
        refused("byte 33: the file ends here", load_named(text .. "x", "fbin"))
        refused("no format that is known", load_bytes(text .. "x"))
        refused("is beyond", load_named(arrays.u32 { 2, 0 }, "fbin"))
        refused("is beyond", load_named(("\255"):rep(8), "u8bin", { as = "u8bin" }))
        refused("bytes expected", load_named(arrays.u32 { 2 ^ 31, 2 ^ 31 } .. "x", "fbin"))
        refused("the file ends", load_named("\0\0\0\0\0\0\0", "ibin"))
    end)
end)

describe("a mapped array", function()
    -- What reading a file costs shows in the process's own counts of pages.
    local function resident_bytes()
        local file = assert(io.open "/proc/self/statm")
        local pages = file:read "*a":match "^%d+ (%d+)"
        file:close()
        return pages * 4096
    end

    it("of eight gigabytes is loaded without looking at them", function()
        local rows, dims = 2 ^ 23, 256
        local head = arrays.npy("<f4", ("(%d, %d)"):format(rows, dims), "")
        for _, case in ipairs { { head, "npy" }, { arrays.u32 { rows, dims }, "fbin" } } do
            local name = path .. "." .. case[2]
            write(case[1], name)
            assert.equal(0, os.execute(("truncate -s %.0f %s"):format(#case[1] + rows * dims * 4,
                name)))
            collectgarbage()
            local before = resident_bytes()
            local m = assert(engram.load(name))
            assert.is_true(resident_bytes() - before < 2 ^ 22)
            assert.same({ rows, dims, 0 }, { m.rows, m.dims, m:get(rows, dims) })
            os.remove(name)
        end
    end)
end)
