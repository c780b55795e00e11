-- Matrices and vectors as scripts see them: values, checks, messages, lives.

local ffi = require "ffi"
local engram = require "engram"
local C = require "engram.c"
local arena = require "engram.arena"
local matrix = require "engram.matrix"
local trace = require "spec.support.trace"
local scans = require "spec.support.scans"

local function assert_raises(message, body, ...)
    local ok, found = pcall(body, ...)
    assert.is_false(ok)
    assert.truthy(tostring(found):find(message, 1, true), tostring(found))
    -- Blames the caller's line, never a line of the library.
    assert.truthy(tostring(found):find("^[^:]*matrix_spec.lua:%d+: "), tostring(found))
end

-- As a function of its own, so that there is a caller's line to blame.
local function call(object, method, ...)
    object[method](object, ...)
end

local function make(kind, ...)
    local made = matrix[kind](...)
    return made
end

describe("engram.matrix", function()
    it("makes zeroed rows", function()
        local m = matrix.matrix(3, 2)
        assert.equal(3, m.rows)
        assert.equal(2, m.dims)
        for i = 1, 3 do
            for j = 1, 2 do assert.equal(0, m:get(i, j)) end
        end
    end)

    it("takes a table of rows", function()
        local m = matrix.matrix { { 1, 2, 3 }, { 4, 5, 6 } }
        assert.equal(2, m.rows)
        assert.equal(3, m.dims)
        assert.same({ 4, 5, 6 }, scans.numbers(m:row(2)))
    end)

    it("keeps what is set", function()
        local m = matrix.matrix(2, 20)
        m:set(2, 20, 1.5)
        m:set(1, 1, -2)
        assert.equal(1.5, m:get(2, 20))
        assert.equal(-2, m:get(1, 1))
        assert.equal(0, m:get(2, 1))
    end)

    -- LuaJIT reads the last two as nil and as a boolean.
    it("gives a number for every NaN that it may hold", function()
        local m = matrix.matrix(1, 2)
        local words = ffi.cast("uint32_t *", m.cells)
        for _, pattern in ipairs { 0x7fc00000, 0x7f800001, 0xffc00000, 0xffffffff, 0xfff90000 } do
            words[1] = pattern
            for _, x in ipairs { m:get(1, 2) or false, m:row(1):get(2) or false } do
                assert.is_true(type(x) == "number" and x ~= x, ("%x"):format(pattern))
            end
        end
        for _, pattern in ipairs { 0x7f800000, 0xff800000 } do
            words[1] = pattern
            assert.equal(math.huge, math.abs(m:get(1, 2)))
        end
    end)

    it("has rows that are written through", function()
        local m = matrix.matrix(2, 3)
        local row = m:row(2)
        row:set(3, 7)
        assert.equal(7, m:get(2, 3))
        m:set(2, 1, 5)
        assert.equal(5, row:get(1))
        assert.equal(3, #row)
    end)

    it("gives its floats, counted from 0, rows a stride apart", function()
        local m = matrix.matrix { { 1, 2 }, { 3, 4 } }
        local cells = m:data()
        assert.equal(2, cells[1])
        assert.equal(3, cells[m.stride])
        cells[0] = 9
        assert.equal(9, m:get(1, 1))
    end)

    it("does not change once frozen", function()
        local m = matrix.matrix { { 1, 2 } }
        local row = m:row(1)
        assert.is_true(m:freeze() == m)
        assert_raises("matrix is frozen", call, m, "set", 1, 1, 5)
        assert_raises("matrix is frozen", call, row, "set", 1, 5)
        assert_raises("matrix is frozen", call, m:row(1), "set", 1, 5)
        assert.has_error(function() m:data()[0] = 5 end)
        assert.has_error(function() row:data()[0] = 5 end)
        assert.equal(1, m:get(1, 1))
        assert.equal(2, m:data()[1])
        assert.equal(2, row:data()[1])
    end)

    it("names what is wrong with an index", function()
        local m = matrix.matrix(10000, 3)
        local row = "bad argument #1 to 'row' "
        assert_raises(row .. "(row 0 is not within 1 to 10000)", call, m, "row", 0)
        assert_raises(row .. "(row 10001 is not within 1 to 10000)", call, m, "row", 10001)
        assert_raises(row .. "(row 1.5 is not a whole number)", call, m, "row", 1.5)
        assert_raises(row .. "(row nan is not a whole number)", call, m, "row", math.abs(0 / 0))
        assert_raises(row .. "(row inf is not", call, m, "row", math.huge)
        assert_raises(row .. "(row: number expected, got nil)", call, m, "row")
        assert_raises(row .. "(row: number expected, got string)", call, m, "row", "1")
        local get, set = "bad argument #%d to 'get' (%s", "bad argument #%d to 'set' (%s"
        assert_raises(get:format(2, "column 4 is not within 1 to 3)"), call, m, "get", 1, 4)
        assert_raises(get:format(1, "row -1 is not within"), call, m, "get", -1, 1)
        assert_raises(set:format(1, "row 0 is not within"), call, m, "set", 0, 1, 1)
        assert_raises(set:format(2, "column 0 is not within"), call, m, "set", 1, 0, 1)
        assert_raises(set:format(3, "number expected, got nil)"), call, m, "set", 1, 1)
    end)

    it("names what is wrong with its arguments", function()
        local function bad(at, message, ...)
            message = ("bad argument #%d to 'matrix' (%s"):format(at, message)
            assert_raises(message, make, "matrix", ...)
        end
        bad(1, "row 2: 2 numbers expected, got 1)", { { 1, 2 }, { 3 } })
        bad(1, "row 1, number 2: number expected, got string)", { { 1, "x" } })
        bad(1, "row 2: table of numbers expected, got number)", { { 1 }, 3 })
        bad(1, "the table holds no number)", {})
        bad(1, "the table holds no number)", { {} })
        bad(1, "rows: whole number from 0 to 4294967295 expected, got -1)", -1, 2)
        bad(2, "dims: whole number from 1 to 4294967280 expected, got 0)", 2, 0)
        bad(2, "dims: whole number", 2)
        bad(1, "rows: whole number", nil, 2)
        bad(2, "dims: whole number", 2, 2.5)
    end)

    it("answers nil and a message without memory", function()
        local m, message = matrix.matrix(2 ^ 31, 2 ^ 31)
        assert.is_nil(m)
        assert.equal("matrix: no memory for 2147483648 rows of 2147483648 numbers", message)
    end)

    it("is freed with its last reference, and a row is one", function()
        collectgarbage()
        collectgarbage()
        local before = C.eg_live_objects()
        local m = matrix.matrix(2, 2)
        m:set(2, 2, 8)
        local row = m:row(2)
        m = nil -- luacheck: ignore
        collectgarbage()
        collectgarbage()
        assert.equal(before + 1, C.eg_live_objects())
        assert.equal(8, row:get(2))
        row = nil -- luacheck: ignore
        collectgarbage()
        collectgarbage()
        assert.equal(before, C.eg_live_objects())
    end)

    it("is not held by the rows of a pinned view: whoever made that holds it", function()
        collectgarbage()
        collectgarbage()
        local before = C.eg_live_objects()
        local m = matrix.matrix { { 1, 2 } }
        local shared = C.eg_matrix_share(m)
        assert.equal(1, m.frozen)
        assert.equal(0, m.pinned)
        assert.equal(1, shared.pinned)
        assert.equal(2, shared:row(1):get(2))
        m = nil -- luacheck: ignore
        collectgarbage()
        collectgarbage()
        assert.equal(before + 2, C.eg_live_objects())
        assert.equal(2, shared:get(1, 2))
        C.eg_matrix_release(shared)
        assert.equal(before, C.eg_live_objects())
    end)

    it("is told apart from everything else", function()
        local m = matrix.matrix(1, 1)
        assert.is_true(matrix.is_matrix(m))
        assert.is_false(matrix.is_vector(m))
        assert.is_true(matrix.is_vector(m:row(1)))
        for _, other in ipairs { 1, "x", {}, ffi.new "float[1]", m:row(1) } do
            assert.is_false(matrix.is_matrix(other))
        end
        assert.is_false(matrix.is_matrix(nil))
    end)
end)

describe("engram.vector", function()
    it("is zeros, or the numbers of a table", function()
        assert.same({ 0, 0, 0 }, scans.numbers(matrix.vector(3)))
        local v = matrix.vector { 1, 2.5, -3 }
        assert.same({ 1, 2.5, -3 }, scans.numbers(v))
        v:set(2, 4)
        assert.equal(4, v:get(2))
        assert.equal(3, #v)
        assert.equal(-3, v:data()[2])
    end)

    it("lives as long as it is held", function()
        collectgarbage()
        collectgarbage()
        local before = C.eg_live_objects()
        local v = matrix.vector { 1, 2 }
        collectgarbage()
        assert.equal(before + 1, C.eg_live_objects())
        assert.equal(2, v:get(2))
        v = nil -- luacheck: ignore
        collectgarbage()
        collectgarbage()
        assert.equal(before, C.eg_live_objects())
    end)

    it("names what is wrong", function()
        local v = matrix.vector(3)
        local get, set = "bad argument #1 to 'get' (", "bad argument #%d to 'set' (%s"
        assert_raises(get .. "index 4 is not within 1 to 3)", call, v, "get", 4)
        assert_raises(get .. "index: number expected, got nil)", call, v, "get")
        assert_raises(set:format(1, "index 0 is not within 1 to 3)"), call, v, "set", 0, 1)
        assert_raises(set:format(2, "number expected, got table)"), call, v, "set", 1, {})
        local bad = "bad argument #1 to 'vector' ("
        assert_raises(bad .. "length: whole number", make, "vector", 0)
        assert_raises(bad .. "length: whole number", make, "vector")
        assert_raises(bad .. "the table holds no number)", make, "vector", {})
        assert_raises(bad .. "number 2: number expected", make, "vector", { 1, "x" })
    end)

    it("is stale once its arena was rewound past it", function()
        local mine = scans.arena(65536, "error")
        local mark = mine:mark()
        local v = mine:floats(4)
        v:set(1, 7)
        assert.equal(7, v:get(1))
        mine:rewind(mark)
        local message = "stale: its arena was rewound"
        assert_raises(message, call, v, "get", 1)
        assert_raises(message, call, v, "set", 1, 2)
        assert_raises(message, call, v, "data")
        local newer = mine:floats(4) -- the same place, and yet
        assert_raises(message, call, v, "get", 1)
        newer:set(1, 1)
    end)
end)

describe("a loop over a matrix", function()
    it("is compiled", function()
        local m = matrix.matrix(50, 20)
        local sum = 0
        local compiled, refusal = trace.watch(function()
            for i = 1, 50 do
                m:set(i, 3, i)
                sum = sum + m:get(i, 3) + m:row(i):get(3)
            end
        end)
        assert.is_nil(refusal)
        assert.is_true(compiled > 0)
        assert.equal(200 * 2 * 1275, sum)
    end)

    it("is compiled, and still sees that a vector became stale", function()
        local mine = scans.arena(65536, "error")
        local mark = mine:mark()
        local v = mine:floats(8)
        v:set(1, 1)
        local seen = 0
        local function loop()
            for i = 1, 1000 do
                if i == 900 then mine:rewind(mark) end
                seen = seen + v:get(1)
            end
        end
        local compiled = trace.watch(function()
            mine:rewind(mark)
            v = mine:floats(8)
            v:set(1, 1)
            seen = 0
            assert(not pcall(loop))
            assert(seen == 899)
        end)
        assert.is_true(compiled > 0)
        assert.equal(899, seen)
    end)

    it("reads what another call has written", function()
        local mine = arena.current()
        local mark = mine:mark()
        local v, sum = mine:floats(4), 0
        trace.watch(function()
            for i = 1, 100 do
                v:set(2, i)
                sum = sum + v:get(2)
            end
        end)
        mine:rewind(mark)
        assert.equal(200 * 5050, sum)
    end)
end)

describe("memory without bounds", function()
    it("can not be indexed by a script that has no ffi and no data()", function()
        local m = engram.matrix { { 1, 2 } }
        local g = engram.graph(2, { { 1, 2 } })
        local hits = engram.nearest({ 1, 2 }, m, 1)
        local shown = { m.cells, m:row(1).cells, g.offsets, g.targets, g.weights, hits.ids,
            hits.values }
        assert.equal(7, #shown)
        for _, memory in ipairs(shown) do
            assert.has_error(function() return memory[0] end)
            assert.has_error(function() return memory + 1 end)
        end
    end)

    describe("that is packed", function()
        it("is frozen, and answers itself", function()
            local m = matrix.matrix { { 1, 2 }, { 3, 4 } }
            assert.equal(m, m:pack())
            assert.equal(m, m:pack())
            assert.error_matches(function() m:set(1, 1, 5) end, "matrix is frozen")
            assert.equal(4, m:get(2, 2))
        end)

        it("may be empty", function()
            assert.equal(0, matrix.matrix(0, 5):pack().rows)
        end)

        it("holds f32", function()
            local m = matrix.matrix(2, 2, { type = "i8" })
            assert_raises("pack: matrix of type f32 expected, got i8", call, m, "pack")
        end)

        it("is packed before it is shared: a view has what its owner has", function()
            local m = matrix.matrix { { 1, 2 }, { 3, 4 } }
            local view = ffi.gc(C.eg_matrix_share(m), C.eg_matrix_release)
            assert_raises("pack: a matrix is packed before threads share it", call, view, "pack")
            m:pack()
            assert.equal(view, view:pack())
        end)

        it("goes with its last reference", function()
            local before = C.eg_live_objects()
            local m = C.eg_matrix_new(40, 40)
            assert.equal(tonumber(C.EG_OK), C.eg_matrix_pack(m))
            C.eg_matrix_release(m)
            assert.equal(before, C.eg_live_objects())
        end)
    end)
end)
