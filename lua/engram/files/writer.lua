--- Writer: a file that is there whole, or as it was.
--
--    local ok, message = writer.save(path, function(out)
--        out:write "0 1\n"                    -- a string
--        out:bytes(pointer, count)            -- memory
--    end)
--
-- What is written goes to a temporary file beside, which takes the path's place when all of it
-- is there, with the same permissions; else nothing is left of it. A symbolic link stays one:
-- what it points to is written. Devices, pipes and what /proc shows are written as they are.
-- Messages name the path; after the first failure the rest is passed over.

local ffi = require "ffi"
local C = require "engram.c"

local writer = {}

local no_such_file = 2
local piece_bytes = 2 ^ 20
local bytes_t = ffi.typeof "const uint8_t *"
local links_most, link_room = 40, 4096 -- as the system has it
local link_out = ffi.new("char[?]", link_room)

-- A device, or what stands for an open file; /dev/shm is a folder like others.
local function is_of_system(path)
    return path:match "^/dev/" and not path:match "^/dev/shm/" or path:match "^/proc/" ~= nil
end

-- Where the links end that a path may be; there need be nothing yet.
local function behind_links(path)
    local at = path
    for _ = 1, links_most do
        local bytes = is_of_system(at) and -1 or C.eg_path_link(at, link_out, link_room)
        if bytes < 0 then return at end
        local link = ffi.string(link_out, bytes)
        at = link:match "^/" and link or (at:match "^.*/" or "") .. link
    end
    return path
end

--- Is that a device, a pipe or what /proc shows? A pipe must not be opened to find out:
--  whoever reads it would see it end.
function writer.is_stream(path)
    return is_of_system(behind_links(path)) or C.eg_path_kind(path) == C.EG_PATH_STREAM
end

-- Where a path leads, written in one way: "./a//b" is "a/b".
local function plain(path)
    local text = behind_links(path)
    if text:sub(1, 1) ~= "/" then text = "./" .. text end
    text = text:gsub("/+", "/")
    while text:find("/./", 1, true) do text = text:gsub("/%./", "/") end
    return text
end

--- Do two paths name one file, whether it is there or not? /dev/null takes whatever comes.
function writer.is_same(a, b)
    local path = plain(a)
    return path == plain(b) and path ~= "/dev/null"
end

local function beside(path)
    return ("%s.%.0f.tmp"):format(path, C.eg_clock_ns())
end

local out = {}
out.__index = out

-- What is said besides of a file that can not be made; "" where its folder is there.
local function missing_folder(path)
    local folder = path:match "^(.*[^/])/+[^/]*$"
    if not folder or C.eg_path_kind(folder) ~= C.EG_PATH_NONE then return "" end
    return ("; the folder %s is missing"):format(folder)
end

-- target is what name takes the place of; they are the same where nothing has to.
local function open(path)
    local target = behind_links(path)
    local name = writer.is_stream(path) and target or beside(target)
    local file, message = io.open(name, "wb")
    if not file then return nil, path .. message:sub(#name + 1) .. missing_folder(target) end
    if name ~= target then C.eg_path_copy_mode(target, name) end
    return setmetatable({ path = path, target = target, name = name, file = file }, out)
end

function out:write(text)
    if self.failure then return end
    local ok, message = self.file:write(text)
    if not ok then self.failure = self.path .. ": " .. message end
end

--- count bytes of memory from a pointer on.
function out:bytes(pointer, count)
    local from = ffi.cast(bytes_t, pointer)
    for at = 0, count - 1, piece_bytes do
        self:write(ffi.string(from + at, math.min(piece_bytes, count - at)))
    end
end

-- Nothing is left but what went to a stream.
function out:drop()
    self.file:close()
    if self.name ~= self.target then os.remove(self.name) end
end

function out:finish()
    local closed, message = self.file:close()
    if not closed and not self.failure then self.failure = self.path .. ": " .. message end
    if not self.failure and self.name ~= self.target then
        closed, message = os.rename(self.name, self.target)
        if not closed then self.failure = self.path .. message:sub(#self.name + 1) end
    end
    if not self.failure then return true end
    if self.name ~= self.target then os.remove(self.name) end
    return nil, self.failure
end

--- nil and a message when path can not be written, before any work is done for it.
function writer.check(path)
    if path == "" then return nil, "'' names no file" end
    if writer.is_stream(path) then return true end
    local file, message, code = io.open(path, "r+b")
    if file then file:close()
    elseif code ~= no_such_file then return nil, message end
    local made, why = open(path)
    if not made then return nil, why end
    made:drop()
    return true
end

--- body(out) writes the file; when it answers nil and a message, or raises, there is none.
--  true, or nil and a message.
function writer.save(path, body)
    local made, message = writer.check(path)
    if made then made, message = open(path) end
    if not made then return nil, message end
    local ok, answer, why = pcall(body, made)
    if ok and not (answer == nil and why) then return made:finish() end
    made:drop()
    if not ok then error(answer, 0) end
    return nil, why
end

return writer
