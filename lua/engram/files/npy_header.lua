--- Npy_header: what stands before the numbers in NumPy's files, versions 1 to 3.
--
--    local header, message = npy_header.read(file, 0)
--    header.descr, header.fortran_order, header.shape  -- "<f4", false, { 2, 3 }
--    header.places.descr                               -- the byte where it stands
--    header.offset_bytes                               -- where the numbers start
--    npy_header.text("<f4", { 2, 3 })                  -- such a header
--
-- The header is Python source; what is read here, without running it, is the small part of
-- that language that NumPy writes. Messages name the byte of the file, counted from 0.

local next = require("engram.core").next
local excerpt = require "engram.files.file".excerpt

local npy_header = {}

local magic = "\147NUMPY"

local header_bytes_max = 2 ^ 16

-- Reads the dictionary from left to right; `base` is the byte it starts at.
local reader = {}
reader.__index = reader

function reader:expected(what)
    error({ message = ("byte %.0f: %s expected, found %s"):format(self.base + self.at - 1, what,
        excerpt(self.text, self.at)) }, 0)
end

function reader:take(pattern)
    local _, last, capture = self.text:find("^%s*" .. pattern, self.at)
    if last then self.at = last + 1 end
    return capture
end

function reader:need(pattern, what)
    return self:take(pattern) or self:expected(what)
end

function reader:quoted(what)
    return self:take "'([^'\\%c]*)'" or self:need('"([^"\\%c]*)"', what)
end

function reader:shape()
    local shape = {}
    self:need("(%()", "a tuple")
    while not self:take "(%))" do
        if #shape > 0 then self:need("(,)", '"," or ")"') end
        if #shape > 0 and self:take "(%))" then break end
        shape[#shape + 1] = tonumber(self:need("(%d+)L?", "a size"))
    end
    return shape
end

function reader:boolean()
    return self:need("(%u%l+)", "True or False") == "True"
end

local fields = {
    descr = function(self) return self:quoted "a type such as '<f4'" end,
    fortran_order = reader.boolean, shape = reader.shape,
}

function reader:dictionary()
    local found, places = {}, {}
    self:need("({)", '"{"')
    while not self:take "(})" do
        if next(found) ~= nil then self:need("(,)", '"," or "}"') end
        if next(found) ~= nil and self:take "(})" then break end
        self:take "()"
        local place = self.base + self.at - 1
        local key = self:quoted "a key"
        if not fields[key] or found[key] ~= nil then
            error({ message = ("byte %.0f: key %q is unknown or there twice"):format(place,
                key) }, 0)
        end
        self:need("(:)", '":"')
        self:take "()"
        places[key] = self.base + self.at - 1
        found[key] = fields[key](self)
    end
    if not self:take "()$" then self:expected "nothing but blanks" end
    for _, key in ipairs { "descr", "fortran_order", "shape" } do
        if found[key] == nil then self:expected("a key '" .. key .. "'") end
    end
    return found, places
end

-- How long the dictionary is, and where it starts; `at` is the byte where the magic is.
local function extent(start, at)
    local major, minor = start:byte(7, 8)
    if not minor then
        return nil, ("byte %.0f: a version expected, the file ends"):format(at + #start)
    end
    if major < 1 or major > 3 or minor ~= 0 then
        return nil, ("byte %.0f: version %d.%d found, 1.0, 2.0 or 3.0 expected"):format(at + 6,
            major, minor)
    end
    local width = major == 1 and 2 or 4
    if #start < 8 + width then
        return nil, ("byte %.0f: the length of the header expected, the file ends"):format(
            at + #start)
    end
    local bytes = 0
    for i = width, 1, -1 do bytes = bytes * 256 + start:byte(8 + i) end
    if bytes > header_bytes_max then
        return nil, ("byte %.0f: a header of %d bytes found, at most %d expected"):format(at + 8,
            bytes, header_bytes_max)
    end
    return bytes, at + 8 + width
end

local function parse(text, base)
    local own = setmetatable({ text = text, base = base, at = 1 }, reader)
    local ok, found, places = pcall(own.dictionary, own)
    if not ok then
        if type(found) ~= "table" then error(found, 0) end
        return nil, found.message
    end
    found.places, found.offset_bytes = places, base + #text
    return found
end

function npy_header.is(file, at) return file:text(at, #magic) == magic end

--- That of the array which starts at byte `at`; nil and a message when there is none.
function npy_header.read(file, at)
    local start = file:text(at, 12)
    if start:sub(1, #magic) ~= magic then
        return nil, ("byte %.0f: \"\\147NUMPY\" expected, found %s"):format(at, excerpt(start, 1))
    end
    local bytes, base = extent(start, at)
    if not bytes then return nil, base end
    local text = file:text(base, bytes)
    if #text < bytes then
        return nil, ("byte %.0f: the file ends within its header of %d bytes"):format(base + #text,
            bytes)
    end
    return parse(text, base)
end

local before_bytes, line_bytes = 10, 64

--- A header of version 1.0, which ends where an array on 64 bytes may start.
function npy_header.text(descr, shape)
    local text = ("{'descr': '%s', 'fortran_order': False, 'shape': (%s%s), }"):format(descr,
        table.concat(shape, ", "), #shape == 1 and "," or "")
    text = text .. (" "):rep(-(before_bytes + #text + 1) % line_bytes) .. "\n"
    return magic .. string.char(1, 0, #text % 256, math.floor(#text / 256)) .. text
end

return npy_header
