-- Lists of words: every one is found, in files of any shape, in threads without a copy.

local engram = require "engram"

local C = require "engram.c"
local child = require "spec.support.child"

local function of_file(text)
    return child.with_file(text, function(path) return assert(engram.words(path)) end)
end

local function listed(words)
    local list = {}
    for i = 1, #words do list[i] = words:get(i) end
    return list
end

describe("words", function()
    it("are the lines of a file, of either end, the last without one", function()
        assert.same({ "a", "b c", "", "d" }, listed(of_file "a\nb c\r\n\nd"))
        assert.same({ "a" }, listed(of_file "a\n"))
        assert.same({}, listed(of_file ""))
        assert.same({ "" }, listed(of_file "\n"))
    end)

    it("may hold any bytes", function()
        local odd = { "\0", "é", "\255\254", "a\rb", ("x"):rep(70000) }
        local words = of_file(table.concat(odd, "\n"))
        assert.same(odd, listed(words))
        for i, word in ipairs(odd) do assert.equal(i, words:find(word)) end
        assert.equal(70000, words.longest)
    end)

    it("are found by what they are, the first of two", function()
        local words = engram.words { "one", "two", "one", "" }
        assert.same({ 1, 2, 4 }, { words:find "one", words:find "two", words:find "" })
        for _, other in ipairs { "o", "ones", "ONE", "two ", "\0" } do
            assert.is_nil(words:find(other))
        end
        assert.is_nil(engram.words({}):find "x")
    end)

    it("are found among as many as a vocabulary has", function()
        local list = {}
        for i = 1, 100000 do list[i] = ("w%x"):format(i * 2654435761 % 2 ^ 32) end
        local words = engram.words(list)
        for i, word in ipairs(list) do
            if words:find(word) ~= i then assert.equal(i, words:find(word)) end
        end
        assert.is_nil(words:find "w")
    end)

    it("raise for misuse with the caller's line", function()
        local words = engram.words { "a" }
        for _, case in ipairs {
            { function() engram.words(7) end, "path or table of words expected, got number" },
            { function() engram.words { "a", 7 } end, "word 2: string expected, got number" },
            { function() engram.words { "a\nb" } end, "word 1: no line break expected" },
            { function() words:get(2) end, "from 1 to 1 expected, got 2" },
            { function() words:get(0.5) end, "got 0.5" },
            { function() words:find(7) end, "word expected, got number" },
        } do
            local ok, message = pcall(case[1])
            assert.is_false(ok)
            assert.truthy(message:find("words_spec.lua", 1, true), message)
            assert.truthy(message:find(case[2], 1, true), message)
        end
    end)

    it("answer nil and the path for a file that is not there", function()
        local words, message = engram.words "/nonexistent/words.txt"
        assert.is_nil(words)
        assert.truthy(message:find "/nonexistent/words.txt")
    end)

    it("reach threads by reference", function()
        local summary = assert(engram.run {
            source = [[
                local ffi = require "ffi"
                local engram = require "engram"
                return {
                    setup = function()
                        return { words = engram.words { "tea", "coffee" } }
                    end,
                    event = function(thread)
                        assert(thread.shared.words:find "coffee" == 2)
                        assert(thread.shared.words:get(1) == "tea")
                    end,
                    thread_done = function(thread)
                        return tostring(ffi.cast("void *", thread.shared.words))
                    end,
                    done = function(summary, results) summary.places = results end,
                }]],
            threads = 3, events = 30,
        })
        assert.equal(30, summary.results.events)
        assert.equal(summary.places[1], summary.places[2])
        assert.equal(summary.places[1], summary.places[3])
    end)

    it("leave nothing behind", function()
        collectgarbage()
        collectgarbage()
        local before = C.eg_live_objects()
        local kept = { engram.words { "a", "b" } }
        assert.equal(before + 1, C.eg_live_objects())
        assert.equal(2, #kept[1])
        kept[1] = nil
        collectgarbage()
        collectgarbage()
        assert.equal(before, C.eg_live_objects())
    end)
end)
