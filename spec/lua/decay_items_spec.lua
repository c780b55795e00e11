-- engram.decay with parameters of each item, fast, and the stop of a run in its middle.

local ffi = require "ffi"
local arena = require "engram.arena"
local child = require "spec.support.child"
local curves = require "engram.curves"
local decay = require "engram.decay"
local matrix = require "engram.matrix"
local scans = require "spec.support.scans"
local trace = require "spec.support.trace"

local vector = matrix.vector

local function after(strengths, ages, options)
    return scans.numbers(decay.decay(strengths, ages, options))
end

local function message_of(...)
    local worked, message = pcall(decay.decay, ...)
    assert.is_false(worked)
    return (message:gsub("^bad argument ", ""):gsub("^#(%d) to 'decay' ", "%1: "))
end

describe("a parameter of engram.decay", function()
    local mark
    before_each(function() mark = arena.current():mark() end)
    after_each(function() arena.current():rewind(mark) end)

    it("may be a table or a vector with a number for each strength", function()
        for _, h in ipairs { { 1, 2, 4 }, vector { 1, 2, 4 } } do
            for _, ages in ipairs { { 4, 4, 4 }, vector { 4, 4, 4 },
                ffi.new("uint64_t[?]", 3, { 4, 4, 4 }) } do
                assert.same({ .5, 2, 4 }, after({ 8, 8, 8 }, ages, { curve = "halflife", h = h }))
            end
        end
    end)

    it("may be one of several such, tables and vectors mixed, in any order", function()
        local expected = { 4, 1, 8 / 9 }
        local list = { { 1, .5, 1 }, { .5, 1, 2 } }
        for a = 1, 2 do
            for b = 1, 2 do
                local options = { curve = "power1", a = a == 1 and list[1] or vector(list[1]),
                    b = b == 1 and list[2] or vector(list[2]) }
                for i, x in ipairs(after({ 8, 8, 8 }, { 3, 3, 2 }, options)) do
                    assert.near(expected[i], x, 1e-6)
                end
            end
        end
    end)

    it("is the same for each curve as the curve with that one number", function()
        local shapes = {
            { curve = "exponential", tau = 3 }, { curve = "halflife", h = 3 },
            { curve = "power", a = .8, b = .3 }, { curve = "power1", a = .8, b = .3 },
            { curve = "savings1885", k = 1.7, c = 1.2 },
            { curve = "wickelgren", lambda = .9, beta = .3, psi = .4 },
            { curve = "two_exp", a = .9, w = .6, tau1 = 1.15, tau2 = 28, c = .05 },
            { curve = "memory_chain", mu1 = 2, mu2 = .1, a1 = .5, a2 = .01 },
            { curve = "fsrs", s = 3, decay = .5 },
        }
        for _, shape in ipairs(shapes) do
            local plain = after({ 1, 2, 3 }, { 1, 5, 9 }, shape)
            for key, value in pairs(shape) do
                if key ~= "curve" then
                    local one = {}
                    for each, x in pairs(shape) do one[each] = x end
                    one[key] = { value, value, value }
                    for i, x in ipairs(after({ 1, 2, 3 }, { 1, 5, 9 }, one)) do
                        assert.near(plain[i], x, plain[i] * 3e-7, shape.curve .. " " .. key)
                    end
                end
            end
        end
    end)

    it("is forgotten by the next call", function()
        decay.decay({ 8, 8 }, { 1, 1 }, { curve = "power1", a = { 1, 1 }, b = { 2, 2 } })
        assert.same({ 4 }, after({ 8 }, { 1 }, { curve = "halflife", h = 1 }))
        assert.same({ 4, 2 }, after({ 8, 8 }, { 1, 3 }, { curve = "power1", b = 1 }))
    end)

    it("is refused by its place", function()
        local ones = { 1, 1, 1 }
        local function with(h) return message_of(ones, ones, { curve = "halflife", h = h }) end
        assert.equal("3: (h: item 2 is 0: number above 0 expected)", with { 1, 0, 1 })
        assert.equal("3: (h: item 3 is -2: number above 0 expected)", with(vector { 1, 1, -2 }))
        assert.matches("3: %(h: item 1 is %-?nan: number above 0 expected", with { 0 / 0, 1, 1 })
        assert.equal("3: (h: item 2: number expected, got string)", with { 1, "2", 3 })
        local length = "3: (h: 3 numbers expected, as there are strengths, got 2)"
        assert.equal(length, with { 1, 2 })
        assert.equal(length, with(vector { 1, 2 }))
        assert.equal("3: (b: item 1 is -1: number from 0 expected)",
            message_of(ones, ones, { curve = "power", b = { -1, 1, 1 } }))
        assert.equal("3: (w: item 1 is 1.5: number from 0 to 1 expected)", message_of(ones, ones,
            { curve = "two_exp", w = { 1.5, 1, 1 }, tau1 = 1, tau2 = vector { 1, 1, 1 } }))
        assert.equal("3: (h: number above 0 expected, got nil)", with(nil))
        assert.equal("3: (h: number above 0 expected, got double[3])", with(ffi.new "double[3]"))
        local shared = vector { 1, 1, 1 }
        assert.equal("3: (out lies over a part of strengths, ages or parameters)",
            message_of(ones, ones, { curve = "halflife", h = shared, out = shared }))
        assert.matches("#2 to 'interval' %(h: number above 0 expected, got table",
            select(2, pcall(curves.interval, .5, { curve = "halflife", h = { 1 } })))
    end)

    it("is refused with the caller's line, and nothing has changed", function()
        local strengths = vector { 8, 8 }
        for _, h in ipairs { { 1, 0 }, { 1, "x" }, { 1 }, vector { 1 }, vector { 0, 1 } } do
            local options = { curve = "halflife", h = h }
            local function call() decay.decay(strengths, { 1, 1 }, options) end
            local _, message = xpcall(call, function(text) return text end)
            local line = debug.getinfo(call, "S").linedefined
            assert.matches("decay_items_spec%.lua:" .. line .. ": bad argument", message)
            assert.same({ 8, 8 }, scans.numbers(strengths))
        end
    end)

    it("is refused when it is stale", function()
        local gone = arena.current():floats(1)
        arena.current():rewind(mark)
        assert.has_error(function()
            decay.decay({ 1 }, { 1 }, { curve = "halflife", h = gone })
        end, "stale: its arena was rewound")
    end)

    it("compiles as a vector", function()
        local strengths, ages = vector(13), vector(13)
        local options = { curve = "halflife", h = vector(13), fast = true }
        for i = 1, 13 do
            strengths:set(i, i)
            options.h:set(i, i)
        end
        local compiled, refusal = trace.watch(function()
            for _ = 1, 20 do decay.decay(strengths, ages, options) end
        end)
        assert.is_nil(refusal)
        assert.is_true(compiled > 0)
        for i = 1, 13 do assert.equal(i, strengths:get(i)) end
    end)
end)

