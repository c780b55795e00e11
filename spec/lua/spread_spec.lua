-- engram.spread from Lua: what it takes, what it says when it does not, and that the loop
-- around it compiles.
local arena = require "engram.arena"
local graph = require "engram.graph"
local matrix = require "engram.matrix"
local similarity = require "engram.similarity"
local spread = require "engram.spread"
local random = require "spec.support.random"
local scans = require "spec.support.scans"

local small = graph.graph(4, { { 1, 2 }, { 2, 3, .5 }, { 3, 1, .25 }, { 2, 4, .25 } })
local one_hop = { max_hops = 1 }

local function message_of(...)
    local worked, message = pcall(spread.spread, ...)
    assert.is_false(worked)
    return (message:gsub("^bad argument ", ""):gsub("^#(%d) to 'spread' ", "%1: "))
end

local mark
local function remember() mark = arena.current():mark() end
local function give_back() arena.current():rewind(mark) end

describe("engram.spread", function()
    before_each(remember)
    after_each(give_back)

    it("takes a table of seeds", function()
        local hits = spread.spread(small, { [2] = 1, [3] = 2 }, { max_hops = 1 })
        assert.same({ { 3, 2, 1, 4 }, { 2.5, 1, .5, .25 } }, { scans.pairs_of(hits) })
    end)

    it("takes the hits of nearest", function()
        local memories = matrix.matrix { { 1, 0 }, { 0, 1 }, { 3, 4 }, { 0, -1 } }
        local near = similarity.nearest({ 0, 1 }, memories, 2)
        assert.same({ { 2, 3 } }, { (scans.pairs_of(near)) })
        local hits = spread.spread(small, near, { max_hops = 1 })
        local same = spread.spread(small, { [2] = near:of(2), [3] = near:of(3) }, { max_hops = 1 })
        assert.same({ scans.pairs_of(same) }, { scans.pairs_of(hits) })
    end)

    it("takes its own hits, to go on", function()
        local first = spread.spread(small, { [1] = 1 }, one_hop)
        local second = spread.spread(small, first, one_hop)
        assert.same({ { 2, 1, 3, 4 }, { 2, 1, .5, .25 } }, { scans.pairs_of(second) })
    end)

    it("takes thousands of seeds, and cuts them by id", function()
        local data, seeds, n = random.new(71), {}, 5000
        while n > 0 do
            local id = data:whole(1, 20000)
            if not seeds[id] then seeds[id], n = id, n - 1 end
        end
        local hits = spread.spread(graph.graph(20000, {}), seeds, { max_hops = 1, max_nodes = 100 })
        local count, highest = 0, hits:get(1)
        for id in pairs(seeds) do
            if id <= highest then count = count + 1 end
        end
        assert.same({ 100, 100 }, { #hits, count }, data.hint)
    end)

    it("accepts any one stop rule", function()
        for _, options in ipairs { { decay = .9 }, { max_hops = 1 }, { threshold = .1 } } do
            assert.is_true(#spread.spread(small, { [1] = 1 }, options) > 0)
        end
    end)

    it("is stale once the arena was rewound", function()
        local hits = spread.spread(small, { [1] = 1 }, one_hop)
        give_back()
        assert.has_error(function() hits:get(1) end, "stale: its arena was rewound")
        assert.has_error(function() spread.spread(small, hits, one_hop) end,
            "stale: its arena was rewound")
    end)

    it("raises an overflow that names the size that fits", function()
        scans.within(scans.arena(2 ^ 16, "error"), function()
            local message = message_of(graph.graph(10000, {}), { [1] = 1 }, one_hop)
            assert.matches("^arena overflow in 'spread'", message)
            assert.matches("ENGRAM_ARENA_SIZE=384K", message)
        end)
    end)
end)

describe("engram.spread refuses", function()
    before_each(remember)
    after_each(function()
        assert.equal(mark, arena.current():mark())
    end)

    it("a call without a stop rule", function()
        local message = "3: (no stop rule: give decay below 1, max_hops, or threshold above 0)"
        local endless = { {}, { decay = 1 }, { threshold = 0 }, { clamp = 1, max_nodes = 5 } }
        for _, options in ipairs(endless) do
            assert.equal(message, message_of(small, { [1] = 1 }, options))
        end
        assert.equal(message, message_of(small, { [1] = 1 }))
    end)

    it("what is no graph, no seeds, no options", function()
        assert.equal("1: (graph expected, got nil)", message_of(nil, {}, one_hop))
        assert.equal("1: (graph expected, got table)", message_of({}, {}, one_hop))
        assert.equal("2: (table { [id] = activation } or hits expected, got nil)",
            message_of(small, nil, one_hop))
        assert.equal("3: (table of options expected, got number)", message_of(small, {}, 3))
        assert.equal("3: (unknown option 'hops'; known are accumulate, clamp, decay, fan, " ..
            "max_hops, max_nodes, method, refire, relations, threshold, topk)",
            message_of(small, {}, { hops = 3 }))
    end)

    it("a method that is not there, by name", function()
        for _, name in ipairs { "walk", 1, true } do
            assert.equal("3: (method: one of 'actr', 'best', 'once', 'ppr', 'push', " ..
                "'spreadr' expected, got " .. tostring(name) .. ")",
                message_of(small, {}, { method = name }))
        end
        assert.equal(0, #spread.spread(small, {}, { method = "once", max_hops = 1 }))
        give_back()
    end)

    it("the options of another method, by name", function()
        local wrong = {
            { "ppr", "decay",
                "ppr takes alpha, dangling, max_iter, relations, tol, topk, not decay" },
            { "push", "tol", "push takes alpha, dangling, eps, relations, topk, not tol" },
            { "best", "clamp",
                "best takes budget, decay, fan, max_hops, threshold, topk, not clamp" },
            { "spreadr", "alpha",
                "spreadr takes loss, relations, retention, suppress, threshold_to_stop, time, " ..
                "topk, not alpha" },
            { "once", "retention",
                "once takes accumulate, clamp, decay, fan, max_hops, max_nodes, refire, " ..
                "relations, threshold, topk, " ..
                "not retention" },
        }
        for _, case in ipairs(wrong) do
            assert.equal("3: (" .. case[3] .. ")",
                message_of(small, {}, { method = case[1], [case[2]] = 1 }))
        end
        assert.equal("3: (unknown option 'hops'; known are alpha, dangling, max_iter, method, " ..
            "relations, tol, topk)", message_of(small, {}, { method = "ppr", hops = 3 }))
    end)

    it("a call of another method without a stop rule", function()
        local endless = {}
        for _, options in ipairs { {}, { loss = .5 }, { threshold_to_stop = 1 },
            { suppress = 1, retention = 0 } } do
            options.method = "spreadr"
            endless[#endless + 1] = options
        end
        for _, options in ipairs(endless) do
            assert.equal("3: (no stop rule: give time, or threshold_to_stop of " ..
                "2.3e-308 and loss of 1e-16 or more)",
                message_of(small, { [1] = 1 }, options))
        end
        assert.equal("3: (no stop rule: give decay below 1, max_hops, threshold above 0, or " ..
            "budget)", message_of(small, { [1] = 1 }, { method = "best", fan = "out" }))
        assert.equal("3: (no stop rule: give eps)",
            message_of(small, { [1] = 1 }, { method = "push", alpha = .5 }))
        spread.spread(small, { [1] = 1 }, { method = "spreadr", loss = .5, threshold_to_stop = 1 })
        give_back()
    end)

    it("numbers out of range for another method, by name", function()
        local inner = { "number above 0 and below 1", { 0, 1, -1, 0 / 0, "1" } }
        local rule = { "one of 'drop', 'keep', 'restart'", { "lose", 1 } }
        local wrong = {
            spreadr = {
                retention = { "number from 0 to 1, table or vector", { -1, 1.1, 0 / 0, "1" } },
                loss = { "number from 0 to 1", { -1, 1.1, 0 / 0, "1" } },
                suppress = { "number from 0", { -1, 0 / 0, 1 / 0, "1" } },
                threshold_to_stop = { "number from 0", { -1, 0 / 0, 1 / 0, "1" } },
                time = { "whole number from 1 to 4294967295", { 0, 1.5, 2 ^ 32, "1" } },
            },
            ppr = {
                alpha = inner, dangling = rule, tol = { "number from 0", { -1, 0 / 0, "1" } },
                max_iter = { "whole number from 1 to 4294967295", { 0, 1.5, 2 ^ 32, "1" } },
            },
            push = {
                alpha = inner, dangling = rule,
                eps = { "number of 2.3e-308 or more", { 0, -1, 0 / 0, "1", 2e-308 } },
            },
        }
        for method, cases in pairs(wrong) do
            for name, case in pairs(cases) do
                for _, value in ipairs(case[2]) do
                    local options = { method = method, [name] = value }
                    if method == "push" then options.eps = options.eps or 1 end
                    if method == "spreadr" then options.time = options.time or 1 end
                    local expected = ("%s: %s expected, got %s"):format(name, case[1],
                        tostring(value))
                    assert.equal("3: (" .. expected .. ")", message_of(small, { [1] = 1 }, options))
                end
            end
        end
    end)

    it("a retention that does not fit the nodes", function()
        local function message(retention)
            return message_of(small, { [1] = 1 },
                { method = "spreadr", time = 1, retention = retention })
        end
        assert.equal("3: (retention: 4 numbers expected, one per node, got 3)", message { 0, 0, 0 })
        assert.equal("3: (retention: 4 numbers expected, one per node, got 5)",
            message(matrix.vector { 0, 0, 0, 0, 0 }))
        assert.equal("3: (retention: node 3: number from 0 to 1 expected, got 2)",
            message { 0, 1, 2, 3 })
        assert.equal("3: (retention: node 2: number from 0 to 1 expected, got x)",
            message { 0, "x", 0, 0 })
        assert.equal("3: (retention: node 4: number from 0 to 1 expected, got -1)",
            message(matrix.vector { 0, 0, 0, -1 }))
    end)

    local others = { spreadr = { time = 1 }, ppr = {}, push = { eps = .1 } }

    it("what flows when it is negative", function()
        local inhibits = graph.graph(2, { { 1, 2, -1 } })
        for method, options in pairs(others) do
            options.method = method
            assert.equal("2: (seed 2: activation -1 is negative, which " .. method ..
                " can not spread)", message_of(small, { [2] = -1 }, options))
            local message = message_of(inhibits, { [1] = 1 }, options)
            assert.matches("spread: " .. method .. " can not spread along a negative weight",
                message, 1, true)
            message = message_of(small, { [1] = 3e38, [2] = 3e38 }, options)
            assert.matches("spread: the sum of the seeds is beyond a float", message, 1, true)
        end
    end)

    it("seeds that are no nodes or no numbers, by id", function()
        for _, id in ipairs { 0, 5, 1.5, -1, 2 ^ 32 + 1, "1" } do
            assert.equal("2: (seed " .. tostring(id) .. " is not within 1 to 4)",
                message_of(small, { [id] = 1 }, one_hop))
        end
        for _, value in ipairs { 0 / 0, 1 / 0, -1 / 0, true, "1" } do
            assert.equal("2: (seed 2: activation " .. tostring(value) .. " is not a finite number)",
                message_of(small, { [2] = value }, one_hop))
        end
    end)

    it("numbers out of range, by name", function()
        local wrong = {
            decay = { "number above 0 to 1", { 0, 1.1, -1, 0 / 0, "1" } },
            threshold = { "number from 0", { -1, 0 / 0, 1 / 0, "1" } },
            clamp = { "number above 0", { 0, -1, 0 / 0, 1 / 0, true } },
            max_hops = { "whole number from 1 to 4294967295", { 0, 1.5, -1, 0 / 0, 2 ^ 32, "1" } },
            max_nodes = { "whole number from 1 to 4294967295", { 0, 1.5, -1, 0 / 0, 2 ^ 32 } },
            topk = { "whole number from 0 to 4294967295", { -1, 1.5, 0 / 0, "1" } },
            fan = { "one of 'log', 'none', 'out', 'sqrt'", { "in", 1 } },
            accumulate = { "one of 'max', 'sum'", { "mean", 1 } },
            refire = { "true or false", { 1, "yes" } },
        }
        for name, case in pairs(wrong) do
            for _, value in ipairs(case[2]) do
                local options = { decay = .5, [name] = value }
                local expected = ("%s: %s expected, got %s"):format(name, case[1], tostring(value))
                assert.equal("3: (" .. expected .. ")", message_of(small, { [1] = 1 }, options))
            end
        end
    end)

    it("with the caller's line", function()
        local calls = {
            function() spread.spread(nil, {}, one_hop) end,
            function() spread.spread(small, { [9] = 1 }, one_hop) end,
            function() spread.spread(small, {}, {}) end,
            function() spread.spread(small, {}, { decay = 2 }) end,
            function() spread.spread(small, {}, { max_hops = -2 }) end,
            function() spread.spread(small, {}, { max_hops = 1, topk = -2 }) end,
            function() spread.spread(small, {}, { max_hops = 1, fan = "in" }) end,
            function() spread.spread(small, {}, { max_hops = 1, fans = "in" }) end,
            function() spread.spread(small, { [1] = 1e39 }, { max_hops = 1 }) end,
            function() spread.spread(small, { [9] = 1 }, { method = "ppr" }) end,
            function() spread.spread(small, { [1] = -1 }, { method = "ppr" }) end,
            function() spread.spread(small, { [1] = 1e39 }, { method = "ppr" }) end,
            function() spread.spread(small, {}, { method = "pr" }) end,
            function() spread.spread(small, {}, { method = "ppr", decay = 1 }) end,
            function() spread.spread(small, {}, { method = "ppr", decoy = 1 }) end,
            function() spread.spread(small, {}, { method = "ppr", alpha = 1 }) end,
            function() spread.spread(small, {}, { method = "ppr", max_iter = 0 }) end,
            function() spread.spread(small, {}, { method = "ppr", dangling = "in" }) end,
            function() spread.spread(small, {}, { method = "ppr", topk = -1 }) end,
            function() spread.spread(small, {}, { method = "push" }) end,
            function() spread.spread(small, {}, { method = "spreadr" }) end,
            function() spread.spread(small, {}, { method = "spreadr", retention = 2 }) end,
            function() spread.spread(small, {}, { method = "spreadr", retention = { 2 } }) end,
        }
        for _, call in ipairs(calls) do
            local _, message = xpcall(call, function(text) return text end)
            local line = debug.getinfo(call, "S").linedefined
            assert.matches("spread_spec%.lua:" .. line .. ": ", message)
        end
    end)
end)
