-- Comparing runs: which figures are judged, how, and what is said; by made-up summaries. The
-- commands are run as users run them, on workloads that do nothing.

local cjson = require "cjson"
local compare = require "engram.compare"
local engram = require "engram"
local gate = require "engram.compare.gate"
local json = require "engram.json"
local runs = require "engram.compare.runs"
local text = require "engram.compare.text"
local reports = require "spec.support.reports"

local made = reports.made
local series = reports.series
local metric = reports.metric
local rates = reports.rates
local scaled = reports.scaled

local function verdict(a, b, path, name, limits)
    local found = assert(compare.of(series(path, a), series(path, b), limits))
    return metric(found, name).verdict, found
end

describe("a figure", function()
    local speed, p99 = "results.events_per_s", "results.latency.p99"

    it("improves or regresses, whichever way is better", function()
        local faster, found = verdict(rates, scaled(rates, 1.1), speed, "events_per_s")
        assert.equal("improved", faster)
        assert.equal("improved", found.verdict)
        assert.equal("regressed", (verdict(rates, scaled(rates, 0.9), speed, "events_per_s")))
        assert.equal("regressed", (verdict(rates, scaled(rates, 1.1), p99, "latency.p99")))
        assert.equal("improved", (verdict(rates, scaled(rates, 0.9), p99, "latency.p99")))
    end)

    it("shows p, the effect and the change of medians", function()
        local _, found = verdict(rates, scaled(rates, 1.1), speed, "events_per_s")
        local of = metric(found, "events_per_s")
        assert.near(2 / 252, of.p, 1e-12)
        assert.is_true(of.is_exact)
        assert.equal(1, of.effect)
        assert.near(0.1, of.change, 1e-12)
        assert.same({ n = 5, min = 5000, max = 5040, median = 5020 }, of.a)
    end)

    it("has the mean of the middle two as the median of an even count", function()
        local _, found = verdict({ 1, 2, 4, 8 }, { 1, 2, 3 }, speed, "events_per_s")
        assert.equal(3, metric(found, "events_per_s").a.median)
        assert.equal(2, metric(found, "events_per_s").b.median)
    end)

    it("is unchanged within the noise, however sure the difference", function()
        assert.equal("unchanged", (verdict(rates, scaled(rates, 1.015), speed, "events_per_s")))
        assert.equal("improved", (verdict(rates, scaled(rates, 1.015), speed, "events_per_s",
            { noise = 0.01 })))
        assert.equal("unchanged", (verdict(rates, rates, speed, "events_per_s", { noise = 0 })))
    end)

    it("is mixed where medians differ, but the runs overlap", function()
        local wild = { 4000, 4500, 5600, 6000, 6500 }
        assert.equal("mixed", (verdict(rates, wild, speed, "events_per_s")))
    end)

    it("is mixed where the medians say the one and the pairs the other", function()
        -- 100 pairs of medians up, yet most of b lies below a.
        local a, b = {}, {}
        for i = 1, 41 do a[i] = i <= 21 and 100 or 200 end
        for i = 1, 41 do b[i] = i <= 20 and 10 or 103 end
        local found, all = verdict(a, b, speed, "events_per_s")
        assert.is_true(metric(all, "events_per_s").p < 0.01)
        assert.is_true(metric(all, "events_per_s").change > 0)
        assert.equal("mixed", found)
    end)

    it("is never judged by a pair of numbers, or by too few", function()
        local one, found = verdict({ 5000 }, { 1 }, speed, "events_per_s")
        assert.equal("unjudged", one)
        assert.equal("unjudged", found.verdict)
        assert.equal("unjudged", (verdict({ 1, 2, 3, 4 }, { 11, 12, 13, 14 }, speed,
            "events_per_s"))) -- p is 0.029 at least
        assert.equal("improved", (verdict({ 1, 2, 3, 4 }, { 11, 12, 13, 14 }, speed,
            "events_per_s", { alpha = 0.05 })))
        assert.equal(5, compare.runs_needed(0.01))
        assert.equal(4, compare.runs_needed(0.05))
    end)

    it("may come from nothing", function()
        local zeros, some = { 0, 0, 0, 0, 0 }, { 1, 2, 3, 4, 5 }
        local found, all = verdict(zeros, some, "results.errors", "error_rate")
        assert.equal("regressed", found)
        assert.equal(cjson.null, metric(all, "error_rate").change)
        assert.truthy(text.of(all):find("from 0", 1, true))
        assert.equal("improved", (verdict(some, zeros, "results.errors", "error_rate")))
    end)

    it("counts errors and overflows against what was done", function()
        local a = series("results.errors", { 10, 10, 10, 10, 10 })
        local b = series("results.errors", { 20, 20, 20, 20, 20 }, { ["results.events"] = 2000 })
        assert.equal("unchanged", metric(compare.of(a, b), "error_rate").verdict)
        a = series("arena.overflows", { 1, 1, 1, 1, 1 })
        b = series("arena.overflows", { 1, 1, 1, 1, 1 }, { ["arena.allocations"] = 5 })
        assert.equal("regressed", metric(compare.of(a, b), "arena.overflow_rate").verdict)
    end)

    it("is left out where a side has none", function()
        local a = series(p99, rates, { ["results.events_per_s"] = cjson.null })
        local found = compare.of(a, series(p99, rates))
        assert.is_nil(metric(found, "events_per_s"))
        assert.equal("unchanged", metric(found, "latency.p99").verdict)
        a = series(p99, { 0 / 0, 1 / 0, cjson.null, "text", {} })
        assert.is_nil(metric(compare.of(a, series(p99, rates)), "latency.p99"))
    end)

    it("is each percentile that there is, in order", function()
        local a = series(p99, rates, { ["results.latency.p99_95"] = 350 })
        local names = {}
        for i, each in ipairs(compare.of(a, a).groups[1].metrics) do names[i] = each.name end
        assert.same({ "events_per_s", "latency.mean", "latency.p50", "latency.p99", "latency.p99_9",
            "latency.p99_95", "latency.max", "error_rate", "arena.high_water",
            "arena.overflow_rate", "max_rss" }, names)
    end)

    it("is each operation of a mix", function()
        local function of(p50)
            return { { name = "read", latency = { p50 = p50, p99 = 9 } } }
        end
        local a = series("results.operations", { of(1), of(1), of(1), of(1), of(1) })
        local b = series("results.operations", { of(2), of(2), of(2), of(2), of(2) })
        local found = compare.of(a, b)
        assert.equal("regressed", metric(found, "read.p50").verdict)
        assert.equal("unchanged", metric(found, "read.p99").verdict)
    end)
end)

