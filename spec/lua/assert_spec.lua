-- Assertions on summaries: what they let pass, and what they say of what they do not. As plain
-- functions, and as luassert's.

local child = require "spec.support.child"
local cjson = require "cjson"
local engram = require "engram"
local manual = require "engram.manual"
require "engram.assert"

local function arena(changes)
    local made = { capacity = 65536, high_water = 1000, allocations = 10, overflows = 0,
        fallback_bytes = 0, resets = 5 }
    for key, value in pairs(changes or {}) do made[key] = value end
    return made
end

-- Two threads of five events each.
local function made(change)
    local summary = {
        config = { workload = "mine", threads = 2, allocator = "thread", events = 10,
            dry_run = cjson.null },
        results = { events = 10, errors = 0, failed = false, stop_reason = "events",
            latency = { p99 = 1200000 } },
        arena = arena { allocations = 20, resets = 10 },
        threads = { { id = 1, events = 5, errors = 0, arena = arena() },
            { id = 2, events = 5, errors = 0, arena = arena() } },
    }
    if change then change(summary) end
    return summary
end

-- What each defect of a summary is called.
local defects = {
    ["1 of 10 events failed: at row 3"] = function(summary)
        summary.results.errors, summary.errors = 1, { { message = "at row 3" } }
    end,
    ["the run failed: setup: no file"] = function(summary)
        summary.results.failed, summary.errors = true, { { message = "setup: no file" } }
    end,
    ["thread 2 is stuck in an event"] = function(summary) summary.threads[2].stuck = true end,
    ["a dry run proves nothing"] = function(summary) summary.config.dry_run = true end,
    ["the run was interrupted"] = function(summary)
        summary.results.stop_reason = "interrupted"
    end,
    ["no event took place"] = function(summary) summary.results.events = 0 end,
    ["the threads share what they allocate from (--allocator shared)"] = function(summary)
        summary.config.allocator = "shared"
    end,
    ["one thread has nobody to be isolated from"] = function(summary)
        summary.config.threads = 1
    end,
    ["1 of 2 threads are in the summary"] = function(summary) summary.threads[2] = nil end,
    ["thread 1 is where 2 belongs"] = function(summary) summary.threads[2].id = 1 end,
    ["the threads' events add up to 9, not to the total of 10"] = function(summary)
        summary.threads[1].events = 4
    end,
    ["the allocations of the threads' arenas add up to 20, not to the total of 21"] =
        function(summary) summary.arena.allocations = 21 end,
    ["the resets of the threads' arenas add up to 11, not to the total of 10"] =
        function(summary) summary.threads[1].arena.resets = 6 end,
    ["10 events took place of 11 asked for"] = function(summary) summary.config.events = 11 end,
}

local overflows = {
    ["the arena of thread 2 overflowed 3 times in 10 allocations, and 4K came from the heap; " ..
        "100K would have been used of 64K: ENGRAM_ARENA_SIZE=192K"] = function(summary)
        summary.threads[2].arena = arena { overflows = 3, fallback_bytes = 4096,
            high_water = 102400 }
    end,
    ["an arena overflowed 1 time in 20 allocations, and nothing came from the heap"] =
        function(summary) summary.arena.overflows = 1 end,
}

local function message_of(name, ...)
    local function call(...)
        local _ = engram.assert[name](...)
    end
    local ok, message = pcall(call, ...)
    return not ok and message or nil
end

