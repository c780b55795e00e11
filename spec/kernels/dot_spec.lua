-- What an instruction set may not change: tails and whole rows, mapped rows at any
-- address, what lies beside a row, and each bit of a cosine once its dot is known.

local ffi = require "ffi"
local mapped_file = require "spec.support.mapped"
local C = require "engram.c"
local arena = require "engram.arena"
local matrix = require "engram.matrix"
local similarity = require "engram.similarity"
local oracle = require "spec.support.oracle"
local random = require "spec.support.random"
local scans = require "spec.support.scans"

local nan, inf = 0 / 0, math.huge

-- Around one register, around each width where the code takes another way, and beyond.
local lengths = {}
for n = 1, 67 do lengths[n] = n end
for _, middle in ipairs { 96, 128, 160, 192, 208, 256, 272, 384 } do
    for n = middle - 1, middle + 1 do lengths[#lengths + 1] = n end
end

local function scores_of(query, m, metric)
    return scans.numbers(similarity.similarity(query, m, { metric = metric }))
end

describe("every instruction set", function()
    local mark
    before_each(function() mark = arena.current():mark() end)
    after_each(function() arena.current():rewind(mark) end)

    -- Rows back to back, at every distance from a cache line; each second is poison.
    it("sees nothing but the row in a mapped matrix, and scores it like one of ours", function()
        local data = random.new(71)
        for at, dims in ipairs(lengths) do
            local rows, skip, path = 11, at % 16, os.tmpname()
            local cells = ffi.new("float[?]", skip + rows * dims)
            local own = matrix.matrix(rows, dims)
            local query, lists = data:list(dims, data.normal), data:lists(rows, dims, data.normal)
            for i, list in ipairs(lists) do
                for j = 1, dims do
                    local cell = i % 2 == 0 and list[j] or (j % 2 == 0 and nan or inf)
                    cells[skip + (i - 1) * dims + j - 1] = cell
                    own:set(i, j, cell)
                end
            end
            local file = assert(io.open(path, "wb"))
            file:write(ffi.string(cells, ffi.sizeof(cells)))
            file:close()
            local mapped = mapped_file.over(path, skip * 4, rows, dims)
            os.remove(path)
            assert.is_true(mapped ~= nil)
            scans.on_each(function()
                for _, metric in ipairs(scans.metrics) do
                    local got = scores_of(query, mapped, metric)
                    local expected = scores_of(query, own, metric)
                    for i, list in ipairs(lists) do
                        assert.is_true(scans.same(expected[i], got[i]), data.hint)
                        local apart = math.abs(got[i] - oracle.score(metric, query, list))
                        local right = got[i] ~= got[i]
                        if i % 2 == 0 then
                            right = apart <= oracle.tolerance(metric, query, list)
                        end
                        assert.is_true(right, metric .. ", " .. dims .. " dims; " .. data.hint)
                    end
                end
            end)
            C.eg_matrix_release(mapped)
        end
    end)

    it("gives a row the same score among any number of others", function()
        local data = random.new(72)
        for _, dims in ipairs { 7, 16, 100, 128, 200, 300 } do
            local query, lists = data:list(dims, data.normal), data:lists(9, dims, data.normal)
            scans.on_each(function()
                for _, metric in ipairs(scans.metrics) do
                    local all = scores_of(query, matrix.matrix(lists), metric)
                    for count = 1, 8 do
                        local some = {}
                        for i = 1, count do some[i] = lists[10 - i] end
                        local got = scores_of(query, matrix.matrix(some), metric)
                        for i = 1, count do assert.equal(all[10 - i], got[i], data.hint) end
                    end
                end
            end)
        end
    end)
end)

-- rows rows in a file: those of lists at its start and at its end, zeros between them.
local function mapped_with_ends(lists, rows, dims)
    local cells, path = ffi.new("float[?]", rows * dims), os.tmpname()
    for i, list in ipairs(lists) do
        for j, x in ipairs(list) do
            cells[(i - 1) * dims + j - 1] = x
            cells[(rows - #lists + i - 1) * dims + j - 1] = x
        end
    end
    local file = assert(io.open(path, "wb"))
    file:write(ffi.string(cells, ffi.sizeof(cells)))
    file:close()
    local mapped = mapped_file.over(path, 0, rows, dims)
    os.remove(path)
    assert(mapped ~= nil)
    return mapped
end

describe("a matrix of any size", function()
    -- Where rows lie in a further cache, some sets ask for what follows.
    it("gives its rows the scores that they have in a small one", function()
        local data, mark = random.new(76), arena.current():mark()
        for _, dims in ipairs { 100, 300 } do
            local query, lists = data:list(dims, data.normal), data:lists(7, dims, data.normal)
            local small = matrix.matrix(lists)
            for _, megabytes in ipairs { 1, 3, 5, 7, 14, 20 } do
                local rows = math.floor(megabytes * 2 ^ 20 / (4 * dims))
                local large = mapped_with_ends(lists, rows, dims)
                scans.on_each(function()
                    for _, metric in ipairs(scans.metrics) do
                        local expected = scores_of(query, small, metric)
                        local got = similarity.similarity(query, large, { metric = metric })
                        for i = 1, #lists do
                            assert.equal(expected[i], got:get(i), data.hint)
                            assert.equal(expected[i], got:get(rows - #lists + i), data.hint)
                        end
                    end
                end)
                C.eg_matrix_release(large)
            end
        end
        arena.current():rewind(mark)
    end)
end)

describe("every instruction set with vectors", function()
    local mark
    before_each(function() mark = arena.current():mark() end)
    after_each(function() arena.current():rewind(mark) end)

    it("gives the same bits on every machine", function()
        local found_on_x86 = { cosine = 1381944874, dot = 1353405190, l2 = 550189759,
            l2sq = 400909820 }
        scans.on_each(function(name)
            if name == "scalar" then return end
            for _, metric in ipairs(scans.metrics) do
                local found = 0
                for _, dims in ipairs(lengths) do
                    local query, lists = scans.plain(dims, dims), {}
                    for i = 1, 7 do lists[i] = scans.plain(dims, 1000 * i + dims) end
                    found = scans.digest(scores_of(query, matrix.matrix(lists), metric), found)
                end
                assert.equal(found_on_x86[metric], found, metric)
            end
        end)
    end)

    it("gives the same bits", function()
        local data = random.new(75)
        for _, dims in ipairs(lengths) do
            local query, lists = data:list(dims, data.normal), data:lists(7, dims, data.normal)
            local m, first = matrix.matrix(lists), {}
            scans.on_each(function(name)
                if name == "scalar" then return end
                for _, metric in ipairs(scans.metrics) do
                    local scores = scores_of(query, m, metric)
                    first[metric] = first[metric] or scores
                    assert.same(first[metric], scores, metric .. ", " .. dims .. "; " .. data.hint)
                end
            end)
        end
    end)
end)

-- The sum of squares in the order of square's scalar version.
local function norm_of(list)
    local sums = { 0, 0, 0, 0, 0, 0, 0, 0 }
    for i, x in ipairs(list) do
        local lane = (i - 1) % 8 + 1
        sums[lane] = sums[lane] + oracle.rounded(x) * oracle.rounded(x)
    end
    for i = 1, 4 do sums[i] = sums[i] + sums[i + 4] end
    return math.sqrt((sums[1] + sums[3]) + (sums[2] + sums[4]))
end

describe("a cosine", function()
    local mark
    before_each(function() mark = arena.current():mark() end)
    after_each(function() arena.current():rewind(mark) end)

    it("is its dot over the norms in double, to the last bit, on every set", function()
        local data = random.new(73)
        for _, dims in ipairs { 1, 2, 3, 7, 8, 9, 15, 17, 31, 33, 100, 128, 200 } do
            for _, rows in ipairs { 1, 2, 3, 4, 5, 7, 8, 9, 15, 63, 64, 65, 71 } do
                local query = data:list(dims, data.normal)
                local lists, norms = data:lists(rows, dims, data.normal), {}
                for i, list in ipairs(lists) do norms[i] = norm_of(list) end
                local m, query_norm = matrix.matrix(lists), norm_of(query)
                scans.on_each(function()
                    local dots, cosines = scores_of(query, m, "dot"), scores_of(query, m)
                    for i, dot in ipairs(dots) do
                        local exact = dot / (query_norm * norms[i])
                        exact = oracle.rounded(math.max(-1, math.min(1, exact)))
                        assert.equal(exact, cosines[i], data.hint)
                    end
                end)
            end
        end
    end)

    -- Zero, huge, tiny and broken rows are told apart from the others by their place.
    it("finds each unusual row at its place", function()
        local data = random.new(74)
        local kinds = { [2] = 0, [3] = 1e30, [4] = 1e-40, [5] = nan }
        for rows = 1, 140, 3 do
            local query, m = data:list(5, data.normal), matrix.matrix(rows, 5)
            local base, expected = data:list(5, data.normal), {}
            local usual = oracle.score("cosine", query, base)
            for i = 1, rows do
                local factor = kinds[data:whole(1, 8)] or 1
                for j = 1, 5 do m:set(i, j, oracle.rounded(base[j]) * factor) end
                expected[i] = factor == factor and (factor == 0 and 0 or usual) or nan
            end
            scans.on_each(function()
                for i, score in ipairs(scores_of(query, m)) do
                    local right = math.abs(score - expected[i]) <= 1e-4
                    if expected[i] == 0 then right = scans.same(0, score) end
                    if expected[i] ~= expected[i] then right = score ~= score end
                    assert.is_true(right, i .. " of " .. rows .. ": " .. score .. "; " .. data.hint)
                end
            end)
        end
    end)
end)
