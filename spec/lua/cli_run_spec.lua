-- engram run on the command line: what it prints where, and its exit codes.

local cjson = require "cjson"
local child = require "spec.support.child"
local command_line = require "spec.support.command_line"

local sh = command_line.sh
local engram = command_line.engram
local read = command_line.read
local write = command_line.write
local holds = command_line.holds

describe("engram run", function()
    setup(command_line.make)
    teardown(command_line.remove)

    it("reports as text", function()
        local code, out, err = engram "run noop.lua -n 1000 -t 2 --seed 7"
        assert.equal(0, code)
        holds(out, "noop.lua", "2 threads, 1,000 events, seed 7", "1,000 in ", "latency",
            "process", "threads", "advice")
        assert.equal("", err)
    end)

    it("takes a script from standard input", function()
        local code, out = sh "engram run - -n 10 -q < noop.lua"
        assert.equal(0, code)
        holds(out, "10 in ")
    end)

    it("takes its options before and after the name, with = or without", function()
        local _, out = engram "run --threads=1 -n5 noop.lua --seed 9 -q"
        holds(out, "1 thread, 5 events, seed 9")
    end)

    local own = {
        { "", "0.5 3 x false true" },
        { "--bias -2.5 --max-hops=4 --name=y --loud --no-quick", "-2.5 4 y true false" },
        { "--bias=-1e-3 --name a=b", "-0.001 3 a=b false true" },
        { "--max-hops 2k --name ''", "0.5 2000  false true" },
        { "--quick --no-loud", "0.5 3 x false true" },
        { "--no-quick --quick --loud --no-loud", "0.5 3 x false true" },
        { "--quick --no-quick --no-loud --loud", "0.5 3 x true false" },
    }
    for _, case in ipairs(own) do
        it("hands over the workload's options: " .. case[1], function()
            local code, out = engram("run options.lua -n 1 -q " .. case[1])
            assert.equal(0, code)
            holds(out, case[2] .. "\n")
        end)
    end

    it("turns off what the script turned on", function()
        write("switched_on.lua", "return { event = function() end, validate = function() " ..
            "return false end, defaults = { events = 10, histogram = true, validate = true } }")
        for _, words in ipairs { "run switched_on.lua --no-histogram --no-validate",
            "run --no-validate --no-histogram switched_on.lua" } do
            local code, out, err = engram(words)
            assert.same({ 0, "" }, { code, err })
            assert.is_nil(out:find "from +%d")
        end
        local code, out = engram "run switched_on.lua --no-validate"
        assert.equal(0, code)
        assert.truthy(out:find "from +%d")
        assert.equal(1, (engram "run switched_on.lua"))
    end)

    it("leaves --no-x to a script that calls an option so", function()
        write("own_no.lua", "return { event = function() end, defaults = { events = 1 }, " ..
            "options = { no_histogram = { 1, 'how many' } } }")
        local code, out = engram "run own_no.lua --no-histogram 3"
        assert.equal(0, code)
        holds(out, "no_histogram=3")
    end)

    it("prints JSON alone to standard output", function()
        local code, out, err = engram "run loud.lua -n 2 -t 1 --format json"
        assert.equal(0, code)
        assert.equal(2, cjson.decode(out).results.events)
        holds(err, "at load", "in setup", "in event", "in thread_done", "in done")
    end)

    it("keeps what scripts print on standard output with text", function()
        local _, out, err = engram "run loud.lua -n 2 -t 1"
        holds(out, "at load", "in setup", "in event", "in thread_done", "in done", "2 in ")
        assert.equal("", err)
    end)

    it("prints other formats as alone", function()
        for _, format in ipairs { "jsonl", "csv", "markdown" } do
            local code, out, err = engram("run loud.lua -n 2 -t 1 -f " .. format)
            assert.equal(0, code)
            assert.is_nil(out:find("at load", 1, true))
            holds(err, "in event")
        end
    end)

    it("runs every combination, again and again", function()
        local code, out = engram("run noop.lua --threads 1,2 --set events=3,4 " ..
            "--repeat 2 -f json")
        assert.equal(0, code)
        local runs = cjson.decode(out).runs
        assert.equal(8, #runs)
        assert.same({ threads = "1", events = "4" }, runs[3].varied)
        assert.equal(4, runs[3].results.events)
        assert.equal(2, runs[8].config.threads)
    end)

    it("takes several workloads in turns", function()
        local code, out = engram "run noop.lua loud.lua -n 2 -t 1 --interleave --repeat 3"
        assert.equal(0, code)
        holds(out, "noop.lua, loud.lua: 6 runs", "of the first", "1.00x [1.00 - 1.00]")
    end)

    it("answers for the worst of several runs", function()
        local code, out = engram "run noop.lua --set events=3,5 --threshold events==3"
        assert.equal(99, code)
        holds(out, "events")
    end)

    it("writes latencies for HdrHistogram's plotters", function()
        assert.equal(0, (engram "run noop.lua -n 3 --hdr latency.hdr"))
        holds(read "latency.hdr", "1/(1-Percentile)", "Total count    =            3]")
        assert.equal(2, (engram "run noop.lua -n 3 --hdr none/latency.hdr"))
    end)

    it("exits with 99 when a threshold is missed", function()
        local code, out = engram "run noop.lua -n 3 --threshold 'max<0ns' --threshold errors==0"
        assert.equal(99, code)
        holds(out, "max<0ns: missed, found ", "errors==0: kept, found 0")
        assert.equal(0, (engram "run noop.lua -n 3 --threshold 'events==3'"))
        local _, _, err = engram "run noop.lua -n 3 --threshold fast"
        holds(err, "--threshold: fast is no threshold")
    end)

    it("is quiet but for the stretches that are asked for", function()
        local words = "run noop.lua -d 250ms -q --report-interval 100ms -f csv"
        local code, out, err = engram(words)
        assert.equal(0, code)
        local stretches = command_line.lines_in(err)
        assert.is_true(stretches >= 1)
        assert.equal(stretches, select(2, err:gsub("%[ +[%d.]+ s%]  [%d,]+ events/s", "")), err)
        assert.equal(stretches, select(2, out:gsub(",interval,", "")))
    end)

    it("says whose stretches they are, of several runs", function()
        local code, _, err = engram "run noop.lua -t 1,2 -d 50ms -q --report-interval 20ms"
        assert.equal(0, code)
        holds(err, "1 of 2  threads=1  [   0.0", "2 of 2  threads=2  [   0.0")
        for line in err:gmatch "[^\n]+" do
            assert.truthy(line:find "^%d of 2  threads=%d  %[ +[%d.]+ s%]", line)
        end
    end)

    it("puts the report into a file and the text on the terminal", function()
        local code, out = engram "run loud.lua -n 2 -t 1 -f json -o report.json"
        assert.equal(0, code)
        assert.equal(2, cjson.decode(read "report.json").results.events)
        holds(out, "in done", "2 in ")
        assert.equal(0, (engram "run noop.lua -n 3 -o report.txt"))
        holds(read "report.txt", "3 in ")
        local _, listing = sh "ls -a"
        assert.is_nil(listing:find "%.tmp")
    end)

    it("writes devices and pipes as they are", function()
        assert.equal(0, (engram "run noop.lua -n 1 -o /dev/null"))
        local _, out = sh "test -c /dev/null && echo still"
        assert.equal("still\n", out)
        sh "mkfifo pipe"
        _, out = sh "cat pipe > copy & engram run noop.lua -n 1 -f json -o pipe; wait"
        holds(out, "1 in ")
        assert.equal(1, cjson.decode(read "copy").results.events)
    end)

    it("says when the report could not be written", function()
        local code, _, err = sh "engram run noop.lua -n 1 > /dev/full"
        assert.equal(1, code)
        holds(err, "standard output")
        code, _, err = engram "run noop.lua -n 1 -o /dev/full"
        assert.equal(1, code)
        holds(err, "--output: /dev/full")
    end)

    it("does without any terminal or stream", function()
        assert.equal(0, (sh "engram run noop.lua -n 1 < /dev/null > /dev/null 2>&-"))
        assert.equal(1, (sh "engram run noop.lua -n 1 <&- >&- 2>&-"))
    end)

    it("exits with 1 when an event failed, and shows where", function()
        local code, out = engram "run failing.lua -n 10 -t 1"
        assert.equal(1, code)
        holds(out, "boom 1", "failing.lua:1:", "stack traceback", "stopped", "by an error")
    end)

    it("exits with 0 when failures were tolerated", function()
        local code, out = engram "run failing.lua -n 10 -t 1 --max-errors all -f json"
        assert.equal(0, code)
        local summary = cjson.decode(out)
        assert.same({ 10, 1, 10 },
            { summary.results.errors, #summary.errors, summary.errors[1].count })
    end)

    it("exits with 1 when the script can not be loaded", function()
        for name, words in pairs { broken = "broken.lua:1:", raising = "at load",
            nothing = "returns a table" } do
            local code, out, err = engram("run " .. name .. ".lua")
            assert.equal(1, code)
            assert.equal("", out)
            holds(err, "engram: ", words)
        end
    end)

    it("exits with 128 and the signal, with a whole report", function()
        for signal, number in pairs { INT = 2, TERM = 15 } do
            local code, out = engram("run signal.lua -d 1h -f json --signal " .. signal)
            assert.equal(128 + number, code)
            local results = cjson.decode(out).results
            assert.equal("interrupted", results.stop_reason)
            assert.equal(number, results.interrupted_by)
        end
        local _, out = engram "run signal.lua -d 1h -q"
        holds(out, "stopped", "by SIGINT")
    end)

    it("shows what several runs had found when one was interrupted", function()
        command_line.write("second.lua", [[
            local runs = 0
            return {
                setup = function()
                    runs = runs + 1
                    return { is_last = runs == 2 }
                end,
                event = function(thread, i)
                    thread.arena:floats(1000)
                    if i > 1 or not thread.shared.is_last then return end
                    io.popen "kill -INT $PPID":close()
                    -- Each call into engram looks whether the run was stopped.
                    local mark = thread.arena:mark()
                    repeat
                        thread.arena:floats(10)
                        thread.arena:rewind(mark)
                    until false
                end,
            }]])
        local cases = {
            { "run second.lua -n 9 --repeat 3", "second.lua: 2 of 3 runs", "interrupted: " },
            { "scale second.lua -n 9 --repeat 3", "interrupted: not all runs were made" },
            { "tune second.lua -n 9", "looked at", "interrupted: no size was checked" },
            { "tune second.lua -n 9 -f json", '"interrupted_by": 2', '"first": {' },
            { "search-rate second.lua -d 50ms --warmup 1ms --target 'p99<100s' --start 100",
                "100/s  p99", "kept\n", "interrupted: 100/s kept to it" },
        }
        for _, case in ipairs(cases) do
            local code, out, err = engram(case[1] .. " -q -t 1 --grace 100ms")
            assert.equal(130, code, case[1] .. err)
            holds(out, unpack(case, 2))
        end
    end)

    it("is interrupted before its first event, too", function()
        local kill = [[io.popen("kill -%s $PPID"):close()]]
        for hook, number in pairs { setup = 2, thread_init = 15 } do
            write("early.lua", ("return { %s = function() %s end, event = function() end }"):format(
                hook, kill:format(number == 2 and "INT" or "TERM")))
            local code, out = engram "run early.lua -n 10 -t 1 -f json"
            assert.equal(128 + number, code)
            local results = cjson.decode(out).results
            assert.same({ "interrupted", 0 }, { results.stop_reason, results.events })
        end
    end)

    it("reports without a stuck thread, and exits with 1", function()
        local code, out = engram "run stuck.lua -n 100 -t 2 --grace 100ms -f json"
        assert.equal(1, code)
        assert.equal("stuck", cjson.decode(out).results.stop_reason)
        code, out = engram "run stuck.lua -n 100 -t 2 --grace 100ms"
        assert.equal(1, code)
        holds(out, "stopped", "stuck")
    end)

    it("draws one line on a terminal and takes it away", function()
        if not child.has "script" then return pending "script is not installed" end
        local _, out = sh "TERM=xterm script -qec \"engram run noop.lua -d 300ms\" /dev/null"
        holds(out, "\r\27[K0.", "of 0.3 s", "\r\27[Knoop.lua")
        _, out = sh "TERM=xterm script -qec \"engram run noop.lua -d 300ms -q\" /dev/null"
        assert.is_nil(out:find("\27", 1, true))
    end)
end)
