--- Similarity in plain double arithmetic on Lua tables, from its definition.
--
-- Shares nothing with the kernels. Values are rounded to float32 first, as they
-- are when a matrix takes them.

local ffi = require "ffi"

local oracle = {}

--- LuaJIT on AArch64 keeps whole numbers as integers, where its -0.0 is 0.
oracle.minus_zero = -1 / math.huge

local cell = ffi.new "float[1]"

--- A number as a float32 holds it.
function oracle.rounded(x)
    cell[0] = x
    return cell[0]
end

local rounded = oracle.rounded

local function is_finite(list)
    for _, x in ipairs(list) do
        local y = rounded(x)
        if y ~= y or y == math.huge or y == -math.huge then return false end
    end
    return true
end

function oracle.dot(a, b)
    local sum = 0
    for i = 1, #a do sum = sum + rounded(a[i]) * rounded(b[i]) end
    return sum
end

function oracle.norm(a)
    return math.sqrt(oracle.dot(a, a))
end

local metrics = {}
metrics.dot = oracle.dot

function metrics.cosine(a, b)
    local norms = oracle.norm(a) * oracle.norm(b)
    if norms == 0 then return 0 end
    return math.max(-1, math.min(1, oracle.dot(a, b) / norms))
end

function metrics.l2sq(a, b)
    local sum = 0
    for i = 1, #a do sum = sum + (rounded(a[i]) - rounded(b[i])) ^ 2 end
    return sum
end

function metrics.l2(a, b)
    return math.sqrt(metrics.l2sq(a, b))
end

--- The score of two lists; NaN when either holds what is not finite.
function oracle.score(metric, a, b)
    if not (is_finite(a) and is_finite(b)) then return 0 / 0 end
    return metrics[metric](a, b)
end

--- How far a float32 kernel may be off. Cosine: the contract. The others: the
--- same relative to what is summed, and half a unit of the rounded result.
function oracle.tolerance(metric, a, b)
    if metric == "cosine" then return 1e-6 end
    if metric == "dot" then return 1e-6 * oracle.norm(a) * oracle.norm(b) end
    return 1e-6 * metrics[metric](a, b)
end

--- 1, 2, ... n in the order of their scores: best first, NaN last, then by number.
function oracle.ranking(metric, scores)
    local ids = {}
    for i = 1, #scores do ids[i] = i end
    local falling = metric == "cosine" or metric == "dot"
    table.sort(ids, function(a, b)
        local x, y = scores[a], scores[b]
        if x ~= x and y ~= y then return a < b end
        if x ~= x then return false end
        if y ~= y then return true end
        if x == y then return a < b end
        if falling then return x > y end
        return x < y
    end)
    return ids
end

return oracle
