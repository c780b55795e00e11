-- engram.run: counting, errors, stopping, what crosses between states, and the
-- summary. Scripts are given as text; nothing here depends on how fast they run.

local engram = require "engram"
local runs = require "spec.support.runs"

local run, noop, message_of = runs.run, runs.noop, runs.message_of

describe("a run of N events", function()
    -- Each thread sums the numbers it was given; all of them together are 1 + ... + N.
    local sums = [[
        return {
            thread_init = function(thread) thread.sum, thread.count = 0, 0 end,
            event = function(thread, i)
                thread.sum, thread.count = thread.sum + i, thread.count + 1
            end,
            thread_done = function(thread) return { thread.sum, thread.count } end,
            done = function(summary, results) summary.results_by_thread = results end,
        }]]

    local cases = { { 1, 1 }, { 1, 1000 }, { 2, 999983 }, { 8, 3 }, { 16, 100003 }, { 3, 257 } }
    for _, case in ipairs(cases) do
        local threads, events = case[1], case[2]
        it(("gives each number once: %d on %d threads"):format(events, threads), function()
            local summary = run(sums, { threads = threads, events = events })
            local sum, count = 0, 0
            for _, result in ipairs(summary.results_by_thread) do
                sum, count = sum + result[1], count + result[2]
            end
            assert.equal(events, count)
            assert.equal(events * (events + 1) / 2, sum)
            assert.equal(events, summary.results.events)
            assert.equal(events, summary.results.latency.count)
            assert.equal("events", summary.results.stop_reason)
        end)
    end

    it("accounts for all the time there was", function()
        local summary = run(noop, { threads = 1, events = "1M" })
        local latency = summary.results.latency
        assert.is_true(latency.mean * latency.count <= summary.results.elapsed_s * 1e9 * 1.01)
        assert.is_true(latency.min <= latency.p50 and latency.p50 <= latency.p95)
        assert.is_true(latency.p95 <= latency.p99 and latency.p99 <= latency.p99_9)
        assert.is_true(latency.p99_9 <= latency.max)
    end)

    it("is ended by its duration, too", function()
        local summary = run(noop, { events = 2 ^ 50, duration = "50ms" })
        assert.equal("duration", summary.results.stop_reason)
        assert.is_true(summary.results.events > 0)
    end)
end)

describe("a script that fails while it is loaded", function()
    it("is reported with its own frames alone", function()
        local summary, message = engram.run { source = "local x = nil\nretrun(x)", events = 1 }
        assert.is_nil(summary)
        assert.truthy(message:find("source:2: attempt to call global 'retrun'", 1, true), message)
        assert.truthy(message:find("source:2: in main chunk", 1, true), message)
        assert.is_nil(message:find("engram/", 1, true), message)
        assert.is_nil(message:find("xpcall", 1, true), message)
    end)
end)

