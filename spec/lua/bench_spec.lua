-- engram bench: contenders in turns, medians and paired ratios, peers that are not there.
-- No spec judges a time.

local bench = require "engram.bench"
local child = require "spec.support.child"
local cjson = require "cjson"

local program = (os.getenv "ENGRAM_BUILD" or "build") .. "/bin/engram"

-- A contender that answers these times, one a turn.
local function playing(name, times, log)
    local turn = 0
    return { name = name, measure = function()
        turn = turn + 1
        if log then log[#log + 1] = name end
        return times[turn]
    end }
end

describe("bench.compare", function()
    it("answers medians, and the median of the ratios within each round", function()
        local ours, its = playing("ours", { 1, 2, 10 }), playing("its", { 4, 6, 20 })
        local rows = bench.compare({ ours, its }, 3)
        assert.equal("ours", rows[1].name)
        assert.equal(2, rows[1].time.median)
        assert.is_nil(rows[1].ratio)
        assert.equal(6, rows[2].time.median)
        assert.equal(3, rows[2].ratio.median) -- of 4, 3 and 2
        assert.equal(2, rows[2].ratio.p10)
        assert.equal(4, rows[2].ratio.p90)
    end)

    it("pairs: a round that slows both sides changes no ratio", function()
        local ours, its = playing("ours", { 1, 100, 7 }), playing("its", { 3, 300, 21 })
        local rows = bench.compare({ ours, its }, 3)
        assert.same({ median = 3, p10 = 3, p90 = 3 }, rows[2].ratio)
    end)

    it("gives each contender one turn a round, in changing order", function()
        local log, times = {}, {}
        for round = 1, 20 do times[round] = 1 end
        bench.compare({ playing("a", times, log), playing("b", times, log) }, 20)
        local firsts = { a = 0, b = 0 }
        for round = 1, 20 do
            local first, second = log[2 * round - 1], log[2 * round]
            assert.not_equal(first, second)
            firsts[first] = firsts[first] + 1
        end
        assert.is_true(firsts.a > 0 and firsts.b > 0)
    end)

    it("names the contender that fails", function()
        local rows, message = bench.compare({ { name = "its", measure = function()
            return nil, "no figures"
        end } }, 1)
        assert.is_nil(rows)
        assert.equal("its: no figures", message)
    end)
end)

describe("engram bench", function()
    local function json(words, environment)
        local code, out, err = child.run(program .. " bench " .. words .. " -q -f json",
            { environment = environment })
        assert.equal(0, code, err)
        return cjson.decode(out)
    end

    for _, what in ipairs { "events", "start" } do
        it("runs " .. what .. " without a peer, and says what to install", function()
            local found = json(what .. " -t 1,2 --rounds 2 --turn 20ms", { PATH = "/nowhere" })
            assert.equal(what, found.bench)
            assert.equal(2, #found.sections)
            for _, section in ipairs(found.sections) do
                assert.equal(1, #section.rows)
                assert.equal("engram", section.rows[1].name)
                assert.is_true(section.rows[1].time.median > 0)
            end
            assert.truthy(found.peers[1].note:find("apt-get install sysbench", 1, true))
        end)

        it("runs " .. what .. " beside sysbench", function()
            if not child.has "sysbench" then return pending "sysbench is not installed" end
            local found = json(what .. " -t 2 --rounds 1 --turn 50ms")
            local row = found.sections[1].rows[2]
            assert.equal("sysbench", row.name)
            assert.is_true(row.ratio.median > 0)
            assert.truthy(found.peers[1].version)
        end)
    end

    it("prints a table for people", function()
        local code, out = child.run(program .. " bench start -t 1 --rounds 1 -q")
        assert.equal(0, code)
        for _, words in ipairs { "start: starting threads", "1 thread ", "engram  " } do
            assert.truthy(out:find(words, 1, true), out)
        end
    end)

    it("refuses what it does not understand", function()
        local cases = {
            { "", "missing argument 'WHAT'" }, { "speed", "speed is not one of events, start" },
            { "events -t 0", "--threads: 0 is too few" },
            { "events -t 1,,2", "--threads:  is not" },
            { "events --rounds 0", "--rounds: 0 is too few" },
            { "events --turn soon", "--turn: soon is not a duration" },
        }
        for _, case in ipairs(cases) do
            local code, _, err = child.run(program .. " bench " .. case[1])
            assert.equal(2, code)
            assert.truthy(err:find(case[2], 1, true), err)
        end
    end)
end)
