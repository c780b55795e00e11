--- Sm2: SuperMemo 2 of 1987, in its variants by name.
--
--    local sm2 = engram.sm2()
--    local item = sm2:first()              -- { repetition = 0, interval = 0, ef = 2.5 }
--    item = sm2:review(item, 4)            -- graded 0 to 5: the interval in days until the next
--
-- The interval is 1 day, then 6, then the last one times the E-factor ef, which moves with each
-- grade q by 0.1 - (5 - q)(0.08 + (5 - q) 0.02) and stays at 1.3 or more. Below 3, the
-- repetitions start again. What is told differently:
--
--    option       Wozniak's text (default)          npm supermemo
--    ef_on_fail   "keep"                            "change"     a grade below 3
--    rounding     "up"                              "nearest"    or "none"
--    ef_order     "updated" by this grade           "previous"   what multiplies the interval

local check = require "engram.check"

local ceil, floor = math.ceil, math.floor
local known = { ef_on_fail = true, rounding = true, ef_order = true }
local on_fail = { keep = "keep", change = "change" }
local orders = { updated = "updated", previous = "previous" }

-- 10 * 1.3 is 13 days, also where the sum that made the 1.3 is a last bit above it.
local round = {
    up = function(x) return ceil(x * (1 - 1e-12)) end,
    nearest = function(x) return floor(x + .5) end,
    none = function(x) return x end,
}

local sm2 = {}
sm2.__index = sm2

local function new(options)
    check.options(options, known, 1, "sm2")
    options = options or {}
    local function word(what, words, default)
        local value = options[what]
        if value == nil then value = default end
        return (check.word(value, words, 1, "sm2", what, 2)) -- no tail call, for the line
    end
    return setmetatable({
        ef_on_fail = word("ef_on_fail", on_fail, "keep"),
        round = word("rounding", round, "up"),
        ef_order = word("ef_order", orders, "updated"),
    }, sm2)
end

--- An item that was never repeated.
function sm2.first()
    return { repetition = 0, interval = 0, ef = 2.5 }
end

local function check_item(item)
    if type(item) ~= "table" then
        check.bad(1, "review", "item: table expected, as first and review answer, got " ..
            check.kind(item), 2)
    end
    local repetition, interval, ef = item.repetition, item.interval, item.ef
    if not (type(repetition) == "number" and repetition >= 0 and repetition % 1 == 0) then
        check.bad(1, "review", "repetition: whole number from 0 expected, got " ..
            tostring(repetition), 2)
    end
    if not (type(interval) == "number" and interval >= 0 and interval < math.huge) then
        check.bad(1, "review", "interval: number of days from 0 expected, got " ..
            tostring(interval), 2)
    end
    if not (type(ef) == "number" and ef >= 1.3 and ef < math.huge) then
        check.bad(1, "review", "ef: number from 1.3 expected, got " .. tostring(ef), 2)
    end
end

local function moved(ef, q)
    local missing = 5 - q
    return math.max(1.3, ef + (.1 - missing * (.08 + missing * .02)))
end

local function next_interval(self, item, ef)
    if item.repetition == 0 then return 1 end
    if item.repetition == 1 then return 6 end
    return self.round(item.interval * (self.ef_order == "updated" and ef or item.ef))
end

--- The item after a repetition with grade q, as a new table or in `into`.
function sm2:review(item, q, into)
    check_item(item)
    check.count(q, 0, 5, 2, "review", "grade")
    if into ~= nil and type(into) ~= "table" then
        check.bad(3, "review", "into: table expected, got " .. check.kind(into))
    end
    local failed = q < 3
    local ef = failed and self.ef_on_fail == "keep" and item.ef or moved(item.ef, q)
    local interval = failed and 1 or next_interval(self, item, ef)
    into = into or {}
    into.repetition = failed and 0 or item.repetition + 1
    into.interval, into.ef = interval, ef
    return into
end

return { new = new }
