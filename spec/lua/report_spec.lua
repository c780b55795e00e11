-- The report: one screen of text, and JSON that is valid whatever is in it.

local cjson = require "cjson"
local report = require "engram.report"
local units = require "engram.units"

local null = cjson.null

local function arena()
    return { capacity = 2097152, used = 0, high_water = 1310720, utilization = 0.625,
        allocations = 1234567, overflows = 0, overflow_rate = 0, fallback_bytes = 0, resets = 99 }
end

local function thread(id)
    return { id = id, events = 10, errors = 0, arena = arena(),
        lua = { memory = 1000, traces = 1, aborts = 0, driver = "lua" } }
end

local function summary(threads)
    local list = {}
    for id = 1, threads do list[id] = thread(id) end
    local total = arena()
    total.advice = { verdict = "healthy", text = "healthy: fine",
        export = "export ENGRAM_ARENA_SIZE=2M" }
    return {
        context = { version = "0.1.0", luajit = "LuaJIT 2.1", cpu = "x", isa = "avx2", cores = 2,
            clock = "tsc", date = "now", overhead_ns = 9.5 },
        config = { workload = "recall", threads = threads, duration_s = 5, events = null,
            seed = 2 ^ 46 - 1, arena_size = 2097152, arena_overflow = "error",
            allocator = "thread", options = { k = 10 } },
        results = { elapsed_s = 5.001, events = 123456, events_per_s = 24686.2, errors = 0,
            stop_reason = "duration", latency = { unit = "ns", min = 90, mean = 12345,
                max = 3.21e6, stddev = 5, p50 = 12000, p95 = 20000, p99 = 1e5, p99_9 = 1e6 } },
        arena = total, threads = list,
        process = { max_rss_bytes = 1048576, user_s = 1, system_s = 1 },
    }
end

local function shows(text, ...)
    for _, words in ipairs { ... } do
        assert.truthy(text:find(words, 1, true), words .. " is not in\n" .. text)
    end
end

