-- The shipped words are what they are said to be: hashes, rows, neighbours and
-- counts are those published for GloVe 6B 100d and WordNet 3.0, restricted to
-- the first 5,000 words where that is the set they were published for. And the
-- script that makes them follows its rules on files small enough to read.

local ffi = require "ffi"

local data = "lua/engram/data/"
local dims, header_bytes = 100, 128

local function read(path)
    local file = assert(io.open(path, "rb"))
    local content = file:read "*a"
    file:close()
    return content
end

local function write(path, content)
    local file = assert(io.open(path, "wb"))
    assert(file:write(content))
    file:close()
end

-- What a command prints, errors too, and its exit code.
local function shell(command)
    local pipe = io.popen("{ " .. command .. "; } 2>&1; echo $?")
    local output, code = pipe:read("*a"):match "^(.-)(%d+)\n$"
    pipe:close()
    return output, tonumber(code)
end

local function sha256(content)
    local path = os.tmpname()
    write(path, content)
    local output = shell("sha256sum " .. path)
    os.remove(path)
    return output:match "^%x+"
end

local function npy_header(rows, columns)
    local dict = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }"
    dict = dict:format(rows, columns)
    return "\147NUMPY\1\0\118\0" .. dict .. (" "):rep(117 - #dict) .. "\n"
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

describe("generate.lua", function()
    local folder

    -- Rows 0 to 11, and a word too many. Some are written with escapes.
    local words_json = [==[["cat", "dog", "\u00e9t\u00E9", "big", "large", "huge", "quickly",
        "quick", "run", "\"\\\/", "animal", "\ud83d\uDE00", "late"]]==]
    local words_txt =
        'cat\ndog\nété\nbig\nlarge\nhuge\nquickly\nquick\nrun\n"\\/\nanimal\n😀\n'

    -- In another order than the words, with norm and row behind the two dimensions.
    local vectors_json = [==[{"late": [9, 9, 9, 12], "dog": [0.1, -2.5e-3, 7, 1],
        "cat": [1, 2, 7, 0], "\u00e9t\u00e9": [3, 4, 7, 2], "big": [5, 6, 7, 3],
        "large": [7, 8, 7, 4], "huge": [9, 10, 7, 5], "quickly": [11, 12, 7, 6],
        "quick": [13, 14, 7, 7], "run": [15, 16, 7, 8], "\"\\/": [17, 18, 7, 9],
        "\uD83D\uDE00": [21, 22, 7, 11], "animal": [19, 16777217, 7, 10]]==]
    local vectors = ffi.new("float[24]", 1, 2, 0.1, -2.5e-3, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
        13, 14, 15, 16, 17, 18, 19, 16777217, 21, 22)

    local function json(before, after)
        return '{"precision":8,' .. (before or "") .. '"size":13, "dimensions":2,"words":'
            .. words_json .. ',"vectors":' .. vectors_json .. (after or "}}")
    end

    -- Offsets repeat between files. 16 words are written as 10; it is the last that counts.
    local wordnet = {
        noun = [[
  1 This software and database is being provided to you, the LICENSEE, by
00000001 05 n 02 Cat 0 cat 1 002 @ 00000003 n 0000 ! 00000002 n 0102 | a dog ~ 00000002 n 0000
00000002 05 n 02 domestic_dog 0 dog 0 002 @ 00000003 n 0000 ! 00000001 n 0101 | it barks
00000003 03 n 10 b 0 c 0 d 0 e 0 f 0 g 0 h 0 i 0 j 0 k 0 l 0 m 0 n 0 o 0 p 0 animal 0 ]]
            .. "002 ~ 00000001 n 0000 ~ 00000002 n 0000 | it lives\n",
        verb = "00000001 38 v 01 run 0 001 + 00000001 n 0101 02 + 02 00 + 08 00 | go fast\n",
        adj = [[
00000001 00 a 02 big(a) 0 large 0 001 & 00000002 s 0000 | above average
00000002 00 s 01 Huge(ip) 0 001 & 00000001 a 0000 | very big
00000003 00 a 01 quick(p) 0 000 | fast
]],
        adv = "00000001 02 r 01 quickly 0 001 \\ 00000003 a 0101 | in a quick way\n",
    }

    -- $ stands for the folder.
    local function generate(arguments)
        return shell("luajit " .. data .. "generate.lua " .. arguments:gsub("%$", folder))
    end

    local function refusal(arguments)
        local output, code = generate(arguments)
        assert.equal(2, code)
        return (output:match("([^\n]*)\n$"):gsub(folder, "$"))
    end

    before_each(function()
        folder = shell "mktemp -d":match "^[^\n]+"
        write(folder .. "/words.json", json())
        for _, name in ipairs { "noun", "verb", "adj", "adv" } do
            write(folder .. "/data." .. name, wordnet[name])
        end
        shell("mkdir " .. folder .. "/out")
    end)

    after_each(function() shell("rm -r " .. folder) end)

    it("exits with 0 and leaves the three files", function()
        local _, code = generate "$/words.json $ $/out 12"
        assert.equal(0, code)
        assert.equal("words.npy\nwords.tsv\nwords.txt\n", (shell("ls " .. folder .. "/out")))
    end)

    it("decodes the words and keeps their order", function()
        generate "$/words.json $ $/out 12"
        assert.equal(words_txt, read(folder .. "/out/words.txt"))
    end)

    it("rounds each number to float32, in the row of its word", function()
        generate "$/words.json $ $/out 12"
        assert.equal(npy_header(12, 2) .. ffi.string(vectors, ffi.sizeof(vectors)),
            read(folder .. "/out/words.npy"))
    end)

    it("relates words as WordNet does", function()
        generate "$/words.json $ $/out 12"
        local expected = "0 1 !, 0 10 @, 1 10 @, 3 4 syn, 3 5 &, 4 3 syn, 4 5 &, 5 3 &, 5 4 &, "
            .. "6 7 \\, 8 0 +, 10 0 ~, 10 1 ~, "
        assert.equal((expected:gsub(" ", "\t"):gsub(",\t", "\n")), read(folder .. "/out/words.tsv"))
    end)

    -- The words are 0 to 11. Nouns 12 to 14, a verb 15, adjectives 16 to 18, an adverb 19.
    it("keeps the synsets, if it is asked to", function()
        local _, code = generate "$/words.json $ $/out 12 synsets"
        assert.equal(0, code)
        local expected = "0 12 sense, 1 13 sense, 3 16 sense, 4 16 sense, 5 17 sense, 6 19 sense, "
            .. "7 18 sense, 8 15 sense, 10 14 sense, 12 0 word, 12 13 !, 12 14 @, 13 1 word, "
            .. "13 12 !, 13 14 @, 14 10 word, 14 12 ~, 14 13 ~, 15 8 word, 15 12 +, 16 3 word, "
            .. "16 4 word, 16 17 &, 17 5 word, 17 16 &, 18 7 word, 19 6 word, 19 18 \\, "
        assert.equal((expected:gsub(" ", "\t"):gsub(",\t", "\n")), read(folder .. "/out/words.tsv"))
        assert.equal("n00000001\tcat, cat\nn00000002\tdomestic dog, dog\n"
            .. "n00000003\tb, c, d, e, f, g, h, i, j, k, l, m, n, o, p, animal\nv00000001\trun\n"
            .. "a00000001\tbig, large\na00000002\thuge\na00000003\tquick\nr00000001\tquickly\n",
            read(folder .. "/out/synsets.txt"))
        assert.equal(words_txt, read(folder .. "/out/words.txt"))
    end)

    it("keeps what leads from a synset to itself", function()
        write(folder .. "/data.adv", "00000001 02 r 01 quickly 0 001 ! 00000001 r 0000 | fast\n")
        generate "$/words.json $ $/out 12 synsets"
        assert.truthy(read(folder .. "/out/words.tsv"):find("19\t19\t!\n", 1, true))
    end)

    it("keeps to the words it was asked for", function()
        generate "$/words.json $ $/out 2"
        assert.equal("0\t1\t!\n", read(folder .. "/out/words.tsv"))
    end)

    it("reads what lies across the edge of its window", function()
        local filler = '"unkVector":["' .. (("0"):rep(2 ^ 15 - 3) .. '","'):rep(32)
        for before = 40, 240, 20 do -- how many bytes the words move to the front
            write(folder .. "/words.json", json(filler:sub(1, -before) .. '"],'))
            assert.equal(0, select(2, generate "$/words.json $ $/out 12"))
            assert.equal(words_txt, read(folder .. "/out/words.txt"))
        end
    end)

    it("stops reading at the last vector", function()
        write(folder .. "/words.json", json(nil, ", no JSON any more"))
        assert.equal(0, select(2, generate "$/words.json $ $/out 12"))
    end)

    it("refuses too few arguments", function()
        local usage = "generate: usage: generate.lua JSON WORDNET_DIR OUT_DIR [COUNT [synsets]]"
        assert.equal(usage, refusal "$/words.json")
        assert.equal(usage, refusal "$/words.json $ $/out 12 synset")
        assert.equal(usage, refusal "$/words.json $ $/out 12 synsets more")
    end)

    it("refuses a JSON that is not there", function()
        assert.equal("generate: $/none: No such file or directory", refusal "$/none $ $/out 12")
    end)

    it("refuses a folder without WordNet", function()
        os.remove(folder .. "/data.verb")
        assert.equal("generate: $/data.verb: No such file or directory",
            refusal "$/words.json $ $/out 12")
    end)

    it("refuses a folder for the files that is not there", function()
        assert.matches("^generate: $/none/words%.%l+%.tmp: No such file or directory$",
            refusal "$/words.json $ $/none 12")
    end)

    for _, count in ipairs { "0", "-1", "1.5", "1e3", "many", "''" } do
        it("refuses a count of " .. count, function()
            assert.equal("generate: COUNT: " .. count:gsub("'", "") .. " is not a count of words",
                refusal("$/words.json $ $/out " .. count))
        end)
    end

    it("refuses a count beyond the words", function()
        assert.equal("generate: COUNT: 14, and $/words.json has 13 words",
            refusal "$/words.json $ $/out 14")
    end)

    it("refuses a word that is there twice", function()
        write(folder .. "/words.json", (json():gsub('"huge"', '"large"', 1)))
        assert.equal('generate: $/words.json: "large" is there twice',
            refusal "$/words.json $ $/out 12")
    end)

    it("refuses a vector that is too short, and says where it ends", function()
        local filler = '"unkVector":[' .. ("0.25, "):rep(200000) .. "0],"
        local text = json(filler):gsub("%[5, 6, 7, 3%]", "[5]")
        write(folder .. "/words.json", text)
        assert.equal("generate: $/words.json: 2 numbers before here expected at byte "
            .. text:find("[5]", 1, true) + 2, refusal "$/words.json $ $/out 12")
    end)

    it("refuses a JSON that is cut off", function()
        write(folder .. "/words.json", json():sub(1, 500))
        assert.matches("^generate: $/words.json: .* expected at byte %d+$",
            refusal "$/words.json $ $/out 12")
    end)

    it("refuses a line that is no synset", function()
        write(folder .. "/data.adv", "quickly: in a quick way\n")
        assert.equal("generate: $/data.adv: not a synset: quickly: in a quick way",
            refusal "$/words.json $ $/out 12")
    end)

    it("leaves the files alone when it refuses", function()
        write(folder .. "/out/words.npy", "as it was")
        refusal "$/words.json $/none $/out 12"
        assert.equal("as it was", read(folder .. "/out/words.npy"))
        assert.equal("words.npy\n", (shell("ls " .. folder .. "/out")))
    end)
end)
