-- Several queries at once: each gets, to the bit, what it would have got alone.

local ffi = require "ffi"
local mapped_file = require "spec.support.mapped"
local C = require "engram.c"
local arena = require "engram.arena"
local matrix = require "engram.matrix"
local run = require("engram.run").run
local similarity = require "engram.similarity"
local random = require "spec.support.random"
local scans = require "spec.support.scans"

local ok, invalid = tonumber(C.EG_OK), tonumber(C.EG_INVALID)
local overflow = tonumber(C.EG_OVERFLOW)
local inf, nan = math.huge, 0 / 0

-- A matrix of normal numbers whose rows are now and then zero, huge, tiny, broken, or
-- the same as one before.
local function mixed(data, rows, dims)
    local m = matrix.matrix(rows, dims)
    local kinds = { 0, 1e30, 1e-40, nan, inf }
    for i = 1, rows do
        local factor = kinds[data:whole(1, 25)] or 1
        local twin = i > 1 and data:whole(1, 8) == 1 and data:whole(1, i - 1)
        for j = 1, dims do
            m:set(i, j, twin and m:get(twin, j) or data:normal() * factor)
        end
    end
    return m
end

local function queries_of(data, count, dims)
    local made = matrix.matrix(count, dims)
    for q = 1, count do
        local factor = data:whole(1, 6) == 1 and 0 or 1
        for j = 1, dims do made:set(q, j, data:normal() * factor) end
    end
    return made
end

local function same_hits(hits, answers, q)
    if #hits ~= #answers then return false end
    for i = 1, #hits do
        local id, score = hits:get(i)
        local other, their = answers:get(q, i)
        if id ~= other or not scans.same(score, their) then return false end
    end
    return true
end

local function same_scores(scores, answers, q)
    if #scores ~= #answers then return false end
    for i = 1, #scores do
        if not scans.same(scores:get(i), answers:get(q, i)) then return false end
    end
    return true
end

-- Asks all at once and one by one.
local function compare(queries, m, k, options, hint)
    local hits = similarity.nearest(queries, m, k, options)
    local scores = similarity.similarity(queries, m, options)
    assert.equal(queries.rows, hits.queries)
    assert.equal(queries.rows, scores.queries)
    for q = 1, queries.rows do
        local at = arena.current():mark()
        local right = same_hits(similarity.nearest(queries:row(q), m, k, options), hits, q) and
            same_scores(similarity.similarity(queries:row(q), m, options), scores, q)
        arena.current():rewind(at)
        assert.is_true(right, ("query %d of %d, %d x %d, k %d, %s; %s"):format(q, queries.rows,
            m.rows, m.dims, k, options.metric, hint))
    end
end

-- The same rows, packed.
local function packed(m)
    local copy = matrix.matrix(m.rows, m.dims)
    for i = 1, m.rows do
        for j = 1, m.dims do copy:set(i, j, m:get(i, j)) end
    end
    return copy:pack()
end

local function each_way(queries, m, k, hint, ids)
    scans.on_each(function()
        for _, metric in ipairs(scans.metrics) do
            local zero = k % 2 == 0 and "zero" or "nan"
            compare(queries, m, k, { metric = metric, zero = zero, ids = ids }, hint)
        end
    end)
end

