--- Restore: what engram.share packed, in the state that it was packed for.
--
--    local value = restore.unpack(text)
--
-- What crossed by reference is borrowed: the host keeps it.

local ffi = require "ffi"
local buffer = require "string.buffer"
local pairs = require("engram.core").pairs

local restore = {}

--- The key that tells a reference, and of what, from any other table.
restore.mark = "engram.reference"

local function restored(value)
    if type(value) ~= "table" then return value end
    local kind = value[restore.mark]
    if kind then
        require("engram." .. kind) -- its methods
        local pointer = ffi.cast("void *", ffi.cast("uintptr_t", value.address))
        return ffi.cast("eg_" .. kind .. " *", pointer)
    end
    for key, each in pairs(value) do
        if type(each) == "table" then value[key] = restored(each) end
    end
    return value
end

--- Only for text that share.pack made in this process.
function restore.unpack(text)
    return restored(buffer.decode(text))
end

return restore
