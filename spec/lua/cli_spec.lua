-- The command line: each command, its help, each bad argument, exit codes, and
-- what goes to which stream. Everything runs as a child, as users run it.

local cjson = require "cjson"
local child = require "spec.support.child"

local build = os.getenv "ENGRAM_BUILD" or "build"
local folder = os.tmpname()

local function absolute(path)
    if path:sub(1, 1) == "/" then return path end
    local pipe = io.popen "pwd"
    local here = pipe:read "*l"
    pipe:close()
    return here .. "/" .. path
end

local program = absolute(build) .. "/bin/engram"

-- Runs a line in which "engram" is the program, in a folder of its own.
local function sh(line, environment)
    line = ("cd %s && PATH=%s:$PATH; %s"):format(folder, program:match "^(.*)/", line)
    return child.run("sh -c '" .. line:gsub("'", "'\\''") .. "'", { environment = environment })
end

local function engram(words, environment) return sh("engram " .. words, environment) end

local function write(name, text)
    local file = assert(io.open(folder .. "/" .. name, "w"))
    file:write(text)
    file:close()
end

local function read(name)
    local file = io.open(folder .. "/" .. name)
    if not file then return nil end
    local text = file:read "*a"
    file:close()
    return text
end

local function holds(text, ...)
    for _, words in ipairs { ... } do
        assert.truthy(text:find(words, 1, true), ("%q is not in:\n%s"):format(words, text))
    end
end

local function lines_in(text) return select(2, text:gsub("\n", "")) end

