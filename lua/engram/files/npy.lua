--- Npy: NumPy's file format, versions 1 to 3.
--
--    local m, message = npy.read(file, {})
--
-- Two dimensions in C order, or one as a single row, of the types in `numbers`: floats are
-- mapped, the others see engram.files.rows. Messages name the byte, counted from 0.

local npy_header = require "engram.files.npy_header"
local rows = require "engram.files.rows"

local npy = { name = "npy", gives = "matrix", about = "NumPy's .npy", suffixes = { npy = true } }

local numbers = {
    ["<f4"] = "f4", ["<f8"] = "f8", ["<f2"] = "f2", ["|i1"] = "i1", ["|u1"] = "u1", ["|b1"] = "u1",
    ["<i2"] = "i2", ["<u2"] = "u2", ["<i4"] = "i4", ["<u4"] = "u4", ["<i8"] = "i8", ["<u8"] = "u8",
}

local function refuse_type(descr, place)
    local swapped = "<" .. descr:sub(2)
    local accepted = descr:sub(1, 1) == ">" and numbers[swapped] and swapped or "<f4"
    return ("byte %.0f: type '%s' found, '%s' expected: a.astype('%s') in NumPy"):format(place,
        descr, accepted, accepted)
end

local function check(found)
    local number = numbers[found.descr]
    if not number then return nil, refuse_type(found.descr, found.places.descr) end
    if found.fortran_order then
        return nil, ("byte %.0f: Fortran order found, C order expected: " ..
            "np.ascontiguousarray(a) in NumPy"):format(found.places.fortran_order)
    end
    local complaint, count, dims = rows.shape(found.shape)
    if complaint then return nil, ("byte %.0f: %s"):format(found.places.shape, complaint) end
    return { number = number, rows = count, dims = dims, offset_bytes = found.offset_bytes }
end

function npy.is(file) return npy_header.is(file, 0) end

--- The array that starts at byte `at` and ends where byte `stop` would be.
function npy.read_at(file, at, stop, options, progress)
    local header, message = npy_header.read(file, at)
    if not header then return nil, message end
    local found
    found, message = check(header)
    if not found then return nil, message end
    local bytes = found.rows * found.dims * rows.numbers[found.number].bytes
    if found.offset_bytes + bytes ~= stop then
        return nil, ("byte %.0f: the %s ends here; %.0f bytes expected for %.0f x %.0f of %s")
            :format(stop, at == 0 and "file" or "member", found.offset_bytes + bytes - at,
                found.rows, found.dims, found.number)
    end
    return rows.read(file, found, options, progress)
end

--- The matrix.
function npy.read(file, options, progress)
    return npy.read_at(file, 0, file.size_bytes, options, progress)
end

return npy
