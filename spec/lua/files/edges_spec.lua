-- Edge lists against a reader of their own, ten lines long, that takes nothing for hostile:
-- what is hostile is in spec/lua/load_spec.lua and spec/lua/files/hostile_spec.lua.

local engram = require "engram"
local ffi = require "ffi"

local child = require "spec.support.child"
local graphs = require "spec.support.graphs"

ffi.cdef "float strtof(const char *text, char **end);"

local function loaded(text, options)
    return child.with_file(text, function(path) return engram.load(path, options) end)
end

local function edges_of(text, options)
    local edges, highest = {}, 0
    for line in (text .. "\n"):gmatch "([^\n]*)\n" do
        local from, to, third, fourth = line:match "^%s*(%d+)%s+(%d+)%s*(%S*)%s*(%S*)%s*$"
        if from then
            local number = options.kinds and fourth or third
            local weight = number == "" and 1 or ffi.C.strtof(number, nil)
            if options.weights then
                weight = options.weights[third] or options.weights.default
            end
            local base = options.base or 0
            local edge = { from - base + 1, to - base + 1, weight }
            if options.kinds then edge[4] = third end
            edges[#edges + 1] = edge
            highest = math.max(highest, edge[1], edge[2])
        end
    end
    return engram.graph(options.nodes or highest, edges, { dup = options.dup,
        self = options.self })
end

-- Lines of every shape that is accepted.
local function random_text(random, options)
    local blanks, ends = { " ", "\t", "  ", " \t " }, { "\n", "\r\n", " \n", "\n\n", "\n# x\n" }
    local kinds = { "~", "@", "syn", "#p", "é", "-1" }
    local forms = { "%d", "%.3f", "%.9g", "-%.17g", "+%de-2", ".%d", "%d.", "%.4fE+1" }
    local base, lines = options.base or 0, {}
    for i = 1, random(60) do
        local from, to = random(9) - 1 + base, random(9) - 1 + base
        local third = ""
        if options.kinds or options.weights then
            third = kinds[random(#kinds)]
            if not options.weights and random(2) == 1 then third = third .. "\t-2.5e-1" end
        elseif random(3) > 1 then
            local form = forms[random(#forms)]
            local number = form:find "f" and random() * 100 or form:find "g" and
                random() * 10 ^ (random(60) - 30) or random(1000)
            third = form:format(number)
        end
        local blank = blanks[random(#blanks)]
        lines[i] = (random(5) == 1 and blank or "") .. from .. blank .. to ..
            (third ~= "" and blank .. third or "") .. ends[random(#ends)]
    end
    return (random(2) == 1 and "% SNAP\n" or "") .. table.concat(lines)
end

describe("an edge list", function()
    local weights = { ["~"] = 0.5, ["@"] = -0.25, default = 0.1 }
    for _, options in ipairs {
        {}, { dup = "max" }, { dup = "first", self = "keep" }, { base = 1 }, { nodes = 12 },
        { base = 1, nodes = 9, self = "keep" }, { kinds = true }, { weights = weights },
        { kinds = true, weights = weights, dup = "max", base = 1 },
    } do
        local named = {}
        for key in pairs(options) do named[#named + 1] = key end
        table.sort(named)
        it("is read as what it says: " .. table.concat(named, " "), function()
            local seed = os.time()
            local random = engram.random(seed)
            for _ = 1, 60 do
                local text = random_text(random, options)
                local g, message = loaded(text, options)
                graphs.assert_same(edges_of(text, options), g, ("seed %d: %s\n%s"):format(seed,
                    tostring(message), text))
            end
        end)
    end

    it("is read piece by piece, with progress", function()
        local list, done, total = {}, {}, 0
        for i = 1, 2 ^ 20 do list[i] = ("%d\t%d\n"):format(i % 1000, i % 777) end
        local text = table.concat(list)
        local g = loaded(text, { progress = function(now, all)
            done[#done + 1], total = now, all
        end })
        assert.same({ 1000, #text, #text }, { g.nodes, total, done[#done] })
        assert.is_true(#done > 1)
        for i = 2, #done do assert.is_true(done[i] > done[i - 1]) end
        local sum = 0
        for node = 1, g.nodes do
            local _, each = g:neighbours(node)
            for _, weight in ipairs(each) do sum = sum + weight end
        end
        local selves = 0
        for i = 1, 2 ^ 20 do if i % 1000 == i % 777 then selves = selves + 1 end end
        assert.equal(2 ^ 20 - selves, sum)
    end)

    it("that counts from 1 is told so by name where it can not be otherwise", function()
        local g, message = loaded("1 2\n2 3\n", { nodes = 3 })
        assert.is_nil(g)
        assert.truthy(message:find('line 2: id "3" is above 2; base = 1 would count from 1', 1,
            true))
        g, message = loaded("1 2\n2 4\n", { nodes = 3 })
        assert.is_nil(g)
        assert.truthy(message:find('line 2: id "4" is above 2; nodes = 3 is too few$'), message)
        g, message = loaded("1 2\n2 4\n", { nodes = 3, base = 1 })
        assert.is_nil(g)
        assert.truthy(message:find('line 2: id "4" is above 3; nodes = 3 is too few$'), message)
    end)

    it("that has an id 0 is not told to count from 1", function()
        for _, text in ipairs { "1 0\n0 2\n", "0 2\n", "0 1\n1 1\n2 1\n" } do
            local g, message = loaded(text, { nodes = 2 })
            assert.is_nil(g)
            assert.truthy(message:find('id "2" is above 1; nodes = 2 is too few$'), message)
        end
    end)

    it("of no edges has none", function()
        assert.same({ 3, 0 }, { loaded("# none\n", { nodes = 3 }).nodes,
            loaded("# none\n", { nodes = 3, kinds = true }).edges })
        local g, message = loaded("0 0\n", { nodes = 0 })
        assert.is_nil(g)
        assert.truthy(message:find('line 1: id "0" is above none; nodes = 0 is too few', 1, true),
            message)
    end)

    it("that is of commas or of names is told what to do", function()
        local commas = '; commas separate nothing: put blanks in their place, for edges ' ..
            "(\"from to [weight]\" a line) as for vectors (\"word 0.5 1 2\"): 'engram help files'"
        for text, found in pairs {
            ["0,1\n"] = '"from to [weight]" expected, found "0,1"',
            ["0, 1, 0.5\n"] = 'an id expected, found "0,"',
            ["# by hand\nname,d0,d1\na,1,2\n"] = 'found "name,d0,d1"',
            ["name, d0, d1\na, 1, 2\n"] = 'an id expected, found "name,"',
        } do
            local g, message = loaded(text)
            assert.is_nil(g)
            assert.truthy(message:find(found .. commas, 1, true), message)
        end
        local _, message = loaded "alice bob 0.5\n"
        assert.truthy(message:find('line 1: an id expected, found "alice"; ids are whole ' ..
            "numbers: give each name one, as 'engram help files' shows; it is no format that " ..
            "is known", 1, true), message)
        _, message = loaded("alice bob 0.5\n", { as = "edges" })
        assert.truthy(message:find "numbers: give each name one, as .* shows$", message)
        for _, prose in ipairs { "Hello, 2 words\n", "Dear me, this is prose,\nwith commas\n" } do
            _, message = loaded(prose)
            assert.is_nil(message:find("commas separate", 1, true), message)
        end
    end)

    it("may have as many kinds as a number of two bytes tells apart, and no more", function()
        local lines = {}
        for i = 1, 2 ^ 16 do lines[i] = ("0 1 k%d\n"):format(i) end
        local text = table.concat(lines)
        assert.equal(2 ^ 16, loaded(text, { kinds = true }).edges)
        local g, message = loaded(text .. "0 1 more\n", { kinds = true })
        assert.is_nil(g)
        assert.truthy(message:find('line 65537: kind "more" is one too many', 1, true), message)
    end)

    it("may have a weight behind the kind that is kept, and nothing more", function()
        local g = loaded("0 1 ~ 0.5\n0 1 @\n", { kinds = true })
        assert.same({ { 2, 2 }, { 1, 0.5 }, { "@", "~" } }, { g:neighbours(1) })
        for text, options in pairs { ["0 1 ~ 1 1"] = { kinds = true }, ["0 1 ~ 1"] = { kinds = true,
            weights = { default = 1 } }, ["0 1 ~ x"] = { kinds = true }, ["0 1 1 1"] = {} } do
            local none, message = loaded(text, options)
            assert.is_nil(none)
            assert.truthy(message:find('line 1: .* expected, found "'), message)
        end
    end)

    it("has no kind that others mean something by", function()
        for text, why in pairs { ["0 1 default"] = "stands for all others: no arc can be of it",
            ["0 1 a\0b"] = "has a zero byte in its name" } do
            local g, message = loaded(text, { kinds = true, as = "edges" })
            assert.is_nil(g)
            assert.truthy(message:find(why, 1, true), message)
        end
    end)

    it("blames the edge whose duplicates are too much together", function()
        local g, message = loaded "0 1 1\n0 2 3e38\n0 2 3e38\n"
        assert.is_nil(g)
        assert.truthy(message:find("edge 2: the sum of its duplicates is beyond a float", 1, true))
    end)
end)
