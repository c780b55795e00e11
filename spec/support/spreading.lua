--- Spreading: graphs that are made up, and what spread answers as numbers.

local graph = require "engram.graph"
local oracle = require "spec.support.oracle"
local rounded = oracle.rounded

-- The activations of nodes 1 to n, 0 where there is none.
local function totals_of(n, hits)
    local totals = {}
    for i = 1, n do totals[i] = 0 end
    for i = 1, #hits do
        local id, value = hits:get(i)
        totals[id] = value
    end
    return totals
end

local function close(expected, got, tolerance, hint)
    local is_close = math.abs(expected - got) <= tolerance -- NaN is not
    if is_close then return end
    error(("%.15g expected, got %.15g; %s"):format(expected, got, hint or ""), 2)
end

-- n nodes, each pair with this chance; the weights also as a table of rows.
local function random_graph(data, n, chance, draw)
    local edges, rows = {}, {}
    for i = 1, n do
        rows[i] = {}
        for j = 1, n do
            if i ~= j and data:uniform() < chance then
                local weight = rounded(draw(data))
                rows[i][j] = weight
                edges[#edges + 1] = { i, j, weight }
            end
        end
    end
    return graph.graph(n, edges), rows, edges
end

local function positive(data) return data:uniform() end

local function chain(n, weight)
    local edges = {}
    for i = 1, n - 1 do edges[i] = { i, i + 1, weight } end
    return graph.graph(n, edges)
end

return {
    totals_of = totals_of, close = close, random_graph = random_graph, positive = positive,
    chain = chain,
}
