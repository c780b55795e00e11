-- engram.decay from Lua: what it takes and where the result goes, its units, and what it says
-- when it refuses.

local ffi = require "ffi"
local C = require "engram.c"
local arena = require "engram.arena"
local curves = require "engram.curves"
local decay = require "engram.decay"
local matrix = require "engram.matrix"
local similarity = require "engram.similarity"
local scans = require "spec.support.scans"
local trace = require "spec.support.trace"

local half = { curve = "halflife", h = 1 }

local function message_of(...)
    local worked, message = pcall(decay.decay, ...)
    assert.is_false(worked)
    return (message:gsub("^bad argument ", ""):gsub("^#(%d) to 'decay' ", "%1: "))
end

local function after(strengths, ages, options)
    return scans.numbers(decay.decay(strengths, ages, options))
end

local mark
local function remember() mark = arena.current():mark() end
local function give_back() arena.current():rewind(mark) end

describe("engram.decay", function()
    before_each(remember)
    after_each(give_back)

    it("makes a new vector of a table, and leaves the table", function()
        local strengths = { 8, 8, 8 }
        assert.same({ 8, 4, 2 }, after(strengths, { 0, 1, 2 }, half))
        assert.same({ 8, 8, 8 }, strengths)
    end)

    it("decays a vector in place, and answers it", function()
        local strengths = matrix.vector { 8, 8, 8 }
        assert.is_true(strengths == decay.decay(strengths, { 0, 1, 2 }, half))
        assert.same({ 8, 4, 2 }, scans.numbers(strengths))
        assert.equal(mark, arena.current():mark())
    end)

    it("writes into out, and leaves the strengths", function()
        local strengths, out = matrix.vector { 8, 8 }, matrix.vector(2)
        local options = { curve = "halflife", h = 1, out = out }
        assert.is_true(out == decay.decay(strengths, { 1, 2 }, options))
        assert.same({ { 4, 2 }, { 8, 8 } }, { scans.numbers(out), scans.numbers(strengths) })
        assert.is_true(out == decay.decay({ 16, 16 }, { 1, 2 }, options))
        assert.same({ 8, 4 }, scans.numbers(out))
        assert.equal(mark, arena.current():mark())
    end)

    it("takes a vector from the arena, and a row of a matrix", function()
        local m = matrix.matrix { { 1, 1 }, { 8, 8 } }
        decay.decay(m:row(2), { 1, 2 }, half)
        assert.same({ 1, 1, 4, 2 }, { m:get(1, 1), m:get(1, 2), m:get(2, 1), m:get(2, 2) })
        local mine = arena.current():floats(2)
        mine:set(1, 8)
        mine:set(2, 8)
        assert.same({ 4, 2 }, after(mine, { 1, 2 }, half))
    end)

    it("tells the matrix that a row has changed", function()
        local m = matrix.matrix { { 3, 4 } }
        assert.near(1, similarity.similarity({ 3, 4 }, m):get(1), 1e-6)
        decay.decay(m:row(1), { 0, 1000 }, half)
        assert.near(.6, similarity.similarity({ 3, 4 }, m):get(1), 1e-6)
    end)

    it("takes ages of every kind", function()
        local kinds = {
            { 0, 1, 2 }, matrix.vector { 0, 1, 2 }, ffi.new("double[?]", 3, { 0, 1, 2 }),
            ffi.new("uint64_t[?]", 3, { 0, 1, 2 }),
        }
        kinds[5] = ffi.cast("const double *", kinds[3])
        kinds[6] = ffi.cast("uint64_t *", kinds[4])
        for _, ages in ipairs(kinds) do assert.same({ 8, 4, 2 }, after({ 8, 8, 8 }, ages, half)) end
    end)

    it("takes arrays whose type says their length, and those in a struct", function()
        local both = ffi.new "struct { double doubles[2]; uint64_t whole[3]; }"
        both.doubles[1], both.whole[1] = 1, 1
        for _, ages in ipairs { ffi.new("double[2]", 0, 1), ffi.new("const double[2]", 0, 1),
            ffi.new("uint64_t[3]", 0, 1), both.doubles, both.whole } do
            local left = decay.decay({ 1, 1 }, ages, half)
            assert.same({ 1, .5 }, { left:get(1), left:get(2) })
        end
    end)

    it("takes more ages than it has room for at first", function()
        local strengths, ages = {}, {}
        for i = 1, 3000 do strengths[i], ages[i] = 8, i % 3 end
        local got = after(strengths, ages, half)
        for i = 1, 3000 do assert.equal(8 / 2 ^ (i % 3), got[i]) end
    end)

    it("knows each curve by its name", function()
        local left = after({ 8 }, { 5 }, { curve = "exponential", tau = 5 })
        assert.near(8 / math.exp(1), left[1], 1e-6)
        assert.same({ 4 }, after({ 8 }, { 5 }, { curve = "halflife", h = 5 }))
        assert.same({ 4 }, after({ 8 }, { 4 }, { curve = "power", b = .5 }))
        assert.same({ 2 }, after({ 8 }, { 4 }, { curve = "power", a = .5, b = .5 }))
        assert.same({ 4 }, after({ 8 }, { 3 }, { curve = "power1", b = .5 }))
        assert.same({ 2 }, after({ 8 }, { 3 }, { curve = "power1", a = .5, b = .5 }))
    end)

    it("measures the curve in time_unit and ages in age_unit, each a second by default", function()
        local day = 86400
        local function left(age, options)
            options.curve, options.h = "halflife", 7
            return after({ 8 }, { age }, options)[1]
        end
        assert.equal(4, left(7, {}))
        assert.equal(4, left(7 * day, { time_unit = "d" }))
        assert.equal(4, left(7, { time_unit = "d", age_unit = "d" }))
        assert.equal(4, left(7 * day * 1000, { time_unit = "d", age_unit = "ms" }))
        assert.equal(4, left(7 * 24, { time_unit = "d", age_unit = "h" }))
        assert.equal(4, left(7 * 60, { time_unit = "min" }))
        assert.equal(4, left(7 * 60, { time_unit = "m" }))
        assert.equal(4, left(7, { age_unit = 3600, time_unit = "h" }))
        assert.equal(4, left(7, { age_unit = "s", time_unit = 1 }))
    end)

    -- (1 + t)^-.18 after 50 years: 9.6 % with t in hours, 17.1 % in days.
    it("measures power laws in time_unit too", function()
        local seconds = 50 * 365.25 * 86400
        local function left(unit)
            return after({ 1 }, { seconds }, { curve = "power1", b = .18, time_unit = unit })[1]
        end
        assert.near(.096, left "h", .0005)
        assert.near(.171, left "d", .0005)
    end)

    it("keeps all for ever where tau or h is infinite, for all items or for one", function()
        for curve, name in pairs { exponential = "tau", halflife = "h" } do
            for _, value in ipairs { math.huge, { math.huge, math.huge } } do
                local left = decay.decay({ 1, .5 }, { 1, 1e300 }, { curve = curve, [name] = value })
                assert.same({ 1, .5 }, { left:get(1), left:get(2) })
            end
            for _, retention in ipairs { .5, 1 } do
                assert.has_error(function()
                    curves.interval(retention, { curve = curve, [name] = math.huge })
                end, "bad argument #1 to 'interval' (" .. retention ..
                    " or more is left at every age)")
            end
        end
    end)

    it("stops at the floor", function()
        local options = { curve = "halflife", h = 1, floor = 1 }
        assert.same({ 1, .25 }, after({ 8, .25 }, { 9, 9 }, options))
    end)

    it("answers a handle that is stale once the arena was rewound", function()
        local made = decay.decay({ 8 }, { 1 }, half)
        give_back()
        assert.has_error(function() made:get(1) end, "stale: its arena was rewound")
        assert.has_error(function() decay.decay(made, { 1 }, half) end,
            "stale: its arena was rewound")
        assert.has_error(function() decay.decay({ 1 }, made, half) end,
            "stale: its arena was rewound")
    end)

    it("raises an overflow that names the size that fits", function()
        local strengths = {}
        for i = 1, 20000 do strengths[i] = 1 end
        scans.within(scans.arena(2 ^ 16, "error"), function()
            local message = message_of(strengths, strengths, half)
            assert.matches("^arena overflow in 'decay'", message)
            assert.matches("ENGRAM_ARENA_SIZE=128K", message)
        end)
    end)
end)

