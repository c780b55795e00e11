-- engram compare, and run with --save-baseline and --baseline, as a user sees them.

local cjson = require "cjson"
local baselines = require "engram.baselines"
local child = require "spec.support.child"
local json = require "engram.json"
local utils = require "pl.utils"
local reports = require "spec.support.reports"

local made = reports.made
local series = reports.series
local metric = reports.metric
local rates = reports.rates
local scaled = reports.scaled

local program = (os.getenv "ENGRAM_BUILD" or "build") .. "/bin/engram"

if program:sub(1, 1) ~= "/" then
    local pipe = io.popen "pwd"
    program = pipe:read "*l" .. "/" .. program
    pipe:close()
end

describe("on the command line", function()
    local folder

    local function engram_in(words, environment)
        return child.run(("sh -c 'cd %s && %s %s'"):format(folder, program, words),
            { environment = environment })
    end

    local function write(name, document)
        utils.writefile(folder .. "/" .. name, json.encode(document))
    end

    before_each(function()
        folder = os.tmpname()
        os.remove(folder)
        os.execute("mkdir " .. folder)
    end)

    after_each(function() os.execute("rm -rf " .. folder) end)

    local speed = "results.events_per_s"

    it("engram compare shows text and JSON, and fails on a regression when asked", function()
        write("a.json", { runs = series(speed, rates) })
        write("b.json", series(speed, scaled(rates, 0.5)))
        local code, out, err = engram_in "compare a.json b.json"
        assert.equal(0, code, err)
        assert.truthy(out:find("A           5 runs of a.json", 1, true))
        assert.truthy(out:find("verdict     regressed", 1, true))
        code, out, err = engram_in "compare a.json b.json -f json --fail-on-regression"
        assert.equal(98, code)
        assert.equal("engram: compare: regressed: events_per_s\n", err)
        assert.equal("regressed", cjson.decode(out).verdict)
        code, out = engram_in "compare b.json a.json --fail-on-regression --noise 1%"
        assert.equal(0, code)
        assert.truthy(out:find("verdict     improved", 1, true))
        code = engram_in "compare a.json b.json --fail-on-regression --noise 60%"
        assert.equal(0, code)
    end)

    it("a gate that can not close is refused", function()
        write("a.json", series(speed, rates))
        write("b.json", made())
        local code, _, err = engram_in "compare a.json b.json --fail-on-regression"
        assert.equal(1, code)
        assert.truthy(err:find("5 and 1 runs can not show a regression; 5 a side", 1, true))
        local some = series(speed, rates)
        some[6] = made { ["results.failed"] = true }
        write("b.json", some)
        code, _, err = engram_in "compare a.json b.json --fail-on-regression"
        assert.equal(1, code)
        assert.truthy(err:find("1 of 6 runs failed", 1, true))
    end)

    it("engram compare names what it can not read", function()
        write("list.json", { 1, 2 })
        utils.writefile(folder .. "/text.json", "no json")
        utils.writefile(folder .. "/empty.json", "")
        write("a.json", made())
        for words, expected in pairs {
            ["a.json none.json"] = "none.json: No such file or directory; 'engram run WORKLOAD " ..
                "--seed 1 --repeat 10 -f json -o FILE' writes a report, --save-baseline NAME " ..
                "keeps one",
            ["a.json list.json"] = "list.json: item 1 is no summary",
            ["text.json a.json"] = "text.json: no JSON",
            ["empty.json a.json"] = "empty.json: neither a summary",
            ["a.json ./"] = "./: Is a directory",
            ["a.json main"] = "there is no baseline main in .engram; --save-baseline makes one",
            ["a.json a.json --noise x"] = "--noise: x is no share",
            ["a.json"] = "a.json with what? B is missing; 'engram run WORKLOAD",
        } do
            local code, out, err = engram_in("compare " .. words)
            assert.equal(2, code, words)
            assert.equal("", out)
            assert.truthy(err:find(expected, 1, true), err)
        end
    end)

    it("the lines of -f jsonl, appended, are runs", function()
        for _ = 1, 2 do
            engram_in "run noop -n 10 -t 1 -q -f jsonl --report-interval 1s >> runs.jsonl"
        end
        local code, out, err = engram_in "compare runs.jsonl runs.jsonl"
        assert.equal(0, code, err)
        assert.truthy(out:find("A           2 runs of runs.jsonl", 1, true), out)
    end)

    it("engram run keeps a baseline, and compares with it", function()
        local code, _, err = engram_in "run noop -n 10 -t 1 -q --save-baseline main"
        assert.equal(0, code)
        assert.truthy(err:find("saved as baseline main: .engram/main.json", 1, true), err)
        assert.equal(1, #baselines.read(folder .. "/.engram/main.json"))
        local out
        code, out, err = engram_in "run noop -n 20 -t 1 -q --baseline main"
        assert.equal(0, code, err)
        assert.truthy(out:find("A           1 run of baseline main\nB           1 run of now",
            1, true), out)
        assert.truthy(out:find("events differs: 10 in A, 20 in B", 1, true), out)
        assert.truthy(out:find("verdict     unjudged", 1, true), out)
        code, out = engram_in "run noop -n 10 -t 1 -q --baseline main -f json"
        assert.equal(0, code)
        assert.equal("unjudged", cjson.decode(out).comparison.verdict)
        code, out = engram_in "compare main .engram/main.json"
        assert.equal(0, code)
        assert.truthy(out:find("A           1 run of main\n", 1, true))
    end)

    it("engram run --repeat is enough for a verdict, value by value", function()
        local words = "run noop -n 10 -q --seed 3 --set threads=1,2 --repeat 5 "
        local code, _, err = engram_in(words .. "--save-baseline main")
        assert.equal(0, code, err)
        assert.equal(10, #baselines.read(folder .. "/.engram/main.json"))
        local out
        code, out, err = engram_in(words .. "--baseline main -f json")
        assert.equal(0, code, err)
        local found = cjson.decode(out).comparison
        assert.equal("threads=1", found.groups[1].label)
        assert.equal(5, found.groups[2].b_runs)
        assert.equal("unchanged", metric(found, "arena.high_water", 2).verdict)
        assert.is_nil(found.warnings)
        code, out, err = engram_in(words .. "--baseline main")
        assert.equal(0, code, err)
        assert.truthy(out:find("threads=2   (5 runs of A, 5 of B)", 1, true), out)
        code, out = engram_in(words .. "-f jsonl > now.jsonl")
        assert.equal(0, code, out)
        code, out = engram_in "compare main now.jsonl"
        assert.equal(0, code)
        assert.truthy(out:find("B           10 runs of now.jsonl", 1, true), out)
    end)

    it("the commands that the help gives compare like with like", function()
        local function ask(line, shorter)
            local words = line:gsub("mine%.lua", "noop"):gsub("recall", "noop")
            local code, out, err = engram_in(words:gsub("^ *engram ", "") .. shorter)
            assert.truthy(code == 0 or code == 98, err)
            -- Above it may be the report of the runs, with warnings of its own.
            local comparison = ("\n" .. out):match "\nA   .*" or ""
            assert.is_nil(comparison:find("warning", 1, true), out)
            return out
        end
        local short = " -n 10 -t 1 -q"
        for _, page in ipairs { "help baselines", "compare --help" } do
            local _, text = engram_in(page)
            local asked = 0
            for line in text:gmatch "[^\n]+" do
                if line:match "^  engram run.*%-%-repeat 10" then
                    asked = asked + 1
                    ask(line, short)
                end
            end
            assert.equal(2, asked, page)
        end
        assert.truthy(ask("engram compare before.json after.json", ""):find "10 runs of after")
    end)

    it("an interrupted run is no baseline, and leaves the one there is", function()
        engram_in "run noop -n 10 -t 1 -q --save-baseline whole"
        utils.writefile(folder .. "/cut.lua", [[return { event = function(_, i)
            if i == 1 then io.popen("kill -INT $PPID"):close() end
        end }]])
        for _, words in ipairs { "", " --repeat 3" } do
            local code, _, err = engram_in("run ./cut.lua -d 1h -t 1 -q --save-baseline whole" ..
                words)
            assert.equal(130, code)
            assert.equal("engram: not saved as baseline whole: interrupted\n", err)
        end
        assert.equal("noop", baselines.read(folder .. "/.engram/whole.json")[1].config.workload)
    end)

    it("baselines live where ENGRAM_BASELINES says", function()
        local there = { ENGRAM_BASELINES = folder .. "/it's here/x" }
        local code, _, err = engram_in("run noop -n 10 -t 1 -q --save-baseline main", there)
        assert.equal(0, code, err)
        code, _, err = engram_in("run noop -n 10 -q --baseline other", there)
        assert.equal(2, code)
        assert.truthy(err:find("there is no baseline other in " .. folder ..
            "/it's here/x; there are: main", 1, true), err)
    end)

    it("a regression ends engram run with 98, and does not become the baseline", function()
        local fast = series(speed, scaled(rates, 1e9))
        for _, run in ipairs(fast) do run.results.latency = { mean = 1, p50 = 1, max = 1e18 } end
        os.execute("mkdir " .. folder .. "/.engram")
        write(".engram/main.json", { runs = fast })
        -- One run is too few for a verdict at 0.01; with alpha 0.4 it takes 1 against 5.
        local words = "run noop -n 10 -t 1 -q --baseline main --save-baseline main " ..
            "--fail-on-regression"
        local code, _, err = engram_in(words .. " --alpha 0.4")
        assert.equal(98, code, err)
        assert.truthy(err:find("baseline main is left as it was", 1, true), err)
        assert.equal(5, #baselines.read(folder .. "/.engram/main.json"))
        code, _, err = engram_in(words)
        assert.equal(1, code)
        assert.truthy(err:find("5 and 1 runs can not show a regression", 1, true), err)
    end)

    it("what failed is no baseline", function()
        utils.writefile(folder .. "/bad.lua", "return { event = function() error 'no' end }")
        local code, _, err = engram_in "run ./bad.lua -n 10 -q --save-baseline main"
        assert.equal(1, code)
        assert.truthy(err:find("no run went through, so none is saved", 1, true), err)
        assert.is_nil(io.open(folder .. "/.engram/main.json"))
    end)

    it("options without a baseline, and names that are none, are refused before the run", function()
        for words, expected in pairs {
            ["--noise 3%"] = "--noise takes a --baseline",
            ["--alpha 0.1"] = "--alpha takes a --baseline",
            ["--fail-on-regression"] = "--fail-on-regression takes a --baseline",
            ["--save-baseline ../x"] = "../x is no name for a baseline",
            ["--baseline .x"] = ".x is no name for a baseline",
        } do
            local code, out, err = engram_in("run noop " .. words)
            assert.equal(2, code)
            assert.equal("", out)
            assert.truthy(err:find(expected, 1, true), err)
        end
    end)
end)
