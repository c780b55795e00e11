--- Words as text, one a line.

local writer = require "engram.files.writer"

local saver = { name = "words", saves = "words", about = "words, one a line",
    endings = { txt = true } }

local piece = 4096

local function lines(words, from, to)
    local list = {}
    for i = from, to do list[#list + 1] = words:get(i) end
    return table.concat(list, "\n") .. "\n"
end

function saver.write(path, words, _, progress)
    return writer.save(path, function(out)
        for from = 1, #words, piece do
            local to = math.min(from + piece - 1, #words)
            out:write(lines(words, from, to))
            if progress then progress(to, #words) end
        end
    end)
end

return saver
