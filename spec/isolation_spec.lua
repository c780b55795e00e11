-- What engram is for: threads that share nothing they write. Every variant runs
-- spec/support/isolation.lua, whose events check each byte and each result.

local engram = require "engram"

local soak = tonumber(os.getenv "ENGRAM_SOAK" or 1)
local sanitized = (os.getenv "ENGRAM_SANITIZE" or "") ~= ""

local function run(options, each, fail)
    options.workload = "spec/support/isolation.lua"
    options.threads = 32
    options.events = 2 ^ 50
    options.seed = 42
    options.max_errors = fail and "all" or 0
    options.options = { each = (sanitized and each / 10 or each) * soak, fail = fail }
    local summary = assert(engram.run(options))
    return summary, options.options.each
end

local function first_error(summary)
    return summary.errors and summary.errors[1].message .. "\n" ..
        tostring(summary.errors[1].traceback)
end

local function assert_isolated(summary, each)
    assert.is_nil(first_error(summary))
    assert.equal("script", summary.results.stop_reason)
    for id = 1, 32 do assert.equal(each, summary.done_by_thread[id]) end
end

describe("32 threads of 1,000 events each, 768 dims, 100 candidates", function()
    local summary, each = run({ arena_size = "1M" }, 1000)

    it("never see each other's bytes, and find what one thread finds", function()
        assert_isolated(summary, each)
    end)

    it("overflow no arena", function()
        assert.equal(0, summary.arena.overflows)
        for _, thread in ipairs(summary.threads) do assert.equal(0, thread.arena.overflows) end
    end)

    it("each took what the events need, and no more", function()
        local candidates_bytes = 100 * 768 * 4
        for _, thread in ipairs(summary.threads) do
            assert.is_true(thread.arena.high_water > candidates_bytes)
            assert.is_true(thread.arena.high_water < candidates_bytes + 64 * 1024)
        end
    end)
end)

describe("isolation also holds", function()
    for _, allocator in ipairs { "shared", "malloc" } do
        it("with --allocator " .. allocator, function()
            local summary, each = run({ allocator = allocator, arena_size = "1M" }, 100)
            assert_isolated(summary, each)
            assert.equal(0, summary.arena.overflows)
        end)
    end

    it("under fallback, with an arena too small", function()
        local summary, each = run({ arena_overflow = "fallback", arena_size = "64K" }, 100)
        assert_isolated(summary, each)
        assert.is_true(summary.arena.overflows >= 32 * each)
        assert.equal("too small", summary.arena.advice.verdict)
    end)

    it("under grow, with an arena too small", function()
        local summary, each = run({ arena_overflow = "grow", arena_size = "64K" }, 100)
        assert_isolated(summary, each)
        assert.is_true(summary.arena.overflows > 0)
        assert.is_true(summary.arena.capacity > 64 * 1024)
    end)

    it("with the shared region too small, under fallback", function()
        local summary, each = run({ allocator = "shared", arena_overflow = "fallback",
            arena_size = "64K" }, 100)
        assert_isolated(summary, each)
    end)

    for _, allocator in ipairs { "thread", "shared", "malloc" } do
        it("while half of the events fail on purpose, with --allocator " .. allocator, function()
            local summary, each = run({ allocator = allocator, arena_size = "1M" }, 100, true)
            for id = 1, 32 do assert.equal(each, summary.done_by_thread[id]) end
            assert.equal(32 * each / 2, summary.results.errors)
            for _, group in ipairs(summary.errors) do assert.equal("on purpose", group.message) end
        end)
    end

    it("when arenas are cleared on rewind", function()
        assert_isolated(run({ arena_zero = true, arena_size = "1M" }, 100))
    end)

    -- The norms of a mapped matrix are made by whoever asks first, all threads at once here.
    it("when all threads ask a mapped matrix for the same norms", function()
        local summary = assert(engram.run {
            source = [[
                local engram = require "engram"
                local workload = {}
                function workload.setup()
                    local mapped = assert(engram.load(engram.data "words.npy"))
                    local own = mapped:convert "f32"
                    return { mapped = mapped, own = own:freeze() }
                end
                function workload.event(thread, i)
                    local shared = thread.shared
                    local cue = shared.own:row(i * 37 % 10000 + 1)
                    local got = engram.nearest(cue, shared.mapped, 5)
                    local expected = engram.nearest(cue, shared.own, 5)
                    for k = 1, 5 do
                        local id, score = got:get(k)
                        local right, same = expected:get(k)
                        assert(id == right and score == same, "another answer")
                    end
                end
                return workload]],
            threads = 16, events = 64,
        })
        assert.is_nil(first_error(summary))
        assert.equal(64, summary.results.events)
    end)
end)
