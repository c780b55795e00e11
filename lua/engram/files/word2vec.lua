--- Word2vec: words and their vectors in word2vec's binary.
--
--    2 3\n the<blank><3 little-endian floats>\n of<blank><3 floats>\n
--
--    local matrix, words = word2vec.read(file, {})
--
-- The line's end behind each row may be missing. All numbers are finite. Of a word that is
-- there twice, words:find answers the first.

local C = require "engram.c"
local reading = require "engram.files.reading"

local word2vec = { name = "word2vec", gives = "matrix",
    about = "words with vectors in word2vec's binary" }

local first_bytes = 4096

--- A line of two counts, and bytes behind it that no text has.
function word2vec.is(file)
    local text = file:text(0, first_bytes)
    local rest = text:match "^[1-9]%d* [1-9]%d*[ \r]*\n()"
    return rest ~= nil and text:find("[%z\1-\8\11\12\14-\31\127]", rest) ~= nil
end

--- The matrix, frozen, and the words.
function word2vec.read(file, options, progress)
    return reading.vectors(C.eg_read_word2vec(file, reading.slice(options.rows)), progress)
end

return word2vec
