-- Open loop, stages, warm-up and intervals of a run. What is due is decided by the
-- schedule alone, so the counts are exact however slow the machine is.

local engram = require "engram"

local noop = "return { event = function() end }"

local function run(source, options)
    options.source = source
    options.threads = options.threads or 2
    return assert(engram.run(options))
end

-- Events that were due within the run, whether they began or not.
local function due(summary)
    return summary.results.events + summary.results.load.backlog
end

describe("a rate", function()
    for _, threads in ipairs { 1, 2, 7 } do
        it("makes so many events due, on " .. threads .. " threads", function()
            local summary = run(noop, { rate = 1000, duration = "300ms", threads = threads })
            assert.equal(300, due(summary))
            assert.equal(summary.results.events, summary.results.load.service.count)
            assert.equal(summary.results.events, summary.results.load.lag.count)
            assert.equal("duration", summary.results.stop_reason)
        end)
    end

    it("is in no one's way when it can not be kept", function()
        local summary = run([[return { event = function()
                local start = os.clock()
                repeat until os.clock() - start > 0.01
            end }]], { rate = 1000, duration = "300ms", threads = 1 })
        assert.equal(300, due(summary))
        assert.is_true(summary.results.load.backlog > 200)
        assert.is_true(summary.results.load.late > 0)
        assert.is_false(summary.results.failed)
    end)

    it("ends after so many events, exactly, with nothing left over", function()
        local summary = run(noop, { rate = "20k", events = 777 })
        assert.equal(777, summary.results.events)
        assert.equal(0, summary.results.load.backlog)
        assert.equal("events", summary.results.stop_reason)
    end)

    it("shows a stall in the latency, and not in the service time", function()
        local summary = run([[return { event = function(_, i)
                if i ~= 100 then return end
                local start = os.clock()
                repeat until os.clock() - start > 0.3
            end }]], { rate = 1000, events = 600, threads = 1 })
        local latency, service = summary.results.latency, summary.results.load.service
        assert.is_true(latency.p99 > 0.1e9, latency.p99)
        assert.is_true(service.p99 < latency.p99 / 2, service.p99)
        assert.is_true(service.max > 0.25e9)
    end)

    it("may arrive as a Poisson process, the same for the same seed", function()
        local function arrivals(seed)
            return due(run(noop, { rate = 6000, duration = "100ms",
                arrival = "poisson", seed = seed }))
        end
        local first = arrivals(1)
        assert.equal(first, arrivals(1))
        -- 600 expected, with a standard deviation of 24.5.
        local sum, distinct = 0, {}
        for seed = 1, 6 do
            local count = arrivals(seed)
            assert.is_true(math.abs(count - 600) < 150, count)
            sum, distinct[count] = sum + count, true
        end
        assert.is_true(math.abs(sum / 6 - 600) < 60, sum / 6)
        distinct[first] = nil
        assert.is_truthy(next(distinct))
    end)

    it("gives every event the data of its number, as without one", function()
        local draws = [[return {
            thread_init = function(thread) thread.sum = 0 end,
            event = function(thread) thread.sum = thread.sum + thread.random(1000000) end,
            thread_done = function(thread) return thread.sum end,
            done = function(summary, sums) summary.sum = sums[1] + sums[2] end,
        }]]
        local closed = run(draws, { events = 500, seed = 5 })
        local open = run(draws, { events = 500, seed = 5, rate = "50k", arrival = "poisson" })
        assert.equal(closed.sum, open.sum)
    end)

    it("is stopped by its script in the middle of a wait", function()
        local summary = run("local engram = require 'engram' " ..
            "return { event = function() engram.stop() end }", { rate = 0.2, duration = "1m" })
        assert.equal("script", summary.results.stop_reason)
        assert.equal(1, summary.results.events)
    end)
end)

