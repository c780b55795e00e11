-- Finds the build under test and loads engram once: busted loads modules anew
-- for each file, which the FFI's declarations and metatypes must not be.

local ffi = require "ffi"

ffi.cdef "int unsetenv(const char *name);"
ffi.C.unsetenv "LD_PRELOAD"

local build = os.getenv "ENGRAM_BUILD" or "build"

package.path = build .. "/share/lua/5.1/?.lua;" .. build .. "/share/lua/5.1/?/init.lua;./?.lua;" ..
    package.path
package.cpath = build .. "/lib/lua/5.1/?.so;" .. package.cpath

require("engram.core").adopt() -- or Debian's LuaJIT compiles the loops of specs wrongly

for _, module in ipairs { "matrix", "hits", "graph", "random", "arena", "run", "cli" } do
    require("engram." .. module)
end
require "engram"
