-- engram bench: contenders in turns, medians and paired ratios, answers that are checked,
-- peers that are not there. No spec judges a time.

local child = require "spec.support.child"
local cjson = require "cjson"
local ffi = require "ffi"
local kernel = require "engram.bench.kernel"
local turns = require "engram.bench.turns"
local utils = require "pl.utils"
local workshop = require "engram.bench.workshop"

local program = (os.getenv "ENGRAM_BUILD" or "build") .. "/bin/engram"
local sanitized = (os.getenv "ENGRAM_SANITIZE" or "") ~= ""

-- A contender that answers these times, one a turn.
local function playing(name, times, log)
    local turn = 0
    return { name = name, measure = function()
        turn = turn + 1
        if log then log[#log + 1] = name end
        return times[turn]
    end }
end

describe("turns.compare", function()
    it("answers medians, and the median of the ratios within each round", function()
        local ours, its = playing("ours", { 1, 2, 10 }), playing("its", { 4, 6, 20 })
        local rows = turns.compare({ ours, its }, 3)
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
        local rows = turns.compare({ ours, its }, 3)
        assert.same({ median = 3, p10 = 3, p90 = 3 }, rows[2].ratio)
    end)

    it("compares with the one that is named, and with the limit", function()
        local its, limit = playing("its", { 8, 30 }), playing("limit", { 1, 5 })
        its.against, its.also, limit.is_limit = "second", "first", true
        local rows = turns.compare({ playing("first", { 2, 10 }), playing("second", { 4, 10 }),
            its, limit }, 2)
        assert.same({ median = 1, p10 = 1, p90 = 2 }, rows[2].ratio)
        assert.same({ median = 2, p10 = 2, p90 = 3 }, rows[3].ratio)
        assert.equal("second", rows[3].against)
        assert.same({ against = "first", ratio = { median = 3, p10 = 3, p90 = 4 } }, rows[3].also)
        assert.same({ median = 0.5, p10 = 0.5, p90 = 0.5 }, rows[1].limit_share)
        assert.is_nil(rows[4].ratio or rows[4].limit_share)
    end)

    it("takes the quickest of several limits", function()
        local slow, quick = playing("slow", { 3, 3 }), playing("quick", { 2, 2 })
        local slower = playing("slower", { 4, 4 })
        slow.is_limit, quick.is_limit, slower.is_limit = true, true, true
        local rows = turns.compare({ playing("ours", { 4, 4 }), slow, quick, slower }, 2)
        assert.equal(0.5, rows[1].limit_share.median)
        for i = 2, 4 do
            assert.is_true(rows[i].is_limit)
            assert.is_nil(rows[i].ratio or rows[i].limit_share)
        end
    end)

    it("gives each contender one turn a round, in changing order", function()
        local log, times = {}, {}
        for round = 1, 20 do times[round] = 1 end
        turns.compare({ playing("a", times, log), playing("b", times, log) }, 20)
        local firsts = { a = 0, b = 0 }
        for round = 1, 20 do
            local first, second = log[2 * round - 1], log[2 * round]
            assert.not_equal(first, second)
            firsts[first] = firsts[first] + 1
        end
        assert.is_true(firsts.a > 0 and firsts.b > 0)
    end)

    it("names the contender that fails", function()
        local rows, message = turns.compare({ { name = "its", measure = function()
            return nil, "no figures"
        end } }, 1)
        assert.is_nil(rows)
        assert.equal("its: no figures", message)
    end)
end)

describe("kernel.compare", function()
    local shop, clock, job, anchor

    setup(function()
        shop = workshop.open { alone = true }
        clock = assert(shop:tools()).clock
        anchor = ffi.new("float[?]", 64)
        clock.lib.bench_fill(anchor, 64, 1)
        job = ffi.new("bench_limit", { a = anchor, count = 64 })
    end)
    teardown(function() shop:close() end)

    -- Contenders that read 64 floats, and are off by these much.
    local function reading(errors, more)
        local list = {}
        for i, off in ipairs(errors) do
            list[i] = { name = "c" .. i, entry = clock.contenders.read, job = job,
                check = function() return off end, tolerance = 0.5 }
        end
        for key, value in pairs(more or {}) do list[#list][key] = value end
        return list
    end

    it("times who is right, and shows by how much each was off", function()
        local rows = assert(kernel.compare(clock, reading { 0, 0.5 }, 2))
        assert.equal(2, #rows)
        assert.equal(0.5, rows[2].error)
        assert.is_true(rows[2].ratio.median > 0)
        local sum = 0
        for i = 0, 63 do sum = sum + anchor[i] end
        assert.near(sum, job.sink, 1e-5) -- so it was called
    end)

    for _, off in ipairs { 0.6, 0 / 0, math.huge } do
        it("does not time a peer that is off by " .. off, function()
            local rows = assert(kernel.compare(clock, reading { 0, off, 0 }, 2))
            assert.equal(3, #rows)
            assert.same({ "c1", "c3", "c2" }, { rows[1].name, rows[2].name, rows[3].name })
            assert.truthy(rows[3].wrong:find("wrong: off by", 1, true))
            assert.is_nil(rows[3].time or rows[3].ratio)
        end)
    end

    it("answers a message when ours is wrong, the first or another", function()
        for _, list in ipairs { reading { 1, 0 }, reading({ 0, 1 }, { is_ours = true }) } do
            local rows, message = kernel.compare(clock, list, 2)
            assert.is_nil(rows)
            assert.truthy(message:find("wrong: off by 1, more than 0.5", 1, true))
        end
    end)
end)

-- A compiler for these words of a shell script, which end in a call of the real one.
local function with_compiler(script, body)
    child.with_file("#!/bin/sh\n" .. script, function(path)
        utils.executeex("chmod +x " .. path)
        body(path)
    end)
end

local function json_of(words, environment)
    local code, out, err = child.run(program .. " bench " .. words .. " -q -f json",
        { environment = environment })
    assert.equal(0, code, err)
    return cjson.decode(out)
end

describe("engram bench", function()
    for _, what in ipairs { "events", "start" } do
        local turn = what == "events" and " --turn 20ms" or ""

        it("runs " .. what .. " without a peer, and says what to install", function()
            local found = json_of(what .. " -t 1,2 --rounds 2" .. turn, { PATH = "/nowhere" })
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
            local found = json_of(what .. " -t 2 --rounds 1" .. turn)
            local row = found.sections[1].rows[2]
            assert.equal("sysbench", row.name)
            assert.is_true(row.ratio.median > 0)
            assert.truthy(found.peers[1].version)
        end)
    end

    for what, contenders in pairs {
        similarity = { "engram, rows packed, 10 best", "plain C loop",
            "engram, i8, 40 again, recall 1.00" },
        spread = { "plain C sweep, not ranked", "engram, 10 best" },
        decay = { "libm, item by item", "libmvec" } } do
        it("runs " .. what .. " alone, its answers checked", function()
            local found = json_of(what .. " --quick --alone --rounds 1")
            local seen = {}
            for _, section in ipairs(found.sections) do
                for _, row in ipairs(section.rows) do
                    assert.is_nil(row.wrong, row.name)
                    assert.is_true(row.time.median > 0)
                    if row.error then seen[row.name] = true end
                end
            end
            for _, name in ipairs(contenders) do assert.is_true(seen[name], name) end
            assert.is_nil(found.peers)
        end)
    end

    it("runs arena alone", function()
        if sanitized then return pending "a program can not load a sanitizer's library" end
        local found = json_of "arena --quick --alone --rounds 1 -t 2 --turn 5ms"
        local rows = found.sections[1].rows
        assert.equal("engram", rows[1].name)
        assert.equal(6, #rows)
        for _, row in ipairs(rows) do assert.is_true(row.time.median > 0, row.name) end
        assert.equal("engram --allocator shared", found.sections[2].rows[2].name)
    end)

    it("runs load, what is read checked", function()
        local found = json_of "load --quick --rounds 2"
        local rows = found.sections[1].rows
        assert.same({ 2, "engram", "plain C loop of strtof" }, { #rows, rows[1].name,
            rows[2].name })
        assert.is_true(rows[1].time.median > 0 and rows[2].ratio.median > 0)
    end)

    it("says of each peer that is absent what to install", function()
        with_compiler('case "$*" in *"-E -") exit 1;; esac; exec cc "$@"', function(compiler)
            local found = json_of("similarity --quick --rounds 1",
                { CC = compiler, CXX = compiler })
            local notes = {}
            for _, peer in ipairs(found.peers) do notes[peer.name] = peer.note end
            assert.same({ OpenBLAS = "not installed (Debian: apt-get install libopenblas-dev)",
                FAISS = "not installed (Debian: apt-get install libfaiss-dev)",
                SimSIMD = "not installed (npm install simsimd, here or with " ..
                    "ENGRAM_SIMSIMD=its folder)" }, notes)
        end)
    end)

    it("says so of an allocator", function()
        local shop = workshop.open { alone = false }
        local peer = { name = "none", package = "none", preload = { "libnone.so.1" } }
        assert.is_nil(shop:peer_program(peer, "malloc.c"))
        assert.same({ { name = "none", note = "not installed (Debian: apt-get install none)" } },
            shop.peers)
        shop:close()
    end)

    it("catches a contender that answers wrong", function()
        -- Whose compiler turns a factor into another.
        with_compiler([[
            shim=$(printf '%s\n' "$*" | grep -o '[^ ]*/shims/decay.c') &&
                sed 's/strengths\[i\] \* expf/1.01f * expf/' "$shim" >$0.c
            exec cc $(printf '%s\n' "$*" | sed "s#[^ ]*/shims/decay.c#$0.c#")]], function(compiler)
            local found = json_of("decay --alone --rounds 1", { CC = compiler })
            os.remove(compiler .. ".c")
            local rows = found.sections[1].rows
            assert.equal("engram", rows[1].name)
            assert.truthy(rows[#rows].wrong:find "^wrong: off by", rows[#rows].wrong)
            assert.is_nil(rows[#rows].time)
            for _, row in ipairs(found.sections[2].rows) do assert.is_nil(row.wrong) end
        end)
    end)

    it("measures the sections whose titles hold a text", function()
        local found = json_of "start -t 1,2 --rounds 1 --alone --only '2 th'"
        assert.equal(1, #found.sections)
        assert.equal("2 threads", found.sections[1].title)
        local code, _, err = child.run(program .. " bench start -t 1 -q --only nothing")
        assert.equal(2, code)
        assert.truthy(err:find("--only: start: no title holds 'nothing'", 1, true), err)
    end)

    it("prints a table for people", function()
        local code, out = child.run(program .. " bench decay --rounds 1 --alone -q")
        assert.equal(0, code)
        for _, words in ipairs { "decay: 10,000", "\n  engram  ", "its time / ours", "of limit",
            "max error", " ulp", "limit: triad" } do
            assert.truthy(out:find(words, 1, true), out)
        end
        for line in out:gmatch "[^\n]+" do assert.is_true(#line <= 100, line) end
    end)

    it("writes a file of the chosen format, and shows the text", function()
        child.with_file("", function(path)
            local code, out = child.run(program .. " bench start -t 1 --rounds 1 -q -f json -o " ..
                path, { environment = { PATH = "/nowhere" } })
            assert.equal(0, code)
            assert.truthy(out:find("start: starting threads", 1, true), out)
            assert.equal("start", cjson.decode(utils.readfile(path)).bench)
        end)
    end)

    it("needs a compiler for kernels, and says so", function()
        local code, _, err = child.run(program .. " bench decay -q", { environment = {
            CC = "/nowhere/cc" } })
        assert.equal(1, code)
        assert.truthy(err:find("decay: there is no C compiler /nowhere/cc", 1, true), err)
    end)

    it("leaves nothing behind when it is interrupted", function()
        local _, _, folder = utils.executeex "mktemp -d"
        folder = folder:match "%S+"
        local code, out, err = child.run(([[sh -c '%s bench decay --alone --rounds 1000000 -q &
            until [ "$(ls %s)" ]; do sleep 0.01; done; sleep 0.3; kill -INT $!; wait $!']])
            :format(program, folder), { environment = { TMPDIR = folder } })
        local _, _, left = utils.executeex("ls " .. folder .. "; rm -rf " .. folder)
        assert.equal(130, code, err)
        assert.equal("", out)
        assert.truthy(err:find("bench: interrupted", 1, true), err)
        assert.equal("", left)
    end)

    it("refuses what it does not understand", function()
        local cases = {
            { "speed", "speed is not one of similarity, spread, decay, arena, load, events, " ..
                "start" },
            { "events -t 0", "--threads: 0 is too few" },
            { "events -t 1,,2", "--threads: '' is not" },
            { "events --rounds 0", "--rounds: 0 is too few" },
            { "events --turn soon", "--turn: soon is not a duration" },
            { "decay -t 2", "--threads: decay takes none" },
            { "start --turn 1s", "--turn: start takes none" },
            { "--turn 1s", "--turn: similarity takes none" },
            { "--only best", "--only: of which of similarity" },
            { "decay -f xml", "--format: xml is not one of text, json" },
            { "decay -o /nowhere/at/all", "--output: " },
        }
        for _, case in ipairs(cases) do
            local code, _, err = child.run(program .. " bench " .. case[1])
            assert.equal(2, code)
            assert.truthy(err:find(case[2], 1, true), err)
        end
    end)
end)