describe("stages", function()
    it("ramp the rate in straight lines", function()
        -- The integral: 150 on the way up, 300, and 150 on the way down.
        local summary = run(noop, { stage = "100ms:3000,100ms:3000,100ms:0" })
        assert.equal(600, due(summary))
        assert.same({ seconds = 0.1, rate = 3000 }, summary.config.stages[1])
    end)

    it("start from the rate, and stay at their last", function()
        local summary = run(noop, { stage = "100ms:0,0s:2000", rate = 1000, duration = "200ms" })
        assert.equal(250, due(summary))
    end)

    it("bring threads to work and send them home", function()
        local summary = run([[return {
            thread_init = function(thread) thread.count = 0 end,
            event = function(thread) thread.count = thread.count + 1 end,
            thread_done = function(thread) return thread.count end,
            done = function(summary, counts) summary.counts = counts end,
        }]], { stage = "0s:1t,300ms:1t,0s:3t,200ms:3t", threads = 4 })
        assert.is_true(summary.counts[1] > 0)
        assert.is_true(summary.counts[3] > 0)
        assert.equal(0, summary.counts[4])
        assert.equal("duration", summary.results.stop_reason)
    end)

    -- Each of the numbers 1 to N once, whoever rests meanwhile; a run that hangs is stuck.
    local sums = [[return {
        thread_init = function(thread) thread.sum = 0 end,
        event = function(thread, i)
            thread.sum = thread.sum + i
            if i % 64 ~= 0 then return end
            local start = os.clock()
            repeat until os.clock() - start > thread.options.ms / 1e3
        end,
        options = { ms = 0 },
        thread_done = function(thread) return thread.sum end,
        done = function(summary, of_thread) summary.of_thread = of_thread end,
    }]]
    for _, case in ipairs {
        { 10, "1h:1t", 2 }, { 10, "1h:2t", 4 }, { 100000, "1h:1t,1h:2t", 2 },
        { 20000, "0s:4t,50ms:1t", 4, 1 }, { 20000, "0s:1t,50ms:3t,50ms:1t", 3, 1 },
    } do
        local events, stage, threads, ms = unpack(case)
        it(("leave no number out: %d events on %d threads, %s"):format(events, threads, stage),
            function()
                local summary = run(sums, { events = events, stage = stage, threads = threads,
                    options = { ms = ms or 0 }, grace = "2s" })
                local sum = 0
                for _, each in ipairs(summary.of_thread) do sum = sum + each end
                assert.equal(events * (events + 1) / 2, sum)
                assert.equal(events, summary.results.events)
                assert.equal(events, summary.results.latency.count)
                assert.equal("events", summary.results.stop_reason)
            end)
    end

    it("end with the last event, whoever sleeps then", function()
        -- Of so many sleepers one has a whole nap before it when the last number is taken.
        local source = [[local C = require "engram.c"
            return { event = function(_, i)
                local start = C.eg_clock_ns()
                repeat until C.eg_clock_ns() - start > (i == 1 and 30e6 or 1e3)
            end }]]
        local least = math.huge
        for _ = 1, 5 do
            local summary = run(source, { events = 2, stage = "0s:1t,1h:1t", threads = 32 })
            local latency = summary.results.latency
            least = math.min(least, summary.results.elapsed_s - latency.mean * 2e-9)
        end
        assert.is_true(least < 0.004, least)
    end)
end)

