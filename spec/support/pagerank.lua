--- Pagerank: both methods of personalised PageRank, and what they have to agree with.

local spread = require "engram.spread"
local assert = require "luassert"
local flows = require "spec.support.flows"

-- Until it changes no more than rounding does, so what is left is the rounding to floats.
local function exact(g, seeds, alpha, dangling)
    return spread.spread(g, seeds, { method = "ppr", alpha = alpha, tol = 1e-14,
        max_iter = 20000, dangling = dangling })
end

local function pushed(g, seeds, eps, options)
    local all = { method = "push", eps = eps }
    for key, value in pairs(options or {}) do all[key] = value end
    return spread.spread(g, seeds, all)
end

-- To a float's rounding and the printed digits' own.
local function check(expected, hits, digits)
    for id, x in pairs(expected) do
        flows.close(x, hits:of(id), x * 2 ^ -24 + .6 * 10 ^ -digits, "node " .. id)
    end
end

-- And pushing comes as close as its residual says: eps * arcs, over all nodes.
local function check_both(expected, g, seeds, alpha, digits)
    check(expected, exact(g, seeds, alpha), digits)
    local near = pushed(g, seeds, 1e-12, { alpha = alpha })
    assert.is_true(near.residual <= 1e-12 * (g.edges + g.nodes))
    check(expected, near, digits - 1)
end

return {
    exact = exact, pushed = pushed, check = check, check_both = check_both,
}
