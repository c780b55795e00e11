--- Graph: weighted arcs between nodes, validated once, immutable and shareable.
--
--    local g = graph.graph(3, { {1, 2}, {1, 3, 0.5} })            -- from, to, weight (or 1)
--    local g = graph.graph(3, { from = {1, 1}, to = {2, 3}, weight = {1, 0.5} })
--    g.nodes, g.edges                                           -> 3, 2
--    local parts, largest = g:components()                      -> 1, 3
--    local ids, weights = g:neighbours(1)                       -> {2, 3}, {1, 0.5}
--    local g = graph.graph(3, { {1, 2, 1, "part"}, {1, 2, 0.5, "like"} })      -- a kind each
--    g:kinds()                                                  -> {"like", "part"}
--
-- Arcs have a direction: an undirected edge is two. dup says what arcs with the
-- same ends become, "sum" (default; whatever the order), "max" or "first" as
-- given; self whether arcs from a node to itself stay, "skip" (default) or
-- "keep". So g.edges may be less than what was given. Arcs of different kinds stay
-- apart; spread's `relations` gives each kind a factor. All edges have a kind, or none.

local ffi = require "ffi"
local C = require "engram.c"
local check = require "engram.check"
local kinds = require "engram.kinds"

local graph_t = ffi.typeof "eg_graph"
local ids_t = ffi.typeof "uint32_t[?]"
local floats_t = ffi.typeof "float[?]"
local triples_t, components_t = ffi.typeof "eg_triples", ffi.typeof "eg_components"
local shown_kinds_t = ffi.typeof "const uint16_t *"
local shown_ids_t, shown_weights_t = ffi.typeof "const uint32_t *", ffi.typeof "const float *"
local count_max = 2 ^ 32 - 2
local infinite_from = 3.4028235677973366e38 -- as floats are rounded

local known = { dup = true, self = true }
local duplicates = {
    sum = tonumber(C.EG_DUP_SUM), max = tonumber(C.EG_DUP_MAX), first = tonumber(C.EG_DUP_FIRST),
}
local selves = { skip = 0, keep = 1 }

local graph = {}
local methods = {}

--- The ids and the weights of the arcs that leave node i: two tables, ascending by id; and, if
--  arcs have kinds, the names of these: then also ascending by name.
function methods:neighbours(i)
    if not (type(i) == "number" and i >= 1 and i <= self.nodes and i % 1 == 0) then
        check.bad(1, "neighbours", "node " .. tostring(i) .. " is not within 1 to " .. self.nodes)
    end
    local ids, weights = {}, {}
    local offsets = ffi.cast(shown_ids_t, self.offsets)
    local targets = ffi.cast(shown_ids_t, self.targets)
    local arc_weights = ffi.cast(shown_weights_t, self.weights)
    local first = offsets[i - 1]
    for arc = first, offsets[i] - 1 do
        ids[arc - first + 1] = targets[arc] + 1
        weights[arc - first + 1] = arc_weights[arc]
    end
    if self.arc_kinds == nil then return ids, weights end
    local names, numbers = kinds.names(self), ffi.cast(shown_kinds_t, self.arc_kinds)
    local of_arcs = {}
    for arc = first, offsets[i] - 1 do of_arcs[arc - first + 1] = names[numbers[arc] + 1] end
    return ids, weights, of_arcs
end

--- The names of the kinds of arcs, ascending; none if arcs have no kinds.
methods.kinds = kinds.names

--- How many parts the graph falls into, between which no arc leads either way; and how many
--  nodes the largest of them has.
function methods:components()
    local arena, found = require "engram.arena", components_t()
    local mine = arena.current()
    local status = C.eg_graph_components(mine, self, found)
    if status ~= C.EG_OK then arena.fail(mine, status, "components", 2) end
    return found.count, found.largest
end

function graph.is_graph(x)
    return ffi.istype(graph_t, x)
end

-- Why triple i, 0-based, was refused.
local function complaint(nodes, i, from, to, weight)
    local edge = "edge " .. i + 1 .. ": "
    for _, node in ipairs { from[i], to[i] } do
        if node >= nodes then
            return ("%snode %d is not within 1 to %d"):format(edge, node + 1, nodes)
        end
    end
    if weight[i] - weight[i] ~= 0 then
        return edge .. "weight " .. weight[i] .. " is not a finite float"
    end
    return edge .. "the sum of its duplicates is beyond a float"
end

--- A graph of C arrays of 0-based ids, uint32_t, and float weights; of_arcs, if there is one,
--  holds a number of seen, which is of engram.kinds, for each. dup and self as above. nil and a
--  message when they make none.
function graph.from_arrays(nodes, edges, from, to, weights, dup, self, of_arcs, seen)
    local culprit, given = ids_t(1), triples_t()
    given.nodes, given.edges, given.from, given.to, given.weights = nodes, edges, from, to, weights
    given.duplicates, given.keep_self = duplicates[dup or "sum"], selves[self or "skip"]
    local count, names
    if of_arcs then
        count, names = seen:arrange(of_arcs, edges)
        given.kinds, given.kind_count, given.names, given.name_bytes = of_arcs, count, names, #names
    end
    local made = C.eg_graph_from(given, culprit)
    if made ~= nil then return ffi.gc(made, C.eg_graph_release) end
    if culprit[0] < edges then return nil, complaint(nodes, culprit[0], from, to, weights) end
    return nil, ("no memory for a graph of %d nodes and %d edges"):format(nodes, edges)
