--- Samples: a tiny valid file of every format that engram.load reads, made of bytes.
--
--    local sample = samples.npy
--    for _, sample in ipairs(samples.list) do ... end
--
-- See spec.support.hostile for what a sample holds. Fuzzing starts from the same files.

local ffi = require "ffi"

local arrays = require "spec.support.arrays"

local samples = { list = {} }

local function add(sample)
    samples.list[#samples.list + 1] = sample
    samples[sample.name] = samples[sample.name] or sample
end

--- Its files, the bytes of each by its name, and the name of the one that is loaded: "" for
--  their folder.
function samples.files(sample)
    if sample.files then return sample.files, sample.at end
    local name = "sample" .. (sample.suffix or "")
    return { [name] = sample.bytes }, name
end

local function floats(...)
    return ffi.string(ffi.new("float[?]", select("#", ...), ...), 4 * select("#", ...))
end

-- ---- NumPy's

local function npy(shape, data)
    local dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': " .. shape .. ", }"
    return "\147NUMPY\1\0\118\0" .. dictionary .. (" "):rep(117 - #dictionary) .. "\n" .. data
end

add { name = "npy", suffix = ".npy", exact = true,
    bytes = npy("(2, 3)", floats(1, 2, 3, 4, 5, 6)),
    large = function() return npy("(1000000, 3)", floats(1, 2, 3):rep(1000000)) end }

local doubles = arrays.npy("<f8", "(2, 2)", arrays.doubles { 1, 2, 3, 4 })

add { name = "npz", suffix = ".npz", exact = true, bytes = arrays.zip { { "a.npy", doubles } },
    large = function()
        return arrays.zip { { "a.npy", arrays.npy("<f4", "(1000000, 3)", ("\0"):rep(12000000)) } }
    end }

-- ---- rows of numbers

add { name = "fvecs", suffix = ".fvecs", bytes = arrays.vecs({ { 1, 2, 3 }, { 4, 5, 6 } },
    arrays.floats), large = function()
        return arrays.vecs({ { 1, 2, 3 } }, arrays.floats):rep(800000)
    end }
add { name = "ivecs", suffix = ".ivecs", bytes = arrays.vecs({ { 1, 2 }, { 4, 5 } }, arrays.i32),
    large = function() return arrays.vecs({ { 1, 2, 3 } }, arrays.i32):rep(800000) end }
add { name = "bvecs", suffix = ".bvecs", bytes = arrays.vecs({ { 1, 2, 255 } }, arrays.u8) }
add { name = "fbin", suffix = ".fbin", exact = true,
    bytes = arrays.bin({ { 1, 2, 3 }, { 4, 5, 6 } }, arrays.floats),
    large = function()
        return arrays.u32 { 1000000, 3 } .. (arrays.floats { 1, 2, 3 }):rep(1000000)
    end }
add { name = "ibin", suffix = ".ibin", exact = true,
    bytes = arrays.bin({ { 1, 7, 9 }, { 4, 5, -6 } }, arrays.i32) }
add { name = "u8bin", suffix = ".u8bin", exact = true,
    bytes = arrays.bin({ { 1, 255 } }, arrays.u8) }
add { name = "i8bin", suffix = ".i8bin", exact = true,
    bytes = arrays.bin({ { 1, -128 } }, arrays.i8) }

-- ---- safetensors

add { name = "safetensors", suffix = ".safetensors", exact = true, options = { tensor = "b" },
    bytes = arrays.safetensors('{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},' ..
        '"b":{"dtype":"F32","shape":[1,2],"data_offsets":[2,10]}}',
        "\0\0" .. arrays.floats { 1, 2 }),
    large = function()
        return arrays.safetensors('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":' ..
            '{"dtype":"F32","shape":[3000000],"data_offsets":[1,12000001]}}', ("\0"):rep(12000001))
    end }

-- ---- edges

add { name = "edges", suffix = ".tsv", bytes = "# from to weight\n0 1 0.5\n1 2\t-2e1\r\n2 0",
    large = function() return ("0 1 0.5\n1 2 0.25\n"):rep(600000) end }

add { name = "edges", suffix = ".tsv", bytes = "1 2 ~\n2 3 syn\n",
    options = { base = 1, nodes = 3, kinds = true, weights = { ["~"] = 0.5, default = 1 } } }

-- ---- Matrix Market's

add { name = "mtx", suffix = ".mtx", bytes = "%%MatrixMarket matrix coordinate real symmetric\n" ..
    "% a comment\n\n3 3 3\n1 1 0.5\n2 1\t-2e1\r\n3 2 7",
    large = function()
        return "%%MatrixMarket matrix coordinate pattern general\n9 9 2400000\n" ..
            ("1 2\n9 1\n"):rep(1200000)
    end }

add { name = "mtx", suffix = ".mtx",
    bytes = "%%MatrixMarket matrix coordinate integer skew-symmetric\n3 3 1\n3 1 -4\n" }

-- ---- a graph as SciPy's three arrays

local function vector(descr, count, data)
    local dictionary = ("{'descr': '%s', 'fortran_order': False, 'shape': (%d,), }"):format(descr,
        count)
    return "\147NUMPY\1\0\118\0" .. dictionary .. (" "):rep(117 - #dictionary) .. "\n" .. data
end

local function ints(...)
    return ffi.string(ffi.new("int32_t[?]", select("#", ...), ...), 4 * select("#", ...))
end

add { name = "csr", at = "g", exact = true, options = { as = "csr" }, files = {
    ["g.indptr.npy"] = vector("<i4", 4, ints(0, 2, 2, 3)),
    ["g.indices.npy"] = vector("<i4", 3, ints(1, 2, 0)),
    ["g.data.npy"] = vector("<f4", 3, floats(0.5, 1, -2)),
}, large = function()
    local zeros = ("\0"):rep(12000000)
    return { ["g.indptr.npy"] = vector("<i4", 2, ints(0, 3000000)),
        ["g.indices.npy"] = vector("<i4", 3000000, zeros),
        ["g.data.npy"] = vector("<f4", 3000000, zeros) }
end }

-- ---- WordNet's folder

add { name = "wordnet", at = "", options = { as = "wordnet", kinds = true }, files = {
    ["data.noun"] = "  licence\n00000001 05 n 01 Cat 0 001 @ 00000002 n 0000 | it purrs\n"
        .. "00000002 03 n 02 animal 0 beast 0 001 ~ 00000001 n 0000 | it lives\n",
    ["data.verb"] = "00000001 38 v 01 purr 0 001 + 00000001 n 0101 01 + 02 00 | as cats\n",
    ["data.adj"] = "00000001 00 s 01 tame(a) 0 001 ! 00000001 r 0101 | as some cats\n",
    ["data.adv"] = "00000001 02 r 01 wildly 0 001 ! 00000001 s 0101 | as other cats\n",
}, large = function()
    local lines = {}
    for i = 1, 250000 do lines[i] = ("%08d 05 n 01 cat 0 000 | it purrs and purrs\n"):format(i) end
    return { ["data.noun"] = table.concat(lines), ["data.verb"] = "", ["data.adj"] = "",
        ["data.adv"] = "" }
end }

-- ---- words with vectors

add { name = "vectors", suffix = ".txt", bytes = "the 0.418 -2e1\nof a\t.5 0.25\r\nto 1 2",
    large = function() return ("the 0.418 -2e1\nof 0.5 0.25\n"):rep(400000) end }

add { name = "vectors", suffix = ".vec", bytes = "2 3\nthe 0.418 -2e1 1\nof 0.5 0.25 0\n",
    large = function() return "800000 2\n" .. ("the 0.418 -2e1\nof 0.5 0.25\n"):rep(400000) end }

add { name = "word2vec", suffix = ".bin",
    bytes = "2 2\nthe " .. floats(1, -0.1) .. "\nof " .. floats(3, 4),
    large = function() return "900000 2\n" .. ("the " .. floats(1, 2) .. "\n"):rep(900000) end }

-- ---- a part, of another type than the file's

local part = { rows = { 2, 3 }, type = "f16" }

add { name = "npy", suffix = ".npy", options = part,
    bytes = arrays.npy("<f8", "(4, 2)", arrays.doubles { 1, 2, 3, 4, 5, 6, 7, 8 }) }
add { name = "npz", suffix = ".npz", options = { rows = { 1, 1 }, member = "b" },
    bytes = arrays.zip { { "b.npy", arrays.npy("|i1", "(2, 1)", "\1\255") } } }
add { name = "fvecs", suffix = ".fvecs", options = part,
    bytes = arrays.vecs({ { 1, 2 }, { 3, 4 }, { 5, 6 } }, arrays.floats) }
add { name = "i8bin", suffix = ".i8bin", options = { rows = { 2, 2 }, type = "f32" },
    bytes = arrays.bin({ { 1, -128 }, { 3, 4 } }, arrays.i8) }
add { name = "safetensors", suffix = ".safetensors", options = part,
    bytes = arrays.safetensors('{"a":{"dtype":"BF16","shape":[3,2],"data_offsets":[0,12]}}',
        arrays.u16 { 0x3f80, 0, 0x4000, 0x3f80, 1, 0xbf80 }) }
add { name = "vectors", suffix = ".txt", options = part,
    bytes = "the 1 2\nof 3 4\nto 5 6\nin 7 8\n" }
add { name = "word2vec", suffix = ".bin", options = part,
    bytes = "3 1\nthe " .. floats(1) .. "\nof " .. floats(3) .. "to " .. floats(4) }

-- ---- words

add { name = "words", suffix = ".txt", bytes = "king\nqueen\r\n\nking", options = { as = "words" },
    large = function() return ("king\nqueen\n"):rep(900000) end }

return samples
