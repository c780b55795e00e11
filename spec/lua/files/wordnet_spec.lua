-- WordNet's own files: a small folder by hand, whatever can be wrong with it, and the whole of
-- it against a parser of its own (spec.support.wordnet) and against WordNet's own indexes.

local engram = require "engram"
local ffi = require "ffi"
local C = require "engram.c"

local child = require "spec.support.child"
local oracle = require "spec.support.wordnet"

local names = { "noun", "verb", "adj", "adv" }

-- Offsets repeat between files. 16 words are written as 10; it is the last that counts.
local small = {
    noun = [[
  1 This software and database is being provided to you, the LICENSEE, by
00000001 05 n 02 Cat 0 cat 1 002 @ 00000003 n 0000 ! 00000002 n 0102 | a dog ~ 00000002 n 0000
00000002 05 n 02 domestic_dog 0 dog 0 003 @ 00000003 n 0000 ! 00000001 n 0101 ! 00000001 n 0000 |
00000003 03 n 10 b 0 c 0 d 0 e 0 f 0 g 0 h 0 i 0 j 0 k 0 l 0 m 0 n 0 o 0 p 0 animal 0 ]]
        .. "002 ~ 00000001 n 0000 ~ 00000003 n 0000 | it lives\n",
    verb = "00000001 38 v 01 run 0 001 + 00000001 n 0101 02 + 02 00 + 08 01 | go fast\n",
    adj = [[
00000001 00 a 02 big(a) 0 large 0 001 & 00000002 s 0000 | above average
00000002 00 s 01 Huge(ip) 0 001 & 00000001 a 0000 | very big
00000003 00 a 01 cat(p) 0 000 | fast
]],
    adv = "00000001 02 r 01 quickly 0 001 \\ 00000003 a 0101 | in a quick way\n",
}

local folder, written

-- A new file is faster than an old one emptied.
local function write(name, text)
    if written[name] == text then return end
    os.remove(folder .. "/data." .. name)
    local file = assert(io.open(folder .. "/data." .. name, "wb"))
    file:write(text)
    file:close()
    written[name] = text
end

local function truncate(name)
    io.open(folder .. "/data." .. name, "wb"):close()
    written[name] = ""
end

-- The small folder, but for some files, loaded.
local function load(changes, options)
    for _, name in ipairs(names) do write(name, changes[name] or small[name]) end
    local given = { as = "wordnet" }
    for key, value in pairs(options or {}) do given[key] = value end
    return engram.load(folder, given)
end