describe("the command line", function()
    setup(function()
        os.remove(folder)
        os.execute("mkdir " .. folder)
        write("noop.lua", "return { event = function() end }")
        write("loud.lua", [[
            print "at load"
            return {
                setup = function() io.write "in setup\n" end,
                event = function() print "in event" end,
                thread_done = function() io.write "in thread_done\n" end,
                done = function() io.stdout:write "in done\n" end,
            }]])
        write("failing.lua", "return { event = function(_, i) error('boom ' .. i % 2) end }")
        write("broken.lua", "x = = 1")
        write("raising.lua", "error 'at load'")
        write("nothing.lua", "")
        write("options.lua", [[
            return {
                options = { bias = { 0.5, "a number" }, max_hops = 3, name = { "x", "a text" },
                    loud = { false, "a switch" }, quick = { true, "a switch that is on" } },
                event = function() end,
                done = function(summary)
                    local o = summary.config.options
                    print(("%s %s %s %s %s"):format(o.bias, o.max_hops, o.name, tostring(o.loud),
                        tostring(o.quick)))
                end,
            }]])
        write("signal.lua", [[
            return { event = function(thread, i)
                if i == 1 then io.popen("kill -" .. thread.options.signal .. " $PPID"):close() end
            end, options = { signal = "INT" } }]])
        write("stuck.lua", "return { event = function(_, i) while i == 2 do end end }")
    end)

    teardown(function() os.execute("rm -rf " .. folder) end)

    describe("help", function()
        local helps = {
            { "--help", "Usage: engram COMMAND", "run WORKLOAD", "list", "info", "new FILE" },
            { "-h", "Usage: engram COMMAND" },
            { "help", "Usage: engram COMMAND" },
            { "run --help", "Usage: engram run WORKLOAD", "--threads", "--duration", "--events",
                "--seed", "--max-errors", "--grace", "--arena-size", "--arena-overflow",
                "--arena-zero", "--allocator", "--format", "--output", "--quiet" },
            { "help run", "Usage: engram run WORKLOAD" },
            { "run recall --help", "--k N", "--hops N", "--data TEXT", "--threads", "--rate",
                "--stage", "--warmup", "--pin", "--dry-run" },
            { "run -h recall", "--k N" },
            { "run options.lua --help", "--bias N", "--max-hops N", "--name TEXT", "--no-quick" },
            { "list --help", "Usage: engram list" },
            { "info --help", "Usage: engram info", "--format" },
            { "new --help", "Usage: engram new FILE", "--force" },
            { "help new", "Usage: engram new FILE" },
            { "help help", "Usage: engram help" },
            { "help workload", "setup(options, random)", "thread_init(thread)",
                "event(thread, i)", "thread_done(thread)", "done(summary, results)" },
            { "help load", "--rate", "--stage", "--warmup", "--threshold", "when due" },
            { "tune --help", "Usage: engram tune WORKLOAD", "--arena-zero" },
            { "scale --help", "Usage: engram scale WORKLOAD", "--allocator" },
            { "search-rate --help", "Usage: engram search-rate WORKLOAD", "--target" },
            { "compare --help", "Usage: engram compare A B", "--alpha" },
            { "inspect --help", "Usage: engram inspect FILE", "--as" },
            { "convert --help", "Usage: engram convert IN OUT", "--from" },
            { "recall --help", "Usage: engram recall WORD", "--data", "--half-life" },
            { "bench --help", "Usage: engram bench", "--threads", "--rounds", "--turn" },
        }
        it("suggests pages as well as commands", function()
            local code, out, err = engram "help workloads"
            assert.same({ 2, "" }, { code, out })
            holds(err, "unknown command 'workloads'; did you mean 'workload'? See 'engram help --h")
            err = select(3, engram "workloads")
            assert.is_nil(err:find("mean", 1, true), err)
        end)

        for _, case in ipairs(helps) do
            it("answers " .. case[1], function()
                local code, out, err = engram(case[1])
                assert.equal(0, code)
                assert.equal("", err)
                holds(out, unpack(case, 2))
                holds(out, "Examples:", "--help")
                assert.is_true(lines_in(out) <= 80)
                for line in out:gmatch "[^\n]+" do assert.is_true(#line <= 80, line) end
            end)
        end

        it("is what a bare engram says, as an error", function()
            local code, out, err = engram ""
            assert.equal(2, code)
            assert.equal("", out)
            holds(err, "Usage: engram COMMAND")
        end)
    end)

    it("tells its version", function()
        for _, words in ipairs { "--version", "-V" } do
            local code, out = engram(words)
            assert.equal(0, code)
            assert.truthy(out:match "^engram %d+%.%d+%.%d+\n$")
        end
    end)

    describe("refuses", function()
        -- The words, then what the one line on standard error must hold.
        local bad = {
            { "rnu", "unknown command 'rnu'", "did you mean 'run'?" },
            { "frobnicate", "unknown command 'frobnicate'" },
            { "--verison", "'--verison'", "did you mean '--version'?" },
            { "help rnu", "'rnu'", "'run'" },
            { "run", "no workload is named", "engram list" },
            { "run --thread 3 noop", "'--thread'", "did you mean '--threads'?" },
            { "run --k 3 recall", "'--k'", "come after its name" },
            { "run recall --hosp 3", "'--hosp'", "did you mean '--hops'?" },
            { "run noop extra", "'extra'", "built in are" },
            { "run noop --set q=1", "--set: 'q' ", "noop" },
            { "run noop --set k", "--set: k ", "k=10,20,40" },
            { "run noop --threads 1,,2", "--threads: 1,,2 ", "1..32" },
            { "run noop --set threads=0", "--threads: 0 " },
            { "run noop --repeat 0", "--repeat: 0 " },
            { "run noop --repeat 2 --hdr x.hdr", "--hdr: ", "single" },
            { "run nosuch", "'nosuch'", "recall" },
            { "run ./nosuch.lua", "./nosuch.lua", "No such file" },
            { "run ./", "./" },
            { "run noop --threads", "'--threads' requires" },
            { "run noop --threads 0", "--threads: 0 " },
            { "run noop -t 1.5", "--threads: 1.5 " },
            { "run noop -t -1", "--threads: -1 " },
            { "run noop --threads=many", "--threads: many " },
            { "run noop -d 0s", "--duration: 0s " },
            { "run noop -d 10x", "--duration: 10x ", "500ms" },
            { "run noop -n 0", "--events: 0 " },
            { "run noop -n 1e99", "--events: 1e99 " },
            { "run noop --seed 70368744177664", "--seed: 70368744177664 " },
            { "run noop --max-errors some", "--max-errors: some ", "all" },
            { "run noop --grace 0", "--grace: 0 " },
            { "run noop --arena-size 1K", "--arena-size: 1K ", "64K" },
            { "run noop --arena-size 4X", "--arena-size: 4X ", "4M" },
            { "run noop --arena-overflow crash", "--arena-overflow: crash ", "grow" },
            { "run noop --arena-zero 2", "--arena-zero: 2 " },
            { "run noop --allocator jemalloc", "--allocator: jemalloc ", "malloc" },
            { "run noop --format xml", "--format: xml ", "json" },
            { "run noop --rate 0", "--rate: 0 " },
            { "run noop -R 5/h", "--rate: 5/h ", "60k/m" },
            { "run noop --arrival burst -R 5", "--arrival: burst ", "poisson" },
            { "run noop --arrival poisson", "--arrival: ", "--rate" },
            { "run noop --stage 10s", "--stage: 10s:", "10s:1000" },
            { "run noop --stage 1s:9t -t 2", "--stage: 9 threads", "--threads allows 2" },
            { "run noop --warmup soon", "--warmup: soon ", "2s" },
            { "run noop --report-interval 0s", "--report-interval: 0s " },
            { "run noop --percentiles 101", "--percentiles: 101 ", "99.9" },
            { "run noop --threshold p99", "--threshold: p99 ", "p99<1ms" },
            { "run noop --pin tight", "--pin: tight ", "compact" },
            { "run noop --cpus 3-1", "--cpus: 3-1 ", "0-3" },
            { "run noop --cpus 1023", "--cpus: CPU 1023 " },
            { "run noop --validate", "--validate: noop ", "help workload" },
            { "run noop --hdr /nonexistent/file", "--hdr: /nonexistent/file" },
            { "run noop --quiet=1", "'--quiet'" },
            { "run noop -o /nonexistent/file", "--output: /nonexistent/file" },
            { "run noop -o .", "--output: ." },
            { "run recall --k many -n 1", "--k: many " },
            { "list all", "'all'" },
            { "info --fromat json", "'--fromat'", "'--format'" },
            { "info -f yaml", "--format: yaml " },
            { "new", "FILE" },
            { "new mine", "mine ", ".lua" },
            { "new noop.lua", "noop.lua ", "-f" },
            { "new /nonexistent/mine.lua", "/nonexistent/mine.lua" },
        }
        for _, case in ipairs(bad) do
            it(case[1], function()
                local code, out, err = engram(case[1])
                assert.equal("", out)
                holds(err, "engram: ", unpack(case, 2))
                assert.equal(1, lines_in(err))
                assert.equal(2, code)
            end)
        end

        it("bad environment values, by name", function()
            local names = { ENGRAM_ARENA_SIZE = "big", ENGRAM_ARENA_OVERFLOW = "crash",
                ENGRAM_ARENA_ZERO = "2", ENGRAM_ISA = "sse9" }
            for name, value in pairs(names) do
                for _, words in ipairs { "info", "run noop -n 1" } do
                    local code, out, err = engram(words, { [name] = value })
                    assert.equal(2, code)
                    assert.equal("", out)
                    holds(err, name, value)
                end
            end
        end)
    end)

    it("lists the built-in workloads with their options", function()
        local code, out = engram "list"
        assert.equal(0, code)
        holds(out, "alloc", "decay", "mixed", "noop", "recall", "similarity", "spread", "--k=10",
            "--data=small")
        assert.is_true(lines_in(out) < 24)
    end)

    describe("info", function()
        it("shows every setting and where it came from", function()
            local code, out = engram("info", { ENGRAM_ARENA_SIZE = "3M" })
            assert.equal(0, code)
            holds(out, "from ENGRAM_ARENA_SIZE", "3M", "default", "isa", "clock", "cores", "luajit")
        end)

        it("is JSON when asked", function()
            local _, out = engram "info --format=json"
            local about = cjson.decode(out)
            assert.equal(2097152, about.arena.size.value)
            assert.equal("default", about.arena.size.source)
        end)
    end)

    describe("new", function()
        it("writes a script that runs", function()
            local code, out = engram "new mine.lua"
            assert.equal(0, code)
            holds(out, "engram run mine.lua")
            local text = read "mine.lua"
            holds(text, "setup", "thread_init", "event", "thread_done", "done")
            code, out = engram "run mine.lua -n 50 -t 2 -q"
            assert.equal(0, code)
            holds(out, "found 500 neighbours", "50 in ")
        end)

        it("leaves a file alone unless told", function()
            write("old.lua", "old")
            assert.equal(2, (engram "new old.lua"))
            assert.equal("old", read "old.lua")
            assert.equal(0, (engram "new old.lua -f"))
            holds(read "old.lua", "engram run old.lua")
        end)
    end)

    describe("run", function()
        it("reports as text", function()
            local code, out, err = engram "run noop.lua -n 1000 -t 2 --seed 7"
            assert.equal(0, code)
            holds(out, "noop.lua", "2 threads, 1,000 events, seed 7", "1,000 in ", "latency",
                "arena", "thread 2", "advice")
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
        }
        for _, case in ipairs(own) do
            it("hands over the workload's options: " .. case[1], function()
                local code, out = engram("run options.lua -n 1 -q " .. case[1])
                assert.equal(0, code)
                holds(out, case[2] .. "\n")
            end)
        end

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
            assert.same({ 10, 2 }, { summary.results.errors, #summary.errors })
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
end)
