--- Matrix: rows of numbers, and vectors and rows, which are windows on them.
--
--    local m = matrix.matrix(10000, 768)         -- zeroed
--    local m = matrix.matrix {{1, 2}, {3, 4}}
--    m:set(2, 1, 5)
--    m:row(2):get(1)                             -> 5
--    m:freeze()                                  -- for good; threads may share it now
--    local v = matrix.vector { 1, 2, 3 }
--    local small, error_max = m:convert "i8"     -- m.type is "f32", small.type "i8"
--
-- The rows of types other than f32 are no vectors, but have their get, set and data.
-- A row is no copy: it is written through, and keeps its matrix alive. What
-- lies in an arena is stale once the arena is rewound past it, and says so.
-- A pointer from data() counts from 0, holds nothing alive and checks nothing;
-- rows stand m.stride floats apart behind it.

local ffi = require "ffi"
local C = require "engram.c"
local check = require "engram.check"
local pairs = require("engram.core").pairs

local matrix_t = ffi.typeof "eg_matrix"
local vector_t = ffi.typeof "eg_vector"
local row_t = ffi.typeof "eg_row"
local cells_t = ffi.typeof "float *"
local read_only_t = ffi.typeof "const float *"
local words_t = ffi.typeof "const uint32_t *"
local nan = 0 / 0
local count_max = 2 ^ 32 - 1
local dims_max = 2 ^ 32 - 16

local f32 = tonumber(C.EG_F32)
local types = {
    f32 = f32, f16 = tonumber(C.EG_F16), bf16 = tonumber(C.EG_BF16), i8 = tonumber(C.EG_I8),
    bits = tonumber(C.EG_BITS),
}

-- By type: its name, and what data() answers, before freezing and after.
local names, pointers, frozen_pointers = {}, {}, {}
for name, element in pairs { f32 = "float", f16 = "uint16_t", bf16 = "uint16_t",
    i8 = "int8_t", bits = "uint8_t" } do
    names[types[name]] = name
    pointers[types[name]] = ffi.typeof(element .. " *")
    frozen_pointers[types[name]] = ffi.typeof("const " .. element .. " *")
end

local known = { type = true }

local matrix = {}
local matrix_methods, vector_methods, row_methods = {}, {}, {}

-- ---- checks

-- Not a number, a fraction and NaN are outside too.
local function within(i, high)
    return type(i) == "number" and i >= 1 and i <= high and i % 1 == 0
end

local function outside(i, high, at, name, what)
    if type(i) ~= "number" then
        check.bad(at, name, what .. ": number expected, got " .. check.kind(i), 2)
    end
    if i % 1 ~= 0 then check.bad(at, name, what .. " " .. i .. " is not a whole number", 2) end
    check.bad(at, name, ("%s %.14g is not within 1 to %d"):format(what, i, high), 2)
end

local function stale()
    error("stale: its arena was rewound", 3)
end

function matrix.is_matrix(x)
    return ffi.istype(matrix_t, x)
end

--- Is it over a file of which something is gone, and how a message says so.
function matrix.is_lost(m)
    return m.file ~= nil and m.file.lost ~= 0
end

function matrix.loss(m)
    return ("%s %s; load it anew"):format(ffi.string(m.file.path),
        ffi.string(C.eg_file_loss(m.file)))
end

local function refuse_lost(m) error(matrix.loss(m), 3) end

function matrix.is_vector(x)
    return ffi.istype(vector_t, x)
end

-- The floats of a matrix or a vector, which its struct shows without a type.
local function cells_of(x)
    return ffi.cast(cells_t, x.cells)
end

-- Number i of what x shows. LuaJIT would take a NaN of certain bits, as a file may hold it,
-- for a value of another type.
local function cell_of(x, i)
    if bit.band(ffi.cast(words_t, x.cells)[i], 0x7fffffff) > 0x7f800000 then return nan end
    return ffi.cast(cells_t, x.cells)[i]
end

-- ---- vectors

local function release_owner(vector)
    C.eg_matrix_release(vector.owner)
end

-- Window number i of a matrix; it does not yet keep the matrix alive.
local function window(m, i)
    return vector_t(cells_of(m) + (i - 1) * m.stride, m.dims, m.alive, m.alive.serial, m)
end

--- The i-th number.
function vector_methods:get(i)
    if self.slot.serial ~= self.serial then stale() end
    if not within(i, self.length) then outside(i, self.length, 1, "get", "index") end
    local cell, owner = cell_of(self, i - 1), self.owner
    if owner ~= nil and matrix.is_lost(owner) then refuse_lost(owner) end
    return cell
