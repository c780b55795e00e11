-- The command line: each command, its help, each bad argument, exit codes, and
-- what goes to which stream. Everything runs as a child, as users run it.

local cjson = require "cjson"
local command_line = require "spec.support.command_line"

local engram = command_line.engram
local write = command_line.write
local read = command_line.read
local holds = command_line.holds
local lines_in = command_line.lines_in

describe("the command line", function()
    setup(command_line.make)
    teardown(command_line.remove)

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
            { "run noop --help", "(default: the cores)", "(default: 10s)", "(default: none)",
                "default: constant)", "default: error)", "default: 0)", "(default: thread)" },
            { "run own_defaults.lua --help", "its own arena (default: 2)", "500ms, 10s, 2m\n",
                "2M (default:\n", " 50)", "at the end (default: 0.5s)", "default: grow)",
                "--[no-]dry-run ", "one thread (default: on)", "of latency (default: 50,90)" },
            { "scale own_defaults.lua --help", "(default: 1s, each", "10k, 2M\n" },
            { "search-rate noop --help", "(default: 2s, each", "(default: 500ms, each run)" },
            { "run options.lua --help", "--bias N", "--max-hops N", "--name TEXT",
                "    --[no-]quick", "(default: on)", "    --loud" },
            { "list --help", "Usage: engram list" },
            { "info --help", "Usage: engram info", "--format" },
            { "new --help", "Usage: engram new FILE", "--force" },
            { "help new", "Usage: engram new FILE" },
            { "help help", "Usage: engram help" },
            { "help workload", "setup(options, random)", "thread_init(thread)",
                "event(thread, i)", "thread_done(thread)", "done(summary, results)",
                "--name and --no-name" },
            { "help load", "--rate", "--stage", "--warmup", "--threshold", "when due" },
            { "tune --help", "Usage: engram tune WORKLOAD", "--arena-zero" },
            { "scale --help", "Usage: engram scale WORKLOAD", "--allocator" },
            { "search-rate --help", "Usage: engram search-rate WORKLOAD", "--target" },
            { "compare --help", "Usage: engram compare A B", "--alpha" },
            { "inspect --help", "Usage: engram inspect FILE", "--from FORMAT", "--as FORMAT",
                "(default: 0:\n", "id 0 is node 1)", "sum,\n", "max, first (default: sum)" },
            { "convert --help", "Usage: engram convert IN OUT", "--from", "id 0 is node 1)" },
            { "recall --help", "Usage: engram recall WORD", "--data", "--half-life" },
            { "bench --help", "Usage: engram bench", "--threads", "--rounds", "--turn" },
        }
        it("suggests pages as well as commands", function()
            local code, out, err = engram "help workloads"
            assert.same({ 2, "" }, { code, out })
            holds(err, "unknown topic 'workloads'; did you mean 'workload'? See 'engram help --h")
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
            { "help nope", "unknown topic 'nope'; there are run, ", ", workload, ", ", load, " },
            { "run nosuch", "'nosuch'", "recall" },
            { "run recal", "there is no 'recal'; did you mean 'recall'? See 'engram run --help'" },
            { "run options", "there is no 'options', but ./options.lua is there: a path holds" },
            { "run bare", "there is no 'bare', but ./bare is there: a path holds" },
            { "run noop -z", "unknown option '-z'; see 'engram run noop --help'" },
            { "run ./nosuch.lua", "./nosuch.lua", "No such file" },
            { "run ./", "./" },
            { "run noop --threads", "'--threads' requires" },
            { "run noop --threads 0", "--threads: 0 " },
            { "run noop -t ''", "--threads: '' is not a count" },
            { "run noop -d ' '", "--duration: ' ' is not a duration" },
            { "run noop --threads '1, 2'", "--threads: ' 2' is not a count" },
            { "run noop --stage ''", "--stage: '': is not" },
            { "run noop --format ''", "--format: '' is not one of" },
            { "run noop --pin ''", "--pin: '' is not one of" },
            { "run noop --cpus ''", "--cpus: '' is not" },
            { "run noop --percentiles ''", "--percentiles: '' is not" },
            { "run noop --threshold ''", "--threshold: '' is no" },
            { "run noop --set ''", "--set: '' is not" },
            { "run noop --threads 1,,2x", "1,,2x is not a list" },
            { "run recall --k ''", "--k: '' is not a number" },
            { "recall coffee --half-life ''", "--half-life: '' is" },
            { "inspect ''", "inspect: '' names no file" },
            { "inspect --base '' x", "--base: one of 0, 1 expected, got ''" },
            { "inspect --as '' x", "--as: '' is not one of npy" },
            { "convert --type '' x y.npy", "--type: '' is not one of f32" },
            { "bench ''", "bench: '' is not one of similarity" },
            { "new ''", "new: '' does not end" },
            { "run noop -t 4..2", "--threads: 4..2 is no range: 1..32, ascending, from 1" },
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
            { "run noop -o ''", "--output: '' names no file" },
            { "run noop --hdr=", "--hdr: '' names no file" },
            { "run noop --hdr a -o ./a", "--hdr: --output is that file, too" },
            { "run noop -o /nonexistent/file", "--output: /nonexistent/file" },
            { "run noop -o .", "--output: ." },
            { "run recall --k many -n 1", "--k: many " },
            { "list all", "'all'" },
            { "info --fromat json", "'--fromat'", "'--format'" },
            { "info -f yaml", "--format: yaml " },
            { "new", "FILE" },
            { "new mine", "mine ", ".lua" },
            { "new noop.lua", "noop.lua ", "-f" },
            { "new /nonexistent/mine.lua", "/nonexistent/mine.lua: No such file or directory; " ..
                "the folder /nonexistent is missing" },
            { "new none/sub//x.lua", "the folder none/sub is missing" },
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
            "--data=small", "engram run recall --help ")
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
end)