describe("many queries", function()
    local mark
    before_each(function() mark = arena.current():mark() end)
    after_each(function() arena.current():rewind(mark) end)

    it("get what each gets alone, however many they and the rows are", function()
        local data = random.new(91)
        for _, rows in ipairs { 0, 1, 3, 4, 5, 31, 32, 33, 64, 65, 200 } do
            local m = mixed(data, rows, 19)
            for _, count in ipairs { 1, 2, 3, 5, 6, 7, 9 } do
                local queries, k = queries_of(data, count, 19), data:whole(0, 12)
                each_way(queries, m, k, data.hint)
                each_way(queries, packed(m), k, data.hint)
            end
        end
    end)

    it("get the same at all lengths around the registers", function()
        local data = random.new(92)
        for _, dims in ipairs(scans.lengths) do
            local queries, m = queries_of(data, 7, dims), mixed(data, 9, dims)
            each_way(queries, m, 5, data.hint)
            each_way(queries, packed(m), 5, data.hint)
        end
    end)

    it("get the same from a mapped matrix, whose rows stand back to back", function()
        local data = random.new(93)
        for _, dims in ipairs { 1, 7, 17, 31, 40, 63, 129 } do
            local rows, path = 70, os.tmpname()
            local cells = ffi.new("float[?]", rows * dims)
            for i = 0, rows * dims - 1 do cells[i] = data:normal() end
            local file = assert(io.open(path, "wb"))
            file:write(ffi.string(cells, ffi.sizeof(cells)))
            file:close()
            local mapped = ffi.gc(mapped_file.over(path, 0, rows, dims), C.eg_matrix_release)
            os.remove(path)
            each_way(queries_of(data, 8, dims), mapped, 9, data.hint)
            each_way(mapped, mapped, 3, data.hint)
            each_way(queries_of(data, 8, dims), mapped:pack(), 9, data.hint)
        end
    end)

    it("get the same in more batches than one", function()
        local data = random.new(94)
        each_way(queries_of(data, 200, 5), mixed(data, 90, 5), 4, data.hint)
        each_way(queries_of(data, 200, 5), mixed(data, 90, 5):pack(), 4, data.hint)
        -- So wide that a batch is one tile.
        each_way(queries_of(data, 13, 22000), mixed(data, 6, 22000), 4, data.hint)
        each_way(queries_of(data, 13, 22000), mixed(data, 6, 22000):pack(), 4, data.hint)
    end)

    it("get the same from so many rows that the best are chosen again and again", function()
        local data = random.new(98)
        local m, ids = mixed(data, 2100, 3), {}
        for i = 1, 1500 do ids[i] = data:whole(1, 2100) end
        each_way(queries_of(data, 7, 3), m, 9, data.hint)
        each_way(queries_of(data, 7, 3), m, 9, data.hint, ids)
        each_way(queries_of(data, 7, 3), m:pack(), 40, data.hint)
    end)

    it("get the same from a thousand rows of real size", function()
        local data = random.new(95)
        local m = matrix.matrix(data:lists(1000, 100, data.normal)):freeze()
        each_way(queries_of(data, 13, 100), m, 20, data.hint)
        each_way(queries_of(data, 13, 100), m:pack(), 20, data.hint)
    end)

    it("get the same among rows that differ in their last bits", function()
        local data = random.new(90)
        local m, base = matrix.matrix(300, 70), data:list(70, data.normal)
        for i = 1, 300 do
            for j = 1, 70 do m:set(i, j, base[j] * (1 + data:whole(-2, 2) * 2 ^ -23)) end
        end
        each_way(queries_of(data, 9, 70), m, 40, data.hint)
        each_way(queries_of(data, 9, 70), m:pack(), 40, data.hint)
        each_way(m, m, 40, data.hint)
    end)

    it("share their candidates", function()
        local data = random.new(96)
        for _, rows in ipairs { 1, 5, 90, 150 } do
            local m, ids = mixed(data, rows, 21), {}
            for i = 1, data:whole(0, 2 * rows) do ids[i] = data:whole(1, rows) end
            each_way(queries_of(data, 8, 21), m, 6, data.hint, ids)
            each_way(queries_of(data, 8, 21), m:pack(), 6, data.hint, ids)
        end
    end)

    it("see what was written through a pointer", function()
        local data = random.new(97)
        local m, queries = mixed(data, 130, 9), queries_of(data, 7, 9)
        local cells = m:data()
        each_way(queries, m, 4, data.hint)
        for j = 0, 8 do cells[j] = 7 end
        each_way(queries, m, 4, data.hint)
        each_way(queries, m, 4, data.hint, { 1, 5, 130 })
    end)

    it("get the same from rows of any type, and may be of any type", function()
        local data = random.new(99)
        for _, type in ipairs { "f16", "bf16", "i8", "bits" } do
            local options = { type = type }
            local m = matrix.matrix(data:lists(70, 21, data.normal), options)
            local metrics = type == "bits" and { "hamming", "jaccard" } or scans.metrics
            for _, queries in ipairs { queries_of(data, 7, 21),
                matrix.matrix(data:lists(3, 21, data.normal), options) } do
                scans.on_each(function()
                    for _, metric in ipairs(metrics) do
                        compare(queries, m, 5, { metric = metric }, data.hint)
                        compare(queries, m, 5, { metric = metric, ids = { 70, 1, 9 } }, data.hint)
                    end
                end)
            end
        end
        local halves = matrix.matrix(data:lists(9, 21, data.normal), { type = "f16" })
        each_way(halves, mixed(data, 80, 21), 6, data.hint)
    end)

    it("may be rows of the matrix itself", function()
        local data = random.new(98)
        local m = matrix.matrix(data:lists(50, 30, data.normal))
        each_way(m, m, 10, data.hint)
        local answers = similarity.nearest(m, m, 1)
        for q = 1, 50 do assert.equal(q, (answers:get(q, 1))) end
    end)
end)

describe("many queries in a run", function()
    -- A second and more of work in one call, were it not cut short.
    local source = [[local engram = require "engram"
        return {
            setup = function() return { m = engram.matrix(30000, 64) } end,
            event = function(thread) engram.nearest(thread.shared.m, thread.shared.m, 1) end,
        }]]

    it("leave when it is interrupted, and the event does not count", function()
        local summary = assert(run { source = source, threads = 1, events = 1,
            duration = "10ms", grace = "10ms", arena_size = "4M" })
        assert.equal(0, summary.results.events)
        assert.equal(0, summary.results.errors)
        assert.is_nil(summary.threads[1].stuck)
    end)
end)

