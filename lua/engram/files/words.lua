--- Words as a file: one a line. Only where `as = "words"` asks for it.

local words = require "engram.words"

return {
    name = "words", gives = "words", about = "words, one a line",
    read = function(file) return words.of_file(file) end,
}
