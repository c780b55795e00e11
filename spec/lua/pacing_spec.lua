-- Pacing: what the text of a rate, of stages and of a warm-up means, and what of it
-- goes together.

local pacing = require "engram.pacing"

local function refuses(parse, values)
    for _, value in ipairs(values) do
        local parsed, message = parse(value)
        assert.is_nil(parsed, tostring(value))
        assert.is_string(message)
    end
end

describe("a rate", function()
    it("is events per second, or per minute", function()
        local meanings = { { "500", 500 }, { 500, 500 }, { "1k", 1000 }, { "1000/s", 1000 },
            { "60k/m", 1000 }, { "1.5k/s", 1500 }, { "0.5", 0.5 }, { 0.25, 0.25 }, { "2M", 2e6 } }
        for _, each in ipairs(meanings) do assert.near(each[2], pacing.rate(each[1]), 1e-9) end
    end)

    it("is nothing else, and above zero", function()
        refuses(pacing.rate, { "", "0", 0, "-5", "5/h", "5/", "k", "5s", "1e3", "five", 0 / 0,
            1 / 0, -1, "10 /s", true })
    end)
end)

describe("stages", function()
    it("are durations and rates", function()
        local stages = pacing.stages "10s:1000,500ms:5k/s,1m:0"
        assert.equal("rate", stages.of)
        assert.equal(70.5, stages.seconds)
        assert.same({ { seconds = 10, value = 1000 }, { seconds = 0.5, value = 5000 },
            { seconds = 60, value = 0 } }, { stages[1], stages[2], stages[3] })
    end)

    it("or durations and threads, the first of which may take no time", function()
        local stages = pacing.stages "0s:1t,10s:8t"
        assert.equal("threads", stages.of)
        assert.same({ seconds = 0, value = 1 }, stages[1])
        assert.same({ seconds = 10, value = 8 }, stages[2])
    end)

    it("are nothing else", function()
        refuses(pacing.stages, { "", ",", "10s", "10s:", ":5", "10s:5,", "10s:5,5s:2t", "5:-1",
            "0s:5", "10x:5", "10s:5:6", 7 })
    end)
end)

describe("a warm-up", function()
    it("is a time or a number of events", function()
        assert.same({ seconds = 2 }, pacing.warmup "2s")
        assert.same({ seconds = 0.25 }, pacing.warmup "250ms")
        assert.same({ events = 1000 }, pacing.warmup "1000")
        assert.same({ events = 10000 }, pacing.warmup "10k")
        assert.same({ events = 5 }, pacing.warmup(5))
        refuses(pacing.warmup, { "0", "0s", "", "soon", "-1", "1.5", "2x" })
    end)
end)

describe("a configuration", function()
    local function settled(config)
        local ok, message = pacing.settle(config)
        return ok and config, message
    end

    it("runs as long as its stages, unless it says otherwise", function()
        assert.equal(20, settled { stages = pacing.stages "5s:10,15s:20" }.duration)
        assert.equal(3, settled { stages = pacing.stages "5s:10", duration = 3 }.duration)
        assert.is_nil(settled { stages = pacing.stages "5s:10", events = 9 }.duration)
        assert.equal(5, settled { stages = pacing.stages "5s:0", events = 9 }.duration)
        assert.equal(2, settled { stages = pacing.stages "1s:1t,1s:0t", events = 9 }.duration)
        local both = settled { stages = pacing.stages "5s:0", events = 9, duration = 7 }
        assert.equal(7, both.duration)
    end)

    it("has as many threads as its stages want", function()
        assert.equal(8, settled { stages = pacing.stages "0s:1t,10s:8t,5s:2t" }.threads)
        assert.equal(9, settled { stages = pacing.stages "9s:8t", threads = 9 }.threads)
        local _, message = settled { stages = pacing.stages "9s:8t", threads = 4 }
        assert.truthy(message:find("8 threads", 1, true))
    end)

    it("warms up at its rate before its stages", function()
        local stages = settled { stages = pacing.stages "5s:10", rate = 4,
            warmup = pacing.warmup "2s" }.stages
        assert.same({ seconds = 2, value = 4 }, stages[1])
        assert.equal(2, #stages)
    end)

    it("is constant under a rate, and has no arrivals without one", function()
        assert.equal("constant", settled { rate = 5 }.arrival)
        assert.equal("poisson", settled { rate = 5, arrival = "poisson" }.arrival)
        assert.is_nil(settled {}.arrival)
    end)

    it("refuses what does not go together", function()
        local bad = {
            { arrival = "poisson" },
            { arrival = "poisson", stages = pacing.stages "5s:2t" },
            { rate = 5, stages = pacing.stages "5s:2t" },
            { warmup = { seconds = 1 }, stages = pacing.stages "5s:2t" },
            { warmup = { seconds = 1 }, stages = pacing.stages "5s:10" },
            { warmup = { events = 9 }, rate = 5, stages = pacing.stages "5s:10" },
        }
        for i, config in ipairs(bad) do
            local ok, message = pacing.settle(config)
            assert.is_nil(ok, i)
            assert.truthy(message:match "^%-%-%l+: ", message)
        end
    end)
end)
