--- The C library, all of it declared.
--
--    local C = require "engram.c"
--    C.eg_clock_ns()

local declarations = require "engram.declarations"

declarations.rest()

return declarations.C
