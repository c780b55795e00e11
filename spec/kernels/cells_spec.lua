-- What each type of a matrix keeps of a number: every bit pattern, every rounding,
-- and the error that a conversion states.

local ffi = require "ffi"
local C = require "engram.c"
local matrix = require "engram.matrix"
local oracle = require "spec.support.oracle"
local random = require "spec.support.random"
local scans = require "spec.support.scans"

local inf, nan = math.huge, 0 / 0

-- The number that 16 bits stand for, by the definition of such formats: so many bits of
-- exponent and fraction below the sign.
local function number_of(bits, exponent_bits, fraction_bits)
    local sign = bits >= 2 ^ 15 and -1 or 1
    local exponent = math.floor(bits % 2 ^ 15 / 2 ^ fraction_bits)
    local fraction = bits % 2 ^ fraction_bits
    local bias = 2 ^ (exponent_bits - 1) - 1
    if exponent == 2 ^ exponent_bits - 1 then return fraction == 0 and sign * inf or nan end
    if exponent == 0 then return sign * fraction * 2 ^ (1 - bias - fraction_bits) end
    return sign * (1 + fraction / 2 ^ fraction_bits) * 2 ^ (exponent - bias)
end

local formats = { f16 = { 5, 10 }, bf16 = { 8, 7 } }

-- Bits of the half nearest to a number at least 0, ties to the even pattern: by search.
local function nearest_bits(x, format)
    local infinity = (2 ^ format[1] - 1) * 2 ^ format[2]
    local low, high = 0, infinity
    while high - low > 1 do
        local middle = math.floor((low + high) / 2)
        if number_of(middle, format[1], format[2]) <= x then low = middle else high = middle end
    end
    local below, above = number_of(low, format[1], format[2]), number_of(high, format[1], format[2])
    -- Beyond the last finite one the next in line decides, as if there were one.
    if above == inf then above = 2 * below - number_of(low - 1, format[1], format[2]) end
    if x - below < above - x then return low end
    if x - below > above - x then return high end
    return low % 2 == 0 and low or high
end

local function bits_in(m, i, j)
    return m:data()[(i - 1) * m.stride + j - 1]
end

local function with(x, kind)
    local m = matrix.matrix(1, 3, { type = kind })
    m:set(1, 2, x)
    return m
end

describe("halves", function()
    for kind, format in pairs(formats) do
        it("of " .. kind .. " mean what their bits say, all 65,536 of them", function()
            local m = matrix.matrix(256, 256, { type = kind })
            local cells = m:data()
            for i = 0, 255 do
                for j = 0, 255 do cells[i * m.stride + j] = i * 256 + j end
            end
            local floats = m:convert "f32"
            local back = floats:convert(kind)
            for i = 1, 256 do
                for j = 1, 256 do
                    local bits = (i - 1) * 256 + j - 1
                    local x = number_of(bits, format[1], format[2])
                    if bits == 2 ^ 15 then x = oracle.minus_zero end
                    assert(scans.same(x, m:get(i, j)), bits)
                    assert(scans.same(x, floats:get(i, j)), bits)
                    assert(x ~= x or bits_in(back, i, j) == bits, bits)
                    assert(x == x or back:get(i, j) ~= back:get(i, j), bits)
                end
            end
        end)

        it("of " .. kind .. " are the nearest, ties to even", function()
            local data = random.new(81)
            local function check(x)
                x = oracle.rounded(x)
                if x < 3e38 then
                    local expected = nearest_bits(x, format)
                    local got = bits_in(with(x, kind), 1, 2)
                    assert(expected == got, ("%.17g: %d, got %d; %s"):format(x, expected, got,
                        data.hint))
                    assert(bits_in(with(-x, kind), 1, 2) == (expected + 2 ^ 15) % 2 ^ 16, x)
                end
            end
            for _ = 1, 2000 do check(math.abs(data:normal()) * 2 ^ data:whole(-30, 20)) end
            for _ = 1, 300 do check(math.abs(data:normal()) * 2 ^ data:whole(-149, 127)) end
            for _ = 1, 1000 do -- halfway between two neighbours, and a float beside it
                local low = data:whole(0, 2 ^ 15 - 2 ^ format[2] * 2)
                local x = (number_of(low, format[1], format[2]) +
                    number_of(low + 1, format[1], format[2])) / 2
                check(x)
                check(x * (1 + 2 ^ -23))
                check(x * (1 - 2 ^ -24))
            end
            for _, x in ipairs { 0, 2 ^ -149, 2 ^ -25, 2 ^ -24, 65503.99, 65504, 65519, 65520 } do
                check(x)
            end
        end)
    end

    it("overflow to infinity, and keep NaN and infinities", function()
        assert.equal(0x7bff, bits_in(with(65519.996, "f16"), 1, 2))
        assert.equal(0x7c00, bits_in(with(65520, "f16"), 1, 2))
        assert.equal(0xfc00, bits_in(with(-1e30, "f16"), 1, 2))
        assert.equal(0x7f80, bits_in(with(3.4028234e38, "bf16"), 1, 2))
        assert.equal(0x7f7f, bits_in(with(3.39e38, "bf16"), 1, 2))
        for _, kind in ipairs { "f16", "bf16" } do
            assert.equal(inf, with(inf, kind):get(1, 2))
            assert.equal(-inf, with(-inf, kind):get(1, 2))
            local x = with(nan, kind):get(1, 2)
            assert.is_true(x ~= x)
        end
    end)

    -- A NaN whose payload lies in the bits that are cut off must not become infinite.
    it("keep every NaN", function()
        local m = matrix.matrix(1, 1)
        local bits = ffi.cast("uint32_t *", m.cells)
        for _, pattern in ipairs { 0x7f800001, 0xff800001, 0x7fc00000, 0x7fffffff, 0x7f80ffff } do
            bits[0] = pattern
            for _, kind in ipairs { "f16", "bf16", "i8" } do
                local x = m:convert(kind):get(1, 1)
                assert.is_true(x ~= x, kind)
            end
        end
    end)
end)

