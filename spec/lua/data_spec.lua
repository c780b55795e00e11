-- The shipped words are what they are said to be: hashes, rows, neighbours and
-- counts are those published for GloVe 6B 100d and WordNet 3.0, restricted to
-- the first 5,000 words where that is the set they were published for. And the
-- script that makes them follows its rules on files small enough to read.

local ffi = require "ffi"
local shipped = require "spec.support.shipped"

local data = "lua/engram/data/"
local dims, header_bytes = 100, 128

local read = shipped.read
local write = shipped.write
local shell = shipped.shell
local npy_header = shipped.npy_header

local function sha256(content)
    local path = os.tmpname()
    write(path, content)
    local output = shell("sha256sum " .. path)
    os.remove(path)
    return output:match "^%x+"
end

describe("words.npy", function()
    local npy = read(data .. "words.npy")

    it("opens with a .npy header of 128 bytes", function()
        assert.equal(npy_header(10000, 100), npy:sub(1, header_bytes))
    end)

    it("holds 10,000 rows of 100 floats and nothing else", function()
        assert.equal(header_bytes + 10000 * dims * 4, #npy)
    end)

    it("begins with the 5,000 rows whose hash is known", function()
        local rows = npy:sub(header_bytes + 1, header_bytes + 5000 * dims * 4)
        assert.equal("9375b477d5bba9b44553a2fc4a161d1273dc132bede986e3378ce3994b001982",
            sha256(npy_header(5000, 100) .. rows))
    end)
end)

describe("words.txt", function()
    local text = read(data .. "words.txt")
    local words, row_of = {}, {}
    for word in text:gmatch "([^\n]*)\n" do
        words[#words + 1] = word
        row_of[word] = #words - 1
    end

    it("is 10,000 lines", function()
        assert.equal(10000, #words)
        assert.equal("\n", text:sub(-1))
    end)

    it("names no word twice", function()
        for i, word in ipairs(words) do assert.equal(i - 1, row_of[word]) end
    end)

    it("begins with the 5,000 words whose hash is known", function()
        local first = table.concat(words, "\n", 1, 5000) .. "\n"
        assert.equal("431c4ba61c5d2ebe833de83bace22c49007c50d0a48dd47c9c48fa02c9700541",
            sha256(first))
    end)

    it("has each known word in its row", function()
        local known = {
            { "man", 287 }, { "father", 599 }, { "son", 600 }, { "king", 654 }, { "woman", 737 },
            { "mother", 755 }, { "ii", 765 }, { "daughter", 1057 }, { "brother", 1124 },
            { "prince", 1683 }, { "kingdom", 1757 }, { "queen", 1948 }, { "dog", 2769 },
            { "elizabeth", 3037 }, { "coffee", 3230 }, { "emperor", 3377 }, { "dogs", 3656 },
            { "princess", 3998 }, { "tea", 4077 }, { "cat", 5139 }, { "pet", 6276 },
            { "throne", 6366 }, { "monarch", 8586 },
        }
        for _, entry in ipairs(known) do assert.equal(entry[2], row_of[entry[1]], entry[1]) end
    end)

    it("has no word that belongs further down", function()
        for _, word in ipairs { "frog", "cabbage", "puppy", "toad" } do
            assert.is_nil(row_of[word])
        end
    end)
end)

describe("words.tsv", function()
    local text = read(data .. "words.tsv")
    local relations = {}
    for from, to, symbol in text:gmatch "(%d+)\t(%d+)\t([^\t\n]+)\n" do
        relations[#relations + 1] = { from = tonumber(from), to = tonumber(to), symbol = symbol }
    end

    -- Both words among the first `rows`: the rule looks at two words at a time,
    -- so these are the relations that a smaller set of words has.
    local function within(rows)
        local found = {}
        for _, r in ipairs(relations) do
            if r.from < rows and r.to < rows then found[#found + 1] = r end
        end
        return found
    end

    local function symbols(list)
        local count = {}
        for _, r in ipairs(list) do count[r.symbol] = (count[r.symbol] or 0) + 1 end
        return count
    end

    -- How many different targets each source has, and how many pairs that makes.
    local function degrees(list)
        local degree, pairs_seen, before = {}, 0, {}
        for _, r in ipairs(list) do
            if r.from ~= before.from or r.to ~= before.to then
                degree[r.from] = (degree[r.from] or 0) + 1
                pairs_seen = pairs_seen + 1
            end
            before = r
        end
        return degree, pairs_seen
    end

    local function kinds(from, to)
        local found = {}
        for _, r in ipairs(relations) do
            if r.from == from and r.to == to then found[#found + 1] = r.symbol end
        end
        return table.concat(found, " ")
    end

    it("is 82,118 lines of source, target and symbol", function()
        local lines = select(2, text:gsub("\n", ""))
        assert.equal(82118, lines)
        assert.equal(lines, #relations)
    end)

    it("is sorted by source, target and symbol, without repetition", function()
        for i = 2, #relations do
            local a, b = relations[i - 1], relations[i]
            local sorted = a.from < b.from or a.from == b.from
                and (a.to < b.to or a.to == b.to and a.symbol < b.symbol)
            if not sorted then assert.is_true(sorted, "line " .. i) end
        end
    end)

    it("relates words of words.npy only, and none to itself", function()
        for i, r in ipairs(relations) do
            local sound = r.from < 10000 and r.to < 10000 and r.from ~= r.to
            if not sound then assert.is_true(sound, "line " .. i) end
        end
    end)

    it("has 44,215 relations among the first 5,000 words", function()
        assert.equal(44215, #within(5000))
    end)

    it("has the known number of each kind among the first 5,000 words", function()
        local count = symbols(within(5000))
        assert.same({ 12836, 12836, 6854, 2328, 1054, 1054 },
            { count["~"], count["@"], count.syn, count["&"], count["#p"], count["%p"] })
    end)

    it("relates 40,165 pairs among the first 5,000 words", function()
        assert.equal(40165, select(2, degrees(within(5000))))
    end)

    it("has move, change and take as the busiest of the first 5,000 words", function()
        local degree, busiest = degrees(within(5000)), {}
        local row = 0
        for word in io.lines(data .. "words.txt") do
            if degree[row] then busiest[#busiest + 1] = { degree[row], word } end
            row = row + 1
        end
        table.sort(busiest, function(a, b) return a[1] > b[1] end)
        assert.same({ { 184, "move" }, { 157, "change" }, { 153, "take" } },
            { busiest[1], busiest[2], busiest[3] })
    end)

    it("calls king and queen opposites and of one synset, and kingdom derived", function()
        assert.equal("! syn", kinds(654, 1948))
        assert.equal("+", kinds(654, 1757))
    end)

    it("goes down as often as up, and into parts as often as out of them", function()
        local count = symbols(relations)
        assert.equal(count["~"], count["@"])
        assert.equal(count["#p"], count["%p"])
    end)
end)

-- In doubles and in plain Lua: independent of the kernels. Six decimals are
-- what was published; float32 rows and double sums are exact far beyond them.
describe("the neighbours of", function()
    local npy = read(data .. "words.npy")
    local vectors = ffi.cast("const float *", ffi.cast("const char *", npy) + header_bytes)
    local words, row_of = {}, {}
    for word in io.lines(data .. "words.txt") do
        row_of[word] = #words
        words[#words + 1] = word
    end

    local function row(word)
        local copy = {}
        for i = 1, dims do copy[i] = tonumber(vectors[row_of[word] * dims + i - 1]) end
        return copy
    end

    local function unit(vector)
        local sum = 0
        for i = 1, dims do sum = sum + vector[i] * vector[i] end
        local scaled = {}
        for i = 1, dims do scaled[i] = vector[i] / math.sqrt(sum) end
        return scaled
    end

    -- "word .123456, ...": the best k of the first `rows` words, except those of the cue.
    local function nearest(query, cue, rows, k)
        query, cue = unit(query), " " .. cue .. " "
        local hits = {}
        for r = 0, rows - 1 do
            local dot, norm = 0, 0
            for i = 1, dims do
                local x = tonumber(vectors[r * dims + i - 1])
                dot, norm = dot + query[i] * x, norm + x * x
            end
            if not cue:find(" " .. words[r + 1] .. " ", 1, true) then
                hits[#hits + 1] = { dot / math.sqrt(norm), words[r + 1] }
            end
        end
        table.sort(hits, function(a, b) return a[1] > b[1] end)
        local shown = {}
        for i = 1, k do shown[i] = hits[i][2] .. (" %.6f"):format(hits[i][1]):gsub(" 0", " ") end
        return table.concat(shown, ", ")
    end

    it("king are those of the whole GloVe set", function()
        assert.equal("prince .768233, queen .750769, son .702089, brother .698578, "
            .. "monarch .697789, throne .691999, kingdom .681141, father .680203, "
            .. "emperor .671286, ii .667607",
            nearest(row "king", "king", 10000, 10))
    end)

    it("king among 5,000 words are known", function()
        assert.equal("prince .768233, queen .750769, son .702089, brother .698578, "
            .. "kingdom .681141, father .680203, emperor .671286, ii .667607, "
            .. "crown .664753, uncle .660815",
            nearest(row "king", "king", 5000, 10))
    end)

    it("dog begin with cat, dogs, pet", function()
        assert.equal("cat .879808, dogs .834431, pet .744956", nearest(row "dog", "dog", 10000, 3))
    end)

    it("dog among 5,000 words are known", function()
        assert.equal("dogs .834431, horse .710965, animal .681706, boy .654531, mad .601691",
            nearest(row "dog", "dog", 5000, 5))
    end)

    it("coffee among 5,000 words are drinks", function()
        assert.equal("tea .773269, beer .725339, wine .700273",
            nearest(row "coffee", "coffee", 5000, 3))
    end)

    it("king - man + woman begin with queen", function()
        local king, man, woman = unit(row "king"), unit(row "man"), unit(row "woman")
        local query = {}
        for i = 1, dims do query[i] = king[i] - man[i] + woman[i] end
        assert.equal("queen .769854", nearest(query, "king man woman", 10000, 1))
    end)
end)

describe("the README of the data", function()
    it("states the hashes of the three files", function()
        local hashes = "grep -E '^[0-9a-f]{64}  ' README.md"
        local output = shell("cd " .. data .. " && " .. hashes .. " | sha256sum -c")
        assert.equal("words.npy: OK\nwords.txt: OK\nwords.tsv: OK\n", output)
    end)
end)
