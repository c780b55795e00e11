-- The built-in workloads: each runs, is reproducible, stays compiled, and is short
-- enough to be read as an example.

local engram = require "engram"
local workload = require "engram.workload"

-- Smaller than the defaults, so that all of this is quick.
local small = {
    similarity = { rows = 50, dims = 16 }, spread = { nodes = 200 }, decay = { items = 100 },
    mixed = { rows = 50, dims = 16, nodes = 200, items = 100 }, alloc = {}, noop = {}, recall = {},
}

local function run(name, changes)
    local given = { workload = name, threads = 2, events = 2000, seed = 1, options = small[name] }
    for key, value in pairs(changes or {}) do given[key] = value end
    return assert(engram.run(given))
end

describe("the built-in workloads", function()
    it("are those of the design", function()
        local names = {}
        for i, each in ipairs(workload.builtin()) do names[i] = each.name end
        assert.same({ "alloc", "decay", "mixed", "noop", "recall", "similarity", "spread" }, names)
    end)

    for name in pairs(small) do
        describe("such as " .. name, function()
            it("run without a failure or an overflow", function()
                local summary = run(name)
                assert.is_nil(summary.errors)
                assert.same({ 2000, 0, "events" }, { summary.results.events,
                    summary.results.errors, summary.results.stop_reason })
                assert.equal(0, summary.arena.overflows)
            end)

            it("stay compiled", function()
                local summary = run(name, { events = 20000, threads = 1 })
                local lua = summary.threads[1].lua
                assert.equal("lua", lua.driver, lua.refused)
                assert.is_true(lua.traces > 0)
            end)

            it("run with every allocator", function()
                for _, allocator in ipairs { "shared", "malloc" } do
                    local summary = run(name, { allocator = allocator, events = 100 })
                    assert.is_nil(summary.errors)
                    assert.equal(100, summary.results.events)
                end
            end)

            it("are examples of fewer than 60 lines, with a word on each option", function()
                local loaded = assert(workload.load(assert(workload.find(name))))
                assert.is_true(select(2, loaded.text:gsub("\n", "")) < 60)
                assert.is_string(loaded.script.about)
                for _, option in ipairs(loaded.options) do assert.is_true(#option.about > 0) end
            end)
        end)
    end

    it("use what the arena is for", function()
        for _, name in ipairs { "alloc", "similarity", "spread", "mixed", "recall" } do
            assert.is_true(run(name).arena.allocations >= 1000, name)
        end
    end)

    it("can run at any of their sizes", function()
        local function works(name, options)
            assert.is_nil(run(name, { options = options, events = 10 }).errors)
        end
        works("alloc", { arrays = 0 })
        works("alloc", { floats = 1 })
        works("similarity", { rows = 1, dims = 1, k = 5 })
        works("spread", { nodes = 1, degree = 0 })
        works("recall", { k = 1, hops = 1 })
    end)
end)

describe("recall", function()
    it("refuses data that there is not", function()
        local summary = run("recall", { options = { data = "large" } })
        assert.truthy(summary.errors[1].message:find("data: small or full expected", 1, true))
    end)

    describe("on the full data", function()
        if not engram.data "full/words.npy" then
            pending "is not tried: make data-full has not been run"
            return
        end

        it("runs with the arenas that it asks for, whose size is right", function()
            local summary = run("recall", { options = { data = "full" }, events = 40 })
            assert.is_nil(summary.errors)
            assert.same({ 40, 0, 16 * 2 ^ 20 },
                { summary.results.events, summary.arena.overflows, summary.config.arena_size })
            assert.equal("healthy", summary.arena.advice.verdict)
            assert.equal(16 * 2 ^ 20, summary.arena.advice.arena_size)
        end)

        it("is told what fits where they are too small, and that is true", function()
            for _, size in ipairs { "384K", "2M" } do -- what is advised without it; the default
                local given = { options = { data = "full" }, events = 10, arena_size = size }
                local summary = run("recall", given)
                local advised = summary.arena.advice
                assert.equal("too small", advised.verdict)
                local named = summary.errors[1].message:match "ENGRAM_ARENA_SIZE=(%w+)"
                for _, other in ipairs { named, advised.export:match "=(%w+)$" } do
                    given.arena_size = other
                    assert.is_nil(run("recall", given).errors, other)
                end
            end
        end)

        it("stays compiled", function()
            local summary = run("recall", { options = { data = "full" }, events = 40,
                threads = 1 })
            local lua = summary.threads[1].lua
            assert.equal("lua", lua.driver, lua.refused)
        end)
    end)
end)
