--- Npy: NumPy's file format, versions 1 to 3.
--
--    local m, message = npy.read(file, {})
--
-- Accepted are two dimensions in C order, or one as a single row, of "<f4". Messages name the
-- byte, counted from 0.

local ffi = require "ffi"
local C = require "engram.c"
local npy_header = require "engram.files.npy_header"

require "engram.matrix" -- the methods of what is read

local npy = { name = "npy", gives = "matrix", about = "NumPy's .npy" }

local float_bytes, count_max = 4, 2 ^ 32 - 16

local function check(found)
    local places = found.places
    if found.descr ~= "<f4" then
        return nil, ("byte %d: type '%s' found, '<f4' expected (little-endian float32)")
            :format(places.descr, found.descr)
    end
    if found.fortran_order then
        return nil, ("byte %d: Fortran order found, C order expected"):format(places.fortran_order)
    end
    local shape = found.shape
    if #shape ~= 1 and #shape ~= 2 then
        return nil, ("byte %d: %d dimensions found, 1 or 2 expected"):format(places.shape, #shape)
    end
    local rows, dims = shape[1], shape[2]
    if not dims then rows, dims = 1, shape[1] end
    if dims < 1 or dims > count_max or rows > count_max then
        return nil, ("byte %d: a shape of %.14g x %.14g is beyond 0 to %d rows of 1 to %d numbers")
            :format(places.shape, rows, dims, count_max, count_max)
    end
    return { rows = rows, dims = dims, offset_bytes = found.offset_bytes }
end

-- Does the file hold what its header says, no less and no more?
local function check_size(header, file_bytes)
    local expected = header.offset_bytes + header.rows * header.dims * float_bytes
    if header.offset_bytes % float_bytes ~= 0 then
        return nil, ("byte %d: the numbers start here, which is no multiple of %d"):format(
            header.offset_bytes, float_bytes)
    end
    if file_bytes == expected then return header end
    return nil, ("byte %.14g: the file ends here; %.14g bytes expected for %d x %d numbers")
        :format(file_bytes, expected, header.rows, header.dims)
end

function npy.is(file) return npy_header.is(file, 0) end

-- nil and a message when it is not accepted.
local function header_of(file)
    local found, message = npy_header.read(file, 0)
    if not found then return nil, message end
    local header
    header, message = check(found)
    if not header then return nil, message end
    return check_size(header, file.size_bytes)
end

--- The matrix, mapped.
function npy.read(file)
    local header, message = header_of(file)
    if not header then return nil, message end
    local made = C.eg_matrix_over(file, header.offset_bytes, header.rows, header.dims,
        header.dims, C.EG_F32)
    if made == nil then return nil, "can not be mapped (error " .. ffi.errno() .. ")" end
    return ffi.gc(made, C.eg_matrix_release)
end

return npy
