--- Workload: finding a script, loading it, and its own options.
--
--    local found = workload.find "recall"          -- or a path, or "-"
--    local loaded = workload.load(found)
--    local options = workload.options(loaded, { k = "20" })
--
-- Every function answers nil and a message for what it can not accept.

local C = require "engram.c"
local pairs = require("engram.core").pairs
local event = require "engram.event"
local flags = require "engram.flags"
local settings = require "engram.settings"
local errors = require "engram.errors"
local misspelt = require "engram.misspelt"
local spelling = require "engram.spelling"
local thresholds = require "engram.thresholds"

local workload = {}

local builtin_prefix = "engram.workloads."
local known_fields = {
    about = "string", options = "table", defaults = "table|function", setup = "function",
    thread_init = "function", event = "function", thread_done = "function", done = "function",
    event_batch = "function", mix = "table", validate = "function", thresholds = "table",
}
local event_kinds = { "event", "event_batch", "mix" }

local function read_all(path)
    local file, message = io.open(path, "rb")
    if not file then return nil, message end
    local text
    text, message = file:read "*a"
    file:close()
    if not text then return nil, path .. ": " .. tostring(message) end
    return text
end

-- One file each in engram/workloads.
local builtin_names = { "alloc", "decay", "mixed", "noop", "recall", "similarity", "spread" }

local function is_file(path) return C.eg_path_kind(path) == C.EG_PATH_FILE end

-- What is said of a name that no built-in has.
local function unknown(name)
    local text = ("workload: there is no '%s'"):format(name)
    if is_file("./" .. name .. ".lua") then
        return ("%s, but ./%s.lua is there: a path holds a / or ends in .lua"):format(text, name)
    end
    if is_file("./" .. name) then
        return ("%s, but ./%s is there: a path holds a / or ends in .lua"):format(text, name)
    end
    local meant = spelling.closest(name, builtin_names)
    if meant then return ("%s; did you mean '%s'?"):format(text, meant) end
    return ("%s; built in are %s; a path holds a / or ends in .lua"):format(text,
        table.concat(builtin_names, ", "))
end

--- name holds "/" or ends in .lua: a path; "-": standard input; else a built-in.
function workload.find(name)
    local text, message
    if name == "-" then
        text = io.read "*a"
        return { name = "stdin", path = nil, text = text, chunk = "=stdin" }
    end
    if name:find("/", 1, true) or name:match "%.lua$" then
        text, message = read_all(name)
        if not text then return nil, "workload: " .. message end
        return { name = name, path = name, text = text, chunk = "@" .. name }
    end
    local path = name:match "^[%w_]+$" and package.searchpath(builtin_prefix .. name, package.path)
    if not path then return nil, unknown(name) end
    text, message = read_all(path)
    if not text then return nil, message end
    return { name = name, path = path, text = text, chunk = "@" .. path, builtin = true }
end

--- A script as text, as engram.run{ source = } takes it.
function workload.from_source(text)
    return { name = "source", path = nil, text = text, chunk = "=source" }
end

