--- Share: values on their way from one Lua state to another.
--
--    local text, kept = share.pack(value)     in the host
--    local value = share.unpack(text)         in a thread
--
-- Plain values are copied. Matrices, graphs and words cross by reference: packing
-- freezes a matrix and makes a reference of its own that `kept` holds until it
-- is collected; whoever unpacks relies on that.

local ffi = require "ffi"
local C = require "engram.declarations".C
local buffer = require "string.buffer"
local pairs = require("engram.core").pairs
local restore = require "engram.restore"

local share = {}

local mark = restore.mark
local shareable = "matrices, graphs, words and plain values"

local function address_of(pointer)
    return ffi.cast("uint64_t", ffi.cast("uintptr_t", pointer))
end

local function is_integer(value)
    return ffi.istype("uint64_t", value) or ffi.istype("int64_t", value)
end

local function reference(value, kept, where)
    if ffi.istype("eg_matrix", value) then
        local shared = C.eg_matrix_share(value)
        if shared == nil then error("no memory to share " .. where, 0) end
        kept[#kept + 1] = ffi.gc(shared, C.eg_matrix_release)
        return { [mark] = "matrix", address = address_of(shared) }
    elseif ffi.istype("eg_graph", value) then
        kept[#kept + 1] = ffi.gc(C.eg_graph_retain(value), C.eg_graph_release)
        return { [mark] = "graph", address = address_of(value) }
    elseif ffi.istype("eg_words", value) then
        kept[#kept + 1] = ffi.gc(C.eg_words_retain(value), C.eg_words_release)
        return { [mark] = "words", address = address_of(value) }
    end
    error(where .. " is a " .. tostring(ffi.typeof(value)) .. ", which can not be shared; " ..
        shareable .. " can", 0)
end

local scalar = { ["nil"] = true, boolean = true, number = true, string = true }

local function portable(value, kept, where, above)
    local kind = type(value)
    if scalar[kind] then return value end
    if kind == "cdata" and is_integer(value) then return value end
    if kind == "cdata" then return reference(value, kept, where) end
    if kind ~= "table" then
        error(where .. " is a " .. kind .. ", which can not be shared; " .. shareable .. " can", 0)
    end
    if above[value] then error(where .. " contains itself", 0) end
    above[value] = true
    local copy = {}
    for key, each in pairs(value) do
        if not scalar[type(key)] then error(where .. " has a " .. type(key) .. " as a key", 0) end
        copy[key] = portable(each, kept, where .. "." .. tostring(key), above)
    end
    above[value] = nil
    return copy
end

--- The value as text, and what it refers to. Raises for what can not cross.
function share.pack(value, name)
    local kept = {}
    return buffer.encode(portable(value, kept, name, {})), kept
end

--- The value again. Only for text that share.pack made in this process.
share.unpack = restore.unpack

return share
