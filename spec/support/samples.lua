--- Samples: a tiny valid file of every format that engram.load reads, made of bytes.
--
--    local sample = samples.npy
--    for _, sample in ipairs(samples.list) do ... end
--
-- See spec.support.hostile for what a sample holds. Fuzzing starts from the same files.

local ffi = require "ffi"

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

-- ---- edges

add { name = "edges", suffix = ".tsv", bytes = "# from to weight\n0 1 0.5\n1 2\t-2e1\r\n2 0",
    large = function() return ("0 1 0.5\n1 2 0.25\n"):rep(600000) end }

add { name = "edges", suffix = ".tsv", bytes = "1 2 ~\n2 3 syn\n",
    options = { base = 1, nodes = 3, kinds = true, weights = { ["~"] = 0.5, default = 1 } } }

-- ---- WordNet's folder

add { name = "wordnet", at = "", options = { as = "wordnet", kinds = true }, files = {
    ["data.noun"] = "  licence\n00000001 05 n 01 Cat 0 001 @ 00000002 n 0000 | it purrs\n"
        .. "00000002 03 n 02 animal 0 beast 0 001 ~ 00000001 n 0000 | it lives\n",
    ["data.verb"] = "00000001 38 v 01 purr 0 001 + 00000001 n 0101 01 + 02 00 | as cats\n",
    ["data.adj"] = "00000001 00 s 01 tame(a) 0 001 ! 00000001 r 0101 | as some cats\n",
    ["data.adv"] = "00000001 02 r 01 wildly 0 001 ! 00000001 s 0101 | as other cats\n",
} }

-- ---- words with vectors

add { name = "vectors", suffix = ".txt", bytes = "the 0.418 -2e1\nof a\t.5 0.25\r\nto 1 2",
    large = function() return ("the 0.418 -2e1\nof 0.5 0.25\n"):rep(400000) end }

add { name = "vectors", suffix = ".vec", bytes = "2 3\nthe 0.418 -2e1 1\nof 0.5 0.25 0\n",
    large = function() return "800000 2\n" .. ("the 0.418 -2e1\nof 0.5 0.25\n"):rep(400000) end }

add { name = "word2vec", suffix = ".bin",
    bytes = "2 2\nthe " .. floats(1, -0.1) .. "\nof " .. floats(3, 4),
    large = function() return "900000 2\n" .. ("the " .. floats(1, 2) .. "\n"):rep(900000) end }

-- ---- words

add { name = "words", suffix = ".txt", bytes = "king\nqueen\r\n\nking", options = { as = "words" },
    large = function() return ("king\nqueen\n"):rep(900000) end }

return samples
