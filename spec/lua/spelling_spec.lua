-- Words that are spelt almost alike: hand-counted distances, and a plain recursive oracle.

local engram = require "engram"
local random = require "spec.support.random"
local spelling = require "engram.spelling"

local function near(word, list, count)
    return spelling.near(word, engram.words(list), count or 3)
end

describe("words that are spelt almost so", function()
    it("have a letter more, less, other, or two exchanged", function()
        local list = { "coffee", "cofee", "coffees", "toffee", "cofefe", "cotton" }
        assert.same({ "coffee", "cofee", "coffees", "toffee", "cofefe" }, near("coffee", list, 6))
        assert.same({ "ocffee", "cofefe", "coffe" }, near("coffee", { "ocffee", "cofefe", "ocfefx",
            "tea", "coffin spoon", "coffe" }, 9))
        assert.same({ "ba" }, near("ab", { "ba" }))
    end)

    it("come by how close they are, then in the order of the list", function()
        assert.same({ "abcdef", "abcdeg", "abcdeh", "abcdxy" },
            near("abcdef", { "abcdxy", "abcdeg", "abcdeh", "abcdef" }, 4))
        assert.same({ "abcdef", "abcdeg" },
            near("abcdef", { "abcdxy", "abcdeg", "abcdeh", "abcdef" }, 2))
    end)

    it("give way to closer ones", function()
        assert.same({ "abcdeg", "abcdxy" }, near("abcdef", { "abcdxy", "abcxyf", "abcdeg" }, 2))
        assert.same({ "abcdef" }, near("abcdef", { "abcdxy", "abcdeg", "abcdef" }, 1))
    end)

    it("differ in a third of the letters at most, but in one at least", function()
        assert.same({ "ax" }, near("ab", { "xy", "ax", "zzzz" }))
        assert.same({}, near("abc", { "axy", "" }))
        assert.same({ "axydef" }, near("abcdef", { "axydef", "axyzef" }))
    end)

    it("have letters of several bytes", function()
        assert.same({ "cafè", "cafe", "café" },
            near("cafè", { "cafe", "café", "cofé", "cafè" }))
        assert.same({ "東京" }, near("東亰", { "東北道", "東京", "京東京" }, 1))
        assert.same({ "naive" }, near("naïve", { "native", "naive" }, 1))
        assert.same({ "\255\128" }, near("\255", { "\255\128", "\128\128\255\255\255" }))
    end)

    it("are none of nothing, and none of what is beyond words", function()
        assert.same({}, near("", { "abc" }))
        assert.same({ "a" }, near("", { "abc", "a" }))
        assert.same({}, near(("x"):rep(1000), { ("x"):rep(1000) }))
        assert.same({}, near("abc", {}))
        assert.same({ "abc" }, near("abc", { ("abc"):rep(100), "abc" }))
    end)

    it("are found in a Lua list, too, the closest one alone", function()
        assert.equal("event", spelling.closest("evnt", { "done", "event", "evenl" }))
        assert.is_nil(spelling.closest("evnt", { "done" }))
        assert.is_nil(spelling.closest("evnt", {}))
        assert.equal("thread_init", spelling.closest("thread_info", { "thread_init" }))
        assert.is_nil(spelling.closest("thread_info", { "thread_init" }, 1))
    end)

    it("agree with a definition that is written down plainly", function()
        local function distance(a, b)
            if a == "" or b == "" then return #a + #b end
            local cost = a:sub(-1) == b:sub(-1) and 0 or 1
            local best = math.min(distance(a:sub(1, -2), b) + 1, distance(a, b:sub(1, -2)) + 1,
                distance(a:sub(1, -2), b:sub(1, -2)) + cost)
            if #a > 1 and #b > 1 and a:sub(-1) == b:sub(-2, -2) and a:sub(-2, -2) == b:sub(-1) then
                best = math.min(best, distance(a:sub(1, -3), b:sub(1, -3)) + 1)
            end
            return best
        end
        local draw = random.new()
        local function word()
            local letters = {}
            for i = 1, draw:whole(3, 6) do letters[i] = string.char(draw:whole(97, 99)) end
            return table.concat(letters)
        end
        for _ = 1, 200 do
            local own, list, expected = word(), {}, {}
            for i = 1, 8 do list[i] = word() .. ("-"):rep(i % 2) end
            for i, each in ipairs(list) do
                local apart = distance(own, each)
                if apart <= math.max(1, math.floor(#own / 3)) then
                    expected[#expected + 1] = { apart, i, each }
                end
            end
            table.sort(expected, function(a, b)
                return a[1] < b[1] or a[1] == b[1] and a[2] < b[2]
            end)
            for i, each in ipairs(expected) do expected[i] = each[3] end
            local found = near(own, list, 3)
            for i = #expected, 4, -1 do expected[i] = nil end
            assert.same(expected, found, draw.hint .. ", " .. own)
        end
    end)
end)
