-- Thresholds: what a limit may be, and when a run keeps to it.

local cjson = require "cjson"
local engram = require "engram"
local thresholds = require "engram.thresholds"

local null = cjson.null

local function summary()
    return {
        results = {
            events = 1000, errors = 20, events_per_s = 5000, elapsed_s = 0.2,
            latency = { p50 = 100, p99 = 1e6, p99_9 = null, max = 2e6, mean = 300, p99_95 = 7 },
            load = { late = 3, backlog = 0, service = { p99 = 400 }, lag = { max = 9e5 } },
            operations = { { name = "read", latency = { p99 = 250 } } },
            metrics = { hits = { kind = "count", value = 40, per_s = 200 },
                size = { kind = "trend", p99 = 12.5, p99_9 = 14 },
                found = { kind = "rate", value = 0.193, hits = 193, count = 1000 } },
        },
        arena = { high_water = 65536, overflows = 0, utilization = 0.5, overflow_rate = null },
    }
end

local function judge(text)
    local limit = assert(thresholds.parse(text))
    return thresholds.check(summary(), { limit })[1]
end

describe("a threshold", function()
    it("finds its figure, and compares", function()
        local kept = { "latency.p99<=1ms", "p99<1.1ms", "latency.p99 < 2s", "p99.95<8ns",
            "p50==100ns", "max>1ms", "mean<1us", "service.p99<1us", "lag.max<1ms", "read.p99<300ns",
            "errors<21", "error_rate<=2%", "error_rate<0.03", "events_per_s>=5k", "events==1000",
            "late<4", "backlog==0", "arena.high_water<=64K", "arena.overflows==0",
            "arena.utilization<80%", "metrics.hits>39", "metrics.hits.per_s<201",
            "metrics.size.p99<13", "metrics.size.p99.9>13", "metrics.found>19%",
            "metrics.found<0.2", "elapsed_s<1" }
        for _, text in ipairs(kept) do assert.is_true(judge(text).ok, text) end
        local missed = { "p99<1ms", "p99>1ms", "errors==0", "error_rate<2%", "events_per_s>5k",
            "late<3", "arena.high_water<64K", "metrics.hits==41", "read.p99>=251ns",
            "metrics.found>50%" }
        for _, text in ipairs(missed) do assert.is_false(judge(text).ok, text) end
    end)

    it("misses where its figure is not there", function()
        for _, text in ipairs { "p99.9<1s", "write.p99<1s", "metrics.none<1", "metrics.size<1",
            "arena.overflow_rate<1%", "p12<1s", "service.p50<1s" } do
            local judged = judge(text)
            assert.is_false(judged.ok, text)
            assert.equal(null, judged.found)
            assert.truthy(thresholds.describe(judged):find("no such figure", 1, true))
        end
    end)

    it("says so of latencies where no event ended", function()
        local none = summary()
        none.results.events, none.results.latency = 0, { unit = "ns", max = null, p99 = null }
        assert.equal("p99<1ms: missed, no event ended",
            thresholds.describe(thresholds.check(none, { thresholds.parse "p99<1ms" })[1]))
    end)

    it("names the metrics that there are, or all of the one that is named", function()
        local function why(text) return thresholds.describe(judge(text)) end
        assert.equal("metrics.none<1: missed, there is no such figure; there are " ..
            "metrics.found, metrics.hits, metrics.size.p99", why "metrics.none<1")
        for _, text in ipairs { "metrics.size<1", "metrics.size.p75<1" } do
            assert.equal(text .. ": missed, there is no such figure; there are " ..
                "metrics.size.p99, metrics.size.p50, metrics.size.mean, metrics.size.max",
                why(text))
        end
        local none = summary()
        none.results.metrics = nil
        assert.truthy(thresholds.check(none, { thresholds.parse "metrics.x<1" })[1].why
            :find("the script reported none", 1, true))
    end)

    it("says what was found", function()
        assert.equal("metrics.found>50%: missed, found 19.3 %",
            thresholds.describe(judge "metrics.found>50%"))
        assert.equal("p99<500us: missed, found 1 ms", thresholds.describe(judge "p99<500us"))
        assert.equal("error_rate<5%: kept, found 2.0 %", thresholds.describe(judge "error_rate<5%"))
        assert.equal("arena.high_water<1M: kept, found 64K",
            thresholds.describe(judge "arena.high_water<1M"))
    end)

    it("is nothing else", function()
        local bad = { "", "p99", "p99<", "<1ms", "p99=1ms", "p99<>1ms", "p101<1ms", "p99<1kg",
            "p99<1",
            "p99<-1ms", "p99<1 ms", "speed>1", "arena.speed<1", "errors<1ms", "error_rate<x",
            "arena.high_water<1T", "p99 < 1ms x", "metrics.x>y%", "metrics.x>1ms" }
        for _, text in ipairs(bad) do
            local limit, message = thresholds.parse(text)
            assert.is_nil(limit, text)
            assert.is_string(message)
        end
    end)
end)

describe("a run", function()
    local noop = "return { event = function() end, thresholds = { 'errors==0' } }"

    it("is judged by its own limits and by those that are asked for", function()
        local found = engram.run { source = noop, events = 100, threshold = "p99.99<1h" }
        assert.is_nil(found)
        found = engram.run { source = noop, events = 100, threshold = { "p99.99<100s", "max<0ns" } }
        local ok = {}
        for i, judged in ipairs(found.thresholds) do ok[i] = judged.ok end
        assert.same({ true, true, false }, ok)
        assert.equal("errors==0", found.thresholds[1].text)
        assert.is_number(found.thresholds[2].found)
    end)

    it("has no list of limits where it has no limit", function()
        local none = "return { event = function() end, thresholds = {} }"
        assert.is_nil(engram.run({ source = none, events = 1, threshold = {} }).thresholds)
    end)

    it("does not begin where a limit's figure can not be there", function()
        local mix = [[return { mix = { read = 1, write = 1 }, read = function() end,
            write = function() end, thresholds = { "read.p99<100s" } }]]
        local cases = {
            { noop, "lag.p99<1ms", "nothing is measured as lag without rate or stage" },
            { noop, "service.max<1s", "measured as service without" },
            { noop, "backlog==0", "nothing is due without" },
            { noop, "read.p99<1s", "no operation 'read'; only a mix has operations" },
            { mix, "reed.p99<1s", "no operation 'reed'; there are read, write" },
        }
        for _, case in ipairs(cases) do
            local found, message = engram.run { source = case[1], events = 1, threshold = case[2] }
            assert.is_nil(found)
            assert.truthy(message:find("threshold " .. case[2] .. ": ", 1, true), message)
            assert.truthy(message:find(case[3], 1, true), message)
        end
        local found = engram.run { source = mix, events = 200, rate = 1e5, threads = 1,
            threshold = { "lag.p99<100s", "late<201", "write.p99<100s", "p99<100s" } }
        for _, judged in ipairs(found.thresholds) do assert.is_true(judged.ok, judged.text) end
    end)

    it("refuses a script whose limits are none", function()
        local found, message = engram.run { source =
            "return { event = print, thresholds = { 'fast' } }" }
        assert.is_nil(found)
        assert.truthy(message:find("thresholds: fast is no threshold", 1, true), message)
    end)
end)
