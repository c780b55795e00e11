--- Chosen: commands that take a workload: run, and its sisters.
--
--    return chosen.command {
--        name = "tune", line = "...", about = "...", groups = { ... }, leave_out = { rate = true },
--        defaults = { duration = "1s" },         -- its own, in place of run's, as help says them
--        body = function(loaded, values, progress) ... return exit_code end,
--    }
--
-- The workload's own options and those of run come with it. Words before the workload's name
-- are options of run or of the command, so the name can be found before its own are known.

local output = require "engram.output"
local pairs = require("engram.core").pairs
local run = require "engram.run"
local settings = require "engram.settings"
local terminal = require "engram.terminal"
local usage = require "engram.usage"
local workload = require "engram.workload"

local chosen = {}

-- The --no-x of a switch --x; nil where an option of the script is called so.
local function off_of(switch, is_own)
    local flag = "--no-" .. switch.flag:sub(3)
    if is_own[flag] then return nil end
    return { key = switch.key, flag = flag, about = switch.about, is_off = true }
end

-- Of what is on unless it is switched off help shows both ways.
local function on_by_default(switch, off)
    return setmetatable({ shown = off and "--[no-]" .. switch.flag:sub(3),
        about = switch.about .. " (default: on)" }, { __index = switch })
end

local function flags_of(loaded)
    local is_own = {}
    for _, each in ipairs(loaded and loaded.options or {}) do is_own[each.flag] = true end
    return is_own
end

