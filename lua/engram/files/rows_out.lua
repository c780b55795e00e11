--- Rows on their way out: those of a matrix, one after the other without padding.
--
--    writer.save(path, function(out)
--        out:write(header)
--        return rows_out.write(out, m, "f32", progress)
--    end)
--
-- As the type of the matrix keeps them, or as floats; a piece at a time.

local ffi = require "ffi"
local C = require "engram.c"
local matrix = require "engram.matrix"

local rows_out = {}

local piece_bytes = 2 ^ 20
local buffer_t = ffi.typeof "uint8_t[?]"
local bytes_t = ffi.typeof "const uint8_t *"
local element_bytes = { f32 = 4, f16 = 2, bf16 = 2, i8 = 1, bits = 1 }

-- Elements in a row, without what it is padded with.
local function columns(m, kind) return kind == "bits" and math.ceil(m.dims / 8) or m.dims end

function rows_out.bytes(m, kind) return m.rows * columns(m, kind) * element_bytes[kind] end

-- The bytes of rows that are as long as a piece: where they are.
local function write_long(out, m, row, row_bytes, kind)
    local step_bytes = m.stride * element_bytes[kind]
    out:bytes(ffi.cast(bytes_t, m.cells) + row * step_bytes, row_bytes)
end

--- nil and a message when some of the file that m is mapped from is gone.
function rows_out.write(out, m, kind, progress)
    local row_bytes = columns(m, kind) * element_bytes[kind]
    local is_long = row_bytes >= piece_bytes and m.type == kind
    local most = is_long and 1 or math.max(1, math.floor(piece_bytes / row_bytes))
    local buffer = not is_long and buffer_t(most * row_bytes)
    local cell_type = kind == m.type and m.cell_type or C.EG_F32
    for first = 0, m.rows - 1, most do
        local count = math.min(most, m.rows - first)
        if is_long then
            write_long(out, m, first, row_bytes, kind)
        else
            C.eg_matrix_export(m, first, count, cell_type, buffer)
            out:bytes(buffer, count * row_bytes)
        end
        if out.failure then break end
        if progress then progress((first + count) * row_bytes, m.rows * row_bytes) end
    end
    if matrix.is_lost(m) then return nil, matrix.loss(m) end
    return true
end

return rows_out
