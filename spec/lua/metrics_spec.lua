-- Figures of a script's own: what each kind keeps, and that threads add up.

local engram = require "engram"

local function run(source, options)
    options = options or {}
    options.source, options.threads = source, options.threads or 2
    options.events = options.events or 1000
    return engram.run(options)
end

describe("a count", function()
    it("is the sum of all threads", function()
        local summary = run [[return { event = function(thread, i)
            thread:count "events"
            thread:count("sum", i)
        end }]]
        local found = summary.results.metrics
        assert.equal("count", found.events.kind)
        assert.equal(1000, found.events.value)
        assert.equal(500500, found.sum.value)
        assert.near(1000 / summary.results.elapsed_s, found.events.per_s, 1e-6)
        local by_thread = 0
        for _, thread in ipairs(summary.threads) do
            by_thread = by_thread + (thread.metrics and thread.metrics.events.value or 0)
        end
        assert.equal(1000, by_thread)
    end)
end)

describe("a gauge", function()
    it("keeps its last, least and greatest value", function()
        local summary = run([[return { event = function(thread, i)
            thread:gauge("depth", i == 500 and -3 or i)
        end }]], { threads = 1 })
        assert.same({ kind = "gauge", value = 1000, min = -3, max = 1000 },
            summary.results.metrics.depth)
    end)
end)

describe("a rate", function()
    it("is the share of true", function()
        local summary = run [[return { event = function(thread, i)
            thread:rate("even", i % 4 == 0)
        end }]]
        assert.same({ kind = "rate", value = 0.25, hits = 250, count = 1000 },
            summary.results.metrics.even)
    end)
end)

describe("a trend", function()
    it("is a distribution, to 1 %", function()
        local summary = run [[return { event = function(thread, i)
            thread:trend("size", i / 10)
        end }]]
        local size = summary.results.metrics.size
        assert.equal(1000, size.count)
        assert.equal(0.1, size.min)
        assert.equal(100, size.max)
        assert.near(50.05, size.mean, 1e-6)
        assert.near(50, size.p50, 0.5)
        assert.near(99, size.p99, 0.99)
    end)

    it("holds small and large values", function()
        local summary = run([[return { event = function(thread, i)
            thread:trend("size", i == 1 and 0 or i == 2 and 0.001 or 3.6e9)
        end }]], { events = 3, threads = 1 })
        assert.equal(0, summary.results.metrics.size.min)
        assert.near(0.001, summary.results.metrics.size.p50, 1e-9)
        assert.equal(3.6e9, summary.results.metrics.size.max)
    end)
end)

describe("metrics", function()
    it("are kept outside of events, too", function()
        local summary = run [[return {
            thread_init = function(thread) thread:count "started" end,
            event = function() end,
            thread_done = function(thread) thread:count "ended" end,
        }]]
        assert.equal(2, summary.results.metrics.started.value)
        assert.is_nil(summary.results.metrics.ended and
            summary.results.metrics.ended.value ~= 2 or nil)
    end)

    it("leave a warm-up out", function()
        local summary = run([[return { event = function(thread, i)
            thread:count "n" thread:trend("t", i) thread:gauge("g", i) thread:rate("r", true)
        end }]], { events = 10, warmup = 500 })
        local found = summary.results.metrics
        assert.equal(10, found.n.value)
        assert.equal(10, found.t.count)
        assert.equal(10, found.g.max)
        assert.equal(10, found.r.count)
    end)

    it("are absent where nothing is counted", function()
        assert.is_nil(run("return { event = function() end }").results.metrics)
    end)

    it("refuse what they can not keep, at the caller's line", function()
        local cases = {
            { "thread:count()", "a name expected" }, { "thread:count('')", "a name expected" },
            { "thread:count('x', 'y')", "'x' is given y, not a number" },
            { "thread:gauge('x')", "'x' is given nil, not a number" },
            { "thread:trend('x', -1)", "outside 0 to 3.6e9" },
            { "thread:trend('x', 0 / 0)", "not a number" },
            { "thread:count('x') thread:trend('x', 1)", "'x' is a count already" },
        }
        for _, case in ipairs(cases) do
            local summary = run("return { event = function(thread) " .. case[1] .. " end }")
            local message = summary.errors[1].message
            assert.truthy(message:find(case[2], 1, true), message)
            assert.truthy(message:find("source:1:", 1, true), message)
        end
    end)
end)
