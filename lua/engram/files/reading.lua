--- Reading: drives a reader in C, piece by piece, and owns what comes of it.
--
--    local opened = C.eg_read_of_some_format(file, ...)
--    local done, message = reading.drive(opened, progress)
--    done.matrix, done.words, done.graph           -- those that the format has
--
--    local first, count = reading.slice(options.rows)      -- as readers in C take them

local ffi = require "ffi"
local C = require "engram.c"

require "engram.graph" -- the methods of what may come of it
require "engram.matrix"
require "engram.words"

local reading = {}

local function owned(pointer, release)
    if pointer == nil then return nil end
    return ffi.gc(pointer, release)
end

--- progress(done_bytes, total_bytes, arcs) is called after each piece; arcs: once a graph is
--  read, how many arcs stood there, duplicates and all. nil and a message when the file is not
--  accepted.
function reading.drive(opened, progress)
    if opened == nil then return nil, "no memory to read it" end
    ffi.gc(opened, C.eg_reading_close)
    local come
    repeat
        come = C.eg_reading_step(opened)
        if progress then progress(opened.done_bytes, opened.total_bytes, opened.arcs) end
    until come ~= C.EG_READ_MORE
    if come == C.EG_READ_REFUSED then return nil, ffi.string(opened.complaint) end
    if come ~= C.EG_READ_DONE then return nil, "no memory for what is in it" end
    return {
        matrix = owned(C.eg_reading_take_matrix(opened), C.eg_matrix_release),
        words = owned(C.eg_reading_take_words(opened), C.eg_words_release),
        graph = owned(C.eg_reading_take_graph(opened), C.eg_graph_release),
    }
end

--- The matrix and the words that it has for its rows.
function reading.vectors(opened, progress)
    local done, message = reading.drive(opened, progress)
    if not done then return nil, message end
    return done.matrix, done.words
end

--- { 3, 5 } is from row 2 on, 3 of them; nil is 0, 0: all.
function reading.slice(rows)
    if not rows then return 0, 0 end
    return rows[1] - 1, rows[2] - rows[1] + 1
end

return reading
