--- The C library: declared and loaded here and nowhere else.
--
--    local C = require "engram.c"
--    C.eg_clock_ns()
--
-- core.so carries its own header; the FFI reads its declarations from there. The text as
-- the FFI takes it is kept as the module "engram.declarations", for the threads of a run.

if not jit then error("engram needs LuaJIT 2.1; this is " .. _VERSION, 0) end

local ffi = require "ffi"

local path, searched = package.searchpath("engram.core", package.cpath)
if not path then
    error("engram: core.so is not on package.cpath; looked for" .. searched, 0)
end

-- Busted loads modules anew for every spec file, while ctypes stay declared.
local declared = pcall(ffi.typeof, "eg_slot")
if not declared then ffi.cdef "const char *eg_header(void);" end

local C = ffi.load(path)

local text = package.loaded["engram.declarations"]
if not text then
    text = ffi.string(C.eg_header()):gsub("#[^\n]*", ""):gsub("EG_API ", "")
    package.loaded["engram.declarations"] = text
end
if not declared then ffi.cdef(text) end

return C