describe("the report as text", function()
    it("tells what ran, how fast it was, and what to set", function()
        shows(report.text(summary(2)), "recall\n", "2 threads, 5 s, seed 70368744177663",
            "\n            9.5 ns of each event are engram's own\n",
            "123,456 in 5 s: 24,686 events/s, 0 failed", "12.3 us", "3.21 ms", "p99.9",
            ", arenas of 2M, k=10",
            "process     2 s of CPU (1 s in the kernel), 1M of memory",
            "\n  thread 2           10       1.25M   62.5 %     1,234,567          0         0\n",
            "\n  in total      123,456                          1,234,567          0         0\n",
            "healthy: fine", "export ENGRAM_ARENA_SIZE=2M")
    end)

    it("fits one screen", function()
        for _, threads in ipairs { 1, 8, 9, 1000 } do
            local text = report.text(summary(threads))
            assert.is_true(select(2, text:gsub("\n", "")) <= 24)
            for line in text:gmatch "[^\n]+" do assert.is_true(#line <= 80, line) end
        end
    end)

    it("has no total of one thread, and no arenas where nothing was taken", function()
        assert.is_nil(report.text(summary(1)):find("in total", 1, true))
        local of = summary(2)
        of.arena.allocations = 0
        shows(report.text(of), "\nthreads     10 events each\n")
        of.threads[2].events = 1
        local text = report.text(of)
        shows(text, "\nthreads     1 to 10 events each\n")
        assert.is_nil(text:find("high water", 1, true))
        of.threads[2] = nil
        assert.is_nil(report.text(of):find("\nthreads", 1, true))
    end)

    it("names another allocator", function()
        local of = summary(1)
        of.config.allocator = "malloc"
        shows(report.text(of), ", malloc, k=10")
        of.config.allocator = "shared"
        shows(report.text(of), "2M of a shared arena each")
    end)

    it("has a row for each operation of a mix, and their events", function()
        local of = summary(2)
        local row = of.results.latency
        of.results.operations = {
            { name = "read", events = 1e6, errors = 0, latency = row },
            { name = "read_then_write", events = 3456, errors = 2, latency = row },
        }
        local text = report.text(of)
        shows(text, "\n  read          90 ns", "\n  read_then_write\n                90 ns",
            "\nmix         events: read 1,000,000, read_then_write 3,456 (2 failed)\n")
        for line in text:gmatch "[^\n]+" do assert.is_true(#line <= 80, line) end
    end)

    it("breaks the latencies of many percentiles", function()
        local of = summary(1)
        of.config.percentiles = { 1, 10, 50, 90, 99, 99.9, 99.9999 }
        of.results.latency.p90, of.results.latency.p99_9999 = 1e4, 2e6
        of.results.operations = { { name = "read", events = 1, errors = 0,
            latency = of.results.latency } }
        local text = report.text(of)
        shows(text, "p90      p99\n", "p99.9  p99.9999      max\n", "  2 ms  3.21 ms\n")
        for line in text:gmatch "[^\n]+" do assert.is_true(#line <= 80, line) end
    end)

    it("breaks what it says before column 80", function()
        local of = summary(1)
        of.config.options = { one = ("a"):rep(30), two = ("b"):rep(30) }
        of.arena.advice.text = "healthy: " .. ("so many words "):rep(9) .. "end"
        of.warnings = { ("something is odd "):rep(8) }
        of.threads[1].lua = { driver = "c", refused = ("it has reasons "):rep(9) }
        local text = report.text(of)
        for line in text:gmatch "[^\n]+" do assert.is_true(#line < 80, line) end
        shows(text, "words\n            end\n            export ENGRAM_ARENA_SIZE=2M\n")
    end)

    it("keeps columns apart, however far too small an arena is", function()
        local of = summary(1)
        local taken = of.threads[1].arena
        taken.high_water, taken.utilization = 9356592, 9356592 / 65536
        shows(report.text(of), "8.92M 14,277 %     ")
    end)

    it("shows the first of many threads, the fullest, and how many are left out", function()
        local of = summary(100)
        of.threads[77].arena.high_water = 2000000
        local text = report.text(of)
        shows(text, "thread 1 ", "thread 7 ", "thread 77", "92 threads more; the fullest is thr")
        assert.is_nil(text:find "thread 8 ")
    end)

    it("says why it stopped, unless that was the plan", function()
        local of = summary(1)
        assert.is_nil(report.text(of):find "stopped")
        local cases = { script = "by the script", error = "by an error", stuck = "still busy" }
        for reason, words in pairs(cases) do
            of.results.stop_reason = reason
            shows(report.text(of), "stopped", words)
        end
        of.results.stop_reason, of.results.interrupted_by = "interrupted", 15
        shows(report.text(of), "by SIGTERM")
    end)

    it("says that the time ended before the events that were asked for", function()
        local of = summary(1)
        of.config.events = 10 ^ 6
        shows(report.text(of), "\nstopped     by the end of its time, before 1,000,000 events\n")
        of.config.events = of.results.events
        assert.is_nil(report.text(of):find "stopped")
    end)

    it("says what LuaJIT refused, once", function()
        local of = summary(3)
        for id = 2, 3 do
            of.threads[id].lua.driver = "c"
            of.threads[id].lua.refused = "event creates a closure at mine.lua:12"
        end
        local text = report.text(of)
        shows(text, "event creates a closure at mine.lua:12",
            "2 threads went on with the loop driven from C, which is slower\n")
        assert.equal(1, select(2, text:gsub("closure", "")))
        for id = 2, 3 do of.threads[id].lua.refused = "event has a loop inside that ..." end
        shows(report.text(of), "2 threads went on with the loop driven from C\n")
    end)

    it("shows warnings and errors with thread, event, count and traceback", function()
        local of = summary(1)
        of.warnings = { "something is odd" }
        of.errors = { { message = "mine.lua:3: boom", traceback = "stack traceback:\n\tmine.lua:3",
            thread = 2, event = 17000, count = 3 } }
        shows(report.text(of), "something is odd", "3 times, first in thread 2 at event 17,000",
            "mine.lua:3: boom", "stack traceback:")
    end)

    it("breaks what is wrong before column 80 where it has no traceback", function()
        local of = summary(1)
        of.errors = { { message = ("a long sentence "):rep(20) .. "\nand more", thread = 1 } }
        local text = report.text(of)
        shows(text, "error       in thread 1\n            a long", "\n            and more")
        for line in text:gmatch "[^\n]+" do assert.is_true(#line < 80, line) end
    end)

    it("leaves no blank behind the name of a figure that has a line of its own", function()
        local of = summary(1)
        of.results.metrics = { a_figure_of_some_length = { kind = "rate", value = 0.5, count = 2 } }
        shows(report.text(of), "\n  a_figure_of_some_length\n            50.0 % of 2\n")
    end)

    it("has bars that leave room for large counts", function()
        local of = summary(1)
        of.results.latency.buckets = { { ns = 1000, count = 123456789 },
            { ns = 2000, count = 1 } }
        for line in report.text(of):gmatch "[^\n]+" do assert.is_true(#line < 80, line) end
    end)

    it("cuts long tracebacks and long lists of errors", function()
        local of = summary(1)
        of.errors = {}
        for i = 1, 20 do
            of.errors[i] = { message = "e" .. i, traceback = ("\tx\n"):rep(200), count = 1 }
        end
        local text = report.text(of)
        shows(text, "15 more kinds of errors")
        assert.is_true(select(2, text:gsub("\n", "")) < 100)
    end)

    it("does without what could not be computed", function()
        local of = summary(1)
        of.results.latency = { unit = "ns", min = null, mean = null, max = null, p50 = null }
        of.results.events_per_s, of.threads = null, nil
        of.arena.capacity, of.arena.utilization, of.config.options = null, null, nil
        of.config.duration_s, of.config.events = null, 7
        shows(report.text(of), "no event ended", "7 events")
    end)
end)

describe("the report as JSON", function()
    local function back(value) return cjson.decode(report.json { value = value }).value end

    it("is the table itself", function()
        local of = summary(2)
        assert.same(of, cjson.decode(report.json(of)))
    end)

    it("keeps every digit", function()
        local numbers = { 2 ^ 53, -2 ^ 53, 2 ^ 53 - 1, 0.1, 1 / 3, 1e300, 5e-324, 2 ^ 60, -0.5 }
        for _, x in ipairs(numbers) do
            assert.equal(x, back(x))
        end
        assert.truthy(report.json { 2 ^ 53 }:find("9007199254740992", 1, true))
    end)

    it("says null for what is no number", function()
        for _, x in ipairs { 0 / 0, 1 / 0, -1 / 0 } do assert.equal(null, back(x)) end
        assert.equal(null, back(null))
    end)

    it("escapes texts, and replaces bytes that are no UTF-8", function()
        assert.equal('a"\\\n\0\127/', back 'a"\\\n\0\127/')
        local good = "h\195\182\226\130\172\240\159\152\128"
        assert.equal(good, back(good))
        local bad = { "\255", "\192\128", "\237\160\128", "\244\144\128\128", "\226\130", "\128" }
        for _, bytes in ipairs(bad) do
            local text = back("a" .. bytes .. "z")
            assert.truthy(text:find "^a" and text:find "z$" and text:find("\239\191\189", 1, true))
        end
    end)

    it("sorts its keys and is the same every time", function()
        assert.equal('{\n  "a": 1,\n  "b": [\n    1,\n    2\n  ]\n}\n',
            report.json { b = { 1, 2 }, a = 1 })
    end)

    it("survives what scripts put into the summary", function()
        local loop = {}
        loop.loop = loop
        local of = { loop, f = print, holes = { [1] = 1, [3] = 3 }, [1.5] = true, none = {} }
        assert.is_table(cjson.decode(report.json(of)))
    end)
end)

describe("units", function()
    it("are readable", function()
        local cases = {
            { units.bytes, 0, "0" }, { units.bytes, 999, "999" }, { units.bytes, 1023, "1023" },
            { units.bytes, 2097152, "2M" }, { units.bytes, 1310720, "1.25M" },
            { units.bytes, 2 ^ 40, "1024G" }, { units.time, 0, "0 ns" },
            { units.time, 999.4, "999 ns" }, { units.time, 999.6, "1 us" },
            { units.time, 12345, "12.3 us" },
            { units.time, 3.21e6, "3.21 ms" }, { units.time, 9.996e7, "100 ms" },
            { units.time, 7200e9, "7200 s" }, { units.count, 0, "0" }, { units.count, 999, "999" },
            { units.count, 1000, "1,000" }, { units.count, 1234567, "1,234,567" },
            { units.count, 2 ^ 53, "9,007,199,254,740,992" }, { units.rate, 0.123, "0.123" },
            { units.rate, 12345.6, "12,346" }, { units.rate, 999.4, "999" },
            { units.rate, 999.7, "1,000" }, { units.number, 999.4, "999" },
            { units.number, 999.7, "1,000" }, { units.number, -999.7, "-1,000" },
            { units.percent, 0.5, "50.0 %" },
        }
        for _, case in ipairs(cases) do assert.equal(case[3], case[1](case[2])) end
    end)
end)
