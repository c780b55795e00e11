--- Sample: a look at some of a file's numbers, to tell what they are.
--
--    sample.i4(file, 8)                      -- the i32 at byte 8
--    sample.is_whole(file, { offset_bytes = 8, stride_bytes = 400, rows = 10, dims = 100 })
--
-- Whole numbers below 2^29 are tiny or no numbers at all as floats; floats between 2^-64 and
-- 2^64 are huge as whole numbers. Some of both: what the most are. Zeros are both.

local ffi = require "ffi"

local sample = {}

local bytes_t, i4_t, u4_t = ffi.typeof "const uint8_t *", ffi.typeof "int32_t[1]",
    ffi.typeof "uint32_t[1]"
local places, looks_each = 16, 64 -- for a page of the file is read at each place
local exponent_min, exponent_max = 127 - 64, 127 + 64

local function at_byte(file, at, kind)
    local value = kind()
    ffi.copy(value, ffi.cast(bytes_t, file.bytes) + at, 4)
    return value[0]
end

--- at + 4 is within the file.
function sample.i4(file, at) return at_byte(file, at, i4_t) end
function sample.u4(file, at) return at_byte(file, at, u4_t) end

local function looks_like_float(bits)
    local exponent = bit.band(bit.rshift(bits, 23), 255)
    return exponent >= exponent_min and exponent <= exponent_max
end

--- Are rows of 4 bytes a number whole numbers, and no floats? false for zeros alone.
function sample.is_whole(file, found)
    local total, dims = found.rows * found.dims, found.dims
    local floats, others = 0, 0
    for place = 0, places - 1 do
        local first = math.floor(total / places * place)
        for i = first, math.min(first + looks_each, total) - 1 do
            local row = math.floor(i / dims)
            local bits = sample.i4(file, found.offset_bytes + row * found.stride_bytes +
                (i - row * dims) * 4)
            if looks_like_float(bits) then floats = floats + 1
            elseif bits ~= 0 then others = others + 1 end
        end
    end
    return others > floats
end

return sample
