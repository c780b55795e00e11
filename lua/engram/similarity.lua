--- Similarity: how close a query is to the rows of a matrix, and which are closest.
--
--    local scores = similarity.similarity(query, memories, { metric = "l2" })
--    local hits = similarity.nearest(query, memories, 10)
--
-- The query is a vector, a row or a table of numbers; or a matrix: then each of its rows is
-- a query, and the result answers them all (see engram.answers). metric: cosine, dot (greatest
-- first), l2, l2sq (least first); of bits hamming, jaccard (least first). zero: what the
-- cosine of a zero vector is, "zero", "nan" or "error". nan: whether rows with NaN or
-- infinities come "last" or are an "error". ids: only these rows, a table or earlier hits.
-- nearest alone: rerank, a matrix of the same rows whose scores decide among the best
-- pool * k (4 * k) of the other.
-- Results lie in the calling thread's arena. After each come two counts, of the pairs of a query
-- and a row with a zero vector, under cosine, and of those with a row that is no number; with
-- rerank, those of the scan that came first.

local ffi = require "ffi"
local C = require "engram.c"
local arena = require "engram.arena"
local check = require "engram.check"
local hits = require "engram.hits"
local matrix = require "engram.matrix"
local query_cells = require "engram.query"

require "engram.answers" -- the methods of what several queries get

local vector_t = ffi.typeof "eg_vector"
local hits_t = ffi.typeof "eg_hits"
local answers_t = ffi.typeof "eg_answers"
local ids_t = ffi.typeof "uint32_t[?]"
local count_max, huge = 2 ^ 32 - 1, math.huge
local ok = tonumber(C.EG_OK)
local invalid = tonumber(C.EG_INVALID)
local lost = tonumber(C.EG_LOST)

local known = { metric = true, zero = true, nan = true, ids = true }
local known_nearest = { metric = true, zero = true, nan = true, ids = true, rerank = true,
    pool = true }
local pool_default = 4
local metrics = {
    cosine = tonumber(C.EG_COSINE), dot = tonumber(C.EG_DOT),
    l2 = tonumber(C.EG_L2), l2sq = tonumber(C.EG_L2SQ),
}
local metrics_of_bits = { hamming = tonumber(C.EG_HAMMING), jaccard = tonumber(C.EG_JACCARD) }
local zeros = {
    zero = tonumber(C.EG_ZERO_ZERO), nan = tonumber(C.EG_ZERO_NAN),
    error = tonumber(C.EG_ZERO_ERROR),
}
local nans = { last = tonumber(C.EG_NAN_LAST), error = tonumber(C.EG_NAN_ERROR) }
local none = {}

-- One for all calls: a call fills it, hands it to C and empties it.
local scan, exact = ffi.new "eg_scan", ffi.new "eg_scan"

local ids_room = 1024
local ids = ids_t(ids_room)

local function copied(list, rows, at, name)
    local n = #list
    if n > ids_room then
        ids_room = n * 2
        ids = ids_t(ids_room)
    end
    for i = 1, n do
        local id = list[i]
        if not (type(id) == "number" and id >= 1 and id <= rows and id % 1 == 0) then
            check.bad(at, name, ("ids: number %d: whole number from 1 to %d expected, got %s")
                :format(i, rows, tostring(id)), 3)
        end
        ids[i - 1] = id - 1
    end
    return ids, n
end

-- The candidates as 0-based ids, and how many; nil for every row.
local function candidates_of(list, rows, at, name)
    if list == nil then return nil, 0 end
    if hits.is_hits(list) then return (hits.ids_of(list)), list.length end
    if type(list) ~= "table" then
        check.bad(at, name, "ids: table of ids or hits expected, got " .. check.kind(list), 2)
    end
    local own, count = copied(list, rows, at, name)
    return own, count
end

-- The place, from 0, of the first number that is not finite, or nil.
local function odd_place(cells, n)
    for i = 0, n - 1 do
        if cells[i] - cells[i] ~= 0 then return i end
    end
end

-- One of the matrices lies over a file of which something is gone.
local function refused_as_lost(name, ...)
    for i = 1, 3 do
        local m = select(i, ...)
        if matrix.is_matrix(m) and matrix.is_lost(m) then
            error(("%s: %s"):format(name, matrix.loss(m)), 4)
        end
    end
end

