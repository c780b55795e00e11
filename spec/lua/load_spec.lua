-- Loading: what is accepted, and that everything else answers one line that says
-- where and what. No file, however hostile, raises or crashes.

local engram = require "engram"
local ffi = require "ffi"

local path = os.tmpname()
local npy_path = path .. ".npy"

-- A new file, which is faster than an old one made empty.
local function write(text, name)
    os.remove(name or path)
    local file = assert(io.open(name or path, "wb"))
    file:write(text)
    file:close()
end

-- A file of those bytes, loaded as name says.
local function load_text(text, options, name)
    write(text, name)
    return engram.load(name or path, options)
end

local function load_npy(text) return load_text(text, nil, npy_path) end

local function floats(...)
    return ffi.string(ffi.new("float[?]", select("#", ...), ...), 4 * select("#", ...))
end

-- Version 1.0, padded as NumPy does it.
local function npy(dictionary, data, changes)
    changes = changes or {}
    local width = changes.major and changes.major > 1 and 4 or 2
    local pad = -(8 + width + #dictionary + 1) % 64
    local header = dictionary .. (" "):rep(pad) .. "\n"
    local length, bytes = changes.length or #header, ""
    for _ = 1, width do
        bytes = bytes .. string.char(length % 256)
        length = math.floor(length / 256)
    end
    return "\147NUMPY" .. string.char(changes.major or 1, changes.minor or 0) .. bytes .. header ..
        (data or "")
end

local function dictionary(shape, changes)
    changes = changes or {}
    return ("{'descr': %s, 'fortran_order': %s, 'shape': %s, }"):format(changes.descr or "'<f4'",
        changes.order or "False", shape)
end

local small = npy(dictionary "(2, 3)", floats(1, 2, 3, 4, 5, 6))

local function refused(result, message)
    assert.is_nil(result)
    assert.is_string(message)
    assert.is_nil(message:find "\n")
    return message
end

local function refused_with(text, result, message)
    refused(result, message)
    assert.truthy(message:find(text, 1, true), message)
end

describe("load", function()
    teardown(function()
        os.remove(path)
        os.remove(npy_path)
    end)

    describe("of .npy", function()
        it("answers a frozen matrix", function()
            local m = assert(load_npy(small))
            assert.same({ 2, 3 }, { m.rows, m.dims })
            assert.same({ 1, 3, 4, 6 }, { m:get(1, 1), m:get(1, 3), m:get(2, 1), m:get(2, 3) })
            assert.has_error(function() m:set(1, 1, 0) end, "matrix is frozen")
        end)

        it("goes by the first bytes, not by the name", function()
            assert.equal(3, assert(load_text(small)).dims)
        end)

        it("takes versions 2 and 3", function()
            for major = 2, 3 do
                local m = assert(load_npy(npy(dictionary "(1, 1)", floats(7), { major = major })))
                assert.equal(7, m:get(1, 1))
            end
        end)

        it("takes one dimension as one row", function()
            local m = assert(load_npy(npy(dictionary "(3,)", floats(1, 2, 3))))
            assert.same({ 1, 3 }, { m.rows, m.dims })
        end)

        it("takes no rows at all", function()
            assert.equal(0, assert(load_npy(npy(dictionary "(0, 4)"))).rows)
        end)

        it("takes any order of keys, double quotes and Python 2's numbers", function()
            local text = [[{"shape":(1L,2L),"fortran_order":False,"descr":"<f4"}]]
            assert.equal(2, assert(load_npy(npy(text, floats(1, 2)))).dims)
        end)

        it("refuses a file cut short at any byte", function()
            for bytes = 0, #small - 1 do
                refused_with(npy_path, load_npy(small:sub(1, bytes)))
            end
        end)

        it("refuses bytes behind the numbers", function()
            refused_with("byte 153: the file ends here; 152 bytes expected", load_npy(small .. "x"))
        end)

        it("survives any one byte changed", function()
            for at = 1, #small - 24 do
                for _, byte in ipairs { 0, 39, 48, 57, 255 } do
                    local text = small:sub(1, at - 1) .. string.char(byte) .. small:sub(at + 1)
                    local m, message = load_npy(text)
                    assert.is_true(m ~= nil or type(message) == "string")
                    if m then assert.is_true(m.rows * m.dims == 6) end
                end
            end
        end)

        local bad = {
            { "Fortran order", dictionary("(2, 3)", { order = "True" }) },
            { "'>f4' found, '<f4' expected", dictionary("(2, 3)", { descr = "'>f4'" }) },
            { "a.astype('<i8')", dictionary("(2, 3)", { descr = "'>i8'" }) },
            { "np.ascontiguousarray(a)", dictionary("(2, 3)", { order = "True" }) },
            { "'<c8' found, '<f4' expected", dictionary("(2, 3)", { descr = "'<c8'" }) },
            { "'|O' found", dictionary("(2, 3)", { descr = "'|O'" }) },
            { "a type such as", dictionary("(2, 3)", { descr = "[('a', '<f4')]" }) },
            { "0 dimensions", dictionary "()" },
            { "3 dimensions", dictionary "(1, 2, 3)" },
            { "is beyond", dictionary "(3, 0)" },
            { "is beyond", dictionary "(4294967296, 1)" },
            { "is beyond", dictionary "(1, 99999999999999999999999)" },
            { "bytes expected", dictionary "(4294967280, 4294967280)" },
            { "bytes expected", dictionary "(2147483648, 2)" },
            { "bytes expected", dictionary "(3, 3)" },
            { "bytes expected", dictionary "(1, 3)" },
            { "a size expected", dictionary "(-2, 3)" },
            { "expected", dictionary "(2, 3" },
            { "expected", dictionary "2, 3" },
            { "a key 'shape'", "{'descr': '<f4', 'fortran_order': False}" },
            { "unknown or there twice", "{'descr': '<f4', 'descr': '<f4'}" },
            { "unknown or there twice", "{'more': '<f4'}" },
            { "nothing but blanks", dictionary "(2, 3)" .. " or 1" },
            { "a key expected", "{__import__('os').system('true'): 1}" },
        }
        for _, case in ipairs(bad) do
            it(("refuses %s: %s"):format(case[2], case[1]), function()
                refused_with(case[1], load_npy(npy(case[2], floats(1, 2, 3, 4, 5, 6))))
            end)
        end

        it("refuses headers that lie about their length", function()
            for _, length in ipairs { 0, 1, 60, 117, 119, 200, 65535 } do
                refused_with("byte", load_npy(npy(dictionary "(2, 3)", floats(1, 2, 3, 4, 5, 6),
                    { length = length })))
            end
            refused_with("at most", load_npy(npy(dictionary "(2, 3)", "", { major = 2,
                length = 2 ^ 32 - 1 })))
        end)

        it("refuses versions that there are not", function()
            local one = dictionary "(1, 1)"
            refused_with("version 4.0", load_npy(npy(one, floats(1), { major = 4 })))
            refused_with("version 1.1", load_npy(npy(one, floats(1), { minor = 1 })))
        end)

        it("takes another format under the name for what it is", function()
            assert.equal(2, assert(load_npy "0 1\n").nodes)
        end)
    end)

    describe("of edges", function()
        local function arcs(g)
            local text = {}
            for node = 1, g.nodes do
                local ids, weights = g:neighbours(node)
                for i, id in ipairs(ids) do
                    text[#text + 1] = ("%d>%d:%g"):format(node, id, weights[i])
                end
            end
            return table.concat(text, " ")
        end

        local function arcs_of(text, options) return arcs(assert(load_text(text, options))) end

        it("takes blanks, tabs, comments, empty lines, CRLF and a last line without end", function()
            assert.equal("1>2:1 1>3:0.5 2>1:2",
                arcs_of "# a\n% b\n\n0 1\r\n0\t2\t0.5\n  1   0   2")
        end)

        it("counts nodes to the highest id", function()
            assert.equal(8, load_text("0 7\n").nodes)
            assert.equal(9, load_text("0 7\n", { nodes = 9 }).nodes)
        end)

        it("takes ids from 1 where told", function()
            assert.equal("1>2:1", arcs_of("1 2\n", { base = 1 }))
        end)

        it("takes weights of any sign and form", function()
            assert.equal("1>2:-0.5 1>3:1000 1>4:0.25", arcs_of "0 1 -.5\n0 2 +1e3\n0 3 25e-2\n")
        end)

        it("takes kinds where they have weights", function()
            local weights = { ["~"] = 0.5, syn = 1, default = 0.25 }
            assert.equal("1>2:0.5 1>3:1 1>4:0.25 1>5:0.25",
                arcs_of("0 1 ~\n0 2 syn\n0 3 @\n0 4\n", { weights = weights }))
        end)

        it("passes dup and self on", function()
            assert.equal("1>2:3", arcs_of "0 1 1\n0 1 2\n0 0 1\n")
            assert.equal("1>1:1 1>2:2",
                arcs_of("0 1 1\n0 1 2\n0 0 1\n", { dup = "max", self = "keep" }))
        end)

        it("answers a graph without edges when the nodes are told", function()
            local g = assert(load_text("# none\n", { nodes = 3 }))
            assert.same({ 3, 0 }, { g.nodes, g.edges })
        end)

        it("reads lines across its chunks", function()
            local lines = {}
            for i = 1, 300000 do lines[i] = "0 " .. i end
            local g = assert(load_text(table.concat(lines, "\n")))
            assert.same({ 300001, 300000 }, { g.nodes, g.edges })
        end)

        local bad = {
            { "", "line 1: an edge expected, the file is empty" },
            { "# only\n", "line 1: the file ends without an edge" },
            { "0\n", 'line 1: "from to [weight]" expected, found "0"' },
            { "0 1\n0 1 2 3\n", 'line 2: "from to [weight]" expected' },
            { "-1 0\n", "line 1: id -1 is below 0" },
            { "0 x\n", 'line 1: an id expected, found "x"' },
            { "0 1.5\n", 'line 1: an id expected, found "1.5"' },
            { "0 0x10\n", "line 1: an id expected" },
            { "0 1e3\n", "line 1: an id expected" },
            { "0,1\n", 'line 1: "from to [weight]" expected, found "0,1"' },
            { "0 1 nan\n", 'line 1: a weight expected, found "nan"' },
            { "0 1 inf\n", "line 1: a weight expected" },
            { "0 1 1e39\n", 'line 1: weight "1e39" is beyond a float' },
            { "0 1 1e999\n", "line 1: weight" },
            { "0 1 1.2.3\n", "line 1: a weight expected" },
            { "0 1 ~\n", "kinds need options.weights" },
            { "0 1 ~\n", 'kind "~" has no weight', { weights = { syn = 1 } } },
            { "0 1\n", 'kind "" has no weight', { weights = { syn = 1 } } },
            { "0 1\n", "line 1: id 0 is below 1", { base = 1 } },
            { "0 3\n", 'line 1: id "3" is above 2', { nodes = 3 } },
            { "1 4\n", 'line 1: id "4" is above 3', { nodes = 3, base = 1 } },
            { "0 4294967295\n", "is above 4294967294" },
            { "0 4294967294\n", "say nodes = 4294967295" },
            { "0 99999999999999999999999999\n", "is above" },
            { "0 1\n" .. ("9"):rep(70000) .. " 1\n", "line 2: a line of more than 64K" },
            { ("x"):rep(3 * 2 ^ 20), "line 1: a line of more than 64K" },
            { "\127ELF\2\1\1", 'found "\\127ELF\\002\\001\\001"' },
        }
        for _, case in ipairs(bad) do
            it(("refuses %q: %s"):format(case[1]:sub(1, 20):gsub("%c", "?"), case[2]), function()
                refused_with(case[2], load_text(case[1], case[3]))
            end)
        end

        it("says how a list of words is read", function()
            local hint = "; as = 'words' reads a list of words"
            refused_with('found "the"' .. hint, load_text "the\nof\n")
            refused_with('found "ocean"' .. hint, load_text "ocean\r\n")
            for _, text in ipairs { "1 x\n", "0 1\nthe\n", "% the\n% of\n1\n", "1,2\n" } do
                local _, message = load_text(text)
                assert.is_nil(message:find("words", 1, true), message)
            end
        end)

        it("does not raise whatever the bytes are", function()
            local bytes = "01 \t\n\r.-e~#\0\255x"
            local random = engram.random(1)
            for _ = 1, 2000 do
                local text = {}
                for i = 1, random(12) do
                    local at = random(#bytes)
                    text[i] = bytes:sub(at, at)
                end
                local g, message = load_text(table.concat(text))
                assert.is_true(g ~= nil or type(message) == "string")
            end
        end)
    end)

    it("says what can not be opened or read", function()
        refused_with("/nonexistent/file", engram.load "/nonexistent/file")
        refused_with("irectory", engram.load "/tmp")
    end)

    it("raises for misuse, with the caller's line", function()
        local misuse = {
            { function() engram.load(7) end, "bad argument #1 to 'load' (path expected, got numb" },
            { function() engram.load("x", 7) end, "bad argument #2 to 'load' (table of options" },
            { function() engram.load("x", { node = 1 }) end, "unknown option 'node'" },
            { function() engram.load("x", { base = 2 }) end, "base: one of" },
            { function() engram.load("x", { nodes = -1 }) end, "nodes: whole number" },
            { function() engram.load("x", { dup = "min" }) end, "dup: one of" },
            { function() engram.load("x", { as = "nosuch" }) end, "as: one of 'npy', " },
            { function() engram.load("x", { rows = { 2, 1 } }) end, "rows: { from, to } expected" },
            { function() engram.load("x", { progress = 1 }) end, "progress: function expected" },
            { function() engram.load("x", { weights = { a = 0 / 0 } }) end, "number for 'a'" },
        }
        for _, case in ipairs(misuse) do
            local ok, message = pcall(case[1])
            assert.is_false(ok)
            assert.truthy(message:find("load_spec.lua", 1, true), message)
            assert.truthy(message:find(case[2], 1, true), message)
        end
    end)

    it("refuses an option that the format has no use for", function()
        refused_with("has no option 'base'", load_text(small, { base = 1 }))
        refused_with("has no option 'rows'", load_text("0 1\n", { rows = { 1, 2 } }))
    end)

    it("says of text that is no list of edges why edges were expected", function()
        local hint = "; it is no format that is known, so edges were expected"
        refused_with(hint, load_text "Once upon a time\n")
        refused_with(hint, load_text "# a comment\n\nOnce upon a time\n")
        for _, case in ipairs { { "0 1\nOnce upon a time\n" }, { "-1 0\n" },
            { "Once upon a time\n", { as = "edges" } }, { "# none\n" } } do
            assert.is_nil(refused(load_text(case[1], case[2])):find(hint, 1, true), case[1])
        end
    end)

    it("says what there is when it knows no format", function()
        refused_with('byte 0: "\\000\\000\\000\\000" found, which is no format',
            load_text "\0\0\0\0")
        refused_with("byte 0: packed by gzip: unpack it first", load_text "\31\139\8\8\0\0\0\0")
        refused_with("byte 0: packed by xz: unpack it first", load_text "\2537zXZ\0\0\4")
        refused_with("byte 0: packed by zstd: unpack it first", load_text "(\181/\253\0\0\1")
    end)

    it("leaves nothing behind", function()
        collectgarbage()
        collectgarbage()
        local C = require "engram.c"
        local before = C.eg_live_objects()
        for _ = 1, 10 do assert(load_npy(small)) end
        for _ = 1, 10 do load_npy(small:sub(1, 100)) end
        collectgarbage()
        collectgarbage()
        assert.equal(before, C.eg_live_objects())
    end)
end)
