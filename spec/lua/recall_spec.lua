-- engram recall: what it prints is what the kernels answer, and what can not be is said in a line.

local child = require "spec.support.child"
local cjson = require "cjson"
local engram = require "engram"
local utils = require "pl.utils"

local memories = engram.load(engram.data "words.npy")
local words = engram.words(engram.data "words.txt")

local function recall(line)
    local code, out, err = child.engram("recall " .. line)
    assert.equal(0, code, err)
    assert.equal("", err)
    return out
end

local function recalled(line) return cjson.decode(recall(line .. " -f json")) end

local function words_of(list)
    local found = {}
    for i, each in ipairs(list) do found[i] = each.word end
    return table.concat(found, " ")
end

describe("engram recall", function()
    it("shows the nearest words with the published cosines", function()
        local out = recall "king"
        for word, cosine in pairs { prince = "0.768", queen = "0.751", son = "0.702" } do
            assert.truthy(out:find("\n" .. word .. " +" .. cosine .. " "), out)
        end
    end)

    it("shows associations that make sense", function()
        local known = { coffee = "chocolate", ocean = "water", piano = "musician",
            winter = "fall", king = "ruler" }
        for cue, expected in pairs(known) do
            local found = words_of(recalled(cue).reached)
            assert.truthy(found:find(expected, 1, true), cue .. ": " .. found)
        end
    end)

    it("is a table of so many rows, within 80 columns, on a screen", function()
        for _, line in ipairs { "coffee", "ii --k 3", "responsibilities telecommunications " ..
            "administration constitutional --hops 1" } do
            local out, count = recall(line), tonumber(line:match "%-%-k (%d+)") or 10
            for each in out:gmatch "[^\n]+" do
                assert.is_true(#each <= 80, each)
            end
            local rows = out:match "\nnearest[^\n]*\n(.*)$"
            assert.equal(count, select(2, rows:gsub("\n", "")))
        end
    end)

    it("reaches words by activation times cosine, and none that are shown already", function()
        local result = recalled "coffee"
        local shown = { coffee = true }
        for _, each in ipairs(result.nearest) do shown[each.word] = true end
        local last = math.huge
        for _, each in ipairs(result.reached) do
            assert.is_nil(shown[each.word])
            assert.is_true(each.strength <= last)
            assert.near(each.activation * each.cosine, each.strength, 1e-12)
            local own = engram.similarity(memories:row(3231), memories, { ids = { each.id } })
            assert.near(own:get(1), each.cosine, 1e-6)
            assert.equal(words:get(each.id), each.word)
            last = each.strength
        end
        assert.equal(10, #result.reached)
    end)

    it("activates what the spread of the nearest words does", function()
        local links = engram.load(engram.data "words.tsv", { nodes = 10000, dup = "max", weights = {
            syn = 1, ["&"] = 0.8, ["~"] = 0.6, ["@"] = 0.6, ["+"] = 0.6, default = 0.3 } })
        local hits = engram.nearest(memories:row(3231), memories, 11)
        local found = engram.spread(links, hits, { max_hops = 2, decay = 0.5, fan = "sqrt" })
        for _, each in ipairs(recalled("coffee").reached) do
            assert.near(found:of(each.id), each.activation, 1e-6)
        end
    end)

    it("tells what is left by the half-life of each word", function()
        local result = recalled "coffee --half-life 50"
        assert.equal(50, result.half_life_days)
        for _, each in ipairs(result.reached) do
            local half_life = 50 * 10000 / each.id
            assert.near(half_life, each.half_life_days, half_life * 1e-6)
            for key, days in pairs { day = 1, week = 7, year = 365 } do
                assert.near(2 ^ (-days / half_life), each.left[key], 1e-6)
            end
        end
        assert.truthy(recall("coffee --half-life .1"):find("   0 %%\n"))
    end)

    it("runs over so many relations", function()
        local one, three = recalled "coffee --hops 1", recalled "coffee --hops 3"
        assert.same({ 1, 3 }, { one.hops, three.hops })
        assert.not_equal(words_of(one.reached), words_of(three.reached))
        assert.truthy(recall("coffee --hops 1"):find("over 1\nrelation of WordNet", 1, true))
    end)

    it("takes several words together: between them, by their directions", function()
        local result = recalled "of guitar --k 3"
        assert.same({ "of", "guitar" }, result.cue)
        local sum = {}
        for j = 1, 100 do
            sum[j] = 0
            for _, word in ipairs(result.cue) do
                local row, squares = memories:row(words:find(word)), 0
                for i = 1, 100 do squares = squares + row:get(i) ^ 2 end
                sum[j] = sum[j] + row:get(j) / math.sqrt(squares)
            end
        end
        local hits, expected = engram.nearest(sum, memories, 5), {}
        for i = 1, #hits do
            local id, cosine = hits:get(i)
            if words:get(id) ~= "of" and words:get(id) ~= "guitar" then
                expected[#expected + 1] = { word = words:get(id), cosine = cosine }
            end
        end
        assert.equal(3, #expected)
        assert.equal(words_of(expected), words_of(result.nearest))
        for i, each in ipairs(expected) do
            assert.near(each.cosine, result.nearest[i].cosine, 1e-6)
        end
    end)

    it("reads capitals as the list writes them", function()
        assert.equal(words_of(recalled("coffee").nearest), words_of(recalled("Coffee").nearest))
    end)

    it("takes words from between blanks", function()
        local apart, together = recalled "river bank", recalled "' river  bank '"
        assert.same({ "river", "bank" }, together.cue)
        assert.equal(words_of(apart.nearest), words_of(together.nearest))
    end)

    it("shows a word without relations, too", function()
        local is_related = {}
        for line in io.lines((engram.data "words.tsv")) do
            is_related[tonumber(line:match "^%d+") + 1] = true
        end
        local lonely = 1
        while is_related[lonely] or not words:get(lonely):match "^%l+$" do lonely = lonely + 1 end
        assert.equal(2, #recalled(words:get(lonely) .. " --k 2 --hops 1").nearest)
    end)

    local refusals = {
        { "", "engram: recall: no word is given; see 'engram recall --help'\n" },
        { "'' ' '", "engram: recall: no word is given; see 'engram recall --help'\n" },
        { "coffee --k 0", "engram: --k: 0 is not within 1 to 1000; see 'engram recall --help'\n" },
        { "coffee --k x", "engram: --k: x is not a count (1000, 1k, 2M); see " ..
            "'engram recall --help'\n" },
        { "coffee --hops 1.5", "engram: --hops: 1.5 is not a whole number; see " ..
            "'engram recall --help'\n" },
        { "coffee --half-life 0", "engram: --half-life: 0 is not a number of days above 0; see " ..
            "'engram recall --help'\n" },
        { "coffee --half-life nan", "engram: --half-life: nan is not a number of days above 0; " ..
            "see 'engram recall --help'\n" },
        { "coffee --data big", "engram: --data: big is not one of small, full; see " ..
            "'engram recall --help'\n" },
        { "coffee -f csv", "engram: --format: csv is not one of text, json; see " ..
            "'engram recall --help'\n" },
    }
    for _, case in ipairs(refusals) do
        it("refuses '" .. case[1] .. "'", function()
            local code, out, err = child.engram("recall " .. case[1])
            assert.same({ 2, "", case[2] }, { code, out, err })
        end)
    end

    it("names words that are spelt almost as one that is not there", function()
        local code, out, err = child.engram "recall cofee"
        assert.same({ 2, "" }, { code, out })
        assert.truthy(err:find("^engram: recall: 'cofee' is not among the 10,000 words; " ..
            "spelt almost so: coffee"), err)
        assert.equal(1, select(2, err:gsub("\n", "")))
        code, out, err = child.engram "recall coffee qzqzqz"
        assert.same({ 2, "" }, { code, out })
        assert.truthy(err:find("^engram: recall: 'qzqzqz' is not among the 10,000 words"), err)
        assert.is_nil(err:find("almost", 1, true))
        code, out, err = child.engram "recall CAFÉ"
        assert.same({ 2, "" }, { code, out })
        assert.truthy(err:find("spelt almost so: cafe", 1, true), err)
        err = select(3, child.engram "recall zq")
        assert.is_nil(err:find("almost", 1, true), err)
    end)

    -- Exit code and complaint under these settings.
    local function complaint(environment)
        local code, out, err = child.engram("recall ann", { environment = environment })
        assert.equal("", out)
        return code, err
    end

    it("says what is wrong with ENGRAM_DATA, and with the arena's settings", function()
        local code, err = complaint { ENGRAM_DATA = "/nowhere" }
        assert.same({ 1, "engram: recall: ENGRAM_DATA: /nowhere: No such file or directory\n" },
            { code, err })
        code, err = complaint { ENGRAM_ARENA_SIZE = "9X" }
        assert.same({ 2, "engram: recall: ENGRAM_ARENA_SIZE: 9X is not a size (512K, 4M, 1G or " ..
            "bytes)\n" }, { code, err })
        code, err = complaint { ENGRAM_ARENA_SIZE = "64K", ENGRAM_ARENA_OVERFLOW = "error" }
        assert.equal(1, code)
        assert.truthy(err:find "^engram: recall: arena overflow in 'spread': [^\n]+ fits\n$", err)
    end)

    -- Four words, of which two are related.
    local function own_folder()
        local folder = os.tmpname()
        os.remove(folder)
        os.execute("mkdir " .. folder)
        finally(function() os.execute("rm -r " .. folder) end)
        local rows = engram.matrix { { 1, 0 }, { 0.8, 0.6 }, { 0.6, 0.8 }, { 0, 1 } }
        assert(engram.save(folder .. "/words.npy", rows))
        utils.writefile(folder .. "/words.txt", "ann\nben\ncid\ndan\n")
        utils.writefile(folder .. "/words.tsv", "1\t2\tfriend\n")
        return folder
    end

    it("says what is wrong with a file, in a line", function()
        local folder = own_folder()
        utils.writefile(folder .. "/words.txt", "ann\nben\n")
        local code, err = complaint { ENGRAM_DATA = folder }
        assert.same({ 1, "engram: recall: " .. folder ..
            "/words.txt: 2 words found, 4 expected, as there are vectors\n" }, { code, err })
        utils.writefile(folder .. "/words.tsv", "one two\n")
        code, err = complaint { ENGRAM_DATA = folder }
        assert.same({ 1, "engram: recall: " .. folder ..
            "/words.tsv: line 1: an id expected, found \"one\"; ids are whole numbers: " ..
            "give each name one, as 'engram help files' shows\n" }, { code, err })
    end)

    it("takes what has a blank in it for a word where the list does", function()
        local folder = own_folder()
        utils.writefile(folder .. "/words.txt", "ann\nben\nann ben\ndan\n")
        local _, out = child.engram("recall 'ann ben' --k 1 -f json",
            { environment = { ENGRAM_DATA = folder } })
        assert.same({ "ann ben" }, cjson.decode(out).cue)
    end)

    it("runs on words of one's own", function()
        local folder = own_folder()
        local code, out, err = child.engram("recall ann --k 1 -f json",
            { environment = { ENGRAM_DATA = folder } })
        assert.equal(0, code, err)
        local result = cjson.decode(out)
        assert.same({ 4, "ben", "cid" }, { result.words, words_of(result.nearest),
            words_of(result.reached) })
        assert.near(0.8 * 0.5 * 0.3, result.reached[1].activation, 1e-6)
        code, out, err = child.engram("recall dan --k 1 -f json", -- who has no relation
            { environment = { ENGRAM_DATA = folder } })
        assert.equal(0, code, err)
        assert.equal("cid", words_of(cjson.decode(out).nearest))
    end)

    describe("on the full data", function()
        if not engram.data "full/words.npy" then
            it("says how it is installed", function()
                local code, _, err = child.engram "recall coffee --data full"
                assert.equal(1, code)
                assert.equal("engram: recall: data: full/words.txt is not installed; " ..
                    "make data-full installs it\n", err)
            end)
            pending "is not tried: make data-full has not been run"
            return
        end

        it("finds rarer words, by way of their senses", function()
            local result = recalled "piano --data full"
            assert.equal(341479, result.words)
            assert.equal("violin cello guitar", words_of(result.nearest):match "^%S+ %S+ %S+")
            local found = words_of(result.reached)
            for _, word in ipairs { "fiddle", "violoncello", "pianissimo", "cellist" } do
                assert.truthy(found:find(word, 1, true), found)
            end
        end)
    end)
end)
