--- Named: one of the things in a file that have names.
--
--    local tensor, message = named.choose(list, "weights", "tensor")
--
-- list[i].name; of a single one the name need not be told. Messages show some of the names.

local named = {}

local name_max, list_max = 40, 200

--- A name in quotes, printable and not too long.
function named.shown(name)
    local piece = name:sub(1, name_max):gsub("[^\32-\126]", function(byte)
        return ("\\%03d"):format(byte:byte())
    end)
    return '"' .. piece .. (#name > name_max and '..."' or '"')
end

local function listed(list)
    local text = named.shown(list[1].name)
    for i = 2, #list do
        if #text > list_max then return ("%s and %d more"):format(text, #list - i + 1) end
        text = text .. ", " .. named.shown(list[i].name)
    end
    return text
end

--- what names the things, and the option that chooses one.
function named.choose(list, name, what)
    if #list == 0 then return nil, ("a %s expected, there is none"):format(what) end
    if not name and #list == 1 then return list[1] end
    for _, each in ipairs(list) do
        if each.name == name then return each end
    end
    if name then
        return nil, ("no %s %s; there are %s"):format(what, named.shown(name), listed(list))
    end
    return nil, ("%d of them found: %s; %s = one of these tells which"):format(#list,
        listed(list), what)
end

return named