describe("engram.decay refuses", function()
    before_each(remember)
    after_each(function()
        assert.equal(mark, arena.current():mark())
    end)

    it("a negative age or NaN, by its place, and changes nothing", function()
        local strengths, out = matrix.vector { 8, 8, 8 }, matrix.vector { 5, 5, 5 }
        assert.equal("2: (age 2 is -1: ages count from 0)",
            message_of(strengths, { 0, -1, 2 }, half))
        assert.matches("2: %(age 3 is %-?nan: ages count",
            message_of(strengths, { 0, 1, 0 / 0 }, half))
        assert.equal("2: (age 1 is -0.5: ages count from 0)",
            message_of({ 1, 2, 3 }, matrix.vector { -.5, 0, 1 }, half))
        assert.equal("2: (age 3 is -9: ages count from 0)",
            message_of(strengths, ffi.new("double[?]", 3, { 0, 1, -9 }), half))
        message_of(strengths, { 0, 1, -1 }, { curve = "halflife", h = 1, out = out })
        assert.same({ { 8, 8, 8 }, { 5, 5, 5 } }, { scans.numbers(strengths), scans.numbers(out) })
    end)

    it("another curve's parameters, by name", function()
        assert.equal("3: (halflife takes h, not tau)",
            message_of({ 1 }, { 1 }, { curve = "halflife", tau = 5 }))
        assert.equal("3: (exponential takes tau, not h)",
            message_of({ 1 }, { 1 }, { curve = "exponential", h = 5, tau = 5 }))
        assert.equal("3: (exponential takes tau, not a)",
            message_of({ 1 }, { 1 }, { curve = "exponential", a = 5 }))
        assert.equal("3: (halflife takes h, not b)",
            message_of({ 1 }, { 1 }, { curve = "halflife", h = 1, b = 5 }))
        assert.equal("3: (power takes a and b, not tau)",
            message_of({ 1 }, { 1 }, { curve = "power", b = 1, tau = 5 }))
        assert.equal("3: (power1 takes a and b, not h)",
            message_of({ 1 }, { 1 }, { curve = "power1", b = 1, h = 5 }))
    end)

    it("parameters without sense, and those that are missing", function()
        for _, value in ipairs { 0, -1, 0 / 0, -1 / 0, "1" } do
            for curve, name in pairs { exponential = "tau", halflife = "h" } do
                local expected = name .. ": number above 0 expected, got " .. tostring(value)
                assert.equal("3: (" .. expected .. ")",
                    message_of({ 1 }, { 1 }, { curve = curve, [name] = value }))
            end
        end
        assert.equal("3: (tau: number above 0 expected, got nil)",
            message_of({ 1 }, { 1 }, { curve = "exponential" }))
        assert.equal("3: (b: number from 0 expected, got nil)",
            message_of({ 1 }, { 1 }, { curve = "power" }))
        assert.equal("3: (b: number from 0 expected, got -1)",
            message_of({ 1 }, { 1 }, { curve = "power1", b = -1 }))
        assert.equal("3: (a: number above 0 expected, got 0)",
            message_of({ 1 }, { 1 }, { curve = "power1", a = 0, b = 1 }))
        assert.matches("3: %(floor: number expected, got %-?nan",
            message_of({ 1 }, { 1 }, { curve = "halflife", h = 1, floor = 0 / 0 }))
    end)

    it("words it does not know", function()
        assert.equal("3: (curve: one of 'exponential', 'fsrs', 'halflife', 'memory_chain', " ..
            "'power', 'power1', 'savings1885', 'two_exp', 'wickelgren' expected, got nil)",
            message_of({ 1 }, { 1 }, {}))
        local units = ": 'ms', 's', 'min', 'h', 'd' or a number of seconds expected, got "
        assert.equal("3: (time_unit" .. units .. "days)",
            message_of({ 1 }, { 1 }, { curve = "halflife", h = 1, time_unit = "days" }))
        assert.equal("3: (age_unit" .. units .. "0)",
            message_of({ 1 }, { 1 }, { curve = "halflife", h = 1, age_unit = 0 }))
        assert.equal("3: (unknown option 'half'; known are age_unit, curve, fast, floor, h, " ..
            "out, time_unit)", message_of({ 1 }, { 1 }, { curve = "halflife", half = 1 }))
    end)

    it("lengths that differ", function()
        local strengths = matrix.vector { 1, 2 }
        assert.equal("2: (2 ages expected, as there are strengths, got 3)",
            message_of(strengths, { 1, 2, 3 }, half))
        assert.equal("2: (2 ages expected, as there are strengths, got 1)",
            message_of(strengths, matrix.vector { 1 }, half))
        assert.equal("3: (out: vector of 2 expected, got 3)",
            message_of(strengths, { 1, 2 }, { curve = "halflife", h = 1, out = matrix.vector(3) }))
    end)

    it("what is no vector, no number, no table", function()
        assert.equal("1: (vector or table of numbers expected, got nil)", message_of(nil, {}, half))
        assert.equal("1: (the table holds no number)", message_of({}, {}, half))
        assert.equal("1: (strength 2: number expected, got string)",
            message_of({ 1, "2" }, { 1, 2 }, half))
        assert.equal("2: (age 2: number expected, got boolean)",
            message_of({ 1, 2 }, { 1, true }, half))
        assert.equal("2: (table, vector, double[?] or uint64_t[?] of ages expected, got number)",
            message_of({ 1 }, 1, half))
        assert.equal("2: (table, vector, double[?] or uint64_t[?] of ages expected, got float[1])",
            message_of({ 1 }, ffi.new "float[1]", half))
        assert.equal("2: (table, vector, double[?] or uint64_t[?] of ages expected, got " ..
            "int64_t[2])",
            message_of({ 1, 1 }, ffi.new "int64_t[2]", half))
        assert.equal("2: (2 ages expected, as there are strengths, got 1)",
            message_of({ 1, 1 }, ffi.new "double[1]", half))
        assert.equal("3: (table of options expected, got nil)", message_of({ 1 }, { 1 }))
        assert.equal("3: (out: vector expected, got table)",
            message_of({ 1 }, { 1 }, { curve = "halflife", h = 1, out = {} }))
    end)

    it("to write where it must not", function()
        local frozen = matrix.matrix { { 1, 2 } }:freeze()
        local strengths = frozen:row(1)
        assert.equal("1: (strengths of a frozen matrix can not be changed)",
            message_of(strengths, { 1, 2 }, half))
        assert.equal("3: (out of a frozen matrix can not be changed)",
            message_of({ 1, 2 }, { 1, 2 }, { curve = "halflife", h = 1, out = strengths }))
        local ages = matrix.vector { 1, 2 }
        assert.equal("3: (out lies over a part of strengths, ages or parameters)",
            message_of({ 1, 2 }, ages, { curve = "halflife", h = 1, out = ages }))
    end)

    it("with the caller's line", function()
        local calls = {
            function() decay.decay(nil, {}, half) end,
            function() decay.decay({ 1 }, { -1 }, half) end,
            function() decay.decay({ 1 }, { "x" }, half) end,
            function() decay.decay({ 1 }, { 1, 2 }, half) end,
            function() decay.decay({ 1 }, 1, half) end,
            function() decay.decay({ "x" }, { 1 }, half) end,
            function() decay.decay({ 1 }, { 1 }, {}) end,
            function() decay.decay({ 1 }, { 1 }, { curve = "halflife", tau = 1 }) end,
            function() decay.decay({ 1 }, { 1 }, { curve = "halflife" }) end,
            function() decay.decay({ 1 }, { 1 }, { curve = "halflife", h = 1, floor = "x" }) end,
            function() decay.decay({ 1 }, { 1 }, { curve = "halflife", h = 1, age_unit = "x" }) end,
            function() decay.decay({ 1 }, { 1 }, { curve = "halflife", h = 1, out = 1 }) end,
            function() decay.decay({ 1 }, { 1 }, { halflife = 1 }) end,
        }
        for _, call in ipairs(calls) do
            local _, message = xpcall(call, function(text) return text end)
            local line = debug.getinfo(call, "S").linedefined
            assert.matches("decay_spec%.lua:" .. line .. ": bad argument", message)
        end
    end)
end)

