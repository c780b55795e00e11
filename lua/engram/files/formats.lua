--- Formats: those that engram.load reads.
--
--    local format, doubt = formats.of(file, path) -- by content; nil when it is none of them
--    local format = formats.by_name.npy
--
-- Each is a module in engram.files, or one of several in one: name (what `as` calls it), gives
-- ("matrix", "graph" or "words"), about, options (the keys of its own), suffixes (as keys),
-- is(file, suffix), which looks at the content, and read(file, options, progress), which answers
-- a value, and for some a second and a third, or nil and one line: where, what was found, what
-- was expected. Where several formats fit, is may answer false and a line that says what would
-- tell them apart; is_likely(file) tells more of one that takes what no other does. One without
-- `is` is read where `as` asks for it alone; of_path says that read takes the path, for what is
-- no single file.

-- In the order in which they are asked: what has a mark before what has none.
local names = { "npy", "npz", "safetensors", "mtx", "vecs", "bins", "vectors", "word2vec",
    "edges", "csr", "wordnet", "words" }

local formats = { list = {}, by_name = {} }

for _, name in ipairs(names) do
    local module = require("engram.files." .. name)
    for _, format in ipairs(module.name and { module } or module) do
        formats.list[#formats.list + 1], formats.by_name[format.name] = format, format
    end
end

--- The format that the content shows; of two that it may be, and of none, the one that the name
--  of the file promises. That one too where it could be edges only because any text could. nil,
--  and maybe a line of doubt, where nothing does.
function formats.of(file, path)
    local suffix = path:match "%.([%w_]+)$" or ""
    local first, promised, doubt
    for _, format in ipairs(formats.list) do
        local is_named = (format.suffixes or {})[suffix]
        if is_named then promised = promised or format end
        if format.is then
            local is, why = format.is(file, suffix)
            if is and is_named then return format end
            if is then first = first or format end
            doubt = doubt or why
        end
    end
    if first and first.is_likely and not first.is_likely(file) then first = promised or first end
    return first or promised, doubt
end

return formats
