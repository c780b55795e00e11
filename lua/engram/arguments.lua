--- Arguments: is what engram.run is given a table of known keys, each with a value of a kind
--- that it can have?
--
--    arguments.check(given)      -- raises, and blames the caller of engram.run
--
-- What a value of the right kind means is not looked at here.

local pairs = require("engram.core").pairs
local check = require "engram.check"
local flags = require "engram.flags"

local arguments = {}

local own_keys = { workload = "string", source = "string", options = "table" }

-- In words, and by type.
local expected = {
    string = { about = "text", string = true },
    table = { about = "table", table = true },
    switch = { about = "true or false", boolean = true, string = true, number = true },
    value = { about = "number or text", string = true, number = true },
    list = { about = "text or list of texts", string = true, table = true },
}

local function kind_of(key)
    if own_keys[key] then return expected[own_keys[key]] end
    local flag = flags.by_key[key]
    if not flag then return nil end
    if flag.is_list then return expected.list end
    return expected[(key == "arena_zero" or not flag.value) and "switch" or "value"]
end

-- Of a misspelt key: the one that is meant.
local function near(key)
    if type(key) ~= "string" then return nil end
    local names = {}
    for each in pairs(own_keys) do names[#names + 1] = each end
    for _, flag in ipairs(flags) do names[#names + 1] = flag.key end
    table.sort(names)
    return require("engram.spelling").near(key, require("engram.words").words(names), 1)[1]
end

local function complaint(given)
    if type(given) ~= "table" then return "table expected, got " .. check.kind(given) end
    for key, value in pairs(given) do
        local kind = kind_of(key)
        if not kind then
            local meant = near(key)
            return ("unknown key '%s'%s"):format(tostring(key),
                meant and ("; did you mean '%s'?"):format(meant) or "")
        end
        if not kind[type(value)] then
            return ("%s: %s expected, got %s"):format(key, kind.about, check.kind(value))
        end
    end
    if (given.workload == nil) == (given.source == nil) then
        return "either workload or source expected"
    end
end

--- Raises what is wrong with the argument of engram.run.
function arguments.check(given)
    local message = complaint(given)
    if message then check.bad(1, "run", message, 2) end
end

return arguments
