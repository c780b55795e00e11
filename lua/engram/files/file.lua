--- File: the bytes of a file, mapped; what every format is read from.
--
--    local file, message = file.open(path)
--    file.size_bytes, file.bytes                 -- a number; a pointer of type void
--    file:text(0, 6)                             -- six bytes as a string, fewer at the end
--    file:first_text(6)                          -- the same, behind the mark that text may have
--
-- Kept by what is mapped over it. Offsets count from 0.

local ffi = require "ffi"
local C = require "engram.c"

local methods = {}

local bytes_t = ffi.typeof "const uint8_t *"
local invalid = 22 -- EINVAL

--- count bytes from offset on; fewer where the file ends.
function methods:text(offset, count)
    local rest = self.size_bytes - offset
    if rest <= 0 then return "" end
    return ffi.string(ffi.cast(bytes_t, self.bytes) + offset, math.min(count, rest))
end

local mark = "\239\187\191" -- UTF-8's byte order mark

--- How many bytes come before the text that a file is.
function methods:mark_bytes() return self:text(0, #mark) == mark and #mark or 0 end

function methods:first_text(count) return self:text(self:mark_bytes(), count) end

--- Of one that is lost: what a message says of it.
function methods:loss() return ffi.string(C.eg_file_loss(self)) end

ffi.metatype("eg_file", { __index = methods })

local file = {}

--- nil and a message, which names the path, for what is no file that can be read.
function file.open(path)
    if path == "" then return nil, "'' names no file" end
    local opened = C.eg_file_open(path)
    if opened ~= nil then return ffi.gc(opened, C.eg_file_release) end
    local why = ffi.errno()
    -- To read from a pipe or a device would take from it, or wait.
    if why == invalid then
        return nil, path .. ": is no regular file, which can be mapped; write it to one first"
    end
    local handle, message = io.open(path, "rb") -- for the words of the system
    if not handle then return nil, message end
    local _, reason = handle:read(1)
    handle:close()
    return nil, path .. ": " .. (reason or "is no file that can be mapped (error " .. why .. ")")
end

--- Bytes as a message shows them: short, printable, in quotes.
function file.excerpt(text, at)
    if at > #text then return "the end" end
    local piece = text:sub(at, at + 19):gsub("[^\32-\126]", function(byte)
        return ("\\%03d"):format(byte:byte())
    end)
    return '"' .. piece .. '"'
end

return file
