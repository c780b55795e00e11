-- engram.run: what it takes, answers and refuses; and the loop that drives events.

local engram = require "engram"
local runs = require "spec.support.runs"

local run, noop, message_of = runs.run, runs.noop, runs.message_of

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

describe("a refusal", function()
    it("names the script's line where the compiler gave up in engram's own", function()
        local vmdef = require "jit.vmdef"
        local refusals = require "engram.refusals"
        local event = require "engram.event"
        local function script() end
        local code
        for i, text in pairs(vmdef.traceerr) do
            if text == "NYI: bytecode %s" or text == "NYI: bytecode %d" then code = i end
        end
        local closure = (vmdef.bcnames:find("FNEW", 1, true) - 1) / 6
        local watch = { refusals = 0, memory_failures = 0 }
        refusals.judge(watch, script, false, script, 0, code, closure)
        for _ = 1, 3 do refusals.judge(watch, script, true, event.of, 0, code, closure) end
        assert.equal("creates a closure at run_call_spec.lua:" ..
            debug.getinfo(script, "S").linedefined, watch.refused)
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
            { { threads = 0 }, "threads: 0 is outside 1" },
            { { threads = 1.5 }, "1.5 is not a whole number" },
            { { threads = "many" }, "threads: many is not a count" },
            { { duration = "soon" }, "duration: soon is not a duration" },
            { { duration = 0 }, "duration: 0 is not a duration above zero" },
            { { events = -1 }, "events: -1 is not a count" },
            { { seed = 2 ^ 46 }, "seed: " },
            { { max_errors = "some" }, "max_errors: some is not a count" },
            { { allocator = "pool" }, "allocator: pool is not one of thread, shared, malloc" },
            { { arena_size = "63K" }, "arena_size: 63K is outside 64K" },
            { { arena_overflow = "ignore" }, "arena_overflow: ignore is not one of" },
            { { arena_zero = "maybe" }, "arena_zero: maybe is not 0 or 1" },
            { { rate = "x" }, "rate: x is not a rate" },
            { { arrival = "poisson" }, "arrival: needs rate, or stages" },
            { { options = { k = 1 } }, "'k' is no option of source; it has none" },
        }
        for _, case in ipairs(cases) do
            case[1].source = noop
            local message = refusal(case[1])
            assert.truthy(message:find(case[2], 1, true), message)
            assert.is_nil(message:find("--", 1, true), message)
        end
        assert.equal("options.max_hops: x is not a number", refusal { options = { max_hops = "x" },
            source = "return { event = print, options = { max_hops = 3 } }" })
    end)

    it("answers nil and a message for a script that is none", function()
        local cases = {
            { "return {", "source:1:" },
            { string.dump(function() end), "source is bytecode; give its source" },
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
            { { source = noop, durations = 5 },
                "unknown key 'durations'; did you mean 'duration'?" },
            { { source = noop, thresholds = 5 }, "did you mean 'threshold'?" },
            { { source = noop, [1] = 5 }, "unknown key '1')" },
            { { source = noop, zzz = 5 }, "unknown key 'zzz')" },
            { { workload = 5 }, "workload: text expected, got number" },
            { { source = 5 }, "source: text expected, got number" },
            { { workload = "recall", options = 5 }, "options: table expected, got number" },
            { { source = noop, events = true }, "events: number or text expected, got boolean" },
            { { source = noop, events = {} }, "events: number or text expected, got table" },
            { { source = noop, dry_run = {} }, "dry_run: true or false expected, got table" },
            { { source = noop, threshold = 5 }, "threshold: text or list of texts expected" },
        }
        for _, case in ipairs(cases) do
            local ok, message = pcall(function() local _ = engram.run(case[1]) end)
            assert.is_false(ok)
            assert.truthy(message:find("run_call_spec.lua:%d+: bad argument #1 to 'run'"), message)
            assert.truthy(message:find(case[2], 1, true), message)
        end
    end)

    it("is refused in a thread of a run, and works in setup", function()
        local nested = 'engram.run { workload = "noop", events = 5, threads = 1 }'
        local summary = run('local engram = require "engram" return { event = function() ' ..
            nested .. " end }", { events = 1, threads = 1 })
        assert.equal("source:1: engram.run: a run is under way here", message_of(summary))
        summary = run('local engram = require "engram" return { setup = function() ' ..
            "assert(" .. nested .. ".results.events == 5) end, event = function() end }",
            { events = 1 })
        assert.is_nil(message_of(summary))
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
