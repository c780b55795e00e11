--- Baselines: the runs of another day, kept by name, to compare with.
--
--    assert(baselines.save("main", { summary }))
--    local runs, message = baselines.load "main"        -- a list of summaries
--    local runs, message = baselines.read "report.json" -- the same of any file
--
-- They are files of a folder, .engram here or $ENGRAM_BASELINES, each the JSON of its runs:
-- { "runs": [summary, ...] }. Keep them under version control, or do not.

local cjson = require "cjson"
local json = require "engram.json"
local output = require "engram.output"
local runs = require "engram.compare.runs"
local settings = require "engram.settings"

local baselines = {}

function baselines.folder()
    local folder = os.getenv "ENGRAM_BASELINES"
    return folder and folder ~= "" and folder or ".engram"
end

local function path_of(name)
    return baselines.folder() .. "/" .. name .. ".json"
end

--- The name, or nil and a message for what can be none.
function baselines.name(name)
    if tostring(name):match "^[%w_][%w_.-]*$" then return name end
    return nil, ("%s is no name for a baseline: letters, digits, '_', '-' and '.'"):format(
        settings.shown(name))
end

local function quoted(path) return "'" .. path:gsub("'", "'\\''") .. "'" end

--- The names of all that there are, sorted.
function baselines.names()
    local names, listing = {}, io.popen("ls " .. quoted(baselines.folder()) .. " 2>/dev/null")
    for file in listing:lines() do
        local name = file:match "^(.*)%.json$"
        if name and baselines.name(name) then names[#names + 1] = name end
    end
    listing:close()
    return names
end

-- A document, or a document per line, as -f jsonl writes it; intervals are passed over.
local function decoded(text)
    local ok, document = pcall(cjson.decode, text)
    if ok then return document end
    local message, list = document, {}
    for line in text:gmatch "[^\n]+" do
        local is_line, item = pcall(cjson.decode, line)
        if not is_line or type(item) ~= "table" then return nil, "no JSON: " .. message end
        if item.interval == nil then list[#list + 1] = item end
    end
    return list
end

--- The summaries in a file; nil and a message that names it.
function baselines.read(path)
    local file, message = io.open(path, "rb")
    if not file then return nil, message end
    local text
    text, message = file:read "*a" -- nil for a folder
    file:close()
    if not text then return nil, path .. ": " .. tostring(message) end
    local document, list
    document, message = decoded(text)
    if document then list, message = runs.of(document) end
    if list then return list end
    return nil, path .. ": " .. message
end

--- The summaries of a baseline; nil and a message that says which there are.
function baselines.load(name)
    local ok, message = baselines.name(name)
    if not ok then return nil, message end
    local file = io.open(path_of(name), "rb")
    if file then
        file:close()
        return baselines.read(path_of(name))
    end
    local names = baselines.names()
    return nil, ("there is no baseline %s in %s; %s"):format(name, baselines.folder(),
        #names > 0 and "there are: " .. table.concat(names, ", ") or
        "--save-baseline makes one")
end

--- nil and a message when that name can not be saved; before any work is done for it.
function baselines.check(name)
    local ok, message = baselines.name(name)
    if not ok then return nil, message end
    if os.execute("mkdir -p " .. quoted(baselines.folder())) ~= 0 then
        return nil, baselines.folder() .. " is no folder, and can not be made"
    end
    return output.check(path_of(name))
end

--- Keeps summaries under a name, in place of those that were: the path.
function baselines.save(name, list)
    local saved, message = baselines.check(name)
    if saved then saved, message = output.save(path_of(name), json.encode { runs = list }) end
    if saved then return path_of(name) end
    return nil, message
end

return baselines
