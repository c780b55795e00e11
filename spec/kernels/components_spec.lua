-- Components against a search that visits the neighbours of either direction, one by one.

local engram = require "engram"
local C = require "engram.c"
local ffi = require "ffi"

local wordnet = require "spec.support.wordnet"

local function counted(g)
    return { g:components() }
end

-- How many parts, and the most nodes in one, of edges { from, to }.
local function searched(nodes, edges)
    local linked = {}
    for i = 1, nodes do linked[i] = {} end
    for _, edge in ipairs(edges) do
        table.insert(linked[edge[1]], edge[2])
        table.insert(linked[edge[2]], edge[1])
    end
    local seen, parts, most = {}, 0, 0
    for start = 1, nodes do
        local waiting, size = { not seen[start] and start or nil }, 0
        if waiting[1] then parts, seen[start] = parts + 1, true end
        while #waiting > 0 do
            size = size + 1
            for _, other in ipairs(linked[table.remove(waiting)]) do
                if not seen[other] then
                    seen[other] = true
                    waiting[#waiting + 1] = other
                end
            end
        end
        most = math.max(most, size)
    end
    return { parts, most }
end

describe("components", function()
    it("of small graphs are those one sees", function()
        assert.same({ 0, 0 }, counted(engram.graph(0, {})))
        assert.same({ 3, 1 }, counted(engram.graph(3, {})))
        assert.same({ 1, 3 }, counted(engram.graph(3, { { 1, 2 }, { 3, 2 } })))
        assert.same({ 2, 2 }, counted(engram.graph(3, { { 3, 1 }, { 1, 3 } })))
        assert.same({ 2, 1 }, counted(engram.graph(2, { { 1, 1 } }, { self = "keep" })))
        assert.same({ 1, 2 }, counted(engram.graph(2, { { 1, 2, 0 } })))
        assert.same({ 1, 2 }, counted(engram.graph(2, { { 1, 2, 1, "a" }, { 1, 2, 1, "b" } })))
    end)

    it("of random graphs are those that a search finds", function()
        local seed = os.time()
        local random = engram.random(seed)
        for _ = 1, 300 do
            local nodes, edges = random(60), {}
            for i = 1, random(0, nodes) do edges[i] = { random(nodes), random(nodes) } end
            assert.same(searched(nodes, edges), counted(engram.graph(nodes, edges)), seed)
        end
    end)

    it("of a long chain, in any order of its links, are one", function()
        local random, edges, n = engram.random(7), {}, 200000
        for i = 1, n - 1 do edges[i] = random(2) == 1 and { i, i + 1 } or { i + 1, i } end
        assert.same({ 1, n }, counted(engram.graph(n, edges)))
        edges[n / 2] = nil
        local from, to = {}, {}
        for i = 1, n - 1 do
            local edge = edges[i] or { 1, 2 }
            from[i], to[i] = edge[1], edge[2]
        end
        assert.same({ 2, n / 2 }, counted(engram.graph(n, { from = from, to = to })))
    end)

    it("of a ring of pairs meet however their trees grow", function()
        local edges = {}
        for width = 0, 9 do
            for i = 1, 1024, 2 ^ (width + 1) do edges[#edges + 1] = { i + 2 ^ width, i } end
        end
        assert.same({ 1, 1024 }, counted(engram.graph(1024, edges)))
    end)

    it("take scratch and give it back", function()
        local arena = engram.arena()
        local mark = arena:mark()
        counted(engram.graph(5, { { 1, 2 } }))
        assert.equal(mark, arena:mark())
    end)

    it("answer a status where there is no room or no graph, and leave the answer alone", function()
        local arena = C.eg_arena_new(65536, C.EG_ERROR, 0, 0)
        local found = ffi.new("eg_components", { 7, 7 })
        local large = engram.graph(100000, {})
        assert.equal(tonumber(C.EG_OVERFLOW), C.eg_graph_components(arena, large, found))
        assert.equal(tonumber(C.EG_INVALID), C.eg_graph_components(arena, nil, found))
        assert.same({ 7, 7, 0 }, { found.count, found.largest, C.eg_arena_mark(arena) })
        C.eg_arena_free(arena)
    end)

    it("of a graph too large for a thread's arena say what would fit", function()
        local summary = assert(engram.run { arena_size = "64K", events = 1, threads = 1,
            max_errors = "all", source = [[
                local engram = require "engram"
                return { setup = function() return { g = engram.graph(100000, {}) } end,
                    event = function(thread) thread.shared.g:components() end }]] })
        assert.truthy(summary.errors[1].message:find("arena overflow in 'components'", 1, true))
    end)

    it("of WordNet are those that were counted", function()
        if not wordnet.is_here() then
            return pending "needs /usr/share/wordnet (Debian's wordnet-base)"
        end
        assert.same({ 1377, 115426 },
            counted(engram.load("/usr/share/wordnet", { as = "wordnet", dup = "max" })))
    end)

    -- Whoever can be reached from dog, and can reach it: more than half, so the largest there is.
    it("of WordNet hold a strong one as large as was counted", function()
        if not wordnet.is_here() then
            return pending "needs /usr/share/wordnet (Debian's wordnet-base)"
        end
        local g, _, number = wordnet.load()
        local dog = number.n02084071
        local function reached(from, to)
            local other = engram.graph(g.nodes, { from = from, to = to })
            local seen, waiting = { [dog] = true }, { dog }
            while #waiting > 0 do
                for _, node in ipairs((other:neighbours(table.remove(waiting)))) do
                    if not seen[node] then
                        seen[node] = true
                        waiting[#waiting + 1] = node
                    end
                end
            end
            return seen
        end
        local from, to, count = {}, {}, 0
        for i = 1, g.nodes do
            for _, j in ipairs((g:neighbours(i))) do from[#from + 1], to[#to + 1] = i, j end
        end
        local down, up = reached(from, to), reached(to, from)
        for node in pairs(down) do count = count + (up[node] and 1 or 0) end
        assert.equal(111733, count)
    end)
end)
