--- Safetensors: tensors by name, behind a header of JSON.
--
--    local m, message = safetensors.read(file, { tensor = "embeddings" })
--
-- The one tensor, or the one that `tensor` names, of one or two dimensions. What types become,
-- and where they are mapped: see engram.files.rows. A file that engram.save has written holds
-- any type of matrix, whole: see engram.files.whole_types.

local cjson = require "cjson"
local core = require "engram.core"
local excerpt = require "engram.files.file".excerpt
local named = require "engram.files.named"
local options = require "engram.files.options"
local rows = require "engram.files.rows"
local whole_types = require "engram.files.whole_types"

local next, pairs = core.next, core.pairs

local safetensors = { name = "safetensors", gives = "matrix", about = "safetensors",
    suffixes = { safetensors = true }, options = { tensor = options.of_type "string" } }

local numbers = { F32 = "f4", F16 = "f2", BF16 = "bf16", F64 = "f8", I8 = "i1", I16 = "i2",
    I32 = "i4", I64 = "i8", U8 = "u1", U16 = "u2", U32 = "u4", U64 = "u8", BOOL = "u1" }

local size_bytes, header_bytes_max = 8, 100e6
local exact_max = 2 ^ 53

-- A state of its own, for how deep it may go: a shape is in a tensor in the object.
local json = cjson.new()
json.decode_max_depth(4)

local function refuse(at, what)
    return nil, ("byte %.0f: %s"):format(at, what)
end

local function header_bytes(file)
    local text = file:text(0, size_bytes + 1)
    if #text < size_bytes then
        return refuse(#text, "the size of the header expected, the file ends")
    end
    local bytes = 0
    for i = size_bytes, 1, -1 do bytes = bytes * 256 + text:byte(i) end
    if bytes > header_bytes_max then
        return refuse(0, ("a header of %.0f bytes found, at most %.0f expected"):format(bytes,
            header_bytes_max))
    end
    if size_bytes + bytes > file.size_bytes then
        return refuse(file.size_bytes, ("the file ends within its header of %.0f bytes"):format(
            bytes))
    end
    if text:sub(9, 9) ~= "{" or bytes < 2 then
        return refuse(size_bytes, 'a header that starts with "{" expected, found ' ..
            excerpt(text:sub(9), 1))
    end
    return bytes
end

function safetensors.is(file)
    local text = file:text(0, size_bytes + 1)
    return text:sub(9, 9) == "{" and text:sub(5, 8) == "\0\0\0\0" and text:byte(4) < 8
end

-- ---- the header

local function is_whole(x)
    return type(x) == "number" and x >= 0 and x <= exact_max and x % 1 == 0
end

-- A list of whole numbers, and no object.
local function is_list(list)
    if type(list) ~= "table" or #list == 0 and next(list) ~= nil then return false end
    for i = 1, #list do
        if not is_whole(list[i]) then return false end
    end
    return true
end

-- What is wrong with what the header says of a tensor, or nil and where it ends.
local function complaint_of(tensor, data_bytes)
    if type(tensor) ~= "table" then return "an object expected" end
    if type(tensor.dtype) ~= "string" then return "a dtype expected" end
    if not is_list(tensor.shape) then return "a shape of whole numbers expected" end
    if not is_list(tensor.data_offsets) or #tensor.data_offsets ~= 2 then
        return "two data_offsets expected"
    end
    local from, to = tensor.data_offsets[1], tensor.data_offsets[2]
    if from > to or to > data_bytes then
        return ("data_offsets %.0f to %.0f found, at most %.0f bytes are there"):format(from, to,
            data_bytes)
    end
    local number = numbers[tensor.dtype]
    if not number then return nil end
    local bytes = rows.numbers[number].bytes
    for _, size in ipairs(tensor.shape) do bytes = bytes * size end
    if bytes ~= to - from then
        return ("%.0f bytes found, %.15g expected by its shape"):format(to - from, bytes)
    end
    return nil
end

-- Those of the header, in the order of their bytes; nil and a message when any is not sound.
local function tensors_of(header, data_bytes)
    local list = {}
    for name, tensor in pairs(header) do
        if name ~= "__metadata__" then
            local complaint = complaint_of(tensor, data_bytes)
            if complaint then
                return refuse(size_bytes, ("tensor %s: %s"):format(named.shown(name), complaint))
            end
            list[#list + 1] = { name = name, number = numbers[tensor.dtype], dtype = tensor.dtype,
                shape = tensor.shape, from = tensor.data_offsets[1], to = tensor.data_offsets[2] }
        end
    end
    table.sort(list, function(a, b)
        if a.from ~= b.from then return a.from < b.from end
        if a.to ~= b.to then return a.to < b.to end
        return a.name < b.name
    end)
    return list
end

-- One after the other, up to the end of the file.
local function check_places(list, data_bytes, base)
    local stop = 0
    for i, tensor in ipairs(list) do
        if tensor.from < stop then
            return refuse(base + tensor.from, ("tensor %s starts here, where %s goes on"):format(
                named.shown(tensor.name), named.shown(list[i - 1].name)))
        end
        stop = tensor.to
    end
    if stop ~= data_bytes then
        return refuse(base + stop, ("the last tensor ends here, %.0f bytes before the file does")
            :format(data_bytes - stop))
    end
    return true
end

local function decoded(file, bytes)
    local ok, header = pcall(json.decode, file:text(size_bytes, bytes))
    if ok and type(header) == "table" then return header end
    local why = ok and "no object" or tostring(header):gsub("[%c]", " "):sub(1, 100)
    return refuse(size_bytes, "a header of JSON expected: " .. why)
end

-- ---- a tensor

local function refusal(tensor)
    if not tensor.number then
        return ("of type %s found, F32, F16, BF16, F64, BOOL or whole numbers expected"):format(
            named.shown(tensor.dtype))
    end
    return (rows.shape(tensor.shape))
end

-- The tensors, the byte from which their offsets count, and the header.
local function tensors_in(file)
    local bytes, message = header_bytes(file)
    if not bytes then return nil, message end
    local header, list, ok
    header, message = decoded(file, bytes)
    if not header then return nil, message end
    local base = size_bytes + bytes
    local data_bytes = file.size_bytes - base
    list, message = tensors_of(header, data_bytes)
    if not list then return nil, message end
    ok, message = check_places(list, data_bytes, base)
    if not ok then return nil, message end
    return list, base, header
end

--- The matrix; nil and a message when it is not accepted.
function safetensors.read(file, given, progress)
    local list, base, header = tensors_in(file)
    if not list then return nil, base end
    local kind, columns = whole_types.of(header)
    if kind and not given.tensor then
        return whole_types.read(file, list, base, { kind = kind, dims = columns,
            rows = given.rows }, progress)
    end
    local tensor, message = named.choose(list, given.tensor, "tensor")
    if not tensor then return refuse(size_bytes, message) end
    local complaint = refusal(tensor)
    if complaint then
        return refuse(base + tensor.from, ("tensor %s: %s"):format(named.shown(tensor.name),
            complaint))
    end
    local _, count, dims = rows.shape(tensor.shape)
    return rows.read(file, { number = tensor.number, rows = count, dims = dims,
        offset_bytes = base + tensor.from }, given, progress)
end

return safetensors