describe("the peak of a process", function()
    local function of_one(factor, order)
        local list = {}
        for i = 1, 5 do
            list[i] = made { ["process.max_rss_bytes"] = factor * (1e6 + order[i]),
                ["process.user_s"] = i }
        end
        return list
    end

    it("is one value, however many runs it had", function()
        local found = compare.of(of_one(1, { 1, 2, 2, 3, 4 }), of_one(2, { 1, 2, 3, 4, 5 }))
        assert.equal("unjudged", metric(found, "max_rss").verdict)
        assert.equal(1, metric(found, "max_rss").a.n)
        assert.equal(1e6 + 4, metric(found, "max_rss").a.median)
    end)

    it("is judged over several processes", function()
        local found = compare.of(of_one(1, { 1, 3, 2, 5, 4 }), of_one(2, { 3, 1, 2, 4, 5 }))
        assert.equal("regressed", metric(found, "max_rss").verdict)
    end)
end)

describe("the verdict on all figures", function()
    local speed = "results.events_per_s"

    it("is mixed when some improved and some regressed", function()
        local b = series(speed, scaled(rates, 1.1), { ["results.latency.max"] = 800 })
        local found = compare.of(series(speed, rates), b)
        assert.equal("mixed", found.verdict)
        assert.same({ "events_per_s" }, compare.with(found, "improved"))
        assert.same({ "latency.max" }, compare.with(found, "regressed"))
    end)

    it("is unchanged when nothing is sure", function()
        local found = compare.of(series(speed, rates),
            series(speed, { 4000, 4500, 5600, 6000, 6500 }))
        assert.equal("unchanged", found.verdict)
    end)
end)

