-- Text in lines: what each is, and that nothing is lost.

local prose = require "engram.prose"
local random = require "spec.support.random"

describe("prose", function()
    it("breaks at the last blank that leaves a line short enough", function()
        assert.same({ "a text of", "some", "length" }, prose.lines("a text of some length", 10))
        assert.same({ "some length" }, prose.lines("some length", 11))
        assert.same({ "some", "length" }, prose.lines("some length", 10))
    end)

    it("leaves longer words whole", function()
        assert.same({ "an", "unbreakable", "word" }, prose.lines("an unbreakable word", 5))
    end)

    it("leaves a number beside its %", function()
        assert.same({ "from -1", "to 9 %)", "or so" }, prose.lines("from -1 to 9 %) or so", 7))
        assert.same({ "from -1 to", "9 %) or so" }, prose.lines("from -1 to 9 %) or so", 12))
        assert.same({ "% alone" }, prose.lines("% alone", 7))
    end)

    it("counts characters, not bytes", function()
        assert.same({ "é è ê" }, prose.lines("é è ê", 5))
    end)

    it("has no lines for nothing", function()
        assert.same({}, prose.lines("", 10))
        assert.same({}, prose.lines(" \n ", 10))
    end)

    it("loses no word, and could not have taken one more", function()
        local data = random.new()
        for _ = 1, 200 do
            local words, width = {}, data:whole(1, 20)
            for i = 1, data:whole(1, 30) do words[i] = ("x"):rep(data:whole(1, 8)) end
            local lines = prose.lines(table.concat(words, "  "), width)
            assert.equal(table.concat(words, " "), table.concat(lines, " "), data.hint)
            for i, line in ipairs(lines) do
                assert.is_true(#line <= width or not line:find " ", data.hint)
                local after = (lines[i + 1] or ""):match "^%S+"
                assert.is_true(not after or #line + 1 + #after > width, data.hint)
            end
        end
    end)
end)
