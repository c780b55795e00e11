-- The C entries of the curves that libm alone computes: the contract they share with
-- eg_decay. Their values are held against golden numbers in spec/lua/curves_spec.lua.

local ffi = require "ffi"
local C = require "engram.c"

local ok, invalid = tonumber(C.EG_OK), tonumber(C.EG_INVALID)

-- Options of a curve over these ages, with parameters that are good.
local function options_of(curve, ages)
    local options = ffi.new "eg_curve_options"
    local items = options.items
    items.curve, items.age_type = curve, C.EG_AGE_F64
    items.ages, items.count = ages, 3
    items.age_scale, items.a, items.b, items.floor = 1, 1.5, 0.5, -math.huge
    options.c, options.d, options.e = 0.7, 2.5, 0
    return options
end

describe("eg_decay_by_curve", function()
    local arena, ages, strengths, out

    before_each(function()
        arena = ffi.gc(C.eg_arena_new(65536, C.EG_ERROR, 0, 0), C.eg_arena_free)
        ages, strengths = ffi.new("double[3]", 1, 2, 3), ffi.new("float[3]", 1, 2, -1)
        out = ffi.new("float[4]", 7, 7, 7, 7)
    end)

    local curves = { C.EG_SAVINGS1885, C.EG_WICKELGREN, C.EG_TWO_EXP, C.EG_MEMORY_CHAIN, C.EG_FSRS }
    for _, curve in ipairs(curves) do
        local name = "of curve " .. tonumber(curve)

        it("is retention times strength, item by item, and writes no further, " .. name, function()
            local options = options_of(curve, ages)
            assert.equal(ok, C.eg_decay_by_curve(arena, options, strengths, out))
            for i = 0, 2 do
                local expected = ffi.new("float", strengths[i] * C.eg_retention(options, ages[i]))
                assert.equal(tonumber(expected), out[i])
            end
            assert.equal(7, out[3])
        end)

        it("leaves outputs and arena alone when it refuses, " .. name, function()
            local function refuses(change)
                local options = options_of(curve, ages)
                change(options.items, options)
                assert.equal(invalid, C.eg_decay_by_curve(arena, options, strengths, out))
                for i = 0, 3 do assert.equal(7, out[i]) end
                assert.equal(0, C.eg_arena_mark(arena))
            end
            refuses(function(items) items.a = 0 / 0 end)
            refuses(function(items) items.age_type = 9 end)
            refuses(function(items) items.age_scale = 0 end)
            refuses(function(items) items.floor = 0 / 0 end)
            refuses(function(items) items.curve = 99 end)
            refuses(function() ages[2] = -1 end)
        end)
    end

    it("works in place, and on nothing", function()
        local options = options_of(C.EG_WICKELGREN, ages)
        C.eg_decay_by_curve(arena, options, strengths, out)
        assert.equal(ok, C.eg_decay_by_curve(arena, options, strengths, strengths))
        for i = 0, 2 do assert.equal(out[i], strengths[i]) end
        options.items.count = 0
        assert.equal(ok, C.eg_decay_by_curve(arena, options, strengths, out))
    end)
end)
