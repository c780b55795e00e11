--- Load: matrices and graphs from files, by what the file is.
--
--    local memories = load.load(load.data "words.npy")           -- mapped, frozen
--    local links = load.load(load.data "words.tsv", { nodes = 10000, weights = { ["~"] = 0.5,
--        default = 0.1 } })
--
-- A file that begins like NumPy's .npy is a matrix; any other is an edge list:
-- "from to [weight]" a line. Options of edge lists:
--
--    base      the lowest id in the file, 0 (default) or 1
--    nodes     how many nodes; default the highest id says
--    weights   { [kind] = weight, default = weight }: the third column is a kind
--    kinds     true: the same, and arcs keep their kinds; without weights each weighs 1
--    dup, self as for engram.graph
--
-- What is not accepted answers nil and one line: the file, the byte or line, what
-- was found and what was expected.

local ffi = require "ffi"
local C = require "engram.c"
local check = require "engram.check"
local edges = require "engram.edges"
local graph = require "engram.graph"
local npy = require "engram.npy"

require "engram.matrix" -- the methods of what is loaded

local loading = {}

local known = { base = true, nodes = true, weights = true, kinds = true, dup = true,
    self = true }
local bases = { [0] = 0, [1] = 1 }
local duplicates = { sum = true, max = true, first = true }
local selves = { skip = true, keep = true }
local node_max = 2 ^ 32 - 2
local shipped = { "words.npy", "words.tsv", "words.txt" }

-- What is wrong with the weights, or nil.
local function complaint(weights)
    if type(weights) ~= "table" then
        return "table by kind expected, got " .. check.kind(weights)
    end
    for kind, weight in pairs(weights) do
        if type(weight) ~= "number" or weight - weight ~= 0 then
            return ("finite number for '%s' expected, got %s"):format(tostring(kind),
                tostring(weight))
        end
    end
end

local function load_matrix(file, path)
    local header, message = npy.header(file)
    if not header then return nil, message end
    local made = C.eg_matrix_map(path, header.offset_bytes, header.rows, header.dims)
    if made == nil then return nil, "can not be mapped (error " .. ffi.errno() .. ")" end
    return ffi.gc(made, C.eg_matrix_release)
end

local function load_graph(file, options)
    local found, message = edges.read(file, options)
    if not found then return nil, message end
    return graph.from_arrays(found.nodes, found.count, found.from, found.to, found.weights,
        options.dup, options.self, found.of_arcs, found.seen)
end

-- The first bytes of what can be read at all; a folder can be opened, but not read.
local function first_bytes(file)
    local start, message = file:read(#npy.magic)
    if not start and message then return nil, message end
    file:seek("set", 0)
    return start or ""
end

--- A frozen matrix or a graph; nil and a message when the file is not accepted.
function loading.load(path, options)
    if type(path) ~= "string" then
        check.bad(1, "load", "path expected, got " .. check.kind(path))
    end
    options = options or {}
    check.options(options, known, 2, "load")
    if options.nodes ~= nil then check.count(options.nodes, 0, node_max, 2, "load", "nodes") end
    if options.base ~= nil then check.word(options.base, bases, 2, "load", "base") end
    if options.dup ~= nil then check.word(options.dup, duplicates, 2, "load", "dup") end
    if options.self ~= nil then check.word(options.self, selves, 2, "load", "self") end
    if options.kinds ~= nil and type(options.kinds) ~= "boolean" then
        check.bad(2, "load", "kinds: true or false expected, got " .. tostring(options.kinds))
    end
    local problem = options.weights ~= nil and complaint(options.weights)
    if problem then check.bad(2, "load", "weights: " .. problem) end
    local file, message = io.open(path, "rb")
    if not file then return nil, message end
    local start, made
    start, message = first_bytes(file)
    if start == npy.magic or start and path:match "%.npy$" then
        made, message = load_matrix(file, path)
    elseif start then
        made, message = load_graph(file, options)
    end
    file:close()
    if not made then return nil, path .. ": " .. message end
    return made
end

--- The words of a file, one a line, as a table; nil and a message.
function loading.words(path)
    local file, message = io.open(path, "rb")
    if not file then return nil, message end
    local text
    text, message = file:read "*a"
    file:close()
    if not text then return nil, path .. ": " .. message end
    local words = {}
    for line in text:gmatch "[^\r\n]+" do words[#words + 1] = line end
    return words
end

--- The path of a data file that is shipped with engram.
function loading.data(name)
    if type(name) ~= "string" then
        check.bad(1, "data", "name expected, got " .. check.kind(name))
    end
    local own = package.searchpath("engram.load", package.path)
    local folder = own and own:gsub("load%.lua$", "data/") or ""
    for _, each in ipairs(shipped) do
        if each == name then
            local file, message = io.open(folder .. name, "rb")
            if not file then return nil, message end
            file:close()
            return folder .. name
        end
    end
    return nil, ("data: no '%s'; there are %s"):format(name, table.concat(shipped, ", "))
end

return loading
