--- Graphs, compared to the bit.
--
--    graphs.assert_same(expected, g, "seed 7")

local assert = require "luassert"
local ffi = require "ffi"

local graphs = {}

local function bytes(g, name, size)
    if g[name] == nil then return "" end
    return ffi.string(g[name], size)
end

--- Raises unless all of the two is the same: message says where.
function graphs.assert_same(expected, g, message)
    assert.is_truthy(g, message)
    assert.same({ expected.nodes, expected.edges }, { g.nodes, g.edges }, message)
    local sizes = { offsets = 4 * (g.nodes + 1), targets = 4 * g.edges, weights = 4 * g.edges,
        arc_kinds = 2 * g.edges }
    for name, size in pairs(sizes) do
        local same = bytes(expected, name, size) == bytes(g, name, size)
        assert.is_true(same, name .. ": " .. message)
    end
    assert.same(expected:kinds(), g:kinds(), message)
end

return graphs
