-- The sums of i8: exact, so the same on every instruction set, for any width.

local ffi = require "ffi"
local arena = require "engram.arena"
local matrix = require "engram.matrix"
local similarity = require "engram.similarity"
local random = require "spec.support.random"
local scans = require "spec.support.scans"

local function scores_of(query, m, options)
    return scans.numbers(similarity.similarity(query, m, options))
end

describe("i8", function()
    local mark
    before_each(function() mark = arena.current():mark() end)
    after_each(function() arena.current():rewind(mark) end)

    it("gives the same bits on every instruction set", function()
        local data = random.new(101)
        for _, dims in ipairs { 1, 5, 63, 64, 65, 100, 127, 128, 129, 768, 1000 } do
            for _, rows in ipairs { 1, 2, 3, 4, 5, 7, 64, 65, 67 } do
                local m = matrix.matrix(rows, dims, { type = "i8" })
                local cells = m:data()
                for i = 0, rows - 1 do
                    for j = 0, dims - 1 do cells[i * m.stride + j] = data:whole(-127, 127) end
                end
                for i = 1, rows do m:set(i, 1, data:normal()) end
                local query, expected = data:list(dims, data.normal), {}
                scans.on_every(function()
                    for _, metric in ipairs(scans.metrics) do
                        local got = scores_of(query, m, { metric = metric })
                        expected[metric] = expected[metric] or got
                        assert.same(expected[metric], got, data.hint)
                    end
                end)
            end
        end
    end)

    -- Every partial sum is as large as it can be, across the pieces that are added in 32 bits.
    it("does not overflow in a long row", function()
        for _, dims in ipairs { 1024, 1025, 8192, 8256, 16640, 65536, 65600,
            140001 } do
            local m, query = matrix.matrix(5, dims), ffi.new("float[?]", dims)
            local vector = matrix.vector(dims)
            for j = 1, dims do
                vector:set(j, 1)
                m:set(1, j, 1)
                m:set(2, j, -1)
                m:set(3, j, j % 2 == 0 and 1 or -1)
                m:set(4, j, j <= dims / 2 and 1 or 0)
                query[j - 1] = 1
            end
            local small = m:convert "i8"
            scans.on_every(function()
                local scores = scores_of(vector, small, { metric = "dot" })
                assert.near(dims, scores[1], dims * 1e-7)
                assert.near(-dims, scores[2], dims * 1e-7)
                assert.near(dims % 2 == 0 and 0 or -1, scores[3], 1e-7)
                assert.near(math.floor(dims / 2), scores[4], dims * 1e-7)
                assert.equal(0, scores[5])
                assert.same({ 1, -1 }, { unpack(scores_of(vector, small), 1, 2) })
            end)
        end
    end)

    it("takes any byte that a pointer puts there, -128 too", function()
        local m = matrix.matrix({ { 127, 1 }, { 127, 127 } }, { type = "i8" })
        local cells = m:data()
        cells[m.stride], cells[m.stride + 1] = -128, -128
        scans.on_every(function()
            assert.near(-256, scores_of({ 1, 1 }, m, { metric = "dot" })[2], 1e-4)
            assert.near(-1, scores_of({ 1, 1 }, m)[2], 1e-6)
        end)
    end)

    it("finds the distance of a vector to itself, and of its neighbours", function()
        local data = random.new(102)
        for _, dims in ipairs { 1, 33, 768 } do
            local m = matrix.matrix(data:lists(3, dims, data.normal), { type = "i8" })
            scans.on_every(function()
                local scores = scores_of(m:row(2), m, { metric = "l2" })
                local length = math.sqrt(scores_of(m:row(2), m, { metric = "dot" })[2])
                assert.is_true(scores[2] <= length * 2e-7, scores[2] .. " " .. data.hint)
                assert.is_true(scores[1] > 0 and scores[3] > 0)
            end)
        end
    end)
end)
