--- A matrix as .fbin: the numbers of rows and dims as u32, then floats; other types become them.

local ffi = require "ffi"

local rows_out = require "engram.files.rows_out"
local save_npy = require "engram.files.save_npy"
local writer = require "engram.files.writer"

local saver = { name = "fbin", saves = "matrix", about = ".fbin",
    endings = { fbin = true }, keeps = { f32 = true }, refusal = save_npy.refusal }

function saver.write(path, m, _, progress)
    return writer.save(path, function(out)
        out:bytes(ffi.new("uint32_t[2]", m.rows, m.dims), 8)
        return rows_out.write(out, m, "f32", progress)
    end)
end

return saver
