--- Vecs: .fvecs, .bvecs and .ivecs: before each row its dims as an i32, then its numbers as
--  f4, u1 or i4.
--
-- The dims are those of the first row, and every row is looked at. Those of .fvecs are mapped.
-- What tells .ivecs from .fvecs is a look at some of the numbers: see engram.files.sample. One
-- row by itself may be many things: that takes the end of the path, or `as`.

local rows = require "engram.files.rows"
local sample = require "engram.files.sample"

local count_bytes = 4

-- As the first row has it, and what a row takes then; nil where there is none.
local function first_row(file, number)
    if file.size_bytes < count_bytes then return nil end
    local dims = sample.i4(file, 0)
    return dims, count_bytes + dims * rows.numbers[number].bytes
end

-- Do whole rows fill the file, and do some of them say so?
local function fits(file, number, is_named)
    local dims, stride = first_row(file, number)
    if not dims or dims < 1 or file.size_bytes % stride ~= 0 then return false end
    local count = file.size_bytes / stride
    if count == 1 and not is_named then return false end
    for _, row in ipairs { math.min(1, count - 1), math.floor(count / 2), count - 1 } do
        if sample.i4(file, row * stride) ~= dims then return false end
    end
    return true, { dims = dims, rows = count, stride_bytes = stride, offset_bytes = count_bytes,
        number = number, counted = true }
end

local function read(file, number, options, progress)
    local dims, stride = first_row(file, number)
    if not dims then
        return nil, ("byte %.0f: the dims of a row expected, the file ends"):format(file.size_bytes)
    end
    if dims < 1 or dims > rows.count_max then
        return nil, ("byte 0: a row of %.0f numbers found, 1 or more expected"):format(dims)
    end
    local count = math.floor(file.size_bytes / stride)
    if file.size_bytes ~= count * stride or count > rows.count_max then
        return nil, ("byte %.0f: the file ends here; whole rows of %.0f bytes expected, of %.0f " ..
            "numbers as in the first"):format(file.size_bytes, stride, dims)
    end
    return rows.read(file, { dims = dims, rows = count, stride_bytes = stride,
        offset_bytes = count_bytes, number = number, counted = true }, options, progress)
end

-- wants: whether whole numbers are what it has; nil where a look would not tell.
local function format(name, number, wants)
    return {
        name = name, gives = "matrix", about = "." .. name, suffixes = { [name] = true },
        is = function(file, suffix)
            local yes, found = fits(file, number, suffix == name)
            return yes and (wants == nil or sample.is_whole(file, found) == wants)
        end,
        read = function(file, ...) return read(file, number, ...) end,
    }
end

return { format("fvecs", "f4", false), format("ivecs", "i4", true), format("bvecs", "u1") }