describe("i8", function()
    it("is whole steps of 1/127 of the row's largest, to nearest, ties to even", function()
        local m = matrix.matrix({ { 127, -127, 1, 0.5, 1.5, 2.5, -0.5, -1.5, 0.49 },
            { 0, 0, 0, 0, 0, 0, 0, 0, 0 } }, { type = "i8" })
        local expected = { 127, -127, 1, 0, 2, 2, 0, -2, 0 }
        for j = 1, 9 do
            assert.equal(expected[j], bits_in(m, 1, j))
            assert.equal(expected[j], m:get(1, j))
            assert.equal(0, m:get(2, j))
        end
        assert.equal(1, m:step(1))
        assert.equal(0, m:step(2))
    end)

    it("is within half a step of every number, of any size", function()
        local data = random.new(82)
        for _, size in ipairs { 1, 1e-45, 1e-40, 1e-20, 1e20, 3e37 } do
            for dims = 1, 300, 13 do
                local lists = data:lists(3, dims, data.normal)
                for _, list in ipairs(lists) do
                    for j = 1, dims do list[j] = list[j] * size end
                end
                local m = matrix.matrix(lists, { type = "i8" })
                for i, list in ipairs(lists) do
                    local most = 0
                    for j = 1, dims do most = math.max(most, math.abs(oracle.rounded(list[j]))) end
                    assert.equal(most / 127, m:step(i), data.hint)
                    for j = 1, dims do
                        local apart = math.abs(m:get(i, j) - oracle.rounded(list[j]))
                        assert.is_true(apart <= most / 254 * (1 + 1e-12), data.hint)
                        assert.is_true(math.abs(bits_in(m, i, j)) <= 127, data.hint)
                    end
                end
            end
        end
    end)

    it("keeps the fact that a row had NaN or an infinity", function()
        for _, bad in ipairs { nan, inf, -inf } do
            local m = matrix.matrix({ { 1, 2, 3 }, { 1, bad, 3 } }, { type = "i8" })
            local set = with(5, "i8")
            set:set(1, 3, bad)
            set:set(1, 1, 1)
            for j = 1, 3 do
                assert.is_true(m:get(1, j) == m:get(1, j))
                assert.is_true(m:get(2, j) ~= m:get(2, j) and set:get(1, j) ~= set:get(1, j))
            end
        end
    end)

    it("takes numbers one by one, and widens its steps for a larger one", function()
        local m = matrix.matrix(2, 4, { type = "i8" })
        m:set(2, 1, 1)
        assert.equal(1, m:get(2, 1))
        m:set(2, 2, -0.25)
        assert.near(-0.25, m:get(2, 2), 0.5 / 127)
        m:set(2, 3, -10)
        assert.equal(10 / 127, m:step(2))
        assert.near(-10, m:get(2, 3), 1e-12)
        assert.near(1, m:get(2, 1), 10 / 127 / 2)
        assert.near(-0.25, m:get(2, 2), 10 / 127)
        for j = 1, 4 do assert.equal(0, m:get(1, j)) end
    end)
end)

