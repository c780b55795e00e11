--- A graph as three files of NumPy's, PATH.indptr.npy, PATH.indices.npy and PATH.data.npy: see
--- engram.files.csr, which reads them. Whole numbers are <i4 where they fit, as SciPy's are.

local npy_header = require "engram.files.npy_header"
local writer = require "engram.files.writer"

local saver = { name = "csr", saves = "graph", about = "three .npy, as SciPy's CSR",
    endings = {} }

local int_max = 2 ^ 31 - 1

function saver.refusal(g)
    if g.arc_kinds == nil then return nil end
    return "graph without kinds expected; as = 'edges' keeps them"
end

local names = { "data", "indices", "indptr" }

local function path_of(path, name) return ("%s.%s.npy"):format(path, name) end

--- Those that are written for a path.
function saver.files(path)
    local list = {}
    for i, name in ipairs(names) do list[i] = path_of(path, name) end
    return list
end

-- count numbers of C, none above highest.
local function write_whole(out, numbers, count, highest)
    out:write(npy_header.text(highest <= int_max and "<i4" or "<u4", { count }))
    out:bytes(numbers, count * 4)
end

-- Each is there when all that come after it are.
local function in_turn(path, bodies, at)
    local name, body = bodies[at][1], bodies[at][2]
    return writer.save(path_of(path, name), function(out)
        body(out)
        if out.failure or not bodies[at + 1] then return true end
        return in_turn(path, bodies, at + 1)
    end)
end

function saver.write(path, g, _, progress)
    local total, done = g.nodes + 1 + 2 * g.edges, 0
    local function counted(count, write)
        return function(out)
            write(out)
            done = done + count
            if progress then progress(done * 4, total * 4) end
        end
    end
    return in_turn(path, {
        { "data", counted(g.edges, function(out)
            out:write(npy_header.text("<f4", { g.edges }))
            out:bytes(g.weights, g.edges * 4)
        end) },
        { "indices", counted(g.edges, function(out)
            write_whole(out, g.targets, g.edges, g.nodes)
        end) },
        { "indptr", counted(g.nodes + 1, function(out)
            write_whole(out, g.offsets, g.nodes + 1, g.edges)
        end) },
    }, 1)
end

return saver
