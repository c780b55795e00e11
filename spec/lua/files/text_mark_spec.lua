-- The byte order mark that some editors put before UTF-8 is no part of the first word or number.

local check = require "engram.check"
local child = require "spec.support.child"
local engram = require "engram"

local mark = "\239\187\191"

local function loaded(text, options)
    return child.with_file(text, function(path) return engram.load(path, options) end)
end

local read = {}

function read.graph(g, list)
    for i = 1, g.nodes do list[#list + 1] = { g:neighbours(i) } end
end

function read.matrix(m, list)
    for i = 1, m.rows do list[#list + 1] = m:get(i, m.dims) end
end

function read.words(words, list)
    for i = 1, #words do list[#list + 1] = words:get(i) end
end

-- What can be told of a value, and the words beside it, that load answers.
local function told(value, words)
    assert(value, words)
    local list = { tostring(value) }
    read[check.kind(value)](value, list)
    if words then read.words(words, list) end
    return list
end

local texts = {
    { "a list of edges", "0 1 0.5\n1 0\n" },
    { "a comment before edges", "# from to\n0 1 0.5\n" },
    { "edges with kinds", "0 1 ~\n1 0 !\n", { kinds = true } },
    { "Matrix Market's text", "%%MatrixMarket matrix coordinate pattern general\n2 2 1\n2 1\n" },
    { "words with vectors", "the 1 2\nof 3 4\n" },
    { "a word with one number", "the 1\nof 3\n", { as = "vectors" } },
    { "word2vec's text", "2 3\nthe 1 2 3\nof 4 5 6\n" },
    { "words", "the\nof\n", { as = "words" } },
}

describe("UTF-8's byte order mark", function()
    for _, case in ipairs(texts) do
        it("is passed over before " .. case[1], function()
            local text, options = case[2], case[3]
            assert.same(told(loaded(text, options)), told(loaded(mark .. text, options)))
        end)
    end

    it("is a word's where it stands further on, or twice", function()
        local words = assert(loaded(mark .. mark .. "a\n" .. mark .. "b\n", { as = "words" }))
        assert.same({ 2, mark .. "a", mark .. "b" }, { #words, words:get(1), words:get(2) })
        assert.equal(1, engram.words({ mark .. "a" }):find(mark .. "a"))
    end)

    it("leaves lines and columns in messages what they are", function()
        for text, where in pairs { ["0 1\n0 x\n"] = "line 2: ", ["the 1 2\nof 3 x\n"] =
            "line 2, column 6: ", ["the 1 2\nof 3 4 5\n"] = "line 2: ", ["0 x\n"] = "line 1: " } do
            local _, plain = loaded(text)
            local _, marked = loaded(mark .. text)
            assert.equal(plain:match ": (.*)", marked:match ": (.*)")
            assert.truthy(marked:find(where, 1, true), marked)
        end
    end)

    it("alone is an empty file", function()
        local _, message = loaded(mark)
        assert.truthy(message:find("line 1: an edge expected, the file is empty", 1, true), message)
        assert.equal(0, #loaded(mark, { as = "words" }))
        for _, as in ipairs { "mtx", "vectors" } do
            assert.truthy(select(2, loaded(mark, { as = as })):find ": line 1: ")
        end
    end)
end)
