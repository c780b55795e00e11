--- Header: the C library's public header, in the parts that engram.declarations declares.
--
--    header.path_of_library()  -> where core.so is, which has the header
--    header.split(text)        -> { core =, arena =, rest = }, as the FFI takes them
--
-- Not for the threads of a run, which find the parts with the host.

local header = {}

-- What is in front of all sections is of the core.
local part_of = { ["Random numbers"] = "core", ["Worker"] = "core",
    ["Version and status"] = "arena", ["Arena"] = "arena" }

function header.path_of_library()
    local path, searched = package.searchpath("engram.core", package.cpath)
    if path then return path end
    error("engram: core.so is not on package.cpath; looked for" .. searched, 0)
end

--- Without comments. A section starts with its ruler.
function header.split(whole)
    local parts = { core = {}, arena = {}, rest = {} }
    local text = whole:gsub("#[^\n]*", ""):gsub("EG_API ", "")
    local name, from = nil, 1
    local function add(to)
        local part = parts[not name and "core" or part_of[name] or "rest"]
        part[#part + 1] = text:sub(from, to)
    end
    for start, title in text:gmatch "()/%* %-%-%-%- ([^\n]-) %-+ %*/" do
        add(start - 1)
        name, from = title:match "^[^:]+", start
    end
    add(#text)
    for _, key in ipairs { "core", "arena", "rest" } do
        parts[key] = table.concat(parts[key]):gsub("/%*.-%*/", ""):gsub("%s*\n%s*", "\n")
    end
    return parts
end

return header
