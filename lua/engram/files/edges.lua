--- Edges: graphs as text, an edge a line.
--
--    # comment                     "u v", "u v w", blanks or tabs between, CRLF too
--    0 1 0.5
--    0 2
--
--    local g, message = edges.read(file, options)
--
-- Lines that start with # or % are comments. Messages name the line.

local ffi = require "ffi"

local graph = require "engram.graph"
local kinds = require "engram.kinds"
local options = require "engram.files.options"

local ids_t, floats_t = ffi.typeof "uint32_t[?]", ffi.typeof "float[?]"

local edges = { name = "edges", gives = "graph", about = 'an edge list, "from to [weight]" a line',
    options = { base = options.one_of { 0, 1 }, weights = options.weights,
        kinds = options.switch, nodes = options.of_arcs.nodes,
        dup = options.of_arcs.dup, self = options.of_arcs.self } }

local chunk_bytes, line_bytes_max = 2 ^ 20, 2 ^ 16
local node_max, edge_max = 2 ^ 32 - 2, 2 ^ 32 - 2
local float_max = 3.4028234663852886e38

-- Without nodes= a single huge id would ask for gigabytes: so many nodes are fine
-- in any case, and so many for each edge.
local nodes_unasked, nodes_per_edge = 2 ^ 24, 64

local function excerpt(text)
    local piece = text:sub(1, 40):gsub("[^\32-\126]", function(byte)
        return ("\\%03d"):format(byte:byte())
    end)
    return '"' .. piece .. (#text > 40 and '..."' or '"')
end

-- ---- lines, whatever bytes they hold (io.lines stumbles over zeros)

local function lines_of(file)
    local text, at, offset = "", 1, 0
    return function()
        while true do
            local last = text:find("\n", at, true)
            if last then
                local line = text:sub(at, last - 1)
                at = last + 1
                return line
            end
            local chunk = ""
            if #text - at < line_bytes_max then chunk = file:text(offset, chunk_bytes) end
            offset = offset + #chunk
            if chunk == "" then
                if at > #text then return nil end
                local line = text:sub(at)
                text, at = "", 1
                return line
            end
            text, at = text:sub(at) .. chunk, 1
        end
    end
end

-- ---- arrays that grow

local list = {}
list.__index = list

local function new_list(given)
    local room = 1024
    return setmetatable({ count = 0, room = room, highest = -1, from = ids_t(room),
        to = ids_t(room), weights = floats_t(room), base = given.base or 0,
        limit = given.nodes, by_kind = given.weights,
        of_arcs = given.kinds and ids_t(room) or nil,
        seen = given.kinds and kinds.new() or nil }, list)
end

local function doubled(array, kind, room)
    local larger = kind(room * 2)
    ffi.copy(larger, array, room * 4)
    return larger
end

function list:add(from, to, weight, kind)
    if self.count == self.room then
        self.from = doubled(self.from, ids_t, self.room)
        self.to = doubled(self.to, ids_t, self.room)
        self.weights = doubled(self.weights, floats_t, self.room)
        if kind then self.of_arcs = doubled(self.of_arcs, ids_t, self.room) end
        self.room = self.room * 2
    end
    local at = self.count
    self.from[at], self.to[at], self.weights[at] = from, to, weight
    if kind then self.of_arcs[at] = kind end
    self.count = at + 1
    if from > self.highest then self.highest = from end
    if to > self.highest then self.highest = to end
end

-- ---- a line

-- An id as C counts, or nil and a message.
function list:id(text)
    local id = tonumber(text:match "^%d+$")
    if not id then
        if text:match "^%-%d+$" then return nil, "id " .. text .. " is below " .. self.base end
        return nil, "an id expected, found " .. excerpt(text)
    end
    if id < self.base then return nil, ("id %s is below %d"):format(text, self.base) end
    local highest = (self.limit and self.limit - 1 or node_max) + self.base
    if id > highest then return nil, ("id %s is above %.0f"):format(excerpt(text), highest) end
    return id - self.base
end

function list:weight(text)
    local by_kind = self.by_kind
    if by_kind then
        local weight = by_kind[text] or by_kind.default
        if weight then return weight end
        return nil, "kind " .. excerpt(text) .. " has no weight; weights.default would give it one"
    end
    if text == "" or self.seen then return 1 end
    local weight = text:match "^[%+%-]?[%d%.]+[eE]?[%+%-]?%d*$" and tonumber(text)
    if not weight then
        return nil, "a weight expected, found " .. excerpt(text) .. "; kinds need options.weights"
    end
    if math.abs(weight) > float_max then
        return nil, "weight " .. excerpt(text) .. " is beyond a float"
    end
    return weight
end

-- Answers true, or nil and a message.
function list:line(text)
    if #text > line_bytes_max then return nil, "a line of more than 64K is no edge" end
    local from, to, third = text:match "^%s*(%S+)%s+(%S+)%s*(%S*)%s*$"
    if not from then
        if text:match "^%s*$" then return true end
        return nil, '"from to [weight]" expected, found ' .. excerpt(text)
    end
    local message, weight
    from, message = self:id(from)
    if not from then return nil, message end
    to, message = self:id(to)
    if not to then return nil, message end
    weight, message = self:weight(third)
    if not weight then return nil, message end
    local kind
    if self.seen then
        kind, message = self.seen:number(third)
        if not kind then return nil, message end
    end
    if self.count >= edge_max then return nil, "more than " .. edge_max .. " edges" end
    self:add(from, to, weight, kind)
    return true
end

local function node_count(found)
    if found.limit then return found.limit end
    local nodes = found.highest + 1
    if nodes > math.max(nodes_unasked, nodes_per_edge * found.count) then
        return nil, ("%d edges name a node %.0f; say nodes = %.0f if there are so many"):format(
            found.count, found.highest + found.base, nodes)
    end
    return nodes
end

local function listed(file, given)
    local found, number = new_list(given), 0
    for text in lines_of(file) do
        number = number + 1
        if not text:match "^%s*[#%%]" then
            local ok, message = found:line(text)
            if not ok then return nil, ("line %d: %s"):format(number, message) end
        end
    end
    if number == 0 then return nil, "line 1: an edge expected, the file is empty" end
    if found.count == 0 and not given.nodes then
        return nil, ("line %d: the file ends without an edge"):format(number)
    end
    local nodes, message = node_count(found)
    if not nodes then return nil, message end
    found.nodes = nodes
    return found
end

--- Text that is no other format is taken for edges.
function edges.is(file) return not file:text(0, 4096):find "%z" end

--- The graph.
function edges.read(file, given)
    local found, message = listed(file, given)
    if not found then return nil, message end
    return graph.from_arrays(found.nodes, found.count, found.from, found.to, found.weights,
        given.dup, given.self, found.of_arcs, found.seen)
end

return edges
