-- engram.run: counting, errors, stopping, what crosses between states, and the
-- summary. Scripts are given as text; nothing here depends on how fast they run.

local engram = require "engram"
local child = require "spec.support.child"

local sanitized = (os.getenv "ENGRAM_SANITIZE" or "") ~= ""

local function run(source, options)
    options.source = source
    options.threads = options.threads or 2
    options.grace = options.grace or "200ms"
    return assert(engram.run(options))
end

local noop = "return { event = function() end }"

local function message_of(summary)
    return summary.errors and summary.errors[1].message
end

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
        local summary = run("return { event = function(_, i) error('e' .. i % 50) end }",
            { events = 1000, max_errors = "all" })
        assert.equal(20, #summary.errors)
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

    it("by engram.fail: caught or not, the run has failed", function()
        for _, call in ipairs { "engram.fail('enough')", "pcall(engram.fail, 'enough')" } do
            local summary = run('local engram = require "engram" return { event = ' ..
                "function(_, i) if i == 100 then " .. call .. " end end }", { max_errors = "all" })
            assert.equal("error", summary.results.stop_reason)
            assert.is_true(summary.results.failed)
        end
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

    it("gives up all threads when all are stuck, one or three", function()
        for _, threads in ipairs { 1, 3 } do
            local summary = run(asleep .. "return { event = function() asleep() end }",
                { threads = threads, duration = "50ms", grace = "50ms" })
            assert.equal("stuck", summary.results.stop_reason)
            assert.equal(0, summary.results.events)
            for _, thread in ipairs(summary.threads) do assert.is_true(thread.stuck) end
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

describe("what crosses to the threads", function()
    it("is copied, and matrices and graphs are shared and frozen", function()
        local summary = run([[local engram = require "engram"
            return {
                setup = function()
                    return { text = "t", list = { 1, 2, { deep = true } },
                        m = engram.matrix { { 1, 2 }, { 3, 4 } },
                        g = engram.graph(3, { { 1, 2, 0.5 }, { 2, 3 } }) }
                end,
                event = function(thread)
                    local s = thread.shared
                    assert(s.text == "t" and s.list[2] == 2 and s.list[3].deep)
                    assert(s.m:get(2, 1) == 3 and s.m:row(2):get(2) == 4 and s.g.nodes == 3)
                    assert(not pcall(s.m.set, s.m, 1, 1, 9))
                end,
            }]], { events = 500 })
        assert.is_nil(message_of(summary))
    end)

    for kind, value in pairs { ["function"] = "print", thread = "coroutine.create(print)" } do
        it("is refused by name when it can not: " .. kind, function()
            local summary = run("return { setup = function() return { x = { y = " .. value ..
                " } } end, event = function() end }", {})
            assert.truthy(message_of(summary):find("thread.shared.x.y is a " .. kind, 1, true))
        end)
    end

    it("is refused when it contains itself", function()
        local summary = run([[return { setup = function()
            local t = {} t.self = t return t
        end, event = function() end }]], {})
        assert.truthy(message_of(summary):find("contains itself", 1, true))
    end)

    it("leaves nothing behind", function()
        local C = require "engram.c"
        collectgarbage() collectgarbage()
        local before = C.eg_live_objects()
        for _ = 1, 5 do
            run([[local engram = require "engram"
                return { setup = function() return { m = engram.matrix(10, 10) } end,
                event = function(thread) return thread.shared.m:row(1) end }]], { events = 100 })
        end
        collectgarbage() collectgarbage()
        assert.equal(before, C.eg_live_objects())
    end)
end)

describe("a thread's state", function()
    it("finds every module of engram that a script can reach in the host's memory", function()
        local summary = run([[local engram = require "engram"
            local names = { "arena", "base_level", "data", "decay", "fail", "graph", "interval",
                "load", "matrix", "nearest", "random", "similarity", "spread", "stop", "vector" }
            return { event = function()
                for _, name in ipairs(names) do assert(engram[name], name) end
                engram.nearest({ 1 }, engram.matrix { { 1 } }, 1)
                engram.spread(engram.graph(2, { { 1, 2 } }), { [1] = 1 }, { max_hops = 1 })
                engram.decay({ 1 }, { 1 }, { curve = "halflife", h = 1 })
                local missing = {}
                for name in pairs(package.loaded) do
                    local found = package.loaders[1](name) ~= nil or name == "engram.core"
                    if name:match "^engram" and not found then missing[#missing + 1] = name end
                end
                if #missing > 0 then error(table.concat(missing, ", "), 0) end
            end }]], { events = 1, threads = 1 })
        assert.is_nil(message_of(summary))
    end)

    it("keeps what a script makes, also far beyond the memory that it begins with", function()
        local summary = run([[
            return {
                thread_init = function(thread) thread.kept, thread.text = {}, "" end,
                event = function(thread, i)
                    local kept, n = thread.kept, #thread.kept + 1
                    kept[n] = { n, ("%d-%d"):format(thread.id, n), { n = n } }
                    if n % 100 == 0 then thread.text = thread.text .. ("x"):rep(n) end
                end,
                thread_done = function(thread)
                    collectgarbage()
                    local x = 0
                    for n, each in ipairs(thread.kept) do
                        assert(each[1] == n and each[2] == thread.id .. "-" .. n, n)
                        assert(each[3].n == n, n)
                        if n % 100 == 0 then x = x + n end
                    end
                    assert(thread.text == ("x"):rep(x), #thread.text)
                    return #thread.kept
                end,
                done = function(summary, counts) summary.kept = counts[1] + counts[2] end,
            }]], { events = 20000 })
        assert.is_nil(message_of(summary))
        assert.equal(20000, summary.kept)
    end)

    it("leaves no machine code behind", function()
        -- Mappings that can be executed and are of no file.
        local function mapped()
            local count = 0
            for line in io.lines "/proc/self/maps" do
                if line:match "^%S+ r%-xp %S+ 00:00 0%s*$" then count = count + 1 end
            end
            return count
        end
        local source = [[return { event = function(thread, i)
            thread.sum = (thread.sum or 0) + i
        end }]]
        run(source, { events = 5000 })
        local before = mapped()
        for _ = 1, 20 do
            local summary = run(source, { events = 5000 })
            assert.is_true(summary.threads[1].lua.traces + summary.threads[2].lua.traces > 0)
        end
        assert.is_true(mapped() < before + 10, mapped() - before)
    end)

    it("has finalised everything when the run is over", function()
        local path = os.tmpname()
        finally(function()
            for _, name in ipairs { path, path .. 1, path .. 2 } do os.remove(name) end
        end)
        local summary = run(([[
            local ffi = require "ffi"
            local path, last = %q, newproxy(true)
            local function say(id, what)
                local file = io.open(path, "a")
                file:write(id, what, " ")
                file:close()
            end
            return {
                thread_init = function(thread)
                    local id = thread.id
                    getmetatable(last).__gc = function() say(id, "proxy") end
                    anchor = ffi.gc(ffi.new "int[1]", function()
                        say(id, "cdata")
                        late = newproxy(true)
                        getmetatable(late).__gc = function() say(id, "late") end
                    end)
                    left_open = io.open(path .. id, "w")
                    left_open:write("left open by ", id)
                end,
                event = function() end,
            }]]):format(path), { events = 10 })
        assert.is_nil(message_of(summary))
        local function read(name)
            local file = assert(io.open(name))
            local text = file:read "*a"
            file:close()
            return text
        end
        local said = read(path)
        for id = 1, 2 do
            for _, what in ipairs { "proxy", "cdata", "late" } do
                assert.truthy(said:find(id .. what, 1, true), said)
            end
            assert.equal("left open by " .. id, read(path .. id))
        end
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

describe("a thousand threads", function()
    it("start, share the events, and end", function()
        local summary = run("return { event = function() end }", { threads = 1000, events = 5000 })
        assert.equal(5000, summary.results.events)
        assert.equal(1000, #summary.threads)
        assert.is_nil(summary.errors)
    end)

    it("are refused where there is no address space for them", function()
        if sanitized then return pending "a sanitizer needs more address space than is left" end
        local _, out, err = child.lua([[
            local summary = require("engram").run { threads = 1000, events = 1000,
                source = "return { event = function() end }" }
            io.write(summary.errors[1].message)
        ]], { limits = "-v 4194304" })
        assert.equal("no address space for 1000 threads, each with a stack of 64 MB and an " ..
            "arena of 2097152 bytes; ask for fewer threads (-t), smaller arenas (--arena-size) " ..
            "or raise the limit (ulimit -v)", out, err)
    end)
end)

describe("the arena of a thread", function()
    it("ends at a page that nobody may write to", function()
        local code, out = child.lua [[
            require("engram").run { threads = 2, events = 2, arena_size = "64K", source = [=[
                return { event = function() end, thread_init = function(thread)
                    if thread.id == 1 then thread.arena:floats(16384):data()[16384] = 1 end
                end }]=] }
            io.write "survived"
        ]]
        assert.equal("", out)
        assert.is_true(code ~= 0)
    end)
end)

describe("thread.random", function()
    local drawing = [[
        return {
            thread_init = function(thread) thread.seen, thread.first = {}, thread.random() end,
            event = function(thread, i)
                thread.seen[i] = { thread.random(), thread.random(1000), thread.random:normal() }
            end,
            thread_done = function(thread) return { thread.first, thread.seen } end,
            done = function(summary, results) summary.drawn = results end,
        }]]

    local function drawn_by(threads, seed)
        local merged, first = {}, {}
        local summary = run(drawing, { threads = threads, events = 200, seed = seed })
        for id, result in ipairs(summary.drawn) do
            first[id] = result[1]
            for i = 1, 200 do merged[i] = merged[i] or result[2][i] end
        end
        return merged, first
    end

    it("gives an event the same numbers on any number of threads", function()
        local one, four = drawn_by(1, 7), drawn_by(4, 7)
        for i = 1, 200 do assert.same(one[i], four[i]) end
    end)

    it("gives other numbers for another seed, event or thread", function()
        local seven, first = drawn_by(3, 7)
        local eight = drawn_by(3, 8)
        assert.not_equal(seven[1][1], eight[1][1])
        assert.not_equal(seven[1][1], seven[2][1])
        assert.not_equal(first[1], first[2])
    end)

    it("is seeded by itself, and says so, when nobody chose", function()
        local seed = run(noop, { events = 1 }).config.seed
        assert.is_true(seed >= 0 and seed < 2 ^ 46 and seed % 1 == 0)
    end)
end)

describe("the driver", function()
    it("is Lua's loop for an event that compiles", function()
        for _, thread in ipairs(run(noop, { events = "100k" }).threads) do
            assert.equal("lua", thread.lua.driver)
            assert.is_nil(thread.lua.refused)
        end
    end)

    it("is C's loop when the event creates closures, and says where", function()
        local summary = run("return { event = function(thread)\n" ..
            "thread.f = function() return thread end\nend }", { events = "100k", threads = 1 })
        assert.equal(100000, summary.results.events)
        assert.equal("c", summary.threads[1].lua.driver)
        assert.equal("event creates a closure at source:2", summary.threads[1].lua.refused)
    end)

    it("counts, catches and rewinds in C's loop as well", function()
        local summary = run([[return { event = function(thread, i)
            thread.f = function() return thread end
            thread.arena:floats(100)
            if i % 10 == 0 then error("tenth") end
        end }]], { events = "50k", threads = 2, max_errors = "all" })
        assert.equal(50000, summary.results.events)
        assert.equal(5000, summary.results.errors)
        assert.truthy(summary.errors[1].traceback:find("source:4", 1, true))
        assert.is_true(summary.arena.high_water <= 1024)
    end)
end)

describe("engram.run", function()
    local function refusal(options)
        local summary, message = engram.run(options)
        assert.is_nil(summary)
        return message
    end

    it("answers nil and a message for a bad value, naming it", function()
        local cases = {
            { { threads = 0 }, "--threads: 0 is outside 1" },
            { { threads = 1.5 }, "1.5 is not a whole number" },
            { { threads = "many" }, "--threads: many is not a count" },
            { { duration = "soon" }, "--duration: soon is not a duration" },
            { { duration = 0 }, "--duration: 0 is not a duration above zero" },
            { { events = -1 }, "--events: -1 is not a count" },
            { { seed = 2 ^ 46 }, "--seed: " },
            { { max_errors = "some" }, "--max-errors: some is not a count" },
            { { allocator = "pool" }, "--allocator: pool is not one of thread, shared, malloc" },
            { { arena_size = "63K" }, "--arena-size: 63K is outside 64K" },
            { { arena_overflow = "ignore" }, "--arena-overflow: ignore is not one of" },
            { { arena_zero = "maybe" }, "--arena-zero: maybe is not 0 or 1" },
            { { options = { k = 1 } }, "'k' is no option of source; it has none" },
        }
        for _, case in ipairs(cases) do
            case[1].source = noop
            local message = refusal(case[1])
            assert.truthy(message:find(case[2], 1, true), message)
        end
    end)

    it("answers nil and a message for a script that is none", function()
        local cases = {
            { "return {", "source:1:" },
            { "return 5", "this one returned a number" },
            { "", "this one returned nothing" },
            { "return {}", "it has no event function" },
            { "return { event = 5 }", "event is a number, not a function" },
            { "error('at once')", "at once" },
            { "return { event = print, options = { threads = 5 } }",
                "option 'threads' is one of run's own" },
            { "return { event = print, options = { x = print } }", "option 'x' needs a default" },
            { "return { event = print, defaults = { thread = 5 } }",
                "defaults.thread is no option" },
            { "return { event = print, defaults = function() return { thread = 5 } end }",
                "defaults.thread is no option" },
            { "return { event = print, defaults = function() return 5 end }",
                "defaults: a table expected, got a number" },
            { "return { event = print, defaults = function() error('not today') end }",
                "not today" },
            { "return { event = print, defaults = 5 }",
                "defaults is a number, not a table or a function" },
        }
        for _, case in ipairs(cases) do
            local message = refusal { source = case[1] }
            assert.truthy(message:find(case[2], 1, true), message)
        end
    end)

    it("raises for misuse, with the caller's line", function()
        local cases = {
            { {}, "either workload or source expected" },
            { { source = noop, workload = "noop" }, "either workload or source expected" },
            { { source = noop, thread = 5 }, "unknown key 'thread'" },
            { 5, "table expected, got number" },
        }
        for _, case in ipairs(cases) do
            local ok, message = pcall(function() local _ = engram.run(case[1]) end)
            assert.is_false(ok)
            assert.truthy(message:find("run_spec.lua:%d+: bad argument #1 to 'run'"), message)
            assert.truthy(message:find(case[2], 1, true), message)
        end
    end)

    it("names the built-in workloads when there is none of that name", function()
        local message = refusal { workload = "recal" }
        assert.truthy(message:find("there is no 'recal'", 1, true))
        assert.truthy(message:find("recall", 1, true))
    end)

    it("takes a script's defaults, and lets the caller's values win", function()
        local source = "return { event = function() end, defaults = { threads = 3, events = 10 } }"
        local summary = assert(engram.run { source = source })
        assert.equal(3, summary.config.threads)
        assert.equal(10, summary.results.events)
        summary = assert(engram.run { source = source, threads = 1, events = 20 })
        assert.equal(1, summary.config.threads)
        assert.equal(20, summary.results.events)
    end)

    it("takes defaults that depend on the script's options", function()
        local source = [[return { event = function() end, options = { many = false, n = 7 },
            defaults = function(options)
                return options.many and { threads = 3, events = options.n }
            end }]]
        local summary = assert(engram.run { source = source, options = { many = true } })
        assert.same({ 3, 7 }, { summary.config.threads, summary.results.events })
        summary = assert(engram.run { source = source, options = { many = true, n = 9 },
            threads = 1 })
        assert.same({ 1, 9 }, { summary.config.threads, summary.results.events })
        summary = assert(engram.run { source = source, events = 5, threads = 2 })
        assert.same({ 2, 5 }, { summary.config.threads, summary.results.events })
    end)

    it("hands options to setup and threads, as their defaults' types", function()
        local summary = run([[return {
            options = { k = { 10, "number" }, name = "x", deep = false },
            setup = function(options) assert(options.k == 20 and options.name == "5") end,
            event = function(thread)
                local options = thread.options
                assert(options.k == 20 and options.name == "5" and options.deep)
            end }]], { events = 10, options = { k = "20", name = 5, deep = true } })
        assert.is_nil(message_of(summary))
        assert.same({ k = 20, name = "5", deep = true }, summary.config.options)
    end)
end)
