--- Npy: NumPy's file format, versions 1 to 3, its header read without running it.
--
--    local header, message = npy.header(file)
--    header.rows, header.dims, header.offset_bytes
--    local m, message = npy.read(file, {})
--
-- Accepted are two dimensions in C order, or one as a single row, of "<f4". The
-- header is Python source; what is read here is the small part of that language
-- that NumPy writes. Messages name the byte, counted from 0.

local ffi = require "ffi"
local C = require "engram.c"
local excerpt = require "engram.files.file".excerpt

require "engram.matrix" -- the methods of what is read

local npy = { name = "npy", gives = "matrix", about = "NumPy's .npy" }

local magic = "\147NUMPY"

local float_bytes, count_max, header_bytes_max = 4, 2 ^ 32 - 16, 2 ^ 16

-- Reads the dictionary from left to right; `base` is the byte it starts at.
local reader = {}
reader.__index = reader

function reader:expected(what)
    error({ message = ("byte %d: %s expected, found %s"):format(self.base + self.at - 1, what,
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
            error({ message = ("byte %d: key %q is unknown or there twice"):format(place, key) }, 0)
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

local function check(found, places)
    if found.descr ~= "<f4" then
        return nil, ("byte %d: type '%s' found, '<f4' expected (little-endian float32)")
            :format(places.descr, found.descr)
    end
    if found.fortran_order then
        return nil, ("byte %d: Fortran order found, C order expected"):format(places.fortran_order)
    end
    local shape = found.shape
    if #shape ~= 1 and #shape ~= 2 then
        return nil, ("byte %d: %d dimensions found, 1 or 2 expected"):format(places.shape, #shape)
    end
    local rows, dims = shape[1], shape[2]
    if not dims then rows, dims = 1, shape[1] end
    if dims < 1 or dims > count_max or rows > count_max then
        return nil, ("byte %d: a shape of %.14g x %.14g is beyond 0 to %d rows of 1 to %d numbers")
            :format(places.shape, rows, dims, count_max, count_max)
    end
    return { rows = rows, dims = dims }
end

-- How long the header is, and where it starts.
local function extent(start)
    local major, minor = start:byte(7, 8)
    if not minor then return nil, ("byte %d: a version expected, the file ends"):format(#start) end
    if major < 1 or major > 3 or minor ~= 0 then
        return nil, ("byte 6: version %d.%d found, 1.0, 2.0 or 3.0 expected"):format(major, minor)
    end
    local width = major == 1 and 2 or 4
    if #start < 8 + width then
        return nil, ("byte %d: the length of the header expected, the file ends"):format(#start)
    end
    local bytes = 0
    for i = width, 1, -1 do bytes = bytes * 256 + start:byte(8 + i) end
    if bytes > header_bytes_max then
        return nil, ("byte 8: a header of %d bytes found, at most %d expected"):format(bytes,
            header_bytes_max)
    end
    return bytes, 8 + width
end

local function parse(text, base)
    local own = setmetatable({ text = text, base = base, at = 1 }, reader)
    local ok, found, places = pcall(own.dictionary, own)
    if ok then return check(found, places) end
    if type(found) ~= "table" then error(found, 0) end
    return nil, found.message
end

-- Does the file hold what its header says, no less and no more?
local function check_size(header, file_bytes)
    local expected = header.offset_bytes + header.rows * header.dims * float_bytes
    if header.offset_bytes % float_bytes ~= 0 then
        return nil, ("byte %d: the numbers start here, which is no multiple of %d"):format(
            header.offset_bytes, float_bytes)
    end
    if file_bytes == expected then return header end
    return nil, ("byte %.14g: the file ends here; %.14g bytes expected for %d x %d numbers")
        :format(file_bytes, expected, header.rows, header.dims)
end

function npy.is(file) return file:text(0, #magic) == magic end

--- nil and a message when it is not accepted.
function npy.header(file)
    local start = file:text(0, 12)
    if start:sub(1, #magic) ~= magic then
        return nil, "byte 0: \"\\147NUMPY\" expected, found " .. excerpt(start, 1)
    end
    local bytes, base = extent(start)
    if not bytes then return nil, base end
    local text = file:text(base, bytes)
    if #text < bytes then
        return nil, ("byte %d: the file ends within its header of %d bytes"):format(base + #text,
            bytes)
    end
    local header, message = parse(text, base)
    if not header then return nil, message end
    header.offset_bytes = base + bytes
    return check_size(header, file.size_bytes)
end

--- The matrix, mapped.
function npy.read(file)
    local header, message = npy.header(file)
    if not header then return nil, message end
    local made = C.eg_matrix_over(file, header.offset_bytes, header.rows, header.dims,
        header.dims, C.EG_F32)
    if made == nil then return nil, "can not be mapped (error " .. ffi.errno() .. ")" end
    return ffi.gc(made, C.eg_matrix_release)
end

return npy
