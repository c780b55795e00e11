-- What is in a value, against a count of the same in plain tables.

local engram = require "engram"
local ffi = require "ffi"
local survey = require "engram.survey"
local trace = require "spec.support.trace"

local function quietly() end

local function near(expected, got)
    assert.is_true(math.abs(expected - got) <= 1e-12 * math.abs(expected), got)
end

describe("a survey of a matrix", function()
    it("finds norms, zero rows, broken rows and duplicates", function()
        local kind, found = survey.of(engram.matrix {
            { 3, 4 }, { 0, 0 }, { 1 / 0, 1 }, { 3, 4 }, { 0, 0 }, { 0 / 0, 0 }, { 6, 8 }, { 3, 4 },
        }, quietly)
        assert.equal("matrix", kind)
        assert.same({ rows = 8, dims = 2, type = "f32", mapped = false,
            norms = { min = 0, min_row = 2, max = 10, max_row = 7, mean = 25 / 6 },
            zero_rows = 2, first_zero_row = 2, broken_rows = 2, first_broken_row = 3,
            duplicate_rows = 3, first_duplicate_row = 4 }, found)
    end)

    it("has no norms without rows, or without one that is whole", function()
        local _, found = survey.of(engram.matrix(0, 3), quietly)
        assert.is_nil(found.norms)
        _, found = survey.of(engram.matrix { { 0 / 0 } }, quietly)
        assert.is_nil(found.norms)
        assert.equal(1, found.broken_rows)
    end)

    it("is in double where a float would overflow or vanish", function()
        local _, found = survey.of(engram.matrix { { 3e38, 3e38 }, { 1e-40, 0 } }, quietly)
        assert.is_true(found.norms.max > 4e38 and found.norms.min > 0)
        assert.equal(0, found.zero_rows)
    end)

    it("sees a NaN of any bits, in any place", function()
        for at = 0, 16 do
            local m = engram.matrix(1, 17)
            ffi.cast("uint32_t *", m:data())[at] = 0xffffffff
            local _, found = survey.of(m, quietly)
            assert.equal(1, found.broken_rows)
        end
    end)

    it("agrees with a count in tables, on rows of few values", function()
        local random = engram.random(7)
        local rows, seen, duplicates, zeros, sum = {}, {}, 0, 0, 0
        for i = 1, 3000 do
            local row = { random(0, 9), random(0, 9), random(0, 9) }
            local text = table.concat(row, " ")
            rows[i] = row
            if seen[text] then duplicates = duplicates + 1 end
            seen[text] = true
            if text == "0 0 0" then zeros = zeros + 1 end
            sum = sum + math.sqrt(row[1] ^ 2 + row[2] ^ 2 + row[3] ^ 2)
        end
        assert.is_true(zeros > 0 and duplicates > 2000)
        local _, found = survey.of(engram.matrix(rows), quietly)
        assert.same({ duplicates, zeros }, { found.duplicate_rows, found.zero_rows })
        near(sum / 3000, found.norms.mean)
    end)

    it("takes every type", function()
        for _, kind in ipairs { "f16", "bf16", "i8", "bits" } do
            local m = engram.matrix({ { 1, 0 }, { 0, 0 }, { 1, 0 } }):convert(kind)
            local _, found = survey.of(m, quietly)
            assert.same({ kind, 1, 1, 1 }, { found.type, found.norms.max, found.zero_rows,
                found.duplicate_rows })
        end
    end)

    it("says how far it is", function()
        local last, calls = 0, 0
        survey.of(engram.matrix(40000, 1), function(done, total)
            assert.equal(40000, total)
            assert.is_true(done > last)
            last, calls = done, calls + 1
        end)
        assert.equal(40000, last)
        assert.is_true(calls > 1)
    end)

    it("is compiled", function()
        local m = engram.matrix(200, 20)
        for i = 1, 200 do m:set(i, 1, i) end
        local compiled, refusal = trace.watch(function() survey.of(m, quietly) end)
        assert.is_nil(refusal)
        assert.is_true(compiled > 0)
    end)
end)

describe("a survey of a graph", function()
    it("counts degrees, weights, loops and nodes without arcs", function()
        local kind, found = survey.of(engram.graph(5, { { 1, 2, -0.5 }, { 1, 3, 2 }, { 3, 3, 1 },
            { 2, 3, 0.25 } }, { self = "keep" }), quietly)
        assert.equal("graph", kind)
        assert.same({ nodes = 5, edges = 4, self_arcs = 1, isolated_nodes = 2,
            first_isolated_node = 4, components = { count = 3, largest = 3 },
            weights = { min = -0.5, max = 2 },
            out_degrees = { min = 0, min_node = 4, max = 2, max_node = 1, mean = 0.8 },
            in_degrees = { min = 0, min_node = 1, max = 3, max_node = 3, mean = 0.8 } }, found)
    end)

    it("may have no arcs, and no nodes", function()
        local _, found = survey.of(engram.graph(2, {}), quietly)
        assert.is_nil(found.weights)
        assert.equal(2, found.isolated_nodes)
        _, found = survey.of(engram.graph(0, {}), quietly)
        assert.is_nil(found.out_degrees)
    end)

    it("names the kinds of arcs", function()
        local _, found = survey.of(engram.graph(2, { { 1, 2, 1, "part" }, { 2, 1, 1, "like" } }),
            quietly)
        assert.same({ "like", "part" }, found.kinds)
    end)
end)

describe("a survey of words", function()
    it("counts them, those that are there before, and empty ones", function()
        local kind, found = survey.of(engram.words { "a", "", "ccc", "a", "", "ddd" }, quietly)
        assert.equal("words", kind)
        assert.same({ count = 6, longest_bytes = 3, longest = "ccc", duplicates = 2, empty = 2 },
            found)
    end)

    it("may be of none", function()
        local _, found = survey.of(engram.words {}, quietly)
        assert.same({ count = 0, longest_bytes = 0, duplicates = 0, empty = 0 }, found)
    end)
end)

it("a survey of anything else is none", function()
    assert.is_nil(survey.of(7, quietly))
    assert.is_nil(survey.of({}, quietly))
end)