describe("an error in an event", function()
    local cases = {
        { "a text", "error('bad text')", "source:1: bad text" },
        { "a table", "error({})", "error value of type table" },
        { "a table with __tostring",
            "error(setmetatable({}, { __tostring = function() return 'told' end }))", "told" },
        { "a failing __tostring",
            "error(setmetatable({}, { __tostring = function() error('x') end }))",
            "error value of type table" },
        { "nil", "error(nil)", "error value nil" },
        { "a number", "error(42)", "42" },
        { "a boolean", "error(false)", "false" },
        { "a function", "error(print)", "function: " },
        { "a call of nil", "local x; x()", "attempt to call local 'x'" },
        { "an endless recursion", "local function f() return 1 + f() end f()", "stack overflow" },
    }
    for _, case in ipairs(cases) do
        local name, code, expected = case[1], case[2], case[3]
        it("is reported with traceback, thread and number: " .. name, function()
            local summary = run("return { event = function(thread, i) if i == 7 then " .. code ..
                " end end }", { events = 1000 })
            local found = summary.errors[1]
            assert.truthy(found.message:find(expected, 1, true), found.message)
            assert.truthy(found.traceback:find("source:1", 1, true) or
                found.traceback:find("no stack was left", 1, true))
            assert.is_nil(found.traceback:find("engram/thread", 1, true))
            assert.equal(7, found.event)
            assert.is_true(found.thread >= 1 and found.thread <= 2)
            assert.equal(1, found.count)
            assert.equal("error", summary.results.stop_reason)
            assert.is_true(summary.results.failed)
        end)
    end

    local half = "return { event = function(_, i) if i % 2 == 0 then error('even') end end }"

    it("is counted, and tolerated up to max_errors", function()
        local summary = run(half, { events = 1000, max_errors = "all" })
        assert.equal(1000, summary.results.events)
        assert.equal(500, summary.results.errors)
        assert.equal(500, summary.errors[1].count)
        assert.equal("events", summary.results.stop_reason)
        assert.is_false(summary.results.failed)
    end)

    it("stops the run beyond max_errors", function()
        local summary = run(half, { events = "1M", max_errors = 10 })
        assert.equal("error", summary.results.stop_reason)
        assert.is_true(summary.results.errors > 10)
        assert.is_true(summary.results.events < 1e6)
    end)

    it("is grouped by message and place, at most 20 of them", function()
        local summary = run("return { event = function(_, i) error(('e'):rep(i % 50)) end }",
            { events = 1000, max_errors = "all" })
        assert.equal(20, #summary.errors)
    end)

    it("is one group where nothing but numbers differ, at one line", function()
        local summary = run([[return { event = function(thread, i)
            if i % 2 == 0 then return thread.arena:floats(i * 1e6) end
            if i % 3 == 0 then error("of " .. -i / 7 .. " at " .. tostring(io.stdout)) end
            thread.arena:floats(i * 1e6)
        end }]], { threads = 2, events = 600, max_errors = "all", arena_size = "64K" })
        local counts = {}
        for i, each in ipairs(summary.errors) do counts[i] = each.count end
        table.sort(counts)
        assert.same({ 100, 200, 300 }, counts)
        assert.truthy(summary.errors[1].message:find "%d")
    end)

    it("names the size of an arena that the advice names", function()
        local summary = run([[return { event = function(thread)
            thread.arena:floats(655360)
        end }]], { events = 1, threads = 1 })
        local named = message_of(summary):match "ENGRAM_ARENA_SIZE=(%w+)"
        assert.equal("export ENGRAM_ARENA_SIZE=" .. named, summary.arena.advice.export)
    end)

    it("keeps the arena of the next event whole", function()
        local summary = run([[return { event = function(thread, i)
            local v = thread.arena:floats(1000)
            if i % 3 == 0 then error("x") end
        end }]], { events = 3000, max_errors = "all" })
        assert.equal(1000, summary.results.errors)
        assert.is_true(summary.arena.high_water <= 4096)
    end)
end)

describe("an error in another hook", function()
    it("setup: is reported, and no thread starts", function()
        local summary = run("return { event = print, setup = function() error('no') end }", {})
        assert.truthy(message_of(summary):find("setup: source:1: no", 1, true))
        assert.is_nil(summary.threads)
        assert.is_true(summary.results.failed)
    end)

    it("thread_init in one thread: the others do not hang", function()
        local summary = run([[return { thread_init = function(thread)
            if thread.id == 2 then error("not me") end
        end, event = function() end }]], { threads = 4 })
        assert.truthy(message_of(summary):find("not me", 1, true))
        assert.equal(2, summary.errors[1].thread)
        assert.equal(0, summary.results.events)
        assert.is_true(summary.results.failed)
    end)

    it("thread_done: the run has failed, its figures stay", function()
        local summary = run([[return {
            event = function() end, thread_done = function() error("late") end,
        }]], { events = 100 })
        assert.truthy(message_of(summary):find("late", 1, true))
        assert.equal(100, summary.results.events)
        assert.is_true(summary.results.failed)
    end)

    it("thread_done: a result that can not cross is named", function()
        local summary = run([[return {
            event = function() end, thread_done = function() return print end,
        }]], { events = 10 })
        assert.truthy(message_of(summary):find("thread_done: its result can not leave", 1, true))
        assert.is_nil(summary.errors[1].traceback)
    end)

    it("done: the run has failed, its figures stay", function()
        local summary = run([[return {
            event = function() end, done = function() error("last") end,
        }]], { events = 100 })
        assert.truthy(message_of(summary):find("done: source:2: last", 1, true))
        assert.equal(100, summary.results.events)
    end)
end)

describe("stopping", function()
    -- Never returns, and takes no time from the specs that follow.
    local asleep = [[local ffi = require "ffi"
        ffi.cdef "int usleep(unsigned microseconds);"
        local function asleep() while true do ffi.C.usleep(10000) end end
        ]]

    it("by engram.stop: the event counts", function()
        local summary = run([[local engram = require "engram"
            return { event = function(_, i) if i == 100 then engram.stop() end end }]],
            { threads = 1, events = 2 ^ 50 })
        assert.equal("script", summary.results.stop_reason)
        assert.equal(100, summary.results.events)
        assert.is_false(summary.results.failed)
    end)

    it("by engram.stop before the start line: no event, and no failure", function()
        local summary = run([[local engram = require "engram"
            return { thread_init = function() engram.stop() end, event = function() end }]],
            { threads = 2, events = 100 })
        assert.equal("script", summary.results.stop_reason)
        assert.equal(0, summary.results.events)
        assert.is_false(summary.results.failed)
        assert.is_nil(summary.errors)
    end)

    it("by a thread_init that raises: an error, whoever else stops the run", function()
        local summary = run([[local engram = require "engram"
            return { thread_init = function(thread)
                engram.stop()
                if thread.id == 2 then error "not me" end
            end, event = function() end }]], { threads = 2, events = 100 })
        assert.equal("error", summary.results.stop_reason)
        assert.truthy(message_of(summary):find("not me", 1, true))
    end)

    it("by engram.fail: caught or not, the run has failed", function()
        for _, call in ipairs { "engram.fail('enough')", "pcall(engram.fail, 'enough')" } do
            local summary = run('local engram = require "engram" return { event = ' ..
                "function(_, i) if i == 100 then " .. call .. " end end }", { max_errors = "all" })
            assert.equal("error", summary.results.stop_reason)
            assert.is_true(summary.results.failed)
        end
    end)

    it("by engram.fail: its own frame is not shown", function()
        local summary = run('local engram = require "engram" return { event = ' ..
            "function() engram.fail 'enough' end }", { threads = 1, events = 1 })
        local found = summary.errors[1]
        assert.equal("source:1: enough", found.message)
        assert.truthy(found.traceback:find("source:1: in function", 1, true), found.traceback)
        assert.is_nil(found.traceback:find("control.lua", 1, true), found.traceback)
    end)

    it("gives up a thread that is stuck, and reports without it", function()
        local summary = run(asleep ..
            "return { event = function(_, i) if i == 5 then asleep() end end }",
            { duration = "50ms", grace = "100ms" })
        assert.equal("stuck", summary.results.stop_reason)
        assert.is_true(summary.results.failed)
        assert.is_true(summary.results.events > 0)
        assert.truthy(summary.warnings[1]:find("stuck", 1, true))
    end)

    it("says in which hook a thread is stuck", function()
        for hook, body in pairs {
            thread_init = "thread_init = function() engram.stop() asleep() end, event = print",
            ["an event"] = "event = function() engram.stop() asleep() end",
            thread_done = "event = engram.stop, thread_done = function() asleep() end",
        } do
            local summary = run(asleep .. 'local engram = require "engram" return { ' .. body ..
                " }", { threads = 1, grace = "50ms" })
            assert.equal("stuck", summary.results.stop_reason)
            assert.equal(hook, summary.threads[1].stuck_in)
            assert.truthy(summary.warnings[1]:find("thread 1 is stuck in " .. hook .. " and", 1,
                true), summary.warnings[1])
        end
    end)

    it("gives up all threads when all are stuck, one or three", function()
        for _, threads in ipairs { 1, 3 } do
            local summary = run(asleep .. "return { event = function() asleep() end }",
                { threads = threads, duration = "50ms", grace = "50ms" })
            assert.equal("stuck", summary.results.stop_reason)
            assert.equal(0, summary.results.events)
            for _, thread in ipairs(summary.threads) do assert.is_true(thread.stuck) end
        end
    end)

    it("counts no grace as running time, whether a thread ended or none", function()
        for _, threads in ipairs { 1, 2 } do
            local summary = run(asleep ..
                "return { event = function(_, i) if i == 1 then asleep() end end }",
                { threads = threads, duration = "50ms", grace = "1s" })
            assert.equal("stuck", summary.results.stop_reason)
            local elapsed_s = summary.results.elapsed_s
            assert.is_true(elapsed_s >= 0.05 and elapsed_s < 0.5, elapsed_s)
        end
    end)

    it("ends a loop that calls engram, and the cut event does not count", function()
        local summary = run([[local engram = require "engram"
            return { event = function(_, i)
                local v = engram.vector(8)
                local m = engram.matrix(4, 8)
                while i == 1 do
                    local mark = engram.arena():mark()
                    engram.similarity(v, m)
                    engram.arena():rewind(mark)
                end
            end }]], { threads = 2, events = 100, grace = "50ms" })
        assert.equal("stuck", summary.results.stop_reason)
        assert.equal(99, summary.results.events)
        assert.equal(0, summary.results.errors)
        assert.is_nil(summary.errors)
    end)

    it("is refused where nothing runs", function()
        assert.has_error(function() engram.stop() end, "engram.stop: no run is under way here")
    end)
end)

describe("the clock", function()
    -- Busy machines may lose a thread for a while: one try in five has to hold.
    local function some_try(body)
        local last
        for _ = 1, 5 do
            local ok, message = pcall(body)
            if ok then return end
            last = message
        end
        error(last, 0)
    end

    it("starts when all states are made", function()
        some_try(function()
            local summary = run([[
                local start = os.clock()
                repeat until os.clock() - start > 0.2
                return {
                    thread_init = function() repeat until os.clock() - start > 0.4 end,
                    event = function() end,
                }]], { threads = 1, events = 10 })
            assert.is_true(summary.results.elapsed_s < 0.2, summary.results.elapsed_s)
        end)
    end)

    it("stops within a fifth of a second when events are short", function()
        some_try(function()
            local summary = run([[return { event = function()
                local start = os.clock()
                repeat until os.clock() - start > 0.005
            end }]], { threads = 1, duration = "100ms" })
            assert.is_true(summary.results.elapsed_s < 0.3, summary.results.elapsed_s)
        end)
    end)

    it("is not asked whose percentiles are wanted", function()
        local draws = [[return {
            thread_init = function(thread) thread.sum = 0 end,
            event = function(thread) thread.sum = thread.sum + thread.random(1e6) end,
            thread_done = function(thread) return thread.sum end,
            done = function(summary, sums) summary.sum = sums[1] + sums[2] end,
        }]]
        local plain = run(draws, { events = 5000, seed = 9 })
        assert.equal(plain.sum, run(draws, { events = 5000, seed = 9, percentiles = "1,2,3",
            report_interval = "1ms", histogram = true }).sum)
    end)
end)

describe("engram's own cost", function()
    it("is the same again, whoever else takes the processor", function()
        local C = require "engram.c"
        local least, most = math.huge, 0
        for _ = 1, 100 do
            local ns = C.eg_overhead_ns()
            least, most = math.min(least, ns), math.max(most, ns)
        end
        assert.is_true(most < 4 * least, most .. " and " .. least)
    end)

    it("is measured, and a warning where events are as short", function()
        local short = run("return { event = function() end }", { events = "100k", threads = 1 })
        assert.is_true(short.context.overhead_ns > 0)
        assert.truthy(short.warnings[1]:find("engram's own cost, ", 1, true))
        local long = run([[return { event = function()
            local start = os.clock()
            repeat until os.clock() - start > 0.001
        end }]], { events = 10, threads = 1 })
        assert.is_nil(long.warnings)
        local batch = run("return { event_batch = function() end }", { events = "100k" })
        assert.is_nil(batch.warnings)
    end)
end)
