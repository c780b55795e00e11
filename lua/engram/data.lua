--- Data: where the files are that come with engram, or can be installed beside them.
--
--    local path, message = data.data "words.npy"        -- shipped; engram.data
--    local path, message = data.data "full/words.npy"   -- once make data-full has been run
--
-- Looked for in the folder that ENGRAM_DATA names, if it does, and then beside this module.

local check = require "engram.check"

local data = {}

local shipped = { "words.npy", "words.tsv", "words.txt" }
local full = { "full/words.npy", "full/words.tsv", "full/words.txt", "full/synsets.txt" }

local is_full = {}
for _, name in ipairs(full) do is_full[name] = true end

local function opens(path)
    local file, message = io.open(path, "rb")
    if file then file:close() end
    return file ~= nil, message
end

local function own_folder()
    local own = package.searchpath("engram.load", package.path)
    return own and own:gsub("load%.lua$", "data") or "data"
end

-- The folders to look into, the first one first. nil and a message for one that is not there.
local function folders()
    local named = os.getenv "ENGRAM_DATA"
    if not named then return { own_folder() } end
    if named == "" then return nil, "ENGRAM_DATA: '' names no folder" end
    local is_there, message = opens(named)
    if not is_there then return nil, "ENGRAM_DATA: " .. message end
    return { named, own_folder() }
end

local function missing(name, message)
    if not is_full[name] then return message end
    return ("data: %s is not installed; make data-full installs it"):format(name)
end

--- The path of a file. nil and a message when it is not there.
function data.data(name)
    if type(name) ~= "string" then
        check.bad(1, "data", "name expected, got " .. check.kind(name))
    end
    local known = is_full[name]
    for _, each in ipairs(shipped) do known = known or each == name end
    if not known then
        return nil, ("data: no '%s'; there are %s; and %s"):format(name,
            table.concat(shipped, ", "), table.concat(full, ", "))
    end
    local list, message = folders()
    if not list then return nil, message end
    for _, folder in ipairs(list) do
        local is_there
        is_there, message = opens(folder .. "/" .. name)
        if is_there then return folder .. "/" .. name end
    end
    return nil, missing(name, message)
end

--- What engram.info tells of it: the folder, who named it, and whether all of the full data is
--  there. nil and a message when ENGRAM_DATA names no folder that is there.
function data.info()
    local list, message = folders()
    if not list then return nil, message end
    local is_complete = true
    for _, name in ipairs(full) do is_complete = is_complete and data.data(name) ~= nil end
    return { value = list[1], source = #list > 1 and "ENGRAM_DATA" or "default",
        full = is_complete }
end

return data
