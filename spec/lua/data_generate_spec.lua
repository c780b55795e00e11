-- generate.lua makes of its sources what is shipped.

local ffi = require "ffi"
local shipped = require "spec.support.shipped"

local data = "lua/engram/data/"

local read = shipped.read
local write = shipped.write
local shell = shipped.shell
local npy_header = shipped.npy_header

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
