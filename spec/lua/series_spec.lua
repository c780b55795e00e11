-- Runs that belong together: which there are, in which order, and what they say.

local series = require "engram.series"
local report = require "engram.series_report"

local function summary(rate, p99)
    local latency = { p50 = 100, p99 = p99 or 900 }
    return { results = { events_per_s = rate, errors = 0, latency = latency },
        arena = { high_water = 4096, overflows = 0 } }
end

describe("a list of values", function()
    it("is given, or doubles", function()
        assert.same({ "1", "2", "8" }, series.values "1,2,8")
        assert.same({ "1", "2", "4", "8", "16", "32" }, series.values "1..32")
        assert.same({ "3", "6", "10" }, series.values "3..10")
        assert.same({ "5" }, series.values "5..5")
        assert.same({ "a" }, series.values "a")
    end)

    it("has each value once", function()
        local list, message = series.values "4,2,4"
        assert.is_nil(list)
        assert.equal("4,2,4 has 4 twice", message)
    end)

    it("has no gaps", function()
        for _, bad in ipairs { "", "1,", ",1", "1,,2" } do
            assert.is_nil(series.values(bad), bad)
        end
    end)

    it("doubles upwards alone, from 1 on", function()
        for _, bad in ipairs { "4..2", "1..", "..4", "0..4" } do
            assert.same({ nil, bad .. " is no range: 1..32, ascending, from 1" },
                { series.values(bad) })
        end
        assert.same({ ".." }, series.values "..")
        assert.same({ "../a" }, series.values "../a")
    end)
end)

