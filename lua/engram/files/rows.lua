--- Rows: numbers that stand in a file row after row, as a matrix.
--
--    local m, message = rows.read(file, { number = "f4", offset_bytes = 8, rows = 10, dims = 3 },
--        options, progress)
--
-- stride_bytes from row to row, unless they follow each other; counted where the dims stand
-- before each row, as an i32. Mapped where kernels can read them as they stand: f4 at any
-- multiple of 4 bytes, f2, bf16 and i1 at any multiple of 64, in rows of such. Else a copy: of
-- the same type, or of f32 for all others, which has to keep whole numbers exactly, up to 2^24,
-- and f8 within its range (what is infinite or NaN stays so).
--
-- options.rows is a part of them; no more of the file is read then.

local ffi = require "ffi"
local C = require "engram.c"
local pairs = require("engram.core").pairs
local reading = require "engram.files.reading"

local rows = {}

local rows_t = ffi.typeof "eg_rows"

--- By name: bytes, and the number of C.
rows.numbers = {}
for name, of in pairs { f4 = { 4, C.EG_NUMBER_F32 }, f2 = { 2, C.EG_NUMBER_F16 },
    bf16 = { 2, C.EG_NUMBER_BF16 }, f8 = { 8, C.EG_NUMBER_F64 },
    i1 = { 1, C.EG_NUMBER_I8 }, i2 = { 2, C.EG_NUMBER_I16 }, i4 = { 4, C.EG_NUMBER_I32 },
    i8 = { 8, C.EG_NUMBER_I64 }, u1 = { 1, C.EG_NUMBER_U8 }, u2 = { 2, C.EG_NUMBER_U16 },
    u4 = { 4, C.EG_NUMBER_U32 }, u8 = { 8, C.EG_NUMBER_U64 } } do
    rows.numbers[name] = { bytes = of[1], number = tonumber(of[2]) }
end

--- The most rows, and the most numbers in one.
rows.count_max = 2 ^ 32 - 16

--- nil, or what is wrong with a shape of one or two sizes; and then rows and dims.
function rows.shape(shape)
    if #shape ~= 1 and #shape ~= 2 then
        return ("%d dimensions found, 1 or 2 expected"):format(#shape)
    end
    local count, dims = shape[1], shape[2]
    if not dims then count, dims = 1, shape[1] end
    if dims < 1 or dims > rows.count_max or count > rows.count_max then
        return ("a shape of %.14g x %.14g is beyond 0 to %.0f rows of 1 to %.0f numbers"):format(
            count, dims, rows.count_max, rows.count_max)
    end
    return nil, count, dims
end

-- From which on, and how many; nil and a message where there are not so many.
local function part(count, given)
    if not given then return 0, count end
    if given[2] > count then
        return nil, ("rows %.0f to %.0f asked for, the file has %.0f"):format(given[1], given[2],
            count)
    end
    return given[1] - 1, given[2] - given[1] + 1
end

--- The matrix, frozen; nil and a message when it is not accepted.
function rows.read(file, found, options, progress)
    local kind = rows.numbers[found.number]
    local stride_bytes = found.stride_bytes or found.dims * kind.bytes
    local first, count = part(found.rows, options.rows)
    if not first then return nil, count end
    local opened = C.eg_read_rows(file, rows_t {
        offset_bytes = found.offset_bytes + first * stride_bytes, stride_bytes = stride_bytes,
        rows = count, dims = found.dims, number = kind.number, counted = found.counted and 1 or 0,
    })
    -- What is mapped unread has no progress.
    if opened ~= nil and opened.total_bytes == 0 then progress = nil end
    local done, message = reading.drive(opened, progress)
    if not done then return nil, message end
    return done.matrix
end

return rows