-- Whatever else a kernel could refuse was checked before.
local function refused_by_options(self, status, name)
    local reasons = {}
    if scan.zero == zeros.error then reasons[#reasons + 1] = "a vector is zero" end
    if scan.nan == nans.error then reasons[#reasons + 1] = "a row holds NaN or an infinity" end
    if #reasons > 0 then error(name .. ": " .. table.concat(reasons, ", or "), 4) end
    arena.fail(self, status, name, 4)
end

-- What is wrong with a query of which number i, from 0, is no finite float.
local function unfit(query, i)
    local given = type(query) == "table" and query[i + 1] or huge
    if given - given ~= 0 then return "the query holds NaN or an infinity" end
    return ("number %d of the query: %.14g is beyond a float"):format(i + 1, given)
end

-- at: which argument the options are.
local function refused_by_hits(list, rows, at, name)
    if not hits.is_hits(list) then return end
    local from = hits.ids_of(list)
    for i = 1, list.length do
        if from[i - 1] >= rows then
            check.bad(at, name, ("ids: hit %d: id from 1 to %d expected, got %d"):format(i, rows,
                from[i - 1] + 1), 3)
        end
    end
end

local function refused(self, status, name, query, cells, m, options)
    local at = name == "nearest" and 4 or 3
    if status == lost then refused_as_lost(name, m, options.rerank) end
    if status ~= invalid then arena.fail(self, status, name, 3) end
    refused_by_hits(options.ids, m.rows, at, name)
    local odd = odd_place(cells, m.dims)
    if odd then check.bad(1, name, unfit(query, odd), 2) end
    refused_by_options(self, status, name) -- never returns, nor is its frame replaced
    return nil
end

local function refused_many(self, status, name, queries, m, options)
    local at = name == "nearest" and 4 or 3
    if status == lost then refused_as_lost(name, queries, m, options.rerank) end
    if status ~= invalid then arena.fail(self, status, name, 3) end
    refused_by_hits(options.ids, m.rows, at, name)
    for q = 1, queries.rows do
        for j = 1, queries.dims do
            local x = queries:get(q, j)
            if x - x ~= 0 then
                check.bad(1, name, "query " .. q .. " holds NaN or an infinity", 2)
            end
        end
    end
    refused_by_options(self, status, name)
    return nil
end

-- A query that is a row over such a file may have been read as zeros.
local function refuse_lost_query(query, name)
    local owner = query_cells.owner(query)
    if owner ~= nil and matrix.is_lost(owner) then
        error(("%s: %s"):format(name, matrix.loss(owner)), 3)
    end
end

local function forget()
    scan.matrix, scan.query, scan.candidates = nil, nil, nil
    exact.matrix, exact.query = nil, nil
end

-- What scores between a query and rows of m are. level: how far the public function is above.
local function metric_of(options, m, at, name, level)
    if m.type == "bits" then
        local metric = options.metric or "hamming"
        return (check.word(metric, metrics_of_bits, at, name, "metric", level + 1))
    end
    return (check.word(options.metric or "cosine", metrics, at, name, "metric", level + 1))
end

-- How many of the rows of m are scored again.
local function pool_of(options, m, k)
    local other, factor = options.rerank, options.pool
    if other == nil then
        if factor ~= nil then check.bad(4, "nearest", "pool: only beside rerank", 2) end
        return 0
    end
    if not matrix.is_matrix(other) then
        check.bad(4, "nearest", "rerank: matrix expected, got " .. check.kind(other), 2)
    end
    if other.rows ~= m.rows or other.dims ~= m.dims then
        check.bad(4, "nearest", ("rerank: matrix of %d x %d expected, got %d x %d"):format(m.rows,
            m.dims, other.rows, other.dims), 2)
    end
    if factor == nil then return k * pool_default end
    if not (type(factor) == "number" and factor >= 1 and factor <= count_max) then
        check.bad(4, "nearest", "pool: number from 1 on expected, got " .. tostring(factor), 2)
    end
    return k * factor
end

-- The metric is that of the matrix that decides; bits that only choose differ in a count.
local function set_metrics(options, m)
    local other = options.rerank
    if other == nil then
        scan.metric = metric_of(options, m, 4, "nearest", 2)
        return
    end
    exact.metric = metric_of(options, other, 4, "nearest", 2)
    scan.metric = exact.metric
    if m.type == "bits" and other.type ~= "bits" then scan.metric = metrics_of_bits.hamming end
    if m.type ~= "bits" and other.type == "bits" then
        check.bad(4, "nearest", "rerank: bits can not put " .. m.type .. " in order", 2)
    end
end

-- The answers to all rows of queries, of nearest if there is a k, and the status. pool: how many
-- of the rows exact puts in order, nil when it does not.
local function many(name, queries, m, candidates, count, k, pool)
    if queries.dims ~= m.dims then
        check.bad(2, name, ("matrix of %d dims expected, got %d"):format(queries.dims, m.dims), 2)
    end
    local mine, made = arena.current(), answers_t()
    scan.matrix, scan.candidates, scan.candidate_count = m, candidates, count
    local status
    if pool then status = C.eg_nearest_rerank_many(mine, queries, scan, exact, pool, k, made)
    elseif k then status = C.eg_nearest_many(mine, queries, scan, k, made)
    else status = C.eg_similarity_many(mine, queries, scan, made) end
    forget()
    return made, status
end

local similarity = {}

--- The score of every row, or of every one of the ids, in their order.
function similarity.similarity(query, m, options)
    if not matrix.is_matrix(m) then
        check.bad(2, "similarity", "matrix expected, got " .. check.kind(m))
    end
    options = options or none
    check.options(options, known, 3, "similarity")
    scan.metric = metric_of(options, m, 3, "similarity", 1)
    scan.zero = check.word(options.zero or "zero", zeros, 3, "similarity", "zero")
    scan.nan = check.word(options.nan or "last", nans, 3, "similarity", "nan")

    local mine = arena.current()
    local candidates, count = candidates_of(options.ids, m.rows, 3, "similarity")
    if matrix.is_matrix(query) then
        local scores, status = many("similarity", query, m, candidates, count)
        if status ~= ok then refused_many(mine, status, "similarity", query, m, options) end
        return scores
    end
    -- The result comes before this pointer is taken: nothing may be collected in between.
    local scores = vector_t()
    local cells = query_cells.of(query, m.dims, 1, "similarity")
    scan.matrix, scan.query = m, cells
    scan.candidates, scan.candidate_count = candidates, count
    local status = C.eg_similarity(mine, scan, scores)
    forget()
    if status ~= ok then refused(mine, status, "similarity", query, cells, m, options) end
    refuse_lost_query(query, "similarity")
    return scores
end

--- The k best rows, or those of the ids: fewer when there are fewer.
function similarity.nearest(query, m, k, options)
    if not matrix.is_matrix(m) then
        check.bad(2, "nearest", "matrix expected, got " .. check.kind(m))
    end
    check.count(k, 0, count_max, 3, "nearest", "k")
    options = options or none
    check.options(options, known_nearest, 4, "nearest")
    local pool = pool_of(options, m, k)
    set_metrics(options, m)
    scan.zero = check.word(options.zero or "zero", zeros, 4, "nearest", "zero")
    scan.nan = check.word(options.nan or "last", nans, 4, "nearest", "nan")

    local mine = arena.current()
    local candidates, count = candidates_of(options.ids, m.rows, 4, "nearest")
    local again = options.rerank ~= nil
    if again then
        exact.matrix, exact.zero, exact.nan = options.rerank, scan.zero, scan.nan
        pool = math.min(pool, count_max)
    end
    if matrix.is_matrix(query) then
        local found, status = many("nearest", query, m, candidates, count, k, again and pool or nil)
        if status ~= ok then
            refused_many(mine, status, "nearest", query, m, options)
        end
        return found
    end
    local found = hits_t()
    local cells = query_cells.of(query, m.dims, 1, "nearest")
    scan.matrix, scan.query = m, cells
    scan.candidates, scan.candidate_count = candidates, count
    local status
    if again then
        exact.query = cells
        status = C.eg_nearest_rerank(mine, scan, exact, pool, k, found)
    else
        status = C.eg_nearest(mine, scan, k, found)
    end
    forget()
    if status ~= ok then refused(mine, status, "nearest", query, cells, m, options) end
    refuse_lost_query(query, "nearest")
    return found
end

--- Of this thread's last nearest or similarity that answered: how many cosines were those of a
--  zero vector, and how many scores were NaN. 0 before the first.
function similarity.scan_counts()
    return scan.zero_count, scan.nan_count
end

return similarity
