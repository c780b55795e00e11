-- No file, however hostile, crashes a reader, makes it raise, or leaves anything behind:
-- every format that engram.load knows, by way of a tiny valid sample of it.

local arrays = require "spec.support.arrays"
local child = require "spec.support.child"
local engram = require "engram"
local formats = require "engram.files.formats"
local hostile = require "spec.support.hostile"
local samples = require "spec.support.samples"

describe("every format", function()
    it("has a sample", function()
        for _, format in ipairs(formats.list) do
            assert.is_table(samples[format.name], format.name .. " has none")
        end
    end)

    it("that has a sample is one", function()
        for _, sample in ipairs(samples.list) do
            assert.is_table(formats.by_name[sample.name], sample.name)
        end
    end)
end)

for i, sample in ipairs(samples.list) do
    describe("a hostile file of " .. sample.name .. " (" .. i .. ")", function()
        it("may end anywhere, and later than it should", function()
            local _, refused = hostile.cut(sample)
            if sample.exact then assert.is_true(refused > #(sample.bytes or "x")) end
        end)

        it("may have any byte changed", function() hostile.bytes(sample) end)
        it("may lie about its sizes", function() hostile.fields(sample) end)
        it("may have any number in it", function() hostile.numbers(sample) end)

        if sample.large then
            it("may shrink", function() hostile.shrinks(sample) end)
        end
    end)
end

-- What one format's reader must see, the others' must, too: { format, bytes, message, options }.
local floats, u32, i32 = arrays.floats, arrays.u32, arrays.i32
local nan = "\0\0\192\127"
local mtx = "%%MatrixMarket matrix coordinate "

local confusions = {
    ["ids from 1 taken for ids from 0, and back"] = {
        { "edges", "0 1\n", "line 1: id 0 is below 1", { base = 1 } },
        { "edges", "1 2\n2 3\n", 'line 2: id "3" is above 2', { nodes = 3 } },
        { "mtx", mtx .. "real general\n2 2 1\n0 1 5\n", "line 3: " },
        { "mtx", mtx .. "real general\n2 2 1\n1 3 5\n", "line 3: " },
        { "mtx", mtx .. "pattern symmetric\n2 2 1\n-1 1\n", "line 3: " },
    },
    ["sizes whose product overflows"] = {
        { "npy", arrays.npy("<f4", "(4294967280, 4294967280)", floats { 1 }), "byte " },
        { "npy", arrays.npy("<f8", "(2147483648, 2147483648)", floats { 1 }), "byte " },
        { "npy", arrays.npy("<f2", "(2147483648, 2)", ""), "byte " },
        { "npz", arrays.zip { { "a.npy", arrays.npy("<f4", "(65536, 65536)", "") } }, "byte " },
        { "fbin", u32 { 65536, 65536 }, "byte ", { as = "fbin" } },
        { "fbin", u32 { 2 ^ 31, 2 }, "byte ", { as = "fbin" } },
        { "u8bin", u32 { 2 ^ 16, 2 ^ 16 }, "byte ", { as = "u8bin" } },
        { "ibin", u32 { 2 ^ 30, 4 }, "byte ", { as = "ibin" } },
        { "fvecs", i32 { 2 ^ 30 }, "byte ", { as = "fvecs" } },
        { "fvecs", i32 { -1 } .. ("\0"):rep(12), "byte ", { as = "fvecs" } },
        { "safetensors", arrays.safetensors('{"a":{"dtype":"F32","shape":[65536,65536],' ..
            '"data_offsets":[0,0]}}', ""), "byte " },
        { "safetensors", arrays.safetensors('{"a":{"dtype":"F32","shape":[4294967296,' ..
            '4294967296],"data_offsets":[0,0]}}', ""), "byte " },
        { "word2vec", "65536 65536\nthe \0\0\0\0", "byte 0: " },
        { "word2vec", "4294967294 4294967280\nthe \0\0\0\0", "byte 0: " },
        { "vectors", "4294967294 4294967280\nthe 1 2\n", "line ", { as = "vectors" } },
        { "mtx", mtx .. "real general\n4294967296 4294967296 1\n1 1 1\n", "line 2: " },
        { "mtx", mtx .. "real general\n2 2 18446744073709551615\n1 1 1\n", "line " },
    },
    ["numbers that are none, where one would spoil the whole"] = {
        { "edges", "0 1 nan\n", "line 1: " },
        { "edges", "0 1 1e39\n", "line 1: " },
        { "mtx", mtx .. "real general\n2 2 1\n1 2 nan\n", "line 3: " },
        { "mtx", mtx .. "real general\n2 2 1\n1 2 1e39\n", "line 3: " },
        { "vectors", "the 1 2\nof nan 2\n", "line 2" },
        { "vectors", "the 1 2\nof 1e39 2\n", "line 2" },
        { "word2vec", "1 1\nthe " .. nan, "byte 8: a finite number expected" },
    },
    ["rows of different lengths"] = {
        { "vectors", "the 1 2\nof 1 2 3\n", "line 2" },
        { "vectors", "the 1 2\nof 1\n", "line 2" },
        { "vectors", "2 2\nthe 1 2\n", "line " },
        { "fvecs", arrays.vecs({ { 1, 2 } }, floats) .. i32 { 3 } .. floats { 3, 4 }, "byte 12: ",
            { as = "fvecs" } },
    },
}

describe("a file with", function()
    for what, cases in pairs(confusions) do
        it(what .. " is refused", function()
            for i, case in ipairs(cases) do
                child.with_file(case[2], function(path)
                    local value, message = engram.load(path, case[4])
                    assert.is_nil(value, case[1] .. " " .. i)
                    assert.is_nil(message:find "%c", message)
                    assert.truthy(message:find(path .. ": " .. case[3], 1, true), message)
                end)
            end
        end)
    end

    it("NaN in a matrix of numbers is taken, and NaN is what is read", function()
        for _, bytes in ipairs { arrays.npy("<f4", "(1, 2)", nan .. nan),
            arrays.npy("<f8", "(1, 2)", ("\255"):rep(16)) } do
            child.with_file(bytes, function(path)
                local x = assert(engram.load(path)):get(1, 2)
                assert.is_true(x ~= x)
            end)
        end
    end)
end)
