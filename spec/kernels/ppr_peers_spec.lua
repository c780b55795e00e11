-- Personalised PageRank next to networkx, and on WordNet.

local arena = require "engram.arena"
local child = require "spec.support.child"
local flows = require "spec.support.flows"
local oracle = require "spec.support.oracle"
local random = require "spec.support.random"
local scans = require "spec.support.scans"
local wordnet = require "spec.support.wordnet"
local pagerank = require "spec.support.pagerank"

local mark
local function remember() mark = arena.current():mark() end
local function give_back() arena.current():rewind(mark) end

local exact = pagerank.exact
local pushed = pagerank.pushed
local check_both = pagerank.check_both

-- What networkx says, if it is there: lines of numbers.
local function networkx(program)
    return child.with_file("import networkx as nx\nfrom networkx.algorithms.link_analysis" ..
        ".pagerank_alg import _pagerank_python as rank\n" .. program, function(path)
        local code, out = child.run("python3 " .. path)
        return code == 0 and out or nil
    end)
end

describe("ppr next to networkx", function()
    local miserables = networkx [[
g = nx.les_miserables_graph()
names = list(g)
for a, b, d in g.edges(data=True): print(names.index(a), names.index(b), d['weight'])
for n in ('Valjean', 'Marius', 'Cosette', 'Thenardier', 'Javert'): print(n, names.index(n))]]
    if not miserables then
        pending "needs Debian's python3-networkx: another implementation was not asked"
        return
    end

    before_each(remember)
    after_each(give_back)

    it("gives the golden numbers of Les Miserables, whose edges networkx has", function()
        local edges, node = {}, {}
        for a, b, weight in miserables:gmatch "(%d+) (%d+) (%d+)\n" do
            edges[#edges + 1] = { a + 1, b + 1, tonumber(weight) }
        end
        for name, number in miserables:gmatch "(%a+) (%d+)\n" do node[name] = number + 1 end
        assert.equal(254, #edges)
        local g = flows.both_ways(77, edges)
        check_both({ [node.Valjean] = .2601163745, [node.Marius] = .0661247666,
            [node.Cosette] = .0645607431, [node.Thenardier] = .0429425940,
            [node.Javert] = .0401807882 }, g, { [node.Valjean] = 1 }, .85, 10)
        check_both({ [node.Cosette] = .2049224814, [node.Valjean] = .1500087855,
            [node.Marius] = .0992954414 }, g, { [node.Cosette] = 1 }, .85, 10)
    end)

    it("agrees on random graphs with loops, zero weights and dangling nodes", function()
        local data = random.new(81)
        for _ = 1, 3 do
            local g, _, edges = flows.random(data, 30, .1)
            local seeds, list, starts = flows.random_seeds(data, 30), {}, {}
            for _, edge in ipairs(edges) do
                list[#list + 1] = ("(%d,%d,%.17g)"):format(edge[1], edge[2],
                    oracle.rounded(edge[3]))
            end
            for id, value in pairs(seeds) do
                starts[#starts + 1] = ("%d:%.17g"):format(id, value)
            end
            local out = networkx(("g = nx.DiGraph(); g.add_nodes_from(range(1, 31))\n" ..
                "g.add_weighted_edges_from([%s])\n" ..
                "x = rank(g, alpha=.7, personalization={%s}, tol=1e-15, max_iter=1000)\n" ..
                "for i in range(1, 31): print(repr(x[i]))"):format(table.concat(list, ","),
                table.concat(starts, ",")))
            local expected = {}
            for line in assert(out):gmatch "%S+" do expected[#expected + 1] = tonumber(line) end
            flows.all_close(expected, flows.totals(30, exact(g, seeds, .7)), 1e-13, data.hint)
        end
    end)
end)

describe("ppr and push on WordNet", function()
    if not wordnet.is_here() then
        pending "needs /usr/share/wordnet (Debian's wordnet-base): derived numbers not checked"
        return
    end

    local g, pairs_found, number = wordnet.load { self = "keep" }
    local dog = number.n02084071
    local name = { dog = dog, spitz = 10989, poodle = 10999,
        dalmatian = 10981, griffon = 10994 }
    local expected = { dog = .262407047941, spitz = .022980217469, poodle = .022980217469,
        dalmatian = .015182233693, griffon = .015182233693 }

    before_each(remember)
    after_each(give_back)

    it("give the derived numbers, with ties by lower id", function()
        assert.same({ 117659, 361647, 361647, 10816 }, { g.nodes, pairs_found, g.edges, dog })
        local hits = exact(g, { [dog] = 1 }, .85)
        assert.equal(183, hits.hops_used)
        for which, x in pairs(expected) do
            flows.close(x, hits:of(name[which]), x * 2 ^ -24 + 1e-12, which)
        end
        -- dog, toy_dog, spitz, poodle, working_dog, corgi, cur, dalmatian, griffon, hunting_dog,
        -- canine, domestic_animal
        local ids, values = scans.pairs_of(hits)
        for i, x in ipairs { .262407047941, .023496408438, .022980217469, .022980217469,
            .020435812067, .018709296023, .016988839662, .015182233693, .015182233693,
            .014859981373, .014266231554, .013885060053 } do
            flows.close(x, values[i], x * 2 ^ -24 + 1e-12, "rank " .. i)
        end
        assert.same({ dog, name.spitz, name.poodle, name.dalmatian, name.griffon },
            { ids[1], ids[3], ids[4], ids[8], ids[9] })
    end)

    it("agree to the residual of push", function()
        local all, near = exact(g, { [dog] = 1 }, .85), pushed(g, { [dog] = 1 }, 1e-6)
        local part, off = flows.totals(g.nodes, near), 0
        for i = 1, #all do
            local id, x = all:get(i)
            assert.is_true(x - part[id] >= -x * 2 ^ -23)
            off = off + x - part[id]
        end
        flows.close(near.residual, off, 2 ^ -23)
        assert.is_true(near.hops_used <= 1 / (1e-6 * .15))
    end)
end)
