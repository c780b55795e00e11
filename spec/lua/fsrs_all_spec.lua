-- Reviews of many cards in one call: each as it is alone.

local engram = require "engram"
local ffi = require "ffi"
local random = require "spec.support.random"
local trace = require "spec.support.trace"

local nan, inf = 0 / 0, 1 / 0

local function near(expected, got, relative, hint)
    assert.is_true(math.abs(got / expected - 1) <= relative,
        ("%.12g expected, got %.12g %s"):format(expected, got, hint or ""))
end

local function state(s, d) return { stability = s, difficulty = d } end

describe("fsrs:review_all", function()
    local fsrs = engram.fsrs()

    local function doubles(list)
        local made = ffi.new("double[?]", #list)
        for i = 1, #list do made[i - 1] = list[i] end
        return made
    end

    -- Cards, some of them new, with what the scalar calls make of them.
    local function drawn(n)
        local data = random.new(82)
        local s, d, grades, days, expected = {}, {}, {}, {}, {}
        for i = 1, n do
            local is_new = data:uniform() < .2
            s[i] = is_new and 0 or 10 ^ (4 * data:uniform() - 1)
            d[i] = is_new and 0 or 1 + 9 * data:uniform()
            grades[i], days[i] = data:whole(1, 4), data:whole(0, 3) * data:whole(0, 30)
            expected[i] = is_new and fsrs:first(grades[i]) or
                fsrs:review(state(s[i], d[i]), grades[i], days[i])
        end
        return s, d, grades, days, expected
    end

    it("does to each what review does to one, to the last bit", function()
        local s, d, grades, days, expected = drawn(500)
        local stabilities, difficulties = doubles(s), doubles(d)
        fsrs:review_all(stabilities, difficulties, grades, doubles(days))
        for i = 1, 500 do
            assert.equal(expected[i].stability, stabilities[i - 1])
            assert.equal(expected[i].difficulty, difficulties[i - 1])
        end
    end)

    it("takes arrays whose type says their length", function()
        local s, d = ffi.new("double[2]", 5, 7), ffi.new("double[2]", 3, 4)
        fsrs:review_all(s, d, { 3, 3 }, ffi.new("double[2]", 1, 2))
        assert.equal(fsrs:review(state(7, 4), 3, 2).stability, s[1])
        local ok, message = pcall(fsrs.review_all, fsrs, s, ffi.new "double[1]", { 3, 3 }, { 1, 2 })
        assert.is_false(ok)
        assert.matches("difficulties: 2 expected, got 1", message, 1, true)
    end)

    -- A float in, a float out; the lapse of a stability near a day is the steepest, factor 2.
    it("takes vectors, from the arena or a matrix, within their rounding", function()
        local s, d, grades, days, expected = drawn(300)
        local m = engram.matrix { s, d }
        engram.arena():scope(function(arena)
            local given = arena:floats(300)
            for i = 1, 300 do given:set(i, grades[i]) end
            fsrs:review_all(m:row(1), m:row(2), given, days)
        end)
        for i = 1, 300 do
            near(expected[i].stability, m:get(1, i), 1e-6)
            near(expected[i].difficulty, m:get(2, i), 1e-6)
        end
    end)

    it("tells a matrix that its rows have changed", function()
        local m = engram.matrix { { 3, 4 }, { 5, 5 } }
        assert.near(1, engram.similarity({ 3, 4 }, m):get(1), 1e-6)
        fsrs:review_all(m:row(1), m:row(2), { 4, 1 }, { 1, 9 })
        local a, b = m:get(1, 1), m:get(1, 2)
        assert.is_true(a > 5 * b)
        local cosine = (3 * a + 4 * b) / (5 * math.sqrt(a * a + b * b))
        assert.near(cosine, engram.similarity({ 3, 4 }, m):get(1), 1e-6)
    end)

    it("takes pointers with a count, and none at all", function()
        local s, d = doubles { 5, 5, 5 }, doubles { 5, 5, 5 }
        local grades, days = doubles { 3, 3, 3 }, doubles { 4, 4, 4 }
        fsrs:review_all(s + 1, d + 1, grades + 0, days + 0, 1)
        local expected = fsrs:review(state(5, 5), 3, 4)
        assert.same({ 5, expected.stability, 5 }, { s[0], s[1], s[2] })
        assert.same({ 5, expected.difficulty, 5 }, { d[0], d[1], d[2] })
        fsrs:review_all(s, d, grades, days, 0)
        fsrs:review_all(s, d, {}, {})
        assert.equal(5, s[0])
    end)

    it("gives its scratch back, also after an error", function()
        local mine = engram.arena()
        local mark = mine:mark()
        local s, d = doubles { 5 }, doubles { 5 }
        fsrs:review_all(s, d, { 3 }, { 4 })
        assert.is_false((pcall(fsrs.review_all, fsrs, s, d, { 9 }, { 4 })))
        assert.equal(mark, mine:mark())
    end)

    it("says how large an arena it takes, and gives back what it got", function()
        local summary = assert(engram.run { threads = 1, events = 1, arena_size = "64K",
            arena_overflow = "error", source = [[
            local engram = require "engram"
            local n = 3000
            return {
                event = function(thread)
                    local column = engram.vector(n)
                    local function review()
                        engram.fsrs():review_all(column, column, column, column)
                    end
                    thread.seen = { select(2, pcall(review)), thread.arena:mark() }
                end,
                thread_done = function(thread) return thread.seen end,
                done = function(summary, results) summary.seen = results[1] end,
            }]] })
        assert.matches("arena overflow in 'review_all': 0 bytes are in use, 72000 would be",
            summary.seen[1])
        assert.equal(0, summary.seen[2])
    end)

    it("has not changed anything after an error, which says where", function()
        local cases = {
            { { 5, 5, -1 }, { 5, 5, 5 }, { 3, 3, 3 }, { 1, 1, 1 },
                "#1 to 'review_all' %(stabilities, 3: days above 0 expected, got %-1%)" },
            { { 5, 0, 5 }, { 5, 5, 5 }, { 3, 3, 3 }, { 1, 1, 1 }, "stabilities, 2: .*, got 0%)" },
            { { 5, inf, 5 }, { 5, 5, 5 }, { 3, 3, 3 }, { 1, 1, 1 }, "stabilities, 2: .*, got inf" },
            { { 5, 5, 5 }, { 5, 0, 5 }, { 3, 3, 3 }, { 1, 1, 1 },
                "#2 to 'review_all' %(difficulties, 2: .*, got 0%)" },
            { { 5, 5, 5 }, { 5, nan, 5 }, { 3, 3, 3 }, { 1, 1, 1 }, "difficulties, 2: .*nan" },
            { { 5, 5, 5 }, { 5, 5, 10.1 }, { 3, 3, 3 }, { 1, 1, 1 }, "difficulties, 3: " },
            { { 5, 5, 5 }, { 5, 5, 5 }, { 3, 2.5, 3 }, { 1, 1, 1 },
                "#3 to 'review_all' %(grades, 2: 1, 2, 3 or 4 expected, got 2.5%)" },
            { { 5, 5, 5 }, { 5, 5, 5 }, { 3, 3, 3 }, { 1, 1, -1 },
                "#4 to 'review_all' %(days, 3: a number from 0 expected, got %-1%)" },
            { { 5, 5, 5 }, { 5, 5, 5 }, { 3, 3, 3 }, { 1, nan, 1 }, "days, 2: .*nan" },
        }
        for _, case in ipairs(cases) do
            local s, d = doubles(case[1]), doubles(case[2])
            local ok, message = pcall(function()
                fsrs:review_all(s, d, case[3], case[4])
            end)
            assert.is_false(ok)
            assert.matches("fsrs_all_spec.lua:%d+: bad argument ", message)
            assert.matches(case[5], message)
            assert.equal(5, s[0])
            assert.equal(5, d[0])
        end
    end)

    it("names a NaN of any bits", function()
        for _, bits in ipairs { 0xffffffff, 0x7ff00001, 0xfff80000 } do
            for at = 1, 4 do
                local columns = { doubles { 5 }, doubles { 5 }, doubles { 3 }, doubles { 1 } }
                ffi.cast("uint32_t *", columns[at])[1] = bits
                local message = select(2, pcall(function()
                    fsrs:review_all(columns[1], columns[2], columns[3], columns[4], 1)
                end))
                assert.matches("fsrs_all_spec.lua:%d+: bad argument #" .. at .. " .*, got %-?nan",
                    message)
            end
        end
    end)

    -- The run ends while reviews go on without end: some poll answers that it was stopped.
    it("has not changed anything when the run was stopped under it", function()
        local summary = assert(engram.run { threads = 1, duration = "20ms", grace = "100ms",
            arena_size = "4M", source = [[
            local engram, ffi = require "engram", require "ffi"
            local n = 200000
            local function filled(x)
                local cells = ffi.new("double[?]", n)
                for i = 0, n - 1 do cells[i] = x end
                return cells
            end
            return {
                event = function(thread)
                    local fsrs = engram.fsrs()
                    local s, d, grades, days = filled(5), filled(5), filled(3), filled(4)
                    local worked, message
                    repeat
                        s[0], s[n - 1] = 5, 5
                        worked, message = pcall(fsrs.review_all, fsrs, s, d, grades, days, n)
                    until not worked
                    thread.seen = { tostring(message), s[0], s[n - 1] }
                    error(message, 0)
                end,
                thread_done = function(thread) return thread.seen end,
                done = function(summary, results) summary.seen = results[1] end,
            }]] })
        assert.same({ "the run was stopped", 5, 5 }, summary.seen)
    end)

    it("refuses columns that do not go together", function()
        local s, d, three = doubles { 5, 5, 5 }, doubles { 5, 5 }, engram.vector { 3, 3, 3 }
        for _, case in ipairs {
            { { { 5 }, d, { 3 }, { 1 } }, "#1 .*stabilities: vector or double%[%?%] expected, " ..
                "got table" },
            { { s, d, { 3, 3 }, { 1 } }, "#4 .*days: 2 expected, got 1" },
            { { s, d, three, { 1, 1 } }, "#4 .*days: 3 expected, got 2" },
            { { s, d, { 3, "3" }, { 1, 1 } }, "#3 .*grades, 2: number expected, got string" },
            { { s, d, { 3, 3 }, "1" }, "#4 .*days: vector, table or double%[%?%] expected" },
            { { s, d, s, d }, "#5 .*the count of the arrays expected, got nil" },
            { { s, d, s, d, -1 }, "#5 .*count: whole number" },
            { { s, s + 1, { 3, 3 }, { 1, 1 } }, "#2 .*difficulties lie over stabilities" },
            { { engram.matrix({ { 5 } }):freeze():row(1), d, { 3 }, { 1 } },
                "#1 .*stabilities of a frozen matrix" },
        } do
            local ok, message = pcall(function() fsrs:review_all(unpack(case[1], 1, 5)) end)
            assert.is_false(ok)
            assert.matches("fsrs_all_spec.lua:%d+: bad argument " .. case[2], message)
        end
    end)

    it("stays compiled on vectors", function()
        local s, d = engram.vector { 5, 5, 5, 5 }, engram.vector { 5, 5, 5, 5 }
        local grades, days = engram.vector { 1, 2, 3, 4 }, engram.vector { 1, 2, 3, 4 }
        local compiled, refusal = trace.watch(function()
            fsrs:review_all(s, d, grades, days)
        end)
        assert.is_nil(refusal)
        assert.is_true(compiled > 0)
    end)
end)