describe("runs", function()
    it("are a summary, a list of them, or what repeated runs write", function()
        local one = made()
        assert.equal(one, runs.of(one)[1])
        assert.equal(2, #runs.of { one, one })
        assert.equal(3, #runs.of { runs = { one, one, one }, options = {} })
        assert.equal(one, runs.of { { summary = one } }[1])
        assert.equal(one, runs.of { { run = one } }[1])
    end)

    it("are nothing else", function()
        for _, bad in ipairs { {}, { 1 }, { runs = {} }, { results = {} }, { made(), { a = 1 } },
            "text", 7, cjson.null, { runs = { cjson.null } } } do
            local list, message = runs.of(bad)
            assert.is_nil(list)
            assert.is_string(message)
        end
    end)

    it("are told apart by what was varied, and like is compared with like", function()
        local function swept(factor, threads)
            local list = {}
            for _, count in ipairs(threads) do
                for i, rate in ipairs(rates) do
                    list[#list + 1] = made { ["config.threads"] = count, ["config.seed"] = i,
                        [ "results.events_per_s"] = rate * count * (count == 1 and 1 or factor) }
                end
            end
            return list
        end
        local found = compare.of(swept(1, { 1, 2, 4 }), swept(0.8, { 1, 2, 8 }))
        assert.equal(2, #found.groups)
        assert.equal("threads=1", found.groups[1].label)
        assert.same({ threads = "2" }, found.groups[2].config)
        assert.equal("unchanged", metric(found, "events_per_s", 1).verdict)
        assert.equal("regressed", metric(found, "events_per_s", 2).verdict)
        assert.same({ "events_per_s (threads=2)" }, compare.with(found, "regressed"))
        assert.same({ "only in A: threads=4", "only in B: threads=8" }, found.warnings)
        local none, message = compare.of(swept(1, { 1, 2 }), swept(1, { 3, 4 }))
        assert.is_nil(none)
        assert.truthy(message:find("threads=3", 1, true))
    end)

    it("that differ in machine or options are warned about, line by line", function()
        local b = series("results.errors", { 0, 0 }, { ["context.cpu"] = "Y",
            ["config.options"] = { k = 6 }, ["config.rate"] = 100, ["context.date"] = "later" })
        local found = compare.of(series("results.errors", { 0, 0 }), b)
        assert.same({ "cpu differs: X in A, Y in B", "options.k differs: 5 in A, 6 in B",
            "rate differs: not set in A, 100 in B" }, found.warnings)
    end)

    it("of one seed each are warned about when it is not the same", function()
        local function seeded(...) return series("config.seed", { ... }) end
        assert.same({ "seed differs: 1 in A, 2 in B; --seed N gives both the same data" },
            compare.of(seeded(1, 1), seeded(2, 2)).warnings)
        assert.is_nil(compare.of(seeded(1, 2), seeded(3, 4)).warnings)
        assert.is_nil(compare.of(seeded(1, 1), seeded(1, 1)).warnings)
    end)

    it("that failed or were dry are left out, and counted", function()
        local b = series("results.failed", { true, false, false })
        b[2].config.dry_run = true
        b[3].results.interrupted_by = 2
        local found = compare.of({ made() }, b)
        assert.equal(1, found.b.runs)
        assert.equal(2, found.b.left_out)
        assert.same({ "2 of 3 runs of B failed, or were dry: left out",
            "1 of 1 runs of B were interrupted" }, found.warnings)
        local none, message = compare.of({ made() }, { b[1] })
        assert.is_nil(none)
        assert.equal("no run of B went through", message)
    end)
end)

describe("engram.compare", function()
    it("takes what -f json writes", function()
        local decoded = cjson.decode(json.encode { runs = { made(), made() } })
        assert.equal("unjudged", engram.compare(decoded, made()).verdict)
    end)

    it("says what it expected", function()
        local ok, message = pcall(engram.compare, made(), { 1 })
        assert.is_false(ok)
        assert.truthy(message:find("bad argument #2 to 'compare' (item 1 is no summary", 1, true))
        ok, message = pcall(engram.compare, nil, made())
        assert.is_false(ok)
        assert.truthy(message:find("bad argument #1 to 'compare'", 1, true))
        for _, limits in ipairs { { noise = 2 }, { alpha = "x" }, { p = 0.1 } } do
            assert.has_error(function() engram.compare(made(), made(), limits) end)
        end
    end)
end)

describe("the text of a comparison", function()
    it("fits 80 columns, and says what to do about too few runs", function()
        local found = compare.of({ made() }, { made { ["results.latency.p99"] = 1.23456e9 } })
        local shown = text.of(found)
        assert.truthy(shown:find("1 run a side can not show a difference at p below 0.01", 1, true))
        assert.truthy(shown:find("--repeat 10", 1, true))
        assert.truthy(shown:find(" x 6.2e+06 ", 1, true))
        for line in shown:gmatch "[^\n]+" do assert.is_true(#line <= 80, line) end
    end)

    it("keeps columns apart", function()
        local fast = made { ["results.events_per_s"] = 123456789 }
        local shown = text.of(compare.of({ fast }, { fast }))
        assert.truthy(shown:find(" 123,456,789 123,456,789 ", 1, true), shown)
        for line in shown:gmatch "[^\n]+" do assert.is_true(#line <= 80, line) end
    end)

    it("has a row per figure, and the verdict", function()
        local found = compare.of(series("results.latency.max", rates),
            series("results.latency.max", scaled(rates, 2)))
        local shown = text.of(found)
        assert.truthy(shown:find("latency.max +5.02 us +10 us +%+100.0 %% +%+1.00 +0.0079  reg"))
        assert.truthy(shown:find("\nregressed   latency.max\nverdict     regressed\n", 1, true))
        assert.is_nil(shown:find("advice", 1, true))
    end)
end)

describe("the options of a comparison", function()
    it("are shares", function()
        assert.same({ noise = 0.05, alpha = 0.001 }, gate.parse { noise = "5%", alpha = ".001" })
        assert.same({ noise = 0 }, gate.parse { noise = "0" })
        for _, bad in ipairs { "x", "-1", "1", "100%", "" } do
            local none, message = gate.parse { noise = bad }
            assert.is_nil(none)
            assert.truthy(message:find("--noise: " .. bad, 1, true))
        end
        assert.is_nil(gate.parse { alpha = "0" })
    end)
end)