end

local function bad_edge(i, message)
    check.bad(2, "graph", "edge " .. i .. ": " .. message, 4)
end

-- An id as C counts.
local function id_of(node, nodes, i)
    if type(node) ~= "number" then bad_edge(i, "node expected, got " .. check.kind(node)) end
    if not (node >= 1 and node <= nodes and node % 1 == 0) then
        bad_edge(i, ("node %.14g is not within 1 to %d"):format(node, nodes))
    end
    return node - 1
end

local function weight_of(weight, i)
    if weight == nil then return 1 end
    if type(weight) ~= "number" then
        bad_edge(i, "weight: number expected, got " .. check.kind(weight))
    end
    if not (weight > -infinite_from and weight < infinite_from) then
        bad_edge(i, ("weight %.14g is not a finite float"):format(weight))
    end
    return weight
end

-- Of each kind of table: how many edges it holds, and a function that answers one.
local function from_columns(edges)
    local from, to, weight = edges.from, edges.to, edges.weight
    if type(from) ~= "table" or type(to) ~= "table" then
        check.bad(2, "graph", "tables from and to expected", 3)
    end
    if #to ~= #from then
        check.bad(2, "graph", ("to: %d ids expected, as in from, got %d"):format(#from, #to), 3)
    end
    if weight ~= nil and (type(weight) ~= "table" or #weight ~= #from) then
        check.bad(2, "graph", ("weight: table of %d numbers expected, as in from, got %s"):format(
            #from, type(weight) == "table" and #weight or check.kind(weight)), 3)
    end
    local kind = edges.kind
    if kind ~= nil and (type(kind) ~= "table" or #kind ~= #from) then
        check.bad(2, "graph", ("kind: table of %d names expected, as in from, got %s"):format(
            #from, type(kind) == "table" and #kind or check.kind(kind)), 3)
    end
    weight, kind = weight or {}, kind or {}
    return #from, function(i) return from[i], to[i], weight[i], kind[i] end
end

local function from_rows(edges)
    return #edges, function(i)
        local edge = edges[i]
        if type(edge) ~= "table" then
            bad_edge(i, "table {from, to, weight} expected, got " .. check.kind(edge))
        end
        return edge[1], edge[2], edge[3], edge[4]
    end
end

-- The number of edge i's kind, where edges have kinds: the first one says so.
local function kind_of(kind, seen, i)
    if not seen then
        if kind ~= nil then bad_edge(i, "no kind expected, as edge 1 has none") end
        return nil
    end
    local number, message = seen:number(kind)
    if number then return number end
    bad_edge(i, kind == nil and "a kind expected, as edge 1 has one" or message)
end

local function arrays_of(nodes, edges)
    local has_columns = edges.from ~= nil or edges.to ~= nil
    local count, edge = (has_columns and from_columns or from_rows)(edges)
    local from, to, weights = ids_t(count), ids_t(count), floats_t(count)
    local of_arcs, seen
    if count > 0 and select(4, edge(1)) ~= nil then of_arcs, seen = ids_t(count), kinds.new() end
    for i = 1, count do
        local source, target, weight, kind = edge(i)
        from[i - 1], to[i - 1] = id_of(source, nodes, i), id_of(target, nodes, i)
        weights[i - 1] = weight_of(weight, i)
        local number = kind_of(kind, seen, i)
        if number then of_arcs[i - 1] = number end
    end
    return count, from, to, weights, of_arcs, seen
end

--- A graph of so many nodes. See above for edges and options.
function graph.graph(nodes, edges, options)
    check.count(nodes, 0, count_max, 1, "graph", "nodes")
    if type(edges) ~= "table" then
        check.bad(2, "graph", "table of edges expected, got " .. check.kind(edges))
    end
    options = options or {}
    check.options(options, known, 3, "graph")
    local dup, self = options.dup or "sum", options.self or "skip"
    check.word(dup, duplicates, 3, "graph", "dup")
    check.word(self, selves, 3, "graph", "self")
    local count, from, to, weights, of_arcs, seen = arrays_of(nodes, edges)
    local made, message = graph.from_arrays(nodes, count, from, to, weights, dup, self, of_arcs,
        seen)
    if made then return made end
    if message:find("^edge") then check.bad(2, "graph", message) end
    return nil, "graph: " .. message
end

ffi.metatype(graph_t, {
    __index = methods,
    __tostring = function(self)
        return ("graph of %.0f nodes and %.0f edges"):format(self.nodes, self.edges)
    end,
})

return graph
