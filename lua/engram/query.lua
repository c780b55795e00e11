--- Query: the floats of what is compared with the rows of a matrix.
--
--    local cells = query.of(cue, memories.dims, 1, "nearest")     -- a vector, a row or a table
--
-- They hold until the next call of this, or of the collector, so nothing must be allocated
-- before their use.

local ffi = require "ffi"
local C = require "engram.c"
local check = require "engram.check"

local vector_t, row_t = ffi.typeof "eg_vector", ffi.typeof "eg_row"
local cells_t, floats_t = ffi.typeof "float *", ffi.typeof "float[?]"

local query = {}

-- One for all calls, as large as the largest.
local room = 1024
local floats = floats_t(room)

local function make_room(n)
    if n > room then
        room = n * 2
        floats = floats_t(room)
    end
end

local function copied(numbers, at, name)
    local n = #numbers
    make_room(n)
    for i = 1, n do
        local x = numbers[i]
        if type(x) ~= "number" then
            check.bad(at, name, ("number %d: number expected, got %s"):format(i, check.kind(x)), 3)
        end
        floats[i - 1] = x
    end
    return floats
end

local function read(row)
    make_room(row.length)
    C.eg_matrix_read(row.owner, row.index, floats)
    return floats
end

--- Those of x, which goes with a matrix of dims: the next argument. For public functions:
--  blames their caller.
function query.of(x, dims, at, name)
    local is_vector, is_row = ffi.istype(vector_t, x), ffi.istype(row_t, x)
    if not is_vector and not is_row and type(x) ~= "table" then
        check.bad(at, name, "vector, table of numbers or matrix expected, got " .. check.kind(x),
            2)
    end
    if is_vector and x.slot.serial ~= x.serial then error("stale: its arena was rewound", 3) end
    local length = (is_vector or is_row) and x.length or #x
    if length ~= dims then
        check.bad(at + 1, name, ("matrix of %d dims expected, got %d"):format(length, dims), 2)
    end
    if is_vector then return ffi.cast(cells_t, x.cells) end
    if is_row then return (read(x)) end
    return (copied(x, at, name)) -- no tail call, for the caller's line
end

--- The matrix that x is a window on; nil where there is none.
function query.owner(x)
    if ffi.istype(vector_t, x) or ffi.istype(row_t, x) then return x.owner end
    return nil
end

return query
