--- Survey: what is in a matrix, a graph or a list of words, counted in one pass.
--
--    local found = survey.of(matrix, function(done, total) end)
--    found.norms.min, found.zero_rows, found.first_zero_row
--
-- Rows, nodes and words are numbered from 1. A row is broken when one of its numbers is NaN or
-- infinite, and then has no norm; it is a duplicate when one before it has the same numbers.
-- What a value has none of is nil: the norms of no rows, the weights of no edges.

local bit = require "bit"
local ffi = require "ffi"
local C = require "engram.c"
local check = require "engram.check"
local kinds = require "engram.kinds"
local matrix = require "engram.matrix"

local survey = {}

local band, bxor, rol, tobit = bit.band, bit.bxor, bit.rol, bit.tobit
local floats_t, words_t = ffi.typeof "float[?]", ffi.typeof "const uint32_t *"
local ids_t, counts_t = ffi.typeof "const uint32_t *", ffi.typeof "uint32_t[?]"
local weights_t = ffi.typeof "const float *"
local length_out = ffi.new "uint32_t[1]"

local piece = 16384
local duplicates_rows_max = 2 ^ 22 -- beyond, those that were seen would not fit

-- ---- matrices

-- The sum of squares; nil for a row with NaN or infinity, whose numbers LuaJIT must not see.
local function square_sum(floats, words, dims)
    local sum = 0
    for j = 0, dims - 1 do
        if band(words[j], 0x7f800000) == 0x7f800000 then return nil end
        sum = sum + floats[j] * floats[j]
    end
    return sum
end

local function hash_of(words, dims)
    local a, b = dims, 17
    for j = 0, dims - 1 do
        local word = words[j]
        a = tobit(rol(bxor(a, word), 13) * 5 + 0x6546b64)
        b = tobit(rol(bxor(b, word), 17) * 9 + 0x85ebca6)
    end
    return a * 2 ^ 21 + band(b, 2 ^ 21 - 1)
end

local function new_seen(m)
    if m.rows > duplicates_rows_max then return nil end
    return { rows = {}, other = floats_t(m.dims), bytes = m.dims * 4 }
end

-- Has a row before number i (from 0) the same numbers?
local function is_duplicate(m, seen, i, floats, words)
    local hash = hash_of(words, m.dims)
    local before = seen.rows[hash]
    if not before then
        seen.rows[hash] = i
        return false
    end
    C.eg_matrix_read(m, before, seen.other)
    return ffi.string(seen.other, seen.bytes) == ffi.string(floats, seen.bytes)
end

-- One more row that is zero, broken or a duplicate.
local function note(found, what, row)
    local count, first = what .. "_rows", "first_" .. what .. "_row"
    found[count] = found[count] + 1
    found[first] = found[first] or row
end

local function note_norm(norms, norm, row)
    norms.count, norms.sum = norms.count + 1, norms.sum + norm
    if norm < norms.min then norms.min, norms.min_row = norm, row end
    if norm > norms.max then norms.max, norms.max_row = norm, row end
end

local function scan(m, found, norms, seen, from, to, floats)
    local words = ffi.cast(words_t, floats)
    for i = from, to do
        C.eg_matrix_read(m, i, floats)
        local sum = square_sum(floats, words, m.dims)
        if not sum then note(found, "broken", i + 1)
        else
            if sum == 0 then note(found, "zero", i + 1) end
            note_norm(norms, math.sqrt(sum), i + 1)
        end
        if seen and is_duplicate(m, seen, i, floats, words) then
            note(found, "duplicate", i + 1)
        end
    end
end

--- Raises, naming the file, when some of that is gone.
function survey.matrix(m, progress)
    local found = { rows = m.rows, dims = m.dims, type = m.type, mapped = m.file ~= nil,
        zero_rows = 0, broken_rows = 0, duplicate_rows = 0 }
    local norms = { min = math.huge, max = -1, sum = 0, count = 0 }
    local floats, seen = floats_t(m.dims), new_seen(m)
    for from = 0, m.rows - 1, piece do
        local to = math.min(from + piece, m.rows)
        scan(m, found, norms, seen, from, to - 1, floats)
        if matrix.is_lost(m) then error(matrix.loss(m), 0) end
        progress(to, m.rows)
    end
    if not seen then found.duplicate_rows = nil end
    if norms.count > 0 then
        found.norms = { min = norms.min, min_row = norms.min_row, max = norms.max,
            max_row = norms.max_row, mean = norms.sum / norms.count }
    end
    return found
