-- Saving: what is read back is what was given, and a failure leaves the file that was there
-- and nothing beside it.

local child = require "spec.support.child"
local engram = require "engram"
local ffi = require "ffi"

local folder = require "spec.support.folder".new()
local path_of, listing = folder.path_of, folder.listing

local function bytes_of(path)
    local file = assert(io.open(path, "rb"))
    local text = file:read "*a"
    file:close()
    return text
end

local function floats(...)
    return ffi.string(ffi.new("float[?]", select("#", ...), ...), 4 * select("#", ...))
end

-- Rows of numbers that every type but bits keeps as they are.
local function counting(rows, dims, kind)
    local m = engram.matrix(rows, dims)
    for i = 1, rows do
        for j = 1, dims do m:set(i, j, j == 1 and 127 or (i + j) % 100 - 50) end
    end
    return kind and (m:convert(kind)) or m
end

describe("save", function()
    before_each(folder.make)
    after_each(folder.remove)

    it("writes .npy as NumPy does", function()
        assert.is_true(engram.save(path_of "m.npy", engram.matrix { { 1, 2, 3 }, { 4, 5, 6 } }))
        local header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"
        assert.equal("\147NUMPY\1\0\118\0" .. header .. (" "):rep(117 - #header) .. "\n" ..
            floats(1, 2, 3, 4, 5, 6), bytes_of(path_of "m.npy"))
    end)

    it("writes the shipped words as they are, without the padding of rows", function()
        local source = engram.data "words.npy"
        assert.is_true(engram.save(path_of "m.npy", assert(engram.load(source))))
        assert.is_true(bytes_of(source) == bytes_of(path_of "m.npy"))
        local copy = assert(engram.load(source)):convert "f32" -- its rows are padded
        assert.is_true(engram.save(path_of "n.npy", copy))
        assert.is_true(bytes_of(source) == bytes_of(path_of "n.npy"))
    end)

    it("writes .fbin: two counts, then floats", function()
        assert.is_true(engram.save(path_of "m.fbin", engram.matrix { { 1, 2, 3 }, { 4, 5, 6 } }))
        assert.equal("\2\0\0\0\3\0\0\0" .. floats(1, 2, 3, 4, 5, 6), bytes_of(path_of "m.fbin"))
        local f16 = counting(3, 5, "f16")
        assert.is_true(engram.save(path_of "m.fbin", f16))
        assert.equal("\3\0\0\0\5\0\0\0" .. floats(127, -47, -46, -45, -44),
            bytes_of(path_of "m.fbin"):sub(1, 28))
    end)

    it("keeps halves as halves, and i8 where its steps are 1", function()
        for _, case in ipairs { { "f32", "'<f4'", 4 }, { "f16", "'<f2'", 2 },
            { "bf16", "'<f4'", 4 }, { "i8", "'|i1'", 1 } } do
            local m = counting(5, 70, case[1])
            assert.is_true(engram.save(path_of "m.npy", m))
            local text = bytes_of(path_of "m.npy")
            assert.truthy(text:find(case[2], 1, true), case[1])
            assert.equal(128 + 5 * 70 * case[3], #text)
        end
        local scaled = engram.matrix({ { 1, 0.5 }, { 127, 3 } }, { type = "i8" })
        assert.is_true(engram.save(path_of "m.npy", scaled))
        local m = assert(engram.load(path_of "m.npy"))
        assert.equal("f32", m.type)
        for i = 1, 2 do
            for j = 1, 2 do assert.is_near(scaled:get(i, j), m:get(i, j), 1e-7) end
        end
    end)

    it("writes rows longer than a piece, no rows, and more pieces than one", function()
        for _, shape in ipairs { { 2, 300000 }, { 0, 4 }, { 30000, 9 } } do
            local m = counting(shape[1], shape[2])
            assert.is_true(engram.save(path_of "m.npy", m))
            local back = assert(engram.load(path_of "m.npy"))
            assert.same(shape, { back.rows, back.dims })
            for i = 1, shape[1], 997 do
                for j = 1, shape[2], 1009 do assert.equal(m:get(i, j), back:get(i, j)) end
            end
            if shape[1] > 0 then
                assert.equal(m:get(shape[1], shape[2]), back:get(shape[1], shape[2]))
            end
        end
    end)

    it("writes words, one a line", function()
        assert.is_true(engram.save(path_of "w.txt", engram.words { "a", "", "b c" }))
        assert.equal("a\n\nb c\n", bytes_of(path_of "w.txt"))
        assert.is_true(engram.save(path_of "w.txt", engram.words {}))
        assert.equal("", bytes_of(path_of "w.txt"))
        local source = engram.data "words.txt"
        assert.is_true(engram.save(path_of "w.txt", assert(engram.words(source))))
        assert.equal(bytes_of(source), bytes_of(path_of "w.txt"))
    end)

    it("writes words of any bytes so that they are read again", function()
        local mark = "\239\187\191"
        local list = { mark .. "a", "b\r", "c\rd", "\r", "\r\r", mark, "e" }
        local rows = table.concat(list, " \0\0\0\0\n") .. " \0\0\0\0\n"
        local _, words = assert(engram.load(folder.write("w.bin", #list .. " 1\n" .. rows),
            { as = "word2vec" }))
        assert.is_true(engram.save(path_of "w.txt", words))
        local again = assert(engram.words(path_of "w.txt"))
        assert.equal(#list, #again)
        for i, word in ipairs(list) do assert.equal(word, again:get(i)) end
    end)

    it("goes by the end of the path, or by as", function()
        local m = engram.matrix { { 1 } }
        assert.is_true(engram.save(path_of "m.npy", m, { as = "fbin" }))
        assert.equal(12, #bytes_of(path_of "m.npy"))
    end)

    it("shows progress, up to all of it", function()
        local last, all, calls = 0, nil, 0
        assert.is_true(engram.save(path_of "m.npy", counting(30000, 20), {
            progress = function(done, total)
                assert.is_true(done > last and done <= total)
                last, all, calls = done, total, calls + 1
            end }))
        assert.equal(30000 * 20 * 4, all)
        assert.equal(all, last)
        assert.equal(3, calls)
    end)

    it("writes over the file that the matrix is mapped from", function()
        assert.is_true(engram.save(path_of "m.npy", counting(50, 9)))
        local mapped = assert(engram.load(path_of "m.npy"))
        local before = bytes_of(path_of "m.npy")
        assert.is_true(engram.save(path_of "m.npy", mapped))
        assert.is_true(before == bytes_of(path_of "m.npy"))
        assert.equal(127, mapped:get(50, 1))
        assert.same({ "m.npy" }, listing())
    end)

    it("does so in the folder that is memory, too", function()
        local path = "/dev/shm/engram_save_spec.npy"
        if os.execute "test -w /dev/shm" ~= 0 then return pending "there is no /dev/shm" end
        finally(function() os.remove(path) end)
        assert.is_true(engram.save(path, counting(2000, 9)))
        local mapped = assert(engram.load(path))
        local before = bytes_of(path)
        assert.is_true(engram.save(path, mapped))
        assert.is_true(before == bytes_of(path))
    end)

    it("leaves what was there when the matrix's file has shrunk", function()
        assert.is_true(engram.save(path_of "m.npy", counting(5000, 20)))
        assert.is_true(engram.save(path_of "n.npy", counting(1, 1)))
        local mapped, before = assert(engram.load(path_of "m.npy")), bytes_of(path_of "n.npy")
        os.execute("truncate -s 200 " .. path_of "m.npy")
        local ok, message = engram.save(path_of "n.npy", mapped)
        assert.is_nil(ok)
        assert.truthy(message:find(path_of "m.npy" .. " has shrunk", 1, true), message)
        assert.equal(before, bytes_of(path_of "n.npy"))
        assert.same({ "m.npy", "n.npy" }, listing())
    end)

    it("names the path that can not be written", function()
        local m = engram.matrix { { 1 } }
        local ok, message = engram.save("/nonexistent/m.npy", m)
        assert.same({ nil, "/nonexistent/m.npy: No such file or directory; the folder " ..
            "/nonexistent is missing" }, { ok, message })
        ok, message = engram.save("/dev/full", m, { as = "npy" })
        assert.same({ nil, "/dev/full: No space left on device" }, { ok, message })
    end)

    it("leaves what was there when the disk is full", function()
        local path = path_of "m.npy"
        assert.is_true(engram.save(path, engram.matrix { { 7 } }))
        local before = bytes_of(path)
        -- A limit on the size of files stands for the disk.
        local code, out, err = child.lua(([[
            local engram = require "engram"
            print(engram.save(%q, engram.matrix(3000, 100)))]]):format(path),
            { limits = "-f 64; trap '' XFSZ" })
        assert.equal(0, code, err)
        assert.equal("nil\t" .. path .. ": File too large\n", out)
        assert.equal(before, bytes_of(path))
        assert.same({ "m.npy" }, listing())
    end)

    it("raises for misuse, with the caller's line", function()
        local m = engram.matrix { { 1 } }
        local bits = m:convert "bits"
        for _, case in ipairs {
            { function() engram.save(7, m) end, "#1 to 'save' (path expected, got number)" },
            { function() engram.save("x.npy", {}) end, "graph or words expected, got table" },
            { function() engram.save("x.npy", bits) end, "matrix of numbers expected, got bits" },
            { function() engram.save("x.fbin", bits) end, "matrix of numbers expected, got bits" },
            { function() engram.save("x.txt", m) end, "names no format for a matrix" },
            { function() engram.save("x", m) end,
                "as = one of 'npy', 'safetensors', 'fbin' would" },
            { function() engram.save("x.npy", m, { as = "words" }) end, "for a matrix, got words" },
            { function() engram.save("x.npy", m, { as = 7 }) end, "for a matrix, got 7" },
            { function() engram.save("x.npy", m, 7) end, "#3 to 'save' (table of options" },
            { function() engram.save("x.npy", m, { how = 1 }) end, "unknown option 'how'" },
            { function() engram.save("x.npy", m, { progress = 1 }) end, "function expected" },
        } do
            local ok, message = pcall(case[1])
            assert.is_false(ok)
            assert.truthy(message:find("save_spec.lua", 1, true), message)
            assert.truthy(message:find(case[2], 1, true), message)
        end
    end)

    it("is read by NumPy", function()
        local python = "/usr/bin/python3 -c '%s'"
        if child.run(python:format "import numpy") ~= 0 then
            return pending "python3-numpy is not installed"
        end
        local m, sum = counting(7, 70), 0
        for i = 1, 7 do
            for j = 1, 70 do sum = sum + m:get(i, j) end
        end
        for kind, found in pairs { f32 = "float32 (7, 70) 127.0 27.0",
            f16 = "float16 (7, 70) 127.0 27.0", bf16 = "float32 (7, 70) 127.0 27.0",
            i8 = "int8 (7, 70) 127 27" } do
            assert.is_true(engram.save(path_of(kind .. ".npy"), counting(7, 70, kind)))
            local _, out, err = child.run(python:format(("import numpy as n; a = n.load(%q); " ..
                "print(a.dtype, a.shape, a[6, 0], a[6, 69], a.sum(dtype=float))"):format(
                path_of(kind .. ".npy"))))
            assert.equal(("%s %.1f\n"):format(found, sum), out, err)
        end
    end)
end)
