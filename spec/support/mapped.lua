--- Matrices over a part of a file.
--
--    local m = mapped.over(path, offset_bytes, rows, dims [, stride [, type]])
--
-- A pointer that is the caller's to release, or nil (as a pointer); ffi.errno() says why.

local ffi = require "ffi"

local C = require "engram.c"

local mapped = {}

function mapped.over(path, offset_bytes, rows, dims, stride, cell_type)
    local file = C.eg_file_open(path)
    if file == nil then return ffi.cast("eg_matrix *", nil) end
    local made = C.eg_matrix_over(file, offset_bytes, rows, dims, stride or dims,
        cell_type or C.EG_F32)
    local why = ffi.errno()
    C.eg_file_release(file)
    ffi.errno(why)
    return made
end

return mapped
