--- Declarations: the C library, declared to the FFI in parts from its own header.
--
--    local C = require "engram.declarations".C     -- the core: what every thread of a run calls
--    require "engram.declarations".arena()         -- arenas
--    require "engram.declarations".rest()          -- all the rest, too; see engram.c
--
-- Parsing takes longer than starting a thread, and most of the header is about kernels: a
-- state that calls none does without. A thread finds the library's path, and the parts, as
-- the modules "engram.declared.*", which are made here of the header.

if not jit then error("engram needs LuaJIT 2.1; this is " .. _VERSION, 0) end

local ffi = require "ffi"

-- What is in front of all sections is of the core.
local part_of = { ["Random numbers"] = "core", ["Worker"] = "core",
    ["Version and status"] = "arena", ["Arena"] = "arena" }

local function path_of_library()
    local path, searched = package.searchpath("engram.core", package.cpath)
    if path then return path end
    error("engram: core.so is not on package.cpath; looked for" .. searched, 0)
end

-- The header as the FFI takes it, without comments. A section starts with its ruler.
local function split(header)
    local parts = { core = {}, arena = {}, rest = {} }
    local text = header:gsub("#[^\n]*", ""):gsub("EG_API ", "")
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

-- In a thread of a run the host's searcher has them; elsewhere they are made here.
local function from_host(part)
    local found = package.loaders[1]("engram.declared." .. part)
    return type(found) == "function" and found() or nil
end

local path, texts = from_host "path", nil
local in_thread = path ~= nil
if not in_thread then
    path = path_of_library()
    ffi.cdef "const char *eg_header(void);"
    texts = split(ffi.string(ffi.load(path).eg_header()))
    texts.path = path
end

local C = ffi.load(path)
local known = {}

-- Busted loads modules anew for every spec file, while ctypes stay declared: probe is one.
local function declare(part, probe)
    if known[part] then return end
    known[part] = true
    if in_thread then ffi.cdef(from_host(part))
    elseif not pcall(ffi.typeof, probe) then ffi.cdef(texts[part]) end
end

declare("core", "eg_worker")

--- texts: in the host, what threads find: the path, and each part.
local declarations = { C = C, texts = texts }

function declarations.arena() declare("arena", "eg_slot") end

--- The kernels, matrices and graphs, histograms, the machine, and the host's side of a run.
function declarations.rest()
    declarations.arena()
    declare("rest", "eg_matrix")
end

return declarations
