--- spreadr and personalised PageRank from their definitions, dense, in double arithmetic;
--- and graphs to try them on. Shares nothing with the kernels: PageRank is solved, not iterated.
--
-- rows[i][j] is the weight of the arc from i to j, or nil.

local ffi = require "ffi"
local graph = require "engram.graph"
local oracle = require "spec.support.oracle"

local flows = {}

--- The activations of nodes 1 to n, 0 where there is none.
function flows.totals(n, hits)
    local totals = {}
    for i = 1, n do totals[i] = 0 end
    for i = 1, #hits do
        local id, value = hits:get(i)
        assert(totals[id] == 0)
        totals[id] = value
    end
    return totals
end

function flows.close(expected, got, tolerance, hint)
    local is_close = math.abs(expected - got) <= tolerance -- NaN is not
    if is_close then return end
    error(("%.15g expected, got %.15g; %s"):format(expected, got, hint or ""), 2)
end

--- To the rounding to a float (half a unit is 2^-24), and `more` of each value's size.
function flows.all_close(expected, got, more, hint)
    assert(#expected == #got)
    for i, x in ipairs(expected) do
        flows.close(x, got[i], math.abs(x) * (2 ^ -24 + 1e-12) + (more or 0), hint)
    end
end

function flows.bits(hits)
    return ffi.string(hits.ids, hits.length * 4) .. ffi.string(hits.values, hits.length * 4)
end

--- Edges { from, to, weight } as a graph and as rows. Self-loops stay.
function flows.of_edges(n, edges)
    local rows = {}
    for i = 1, n do rows[i] = {} end
    for _, edge in ipairs(edges) do rows[edge[1]][edge[2]] = oracle.rounded(edge[3] or 1) end
    return graph.graph(n, edges, { self = "keep" }), rows, edges
end

--- Each edge in both directions.
function flows.both_ways(n, edges)
    local both = {}
    for _, edge in ipairs(edges) do
        both[#both + 1] = edge
        both[#both + 1] = { edge[2], edge[1], edge[3] }
    end
    return flows.of_edges(n, both)
end

--- Each pair with this chance, loops too; a node in ten has none, some weights are 0.
function flows.random(data, n, chance)
    local edges = {}
    for i = 1, n do
        local is_dangling = data:uniform() < 0.1
        for j = 1, n do
            if not is_dangling and data:uniform() < chance then
                local weight = data:uniform() < 0.05 and 0 or data:uniform() * 3
                edges[#edges + 1] = { i, j, weight }
            end
        end
    end
    return flows.of_edges(n, edges)
end

function flows.random_seeds(data, n)
    local seeds = {}
    for _ = 1, data:whole(1, 4) do seeds[data:whole(1, n)] = data:uniform() + 0.1 end
    return seeds
end

local function sum_of(row)
    local sum = 0
    for _, weight in pairs(row) do sum = sum + weight end
    return sum
end

--- Answers what each node has after so many steps, before any stop but time.
function flows.spreadr(n, rows, seeds, options)
    local now = {}
    for i = 1, n do now[i] = seeds[i] or 0 end
    for _ = 1, options.time do
        local after = {}
        for j = 1, n do
            local kept = sum_of(rows[j]) == 0 and 1 or options.retention
            if type(kept) == "table" then kept = kept[j] end
            local total = kept * now[j]
            for i = 1, n do
                local share = rows[i][j] and rows[i][j] > 0 and rows[i][j] / sum_of(rows[i]) or 0
                local given = type(options.retention) == "table" and options.retention[i]
                    or options.retention
                total = total + share * (1 - given) * now[i]
            end
            total = total * (1 - (options.loss or 0))
            after[j] = total < (options.suppress or 0) and 0 or total
        end
        now = after
    end
    return now
end

-- Gauss, with the largest pivot. Changes both.
local function solve(a, b)
    local n = #b
    for k = 1, n do
        local best = k
        for i = k + 1, n do if math.abs(a[i][k]) > math.abs(a[best][k]) then best = i end end
        a[k], a[best], b[k], b[best] = a[best], a[k], b[best], b[k]
        for i = k + 1, n do
            local factor = a[i][k] / a[k][k]
            if factor ~= 0 then
                for j = k, n do a[i][j] = a[i][j] - factor * a[k][j] end
                b[i] = b[i] - factor * b[k]
            end
        end
    end
    for i = n, 1, -1 do
        for j = i + 1, n do b[i] = b[i] - a[i][j] * b[j] end
        b[i] = b[i] / a[i][i]
    end
    return b
end

--- Solves (I - alpha P') x = (1 - alpha) s, dangling nodes by the rule of that name.
function flows.ppr(n, rows, seeds, alpha, dangling)
    local total, start = 0, {}
    for i = 1, n do total = total + (seeds[i] or 0) end
    for i = 1, n do start[i] = (seeds[i] or 0) / total end
    local a, b = {}, {}
    for j = 1, n do
        a[j], b[j] = {}, (1 - alpha) * start[j]
        for i = 1, n do
            local sum, chance = sum_of(rows[i]), 0
            if sum > 0 then chance = (rows[i][j] or 0) / sum
            elseif dangling == "restart" then chance = start[j]
            elseif dangling == "keep" then chance = i == j and 1 or 0 end
            a[j][i] = (i == j and 1 or 0) - alpha * chance
        end
    end
    return solve(a, b)
end

--- A request for a kernel, and what must not be collected while it is in use. Ids from 0.
function flows.request(kind, g, ids, activations, fields)
    local request = ffi.new(kind)
    local c_ids = ffi.new("uint32_t[?]", #ids, ids)
    local c_values = ffi.new("double[?]", #activations, activations)
    request.from.graph, request.from.seed_count = g, #ids
    request.from.seeds, request.from.activations = c_ids, c_values
    for key, value in pairs(fields or {}) do request[key] = value end
    return request, { g, c_ids, c_values }
end

return flows