describe("engram.assert", function()
    it("lets pass what is isolated, and answers it", function()
        local summary = made()
        assert.equal(summary, engram.assert.isolated(summary))
        assert.equal(summary, engram.assert.no_overflow(summary))
        assert.equal(summary, engram.assert.threshold(summary, "latency.p99<2ms"))
    end)

    it("says what keeps a summary from being isolated", function()
        for _, list in ipairs { defects, overflows } do
            for words, change in pairs(list) do
                local message = message_of("isolated", made(change))
                assert.truthy(message and message:find("isolated: mine: " .. words, 1, true),
                    words .. "\n" .. tostring(message))
            end
        end
    end)

    it("says which arena overflowed, whatever else is wrong", function()
        for words, change in pairs(overflows) do
            local message = message_of("no_overflow", made(change))
            assert.truthy(message:find("no_overflow: mine: " .. words, 1, true), message)
        end
        for _, change in pairs(defects) do
            assert.is_nil(message_of("no_overflow", made(change)))
        end
    end)

    it("says what was found instead of what a threshold asks for", function()
        local message = message_of("threshold", made(), "latency.p99<1ms")
        assert.truthy(message:find("threshold: mine: latency.p99<1ms: missed, found 1.2 ms", 1,
            true), message)
        message = message_of("threshold", made(), { "p99<2ms", "errors>0", "p50<1s" })
        assert.truthy(message:find("errors>0: missed, found 0; p50<1s: missed, there is no such",
            1, true), message)
    end)

    it("blames the caller", function()
        assert.truthy(message_of("isolated", made(defects["no event took place"])):find(
            "^spec/lua/assert_spec.lua:"))
        assert.truthy(message_of("isolated", 7):find(
            "bad argument #1 to 'isolated' (summary of engram.run expected, got number)", 1, true))
        assert.truthy(message_of("threshold", made(), "p99"):find(
            "bad argument #2 to 'threshold' (p99 is no threshold", 1, true))
    end)
end)

describe("under busted", function()
    it("they are assertions", function()
        local summary = made()
        assert.isolated(summary)
        assert.is_isolated(summary)
        assert.no_overflow(summary)
        assert.threshold(summary, "latency.p99<2ms")
        assert.is_not.isolated(made(defects["no event took place"]))
        assert.is_not.threshold(summary, "latency.p99<1ms")
    end)

    it("they fail with the same words", function()
        local ok, message = pcall(function()
            assert.isolated(made(defects["thread 2 is stuck in an event"]))
        end)
        assert.is_false(ok)
        assert.equal("isolated: mine: thread 2 is stuck in an event",
            tostring(message.message or message):gsub("^spec/lua/assert_spec.lua:%d+: ", ""))
        ok, message = pcall(function() assert.is_not.isolated(made()) end)
        assert.is_false(ok)
        assert.truthy(tostring(message):find("a summary that is not isolated was expected", 1,
            true))
        ok, message = pcall(function() assert.threshold(made(), "p99") end)
        assert.is_false(ok)
        assert.truthy(tostring(message):find("p99 is no threshold", 1, true))
    end)

    it("they judge real runs", function()
        local source = [[return { event = function(thread)
            thread.arena:floats(thread.options.n)
        end, options = { n = { 100, "floats" } } }]]
        local summary = engram.run { source = source, threads = 4, events = 1000 }
        assert.isolated(summary)
        assert.isolated(cjson.decode(cjson.encode(summary)))
        summary = engram.run { source = source, threads = 4, events = 1000, options = { n = 5e4 },
            arena_size = "64K", arena_overflow = "fallback" }
        assert.is_not.isolated(summary)
        assert.is_not.no_overflow(summary)
        assert.truthy(message_of("isolated", summary):find("ENGRAM_ARENA_SIZE=", 1, true))
        assert.is_not.isolated(engram.run { source = source, threads = 4, events = 1000,
            allocator = "malloc" })
    end)
end)

describe("without busted", function()
    it("they are plain functions", function()
        local code, out, err = child.lua [[
            local engram = require "engram"
            local summary = engram.run { workload = "noop", threads = 2, events = 10 }
            engram.assert.isolated(summary)
            summary.results.errors = 1
            print(pcall(engram.assert.isolated, summary))
            print(package.loaded.luassert)
        ]]
        assert.equal(0, code, err)
        assert.truthy(out:find("^false%s+isolated: noop: 1 of 10 events failed\nnil\n"), out)
    end)

    it("the manual's examples run", function()
        local code, out, err = child.lua('local engram = require "engram"\n' ..
            table.concat({ manual.page "baselines":match "(  local summary.-)\n\nIn specs",
                manual.page "baselines":match "\n(  engram%.assert%.iso.-)\n\nisolated" }, "\n"))
        assert.equal(0, code, err)
        assert.equal("unjudged\tevents_per_s\n", out)
        for line in manual.page "baselines":gmatch "[^\n]+" do assert.is_true(#line <= 80, line) end
    end)
end)
