--- Units: numbers as people read them.
--
--    units.bytes(1310720)    -> "1.25M"
--    units.time(12345)       -> "12.3 us"
--    units.count(1234567)    -> "1,234,567"

local units = {}

-- Three digits that matter: 1.23, 12.3, 123; and no zeros that say nothing.
local function short(x)
    if x >= 99.95 then return ("%.0f"):format(x) end
    return (("%.3g"):format(x))
end

local function scaled(x, steps, separator)
    for i = 1, #steps do
        local step = steps[i]
        -- 999.7 of one unit is read as 1 of the next.
        if i == #steps or x < step.below then
            return short(x / step.size) .. separator .. step.unit
        end
    end
end

local byte_steps = {
    { unit = "", size = 1, below = 1024 }, { unit = "K", size = 1024, below = 1000 * 1024 },
    { unit = "M", size = 1024 ^ 2, below = 1000 * 1024 ^ 2 }, { unit = "G", size = 1024 ^ 3 },
}
local time_steps = {
    { unit = "ns", size = 1, below = 999.5 }, { unit = "us", size = 1e3, below = 999.5e3 },
    { unit = "ms", size = 1e6, below = 999.5e6 }, { unit = "s", size = 1e9 },
}

--- Bytes, in the suffixes that settings are given in.
function units.bytes(bytes)
    return scaled(bytes, byte_steps, "")
end

--- Nanoseconds, in the unit that fits.
function units.time(ns)
    return scaled(ns, time_steps, " ")
end

--- A whole number, its thousands apart.
function units.count(count)
    local digits = ("%.0f"):format(count)
    local grouped = digits:reverse():gsub("(%d%d%d)", "%1,"):reverse()
    return (grouped:gsub("^(%-?),", "%1"))
end

--- So many of a thing: "1 row", "2,000 rows".
function units.things(count, name)
    return units.count(count) .. " " .. name .. (count == 1 and "" or "s")
end

--- Any number: whole ones whole, others with three digits that matter.
function units.number(x)
    if x % 1 == 0 and math.abs(x) < 1e15 then return units.count(x) end
    -- 999.7 is read as 1,000.
    if math.abs(x) >= 999.5 and math.abs(x) < 1e15 then return units.count(x) end
    return ("%.3g"):format(x)
end

--- Something per second.
function units.rate(per_second)
    if per_second >= 999.5 then return units.count(per_second) end
    return short(per_second)
end

--- A part of 1.
function units.percent(part)
    if part >= 10 then return units.count(part * 100) .. " %" end
    return ("%.1f %%"):format(part * 100)
end

return units
