-- Graphs that are saved and loaded again are the same, to the bit; SciPy reads what is written
-- and is read; whatever is wrong with three arrays is refused with its place.

local engram = require "engram"
local ffi = require "ffi"
local C = require "engram.c"

local child = require "spec.support.child"
local graphs = require "spec.support.graphs"
local npy_header = require "engram.files.npy_header"

local folder, path

local function read(name)
    local file = assert(io.open(folder .. "/" .. name, "rb"))
    local text = file:read "*a"
    file:close()
    return text
end

local function write(name, text)
    local file = assert(io.open(folder .. "/" .. name, "wb"))
    file:write(text)
    file:close()
end

-- Any finite float. LuaJIT must not see the bits of others.
local function random_weight(random)
    local float = ffi.new "union { uint32_t bits; float value; }"
    repeat float.bits = random(2 ^ 32) - 1 until float.bits % 2 ^ 31 < 0x7f800000
    return random(4) == 1 and random(3) - 2 or float.value
end

local function random_graph(random, names)
    local nodes, edges = random(40), {}
    for i = 1, random(120) - 1 do
        edges[i] = { random(nodes), random(nodes), random_weight(random),
            names and names[random(#names)] }
    end
    return engram.graph(nodes, edges, { dup = "max", self = "keep" })
end

describe("a graph that is saved", function()
    before_each(function()
        folder = select(2, child.run "mktemp -d"):match "^[^\n]+"
        path = folder .. "/g"
    end)

    after_each(function() child.run("rm -r " .. folder) end)

    local function round_trips(names, save_options, load_options)
        local seed = os.time()
        local random = engram.random(seed)
        for i = 1, 60 do
            local g, options = random_graph(random, names), {}
            for key, value in pairs(load_options) do options[key] = value end
            if options.nodes then options.nodes = g.nodes end
            if not names or g.edges > 0 then
                assert(engram.save(path, g, save_options))
                graphs.assert_same(g, engram.load(path, options), ("seed %d, %d"):format(seed, i))
            end
        end
    end

    it("as edges is the same when it is loaded", function()
        round_trips(nil, { as = "edges" }, { as = "edges", self = "keep", nodes = true })
    end)

    it("as edges from 1 on, too", function()
        round_trips(nil, { as = "edges", base = 1 }, { self = "keep", nodes = true, base = 1 })
    end)

    it("as edges with kinds, too", function()
        round_trips({ "~", "#p", "default-", "é", "0.5" }, { as = "edges" },
            { self = "keep", nodes = true, kinds = true })
    end)

    it("as CSR is the same when it is loaded", function()
        round_trips(nil, { as = "csr" }, { as = "csr" })
    end)

    it("as edges is text that one can read", function()
        local g = engram.graph(4, { { 1, 2 }, { 1, 3, 0.1 }, { 3, 1, -2 } })
        assert(engram.save(path .. ".tsv", g))
        assert.equal("# nodes 4, from 0 on; edges 3\n0\t1\n0\t2\t0.100000001\n2\t0\t-2\n",
            read "g.tsv")
        g = engram.graph(2, { { 1, 2, 1, "~" }, { 1, 2, 0.5, "@" } })
        assert(engram.save(path .. ".edges", g, { base = 1 }))
        assert.equal("# nodes 2, from 1 on; edges 2\n1\t2\t@\t0.5\n1\t2\t~\n", read "g.edges")
    end)

    it("as CSR is what SciPy calls so", function()
        assert(engram.save(path, engram.graph(3, { { 1, 2, 0.5 }, { 3, 1, -2 }, { 3, 3 } },
            { self = "keep" }), { as = "csr" }))
        local function ints(...)
            return ffi.string(ffi.new("int32_t[?]", select("#", ...), ...), 4 * select("#", ...))
        end
        assert.equal(npy_header.text("<i4", { 4 }) .. ints(0, 1, 1, 3), read "g.indptr.npy")
        assert.equal(npy_header.text("<i4", { 3 }) .. ints(1, 0, 2), read "g.indices.npy")
        assert.equal(npy_header.text("<f4", { 3 }) ..
            ffi.string(ffi.new("float[3]", .5, -2, 1), 12), read "g.data.npy")
    end)

    it("shows progress up to all of it", function()
        local g = engram.graph(9000, { { 1, 2 }, { 9000, 1 } })
        for _, as in ipairs { "edges", "csr" } do
            local last = {}
            assert(engram.save(path, g, { as = as, progress = function(done, all)
                assert.is_true(done > (last[1] or 0))
                last = { done, all }
            end }))
            assert.equal(last[2], last[1])
        end
    end)

    it("replaces nothing when it can not be written", function()
        local g = engram.graph(2, { { 1, 2 } })
        assert(engram.save(path, g, { as = "csr" }))
        local before = read "g.indptr.npy"
        os.remove(path .. ".data.npy")
        child.run("mkdir " .. path .. ".data.npy")
        local ok, message = engram.save(path, engram.graph(5, { { 1, 5 } }), { as = "csr" })
        assert.is_nil(ok)
        assert.truthy(message:find("g.data.npy", 1, true), message)
        assert.equal(before, read "g.indptr.npy")
        local _, _, left = child.run("ls " .. folder)
        assert.is_nil(left:find "tmp")
        ok, message = engram.save(folder .. "/none/g.tsv", g)
        assert.is_nil(ok)
        assert.truthy(message:find("none/g.tsv", 1, true), message)
    end)

    it("has kinds that the format can hold", function()
        local ok, message = pcall(engram.save, path, engram.graph(2, { { 1, 2, 1, "a b" } }),
            { as = "edges" })
        assert.is_false(ok)
        assert.truthy(message:find('kinds without blanks expected, got "a b"', 1, true), message)
        ok, message = pcall(engram.save, path, engram.graph(2, { { 1, 2, 1, "a" } }),
            { as = "csr" })
        assert.is_false(ok)
        assert.truthy(message:find("graph without kinds expected", 1, true), message)
        ok, message = pcall(engram.save, path, engram.graph(2, {}), { as = "csr", base = 1 })
        assert.is_false(ok)
        assert.truthy(message:find("base", 1, true), message)
    end)
end)

-- ---- three arrays

local makers = { ["<i4"] = "int32_t[?]", ["<u4"] = "uint32_t[?]", ["<i8"] = "int64_t[?]",
    ["<u8"] = "uint64_t[?]", ["<f4"] = "float[?]", ["<f8"] = "double[?]", ["|i1"] = "int8_t[?]",
    ["|u1"] = "uint8_t[?]", ["|b1"] = "uint8_t[?]" }

local function npy(descr, list, shape)
    local array = ffi.new(makers[descr], #list, list)
    return npy_header.text(descr, shape or { #list }) .. ffi.string(array, ffi.sizeof(array))
end

describe("three arrays", function()
    before_each(function()
        folder = select(2, child.run "mktemp -d"):match "^[^\n]+"
        path = folder .. "/g"
    end)

    after_each(function() child.run("rm -r " .. folder) end)

    local function loaded(changes, options)
        local given = { as = "csr" }
        for key, value in pairs(options or {}) do given[key] = value end
        write("g.indptr.npy", changes.indptr or npy("<i4", { 0, 2, 2, 3 }))
        write("g.indices.npy", changes.indices or npy("<i4", { 1, 2, 0 }))
        write("g.data.npy", changes.data or npy("<f4", { 0.5, 1, -2 }))
        return engram.load(path, given)
    end

    local expected = engram.graph(3, { { 1, 2, 0.5 }, { 1, 3 }, { 3, 1, -2 } })

    it("of any whole numbers and weights are a graph", function()
        for _, descr in ipairs { "<i4", "<u4", "<i8", "<u8" } do
            graphs.assert_same(expected, loaded { indptr = npy(descr, { 0, 2, 2, 3 }),
                indices = npy(descr, { 1, 2, 0 }) }, descr)
        end
        graphs.assert_same(expected, loaded { data = npy("<f8", { 0.5, 1, -2 }) }, "<f8")
        for _, descr in ipairs { "<i4", "<i8", "|i1" } do
            assert.same({ { 1 }, { -3 } }, { loaded({ data = npy(descr, { 7, 0, -3 }) })
                :neighbours(3) })
        end
        assert.same({ { 2, 3 }, { 1, 0 } }, { loaded({ data = npy("|b1", { 1, 0, 1 }) })
            :neighbours(1) })
    end)

    it("may hold rows in any order, twice, and arcs to their own node", function()
        local changes = { indptr = npy("<i4", { 0, 4, 4, 4 }), indices = npy("<i4", { 2, 0, 1, 2 }),
            data = npy("<f4", { 1, 2, 3, 4 }) }
        assert.same({ { 1, 2, 3 }, { 2, 3, 5 } }, { loaded(changes):neighbours(1) })
        assert.same({ { 2, 3 }, { 3, 4 } }, { loaded(changes, { self = "skip", dup = "max" })
            :neighbours(1) })
    end)

    it("may hold nothing", function()
        local g = loaded { indptr = npy("<i4", { 0 }), indices = npy("<i4", {}),
            data = npy("<f4", {}) }
        assert.same({ 0, 0 }, { g.nodes, g.edges })
    end)

    it("are read piece by piece", function()
        local nodes, calls, last = 2 ^ 20, 0, 0
        local indptr, indices = ffi.new("uint32_t[?]", nodes + 1), ffi.new("uint32_t[?]", nodes)
        local data = ffi.new("float[?]", nodes)
        for i = 0, nodes - 1 do indptr[i + 1], indices[i], data[i] = i + 1, nodes - 1 - i, i end
        local function text(descr, array, count)
            return npy_header.text(descr, { count }) .. ffi.string(array, count * 4)
        end
        local g = loaded({ indptr = text("<u4", indptr, nodes + 1),
            indices = text("<u4", indices, nodes), data = text("<f4", data, nodes) },
            { progress = function(done, all)
                assert.is_true(done > last and done <= all)
                calls, last = calls + 1, done
                if done == all then last = 0 end
            end })
        assert.same({ nodes, nodes, 0 }, { g.nodes, g.edges, last })
        assert.is_true(calls > 1)
        assert.same({ { nodes - 7 }, { 7 } }, { g:neighbours(8) })
    end)

    local huge = npy_header.text("<i4", { 2 ^ 46 }) .. "1234"
    local bad = {
        { { indptr = npy("<i4", { 1, 2, 2, 3 }) }, "indptr.npy: byte 128: 0 expected, found 1" },
        { { indptr = npy("<i4", { 0, 2, 1, 3 }) },
            "indptr.npy: byte 136: no less than the place before expected, found 1" },
        { { indptr = npy("<i4", { 0, 2, -2, 3 }) },
            "indptr.npy: byte 136: no less than the place before expected, found -2" },
        { { indptr = npy("<i4", { 0, 2, 4, 3 }) },
            "indptr.npy: byte 136: a place within indices.npy expected, found 4" },
        { { indptr = npy("<i4", { 0, 2, 2, 2 }) },
            "indptr.npy: byte 140: as many places as indices.npy has expected, found 2" },
        { { indptr = npy("<i8", { 0, 2, 2, 2LL ^ 62 }) },
            "indptr.npy: byte 152: a place within indices.npy expected, found 4.61168602e+18" },
        { { indptr = npy("<i4", {}) }, "indptr.npy: no numbers found" },
        { { indptr = npy("<f4", { 0, 2, 2, 3 }) }, "indptr.npy: byte 20: type '<f4' found, '<i4'" },
        { { indptr = npy("<i4", { 0, 2, 2, 3 }, { 2, 2 }) }, "2 dimensions found, 1 expected" },
        { { indptr = huge }, "indptr.npy: byte 132: the file ends here" },
        { { indptr = npy("<i4", { 0, 2, 2, 3 }) .. "x" }, "indptr.npy: byte 145: the file ends" },
        { { indptr = "x" }, 'indptr.npy: byte 0: "\\147NUMPY" expected, found "x"' },
        { { indices = npy("<i4", { 1, 3, 0 }) },
            "indices.npy: byte 132: a node that indptr.npy has expected, found 3" },
        { { indices = npy("<i4", { 1, -1, 0 }) },
            "indices.npy: byte 132: a node that indptr.npy has expected, found -1" },
        { { indices = npy("<u8", { 1, 2 ^ 63, 0 }) }, "indices.npy: byte 136: a node that" },
        { { indices = npy("<i4", { 1, 2 }) },
            "data.npy: 3 numbers found, 2 expected, as in indices.npy" },
        { { data = npy("<f4", { 1, 0 / 0, 1 }) },
            "data.npy: byte 132: a finite float expected, found" },
        { { data = npy("<f8", { 1, 1, 1e39 }) },
            "data.npy: byte 144: a finite float expected, found 1e+39" },
        { { data = npy("<f4", { 1, 2 }) }, "data.npy: 2 numbers found, 3 expected" },
    }
    for i, case in ipairs(bad) do
        it(("%d are refused: %s"):format(i, case[2]), function()
            local g, message = loaded(case[1])
            assert.is_nil(g)
            assert.truthy(message:find(path .. ": ", 1, true) == 1, message)
            assert.truthy(message:find(case[2], 1, true), message)
        end)
    end

    it("must all be there", function()
        loaded {}
        os.remove(path .. ".data.npy")
        local g, message = engram.load(path, { as = "csr" })
        assert.is_nil(g)
        assert.equal(path .. ": data.npy: No such file or directory", message)
    end)

    it("that shrink are refused", function()
        local indptr, indices, data = {}, {}, {}
        for i = 1, 2 ^ 20 do indptr[i], indices[i], data[i] = i - 1, 0, 1 end
        indptr[2 ^ 20 + 1] = 2 ^ 20
        for _, name in ipairs { "indptr", "indices", "data" } do
            local g, message = loaded({ indptr = npy("<i4", indptr),
                indices = npy("<i4", indices), data = npy("<f4", data) },
                { progress = function() write("g." .. name .. ".npy", "") end })
            assert.is_nil(g)
            assert.truthy(message:find(name .. ".npy: the file has shrunk", 1, true), message)
        end
    end)

    it("leave nothing behind", function()
        collectgarbage()
        collectgarbage()
        local before = C.eg_live_objects()
        for _, case in ipairs(bad) do loaded(case[1]) end
        for _ = 1, 10 do loaded {} end
        collectgarbage()
        collectgarbage()
        assert.equal(before, C.eg_live_objects())
    end)

    it("of SciPy's are read, and read by it", function()
        local script = [[
import numpy as np, scipy.sparse as sp
p = ']] .. path .. [['
a = sp.csr_matrix((np.array([.5, 1, -2]), ([0, 0, 2], [1, 2, 0])), shape=(3, 3))
for name in ('indptr', 'indices', 'data'): np.save(p + '.' + name + '.npy', getattr(a, name))
q = p + '2'
b = sp.csr_matrix(tuple(np.load(q + '.' + n + '.npy') for n in ('data', 'indices', 'indptr')))
print((a != b).nnz, b.shape)
]]
        assert(engram.save(path .. "2", expected, { as = "csr" }))
        write("run.py", script)
        local code, out, err = child.run("/usr/bin/python3 " .. folder .. "/run.py")
        if code ~= 0 and err:find "No module named" then
            return pending "needs Debian's python3-scipy"
        end
        assert.same({ 0, "0 (3, 3)\n" }, { code, out }, err)
        graphs.assert_same(expected, engram.load(path, { as = "csr" }), "SciPy's")
    end)

    -- Files may not: our reader asks for whole numbers. Programs in C may.
    it("is refused where a place is no number", function()
        write("ends.bin", ffi.string(ffi.new("double[2]", 0, 0 / 0), 16))
        local file = C.eg_file_open(folder .. "/ends.bin")
        local arrays = ffi.new("eg_array[2]", { { file, 0, 2, C.EG_NUMBER_F64 },
            { file, 0, 0, C.EG_NUMBER_F64 } })
        local options = ffi.new "eg_arc_options"
        local reading = C.eg_read_csr(arrays, arrays + 1, arrays + 1, options)
        while C.eg_reading_step(reading) == C.EG_READ_MORE do end
        assert.matches("no less than the place before expected, found %-?nan",
            ffi.string(reading.complaint))
        C.eg_reading_close(reading)
        C.eg_file_release(file)
    end)
end)
