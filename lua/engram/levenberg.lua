--- Levenberg: Levenberg and Marquardt's descent, on the logarithms of parameters.
--
--    local best = levenberg.descend(problem, { 1, .5 })
--    best.parameters, best.loss, best.converged, best.iterations
--
-- A problem has count points; predict(i, parameters), which answers what a curve says of point
-- i; residual(i, predicted), which answers what is missing there and how much that weighs; and
-- loss(i, predicted), which sums up to what is made least. For least squares the weight is 1;
-- with the weights of a likelihood the same steps are Fisher's scoring.
--
-- Parameters are above 0, which their logarithms guarantee. A loss that is NaN is never taken.
-- converged: it ended where the loss is flat, at parameters that the points tell apart; one that
-- runs off to where a curve becomes another one has not converged.

local exp, log, abs, max, min = math.exp, math.log, math.abs, math.max, math.min
local huge = math.huge

local levenberg = {}

local iterations_max = 500
local difference = 1e-5 -- of a logarithm: its square and the last bits weigh the same
local step_max = 2

-- The next step, undamped, says how far it still is: where to stop; and what is near enough
-- when rounding hides whether a step leads down.
local there_yet, near_enough = 1e-9, 1e-5

local function exps(logs)
    local parameters = {}
    for k = 1, #logs do parameters[k] = exp(logs[k]) end
    return parameters
end

--- What is made least, at these parameters.
function levenberg.loss(problem, parameters)
    local sum = 0
    for i = 1, problem.count do sum = sum + problem.loss(i, problem.predict(i, parameters)) end
    return sum
end

-- The derivatives of each prediction by each logarithm: [k][i].
local function derivatives(problem, logs)
    local columns = {}
    for k = 1, #logs do
        local here, column = logs[k], {}
        logs[k] = here + difference
        local above = exps(logs)
        logs[k] = here - difference
        local below = exps(logs)
        logs[k] = here
        for i = 1, problem.count do
            column[i] = (problem.predict(i, above) - problem.predict(i, below)) / (2 * difference)
        end
        columns[k] = column
    end
    return columns
end

-- The normal equations: products of the derivatives, and theirs with the residuals.
local function normal(problem, logs)
    local columns, parameters = derivatives(problem, logs), exps(logs)
    local products, slopes = {}, {}
    for k = 1, #logs do
        products[k], slopes[k] = {}, 0
        for m = 1, #logs do products[k][m] = 0 end
    end
    for i = 1, problem.count do
        local residual, weight = problem.residual(i, problem.predict(i, parameters))
        for k = 1, #logs do
            local weighted = weight * columns[k][i]
            slopes[k] = slopes[k] + weighted * residual
            for m = 1, #logs do products[k][m] = products[k][m] + weighted * columns[m][i] end
        end
    end
    return products, slopes
end

-- Solves by elimination, which needs no choice of pivots where products make the rows; nil
-- where there is none. Both are used up.
local function solved(rows, right)
    local n = #right
    for k = 1, n do
        local has_pivot = rows[k][k] > 0 -- NaN has none
        if not has_pivot then return nil end
        for m = k + 1, n do
            local times = rows[m][k] / rows[k][k]
            for j = k, n do rows[m][j] = rows[m][j] - times * rows[k][j] end
            right[m] = right[m] - times * right[k]
        end
    end
    for k = n, 1, -1 do
        for j = k + 1, n do right[k] = right[k] - rows[k][j] * right[j] end
        right[k] = right[k] / rows[k][k]
    end
    return right
end

-- The step down, held back by damping; nil where there is none.
local function step_of(products, slopes, damping)
    local rows, right = {}, {}
    for k = 1, #slopes do
        rows[k], right[k] = {}, slopes[k]
        for m = 1, #slopes do rows[k][m] = products[k][m] end
        rows[k][k] = rows[k][k] * (1 + damping)
    end
    return solved(rows, right)
end

local function distance_left(products, slopes)
    local step, longest = step_of(products, slopes, 0), 0
    if not step then return huge end
    for k = 1, #step do longest = max(longest, abs(step[k])) end
    return longest
end

local function moved(logs, step)
    local there = {}
    for k = 1, #logs do there[k] = logs[k] + max(-step_max, min(step_max, step[k])) end
    return there
end

--- Descends from a start. See above.
function levenberg.descend(problem, start)
    local logs = {}
    for k = 1, #start do logs[k] = log(start[k]) end
    local loss, damping, iterations = levenberg.loss(problem, start), 1e-3, 0
    local products, slopes = normal(problem, logs)
    local left = distance_left(products, slopes)
    while left > there_yet and iterations < iterations_max and damping < 1e12 do
        iterations = iterations + 1
        local step = step_of(products, slopes, damping)
        local there = step and moved(logs, step)
        local loss_there = there and levenberg.loss(problem, exps(there)) or huge
        if loss_there < loss then
            logs, loss, damping = there, loss_there, max(damping / 10, 1e-9)
            products, slopes = normal(problem, logs)
            left = distance_left(products, slopes)
        else
            damping = damping * 10
        end
    end
    return {
        parameters = exps(logs), loss = loss, iterations = iterations,
        converged = left <= near_enough,
    }
end

return levenberg
