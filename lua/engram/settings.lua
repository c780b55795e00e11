--- Settings: sizes, durations and counts as text, and what is in force.
--
--    settings.size "4M"        -> 4194304
--    settings.duration "2m"    -> 120 (seconds)
--    settings.count "10k"      -> 10000
--    settings.arena { arena_size = "4M" } -> the arena's settings, each with its source
--
-- Flag beats environment beats default. What is not understood is never ignored:
-- every parser answers nil and a message that names the value.

local C = require "engram.c"

local settings = {}

-- Of an arena: what a run should use at most.
settings.ideal_share = 0.65

settings.policies = {
    panic = tonumber(C.EG_PANIC), error = tonumber(C.EG_ERROR),
    fallback = tonumber(C.EG_FALLBACK), grow = tonumber(C.EG_GROW),
}
settings.allocators = {
    thread = tonumber(C.EG_THREAD), shared = tonumber(C.EG_SHARED), malloc = tonumber(C.EG_MALLOC),
}

local size_units = { [""] = 1, K = 1024, M = 1024 ^ 2, G = 1024 ^ 3 }
local time_units = { ms = 1e-3, s = 1, m = 60, h = 3600 }
local count_units = { [""] = 1, k = 1e3, M = 1e6, G = 1e9 }

local seconds_max = 366 * 24 * 3600
local arena_size_min, arena_size_max = 64 * 1024, 2 ^ 40

--- A value as a message shows it: in quotes where it could not be seen, empty or with blanks.
function settings.shown(value)
    local text = tostring(value)
    if text ~= "" and not text:find "[%s%c]" then return text end
    return "'" .. text:gsub("%c", "?") .. "'"
end

local shown = settings.shown

-- "1.5G" -> 1.5, "G"; nil for anything but a plain decimal number and letters.
local function split(text)
    if type(text) == "number" then text = ("%.17g"):format(text) end
    local number, unit = tostring(text):match "^(%d+%.?%d*)(%a*)$"
    return tonumber(number), unit
end

--- Bytes: 4194304, "512K", "4M", "1G", in powers of 1024.
function settings.size(value)
    local number, unit = split(value)
    local scale = number and size_units[unit:upper()]
    if not scale then return nil, shown(value) .. " is not a size (512K, 4M, 1G or bytes)" end
    local bytes = number * scale
    if bytes % 1 ~= 0 then return nil, shown(value) .. " is not a whole number of bytes" end
    return bytes
end

--- Seconds: "500ms", "10s", "2m", "1h"; a plain number is seconds.
function settings.duration(value)
    local number, unit = type(value) == "number" and value, ""
    if not number then number, unit = split(value) end
    local scale = number and (unit == "" and 1 or time_units[unit])
    if not scale then return nil, shown(value) .. " is not a duration (500ms, 10s, 2m)" end
    if not (number > 0 and number < math.huge) then
        return nil, shown(value) .. " is not a duration above zero"
    end
    if number * scale > seconds_max then return nil, tostring(value) .. " is more than a year" end
    return number * scale
end

--- A whole number: 100000, "100k", "2M", in powers of 1000.
function settings.count(value)
    local number, unit = split(value)
    local scale = number and count_units[unit]
    if not scale then return nil, shown(value) .. " is not a count (1000, 1k, 2M)" end
    local count = math.floor(number * scale + 0.5) -- 4.1 * 1e6 is not whole in binary
    if math.abs(number * scale - count) > count * 1e-15 or count > 2 ^ 53 then
        return nil, shown(value) .. " is not a whole number"
    end
    return count
end

--- A boolean, or what stands for one: 1, 0, "true", "false".
function settings.switch(value)
    if value == true or value == "true" or value == 1 or value == "1" then return true end
    if value == false or value == "false" or value == 0 or value == "0" then return false end
    return nil, shown(value) .. " is not true or false"
end

--- The shortest text of a size that holds bytes: a power of two, or 1.5 of one.
function settings.size_that_fits(bytes)
    local size = arena_size_min
    while size < bytes do
        if size * 1.5 >= bytes then size = size * 1.5 break end
        size = size * 2
    end
    return settings.size_text(size)
end

--- The size to recommend to whoever uses so many bytes: they would be 65 % of it, or a little less.
function settings.size_to_set(bytes)
    return settings.size_that_fits(bytes / settings.ideal_share)
end

--- 2097152 -> "2M"; what is no whole number of K stays in bytes.
function settings.size_text(bytes)
    for _, unit in ipairs { "G", "M", "K" } do
        local count = bytes / size_units[unit]
        if count >= 1 and count % 1 == 0 then return ("%d%s"):format(count, unit) end
    end
    return ("%d"):format(bytes)
end

local function arena_size(value)
    local bytes, message = settings.size(value)
    if not bytes then return nil, message end
    if bytes < arena_size_min or bytes > arena_size_max then
        return nil, shown(value) .. " is outside 64K to 1024G"
    end
    return bytes
end

local function overflow(value)
    if settings.policies[value] then return value end
    return nil, shown(value) .. " is not one of panic, error, fallback, grow"
end

local function zero(value)
    if value == true or value == 1 or value == "1" then return true end
    if value == false or value == 0 or value == "0" then return false end
    return nil, shown(value) .. " is not 0 or 1"
end

local arena_settings = {
    { key = "arena_size", variable = "ENGRAM_ARENA_SIZE", flag = "--arena-size", parse = arena_size,
      default = 2 * 1024 ^ 2 },
    { key = "arena_overflow", variable = "ENGRAM_ARENA_OVERFLOW", flag = "--arena-overflow",
      parse = overflow, default = "error" },
    { key = "arena_zero", variable = "ENGRAM_ARENA_ZERO", flag = "--arena-zero", parse = zero,
      default = false },
}

-- What the environment says, also where a flag beats it.
local function check_variable(each)
    local text = os.getenv(each.variable)
    if text == nil then return true end
    local parsed, message = each.parse(text)
    if parsed ~= nil then return true end
    return nil, each.variable .. ": " .. message
end

--- The arena's settings in force, and `source`: where each came from.
--  given: values by key that beat the environment; defaults: that replace ours.
function settings.arena(defaults, given)
    local found = { source = {} }
    for _, each in ipairs(arena_settings) do
        local value, source = given and given[each.key], each.flag
        if value == nil then value, source = os.getenv(each.variable), each.variable end
        if value == nil then
            value, source = each.default, "default"
            if defaults and defaults[each.key] ~= nil then
                value, source = defaults[each.key], "defaults." .. each.key
            end
        end
        local parsed, message = each.parse(value)
        if parsed == nil then return nil, source .. ": " .. message end
        local good, why = check_variable(each)
        if not good then return nil, why end
        found[each.key], found.source[each.key] = parsed, source
    end
    return found
end

return settings
