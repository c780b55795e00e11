--- Mtx: Matrix Market's coordinate format, as a graph: entry (i, j) is the arc from i to j.
--
--    local g, message = mtx.read(file, options)
--
-- pattern (weight 1), integer or real; general, symmetric or skew-symmetric, where the upper
-- triangle follows from the lower. As many rows as columns: nodes are both.

local C = require "engram.c"

local arcs = require "engram.files.arcs"
local options = require "engram.files.options"
local reading = require "engram.files.reading"

local mtx = { name = "mtx", gives = "graph", about = "Matrix Market's .mtx",
    suffixes = { mtx = true },
    options = { dup = options.of_arcs.dup, self = options.of_arcs.self } }

local mark = "%%matrixmarket"

function mtx.is(file) return file:first_text(#mark):lower() == mark end

--- The graph.
function mtx.read(file, given, progress)
    local made = arcs.options(given)
    local done, message = reading.drive(C.eg_read_mtx(file, made.c), progress)
    if not done then return nil, message end
    return done.graph
end

return mtx