local function arcs(g)
    local text = {}
    for node = 1, g.nodes do
        local ids, weights, kinds = g:neighbours(node)
        for i, id in ipairs(ids) do
            text[#text + 1] = ("%d%s%d:%g"):format(node, kinds and kinds[i] or ">", id, weights[i])
        end
    end
    return table.concat(text, " ")
end

local function refused(expected, g, message)
    assert.is_nil(g)
    assert.is_nil(message:find "\n")
    assert.equal(folder .. ": ", message:sub(1, #folder + 2))
    assert.truthy(message:find(expected, 1, true), message)
end

describe("WordNet", function()
    before_each(function()
        folder, written = select(2, child.run "mktemp -d"):match "^[^\n]+", {}
    end)

    after_each(function() child.run("rm -r " .. folder) end)

    describe("in a small folder", function()
        it("gives a graph of its synsets in the order of the files", function()
            assert.equal("1>2:1 1>3:1 2>1:2 2>3:1 3>1:1 4>1:1 5>6:1 6>5:1 8>7:1", arcs(load {}))
        end)

        it("passes dup and self on", function()
            assert.equal("1>2:1 1>3:1 2>1:1 2>3:1 3>1:1 3>3:1 4>1:1 5>6:1 6>5:1 8>7:1",
                arcs(load({}, { dup = "max", self = "keep" })))
        end)

        it("weighs arcs by their symbols", function()
            assert.equal("1>2:0.25 1>3:0.5 2>1:0.5 2>3:0.5 3>1:0.125 4>1:0.25 5>6:0.25 6>5:0.25 "
                .. "8>7:0.25", arcs(load({}, { weights = { ["@"] = .5, ["~"] = .125,
                default = .25 } })))
        end)

        it("keeps the symbols as kinds", function()
            local g = load({}, { kinds = true })
            assert.same({ "!", "&", "+", "@", "\\", "~" }, g:kinds())
            assert.equal("1!2:1 1@3:1 2!1:2 2@3:1 3~1:1 4+1:1 5&6:1 6&5:1 8\\7:1", arcs(g))
        end)

        it("names each synset by its first lemma, tidied", function()
            local _, words = load {}
            local list = {}
            for i = 1, #words do list[i] = words:get(i) end
            assert.same({ "cat", "domestic dog", "b", "run", "big", "huge", "cat", "quickly" },
                list)
        end)

        it("finds the synsets of every lemma", function()
            local _, _, lexicon = load {}
            local function synsets_of(lemma)
                return (lexicon.senses:neighbours(lexicon.words:find(lemma)))
            end
            assert.equal(24, #lexicon.words)
            assert.equal(24, lexicon.senses.nodes)
            assert.same({ 1, 7 }, synsets_of "cat")
            assert.same({ 2 }, synsets_of "dog")
            assert.same({ 3 }, synsets_of "animal")
            assert.same({ 5 }, synsets_of "large")
            assert.same({ 6 }, synsets_of "huge")
            assert.is_nil(lexicon.words:find "Cat")
        end)

        it("keeps the marker's letters where they mark no adjective", function()
            local _, words = load { adv = "00000001 02 r 01 a(p) 0 000 | x\n" }
            assert.equal("a(p)", words:get(8))
        end)

        it("is read with any line ends and without glosses", function()
            local changed = {}
            for _, name in ipairs(names) do
                changed[name] = small[name]:gsub("|[^\n]*", ""):gsub("\n", "\r\n")
            end
            assert.equal(arcs(load {}), arcs(load(changed)))
        end)

        it("tells how far it is", function()
            local done, total = {}, 0
            load({}, { progress = function(now, all) done[#done + 1], total = now, all end })
            local bytes = #small.noun + #small.verb + #small.adj + #small.adv
            assert.same({ #small.noun, #small.noun + #small.verb, bytes - #small.adv, bytes }, done)
            assert.equal(bytes, total)
        end)
    end)

    -- Of the verb's line, what is changed, and what is said of it.
    local lines = {
        { "00000001 38", "0000001 38",
            'a synset\'s offset of eight digits expected, found "0000001"' },
        { "00000001 38", "0000000a 38", "a synset's offset of eight digits expected" },
        { "00000001 38", "00000001 8", "a lex_file of two digits expected" },
        { " v 01 run", " n 01 run", 'a type that fits the file expected, found "n"' },
        { " v 01 run", " va 01 run", "a type that fits the file expected" },
        { "01 run", "00 run", "a w_cnt above 00 expected" },
        { "01 run", "1 run", "a w_cnt of two hexadecimal digits expected" },
        { "01 run", "0g run", 'found "0g"' },
        { "01 run", "02 run", "a lex_id of one hexadecimal digit expected" },
        { "run 0", ("x"):rep(256) .. " 0", "a word of 255 bytes at most expected" },
        { "run 0", "run x", "a lex_id of one hexadecimal digit expected, found" },
        { "run 0", "run 00", "a lex_id of one hexadecimal digit expected, found" },
        { "001 +", "01 +", 'a p_cnt of three digits expected, found "01"' },
        { "001 +", "00a +", "a p_cnt of three digits expected" },
        { "001 +", "000 +", 'an f_cnt of two digits expected, found "+"' },
        { "001 +", "002 +", "an offset of eight digits expected" },
        { "+ 00000001", "+++ 00000001", "a pointer's symbol expected" },
        { "+ 00000001", "+ -0000001", "an offset of eight digits expected" },
        { "+ 00000001", "+ 00000004", "offset 00000004 found, which is no synset of data.noun" },
        { "+ 00000001", "+ 99999999", "offset 99999999 found, which is no synset of data.noun" },
        { "n 0101", "x 0101", "a part of speech, n, v, a, s or r, expected" },
        { "n 0101", "r 0101", nil },
        { "n 0101", "n 101", "the words of a pointer, four hexadecimal digits, expected" },
        { "n 0101", "n 0201", 'a pointer from a word of this synset expected, found "0201"' },
        { "n 0101", "n 0001", "a pointer from a word of this synset expected" },
        { "n 0101", "n 0100", "a pointer from a word of this synset expected" },
        { "02 + 02", "01 + 02", 'the gloss, which | starts, expected, found "+"' },
        { "02 + 02", "03 + 02", "a frame's + expected, found no more" },
        { "02 + 02", "0a + 02", "an f_cnt of two digits expected" },
        { "+ 08", "- 08", "a frame's + expected" },
        { "+ 08", "+ 0a", "a frame of two digits expected" },
        { "08 01", "08 1", "a frame's word, two hexadecimal digits, expected" },
        { " | go fast\n", " | go fast", "the end of the line expected, found the end of the file" },
        { "38 v 01 run 0 001 + 00000001 n 0101 02 + 02 00 + 08 01 | go fast", "",
            "a lex_file of two digits expected, found no more" },
    }
    for i, case in ipairs(lines) do
        local what, by, message = case[1], case[2], case[3]
        it(("%d: refuses %s: %s"):format(i, by:sub(1, 20), message or "nothing"), function()
            local first, last = assert(small.verb:find(what, 1, true))
            local text = small.verb:sub(1, first - 1) .. by .. small.verb:sub(last + 1)
            if not message then return assert.is_not_nil(load { verb = text }) end
            local g, why = load { verb = "  licence\n" .. text }
            refused("data.verb: line 2: ", g, why)
            refused(message, g, why)
        end)
    end

    it("refuses offsets that do not ascend", function()
        refused("data.verb: line 2: an offset above that of the line before expected, found "
            .. '"00000001"', load { verb = small.verb .. small.verb })
    end)

    it("refuses a file without a synset", function()
        refused("data.noun: line 1: a synset expected, found the end of the file",
            load { noun = "" })
        refused("data.adv: line 2: a synset expected", load { adv = "  licence\n" })
    end)

    it("refuses a folder that lacks a file, or is none", function()
        load {}
        os.remove(folder .. "/data.adj")
        refused("data.adj: No such file", engram.load(folder, { as = "wordnet" }))
        local g, message = engram.load(folder .. "/data.noun", { as = "wordnet" })
        assert.is_nil(g)
        assert.truthy(message:find("data.noun: Not a directory", 1, true), message)
    end)

    it("refuses a symbol without a weight", function()
        refused('data.noun: line 2: kind "@" has no weight; weights.default would give it one',
            load({}, { weights = { ["!"] = 1 } }))
    end)

    it("refuses options that it has no use for", function()
        refused("has no option 'nodes'", load({}, { nodes = 8 }))
        refused("has no option 'base'", load({}, { base = 1 }))
    end)

    it("refuses a file that shrinks meanwhile", function()
        for i, name in ipairs(names) do
            local calls, licence = 0, name == "noun" and ("  x\n"):rep(2 ^ 20 + 5000) or ""
            local function progress()
                calls = calls + 1
                if calls == math.max(i - 1, 1) then truncate(name) end
            end
            refused("data." .. name .. ": the file has shrunk; ",
                load({ noun = licence .. small.noun }, { progress = progress }))
        end
    end)

    it("survives the end of a file at any byte", function()
        for _, name in ipairs(names) do
            local whole = small[name]
            for bytes = 0, #whole - 1 do
                refused("data.", load { [name] = whole:sub(1, bytes) })
            end
        end
    end)

    it("survives any byte that is changed", function()
        for _, name in ipairs(names) do
            local whole = small[name]
            for at = 1, #whole do
                for _, byte in ipairs { "\0", "\n", "|", "9", "\255" } do
                    local g, message = load { [name] = whole:sub(1, at - 1) .. byte ..
                        whole:sub(at + 1) }
                    if not g then refused("data.", g, message) end
                end
            end
        end
    end)

    it("leaves nothing behind", function()
        collectgarbage()
        collectgarbage()
        local before = C.eg_live_objects()
        for _ = 1, 10 do
            load({}, { kinds = true, weights = { default = 1 } })
            load { adv = small.adv:sub(1, 20) }
        end
        collectgarbage()
        collectgarbage()
        assert.equal(before, C.eg_live_objects())
    end)
end)

describe("WordNet 3.0", function()
    if not oracle.is_here() then
        pending "needs /usr/share/wordnet (Debian's wordnet-base): the whole of it not checked"
        return
    end

    local path = "/usr/share/wordnet"
    local g, words, lexicon = assert(engram.load(path, { as = "wordnet", dup = "max",
        self = "keep" }))
    local expected, _, number = oracle.load { self = "keep" }

    it("has the synsets and arcs that were counted", function()
        assert.same({ 117659, 361647, 117659 }, { g.nodes, g.edges, #words })
        assert.equal(361647 - 9, engram.load(path, { as = "wordnet" }).edges)
    end)

    -- So every golden number that is checked on the one holds for the other.
    it("is, to the bit, the graph that the other parser finds", function()
        assert.same({ expected.nodes, expected.edges }, { g.nodes, g.edges })
        for name, count in pairs { offsets = g.nodes + 1, targets = g.edges, weights = g.edges } do
            assert.is_true(ffi.string(g[name], count * 4) == ffi.string(expected[name], count * 4),
                name)
        end
    end)

    it("has the pointers of each kind that were counted", function()
        local counted = { ["~"] = 89089, ["@"] = 89089, ["+"] = 74717, ["&"] = 21386,
            ["#m"] = 12293, ["%m"] = 12293, ["#p"] = 9097, ["%p"] = 9097, ["@i"] = 8577,
            ["~i"] = 8577, ["\\"] = 8023, ["!"] = 7979, [";c"] = 6654, ["-c"] = 6654,
            ["^"] = 3272, ["$"] = 1750, [";u"] = 1376, ["-u"] = 1376, [";r"] = 1360,
            ["-r"] = 1360, ["="] = 1278, ["#s"] = 797, ["%s"] = 797, ["*"] = 408, [">"] = 220,
            ["<"] = 73 }
        local kinds = assert(engram.load(path, { as = "wordnet", self = "keep", kinds = true }))
        local all, found, sum = kinds:kinds(), {}, 0
        local weights = ffi.cast("const float *", kinds.weights)
        local of_arcs = ffi.cast("const uint16_t *", kinds.arc_kinds)
        for i = 0, kinds.edges - 1 do
            local name = all[of_arcs[i] + 1]
            found[name], sum = (found[name] or 0) + weights[i], sum + weights[i]
        end
        assert.same(counted, found)
        assert.equal(377592, sum)
    end)

    it("has as many synsets of each part of speech as were counted", function()
        local found = { n = 0, v = 0, a = 0, r = 0 }
        for key in pairs(number) do found[key:sub(1, 1)] = found[key:sub(1, 1)] + 1 end
        assert.same({ n = 82115, v = 13767, a = 18156, r = 3621 }, found)
    end)

    it("has 1009 synsets without an arc, and a city with 673", function()
        local without, most, at = 0, 0, 0
        local offsets = ffi.cast("const uint32_t *", g.offsets)
        for i = 0, g.nodes - 1 do
            local degree = offsets[i + 1] - offsets[i]
            if degree == 0 then without = without + 1 end
            if degree > most then most, at = degree, i + 1 end
        end
        assert.same({ 1009, 673, "city" }, { without, most, words:get(at) })
    end)

    it("leads from dog up to entity", function()
        local up = engram.load(path, { as = "wordnet", weights = { ["@"] = 1, default = 0 } })
        local chain, node = {}, number.n02084071
        while node do
            chain[#chain + 1] = words:get(node)
            local ids, weights = up:neighbours(node)
            node = nil
            for i = #ids, 1, -1 do
                if weights[i] > 0 and words:get(ids[i]) ~= "domestic animal" then node = ids[i] end
            end
        end
        assert.equal("dog canine carnivore placental mammal vertebrate chordate animal organism " ..
            "living thing whole object physical entity entity", table.concat(chain, " "))
    end)

    -- index.noun and its like list each lemma with the offsets of its synsets.
    it("knows the synsets of every lemma, as its indexes do", function()
        local synsets, lemmas = {}, 0
        for name, tag in ("noun n verb v adj a adv r"):gmatch "(%l+) (%l)" do
            for line in io.lines(path .. "/index." .. name) do
                local lemma = line:match "^(%S+)"
                if line:sub(1, 1) ~= " " then
                    lemma = lemma:gsub("_", " ")
                    if not synsets[lemma] then synsets[lemma], lemmas = {}, lemmas + 1 end
                    for offset in line:gmatch "%f[%d](%d%d%d%d%d%d%d%d)%f[%D]" do
                        synsets[lemma][number[tag .. offset]] = true
                    end
                end
            end
        end
        assert.equal(lemmas, #lexicon.words)
        for i = 1, #lexicon.words do
            local lemma = lexicon.words:get(i)
            local ids = lexicon.senses:neighbours(i)
            for _, id in ipairs(ids) do
                if not (synsets[lemma] or {})[id] then error(lemma .. " in synset " .. id) end
                synsets[lemma][id] = nil
            end
            local missing = next(synsets[lemma])
            if missing then error(lemma .. " lacks synset " .. missing) end
        end
    end)

    it("gives dog the rank that was derived", function()
        local hits = engram.spread(g, { [number.n02084071] = 1 },
            { method = "ppr", alpha = .85, tol = 1e-12, max_iter = 300, dangling = "restart" })
        assert.near(.262407047941, hits:of(number.n02084071), .2624 * 2 ^ -24)
        assert.near(.023496408438, hits:of(lexicon.senses:neighbours(
            lexicon.words:find "toy dog")[1]), .0235 * 2 ^ -24)
    end)
end)