-- What help shows; and what it does not, a switch's other way, to hidden.
local function own_options(loaded, hidden)
    local options, is_own = {}, flags_of(loaded)
    for i, each in ipairs(loaded.options) do
        local default = each.default
        if type(default) == "boolean" then
            local switch = { key = "own_" .. each.key, flag = each.flag, about = each.about }
            local off = off_of(switch, is_own)
            options[i] = default and on_by_default(switch, off) or switch
            hidden[#hidden + 1] = off
        else
            options[i] = { key = "own_" .. each.key, flag = each.flag,
                value = type(default) == "number" and "N" or "TEXT",
                about = ("%s (default: %s)"):format(each.about, tostring(default)) }
        end
    end
    return options
end

-- What is in force where nobody says more: of the command, or else of the script; false for
-- what has no default then.
local function defaults_of(of, loaded)
    local defaults = {}
    for key, value in pairs(loaded and loaded.defaults or {}) do defaults[key] = value end
    if defaults.events or defaults.stage then defaults.duration = defaults.duration or false end
    for key, value in pairs(of.defaults or {}) do defaults[key] = value end
    if (of.defaults or {}).duration then defaults.events = nil end
    return defaults
end

-- An option of run, with that default in its help; off: the other way of a switch, if any.
local function with_default(option, default, off)
    if not option.value then
        return settings.switch(default) and on_by_default(option, off) or option
    end
    if default == nil then return option end
    if type(default) == "table" then default = table.concat(default, ", ") end
    local text = tostring(default)
    if type(default) == "number" and option.value == "TIME" then text = text .. "s" end
    local about, count = option.about:gsub("default: [^)]*", function()
        return "default: " .. text
    end)
    if default == false and option.key == "duration" then
        about = option.about:gsub(" %(default: [^)]*%)", "")
    elseif count == 0 then
        about = ("%s (default: %s)"):format(about, text)
    end
    return setmetatable({ about = about }, { __index = option })
end

-- A script may have turned on what the command line turns off.
local function run_groups(of, loaded, hidden)
    local groups, left_out = {}, of.leave_out or {}
    local defaults, is_own = defaults_of(of, loaded), flags_of(loaded)
    for _, group in ipairs(run.flags.groups) do
        local options = {}
        for _, option in ipairs(group.options) do
            if not left_out[option.key] then
                local off = not option.value and off_of(option, is_own) or nil
                options[#options + 1] = with_default(option, defaults[option.key], off)
                hidden[#hidden + 1] = off
            end
        end
        if #options > 0 then groups[#groups + 1] = { title = group.title, options = options } end
    end
    return groups
end

local function spec_of(of, loaded)
    local groups, hidden = {}, {}
    if loaded and #loaded.options > 0 then
        groups[1] = { title = "Options of " .. loaded.name,
            options = own_options(loaded, hidden) }
    end
    for _, group in ipairs(of.first_groups or {}) do groups[#groups + 1] = group end
    for _, group in ipairs(run_groups(of, loaded, hidden)) do
        groups[#groups + 1] = group
    end
    for _, group in ipairs(of.groups or {}) do groups[#groups + 1] = group end
    local name = loaded and loaded.name or "WORKLOAD"
    local examples = {}
    for i, example in ipairs(of.examples) do
        examples[i] = loaded and example:gsub("%f[%w]recall%f[%W]", loaded.name) or example
    end
    return {
        name = loaded and of.name .. " " .. loaded.name or of.name,
        usage = of.name .. " " .. name .. (of.takes_rest and " [WORKLOAD ...]" or "") ..
            " [options]",
        about = loaded and of.name == "run" and (loaded.script.about or loaded.name) or of.about,
        is_chosen = loaded ~= nil, takes_rest = of.takes_rest,
        arguments = { { key = "workload", label = "WORKLOAD", optional = true,
            about = "a path (with a / or ending in .lua), - for standard input, or a built-in's " ..
                "name ('engram list'); its own options come after it, and 'engram " .. of.name ..
                " WORKLOAD --help' shows them" } },
        groups = groups, hidden = hidden, formats = of.formats, examples = examples,
    }
end

--- What the command line says of the run, for run.config.
function chosen.given(values, loaded)
    local given = { options = {} }
    for _, flag in ipairs(run.flags) do given[flag.key] = values[flag.key] end
    for _, option in ipairs(loaded.options) do
        local value = values["own_" .. option.key]
        if value ~= nil then given.options[option.key] = value end
    end
    return given
end

--- Does standard output hold what a program is to read?
function chosen.is_data(values)
    return values.format ~= nil and values.format ~= "text"
end

--- Says what may be misspelt in a script, where no report does.
function chosen.warn(loaded)
    for _, warning in ipairs(loaded.warnings) do
        io.stderr:write("engram: warning: ", loaded.name, ": ", warning, "\n")
    end
end

--- The workload of that name, loaded; or nil and the exit code once it is said what is wrong.
function chosen.load(spec, name)
    local found, message = workload.find(name)
    if not found then return nil, terminal.refuse(spec, message) end
    local loaded
    loaded, message = workload.load(found)
    if not loaded then return nil, terminal.complain(terminal.failed, message) end
    return loaded
end

-- No word names a workload.
local function without_name(of, spec, words, seen)
    if seen.help then return terminal.say(usage.help(spec)) end
    local _, message = usage.parse(spec, words)
    if message and not message:match "%?$" then
        message = message .. "; a workload's own options come after its name"
    end
    return terminal.refuse(spec, message or
        of.name .. ": no workload is named; 'engram list' shows some")
end

--- A command that engram.commands can list.
function chosen.command(of)
    local function command(words)
        local spec = spec_of(of)
        local name, seen = usage.peek(spec, words)
        if not name then return without_name(of, spec, words, seen) end
        -- Scripts may print as soon as they are loaded.
        local progress = output.progress()
        output.redirect(chosen.is_data(seen) and not seen.output and io.stderr or io.stdout,
            function() progress:clear() end)
        local loaded, code = chosen.load(spec, name)
        if not loaded then return code end
        spec = spec_of(of, loaded)
        local values
        values, code = terminal.values(spec, words)
        if not values then return code end
        if values.help then return terminal.say(usage.help(spec)) end
        progress.quiet = values.quiet
        if of.name ~= "run" then chosen.warn(loaded) end
        return of.body(loaded, values, progress, spec)
    end
    return { name = of.name, label = of.name .. " WORKLOAD", line = of.line, run = command,
        spec = function(loaded) return spec_of(of, loaded) end, takes_help = true }
end

return chosen
