--- Spelling: the words of a list that are spelt almost like another.
--
--    spelling.near("cofee", words, 3)              -> { "coffee", ... }, the closest first
--    spelling.closest("evnt", { "event", "done" }) -> "event", or nil
--
-- By how many letters one has to put in, leave out, change, or exchange with their neighbour;
-- of equally close ones those that come first in the list. A letter is a character of UTF-8.

local ffi = require "ffi"
local C = require "engram.c"
local words = require "engram.words"
local spelling = {}

local letters_max = 64

local rows_t = ffi.typeof("int32_t[?]")
local letters_t = ffi.typeof("int32_t[?]")
local bytes_t = ffi.typeof "const uint8_t *"
local length_out = ffi.new "uint32_t[1]"

-- Three rows of the usual table: of the letter before the last, of the last, and of this one.
local before, last, this = rows_t(letters_max + 1), rows_t(letters_max + 1), rows_t(letters_max + 1)

local own, other = letters_t(letters_max), letters_t(letters_max)

-- A number for each character; what is no UTF-8 has some, too. length <= letters_max
local function spell(word, length, letters)
    local count = 0
    for i = 0, length - 1 do
        local byte = word[i]
        if count > 0 and byte >= 128 and byte < 192 then
            letters[count - 1] = bit.bxor(bit.lshift(letters[count - 1], 6), byte)
        else
            letters[count] = byte
            count = count + 1
        end
    end
    return count
end

-- How far apart two words are, or limit + 1 if that is more than limit.
local function distance(a, a_length, b, b_length, limit)
    for j = 0, b_length do last[j] = j end
    for i = 1, a_length do
        local letter, least = a[i - 1], i
        this[0] = i
        for j = 1, b_length do
            local cost = last[j - 1] + (letter == b[j - 1] and 0 or 1)
            cost = math.min(cost, last[j] + 1, this[j - 1] + 1)
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == b[j - 1] then
                cost = math.min(cost, before[j - 2] + 1)
            end
            this[j] = cost
            least = math.min(least, cost)
        end
        if least > limit then return limit + 1 end
        before, last, this = last, this, before
    end
    return last[b_length]
end

local function insert(list, entry, count)
    local at = #list
    while at > 0 and list[at].distance > entry.distance do at = at - 1 end
    table.insert(list, at + 1, entry)
    list[count + 1] = nil
end

--- At most so many words, none of which differs in more than a third of the letters, nor in
--  more than `most`, if that is given.
function spelling.near(word, list_of_words, count, most)
    if #word > letters_max then return {} end
    local list, own_length = {}, spell(ffi.cast(bytes_t, word), #word, own)
    local limit = math.min(math.max(1, math.floor(own_length / 3)), most or letters_max)
    for i = 1, #list_of_words do
        local start = ffi.cast(bytes_t, C.eg_words_get(list_of_words, i - 1, length_out))
        local bytes = length_out[0]
        if bytes <= letters_max and bytes >= own_length - limit then
            local length = spell(start, bytes, other)
            local apart = distance(own, own_length, other, length, limit)
            if apart <= limit then
                insert(list, { distance = apart, word = ffi.string(start, bytes) }, count)
                if #list == count then limit = list[count].distance - 1 end
            end
        end
    end
    local near = {}
    for i, entry in ipairs(list) do near[i] = entry.word end
    return near
end

--- The closest one of a Lua list of words, or nil.
function spelling.closest(word, list, most)
    return spelling.near(word, words.words(list), 1, most)[1]
end

return spelling