end

function vector_methods:set(i, x)
    if self.slot.serial ~= self.serial then stale() end
    if not within(i, self.length) then outside(i, self.length, 1, "set", "index") end
    if type(x) ~= "number" then check.bad(2, "set", "number expected, got " .. check.kind(x)) end
    local owner = self.owner
    if owner ~= nil then
        if owner.frozen ~= 0 then error("matrix is frozen", 2) end
        C.eg_matrix_touch(owner)
    end
    cells_of(self)[i - 1] = x
end

--- The floats themselves: read-only where the matrix is frozen.
function vector_methods:data()
    if self.slot.serial ~= self.serial then stale() end
    local owner = self.owner
    if owner ~= nil then
        if owner.frozen ~= 0 then return ffi.cast(read_only_t, self.cells) end
        C.eg_matrix_expose(owner)
    end
    return cells_of(self)
end

local function fill(cells, numbers, name, what)
    for i = 1, #numbers do
        local x = numbers[i]
        if type(x) ~= "number" then
            check.bad(1, name, ("%snumber %d: number expected, got %s")
                :format(what, i, check.kind(x)), 2)
        end
        cells[i - 1] = x
    end
end

--- n zeros, or the numbers of a table.
function matrix.vector(numbers)
    local n = numbers
    if type(numbers) == "table" then
        n = #numbers
        if n == 0 then check.bad(1, "vector", "the table holds no number") end
    end
    check.count(n, 1, dims_max, 1, "vector", "length")
    local owner = C.eg_matrix_new(1, n)
    if owner == nil then return nil, "vector: no memory for " .. n .. " numbers" end
    local made = ffi.gc(window(owner, 1), release_owner)
    if n ~= numbers then fill(cells_of(owner), numbers, "vector", "") end
    return made
end

-- ---- rows that are no floats

--- The i-th number.
function row_methods:get(i)
    if not within(i, self.length) then outside(i, self.length, 1, "get", "index") end
    local cell = C.eg_matrix_get(self.owner, self.index, i - 1)
    if matrix.is_lost(self.owner) then refuse_lost(self.owner) end
    return cell
end

function row_methods:set(i, x)
    if not within(i, self.length) then outside(i, self.length, 1, "set", "index") end
    if type(x) ~= "number" then check.bad(2, "set", "number expected, got " .. check.kind(x)) end
    if self.owner.frozen ~= 0 then error("matrix is frozen", 2) end
    C.eg_matrix_touch(self.owner)
    C.eg_matrix_set(self.owner, self.index, i - 1, x)
end

--- The numbers as they are kept: see matrix:data().
function row_methods:data()
    return self.owner:data() + self.index * self.owner.stride
end

-- ---- matrices

--- Row i, as a vector (or a row, where it holds no floats) that is written through.
function matrix_methods:row(i)
    if not within(i, self.rows) then outside(i, self.rows, 1, "row", "row") end
    if matrix.is_lost(self) then refuse_lost(self) end
    if self.cell_type == f32 then
        if self.pinned ~= 0 then return window(self, i) end
        C.eg_matrix_retain(self)
        return ffi.gc(window(self, i), release_owner)
    end
    if self.pinned ~= 0 then return row_t(self, i - 1, self.dims) end
    C.eg_matrix_retain(self)
    return ffi.gc(row_t(self, i - 1, self.dims), release_owner)
end

function matrix_methods:get(i, j)
    if not within(i, self.rows) then outside(i, self.rows, 1, "get", "row") end
    if not within(j, self.dims) then outside(j, self.dims, 2, "get", "column") end
    local cell
    if self.cell_type ~= f32 then cell = C.eg_matrix_get(self, i - 1, j - 1)
    else cell = cell_of(self, (i - 1) * self.stride + j - 1) end
    if matrix.is_lost(self) then refuse_lost(self) end
    return cell
end

function matrix_methods:set(i, j, x)
    if not within(i, self.rows) then outside(i, self.rows, 1, "set", "row") end
    if not within(j, self.dims) then outside(j, self.dims, 2, "set", "column") end
    if type(x) ~= "number" then check.bad(3, "set", "number expected, got " .. check.kind(x)) end
    if self.frozen ~= 0 then error("matrix is frozen", 2) end
    C.eg_matrix_touch(self)
    if self.cell_type == f32 then
        cells_of(self)[(i - 1) * self.stride + j - 1] = x
    else
        C.eg_matrix_set(self, i - 1, j - 1, x)
    end
end

