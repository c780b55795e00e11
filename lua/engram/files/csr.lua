--- Csr: a graph as compressed sparse rows in three files of NumPy's, with SciPy's names.
--
--    local g = load.load("memories", { as = "csr" })
--    -- memories.indptr.npy, memories.indices.npy, memories.data.npy
--
-- In Python: scipy.sparse.csr_matrix((data, indices, indptr)). indptr and indices hold whole
-- numbers from 0 on, data weights. What is there is kept: arcs to their own node stay unless
-- self = "skip"; of duplicates the sum stays, unless dup says otherwise.

local ffi = require "ffi"
local C = require "engram.c"
local pairs = require("engram.core").pairs

local arcs = require "engram.files.arcs"
local file = require "engram.files.file"
local npy_header = require "engram.files.npy_header"
local options = require "engram.files.options"
local reading = require "engram.files.reading"

local csr = { name = "csr", gives = "graph", about = "SciPy's CSR, three .npy", of_path = true,
    options = { dup = options.of_arcs.dup, self = options.of_arcs.self } }

local array_t = ffi.typeof "eg_array"
local count_max = 2 ^ 32 - 2

local whole = { ["<i4"] = C.EG_NUMBER_I32, ["<u4"] = C.EG_NUMBER_U32, ["<i8"] = C.EG_NUMBER_I64,
    ["<u8"] = C.EG_NUMBER_U64 }
local weights = { ["<f4"] = C.EG_NUMBER_F32, ["<f8"] = C.EG_NUMBER_F64, ["|b1"] = C.EG_NUMBER_U8,
    ["|u1"] = C.EG_NUMBER_U8, ["|i1"] = C.EG_NUMBER_I8 }
for descr, number in pairs(whole) do weights[descr] = number end

-- What is wrong with a header, or nil.
local function complaint(header, numbers, size_bytes)
    if not numbers[header.descr] then
        return ("byte %.0f: type '%s' found, '%s' expected"):format(header.places.descr,
            header.descr, numbers["<f4"] and "<f4" or "<i4")
    end
    if #header.shape ~= 1 then
        return ("byte %.0f: %d dimensions found, 1 expected"):format(header.places.shape,
            #header.shape)
    end
    local bytes = header.offset_bytes + header.shape[1] * tonumber(header.descr:sub(3))
    if bytes == size_bytes then return nil end
    return ("byte %.0f: the file ends here; %.0f bytes expected for %.0f numbers of %s"):format(
        size_bytes, bytes, header.shape[1], header.descr)
end

-- The array of one file, and the file; nil and a message.
local function array_of(path, name, numbers)
    local opened, message = file.open(path .. "." .. name .. ".npy")
    if not opened then return nil, message:sub(#path + 2) end
    local header
    header, message = npy_header.read(opened, 0)
    message = message or complaint(header, numbers, opened.size_bytes)
    if message then return nil, name .. ".npy: " .. message end
    local made = array_t(opened, header.offset_bytes, header.shape[1], numbers[header.descr])
    return made, opened
end

local function arrays_of(path)
    local list, kept = {}, {}
    for i, name in ipairs { "indptr", "indices", "data" } do
        list[i], kept[i] = array_of(path, name, name == "data" and weights or whole)
        if not list[i] then return nil, kept[i] end
    end
    local indptr, indices, data = list[1], list[2], list[3]
    local problem
    if indptr.count < 1 then
        problem = "indptr.npy: no numbers found, one for each node and one more expected"
    elseif indptr.count - 1 > count_max or indices.count > count_max then
        problem = "indptr.npy: more than 2^32 - 2 nodes or arcs found"
    elseif indices.count ~= data.count then
        problem = ("data.npy: %.0f numbers found, %.0f expected, as in indices.npy"):format(
            data.count, indices.count)
    end
    if problem then return nil, problem end
    return list, kept
end

--- The graph. path is what the names of the three files start with.
function csr.read(path, given, progress)
    local list, kept = arrays_of(path)
    if not list then return nil, kept end
    local made = arcs.options { dup = given.dup, self = given.self or "keep" }
    local done, message = reading.drive(C.eg_read_csr(list[1], list[2], list[3], made.c), progress)
    if not done then return nil, message end
    return done.graph
end

return csr
