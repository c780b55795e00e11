--- A matrix as safetensors, of any type, whole: one tensor "cells" for f32, f16 and bf16. i8
--  has "steps" beside, what 1 in a row stands for; bits are bytes, eight to one, the first
--  lowest. The metadata says so: { "engram": "i8", "dims": "100" }.

local ffi = require "ffi"

local rows_out = require "engram.files.rows_out"
local writer = require "engram.files.writer"

local saver = { name = "safetensors", saves = "matrix", about = "safetensors, any type whole",
    endings = { safetensors = true },
    keeps = { f32 = true, f16 = true, bf16 = true, i8 = true, bits = true } }

local dtypes = { f32 = "F32", f16 = "F16", bf16 = "BF16", i8 = "I8", bits = "U8" }
local alignment, size_bytes, step_bytes = 64, 8, 8
local doubles_t = ffi.typeof "double[?]"

local function tensor(name, dtype, shape, from, to)
    return ('"%s":{"dtype":"%s","shape":[%s],"data_offsets":[%.0f,%.0f]}'):format(name, dtype,
        table.concat(shape, ","), from, to)
end

-- Padded, so that the cells can be mapped.
local function header_of(m)
    local columns = m.type == "bits" and math.ceil(m.dims / 8) or m.dims
    local bytes = rows_out.bytes(m, m.type)
    local parts = {
        ('"__metadata__":{"engram":"%s","dims":"%d"}'):format(m.type, m.dims),
        tensor("cells", dtypes[m.type], { m.rows, columns }, 0, bytes),
    }
    if m.type == "i8" then
        parts[3] = tensor("steps", "F64", { m.rows }, bytes, bytes + m.rows * step_bytes)
    end
    local text = "{" .. table.concat(parts, ",") .. "}"
    text = text .. (" "):rep(-(size_bytes + #text) % alignment)
    return ffi.string(ffi.new("uint64_t[1]", #text), size_bytes) .. text
end

local function write_steps(out, m)
    local steps = doubles_t(m.rows)
    for i = 1, m.rows do steps[i - 1] = m:step(i) end
    out:bytes(steps, m.rows * step_bytes)
end

function saver.write(path, m, _, progress)
    return writer.save(path, function(out)
        out:write(header_of(m))
        local ok, message = rows_out.write(out, m, m.type, progress)
        if ok and m.type == "i8" then write_steps(out, m) end
        return ok, message
    end)
end

return saver
