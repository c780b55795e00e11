-- eg_fsrs_review by hand: each version's rules in plain Lua, what C itself refuses, the scratch.

local ffi = require "ffi"
local C = require "engram.c"
local engram = require "engram"
local random = require "spec.support.random"

local nan = 0 / 0

-- The rules of the wiki, written from there: S, D, R at the review.
local plain = {}

function plain.left(model, s, days)
    local power = model.version == 4 and 1 or model.version < 6 and .5 or model.weights[21]
    return (1 + (.9 ^ (-1 / power) - 1) * days / s) ^ -power
end

function plain.difficulty(model, d, g)
    local w = model.weights
    if model.version < 5 then
        d = w[8] * w[5] + (1 - w[8]) * (d - w[7] * (g - 3))
    else
        local easy = w[5] - math.exp(3 * w[6]) + 1
        d = w[8] * easy + (1 - w[8]) * (d - w[7] * (g - 3) * (10 - d) / 9)
    end
    return math.max(1, math.min(10, d))
end

function plain.stability(model, s, d, g, days)
    local w, version = model.weights, model.version
    local exp = math.exp
    if days < 1 and version >= 5 then
        local change = exp(w[18] * (g - 3 + w[19])) * (version == 6 and s ^ -w[20] or 1)
        if version == 6 and g > 1 and change < 1 then change = 1 end
        return s * change
    end
    local r = plain.left(model, s, days)
    if g == 1 then
        local lapse = w[12] / d ^ w[13] * ((s + 1) ^ w[14] - 1) * exp(w[15] * (1 - r))
        local cap = version == 4 and 1 / 0 or version == 4.5 and s or s / exp(w[18] * w[19])
        return math.min(lapse, cap)
    end
    return s + s ^ (1 - w[10]) * exp(w[9]) * (11 - d) * (exp(w[11] * (1 - r)) - 1) *
        (g == 2 and w[16] or g == 4 and w[17] or 1)
end

local function review(model, s, d, grade, days, count)
    local cells = ffi.new("double[4]", grade, days, s, d)
    local reviews = ffi.new("eg_reviews", count or 1, cells + 0, cells + 1, cells + 2, cells + 3)
    local status = C.eg_fsrs_review(engram.arena(), model, reviews)
    return status, cells[2], cells[3]
end

local function message(version, case, data)
    return ("version %g: %s %s"):format(version, table.concat(case, " "), data.hint)
end

describe("eg_fsrs_review", function()
    -- pow and exp of libm on both sides, in another order: a few last bits, and those of
    -- R near 1, where e^(w10 (1 - R)) - 1 loses them in the plain version.
    it("follows the rules of each version (relative 1e-11)", function()
        local data = random.new(83)
        for _, version in ipairs { 4, 4.5, 5, 6 } do
            local model = engram.fsrs { version = version }
            for _ = 1, 2000 do
                local s = 10 ^ (5 * data:uniform() - 2.5)
                local d, g = 1 + 9 * data:uniform(), data:whole(1, 4)
                local days = data:uniform() < .3 and data:uniform() or 10 ^ (4 * data:uniform())
                local hint = message(version, { s, d, g, days }, data)
                local status, got_s, got_d = review(model.model, s, d, g, days)
                assert.equal(C.EG_OK, status, hint)
                local expected = plain.stability(model, s, d, g, days)
                expected = math.max(.001, math.min(36500, expected))
                assert.near(1, got_s / expected, 1e-11, hint)
                assert.near(plain.difficulty(model, d, g), got_d, 1e-12, hint)
            end
        end
    end)

    it("starts with w[g - 1] and D0(g)", function()
        for _, version in ipairs { 4, 4.5, 5, 6 } do
            local model = engram.fsrs { version = version }
            local w = model.weights
            for g = 1, 4 do
                local status, s, d = review(model.model, 0, 0, g, 0)
                local first = version < 5 and w[5] - w[6] * (g - 3)
                    or w[5] - math.exp(w[6] * (g - 1)) + 1
                assert.equal(C.EG_OK, status)
                assert.equal(w[g], s)
                assert.near(math.max(1, math.min(10, first)), d, 1e-14)
            end
        end
    end)

    it("has no cap of a lapse in 4, S itself in 4.5", function()
        local weights = engram.fsrs({ version = 4.5 }).weights
        local four = engram.fsrs { version = 4, weights = weights }
        local later = engram.fsrs { version = 4.5 }
        assert.is_true(select(2, review(four.model, .05, 1, 1, 300)) > .05)
        assert.equal(.05, (select(2, review(later.model, .05, 1, 1, 300))))
        later.model.weights[17], later.model.weights[18] = 1, 1 -- none of its 17
        assert.equal(.05, (select(2, review(later.model, .05, 1, 1, 300))))
    end)

    it("answers EG_INVALID for a model that is none, and touches nothing", function()
        local function of(version, change)
            local model = ffi.new("eg_fsrs", version)
            for i, w in ipairs(engram.fsrs({ version = 6 }).weights) do model.weights[i - 1] = w end
            if change then change(model.weights) end
            return model
        end
        assert.equal(C.EG_OK, (review(of(6), 5, 5, 3, 1)))
        for _, model in ipairs {
            of(3), of(7), of(nan), of(6, function(w) w[8] = nan end),
            of(6, function(w) w[0] = 0 end), of(6, function(w) w[20] = 0 end),
            of(4, function(w) w[16] = 1 / 0 end),
        } do
            assert.same({ C.EG_INVALID, 5, 5 }, { review(model, 5, 5, 3, 1) })
            assert.is_true(C.eg_fsrs_decay(model) ~= C.eg_fsrs_decay(model))
        end
        assert.equal(C.EG_OK, (review(of(5, function(w) w[20] = nan end), 5, 5, 3, 1)))
    end)

    it("answers EG_INVALID without arrays, and EG_OK for no reviews", function()
        local model = engram.fsrs().model
        local cells = ffi.new "double[4]"
        local function ask(...)
            return C.eg_fsrs_review(engram.arena(), model, ffi.new("eg_reviews", ...))
        end
        assert.equal(C.EG_OK, ask(0, nil, nil, nil, nil))
        for i = 1, 4 do
            local columns = { cells, cells, cells, cells + 1 }
            columns[i] = false
            for k = 1, 4 do columns[k] = columns[k] or ffi.cast("double *", nil) end
            assert.equal(C.EG_INVALID, ask(1, unpack(columns)))
        end
        assert.equal(C.EG_INVALID, ask(1, cells, cells, cells, cells))
    end)

    it("answers EG_OVERFLOW in an arena that is too small, and touches nothing", function()
        local small = ffi.gc(C.eg_arena_new(65536, C.EG_ERROR, 0, 0), C.eg_arena_free)
        local model = engram.fsrs().model
        local function ask(n)
            local cells = ffi.new("double[?]", 4 * n)
            for i = 0, 4 * n - 1 do cells[i] = 3 end
            local reviews = ffi.new("eg_reviews", n, cells + 0, cells + n, cells + 2 * n,
                cells + 3 * n)
            local status = C.eg_fsrs_review(small, model, reviews)
            return status, cells[2 * n]
        end
        local ok, changed = ask(4000) -- 16 bytes of scratch each
        assert.equal(C.EG_OK, ok)
        assert.is_true(changed ~= 3)
        assert.same({ C.EG_OVERFLOW, 3 }, { ask(4200) })
        assert.equal(0, C.eg_arena_mark(small))
    end)
end)
