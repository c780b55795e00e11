-- What scale, tune and search-rate conclude, from runs that are made up; and the commands
-- themselves, on small runs.

local cjson = require "cjson"
local child = require "spec.support.child"
local scale = require "engram.scale"
local search = require "engram.search_rate"
local series = require "engram.series"
local tune = require "engram.tune"

local K = 1024

local function holds(text, ...)
    for _, part in ipairs { ... } do
        assert.truthy(text:find(part, 1, true), part .. " is not in:\n" .. text)
    end
end

-- Rates by allocator and threads: three runs each, the machine slower in the second.
local function steps_of(rates)
    local axes = series.axes("1,2,4", { "allocator=thread,shared" })
    local steps = series.steps { axes[2], axes[1] }
    for _, step in ipairs(steps) do
        local rate = rates[step.varied[1].value][tonumber(step.varied[2].value)]
        for run, share in ipairs { 1, 0.5, 1.1 } do
            step.runs[run] = { results = { events_per_s = rate * share } }
        end
    end
    return steps
end

describe("scale", function()
    local steps = steps_of { thread = { [1] = 100, [2] = 190, [4] = 200 },
        shared = { [1] = 80, [2] = 90, [4] = 50 } }
    local allocators = { "thread", "shared" }

    it("draws a line for each, against what the cores allow", function()
        local lines = scale.chart(steps, allocators, 2)
        assert.equal(7, #lines)
        holds(lines[2], "thread", "1", "100.0 %")
        holds(lines[3], "2", "190", "95.0 %")
        holds(lines[4], "4", "200", "100.0 %", ("#"):rep(32))
        holds(lines[7], "shared", "31.3 %", "########")
        assert.is_nil(lines[7]:find(("#"):rep(9), 1, true))
    end)

    it("says what more threads give, and what the lock costs, run by run", function()
        local lines = scale.conclusions(steps, allocators, 2)
        assert.equal("4 threads do 2.00 times what 1 does; 2 cores allow 2", lines[1])
        holds(lines[2], "a shared arena behind a mutex costs 75 % at 4 threads here")
    end)

    it("says so when nothing is gained", function()
        local flat = steps_of { thread = { [1] = 100, [2] = 90, [4] = 80 },
            shared = { [1] = 100, [2] = 90, [4] = 88 } }
        local lines = scale.conclusions(flat, allocators, 2)
        holds(lines[1], "more threads than 1 do not make it faster")
        holds(lines[2], "gains 10 %")
    end)

    it("gives the runs' range the sign of its verb", function()
        local mixed = steps_of { thread = { [1] = 1, [2] = 1, [4] = 100 },
            shared = { [1] = 1, [2] = 1, [4] = 120 } }
        local of_shared = mixed[6].runs
        for run, rate in ipairs { 119, 60, 132 } do
            of_shared[run].results.events_per_s = rate
        end
        holds(scale.conclusions(mixed, allocators, 2)[2], "gains 20 % at 4 threads here " ..
            "(run by run 19 to 20 %)")
        of_shared[3].results.events_per_s = 55
        of_shared[2].results.events_per_s = 25
        holds(scale.conclusions(mixed, allocators, 2)[2], "costs 50 % at 4 threads here " ..
            "(run by run -19 to 50 %)")
    end)

    it("says nothing of threads that never ran", function()
        local begun = steps_of { thread = { [1] = 100, [2] = 90, [4] = 80 },
            shared = { [1] = 100, [2] = 90, [4] = 88 } }
        for i = 2, #begun do begun[i].runs = {} end
        assert.same({}, scale.conclusions(begun, allocators, 2))
    end)
end)

-- A workload that wants so many bytes an event, and something beside them now and then.
local function wants(bytes, later)
    local asked = {}
    return function(size, policy)
        asked[#asked + 1] = { size, policy }
        local high_water = #asked > 1 and later or bytes
        local overflows = high_water > size and 40 or 0
        return {
            results = { events_per_s = 1, failed = overflows > 0 and policy == "error" },
            arena = { high_water = high_water, allocations = 100, overflows = overflows },
        }
    end, asked
end

describe("tune", function()
    it("checks the size that the first run calls for, and runs half of it", function()
        local execute, asked = wants(200 * K)
        local found = tune.find(execute, 2048 * K)
        assert.equal(384 * K, found.size)
        assert.equal("export ENGRAM_ARENA_SIZE=384K", found.export)
        assert.same({ { 2048 * K, "fallback" }, { 384 * K, "error" }, { 192 * K, "fallback" } },
            asked)
        assert.equal(40, found.half.overflows)
        assert.equal("healthy", found.verified.verdict)
        found.workload = "mine"
        holds(tune.text(found), "export ENGRAM_ARENA_SIZE=384K", "40 of 100", "(40.0 %)")
    end)

    it("enlarges a size that turns out to be too small", function()
        local found = tune.find(wants(100 * K, 500 * K), 2048 * K)
        assert.is_true(found.size >= 500 * K)
        assert.equal(0, found.verified.overflows)
        assert.equal(2, found.verified.tries)
    end)

    it("has the smallest arena for what takes little, and no half of it", function()
        local found = tune.find(wants(1000), 2048 * K)
        assert.equal(64 * K, found.size)
        assert.is_nil(found.half)
        found.workload = "mine"
        holds(tune.text(found), "the smallest there is")
    end)

    it("needs no run to size what takes nothing", function()
        local found = tune.find(function()
            return { results = {}, arena = { high_water = 0, allocations = 0, overflows = 0 } }
        end, 2048 * K)
        assert.is_nil(found.size)
        found.workload = "mine"
        holds(tune.text(found), "ENGRAM_ARENA_SIZE=64K")
    end)

    it("ends with a run that failed", function()
        local found, message = tune.find(function()
            return { results = { failed = true }, errors = { { message = "bad\nmore" } },
                arena = { high_water = 1, allocations = 1, overflows = 0 } }
        end, 2048 * K)
        assert.is_nil(found)
        assert.equal("a run failed: bad", message)
    end)
end)

describe("the search for a rate", function()
    local function kept_up_to(limit)
        return function(rate) return { kept = rate <= limit } end
    end

    it("finds the highest that is kept, to 5 %", function()
        for _, limit in ipairs { 3, 999, 1000, 1001, 54321, 4e6 } do
            local found = search.find(kept_up_to(limit), { start = 1000 })
            assert.is_true(found.rate <= limit and found.rate >= limit / 1.05, found.rate)
            assert.is_true(found.probes[#found.probes].kept)
            assert.is_nil(found.kept_once)
            assert.is_false(found.open_end)
        end
    end)

    it("says so when no rate is kept, or every one", function()
        assert.is_nil(search.find(kept_up_to(0), { start = 1000 }).rate)
        assert.is_true(search.find(kept_up_to(math.huge), { start = 1000 }).open_end)
    end)

    it("stops where a run would hold no event", function()
        local calls = 0
        local found = search.find(function()
            calls = calls + 1
            return { kept = false }
        end, { start = 1000, least = 100 })
        assert.is_nil(found.rate)
        assert.equal(4, calls) -- 1000, 500, 250, 125
    end)

    it("steps down when the last run misses what an earlier one kept", function()
        local calls = 0
        local found = search.find(function(rate)
            calls = calls + 1
            return { kept = rate <= (calls < 5 and 1500 or 1000) }
        end, { start = 1000, precision = 1.2 })
        assert.is_true(found.kept_once > 1000)
        assert.is_true(found.rate <= 1000 and found.rate > 500, found.rate)
        local last = found.probes[#found.probes]
        assert.is_true(last.kept and last.rate == found.rate)
    end)

    it("answers no rate when none is kept twice", function()
        local calls = 0
        local found = search.find(function(rate)
            calls = calls + 1
            return { kept = rate <= 1500 and calls < 5 }
        end, { start = 1000, precision = 1.2, least = 10 })
        assert.is_nil(found.rate)
        assert.is_true(found.kept_once > 1000)
        assert.is_true(calls < 15)
    end)

    it("ends with a probe that failed", function()
        local found, message = search.find(function() return nil, "broken" end, { start = 1 })
        assert.is_nil(found)
        assert.equal("broken", message)
    end)
end)

describe("the commands", function()
    local engram = child.engram

    local function is_narrow(text)
        for line in text:gmatch "[^\n]+" do
            assert.is_true(#line <= 80, line)
            assert.is_nil(line:find " $", line)
        end
    end

    it("scale compares threads and allocators", function()
        local code, out = engram("scale alloc --threads 1,2 --allocator thread,malloc -n 200 " ..
            "--repeat 2 -q -f json")
        assert.equal(0, code)
        local found = cjson.decode(out)
        assert.equal(8, #found.runs)
        assert.equal(2, #found.conclusions)
        code, out = engram "scale noop -n 100 --threads 1,2 --allocator thread,shared -q"
        assert.equal(0, code)
        holds(out, "of ideal", "threads", "a shared arena behind a mutex")
        is_narrow(out)
    end)

    it("tune prints the line to set", function()
        local code, out = engram "tune alloc -n 500 -q --seed 1"
        assert.equal(0, code)
        holds(out, "checked", "at half", "those events fail", "export ENGRAM_ARENA_SIZE=")
        is_narrow(out)
        code, out = engram "tune alloc -n 500 -q -f json"
        assert.equal(0, code)
        assert.equal(0, cjson.decode(out).verified.overflows)
    end)

    it("search-rate ends at a rate, or with 99", function()
        -- A busy machine may keep no rate for a while: one try in five has to find one.
        local code, out
        for _ = 1, 5 do
            code, out = engram("search-rate noop --target 'events_per_s<3k' --start 1k " ..
                "-d 40ms --warmup 5ms -q -f json")
            if code == 0 then break end
        end
        assert.equal(0, code)
        local found = cjson.decode(out)
        assert.is_true(found.rate > 0 and found.rate < 4000, found.rate)
        assert.is_true(#found.probes > 1)
        code, out = engram("search-rate noop --target 'events<0' --start 8k -d 5ms --warmup 1ms -q")
        assert.equal(99, code)
        holds(out, "no rate was found")
    end)

    it("refuse what they can not use, in one line", function()
        local cases = {
            { "search-rate noop", "--target is missing" },
            { "search-rate noop --target fast", "--target: fast is no threshold" },
            { "search-rate noop --target 'p99<1s' --start 0", "--start: 0 " },
            { "search-rate noop --target 'p99>1ms'", "p99>1ms would be kept by the highest" },
            { "search-rate noop --target 'read.p99<1ms'", "there is no operation 'read'" },
            { "scale noop --threads 0", "--threads: 0 " },
            { "scale noop --allocator pool", "pool " },
            { 'scale noop --allocator ""', "--allocator: '' is not a list of values (thread,sha" },
            { "scale noop --allocator thread,", "--allocator: thread, is not a list" },
            { "scale noop --threads 1,", "--threads: 1, is not a list of values (1,2,4 or" },
            { "scale noop --allocator thread,thread", "--allocator: thread,thread has thread " },
            { "scale noop --threads 1,1", "--threads: 1,1 has 1 twice" },
            { "run noop --interleave", "--interleave: takes several" },
            { "run noop --interleave --repeat 2 --set events=3", "--interleave: takes several" },
            { "run noop -n 3 --set events=3,4", "events is varied, and given as an option" },
            { "run recall --k 3 --set k=3,4", "k is varied, and given as an option" },
            { "scale noop --repeat none", "--repeat: none " },
            { "tune noop -d 0", "--duration: 0 " },
            { "tune", "no workload is named" },
        }
        for _, case in ipairs(cases) do
            local code, out, err = engram(case[1])
            assert.equal(2, code, case[1])
            assert.equal("", out)
            holds(err, "engram: ", case[2])
        end
    end)
end)

describe("the progress of several runs", function()
    it("starts anew with each", function()
        local output = require "engram.output"
        local progress = output.progress(nil, false)
        local numbers = { elapsed_s = 1.5, events = 3000, errors = 0, high_water = 0,
            warmup_events = 0 }
        progress:begin({ duration = 2 }, "1 of 2  ")
        progress:measure(numbers, function() return 5e6 end)
        holds(progress:line("running", numbers), "1 of 2  ", "2,000/s", "p99 5 ms")
        progress:begin({ duration = 2 }, "2 of 2  ")
        local line = progress:line("running", { elapsed_s = 0.1, events = 7, errors = 0,
            high_water = 0, warmup_events = 0 })
        holds(line, "2 of 2  ", "7 events  0/s")
        assert.is_nil(line:find("p99", 1, true))
        line = progress:line("running", { elapsed_s = 0, events = 0, warmup_events = 1 })
        assert.equal("2 of 2  warming up: 1 event", line)
        line = progress:line("running", { elapsed_s = 1, events = 1, errors = 0, high_water = 0 })
        holds(line, "2 of 2  1.0 of 2 s  1 event  ")
    end)
end)