--- The numbers themselves, as their type keeps them: read-only where the matrix is frozen.
--  What is written through them is not seen coming, so until then every call makes its
--  norms anew.
function matrix_methods:data()
    if self.frozen ~= 0 then return ffi.cast(frozen_pointers[self.cell_type], self.cells) end
    C.eg_matrix_expose(self)
    return ffi.cast(pointers[self.cell_type], self.cells)
end

--- What 1 in data() stands for in row i: other than 1 in matrices of i8 alone.
function matrix_methods:step(i)
    if not within(i, self.rows) then outside(i, self.rows, 1, "step", "row") end
    return C.eg_matrix_step(self, i - 1)
end

local error_max = ffi.new "double[1]"

--- The same rows as another type: a new matrix, and how far a number in it is off at most.
function matrix_methods:convert(kind)
    local cell_type = check.word(kind, types, 1, "convert", "type")
    local made = C.eg_matrix_convert(self, cell_type, error_max)
    if made == nil then
        return nil, ("convert: no memory for %d rows of %d numbers"):format(self.rows, self.dims)
    end
    ffi.gc(made, C.eg_matrix_release)
    if matrix.is_lost(self) then return nil, "convert: " .. matrix.loss(self) end
    return made, error_max[0]
end

--- Forbids every later change. Answers the matrix.
function matrix_methods:freeze()
    C.eg_matrix_freeze(self)
    return self
end

--- Freezes it, too, and keeps its cells a second time, laid out for many queries at once.
--  Answers the matrix, or nil and why. Before it is shared with threads.
function matrix_methods:pack()
    if self.type ~= "f32" then
        error("pack: matrix of type f32 expected, got " .. self.type, 2)
    end
    local status = C.eg_matrix_pack(self)
    if status == C.EG_OVERFLOW then
        return nil, ("matrix: no memory to pack %d rows of %d numbers"):format(self.rows, self.dims)
    end
    if status ~= C.EG_OK then error("pack: a matrix is packed before threads share it", 2) end
    return self
end

local function dims_of(rows)
    for i = 1, #rows do
        local row = rows[i]
        if type(row) ~= "table" then
            check.bad(1, "matrix", ("row %d: table of numbers expected, got %s")
                :format(i, check.kind(row)), 2)
        end
        if #row ~= #rows[1] then
            check.bad(1, "matrix", ("row %d: %d numbers expected, got %d")
                :format(i, #rows[1], #row), 2)
        end
    end
    if #rows == 0 or #rows[1] == 0 then check.bad(1, "matrix", "the table holds no number", 2) end
    return #rows[1]
end

-- check.options was there before.
local function type_of(options, at)
    if options == nil or options.type == nil then return f32 end
    return (check.word(options.type, types, at, "matrix", "type", 2)) -- no tail call
end

local function zeroed(rows, dims, cell_type)
    local made = C.eg_matrix_of_type(rows, dims, cell_type)
    if made == nil then
        return nil, ("matrix: no memory for %d rows of %d numbers"):format(rows, dims)
    end
    return ffi.gc(made, C.eg_matrix_release)
end

--- Zeroed rows of dims numbers each, or those of a table of tables. options.type is "f32",
--  "f16", "bf16", "i8" or "bits"; after a table, options is the second argument.
function matrix.matrix(rows, dims, options)
    if type(rows) ~= "table" then
        check.count(rows, 0, count_max, 1, "matrix", "rows")
        check.count(dims, 1, dims_max, 2, "matrix", "dims")
        check.options(options, known, 3, "matrix")
        local made, message = zeroed(rows, dims, type_of(options, 3))
        return made, message
    end
    local given = rows
    check.options(dims, known, 2, "matrix")
    local cell_type = type_of(dims, 2)
    local made, message = zeroed(#given, dims_of(given), f32)
    if not made then return nil, message end
    for i = 1, #given do
        fill(cells_of(made) + (i - 1) * made.stride, given[i], "matrix", "row " .. i .. ", ")
    end
    if cell_type == f32 then return made end
    return (made:convert(names[cell_type]))
end

ffi.metatype(matrix_t, {
    __index = function(self, name)
        if name == "type" then return names[self.cell_type] end
        return matrix_methods[name]
    end,
    __tostring = function(self)
        return ("matrix of %.0f x %.0f, %s"):format(self.rows, self.dims, names[self.cell_type])
    end,
})
ffi.metatype(vector_t, {
    __index = vector_methods,
    __len = function(self) return self.length end,
    __tostring = function(self) return ("vector of %.0f"):format(self.length) end,
})
ffi.metatype(row_t, { __index = row_methods, __len = function(self) return self.length end })

return matrix
