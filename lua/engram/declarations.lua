--- Declarations: the C library, declared to the FFI in parts from its own header.
--
--    local C = require "engram.declarations".C     -- the core: what every thread of a run calls
--    require "engram.declarations".arena()         -- arenas
--    require "engram.declarations".rest()          -- all the rest, too; see engram.c
--
-- Parsing takes longer than starting a thread, and most of the header is about kernels: a
-- state that calls none does without. A thread finds the library's path, and the parts, as
-- the modules "engram.declared.*", which engram.prelude makes of the header.

if not jit then
    error("engram needs LuaJIT 2.1; this is " .. _VERSION .. " (specs: busted --lua=luajit)", 0)
end

local ffi = require "ffi"

-- In a thread of a run the host's searcher has them; elsewhere they are made of the header.
local function from_host(part)
    local found = package.loaders[1]("engram.declared." .. part)
    return type(found) == "function" and found() or nil
end

local path, texts = from_host "path", nil
local in_thread = path ~= nil
if not in_thread then
    local header = require "engram.header"
    path = header.path_of_library()
    ffi.cdef "const char *eg_header(void);"
    texts = header.split(ffi.string(ffi.load(path).eg_header()))
    texts.path = path
end

-- For all of the process: a library of the user's that calls eg_... finds it without a path.
local C = ffi.load(path, true)
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
