--- A graph as an edge list, "from to weight" a line with tabs between; where arcs have kinds,
--- "from to kind weight". The weight is left out where it is 1.
--
-- engram.load reads the same graph again with self = "keep", and with the same base, the number
-- of nodes and kinds = true where they are needed.

local ffi = require "ffi"

local kinds = require "engram.kinds"
local options = require "engram.files.options"
local writer = require "engram.files.writer"

local saver = { name = "edges", saves = "graph", about = 'an edge list, "from to [weight]" a line',
    endings = { tsv = true, txt = true, edges = true },
    options = { base = options.one_of { 0, 1 } } }

local ids_t, weights_t = ffi.typeof "const uint32_t *", ffi.typeof "const float *"
local kinds_t = ffi.typeof "const uint16_t *"
local piece = 4096

function saver.refusal(g)
    for _, name in ipairs(kinds.names(g)) do
        if name:find "[ \t\r\n]" then
            return ("kinds without blanks expected, got %q"):format(name)
        end
    end
    return nil
end

-- Nine digits tell every float from every other.
local function weight_of(weight)
    return weight == 1 and "" or ("\t%.9g"):format(weight)
end

-- Lines of the arcs of nodes from on, until there are a few thousand, and where it went on.
local function lines_of(g, base, names, from)
    local offsets, targets = ffi.cast(ids_t, g.offsets), ffi.cast(ids_t, g.targets)
    local weights, of_arcs = ffi.cast(weights_t, g.weights), ffi.cast(kinds_t, g.arc_kinds)
    local lines, node = {}, from
    while node < g.nodes and #lines < piece do
        for arc = offsets[node], offsets[node + 1] - 1 do
            local kind = of_arcs ~= nil and "\t" .. names[of_arcs[arc] + 1] or ""
            lines[#lines + 1] = ("%d\t%d%s%s\n"):format(node + base, targets[arc] + base, kind,
                weight_of(weights[arc]))
        end
        node = node + 1
    end
    return table.concat(lines), node
end

function saver.write(path, g, given, progress)
    local base, names = given.base or 0, kinds.names(g)
    return writer.save(path, function(out)
        out:write(("# nodes %d, from %d on; edges %d\n"):format(g.nodes, base, g.edges))
        local node = 0
        while node < g.nodes and not out.failure do
            local text
            text, node = lines_of(g, base, names, node)
            out:write(text)
            if progress then progress(node, g.nodes) end
        end
    end)
end

return saver
