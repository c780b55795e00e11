--- Fsrs: when to review what, by the Free Spaced Repetition Scheduler, versions 4, 4.5, 5 and 6.
--
--    local fsrs = engram.fsrs { version = 6 }   -- the default; or weights = { ... } of yours
--    local card = fsrs:first(3)                  -- { stability = 2.3065, difficulty = 2.118 }
--    card = fsrs:review(card, 3, 2)              -- good, two days later
--    fsrs:interval(card, .9)                     -- days until 0.9 is left
--    fsrs:retrievability(card, 5)                -- what is left after five
--
-- Grades are 1 again, 2 hard, 3 good, 4 easy; time is in days. From version 5 on, less than a
-- day since the last review is "the same day", which has a rule of its own; before, nothing has.
-- Intervals are not rounded, and learning steps and fuzz are left to the caller.
--
-- Without version, the number of weights says which: 17 mean 4.5, 19 mean 5, 21 mean 6.
--
-- Many at once, in place and without a table for each:
--
--    fsrs:review_all(stabilities, difficulties, grades, days)
--
-- The first two are vectors or FFI arrays double[?] (then a fifth argument is their count), both
-- 0 where a card is new; grades and days are either of these or tables. An array keeps doubles,
-- a vector rounds each state to a float. Nothing has changed after an error. Meanwhile a card
-- takes 16 bytes of the arena, and 8 more for each column that is no array.
--
-- A model belongs to the Lua state that made it: in a workload, make it in thread_init.

local bit = require "bit"
local ffi = require "ffi"
local C = require "engram.c"
local arena = require "engram.arena"
local check = require "engram.check"
local matrix = require "engram.matrix"

local model_t = ffi.typeof "eg_fsrs"
local floats_pointer_t = ffi.typeof "float *"
local words_pointer_t = ffi.typeof "const uint32_t *"
local doubles_t = ffi.typeof "double[?]"
local doubles_pointer_t = ffi.typeof "double *"
local double_bytes = ffi.sizeof "double"
local ok, invalid = tonumber(C.EG_OK), tonumber(C.EG_INVALID)
local huge, nan = math.huge, 0 / 0
local count_max = 2 ^ 32 - 1

-- Published with each version: 4 to 5 in open-spaced-repetition's srs-benchmark, 6 also in
-- fsrs-rs, py-fsrs and ts-fsrs.
local published = {
    [4] = { .4, .9, 2.3, 10.9, 4.93, .94, .86, .01, 1.49, .14, .94, 2.18, .05, .34, 1.26, .29,
        2.61 },
    [4.5] = { .4872, 1.4003, 3.7145, 13.8206, 5.1618, 1.2298, .8975, .031, 1.6474, .1367, 1.0461,
        2.1072, .0793, .3246, 1.587, .2272, 2.8755 },
    [5] = { .40255, 1.18385, 3.173, 15.69105, 7.1949, .5345, 1.4604, .0046, 1.54575, .1192,
        1.01925, 1.9395, .11, .29605, 2.2698, .2315, 2.9898, .51655, .6621 },
    [6] = { .212, 1.2931, 2.3065, 8.2956, 6.4133, .8334, 3.0194, .001, 1.8722, .1666, .796,
        1.4835, .0614, .2629, 1.6483, .6014, 1.8729, .5425, .0912, .0658, .1542 },
}
local version_of_count = { [17] = 4.5, [19] = 5, [21] = 6 }
local known = { version = true, weights = true }

local fsrs = {}
fsrs.__index = fsrs

-- ---- the model

