--- Whole_types: matrices of i8 with steps, and of bits, as engram.files.save_safetensors
--- writes them: what such a file holds in two tensors, or in one that is not what it says.
--
--    local kind, dims = whole_types.of(header)     -- its metadata's; nil for other files
--    local m, message = whole_types.read(file, list, base, { kind =, dims =, rows = })

local ffi = require "ffi"
local C = require "engram.c"

local bytes_t = ffi.typeof "const uint8_t *"

local whole_types = {}

local types = { i8 = C.EG_I8, bits = C.EG_BITS }
local piece_rows, count_max = 4096, 2 ^ 32 - 16

--- The type and its dims, where the metadata name one of these.
function whole_types.of(header)
    local metadata = header.__metadata__
    local kind = type(metadata) == "table" and metadata.engram
    if not types[kind] then return nil end
    return kind, tonumber(metadata.dims)
end

local function find(list, name, dtype)
    for _, tensor in ipairs(list) do
        if tensor.name == name and tensor.dtype == dtype then return tensor end
    end
    return nil
end

-- The tensors of a whole file, or nil and what is wrong.
local function parts(list, kind, dims)
    local dtype = kind == "i8" and "I8" or "U8"
    local cells = find(list, "cells", dtype)
    if not cells or #cells.shape ~= 2 then
        return nil, ("a tensor \"cells\" of %s, rows by columns, expected"):format(dtype)
    end
    local rows, columns = cells.shape[1], cells.shape[2]
    if rows > count_max or not dims or dims < 1 or dims > count_max or dims % 1 ~= 0
        or columns ~= (kind == "i8" and dims or math.ceil(dims / 8)) then
        return nil, ("%.0f x %.0f cells found, which are not %s rows of %s"):format(rows, columns,
            tostring(dims), kind)
    end
    if kind ~= "i8" then return { cells = cells } end
    local steps = find(list, "steps", "F64")
    if not steps or #steps.shape ~= 1 or steps.shape[1] ~= rows then
        return nil, ("a tensor \"steps\" of F64, %.0f of them, expected"):format(rows)
    end
    return { cells = cells, steps = steps }
end

-- Rows first to first + count - 1 of the file become all of m.
local function fill(m, file, base, found, first, progress)
    local data, cells = ffi.cast(bytes_t, file.bytes) + base, found.cells
    local row_bytes = (cells.to - cells.from) / cells.shape[1]
    local from = data + cells.from + first * row_bytes
    local steps = found.steps and data + found.steps.from + first * 8
    for at = 0, m.rows - 1, piece_rows do
        local count = math.min(piece_rows, m.rows - at)
        local done = C.eg_matrix_import(m, at, count, from + at * row_bytes,
            steps and steps + at * 8)
        if done < count then
            return nil, ("byte %.0f: a step from 0 on expected"):format(base + found.steps.from +
                (first + at + done) * 8)
        end
        if progress then progress((at + count) * row_bytes, m.rows * row_bytes) end
    end
    if file.lost ~= 0 then return nil, "the file " .. file:loss() end
    return m:freeze()
end

--- given: kind, dims, and rows, which asks for a part. list: the tensors, which have been
--  checked against the file; base: the byte their offsets count from.
function whole_types.read(file, list, base, given, progress)
    local found, message = parts(list, given.kind, given.dims)
    if not found then return nil, "byte 8: " .. message end
    local rows, first = found.cells.shape[1], 0
    local count = rows
    if given.rows then
        first, count = given.rows[1] - 1, given.rows[2] - given.rows[1] + 1
        if given.rows[2] > rows then
            return nil, ("rows %.0f to %.0f asked for, the file has %.0f"):format(given.rows[1],
                given.rows[2], rows)
        end
    end
    local made = C.eg_matrix_of_type(count, given.dims, types[given.kind])
    if made == nil then return nil, ("no memory for %.0f rows"):format(count) end
    return fill(ffi.gc(made, C.eg_matrix_release), file, base, found, first, progress)
end

return whole_types
