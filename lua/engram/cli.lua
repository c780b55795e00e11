--- Cli: the engram command.
--
--    local exit_code = require "engram.cli" { "run", "recall", "-t", "8" }
--
-- Which command is meant, and the help of all. See engram.terminal for the exit codes.

require("engram.core").adopt() -- before others keep what is Lua's own

local commands = require "engram.commands"
local completions = require "engram.completions"
local info = require "engram.info"
local man = require "engram.man"
local manual = require "engram.manual"
local terminal = require "engram.terminal"
local usage = require "engram.usage"
local workload = require "engram.workload"

local function names_of(list)
    local names = {}
    for i, each in ipairs(list) do names[i] = each.name end
    return names
end

-- ---- help

local help = { name = "help", label = "help [TOPIC]", line = "what a command takes, and more" }

help.spec = {
    name = "help", usage = "help [TOPIC]",
    about = "Shows what a command takes, or a page of the manual.",
    arguments = { { key = "command", label = "TOPIC", optional = true,
        about = table.concat(names_of(commands.list), ", ") .. ", or a page below" } },
    pages = manual.topics,
    groups = { { title = "Options", options = {} } },
    examples = { "engram help run", "engram help workload",
        "engram help man | man -l -           all of it, as a man page",
        "eval \"$(engram help completion-bash)\"    what bash offers (also -zsh, -fish)" },
}

local top = {
    name = "", usage = "COMMAND [options]",
    about = "Scratch arenas, memory kernels and timed runs of Lua workloads on every core.",
    arguments_title = "Commands",
    arguments = {},
    groups = { { title = "Options", options = {
        { key = "version", flag = "--version", short = "-V", about = "which engram this is" } } } },
    examples = {
        "engram recall coffee                    what a word brings to mind",
        "engram run recall -d 5s                 the same, on every core, measured",
        "engram run recall --help                a workload's own options",
        "engram new mine.lua                     a workload of your own",
    },
}

for _, each in ipairs(commands.list) do
    top.arguments[#top.arguments + 1] = { label = each.label, about = each.line }
end
table.insert(top.arguments, { label = help.label, about = help.line })
table.insert(top.arguments, { label = "help workload", about = "what a script may hold" })

-- A name that may be misspelt: the command, or nil and a message that suggests another, of
-- pages, too.
local function command_of(name, pages)
    if name == "help" then return help end
    local names = names_of(commands.list)
    names[#names + 1] = "help"
    for _, page in ipairs(pages or {}) do names[#names + 1] = page.name end
    local _, message = usage.parse({ name = "", arguments = {}, commands = names }, { name })
    if message and pages then
        message = message:gsub("^unknown command", "unknown topic")
        if not message:match "%?$" then
            message = ("%s; there are %s"):format(message, table.concat(names, ", "))
        end
    end
    return commands.find(name), message
end

local function man_page()
    local specs, pages = {}, {}
    for i, each in ipairs(commands.list) do specs[i] = commands.spec(each) end
    specs[#specs + 1] = help.spec
    for i, topic in ipairs(manual.topics) do
        pages[i] = { name = topic.name, about = topic.about, text = manual.page(topic.name) }
    end
    return man.page(info.machine().version, top, specs, pages)
end

-- What a shell offers; nil for one that is not known.
local function completion(shell)
    if not completions[shell] then return nil end
    local list = {}
    for i, each in ipairs(commands.list) do
        list[i] = { name = each.name, about = each.line, spec = commands.spec(each) }
    end
    list[#list + 1] = { name = help.name, about = help.line, spec = help.spec }
    return completions[shell] { commands = list, workloads = workload.builtin(),
        pages = manual.topics }
end

function help.run(words)
    local values, code = terminal.values(help.spec, words)
    if not values then return code end
    local name = values.command
    if not name then return terminal.say(usage.help(top)) end
    if name == "man" then return terminal.say(man_page()) end
    local shell = completion(name:match "^completion%-(%l+)$" or "")
    if shell then return terminal.say(shell) end
    local page = manual.page(name)
    if page then return terminal.say(page) end
    local command, message = command_of(name, manual.topics)
    if not command then return terminal.refuse(help.spec, message) end
    return terminal.say(usage.help(commands.spec(command)))
end

-- ---- all of them

return function(words)
    local name = words[1]
    if name == nil then
        io.stderr:write(usage.help(top))
        return terminal.misused
    end
    if name:sub(1, 1) == "-" then
        local values, message = usage.parse(top, words)
        if not values then return terminal.refuse(top, message) end
        if values.version then
            return terminal.say("engram " .. info.machine().version .. "\n")
        end
        return terminal.say(usage.help(top))
    end
    local command, message = command_of(name)
    if not command then return terminal.refuse(top, message) end
    local rest = {}
    for i = 2, #words do rest[i - 1] = words[i] end
    if not command.takes_help then
        local spec = commands.spec(command)
        local _, seen = usage.peek(spec, rest)
        if seen.help then return terminal.say(usage.help(spec)) end
    end
    return command.run(rest)
end