describe("a loop around engram.decay", function()
    local function watch(event)
        local mine = arena.current()
        local at = mine:mark()
        local compiled, refusal = trace.watch(function()
            for _ = 1, 20 do
                event()
                mine:rewind(at)
            end
        end)
        assert.is_nil(refusal)
        assert.is_true(compiled > 0)
    end

    it("compiles in place, with ages of every kind", function()
        local strengths = matrix.vector(13)
        for _, ages in ipairs { matrix.vector(13), ffi.new("double[?]", 13),
            ffi.new("uint64_t[?]", 13) } do
            for i = 1, 13 do strengths:set(i, i) end
            watch(function() decay.decay(strengths, ages, half) end)
            for i = 1, 13 do assert.equal(i, strengths:get(i)) end
        end
    end)

    it("compiles into out, and from tables", function()
        local out, options = matrix.vector(2), { curve = "power1", b = .5, time_unit = "h" }
        watch(function() decay.decay({ 1, 2 }, { 0, 10800 }, options) end)
        options.out = out
        watch(function() decay.decay({ 1, 2 }, { 0, 10800 }, options) end)
        assert.same({ 1, 1 }, scans.numbers(out))
    end)

    it("holds nothing alive", function()
        collectgarbage()
        collectgarbage()
        local before = C.eg_live_objects()
        decay.decay(matrix.vector { 1, 2 }, { 1, 2 }, half)
        collectgarbage()
        collectgarbage()
        assert.equal(before, C.eg_live_objects())
    end)
end)
