-- Rows of float32: how they lie in memory, who holds them, what a file gives.

local ffi = require "ffi"
local mapped_file = require "spec.support.mapped"
local C = require "engram.c"
local arena = require "engram.arena"
local matrix = require "engram.matrix"
local similarity = require "engram.similarity"
local random = require "spec.support.random"
local scans = require "spec.support.scans"

local ok, invalid = tonumber(C.EG_OK), tonumber(C.EG_INVALID)

local function cells_of(m)
    return ffi.cast("float *", m.cells)
end

local function address(pointer)
    return tonumber(ffi.cast("uintptr_t", pointer))
end

-- A file with these floats behind so many bytes; gone after the spec.
local function file_of(skip, numbers)
    local path = os.tmpname()
    local file = assert(io.open(path, "wb"))
    local floats = ffi.new("float[?]", math.max(1, #numbers), numbers)
    file:write(("x"):rep(skip), ffi.string(floats, #numbers * 4))
    file:close()
    return path
end

describe("a matrix of our own", function()
    it("is zeroed", function()
        local m = C.eg_matrix_new(3, 5)
        for i = 0, 3 * m.stride - 1 do assert.equal(0, cells_of(m)[i]) end
        C.eg_matrix_release(m)
    end)

    it("starts every row on 64 bytes", function()
        for _, dims in ipairs { 1, 15, 16, 17, 100, 768 } do
            local m = C.eg_matrix_new(3, dims)
            assert.equal(0, address(m.cells) % 64)
            assert.equal(0, m.stride % 16)
            assert.is_true(m.stride >= dims and m.stride < dims + 16)
            C.eg_matrix_release(m)
        end
    end)

    it("may have no rows", function()
        local m = C.eg_matrix_new(0, 7)
        assert.equal(0, m.rows)
        assert.equal(ok, C.eg_matrix_freeze(m))
        C.eg_matrix_release(m)
    end)

    it("is refused without dims, or when its size overflows", function()
        assert.is_true(C.eg_matrix_new(3, 0) == nil)
        assert.is_true(C.eg_matrix_new(2 ^ 32 - 1, 2 ^ 32 - 1) == nil)
        assert.is_true(C.eg_matrix_new(2 ^ 31, 2 ^ 31) == nil)
    end)

    it("is zeroed when it is large", function()
        local m = C.eg_matrix_new(5000, 1000)
        assert.equal(0, cells_of(m)[0])
        assert.equal(0, cells_of(m)[5000 * m.stride - 1])
        C.eg_matrix_release(m)
    end)

    it("lives until the last one lets go", function()
        collectgarbage()
        collectgarbage()
        local before = C.eg_live_objects()
        local m = C.eg_matrix_new(2, 2)
        assert.equal(before + 1, C.eg_live_objects())
        assert.is_true(C.eg_matrix_retain(m) == m)
        C.eg_matrix_release(m)
        assert.equal(before + 1, C.eg_live_objects())
        C.eg_matrix_release(m)
        assert.equal(before, C.eg_live_objects())
        C.eg_matrix_release(nil)
        assert.equal(before, C.eg_live_objects())
    end)

    it("freezes once and for all", function()
        local m = C.eg_matrix_new(2, 2)
        assert.equal(0, m.frozen)
        assert.equal(ok, C.eg_matrix_freeze(m))
        assert.equal(1, m.frozen)
        assert.equal(ok, C.eg_matrix_freeze(m))
        assert.equal(invalid, C.eg_matrix_freeze(nil))
        C.eg_matrix_release(m)
    end)
end)

describe("norms", function()
    local mark
    before_each(function() mark = arena.current():mark() end)
    after_each(function() arena.current():rewind(mark) end)

    -- The cosine with (1, 0) of the only row.
    local function cosine(m)
        return similarity.similarity({ 1, 0 }, m):get(1)
    end

    it("follow set", function()
        local m = matrix.matrix { { 1, 1 } }
        assert.near(math.sqrt(0.5), cosine(m), 1e-6)
        m:set(1, 2, 0)
        assert.equal(1, cosine(m))
    end)

    it("follow set through a row", function()
        local m = matrix.matrix { { 1, 1 } }
        assert.near(math.sqrt(0.5), cosine(m), 1e-6)
        m:row(1):set(2, 0)
        assert.equal(1, cosine(m))
    end)

    it("follow a pointer, however often it is written through", function()
        local m = matrix.matrix { { 1, 1 } }
        local cells = m:data()
        assert.near(math.sqrt(0.5), cosine(m), 1e-6)
        cells[1] = 0
        assert.equal(1, cosine(m))
        cells[1] = 1
        assert.near(math.sqrt(0.5), cosine(m), 1e-6)
    end)

    it("follow the pointer of a row", function()
        local m = matrix.matrix { { 1, 1 } }
        local cells = m:row(1):data()
        assert.near(math.sqrt(0.5), cosine(m), 1e-6)
        cells[1] = 0
        assert.equal(1, cosine(m))
    end)

    it("are those of the moment of freezing", function()
        local m = matrix.matrix { { 1, 1 } }
        assert.near(math.sqrt(0.5), cosine(m), 1e-6)
        local cells = m:data()
        cells[1] = 0
        m:freeze()
        assert.equal(1, cosine(m))
    end)

    it("are the same on every instruction set", function()
        local data = random.new(1)
        local lists = data:lists(20, 67, data.normal)
        local seen = {}
        scans.on_each(function()
            local kept, made = matrix.matrix(lists):freeze(), matrix.matrix(lists)
            made:data() -- norms for each call
            C.eg_isa_use "scalar"
            for _, m in ipairs { kept, made } do
                seen[#seen + 1] = scans.numbers(similarity.similarity(lists[1], m))
            end
        end)
        for i = 2, #seen do assert.same(seen[1], seen[i], data.hint) end
    end)
end)

describe("a mapped matrix", function()
    local path
    after_each(function()
        if path then os.remove(path) end
        path = nil
    end)

    it("reads the file from its offset on", function()
        path = file_of(12, { 1, 2, 3, 4, 5, 6 })
        local m = mapped_file.over(path, 12, 2, 3)
        assert.is_true(m ~= nil)
        assert.equal(2, m.rows)
        assert.equal(3, m.dims)
        assert.equal(3, m.stride)
        assert.equal(1, m.frozen)
        for i = 0, 5 do assert.equal(i + 1, cells_of(m)[i]) end
        C.eg_matrix_release(m)
    end)

    it("is counted like any other", function()
        collectgarbage()
        collectgarbage()
        local before = C.eg_live_objects()
        path = file_of(0, { 1, 2 })
        local m = mapped_file.over(path, 0, 1, 2)
        assert.equal(before + 1, C.eg_live_objects())
        C.eg_matrix_release(m)
        assert.equal(before, C.eg_live_objects())
    end)

    it("is refused when the file is too short", function()
        path = file_of(4, { 1, 2, 3, 4 })
        assert.is_true(mapped_file.over(path, 4, 2, 2) ~= nil)
        assert.is_true(mapped_file.over(path, 8, 2, 2) == nil)
        assert.is_true(ffi.errno() ~= 0)
        assert.is_true(mapped_file.over(path, 4, 5, 1) == nil)
        assert.is_true(mapped_file.over(path, 4, 2 ^ 32 - 1, 2 ^ 32 - 1) == nil)
        assert.is_true(mapped_file.over(path, 2 ^ 60, 1, 1) == nil)
    end)

    it("is refused at an offset that is no place for a float", function()
        path = file_of(0, { 1, 2, 3, 4 })
        for _, offset in ipairs { 1, 2, 3, -4, 0.5, 0 / 0, 1 / 0 } do
            assert.is_true(mapped_file.over(path, offset, 1, 1) == nil)
            assert.is_true(ffi.errno() ~= 0)
        end
    end)

    it("is refused without dims, path or file", function()
        path = file_of(0, { 1 })
        assert.is_true(mapped_file.over(path, 0, 1, 0) == nil)
        assert.is_true(mapped_file.over(nil, 0, 1, 1) == nil)
        assert.is_true(mapped_file.over(path .. ".nowhere", 0, 1, 1) == nil)
        assert.equal(2, ffi.errno()) -- ENOENT
    end)

    -- The file ends where its last page does: one float too many would be a crash.
    it("scores like one of our own, and reads nothing beyond its file", function()
        local data = random.new(2)
        local mark = arena.current():mark()
        for dims = 1, 67 do
            local rows = math.floor(1024 / dims)
            local numbers = data:list(1024, data.normal)
            local skip = 1024 - rows * dims
            path = file_of(0, numbers)
            local mapped = mapped_file.over(path, skip * 4, rows, dims)
            local own = matrix.matrix(rows, dims)
            for i = 1, rows do
                for j = 1, dims do own:set(i, j, numbers[skip + (i - 1) * dims + j]) end
            end
            local query = data:list(dims, data.normal)
            scans.on_each(function()
                for _, metric in ipairs(scans.metrics) do
                    local options = { metric = metric }
                    assert.same(scans.numbers(similarity.similarity(query, own, options)),
                        scans.numbers(similarity.similarity(query, mapped, options)), data.hint)
                end
            end)
            C.eg_matrix_release(mapped)
            os.remove(path)
            arena.current():rewind(mark)
        end
    end)
end)

describe("a mapped matrix's norms", function()
    -- Rows of one matrix through the file, and as one of our own.
    local function both(rows, dims)
        local data, path = random.new(95), os.tmpname()
        local own, cells = matrix.matrix(rows, dims), ffi.new("float[?]", rows * dims)
        for i = 0, rows * dims - 1 do
            cells[i] = i % 97 == 0 and 0 or data:normal()
            own:set(math.floor(i / dims) + 1, i % dims + 1, cells[i])
        end
        local file = assert(io.open(path, "wb"))
        file:write(ffi.string(cells, ffi.sizeof(cells)))
        file:close()
        local mapped = ffi.gc(mapped_file.over(path, 0, rows, dims), C.eg_matrix_release)
        os.remove(path)
        return own, mapped, data
    end

    -- They are made for 1,024 rows at once, so many times.
    for _, rows in ipairs { 1, 1024, 2500, 4096 } do
        it("are made as they are asked for, by whoever asks, of " .. rows .. " rows", function()
            local own, mapped, data = both(rows, 3)
            local query = data:list(3, data.normal)
            local some = { 1, math.min(1024, rows), math.min(1025, rows), rows }
            local shared = ffi.gc(C.eg_matrix_share(mapped), C.eg_matrix_release)
            local mark = arena.current():mark()
            for _, m in ipairs { mapped, shared, mapped } do
                assert.same(scans.numbers(similarity.similarity(query, own, { ids = some })),
                    scans.numbers(similarity.similarity(query, m, { ids = some })))
                assert.same(scans.numbers(similarity.similarity(query, own)),
                    scans.numbers(similarity.similarity(query, m)))
            end
            arena.current():rewind(mark)
        end)
    end
end)
