--- Bins: .fbin, .u8bin, .i8bin and .ibin: the numbers of rows and dims as u32, then the rows.
--
-- .fbin is mapped, the others are copied. What tells .ibin from .fbin is a look at some of the
-- numbers (engram.files.sample); .u8bin and .i8bin nothing but the end of the path, or `as`.

local rows = require "engram.files.rows"
local sample = require "engram.files.sample"

local head_bytes = 8

local function header(file, number)
    if file.size_bytes < head_bytes then return nil end
    local count, dims = sample.u4(file, 0), sample.u4(file, 4)
    local bytes = head_bytes + count * dims * rows.numbers[number].bytes
    return { rows = count, dims = dims, number = number, offset_bytes = head_bytes,
        stride_bytes = dims * rows.numbers[number].bytes }, bytes
end

local function fits(file, number)
    local found, bytes = header(file, number)
    return found ~= nil and found.dims > 0 and bytes == file.size_bytes, found
end

local function read(file, number, options, progress)
    local found, bytes = header(file, number)
    if not found then
        return nil, ("byte %.0f: the numbers of rows and dims expected, the file ends"):format(
            file.size_bytes)
    end
    local complaint = rows.shape { found.rows, found.dims }
    if complaint then return nil, "byte 0: " .. complaint end
    if bytes ~= file.size_bytes then
        return nil, ("byte %.0f: the file ends here; %.0f bytes expected for %.0f x %.0f of %s")
            :format(file.size_bytes, bytes, found.rows, found.dims, number)
    end
    return rows.read(file, found, options, progress)
end

local function format(name, number, is)
    return { name = name, gives = "matrix", about = "." .. name, suffixes = { [name] = true },
        is = is, read = function(file, ...) return read(file, number, ...) end }
end

-- Bytes with a sign or without: both fit.
local function is_bytes(name)
    return function(file, suffix)
        if not fits(file, "u1") then return false end
        if suffix == name then return true end
        return false, 'both u8bin and i8bin fit: as = "u8bin" or as = "i8bin" tells which'
    end
end

return {
    format("fbin", "f4", function(file)
        local yes, found = fits(file, "f4")
        return yes and not sample.is_whole(file, found)
    end),
    format("ibin", "i4", function(file)
        local yes, found = fits(file, "i4")
        return yes and sample.is_whole(file, found)
    end),
    format("u8bin", "u1", is_bytes "u8bin"),
    format("i8bin", "i1", is_bytes "i8bin"),
}