describe("bits", function()
    it("say what is above 0, the first in the lowest bit", function()
        local m = matrix.matrix({ { 1, 0, -1, 2, nan, oracle.minus_zero, 1e-45, -inf, inf, 0 } },
            { type = "bits" })
        assert.equal(1 + 8 + 64, m:data()[0])
        assert.equal(1, m:data()[1])
        assert.same({ 1, 0, 0, 1, 0, 0, 1, 0, 1, 0 }, scans.numbers(m:row(1)))
    end)

    it("are set and cleared one by one, beside their neighbours", function()
        local m = matrix.matrix(2, 19, { type = "bits" })
        for j = 1, 19 do m:set(2, j, 1) end
        m:set(2, 10, 0)
        for j = 1, 19 do
            assert.equal(j == 10 and 0 or 1, m:get(2, j))
            assert.equal(0, m:get(1, j))
        end
        assert.equal(7, m:data()[m.stride + 2])
    end)
end)

describe("a conversion", function()
    local kinds = { "f32", "f16", "bf16", "i8", "bits" }

    it("states exactly how far it is off at most", function()
        local data = random.new(83)
        for dims = 1, 520, 37 do
            local m = matrix.matrix(data:lists(4, dims, data.normal))
            for _, kind in ipairs(kinds) do
                local made, stated = m:convert(kind)
                local floats = made:convert "f32"
                local most = 0
                for i = 1, 4 do
                    for j = 1, dims do
                        most = math.max(most, math.abs(floats:get(i, j) - m:get(i, j)))
                    end
                end
                assert.equal(most, stated, kind .. ", " .. data.hint)
                assert.equal(kind, made.type)
                assert.is_true(made.rows == 4 and made.dims == dims and made.frozen == 0)
            end
        end
    end)

    it("stays within the bound of its type", function()
        local data = random.new(84)
        local m = matrix.matrix(data:lists(20, 100, data.uniform))
        local bounds = { f32 = 0, f16 = 2 ^ -12, bf16 = 2 ^ -9, i8 = 1 / 254 * (1 + 1e-6) }
        for kind, bound in pairs(bounds) do
            local _, stated = m:convert(kind)
            assert.is_true(stated <= bound and (bound == 0 or stated > bound / 4), kind)
        end
    end)

    it("leaves out what is no number, and tells of what became infinite", function()
        for _, bad in ipairs { nan, inf, -inf } do
            local m = matrix.matrix { { 1, bad }, { 0.5, 1 } }
            assert.equal(0, (select(2, m:convert "f16")))
            assert.equal(0, (select(2, m:convert "bf16")))
            assert.near(0, (select(2, m:convert "i8")), 0.5 / 127)
        end
        assert.equal(inf, (select(2, matrix.matrix({ { 1e6 } }):convert "f16")))
    end)

    it("works from every type to every type, and back without loss", function()
        local data = random.new(85)
        local m = matrix.matrix(data:lists(3, 77, data.normal))
        for _, first in ipairs(kinds) do
            local kept = m:convert(first)
            for _, second in ipairs(kinds) do
                local direct, through = kept:convert(second), kept:convert("f32"):convert(second)
                for i = 1, 3 do
                    for j = 1, 77 do
                        assert.equal(through:get(i, j), direct:get(i, j), first .. second)
                    end
                end
            end
            local again = kept:convert("f32"):convert(first)
            for i = 1, 3 do
                for j = 1, 77 do
                    assert.near(kept:get(i, j), again:get(i, j), first == "i8" and 1e-6 or 0)
                end
            end
        end
    end)

    it("has rows on 64 bytes, padded with zeros", function()
        for _, kind in ipairs(kinds) do
            for _, dims in ipairs { 1, 31, 32, 33, 64, 65, 511, 512, 513 } do
                local ones = {}
                for j = 1, dims do ones[j] = 1 end
                local m = matrix.matrix({ ones, ones }, { type = kind })
                local element = ffi.sizeof(m:data()[0] and ({ f32 = "float", f16 = "uint16_t",
                    bf16 = "uint16_t", i8 = "int8_t", bits = "uint8_t" })[kind])
                assert.equal(0, m.stride * element % 64)
                local used = kind == "bits" and math.ceil(dims / 8) or dims
                assert.is_true(m.stride - used < 64 / element)
                for i = 0, 1 do
                    for j = used, m.stride - 1 do assert.equal(0, m:data()[i * m.stride + j]) end
                end
            end
        end
    end)

    it("is refused without memory or with a type that is none", function()
        assert.is_true(C.eg_matrix_of_type(2 ^ 31, 2 ^ 31, C.EG_BF16) == nil)
        assert.is_true(C.eg_matrix_of_type(2, 2, 5) == nil)
        assert.is_true(C.eg_matrix_of_type(2, 2, -1) == nil)
        assert.is_true(C.eg_matrix_of_type(2, 0, C.EG_BITS) == nil)
        assert.is_true(C.eg_matrix_of_type(2, 2 ^ 32 - 1, C.EG_I8) == nil)
        assert.is_true(C.eg_matrix_convert(nil, C.EG_F16, nil) == nil)
        assert.is_true(C.eg_matrix_convert(matrix.matrix(2, 2), 7, nil) == nil)
    end)
end)