describe("a warm-up", function()
    -- Each number's last draw; the warm-up comes first on one thread.
    local draws = [[return {
        thread_init = function(thread) thread.draws, thread.calls = {}, 0 end,
        event = function(thread, i)
            thread.calls = thread.calls + 1
            if i <= 50 then
                local first = thread.draws[i]
                thread.draws[i] = thread.random(1000000)
                if first == thread.draws[i] then error "drew the same" end
            end
        end,
        thread_done = function(thread) return { thread.calls, thread.draws } end,
        done = function(summary, results) summary.calls, summary.draws = unpack(results[1]) end,
    }]]

    it("of so many events is not counted, and draws what nobody else draws", function()
        local warm = run(draws, { events = 100, warmup = 60, seed = 3, threads = 1 })
        assert.equal(160, warm.calls)
        assert.equal(100, warm.results.events)
        assert.equal(100, warm.results.latency.count)
        assert.same({ events = 60, errors = 0 }, warm.results.warmup)
        local cold = run(draws, { events = 100, seed = 3, threads = 1 })
        assert.same(cold.draws, warm.draws)
        assert.is_nil(cold.results.warmup)
    end)

    it("of so much time leaves N events to count, exactly", function()
        local summary = run(noop, { events = 5000, warmup = "50ms", threads = 3 })
        assert.equal(5000, summary.results.events)
        assert.equal(5000, summary.results.latency.count)
        assert.is_true(summary.results.warmup.events > 0)
    end)

    it("comes on top of the duration", function()
        for _, warmup in ipairs { "100ms", 1000 } do
            local summary = run(noop, { duration = "100ms", warmup = warmup })
            assert.equal("duration", summary.results.stop_reason)
            assert.is_true(summary.results.elapsed_s >= 0.09, summary.results.elapsed_s)
            assert.is_true(summary.results.events > 0)
        end
    end)

    it("is absent from every figure of the arenas", function()
        local summary = run([[return {
            thread_init = function(thread) thread.calls = 0 end,
            event = function(thread)
                thread.calls = thread.calls + 1
                thread.arena:floats(thread.calls <= 10 and 100000 or 16)
            end,
        }]], { events = 100, warmup = 10, threads = 1 })
        assert.equal(100, summary.arena.allocations)
        assert.equal(100, summary.arena.resets)
        assert.equal(64, summary.arena.high_water)
    end)

    it("is absent from the figures of a rate", function()
        local summary = run(noop, { rate = 1000, duration = "200ms", warmup = "100ms" })
        local results = summary.results
        assert.equal(300, due(summary) + results.warmup.events)
        assert.equal(results.events, results.load.service.count)
        assert.equal(results.events, results.latency.count)
    end)

    it("may fail without failing the figures", function()
        local summary = run([[return {
            thread_init = function(thread) thread.calls = 0 end,
            event = function(thread)
                thread.calls = thread.calls + 1
                if thread.calls <= 5 then error "cold" end
            end,
        }]], { events = 50, warmup = 20, threads = 1, max_errors = "all" })
        assert.equal(0, summary.results.errors)
        assert.same({ events = 20, errors = 5 }, summary.results.warmup)
        assert.equal(5, summary.errors[1].count)
        assert.equal(1, summary.errors[1].event)
    end)

    it("that never ends leaves figures that say so", function()
        local summary = run("local engram = require 'engram' " ..
            "return { event = function() engram.stop() end }", { warmup = "1m", events = 5 })
        assert.equal(0, summary.results.events)
        assert.equal(0, summary.results.elapsed_s)
        assert.equal(0, summary.results.latency.count)
    end)
end)

describe("intervals", function()
    for name, options in pairs {
        ["a closed loop"] = { duration = "350ms" },
        ["an open loop"] = { duration = "350ms", rate = 5000 },
        ["failing events"] = { duration = "250ms", max_errors = "all" },
    } do
        it("of " .. name .. " add up to the whole", function()
            options.report_interval = "100ms"
            local source = name == "failing events" and
                "return { event = function(_, i) if i % 3 == 0 then error 'x' end end }" or noop
            local summary = run(source, options)
            local events, errors, count, at = 0, 0, 0, 0
            for _, interval in ipairs(summary.intervals) do
                assert.equal(at, interval.from_s)
                assert.is_true(interval.to_s >= interval.from_s)
                at = interval.to_s
                events, errors = events + interval.events, errors + interval.errors
                count = count + interval.latency.count
            end
            assert.equal(summary.results.events, events)
            assert.equal(summary.results.errors, errors)
            assert.equal(summary.results.latency.count, count)
            assert.equal(summary.results.elapsed_s, at)
            assert.is_true(#summary.intervals >= 1)
        end)
    end
end)

describe("percentiles", function()
    it("are those that are asked for, and the usual ones", function()
        local summary = run(noop, { events = 1000, percentiles = "10,99.99,100" })
        local latency = summary.results.latency
        assert.is_true(latency.min <= latency.p10 and latency.p10 <= latency.p50)
        assert.is_true(latency.p99_9 <= latency.p99_99)
        assert.equal(latency.max, latency.p100)
        assert.same({ 10, 99.99, 100 }, summary.config.percentiles)
    end)

    it("are nothing else", function()
        for _, bad in ipairs { "", "x", "50,", "101", "-1", "1e1", ",50" } do
            local summary, message = engram.run { source = noop, percentiles = bad }
            assert.is_nil(summary)
            assert.truthy(message:find("percentiles", 1, true), message)
        end
    end)
end)