local function read_version(options)
    local version, weights = options.version, options.weights
    if weights ~= nil and type(weights) ~= "table" then
        check.bad(1, "fsrs", "weights: table of numbers expected, got " .. check.kind(weights), 2)
    end
    if version == nil then version = weights and version_of_count[#weights] or 6 end
    if not published[version] then
        check.bad(1, "fsrs", "version: 4, 4.5, 5 or 6 expected, got " .. tostring(version), 2)
    end
    return version, weights or published[version]
end

-- Weights that are optimised lie within 0 to 100; what is far outside is a mistake.
local function check_weight(w, i)
    local least = i <= 4 and .001 or i == 21 and .001 or -100
    if not (type(w) == "number" and w >= least and w <= 100) then
        check.bad(1, "fsrs", ("weight %d: number from %g to 100 expected, got %s")
            :format(i, least, tostring(w)), 2)
    end
end

local function new(options)
    options = options == nil and {} or options
    check.options(options, known, 1, "fsrs")
    local version, weights = read_version(options)
    local n = C.eg_fsrs_weights(version)
    if #weights ~= n then
        check.bad(1, "fsrs", ("weights: %d expected by version %g, got %d")
            :format(n, version, #weights))
    end
    local self = { version = version, weights = {}, model = model_t(version) }
    for i = 1, n do
        check_weight(weights[i], i)
        self.weights[i], self.model.weights[i - 1] = weights[i], weights[i]
    end
    self.decay = C.eg_fsrs_decay(self.model)
    return setmetatable(self, fsrs)
end

-- ---- one memory

-- One for all calls: a review of one, and a point of a curve.
local one = doubles_t(4)
local single = ffi.new("eg_reviews", 1, one + 0, one + 1, one + 2, one + 3)
local curve = ffi.new "eg_curve_options"
curve.items.curve, curve.items.age_scale = C.EG_FSRS, 1

local function check_grade(grade, at, name)
    if grade == 1 or grade == 2 or grade == 3 or grade == 4 then return end
    check.bad(at, name, "grade: 1 again, 2 hard, 3 good or 4 easy expected, got " ..
        tostring(grade), 2)
end

local function check_days(days, at, name)
    if type(days) == "number" and days >= 0 and days < huge then return end
    check.bad(at, name, "days: number from 0 expected, got " .. tostring(days), 2)
end

local function check_state(state, name)
    if type(state) ~= "table" then
        check.bad(1, name, "state: table expected, as first and review answer, got " ..
            check.kind(state), 2)
    end
    local s, d = state.stability, state.difficulty
    if not (type(s) == "number" and s > 0 and s < huge) then
        check.bad(1, name, "stability: number of days above 0 expected, got " .. tostring(s), 2)
    end
    if not (type(d) == "number" and d >= 1 and d <= 10) then
        check.bad(1, name, "difficulty: number from 1 to 10 expected, got " .. tostring(d), 2)
    end
end

local function review_one(self, stability, difficulty, grade, days, into)
    one[0], one[1], one[2], one[3] = grade, days, stability, difficulty
    local mine = arena.current()
    local status = C.eg_fsrs_review(mine, self.model, single)
    if status ~= ok then arena.fail(mine, status, "review", 3) end
    into.stability, into.difficulty = one[2], one[3]
    return into
end

--- The state after the first review, { stability =, difficulty = }.
function fsrs:first(grade)
    check_grade(grade, 1, "first")
    return (review_one(self, 0, 0, grade, 0, {})) -- no tail call, for the caller's line
end

--- The state after one more, so many days after the last one; in `into` if that is given,
--  which may be the state itself.
function fsrs:review(state, grade, days, into)
    check_state(state, "review")
    check_grade(grade, 2, "review")
    check_days(days, 3, "review")
    if into ~= nil and type(into) ~= "table" then
        check.bad(4, "review", "into: table expected, got " .. check.kind(into))
    end
    return (review_one(self, state.stability, state.difficulty, grade, days, into or {}))
end

--- What is left so many days after the last review.
function fsrs:retrievability(state, days)
    check_state(state, "retrievability")
    check_days(days, 2, "retrievability")
    curve.items.a, curve.items.b = state.stability, self.decay
    return C.eg_retention(curve, days)
end

--- The days until so much is left, 0.9 if not said.
function fsrs:interval(state, retention)
    check_state(state, "interval")
    if retention == nil then retention = .9 end
    if not (type(retention) == "number" and retention > 0 and retention <= 1) then
        check.bad(2, "interval", "retention: number above 0, up to 1 expected, got " ..
            tostring(retention))
    end
    curve.items.a, curve.items.b = state.stability, self.decay
    local days = C.eg_interval(curve, retention)
    if days == huge then
        check.bad(2, "interval", ("%.14g or more is left at every age"):format(retention))
    end
    return days
end

-- ---- many

local columns = { "stabilities", "difficulties", "grades", "days" }

-- How many items a column holds, or nil when only the caller knows. Blames the caller of
-- review_all.
local function length_of(x, at)
    if matrix.is_vector(x) then
        if x.slot.serial ~= x.serial then error("stale: its arena was rewound", 4) end
        if at <= 2 and x.owner ~= nil and x.owner.frozen ~= 0 then
            check.bad(at, "review_all", columns[at] .. " of a frozen matrix can not be changed", 3)
        end
        return x.length
    end
    if ffi.istype(doubles_t, x) or ffi.istype(doubles_pointer_t, x) then return nil end
    if type(x) == "table" and at > 2 then return #x end
    local fixed = check.kind(x):match "^double%[(%d+)%]$"
    if fixed then return tonumber(fixed) end
    check.bad(at, "review_all", columns[at] .. ": vector" ..
        (at > 2 and ", table" or "") .. " or double[?] expected, got " .. check.kind(x), 3)
end

local function check_length(x, at, count)
    local length = length_of(x, at)
    count = count or length
    if length ~= nil and length ~= count then
        check.bad(at, "review_all", ("%s: %d expected, got %d"):format(columns[at], count, length),
            2)
    end
    return count
end

local function check_numbers(x, at)
    if type(x) ~= "table" then return end
    for i = 1, #x do
        if type(x[i]) ~= "number" then
            check.bad(at, "review_all", ("%s, %d: number expected, got %s")
                :format(columns[at], i, check.kind(x[i])), 2)
        end
    end
end

-- A column as doubles: itself, or a copy in the arena.
local function doubles_of(x, mine, mark, count)
    local is_vector = matrix.is_vector(x)
    if not is_vector and type(x) ~= "table" then return ffi.cast(doubles_pointer_t, x) end
    local memory = C.eg_arena_alloc(mine, count * double_bytes)
    if memory == nil then
        C.eg_arena_rewind(mine, mark)
        arena.fail(mine, C.EG_OVERFLOW, "review_all", 3)
    end
    local copy = ffi.cast(doubles_pointer_t, memory)
    if is_vector then
        for i = 1, count do copy[i - 1] = x:get(i) end
    else
        for i = 1, count do copy[i - 1] = x[i] end
    end
    return copy
end

local function give_back(x, doubles, count)
    if not matrix.is_vector(x) then return end
    local cells = ffi.cast(floats_pointer_t, x.cells)
    for i = 0, count - 1 do cells[i] = doubles[i] end
    if x.owner ~= nil then C.eg_matrix_touch(x.owner) end
end

-- LuaJIT would take a NaN of certain bits for a value of another type.
local function double_at(doubles, i)
    local words = ffi.cast(words_pointer_t, doubles)
    local high = bit.band(words[2 * i + 1], 0x7fffffff)
    if high > 0x7ff00000 or high == 0x7ff00000 and words[2 * i] ~= 0 then return nan end
    return doubles[i]
end

-- The number of the column in which C found a fault, and what to say about it.
local function fault(request)
    for i = 0, request.count - 1 do
        local s, d = double_at(request.stabilities, i), double_at(request.difficulties, i)
        local grade, days = double_at(request.grades, i), double_at(request.days, i)
        local is_new = s == 0 and d == 0
        if not is_new and not (s > 0 and s < huge) then
            return 1, i, s, "days above 0"
        elseif not is_new and not (d >= 1 and d <= 10) then
            return 2, i, d, "a number from 1 to 10, or 0 for both where a card is new"
        elseif not (grade == 1 or grade == 2 or grade == 3 or grade == 4) then
            return 3, i, grade, "1, 2, 3 or 4"
        elseif not (days >= 0 and days < huge) then
            return 4, i, days, "a number from 0"
        end
    end
end

local function refused(at, i, value, expected)
    if at == nil then
        check.bad(2, "review_all", "difficulties lie over stabilities", 2)
    end
    check.bad(at, "review_all", ("%s, %d: %s expected, got %.14g")
        :format(columns[at], i + 1, expected, value), 2)
end

local many = ffi.new "eg_reviews"

--- A review of each. See above.
function fsrs:review_all(stabilities, difficulties, grades, days, count)
    if count ~= nil then check.count(count, 0, count_max, 5, "review_all", "count") end
    count = check_length(stabilities, 1, count)
    count = check_length(difficulties, 2, count)
    count = check_length(grades, 3, count)
    count = check_length(days, 4, count)
    if count == nil then check.bad(5, "review_all", "the count of the arrays expected, got nil") end
    check_numbers(grades, 3)
    check_numbers(days, 4)

    local mine = arena.current()
    local mark = C.eg_arena_mark(mine)
    many.count = count
    many.stabilities = doubles_of(stabilities, mine, mark, count)
    many.difficulties = doubles_of(difficulties, mine, mark, count)
    many.grades = doubles_of(grades, mine, mark, count)
    many.days = doubles_of(days, mine, mark, count)
    local status = C.eg_fsrs_review(mine, self.model, many)
    local at, i, value, expected
    if status == ok then
        give_back(stabilities, many.stabilities, count)
        give_back(difficulties, many.difficulties, count)
    elseif status == invalid then
        at, i, value, expected = fault(many)
    end
    C.eg_arena_rewind(mine, mark)
    if status == invalid then refused(at, i, value, expected) end
    if status ~= ok then arena.fail(mine, status, "review_all", 2) end
end

return { new = new }
