--- Cosines: all rows against a query, the best of them, and many queries at once, against
--- BLAS and others, and against what the machine can read or multiply.

local ffi = require "ffi"
local C = require "engram.c"
local arena = require "engram.arena"
local kernel = require "engram.bench.kernel"
local pairs = require("engram.core").pairs
local matrix = require "engram.matrix"
local nearest = require("engram.similarity").nearest
local peers = require "engram.bench.peers"
local turns = require "engram.bench.turns"

local floats_t, ids_t = ffi.typeof "float[?]", ffi.typeof "uint32_t[?]"
local k = 10
-- float32, added up in any order, of up to some thousands of products.
local tolerance = 1e-4

-- ---- the data, and what is true of it

local function filled(rows, dims, fill, seed)
    local made = assert(matrix.matrix(rows, dims))
    fill(made:data(), rows * made.stride, seed)
    if made.stride > dims then
        local cells = made:data()
        for i = 0, rows - 1 do
            for j = dims, made.stride - 1 do cells[i * made.stride + j] = 0 end
        end
    end
    return made:freeze()
end

local function dot(a, b, dims)
    local sum = 0
    for j = 0, dims - 1 do sum = sum + a[j] * b[j] end
    return sum
end

local function inverse_norms_of(m)
    local cells, inverse = m:data(), ffi.new("double[?]", m.rows)
    for i = 0, m.rows - 1 do
        local row = cells + i * m.stride
        inverse[i] = 1 / math.sqrt(dot(row, row, m.dims))
    end
    return inverse
end

local function as_floats(doubles, count)
    local floats = floats_t(count)
    for i = 0, count - 1 do floats[i] = doubles[i] end
    return floats
end

-- Rows, queries, the norms of both, and the cosines of all pairs in double.
local function data_of(shape, fill)
    local data = { rows = filled(shape.rows, shape.dims, fill, 1),
        queries = filled(shape.queries, shape.dims, fill, 2) }
    local rows, queries = data.rows:data(), data.queries:data()
    local row_norms, query_norms = inverse_norms_of(data.rows), inverse_norms_of(data.queries)
    local truth = ffi.new("double[?]", shape.queries * shape.rows)
    for q = 0, shape.queries - 1 do
        for i = 0, shape.rows - 1 do
            truth[q * shape.rows + i] = query_norms[q] * row_norms[i] * dot(
                queries + q * data.queries.stride, rows + i * data.rows.stride, shape.dims)
        end
    end
    data.truth = truth
    data.row_norms = as_floats(row_norms, shape.rows)
    data.query_norms = as_floats(query_norms, shape.queries)
    return data
end

-- ---- checks

-- The greatest error of the scores of all pairs.
local function error_of_all(shape, data)
    return function(job)
        local most = 0
        for i = 0, shape.queries * shape.rows - 1 do
            local off = math.abs(job.scores[i] - data.truth[i])
            if off > most or off ~= off then most = off end
        end
        return most
    end
end

local function best_of(truth, first, count)
    local scores = {}
    for i = 0, count - 1 do scores[i + 1] = truth[first + i] end
    table.sort(scores, function(a, b) return a > b end)
    return scores
end

-- The greatest error of the best: of their scores, and of their ids' true scores.
local function error_of_best(shape, data)
    local best = {}
    for q = 0, shape.queries - 1 do best[q] = best_of(data.truth, q * shape.rows, shape.rows) end
    return function(job)
        local most = 0
        for q = 0, shape.queries - 1 do
            for i = 0, k - 1 do
                local score, id = job.scores[q * k + i], job.ids[q * k + i]
                if id >= shape.rows then return math.huge end
                local off = math.max(math.abs(score - best[q][i + 1]),
                    math.abs(data.truth[q * shape.rows + id] - best[q][i + 1]))
                if off > most or off ~= off then most = off end
            end
        end
        return most
    end
end

-- The share of the best that a contender found, and the greatest error of the scores of all.
local function recall_and_error(shape, data, job)
    local both, most = 0, 0
    for q = 0, shape.queries - 1 do
        local worst = best_of(data.truth, q * shape.rows, shape.rows)[k]
        for i = q * k, q * k + k - 1 do
            local score = data.truth[q * shape.rows + job.ids[i]]
            if score >= worst then both = both + 1 end
            most = math.max(most, math.abs(job.scores[i] - score))
        end
    end
    return both / (shape.queries * k), most
end

-- ---- the contenders

