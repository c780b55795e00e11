--- Prose: a text in lines of so many characters at most, broken at blanks.
--
--    prose.lines("a text of some length", 10)  -> { "a text of", "some", "length" }
--
-- A word that is longer than that has a line of its own. A number and its % stay together.

local prose = {}

-- As a terminal counts them, in UTF-8.
local function characters(text)
    return select(2, text:gsub("[^\128-\191]", ""))
end

local function words_of(text)
    local words = {}
    for word in text:gmatch "%S+" do
        if #words > 0 and word:find "^%%" then
            words[#words] = words[#words] .. " " .. word
        else
            words[#words + 1] = word
        end
    end
    return words
end

function prose.lines(text, width)
    local lines, line = {}, nil
    for _, word in ipairs(words_of(text)) do
        if line and characters(line) + 1 + characters(word) > width then
            lines[#lines + 1], line = line, nil
        end
        line = line and line .. " " .. word or word
    end
    lines[#lines + 1] = line
    return lines
end

return prose
