-- Words with vectors, as text and as word2vec's binary: what is read is to the bit what was
-- written, and everything else answers one line that says where and what.

local ffi = require "ffi"

local engram = require "engram"

local child = require "spec.support.child"

local float_t = ffi.typeof "float[1]"

local function loaded(text, options)
    return child.with_file(text, function(path) return engram.load(path, options) end)
end

-- { word, number, ... } for each row.
local function rows_of(text, options)
    local m, words = loaded(text, options)
    assert(m, words)
    assert.same({ m.rows, 1 }, { #words, m.frozen })
    local rows = {}
    for i = 1, m.rows do
        rows[i] = { words:get(i) }
        for j = 1, m.dims do rows[i][j + 1] = m:get(i, j) end
    end
    return rows
end

local function refused(expected, text, options)
    local value, message = loaded(text, options)
    assert.is_nil(value)
    assert.is_nil(message:find "\n")
    assert.truthy(message:find(": " .. expected, 1, true), message)
end

local function floats(...)
    return ffi.string(ffi.new("float[?]", select("#", ...), ...), 4 * select("#", ...))
end

-- The first of the shipped words, and a function that writes rows from to up to as text.
local sample = assert(engram.load(engram.data "words.npy"))
local sample_words = assert(engram.words(engram.data "words.txt"))

local function as_text(from, to)
    local lines = {}
    for i = from, to do
        local line = { sample_words:get(i) }
        for j = 1, sample.dims do line[j + 1] = ("%.9g"):format(sample:get(i, j)) end
        lines[#lines + 1] = table.concat(line, " ")
    end
    return table.concat(lines, "\n") .. "\n"
end

local function as_binary(from, to, behind)
    local rows = { ("%d %d\n"):format(to - from + 1, sample.dims) }
    for i = from, to do
        rows[#rows + 1] = sample_words:get(i) .. " " ..
            ffi.string(sample:row(i).cells, 4 * sample.dims) .. behind
    end
    return table.concat(rows)
end

local function assert_sample(from, to, m, words)
    assert(m, words)
    assert.same({ to - from + 1, sample.dims, to - from + 1 }, { m.rows, m.dims, #words })
    for i = from, to do
        assert.equal(sample_words:get(i), words:get(i - from + 1))
        for j = 1, sample.dims do
            local wanted, found = sample:get(i, j), m:get(i - from + 1, j)
            if wanted ~= found then assert.same({ i, j, wanted }, { i, j, found }) end
        end
    end
end

describe("vectors as text", function()
    it("are words and the numbers behind them", function()
        assert.same({ { "the", 0.5, -0.25 }, { "of", 1000, 0.125 } },
            rows_of "the 0.5 -.25\nof 1e3 12.5e-2\n")
    end)

    it("may have word2vec's first line", function()
        assert.same({ { "the", 0.5, -0.25 }, { "of", 1000, 0.125 } },
            rows_of "2 2\nthe 0.5 -.25\nof 1e3 12.5e-2\n")
        assert.same({ { "a", 1 } }, rows_of "1 1\na 1")
    end)

    it("take tabs, blanks at both ends, CRLF, and a last line without an end", function()
        assert.same({ { "a", 1, 2 }, { "b", 3, 4 }, { "c", 5, 6 } },
            rows_of "a 1 2 \r\n\t b\t3  4\t\nc 5 6")
        assert.same({ { "a", 1, 2 } }, rows_of " 1\t2 \r\na 1 2\r\n")
    end)

    it("take words with blanks, and of any bytes", function()
        assert.same({ { ".", 1, 2 }, { ". . .", 1, 2 }, { "to name@domain.com", 3, 4 },
            { "1\t x", 5, 6 }, { "\255\194\160\1", 7, 8 }, { "12", 9, 10 }, { "#", 11, 12 } },
            rows_of(". 1 2\n. . . 1 2\nto name@domain.com  3 4\n1\t x 5 6\n\255\194\160\1 7 8\n" ..
                "12 9 10\n# 11 12\n"))
    end)

    it("may have a word twice: the first is found", function()
        local m, words = loaded "a 1 2\nb 3 4\na 5 6\n"
        assert.same({ 3, 1, "a" }, { m.rows, words:find "a", words:get(3) })
    end)

    it("are to the bit what was written", function()
        assert_sample(1, 1500, loaded(as_text(1, 1500)))
        assert_sample(1, 30, loaded("30 100\n" .. as_text(1, 30)))
    end)

    it("of many pieces come with their progress", function()
        local text = as_text(1, 1000):rep(10) -- more than two pieces
        local last, calls = 0, 0
        local m, words = loaded(text, { progress = function(done, total)
            assert.equal(#text, total)
            assert.is_true(done >= last and done <= total)
            last, calls = done, calls + 1
        end })
        assert.same({ 10000, 10000, #text }, { m.rows, #words, last })
        assert.is_true(calls > 4, calls)
        for i = 1, 10000, 7 do
            local first = (i - 1) % 1000 + 1
            assert.equal(sample_words:get(first), words:get(i))
            assert.equal(sample:get(first, 100), m:get(i, 100))
        end
    end)

    it("are read in part", function()
        local text = as_text(1, 50)
        assert_sample(11, 30, loaded(text, { rows = { 11, 30 } }))
        assert_sample(50, 50, loaded(text, { rows = { 50, 50 } }))
        assert_sample(11, 30, loaded("50 100\n" .. text, { rows = { 11, 30 } }))
        assert_sample(1, 1, loaded("50 100\n" .. text, { rows = { 1, 1 } }))
        -- What lies outside of the part is not looked at.
        assert.same({ { "b", 3, 4 } }, rows_of("a 1 2\nb 3 4\nc 5\n", { rows = { 2, 2 } }))
        refused("line 50: rows 50 to 51 expected, found 50 rows", text, { rows = { 50, 51 } })
        refused("line 1: rows 1 to 4294967295 expected, found 50 rows", "50 100\n" .. text,
            { rows = { 1, 2 ^ 32 - 1 } })
    end)

    it("become another type", function()
        local m, words = loaded("a 1 2\nb 3 4\n", { type = "f16" })
        assert.same({ "f16", 4, "b" }, { m.type, m:get(2, 2), words:get(2) })
    end)

    -- Of the two formats that may be meant, and what neither is.
    local told = {
        { "matrix", "the 0.1 0.2" },
        { "matrix", "the 1 2" },
        { "matrix", "the 1 nan", "line 1, column 7: a finite number" },
        { "matrix", "1 3\na 1 2 3" },
        { "matrix", "2 2\n1 0.5 0.5\n2 1 1" },
        { "matrix", "1 1\na 0.5" },
        { "matrix", "1 3\n7 1 2 3" },
        { "matrix", "1 700\na" .. (" 0.1234567"):rep(700) },
        { "matrix", "a" .. (" 0.1234567"):rep(10000) },
        { "matrix", "1 10000\na" .. (" 0.1234567"):rep(10000) },
        { "graph", "1 2" },
        { "graph", "1 2 0.5" },
        { "graph", "1 2 3" },
        { "graph", "3 2\n1 2 0.5" },
        { "graph", "3 2\n1 2" },
        { "graph", "3 1\n1 2" },
        { "graph", "1 1\n1 5 2" },
        { "graph", "# 1 2 3\n1 2" },
        { "graph", "% 1 2 3\n1 2" },
        { "graph", "0.1 0.2 0.3", "line 1: an id" },
        { "graph", "7 1 2 3", 'line 1: "from to' },
        { "graph", "the 0.1", "line 1: an id" },
        { "graph", "1 3\na 1 2", "line 2: an id" },
    }
    for _, case in ipairs(told) do
        it(("are told from edges: %q is a %s"):format(case[2]:sub(1, 30):gsub("\n", "/"), case[1]),
            function()
                if case[3] then return refused(case[3], case[2]) end
                local value = assert(loaded(case[2]))
                assert.equal(case[1] == "matrix", require("engram.matrix").is_matrix(value))
            end)
    end

    it("are what as says they are", function()
        assert.same({ { "1", 2, 0.5 } }, rows_of("1 2 0.5", { as = "vectors" }))
        assert.same({ { "1", 2, 0.5 } }, rows_of("1 2\n1 2 0.5", { as = "vectors" }))
        assert.same({ { "the", 1 } }, rows_of("the 1", { as = "vectors" }))
        assert.same({}, rows_of("0 3\n", { as = "vectors" }))
    end)

    local bad = {
        { "", "line 1: a word and its numbers expected, found nothing" },
        { "\n", "line 1: a word and its numbers expected, found nothing" },
        { "the", 'line 1, column 1: a word and its numbers expected, found "the"' },
        { "a 1 2\nb 3\n", "line 2: 2 numbers expected, found 1" },
        { "a 1 2\nb 3 4 5\n", "line 2: 2 numbers expected, found 3" },
        { "a 1 2\nb 3 4 5\nb", "line 2: 2 numbers expected, found 3" },
        { "a 1 2\nb\n", "line 2: 2 numbers expected, found 0" },
        { "a 1 2\n\nb 3 4\n", "line 2: a word and 2 numbers expected, found nothing" },
        { "a 1 2\n \t\n", "line 2: a word and 2 numbers expected, found nothing" },
        { "a 1 2\nb 3 x\n", 'line 2, column 5: a number expected, found "x"' },
        { "a 1 2\nb 3 1e\n", 'line 2, column 5: a number expected, found "1e"' },
        { "a 1 2\nb 3 0x10\n", 'line 2, column 5: a number expected, found "0x10"' },
        { "a 1 2\nb 3-4\n", 'line 2, column 3: a number expected, found "3-4"' },
        { "a 1 2\nb 3 1,5\n", 'line 2, column 5: a number expected, found "1,5"' },
        { "a 1 2\nb . 4\n", 'line 2, column 3: a number expected, found "."' },
        { "a 1 2\nb 3 4\0\n", 'line 2, column 5: a number expected, found "4\\000"' },
        { "a 1 2\nb  nan 4\n", 'line 2, column 4: a finite number expected, found "nan"' },
        { "a 1 2\nb 3 -inf\n", 'line 2, column 5: a finite number expected, found "-inf"' },
        { "a 1 2\nb 3 1e39\n", 'line 2, column 5: a finite number expected, found "1e39"' },
        { "a 1 2\nb x 3 nan\n", 'line 2, column 7: a finite number expected, found "nan"' },
        { "3 2\na 1.55 2.55\nb 3 4\n", "line 3: the file ends after 2 rows, 3 expected" },
        { "1 2\na 1 2\nb 3 4\n", "line 3: the end of the file expected after 1 rows" },
        { "2 3\na 1.5 2.5\nb 3 4 5\n", "line 2: 3 numbers expected, found 2" },
        { "1 0\na\n", 'line 1: rows and numbers in each that 2 bytes can hold expected, found "1' },
        { "4 2\na 1 2\nb 3 4\n", "line 1: rows and numbers in each that 12 bytes can hold expe" },
        { "4294967295 4294967280\na 1 2\n", "line 1: rows and numbers in each that 6 bytes" },
        { "1 18446744073709551616\na 1 2\n", "line 1: rows and numbers in each that 6 bytes" },
        { "1 4294967297\na 1\n", "line 1: rows and numbers in each that 4 bytes" },
        { "99999999999999999999999 1\na 1\n", "line 1: rows and numbers in each that 4 bytes" },
        { "a 1 2\n" .. ("x"):rep(5 * 2 ^ 20) .. " 1 2\n", "line 2: more than 4194304 bytes found" },
        { ("x"):rep(5 * 2 ^ 20), "line 1: more than 4194304 bytes found" },
        { "2 2\n" .. ("x"):rep(5 * 2 ^ 20), "line 2: more than 4194304 bytes found" },
    }
    for _, case in ipairs(bad) do
        it(("refuse %q: %s"):format(case[1]:sub(1, 20):gsub("%c", "?"), case[2]), function()
            refused(case[2], case[1], { as = "vectors" })
        end)
    end

    it("take no more memory than the file can be worth", function()
        -- A line of 100,000 numbers and a million that are empty: 400 GB, if all were rows.
        refused("line 2: a word and 100000 numbers expected, found nothing",
            "a" .. (" 1"):rep(100000) .. ("\n"):rep(1000000))
    end)
end)

describe("vectors in word2vec's binary", function()
    it("are to the bit what was written, with a line's end behind each row or none", function()
        assert_sample(1, 1500, loaded(as_binary(1, 1500, "\n")))
        assert_sample(1, 1500, loaded(as_binary(1, 1500, "")))
    end)

    it("are read in part", function()
        for _, behind in ipairs { "\n", "" } do
            local bytes = as_binary(1, 50, behind)
            assert_sample(11, 30, loaded(bytes, { rows = { 11, 30 } }))
            assert_sample(50, 50, loaded(bytes, { rows = { 50, 50 } }))
            refused("byte 0: rows 50 to 51 expected, found 50 rows", bytes,
                { rows = { 50, 51 } })
        end
    end)

    it("of many pieces come with their progress", function()
        local bytes = as_binary(1, 10000, "\n")
        bytes = "30000 100\n" .. bytes:sub(bytes:find("\n", 1, true) + 1, -1):rep(3)
        local last, calls = 0, 0
        local m, words = loaded(bytes, { progress = function(done, total)
            assert.equal(#bytes, total)
            assert.is_true(done >= last and done <= total)
            last, calls = done, calls + 1
        end })
        assert.same({ 30000, 30000 }, { m.rows, #words })
        assert.is_true(calls >= 3, calls)
        assert.equal(sample:get(10000, 100), m:get(30000, 100))
        assert.equal(sample_words:get(1), words:get(20001))
    end)

    it("may have what looks like text, where as says so", function()
        local bytes = "2 1\na " .. "abcd" .. "\nb " .. "efgh"
        local rows = rows_of(bytes, { as = "word2vec" })
        local numbers = ffi.new("float[2]")
        ffi.copy(numbers, "abcdefgh", 8)
        assert.same({ { "a", numbers[0] }, { "b", numbers[1] } }, rows)
    end)

    it("take no rows, words of any bytes, and CRLF behind the counts", function()
        assert.same({}, rows_of("0 3\n", { as = "word2vec" }))
        assert.same({ { "\0\255\r", 1, 2 } }, rows_of("1 2\r\n\0\255\r " .. floats(1, 2)))
    end)

    local two = "2 2\nthe " .. floats(1, 2) .. "\nof " .. floats(3, 4)
    local huge = float_t()
    huge[0] = 1 / 0
    local bad = {
        { "", 'byte 0: a line with the counts of rows and of numbers in each expected, found the' },
        { "2 2", 'byte 0: a line with the counts' },
        { "2\n\1\1\1\1\1\1\1", 'byte 0: a line with the counts' },
        { "-2 2\n\1\1\1", 'byte 0: a line with the counts' },
        { "2 2 2\n\1\1\1", 'byte 0: a line with the counts' },
        { "2 2x\n\1\1\1", 'byte 0: a line with the counts' },
        { ("1"):rep(70) .. " 2\n\1\1\1", 'byte 0: a line with the counts' },
        { two .. "\n\n", 'byte 29: the end of the file expected, found "\\010"' },
        { two .. "x", 'byte 28: the end of the file expected, found "x"' },
        { two:sub(1, -2), "byte 27: the file ends within row 2 of 2" },
        { two:sub(1, 18), "byte 0: 2 rows of 2 numbers found, which 14 bytes can not hold" },
        { "9" .. two:sub(2), "byte 0: 9 rows of 2 numbers found, which 24 bytes can not hold" },
        { "1" .. two:sub(2), 'byte 17: the end of the file expected, found "of ' },
        { "0" .. two:sub(2), 'byte 4: the end of the file expected, found "the ' },
        { "2 0" .. two:sub(4), "byte 0: 2 rows of 0 numbers found" },
        { "4294967295 1" .. two:sub(4), "byte 0: 4294967295 rows of 1 numbers found" },
        { "1 4611686018427387904" .. two:sub(4), "byte 0: 1 rows of 4611686018427387904 number" },
        { "1 2\n " .. floats(1, 2) .. "x", 'byte 4: a word and a blank expected, found " \\000' },
        { "1 2\na\nb " .. floats(1, 2), 'byte 4: a word and a blank expected, found "a\\010b' },
        { "1 2\n" .. ("a"):rep(70000), 'byte 4: a word and a blank expected, found "aaaaaaaa' },
        { "1 2\n" .. ("a"):rep(200), "byte 204: the file ends within row 1 of 1" },
        { "1 2\na " .. floats(1, huge[0]), "byte 10: a finite number expected, found inf" },
        { "1 2\na " .. floats(0 / 0, 1) .. "\n", "byte 6: a finite number expected, found " },
    }
    for _, case in ipairs(bad) do
        it(("refuse %q: %s"):format(case[1]:sub(1, 20):gsub("%c", "?"), case[2]), function()
            refused(case[2], case[1], { as = "word2vec" })
        end)
    end

    it("are known by their first bytes, also when their counts lie", function()
        refused("byte 0: 9 rows of 2 numbers", "9" .. two:sub(2))
        assert.equal(2, loaded(two).rows)
    end)
end)
