--- Words: a frozen list of words that threads share without a copy.
--
--    local words = engram.words "words.txt"        -- one a line; or a table of words
--    words:find "coffee"                           -> 3231, or nil
--    words:get(3231)                               -> "coffee"
--    #words                                        -> 10000
--
-- A word is any bytes but line breaks. Of one that is there twice the first is found.

local ffi = require "ffi"
local C = require "engram.c"
local check = require "engram.check"

local words = {}
local methods = {}

local words_t = ffi.typeof "eg_words"
local text_t = ffi.typeof "const char *"
local bytes_out = ffi.new "uint32_t[1]"
local no_word = tonumber(C.EG_NO_WORD)
local count_max = 2 ^ 32 - 2

function words.is_words(x) return ffi.istype(words_t, x) end

--- Word number i.
function methods:get(i)
    if type(i) ~= "number" or not (i >= 1 and i <= self.count and i % 1 == 0) then
        check.bad(1, "get", ("index: whole number from 1 to %d expected, got %s"):format(
            self.count, tostring(i)))
    end
    local start = C.eg_words_get(self, i - 1, bytes_out)
    return ffi.string(start, bytes_out[0])
end

--- The number of a word, or nil.
function methods:find(word)
    if type(word) ~= "string" then
        check.bad(1, "find", "word expected, got " .. check.kind(word))
    end
    local index = C.eg_words_find(self, word, #word)
    if index == no_word then return nil end
    return index + 1
end

-- A text of lines becomes a list; nil and a message without memory.
local function of_lines(text, bytes)
    local made = C.eg_words_new(text, bytes)
    if made == nil then return nil, "words: no memory for " .. bytes .. " bytes of words" end
    return ffi.gc(made, C.eg_words_release)
end

--- Those of an open file (engram.files.file), one a line.
function words.of_file(file)
    local before = file:mark_bytes()
    local made, message = of_lines(ffi.cast(text_t, file.bytes) + before,
        file.size_bytes - before)
    if made and file.lost ~= 0 then return nil, "the file " .. file:loss() end
    return made, message
end

--- Those of a file, one a line, or of a table. nil and a message for a file that can not be read.
function words.words(given)
    if type(given) == "string" then
        return require("engram.load").load(given, { as = "words" })
    end
    if type(given) ~= "table" then
        check.bad(1, "words", "path or table of words expected, got " .. check.kind(given))
    end
    if #given > count_max then check.bad(1, "words", "more than 2^32 - 2 words") end
    for i = 1, #given do
        local word = given[i]
        if type(word) ~= "string" then
            check.bad(1, "words", ("word %d: string expected, got %s"):format(i, check.kind(word)))
        end
        if word:find "[\r\n]" then
            check.bad(1, "words", ("word %d: no line break expected, got %q"):format(i, word))
        end
    end
    local text = table.concat(given, "\n") .. (#given > 0 and "\n" or "")
    return of_lines(text, #text)
end

ffi.metatype(words_t, {
    __index = methods,
    __len = function(self) return self.count end,
    __tostring = function(self) return ("%.0f words"):format(self.count) end,
})

return words
