-- Matrix Market's files: what scipy.io.mmwrite wrote, with the arcs that scipy.io.mmread finds
-- in it (SciPy 1.10.1), and whatever is wrong.

local engram = require "engram"
local C = require "engram.c"

local child = require "spec.support.child"

local function loaded(text, options)
    return child.with_file(text, function(path) return engram.load(path, options) end)
end

local function arcs(g, message)
    local text = {}
    for node = 1, assert(g, message).nodes do
        local ids, weights = g:neighbours(node)
        for i, id in ipairs(ids) do
            text[#text + 1] = ("%d>%d:%g"):format(node, id, weights[i])
        end
    end
    return table.concat(text, " ")
end

local scipys = {
    { "real general", "\n%\n4 4 4\n1 2 5.000000000000000e-01\n3 1 -2.250000000000000e+00\n" ..
        "2 2 1.000000000000000e-03\n4 3 7.000000000000000e+00\n",
        "1>2:0.5 2>2:0.001 3>1:-2.25 4>3:7" },
    { "real symmetric", "\n%\n4 4 3\n2 1 1.500000000000000e+00\n3 3 3.000000000000000e+00\n" ..
        "4 2 -1.000000000000000e+00\n", "1>2:1.5 2>1:1.5 2>4:-1 3>3:3 4>2:-1" },
    { "integer skew-symmetric", "\n%\n4 4 2\n2 1 2\n4 1 5\n", "1>2:-2 1>4:-5 2>1:2 4>1:5" },
    { "pattern general", "\n%\n4 4 4\n3 1\n1 2\n2 2\n4 3\n", "1>2:1 2>2:1 3>1:1 4>3:1" },
    { "integer general", "\n%\n4 4 4\n3 1 -9\n1 2 2\n2 2 0\n4 3 28\n",
        "1>2:2 2>2:0 3>1:-9 4>3:28" },
}

local head = "%%MatrixMarket matrix coordinate "

describe("an .mtx file", function()
    for _, case in ipairs(scipys) do
        it("of SciPy's is a graph: " .. case[1], function()
            assert.equal(case[3], arcs(loaded(head .. case[1] .. case[2], { self = "keep" })))
        end)
    end

    it("is known by its first word, of any case, whatever its name", function()
        local shouted = "%%matrixmarket MATRIX Coordinate PATTERN General\n2 2 1\n2 1"
        assert.equal("2>1:1", arcs(loaded(shouted)))
        assert.equal(2, loaded(head .. "double general\r\n2 2 1\r\n2 1 4\r\n").nodes)
    end)

    it("may have comments and empty lines anywhere behind the first", function()
        assert.equal("1>2:3 2>1:4", arcs(loaded(head ..
            "real general\n\n% a\n  %b\n2 2 2\n%c\n1\t2 3\n\n 2 1 4 \n% d\n\n")))
    end)

    it("passes dup and self on", function()
        local text = head .. "real symmetric\n2 2 4\n1 1 8\n2 1 1\n2 1 2\n2 2 4\n"
        assert.equal("1>2:3 2>1:3", arcs(loaded(text)))
        assert.equal("1>1:8 1>2:2 2>1:2 2>2:4", arcs(loaded(text, { dup = "max", self = "keep" })))
    end)

    it("may have no entries, and no rows", function()
        local g = loaded(head .. "real general\n5 5 0\n")
        assert.same({ 5, 0 }, { g.nodes, g.edges })
        assert.equal(0, loaded(head .. "pattern symmetric\n0 0 0\n").nodes)
    end)

    local real, one = head .. "real general\n", head .. "real general\n2 2 1\n"
    local bad = {
        { "%%MatrixMarke", 'line 1: %%MatrixMarket expected, found "%%MatrixMarke"' },
        { "%%MatrixMarket", 'line 1: matrix expected, found ""' },
        { "%%MatrixMarket vector coordinate real general\n", 'matrix expected, found "vector"' },
        { "%%MatrixMarket matrix array real general\n2 2\n",
            'coordinate expected, found "array": a matrix with all its cells is no graph' },
        { head .. "complex general\n", 'pattern, integer or real expected, found "complex"' },
        { head .. "real hermitian\n",
            'general, symmetric or skew-symmetric expected, found "hermitian"' },
        { head .. "real\n", 'general, symmetric or skew-symmetric expected, found ""' },
        { head .. "real general more\n", 'the end of the line expected, found "more"' },
        { "", "line 1: %%MatrixMarket expected, the file is empty" },
        { real, 'line 1: the file ends without "rows columns entries"' },
        { real .. "% a\n\n", 'line 3: the file ends without "rows columns entries"' },
        { real .. "2 2\n", 'line 2: "rows columns entries" expected, found "2 2"' },
        { real .. "2 2 1 1\n", 'line 2: "rows columns entries" expected, found "2 2 1 1"' },
        { real .. "2 2 -1\n", 'line 2: "rows columns entries" expected' },
        { real .. "2 2 1.0\n", 'line 2: "rows columns entries" expected' },
        { real .. "2 3 1\n1 1 1\n", 'line 2: as many rows as columns expected, found "2 3 1"' },
        { real .. "2 2 1152921504606846976\n1 1 1\n", "line 2: entries that the file has" },
        { real .. "2 2 99999999999999999999999\n1 1 1\n", "line 2: entries that the file" },
        { real .. "4294967295 4294967295 1\n1 1 1\n", "line 2: at most 64 rows for each entry" },
        { real .. "16777217 16777217 1\n1 1 1\n", "line 2: at most 64 rows for each entry" },
        { one, "line 2: entries that the file has room for expected" },
        { one .. "% 1 1\n", "line 3: the file ends here; 1 entries expected, found 0" },
        { one .. "1 2 1\n2 1 1\n", 'line 4: no more entries than were counted expected, found' },
        { one .. "0 1 1\n", "line 3: id 0 is below 1" },
        { one .. "1 0 1\n", "line 3: id 0 is below 1" },
        { one .. "-1 1 1\n", "line 3: id -1 is below 1" },
        { one .. "1 3 1\n", 'line 3: id "3" is above 2' },
        { one .. "1 1.0 1\n", 'line 3: an id expected, found "1.0"' },
        { one .. "1 2\n%\n", 'line 3: "row column value" expected, found "1 2"' },
        { one .. "1 2 1 1\n", 'line 3: "row column value" expected, found "1 2 1 1"' },
        { one .. "1 2 nan\n", 'line 3: a weight expected, found "nan"' },
        { one .. "1 2 1e39\n", 'line 3: weight "1e39" is beyond a float' },
        { head .. "pattern general\n2 2 1\n1 2 1\n", 'line 3: "row column" expected' },
        { head .. "integer general\n2 2 1\n1 2 1.5\n", 'line 3: an integer expected, found "1.5"' },
        { head .. "real symmetric\n2 2 1\n1 2 1\n",
            'line 3: an entry on or below the diagonal expected, found "1 2 1"' },
        { head .. "real skew-symmetric\n2 2 1\n1 2 1\n", "line 3: an entry below the diagonal" },
        { head .. "real skew-symmetric\n2 2 1\n2 2 1\n", "line 3: an entry below the diagonal" },
        { real .. "2 2 1\n" .. ("x"):rep(70000), "line 3: a line of more than 64K is no edge" },
    }
    for i, case in ipairs(bad) do
        it(("%d is refused: %s"):format(i, case[2]), function()
            local g, message = loaded(case[1], { as = "mtx" })
            assert.is_nil(g)
            assert.is_nil(message:find "\n")
            assert.truthy(message:find(case[2], 1, true), message)
        end)
    end

    it("has no options of edge lists", function()
        local g, message = loaded(one .. "1 2 1\n", { base = 0 })
        assert.is_nil(g)
        assert.truthy(message:find("Matrix Market's .mtx has no option 'base'", 1, true), message)
    end)

    it("leaves nothing behind", function()
        collectgarbage()
        collectgarbage()
        local before = C.eg_live_objects()
        for _, case in ipairs(bad) do loaded(case[1], { as = "mtx" }) end
        for _, case in ipairs(scipys) do loaded(head .. case[1] .. case[2]) end
        collectgarbage()
        collectgarbage()
        assert.equal(before, C.eg_live_objects())
    end)
end)