describe("fast of engram.decay", function()
    it("is within its bound, and a boolean", function()
        arena.current():scope(function()
            local got = decay.decay({ 1 }, { 50 }, { curve = "exponential", tau = 1, fast = true })
            assert.near(1, got:get(1) / math.exp(-50), 3e-7 + 1.3e-7 * 50)
        end)
        assert.equal("3: (fast: true or false expected, got 1)",
            message_of({ 1 }, { 1 }, { curve = "halflife", h = 1, fast = 1 }))
        assert.matches("fast has no meaning here", select(2, pcall(curves.interval, .5,
            { curve = "halflife", h = 1, fast = true })))
    end)
end)

-- One thread decays 16 million items of the slowest curve; the other waits until the first of
-- them is written, then interrupts the run.
local long_decay = [[
    local ffi = require "ffi"
    local C = require "engram.c"
    local count = 2 ^ 24
    ffi.cdef "void *calloc(size_t, size_t); void free(void *);"

    local function memory(address) return ffi.cast("float *", address) end
    local function take() return tonumber(ffi.cast("intptr_t", ffi.C.calloc(count, 4))) end

    local function decay(thread)
        local request = ffi.new "eg_curve_options"
        local items, ones = request.items, memory(thread.shared.ones)
        for i = 0, count - 1 do ones[i] = 1 end
        items.curve, items.age_type, items.ages = C.EG_MEMORY_CHAIN, C.EG_AGE_F32, ones
        items.count, items.age_scale, items.floor = count, 1, -math.huge
        items.a, items.b, request.c, request.d = 2, .1, .5, .01
        local out = memory(thread.shared.out)
        local status = C.eg_decay_by_curve(thread.arena, request, ones, out)
        local done = 0
        while done < count and out[done] ~= 0 do done = done + 1 end
        local rest = done
        while rest < count and out[rest] == 0 do rest = rest + 1 end
        io.stdout:write(("%d %d %d\n"):format(status, done, rest))
    end

    local function wait(thread)
        local first = memory(thread.shared.out)
        while first[0] == 0 do C.eg_clock_ns() end
        io.popen("kill -INT $PPID"):close() -- os.execute would ignore the signal
    end
    jit.off(wait) -- a compiled loop would read it once

    return {
        setup = function() return { ones = take(), out = take() } end,
        event = function(thread, i)
            if i == 1 then decay(thread) elseif i == 2 then wait(thread) end
        end,
    }
]]

describe("a run that is interrupted while it decays", function()
    it("stops at 65,536 items or a multiple, long before the end", function()
        local program = (os.getenv "ENGRAM_BUILD" or "build") .. "/bin/engram"
        child.with_file(long_decay, function(path)
            local _, out, err = child.run(program .. " run - -t 2 -n 2 -q < " .. path)
            local status, done, rest = out:match "(%d+) (%d+) (%d+)"
            assert.truthy(status, out .. err)
            assert.equal(tonumber(require("engram.c").EG_STOPPED), tonumber(status))
            assert.is_true(tonumber(done) > 0 and tonumber(done) < 2 ^ 24, done)
            assert.equal(0, done % 65536)
            assert.equal(2 ^ 24, tonumber(rest))
        end)
    end)
end)
