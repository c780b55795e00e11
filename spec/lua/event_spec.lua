-- What an event can be: one of a mix, a batch, checked; and a run of each hook once.

local engram = require "engram"

local function run(source, options)
    options = options or {}
    options.source = source
    options.threads = options.threads or 2
    return engram.run(options)
end

local function refusal(source, options)
    local summary, message = run(source, options)
    assert.is_nil(summary)
    return message
end

describe("a mix", function()
    local source = [[
        local w = { mix = { read = 9, write = 1, never = 0 } }
        function w.thread_init(thread) thread.writes = {} end
        function w.read() end
        function w.never() error "never" end
        function w.write(thread, i)
            thread.writes[#thread.writes + 1] = i
            if i % 7 == 0 then error "seven" end
        end
        function w.thread_done(thread) return thread.writes end
        function w.done(summary, results)
            local all = {}
            for _, list in ipairs(results) do for _, i in ipairs(list) do all[#all + 1] = i end end
            table.sort(all)
            summary.writes = all
        end
        return w]]

    it("has a histogram for each operation, which add up", function()
        local summary = run(source, { events = 10000, max_errors = "all" })
        local by_name, events, errors = {}, 0, 0
        for _, operation in ipairs(summary.results.operations) do
            by_name[operation.name] = operation
            events, errors = events + operation.events, errors + operation.errors
            assert.equal(operation.events, operation.latency.count)
        end
        assert.equal(10000, events)
        assert.equal(summary.results.errors, errors)
        assert.equal(0, by_name.never.events)
        assert.equal(0, by_name.read.errors)
        assert.equal(#summary.writes, by_name.write.events)
        -- 1,000 expected, with a standard deviation of 30.
        assert.is_true(math.abs(by_name.write.events - 1000) < 200, by_name.write.events)
        assert.equal(9, by_name.read.weight)
    end)

    it("gives an event the same operation, whatever the threads and the pace", function()
        local first = run(source, { events = 3000, seed = 4, max_errors = "all" }).writes
        assert.same(first, run(source, { events = 3000, seed = 4, threads = 5,
            max_errors = "all", rate = "200k" }).writes)
        assert.are_not.same(first, run(source, { events = 3000, seed = 5,
            max_errors = "all" }).writes)
    end)

    it("takes nothing from the events' own draws", function()
        local draws = [[local w = { %s }
            function w.go(thread) thread.sum = (thread.sum or 0) + thread.random(1e6) end
            function w.thread_done(thread) return thread.sum end
            function w.done(summary, sums) summary.sum = sums[1] end
            return w]]
        local plain = draws:gsub("w%.go", "w.event"):format ""
        local mix = run(draws:format "mix = { go = 1 }", { events = 100, seed = 3, threads = 1 })
        assert.equal(run(plain, { events = 100, seed = 3, threads = 1 }).sum, mix.sum)
    end)

    it("is what it says, or is refused", function()
        local cases = {
            { "return { mix = {} }", "no share above zero" },
            { "return { mix = { a = 0 }, a = print }", "no share above zero" },
            { "return { mix = { a = 1 } }", "mix.a has no function" },
            { "return { mix = { a = -1 }, a = print }", "mix.a is -1" },
            { "return { mix = { a = 'x' }, a = print }", "mix.a is x" },
            { "return { mix = { print }, event = print }", "both event and mix" },
            { "return { event_batch = print, event = print }", "both event and event_batch" },
            { "return { mix = 5 }", "mix is a number" },
        }
        for _, case in ipairs(cases) do
            local message = refusal(case[1])
            assert.truthy(message:find(case[2], 1, true), message)
        end
    end)

    it("stays compiled", function()
        local summary = run([[local w = { mix = { a = 1, b = 2 } }
            function w.a(thread) thread:count "a" end
            function w.b(thread, i) thread:trend("b", i % 10) thread:rate("r", true) end
            return w]], { events = "300k", threads = 1 })
        assert.equal("lua", summary.threads[1].lua.driver)
        assert.is_nil(summary.threads[1].lua.refused)
    end)
end)

describe("a batch", function()
    local source = [[
        local w = {}
        function w.thread_init(thread) thread.sum, thread.draws, thread.most = 0, 0, 0 end
        function w.event_batch(thread, i, n)
            thread.most = math.max(thread.most, n)
            for k = i, i + n - 1 do
                thread.random:seek(k)
                thread.sum = thread.sum + k
                thread.draws = thread.draws + thread.random(1000)
            end
        end
        function w.thread_done(thread) return { thread.sum, thread.draws, thread.most } end
        function w.done(summary, results)
            summary.sum, summary.draws, summary.most = 0, 0, 0
            for _, each in ipairs(results) do
                summary.sum, summary.draws = summary.sum + each[1], summary.draws + each[2]
                summary.most = math.max(summary.most, each[3])
            end
        end
        return w]]

    it("gets every number once, and counts each", function()
        for _, events in ipairs { 1, 1000, 2000003 } do
            local summary = run(source, { events = events })
            assert.equal(events * (events + 1) / 2, summary.sum)
            assert.equal(events, summary.results.events)
            assert.equal(events, summary.results.latency.count)
        end
    end)

    it("grows until the clock costs little", function()
        local summary = run(source, { events = "2M" })
        assert.is_true(summary.most > 1, summary.most)
        assert.is_true(summary.results.batch >= 1)
    end)

    it("draws what its events would draw", function()
        local one = source:gsub("event_batch%(thread, i, n%)", "event(thread, i) local n = 1")
        assert.equal(run(one, { events = 50000, seed = 8 }).draws,
            run(source, { events = 50000, seed = 8, threads = 3 }).draws)
    end)

    it("fails as a whole", function()
        local summary = run("return { event_batch = function() error 'all' end }",
            { events = 100000, max_errors = "all" })
        assert.equal(100000, summary.results.errors)
        assert.equal(100000, summary.results.events)
    end)

    it("is one event under a rate", function()
        local summary = run(source, { events = 50, rate = 10000 })
        assert.equal(50 * 51 / 2, summary.sum)
        assert.equal(1, summary.most)
    end)
end)

describe("validation", function()
    local source = [[return {
        event = function(_, i) return i * 2 end,
        validate = function(_, i, result)
            if i == 13 then return false, "unlucky" end
            return result == i * 2
        end,
    }]]

    it("fails the events whose results are not valid, and says why", function()
        local summary = run(source, { events = 100, validate = true, max_errors = "all" })
        assert.equal(1, summary.results.errors)
        assert.equal("not valid: unlucky", summary.errors[1].message)
        assert.equal(13, summary.errors[1].event)
    end)

    it("is left out unless it is asked for", function()
        assert.equal(0, run(source, { events = 100 }).results.errors)
    end)

    it("names the result when there is no reason", function()
        local summary = run("return { event = function() return 7 end, " ..
            "validate = function() end }", { events = 1, validate = true })
        assert.equal("not valid: 7", summary.errors[1].message)
    end)

    it("needs a hook", function()
        local message = refusal("return { event = print }", { validate = true })
        assert.truthy(message:find("no validate hook", 1, true), message)
    end)
end)

describe("a dry run", function()
    it("calls each hook once, on one thread", function()
        local summary = run([[
            local calls = {}
            local function note(name) calls[#calls + 1] = name end
            local w = { mix = { a = 1, b = 99 } }
            function w.setup() return { setup = true } end
            function w.thread_init(thread) note(tostring(thread.shared.setup)) end
            function w.a() note "a" end
            function w.b() note "b" end
            function w.thread_done() note "thread_done" return calls end
            function w.done(summary, results) summary.calls = results[1] end
            return w]], { dry_run = true, threads = 8, duration = "1m", rate = 5, warmup = "1m" })
        assert.same({ "true", "a", "b", "thread_done" }, summary.calls)
        assert.equal(1, summary.results.events)
        assert.equal(1, summary.config.threads)
    end)
end)