local function with_first(list, entry)
    return list:sub(1, #entry) == entry and list or entry .. list
end

-- A sibling module is everyone's second script, a library in C the third: its folder is searched
-- first.
local function add_folder(path)
    local folder = path and path:match "^(.*)/[^/]*$" or "."
    package.path = with_first(package.path, folder .. "/?.lua;")
    package.cpath = with_first(package.cpath, folder .. "/?.so;")
end

local function without_event(script)
    local field, name = misspelt.event(script, { "event", "event_batch" })
    return "it has no event function" ..
        (field and ("; is '%s' meant to be '%s'?"):format(field, name) or "")
end

-- What may be misspelt: warnings, of the kinds of event none where there is one.
local function warnings_of(script)
    local known = {}
    for field, kind in pairs(known_fields) do known[field] = kind end
    for _, kind in ipairs(event_kinds) do
        if not script[kind] then known[kind] = "" end
    end
    return misspelt.fields(script, known)
end

local function check_fields(script)
    for field, kind in pairs(known_fields) do
        local value = script[field]
        if value ~= nil and not ("|" .. kind .. "|"):find("|" .. type(value) .. "|", 1, true) then
            return nil, ("%s is a %s, not a %s"):format(field, type(value),
                (kind:gsub("|", " or a ")))
        end
    end
    local found = {}
    for _, kind in ipairs(event_kinds) do
        if script[kind] then found[#found + 1] = kind end
    end
    if #found == 0 then return nil, without_event(script) end
    if #found > 1 then return nil, ("it has both %s and %s"):format(found[1], found[2]) end
    local limits, message = thresholds.list(script.thresholds or {})
    if not limits then return nil, "thresholds: " .. message end
    if script.mix then return event.operations(script) end
    return true
end

local is_option_type = { number = true, string = true, boolean = true }

local reserved = { format = true, output = true, quiet = true, hdr = true, help = true, set = true,
    ["repeat"] = true, interleave = true, workload = true }

local function run_uses(key)
    for _, each in ipairs(flags) do
        if each.key == key then return true end
    end
    return reserved[key] ~= nil
end

-- The script's options as a sorted list; the default's type is the option's.
local function option_list(script)
    local list = {}
    for key, value in pairs(script.options or {}) do
        local default, about = value, nil
        if type(value) == "table" then default, about = value[1], value[2] end
        if type(key) ~= "string" or not key:match "^%a[%w_]*$" then
            return nil, "option '" .. tostring(key) .. "' is no name"
        end
        if not is_option_type[type(default)] then
            return nil, ("option '%s' needs a default: a number, a text or a boolean, as in " ..
                '{ 10, "what it is" }'):format(key)
        end
        if run_uses(key) then
            return nil, ("option '%s' is one of run's own; give it another name"):format(key)
        end
        list[#list + 1] = { key = key, flag = "--" .. key:gsub("_", "-"), default = default,
            about = about or "" }
    end
    table.sort(list, function(a, b) return a.key < b.key end)
    return list
end

--- What the script would have run's options be, as a table of its own: it may depend on the
--  script's options, whose values are given. nil and a message for what is no such table.
function workload.defaults(script, options)
    local defaults = script.defaults or {}
    if type(defaults) == "function" then
        local ok, answer = pcall(defaults, options)
        if not ok then return nil, "defaults: " .. errors.text(answer) end
        defaults = answer or {}
        if type(defaults) ~= "table" then
            return nil, "defaults: a table expected, got a " .. type(defaults)
        end
    end
    local copy = {}
    for key, value in pairs(defaults) do
        local known = false
        for _, each in ipairs(flags) do known = known or each.key == key end
        if not known then return nil, "defaults." .. tostring(key) .. " is no option of run" end
        copy[key] = value
    end
    return copy
end

-- With the options that nobody gave.
local function usual_defaults(script, options)
    local values = {}
    for _, option in ipairs(options) do values[option.key] = option.default end
    return workload.defaults(script, values)
end

--- Runs the file once, here, and checks what it returned.
function workload.load(found)
    -- There is no check that would make it safe to run.
    if found.text:byte() == 27 then return nil, found.name .. " is bytecode; give its source" end
    local chunk, message = load(found.text, found.chunk, "t")
    if not chunk then return nil, message end
    add_folder(found.path)
    local ok, script = xpcall(chunk, function(value)
        return errors.text(value) .. "\n" .. errors.traceback(2)
    end)
    if not ok then return nil, script end
    if type(script) ~= "table" then
        return nil, found.name .. ": a workload returns a table, this one returned " ..
            (script == nil and "nothing" or "a " .. type(script)) .. "; see 'engram new'"
    end
    local options
    ok, message = check_fields(script)
    if ok then options, message = option_list(script) end
    if options then ok, message = usual_defaults(script, options) end
    if not (ok and options) then return nil, found.name .. ": " .. message end
    return { name = found.name, path = found.path, text = found.text, chunk = found.chunk,
        script = script, options = options, defaults = ok, warnings = warnings_of(script) }
end

local function parse(option, value)
    local kind = type(option.default)
    if kind == "number" then
        local number = tonumber(value)
        if not number and type(value) == "string" then number = settings.count(value) end
        if number and number == number then return number end
        return nil, ("%s: %s is not a number"):format(option.flag, settings.shown(value))
    elseif kind == "boolean" then
        if type(value) == "boolean" then return value end
        if value == "true" or value == "1" then return true end
        if value == "false" or value == "0" then return false end
        return nil, ("%s: %s is not true or false"):format(option.flag, settings.shown(value))
    end
    if type(value) == "string" or type(value) == "number" then return tostring(value) end
    return nil, ("%s: %s is not a text"):format(option.flag, settings.shown(value))
end

--- The values in force: given ones, parsed, and the defaults of the rest.
function workload.options(loaded, given)
    local values, known = {}, {}
    for _, option in ipairs(loaded.options) do
        known[option.key] = true
        values[option.key] = option.default
        if given and given[option.key] ~= nil then
            local value, message = parse(option, given[option.key])
            if value == nil then return nil, message end
            values[option.key] = value
        end
    end
    for key in pairs(given or {}) do
        if not known[key] then
            local names = {}
            for _, option in ipairs(loaded.options) do names[#names + 1] = option.key end
            return nil, ("'%s' is no option of %s; it has %s"):format(tostring(key), loaded.name,
                #names > 0 and table.concat(names, ", ") or "none")
        end
    end
    return values
end

--- The built-in workloads: name and about, sorted by name.
function workload.builtin()
    local list = {}
    for _, name in ipairs(builtin_names) do
        local found = workload.find(name)
        local loaded = found and workload.load(found)
        if loaded then
            list[#list + 1] = { name = name, about = loaded.script.about or "",
                options = loaded.options }
        end
    end
    return list
end

return workload
