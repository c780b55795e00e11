--- Formats: those that engram.load reads.
--
--    local format = formats.of(file, path)       -- by content; nil when it is none of them
--    local format = formats.by_name.npy
--
-- Each is a module in engram.files: name (what `as` calls it), gives ("matrix", "graph" or
-- "words"), about, options (the keys of its own), is(file), which looks at the content, and
-- read(file, options, progress), which answers a value, and for some a second and a third, or
-- nil and one line: where, what was found, what was expected. One without `is` is read where
-- `as` asks for it alone; of_path says that read takes the path, for what is no single file.

-- In the order in which they are asked: what has a mark before what has none.
local names = { "npy", "vectors", "word2vec", "edges", "wordnet", "words" }

local formats = { list = {}, by_name = {} }

for i, name in ipairs(names) do
    local format = require("engram.files." .. name)
    formats.list[i], formats.by_name[format.name] = format, format
end

--- The format that the content shows, or else the one that the name of the file promises.
function formats.of(file, path)
    for _, format in ipairs(formats.list) do
        if format.is and format.is(file) then return format end
    end
    local suffix = path:match "%.([%w_]+)$"
    for _, format in ipairs(formats.list) do
        if suffix and (format.suffixes or {})[suffix] then return format end
    end
    return nil
end

return formats