end

-- ---- graphs

local function note_degree(degrees, degree, node)
    degrees.sum = degrees.sum + degree
    if degree < degrees.min then degrees.min, degrees.min_node = degree, node end
    if degree > degrees.max then degrees.max, degrees.max_node = degree, node end
end

local function count_arcs(g, incoming, from, to, found)
    local targets, weights = ffi.cast(ids_t, g.targets), ffi.cast(weights_t, g.weights)
    local least, most = found.weights.min, found.weights.max
    for arc = from, to do
        incoming[targets[arc]] = incoming[targets[arc]] + 1
        least, most = math.min(least, weights[arc]), math.max(most, weights[arc])
    end
    found.weights.min, found.weights.max = least, most
end

local function count_nodes(g, incoming, from, to, found)
    local offsets, targets = ffi.cast(ids_t, g.offsets), ffi.cast(ids_t, g.targets)
    for node = from, to do
        local first, last = offsets[node], offsets[node + 1]
        note_degree(found.out_degrees, last - first, node + 1)
        note_degree(found.in_degrees, incoming[node], node + 1)
        if last == first and incoming[node] == 0 then
            found.isolated_nodes = found.isolated_nodes + 1
            found.first_isolated_node = found.first_isolated_node or node + 1
        end
        for arc = first, last - 1 do
            if targets[arc] == node then found.self_arcs = found.self_arcs + 1 end
        end
    end
end

local function in_pieces(count, progress, done, total, body)
    for from = 0, count - 1, piece do
        local to = math.min(from + piece, count)
        body(from, to - 1)
        progress(done + to, total)
    end
end

local function degrees_of(degrees, nodes)
    if nodes == 0 then return nil end
    return { min = degrees.min, min_node = degrees.min_node, max = degrees.max,
        max_node = degrees.max_node, mean = degrees.sum / nodes }
end

function survey.graph(g, progress)
    local found = { nodes = g.nodes, edges = g.edges, self_arcs = 0, isolated_nodes = 0,
        weights = { min = math.huge, max = -math.huge },
        out_degrees = { min = math.huge, max = -1, sum = 0 },
        in_degrees = { min = math.huge, max = -1, sum = 0 } }
    local incoming, total = counts_t(g.nodes), g.nodes + g.edges
    in_pieces(g.edges, progress, 0, total, function(from, to)
        count_arcs(g, incoming, from, to, found)
    end)
    in_pieces(g.nodes, progress, g.edges, total, function(from, to)
        count_nodes(g, incoming, from, to, found)
    end)
    found.out_degrees = degrees_of(found.out_degrees, g.nodes)
    found.in_degrees = degrees_of(found.in_degrees, g.nodes)
    if g.edges == 0 then found.weights = nil end
    if g.arc_kinds ~= nil then found.kinds = kinds.names(g) end
    local parts, largest = g:components()
    found.components = { count = parts, largest = largest }
    return found
end

-- ---- words

function survey.words(w, progress)
    local found = { count = #w, longest_bytes = w.longest, duplicates = 0, empty = 0 }
    in_pieces(#w, progress, 0, #w, function(from, to)
        for i = from, to do
            local start = C.eg_words_get(w, i, length_out)
            local bytes = length_out[0]
            if bytes == 0 then found.empty = found.empty + 1 end
            if bytes == w.longest and not found.longest then found.longest = w:get(i + 1) end
            if C.eg_words_find(w, start, bytes) ~= i then
                found.duplicates = found.duplicates + 1
            end
        end
    end)
    return found
end

--- The kind of a value ("matrix", "graph" or "words"; nil for none) and its survey.
function survey.of(value, progress)
    local kind = check.kind(value)
    if type(value) ~= "cdata" or not survey[kind] then return nil end
    return kind, survey[kind](value, progress)
end

return survey