-- A function that adds a contender to list, with a job of its own.
local function adding(list, shape, data, tools)
    local all, best = error_of_all(shape, data), error_of_best(shape, data)
    local scan_t, job_t = ffi.typeof "eg_scan", ffi.typeof "bench_scan"
    return function(name, entry, is_best, more)
        local scan = scan_t { matrix = data.rows, metric = C.EG_COSINE, zero = C.EG_ZERO_ZERO,
            nan = C.EG_NAN_LAST }
        local room = floats_t(shape.queries * math.max(shape.rows, k))
        local ids = ids_t(shape.queries * k)
        local each = { name = name, entry = entry, check = is_best and best or all,
            tolerance = tolerance, anchors = { scan, room, ids, data } }
        each.job = job_t { rows = data.rows:data(), queries = data.queries:data(),
            inverse_norms = data.row_norms, inverse_query_norms = data.query_norms,
            count = shape.rows, dims = shape.dims, stride = data.rows.stride,
            query_count = shape.queries, k = k, room = room, ids = ids, arena = tools.arena,
            mark = C.eg_arena_mark(tools.arena), scan = scan, query_rows = data.queries }
        for key, value in pairs(more or {}) do each[key] = value end
        list[#list + 1] = each
    end
end

local function limit_of(name, entry, data, count)
    local job = ffi.new("bench_limit", { a = data.rows:data(), b = data.rows:data(),
        count = count })
    return { name = name, entry = entry, is_limit = true, job = job, anchors = data }
end

local function one_query(shop, shape, rounds, on_turn)
    local tools, message = shop:tools()
    if not tools then return nil, message end
    local plain
    plain, message = shop:library { source = "scan.c", flags = "-ffast-math" }
    if not plain then return nil, message end
    local data, list = data_of(shape, tools.clock.lib.bench_fill), {}
    local add = adding(list, shape, data, tools)
    add("engram, all scores", tools.ours.similarity)
    add("engram, 10 best", tools.ours.nearest, true, { is_ours = true })
    add("plain C loop", plain.contenders.cosines)
    local blas = shop:peer(peers.openblas, "openblas.c")
    if blas then
        add("OpenBLAS sgemv, norms stored", blas.contenders.sgemv)
        add("the same and a heap, 10 best", blas.contenders["sgemv, best"], true,
            { against = "engram, 10 best" })
    end
    local simsimd = shop:peer(peers.simsimd, "simsimd.c")
    if simsimd then add("SimSIMD, a call per pair", simsimd.contenders.pairs) end
    local cells = shape.rows * data.rows.stride
    list[#list + 1] = limit_of("limit: reading the rows", tools.clock.contenders.read, data, cells)
    list[#list + 1] = limit_of("limit: the same, asked for ahead",
        tools.clock.contenders["read, asking"], data, cells)
    return kernel.compare(tools.clock, list, rounds, on_turn)
end

local function many_queries(shop, shape, rounds, on_turn)
    local tools, message = shop:tools()
    if not tools then return nil, message end
    local data, list = data_of(shape, tools.clock.lib.bench_fill), {}
    local add = adding(list, shape, data, tools)
    add("engram, 10 best", tools.ours["nearest, many"], true)
    add("engram, all scores", tools.ours["similarity, many"], false, { is_ours = true })
    local packed = filled(shape.rows, shape.dims, tools.clock.lib.bench_fill, 1):pack()
    add("engram, rows packed, 10 best", tools.ours["nearest, many"], true, { is_ours = true })
    list[#list].job.scan.matrix, list[#list].packed = packed, packed
    add("engram, rows packed, all scores", tools.ours["similarity, many"], false,
        { is_ours = true })
    list[#list].job.scan.matrix, list[#list].packed = packed, packed
    add("engram, one by one, 10 best", tools.ours.nearest, true, { is_ours = true })
    local blas = shop:peer(peers.openblas, "openblas.c")
    if blas then
        add("OpenBLAS sgemm and a heap", blas.contenders["sgemm, best"], true,
            { also = "engram, rows packed, 10 best" })
        add("OpenBLAS sgemm, all scores", blas.contenders.sgemm, false,
            { against = "engram, all scores", also = "engram, rows packed, all scores" })
    end
    local faiss = shop:peer(peers.faiss, "faiss.cpp")
    if faiss then add("FAISS flat index", faiss.contenders.search, true) end
    list[#list + 1] = limit_of("limit: multiply-adds", tools.clock.contenders["multiply-add"],
        data, shape.queries * shape.rows * shape.dims)
    return kernel.compare(tools.clock, list, rounds, on_turn)
end

-- How far cosines of rows of a type may be off, those of their floats being the truth.
local types = { { "f16", 2e-4 }, { "bf16", 1.5e-3 }, { "i8", 5e-3 } }

local function by_type(shop, shape, rounds, on_turn)
    local tools, message = shop:tools()
    if not tools then return nil, message end
    local data, list = data_of(shape, tools.clock.lib.bench_fill), {}
    local add = adding(list, shape, data, tools)
    add("engram, f32", tools.ours.similarity)
    local simsimd = shop:peer(peers.simsimd, "simsimd.c")
    for _, each in ipairs(types) do
        local name, off = each[1], each[2]
        local rows = data.rows:convert(name):freeze()
        add("engram, " .. name, tools.ours.similarity, false, { is_ours = true, tolerance = off })
        list[#list].job.scan.matrix = rows
        list[#list].converted = rows
        if simsimd then
            local queries = data.queries:convert(name):freeze()
            local entry = simsimd.contenders["pairs, " .. name]
            add("SimSIMD, " .. name .. ", per pair", entry, false, { tolerance = off,
                against = "engram, " .. name, converted = { rows, queries } })
            local job = list[#list].job
            job.cells, job.query_cells, job.cell_stride = rows:data(), queries:data(), rows.stride
        end
    end
    return kernel.compare(tools.clock, list, rounds, on_turn)
end

-- What the small rows choose, those of pool * k, is put in order by the exact ones. Its recall is
-- part of its name.
local reranked = { { "i8", 4 }, { "bits", 4 }, { "bits", 20 } }

local function rerank(shop, shape, rounds, on_turn)
    local tools, message = shop:tools()
    if not tools then return nil, message end
    local data, list = data_of(shape, tools.clock.lib.bench_fill), {}
    local add = adding(list, shape, data, tools)
    add("engram, f32, 10 best", tools.ours.nearest, true, { per = shape.queries })
    for _, each in ipairs(reranked) do
        local kind, pool = each[1], each[2]
        add(nil, tools.ours.nearest, true, { per = shape.queries, is_ours = true })
        local one, rows = list[#list], data.rows:convert(kind):freeze()
        local scan, job = one.job.scan, one.job
        local exact = ffi.new("eg_scan", { matrix = data.rows, metric = C.EG_COSINE })
        scan.matrix, job.exact, job.pool = rows, exact, pool * k
        if kind == "bits" then scan.metric = C.EG_HAMMING end
        one.anchors = { one.anchors, rows, exact }
        one.entry.body(job)
        local recall = recall_and_error(shape, data, job)
        one.name = ("engram, %s, %d again, recall %.2f"):format(kind, pool * k, recall)
        one.check = function()
            local _, off = recall_and_error(shape, data, job)
            return off
        end
    end
    return kernel.compare(tools.clock, list, rounds, on_turn)
end

-- What a call costs beside its work: the same one, checked, from Lua, and from C through a
-- pointer. Both give back what the one before took.
local function calls(shop, shape, rounds, on_turn)
    local tools, message = shop:tools()
    if not tools then return nil, message end
    local data, list = data_of(shape, tools.clock.lib.bench_fill), {}
    adding(list, shape, data, tools)("eg_nearest, from C", tools.ours.nearest, true)
    local job, m, query, mine = list[1].job, data.rows, data.queries:row(1), arena.current()
    local mark, found = mine:mark(), nil
    list[1].entry.body(job)
    local function from_lua(count)
        for _ = 1, count do
            mine:rewind(mark)
            found = nearest(query, m, k)
        end
    end
    from_lua(1)
    for i = 1, k do
        local id, score = found:get(i)
        if id ~= job.ids[i - 1] + 1 or score ~= job.scores[i - 1] then
            return nil, "Lua and C answer differently"
        end
    end
    return turns.compare({ kernel.of_c(tools.clock, list[1]),
        kernel.of_lua(tools.clock, "engram.nearest, from Lua", from_lua) }, rounds, on_turn)
end

local shapes = {
    { title = "1,000 rows of 768, in cache", rows = 1000, dims = 768, queries = 1,
      body = one_query },
    { title = "1,000 rows of 128, in cache", rows = 1000, dims = 128, queries = 1,
      body = one_query },
    { title = "100,000 rows of 768, from memory", rows = 100000, dims = 768, queries = 1,
      body = one_query, is_large = true },
    { title = "types: 1,000 rows of 768, in cache", rows = 1000, dims = 768, queries = 1,
      body = by_type },
    { title = "types: 100,000 rows of 768, from memory", rows = 100000, dims = 768, queries = 1,
      body = by_type, is_large = true },
    { title = "rerank: 1,000 rows of 768, in cache", rows = 1000, dims = 768, queries = 16,
      body = rerank },
    { title = "rerank: 100,000 rows of 768, from memory", rows = 100000, dims = 768, queries = 4,
      body = rerank, is_large = true },
    { title = "64 queries, 1,000 rows of 768", rows = 1000, dims = 768, queries = 64,
      body = many_queries },
    { title = "64 queries, 1,000 rows of 128", rows = 1000, dims = 128, queries = 64,
      body = many_queries },
    { title = "64 queries, 20,000 rows of 768", rows = 20000, dims = 768, queries = 64,
      body = many_queries, is_large = true },
    { title = "a call: 10 best of 16 rows of 16", rows = 16, dims = 16, queries = 1,
      body = calls },
}

return {
    about = function()
        return "cosines, of float32 unless another type is named, 1 thread, CPU time"
    end,
    rounds = { 31, 11 },
    sections = function(options)
        local sections = {}
        for _, shape in ipairs(shapes) do
            if not (options.quick and shape.is_large) then
                sections[#sections + 1] = { title = shape.title,
                    rows = function(shop, rounds, on_turn)
                        return shape.body(shop, shape, rounds, on_turn)
                    end }
            end
        end
        return sections
    end,
}
