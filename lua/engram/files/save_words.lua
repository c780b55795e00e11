--- Words as text, one a line.
--
-- engram.load reads the same words again. Readers take CRLF for a line's end, too, so a word
-- whose last byte is CR has CRLF behind it; and they pass over UTF-8's byte order mark, so one
-- is before a first word that starts with it.

local writer = require "engram.files.writer"

local saver = { name = "words", saves = "words", about = "words, one a line",
    endings = { txt = true } }

local piece = 4096

local mark = "\239\187\191"

-- No word has an LF inside.
local function lines(words, from, to)
    local list = {}
    for i = from, to do list[#list + 1] = words:get(i) end
    local text = table.concat(list, "\n") .. "\n"
    return (text:gsub("\r\n", "\r\r\n"))
end

function saver.write(path, words, _, progress)
    return writer.save(path, function(out)
        if #words > 0 and words:get(1):sub(1, #mark) == mark then out:write(mark) end
        for from = 1, #words, piece do
            local to = math.min(from + piece - 1, #words)
            out:write(lines(words, from, to))
            if progress then progress(to, #words) end
        end
    end)
end

return saver