describe("the steps", function()
    it("are every combination, the last axis fastest", function()
        local axes = series.axes("1,2", { "k=5,6,7", "max-hops=1" })
        local names = {}
        for i, step in ipairs(series.steps(axes)) do names[i] = series.name(step) end
        assert.same({ "threads=1 k=5 max_hops=1", "threads=1 k=6 max_hops=1",
            "threads=1 k=7 max_hops=1", "threads=2 k=5 max_hops=1", "threads=2 k=6 max_hops=1",
            "threads=2 k=7 max_hops=1" }, names)
        assert.equal(1, #series.steps {})
    end)

    it("are refused where a set has no name or no values", function()
        for _, bad in ipairs { "k", "k=", "=5", "k 5" } do
            local axes, message = series.axes(nil, { bad })
            assert.is_nil(axes, bad)
            assert.truthy(message:find("--set", 1, true))
        end
    end)

    it("are refused where a name is varied twice", function()
        for _, twice in ipairs { { "1,2", { "threads=4" } }, { nil, { "k=5", "k=6" } },
            { nil, { "max-hops=5", "max_hops=6" } } } do
            local axes, message = series.axes(twice[1], twice[2])
            assert.is_nil(axes)
            assert.truthy(message:find("is varied twice", 1, true), message)
        end
    end)

    it("are run once a round, in an order of the seed", function()
        local function orders(seed)
            local steps, seen = series.steps(series.axes("1,2,3,4,5", nil)), {}
            series.run(steps, 4, seed, function(step, round, number)
                seen[#seen + 1] = round .. ":" .. step.varied[1].value
                assert.equal(#seen, number)
                return summary(1)
            end)
            for _, step in ipairs(steps) do assert.equal(4, #step.runs) end
            return table.concat(seen, " ")
        end
        assert.equal("1:1 1:2 1:3 1:4 1:5 2:1", orders(nil):sub(1, 23))
        assert.equal(orders(7), orders(7))
        assert.are_not.equal(orders(7), orders(8))
    end)
end)

describe("a spread", function()
    it("is the median, the least and the greatest", function()
        assert.same({ median = 2, min = 1, max = 9 }, series.spread_of { 9, 1, 2 })
        assert.same({ median = 2.5, min = 1, max = 9 }, series.spread_of { 9, 1, 2, 3 })
        assert.is_nil(series.spread_of {})
    end)

    it("of a ratio pairs the runs", function()
        local a = { runs = { summary(10), summary(30), summary(80) } }
        local b = { runs = { summary(10), summary(15), summary(20) } }
        assert.same({ median = 2, min = 1, max = 4 },
            series.ratio(a, b, report.figures.events_per_s))
    end)
end)

describe("the report", function()
    local steps = series.steps(series.axes(nil, { "k=5,50" }))
    steps[1].runs = { summary(1000), summary(1200), summary(1100) }
    steps[2].runs = { summary(500), summary(600), summary(550, "none") }
    local set = { title = "mine: 6 runs", steps = steps, base = steps[1] }

    it("is a row per step", function()
        local text = report.text(set)
        assert.truthy(text:find(" 5  +1,100  1,000 %- 1,200  100 ns  900 ns"), text)
        assert.truthy(text:find("50  +550  +500 %- 600  100 ns  900 ns"), text)
        assert.truthy(text:find("0.50x [0.50 - 0.50]", 1, true), text)
    end)

    it("goes on below, beside what varies, where it would pass column 80", function()
        local wide = series.steps(series.axes("1,2", { "half_life_of_all=10,1000" }))
        for _, step in ipairs(wide) do step.runs = { summary(123456789), summary(100000000) } end
        local text = report.text { title = "x", steps = wide, base = wide[1] }
        for line in text:gmatch "[^\n]+" do assert.is_true(#line < 80, line) end
        local below = text:match "\n\n.-\n\n(.*)"
        assert.truthy(below:find("^threads  half_life_of_all  .*of the first\n"), text)
        assert.truthy(below:find("\n      2  +1000  .*1.00x %[1.00 %- 1.00%]\n"), text)
    end)

    it("says what was missed, and warns and fails once of each kind", function()
        local function judged(found) return { text = "p99<1us", ok = found < 1000, found = found,
            limit = 1000, kind = "time" } end
        local odd = series.steps(series.axes(nil, { "k=5,50" }))
        for i = 1, 6 do
            local of = summary(100)
            of.thresholds = { judged(i * 300), { text = "errors==0", ok = true, found = 0,
                limit = 0, kind = "count" } }
            of.warnings = { "a slip", "own cost is " .. i / 7 .. " ns",
                i == 6 and "thread 2 is stuck" or nil }
            of.errors = { { message = ("a.lua:7: %dK too few\nof all"):format(i) } }
            table.insert(odd[i < 3 and 1 or 2].runs, of)
        end
        for _, step in ipairs(odd) do step.loaded = { warnings = { "a slip" } } end
        odd[2].runs[1].errors[1].message = "a.lua:8: 1K too few"
        local text = report.text { title = "mine", steps = odd }
        assert.truthy(text:find([[

threshold   p99<1us: missed, found 1.2 us; in 3 of 6 runs, first with k=50
warning     own cost is 0.14285714285714 ns
warning     thread 2 is stuck
error       a.lua:7: 1K too few
error       a.lua:8: 1K too few
]], 1, true), text)
        odd[1].runs, odd[2].runs = { odd[2].runs[2] }, {}
        text = report.text { title = "mine", steps = odd }
        assert.truthy(text:find("\nthreshold   p99<1us: missed, found 1.2 us\n", 1, true), text)
    end)

    it("holds every run, with what varied in it", function()
        local runs = report.data(set).runs
        assert.equal(6, #runs)
        assert.same({ k = "50" }, runs[4].varied)
        local csv = report.csv(set)
        assert.truthy(csv:find("k,run,events_per_s,p50_ns", 1, true))
        assert.truthy(csv:find("\r\n5,2,1200,100,900,0,4096,0\r\n", 1, true), csv)
        assert.equal(6, select(2, report.jsonl(set):gsub("\n", "\n")))
        assert.truthy(report.markdown(set):find("|--:|", 1, true))
    end)
end)
