--- Vectors: words and their vectors as text, a line each: GloVe's, and word2vec's.
--
--    the 0.418 0.24968 -0.41242          "word number number ...", blanks or tabs between
--    of 0.70853 0.57088 -0.4716
--
--    2 3                                 word2vec's first line: how many lines follow, and
--    the 0.418 0.24968 -0.41242          how many numbers each has
--    of 0.70853 0.57088 -0.4716
--
--    local matrix, words = vectors.read(file, {})
--
-- Every line has as many numbers as the first; all are finite. A word may hold blanks if it
-- does not end with a number. Of a word that is there twice, words:find answers the first.
--
-- What a list of edges could be is none by itself, as = "vectors" makes it one. A line of two
-- or three fields is an edge if the first two are digits alone. Else the first line is
-- a vector if there are at least two numbers at its end and its first field is no number, nor
-- starts with # or %; and two counts are word2vec's first line if the second line is no edge
-- and has as many numbers at its end.

local C = require "engram.c"
local reading = require "engram.files.reading"

local vectors = { name = "vectors", gives = "matrix",
    about = 'words with vectors as text, "word number number ..." a line' }

local first_bytes = 2 ^ 16 -- so much of the first lines is looked at

local function is_count(field) return field:find "^%d+$" ~= nil end

local function is_number(field)
    local rest = field:gsub("^[+-]", ""):lower()
    if rest == "nan" or rest == "inf" or rest == "infinity" then return true end
    return rest:find "^%.?%d[%d.e+-]*$" ~= nil and tonumber(rest) ~= nil
end

-- The fields of the line that starts at at, and where the next one does: nil for a line that
-- is not there to its end, whose last field then is left out.
local function fields_of(text, at)
    local fields = {}
    local last = text:find("\n", at, true)
    for field in text:sub(at, (last or #text + 1) - 1):gmatch "[^ \t\r]+" do
        fields[#fields + 1] = field
    end
    if not last and #text == first_bytes then fields[#fields] = nil end
    return fields, last and last + 1
end

local function numbers_at_end(fields)
    local count = 0
    for i = #fields, 2, -1 do
        if not is_number(fields[i]) then break end
        count = count + 1
    end
    return count
end

local function is_edge(fields)
    return #fields >= 2 and #fields <= 3 and is_count(fields[1]) and is_count(fields[2])
end

--- See above for the rule.
function vectors.is(file)
    local text = file:first_text(first_bytes)
    if text:find "%z" then return false end
    local fields, second = fields_of(text, 1)
    if #fields == 2 and is_edge(fields) then
        local row, third = fields_of(text, second or #text + 1)
        local count, dims = numbers_at_end(row), tonumber(fields[2])
        if is_edge(row) or count == 0 then return false end
        return count == dims or count < dims and not third and #text == first_bytes
    end
    if is_edge(fields) or not fields[1] or fields[1]:find "^[#%%]" then return false end
    return not is_number(fields[1]) and numbers_at_end(fields) >= 2
end

--- The matrix, frozen, and the words.
function vectors.read(file, options, progress)
    return reading.vectors(C.eg_read_vectors(file, reading.slice(options.rows)), progress)
end

return vectors
