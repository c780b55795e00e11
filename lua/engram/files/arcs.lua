--- Arcs: what the options of a graph in a file are to C.
--
--    local options = arcs.options { dup = "max", weights = { ["~"] = 0.5, default = 0.1 } }
--    C.eg_read_wordnet(noun, verb, adj, adv, options.c)
--
-- The table keeps what the struct points to.

local ffi = require "ffi"
local C = require "engram.c"
local pairs = require("engram.core").pairs

local words = require "engram.words"

local arcs = {}

local options_t, floats_t = ffi.typeof "eg_arc_options", ffi.typeof "float[?]"
local duplicates = { sum = C.EG_DUP_SUM, max = C.EG_DUP_MAX, first = C.EG_DUP_FIRST }

-- The kinds with a weight, and the weights. No kind in a file has a line break.
local function weighted(by_kind)
    local names = {}
    for name in pairs(by_kind) do
        if not name:find "[\r\n]" then names[#names + 1] = name end
    end
    local weights = floats_t(#names)
    for i, name in ipairs(names) do weights[i - 1] = by_kind[name] end
    return words.words(names), weights
end

--- Of dup, self, kinds and weights.
function arcs.options(given)
    local made = { c = options_t() }
    local c = made.c
    c.duplicates = duplicates[given.dup or "sum"]
    c.keep_self = given.self == "keep" and 1 or 0
    c.kinds = given.kinds and 1 or 0
    if not given.weights then return made end
    made.names, made.weights = weighted(given.weights)
    if not made.names then return nil, "no memory for the weights" end
    c.names, c.weights = made.names, made.weights
    return made
end

return arcs