describe("eg_nearest_many and eg_similarity_many", function()
    local m, queries, scan, answers, mine, untouched
    local calls = {
        nearest = function(...) return C.eg_nearest_many(mine, queries, scan, 2, answers, ...) end,
        similarity = function() return C.eg_similarity_many(mine, queries, scan, answers) end,
    }

    before_each(function()
        m = matrix.matrix { { 1, 0 }, { 0, 0 }, { nan, 0 }, { 0, inf } }
        queries = matrix.matrix { { 1, 0 }, { 1, 1 }, { 0, 0 } }
        scan = ffi.new("eg_scan", { matrix = m })
        answers = ffi.new("eg_answers", { length = 77 })
        mine = scans.arena(2 ^ 20, "error")
        untouched = scans.bytes(answers)
    end)

    it("count what all queries met", function()
        for _, call in pairs(calls) do
            assert.equal(ok, call())
            assert.equal(1 + 1 + 2, scan.zero_count)
            assert.equal(3 * 2, scan.nan_count)
        end
    end)

    it("keep their answers in the arena, and nothing else", function()
        assert.equal(ok, calls.nearest())
        assert.equal(3 * 2 * 8, mine:mark())
        assert.equal(answers.serial, answers.slot.serial)
        mine:rewind(0)
        assert.are_not.equal(answers.serial, answers.slot.serial)
        assert.equal(ok, calls.similarity())
        assert.equal(3 * 4 * 4, mine:mark())
        assert.is_true(answers.ids == nil)
    end)

    it("leave their output alone when an argument is invalid", function()
        local function refused()
            for _, call in pairs(calls) do
                assert.equal(invalid, call())
                assert.equal(untouched, scans.bytes(answers))
                assert.equal(0, mine:mark())
            end
        end
        for _, option in ipairs { "metric", "zero", "nan" } do
            scan[option] = 9
            refused()
            scan[option] = 0
        end
        scan.nan = C.EG_NAN_ERROR
        refused()
        scan.nan, scan.zero = 0, C.EG_ZERO_ERROR
        refused()
        scan.zero = 0
        scan.candidates, scan.candidate_count = ffi.new("uint32_t[1]", 4), 1
        refused()
        scan.candidates = nil
        queries = matrix.matrix(3, 5)
        refused()
        for _, broken in ipairs { nan, inf } do
            queries = matrix.matrix { { 1, 0 }, { 1, 1 }, { 0, broken } }
            refused()
        end
        queries = nil
        refused()
    end)

    it("leave their output and the arena alone when it does not fit", function()
        mine = scans.arena(65536, "error")
        -- First the answers, then the queries, then the keys, then the candidates.
        local shapes = { { 9000, 3, 9000, 9 }, { 5, 9000, 5, 2 }, { 2500, 3, 2500, 2 },
            { 4000, 3, 1, 2 } }
        for _, shape in ipairs(shapes) do
            m, queries = matrix.matrix(shape[1], shape[2]), matrix.matrix(shape[4], shape[2])
            scan.matrix = m
            local ids = ffi.new("uint32_t[?]", shape[1])
            if shape[3] == 1 then scan.candidates, scan.candidate_count = ids, shape[1] end
            assert.equal(overflow, C.eg_nearest_many(mine, queries, scan, shape[3], answers))
            assert.equal(untouched, scans.bytes(answers))
            assert.equal(0, mine:mark())
        end
    end)

    it("refuse answers that no memory could hold", function()
        m, queries = matrix.matrix(0, 2), matrix.matrix(0, 2)
        assert.equal(ok, C.eg_nearest_many(mine, queries, scan, 2 ^ 32 - 1, answers))
        assert.equal(0, answers.queries)
    end)

    it("take the scratch that many.c states", function()
        mine = scans.arena(2 ^ 24, "error")
        local shapes = { { 64, 768, 10 }, { 7, 100, 3 }, { 500, 33, 100 }, { 3, 40000, 1 } }
        for _, shape in ipairs(shapes) do
            local count, dims, k = shape[1], shape[2], shape[3]
            m, queries = matrix.matrix(100, dims), matrix.matrix(count, dims)
            scan.matrix = m
            local padded = math.ceil(dims / 16) * 16
            local room = math.max(6, math.min(96, math.floor(2 ^ 19 / (4 * padded) / 6) * 6))
            room = math.min(room, math.ceil(count / 6) * 6)
            for copies = 1, 2 do
                if copies == 2 then m:pack() end
                mine = scans.arena(2 ^ 24, "error")
                assert.equal(ok, C.eg_nearest_many(mine, queries, scan, k, answers))
                local floats = padded + (copies - 1) * math.ceil(dims / 32) * 32
                local bound = mine:mark() + room * (4 * floats + 40 + 8 * k + 4 * 100) +
                    4 * padded + 2048
                local used = mine:stats().high_water
                assert.is_true(used <= bound, used .. " > " .. bound)
                assert.is_true(used > bound * 0.8, used .. " is far from " .. bound)
            end
        end
    end)
end)
