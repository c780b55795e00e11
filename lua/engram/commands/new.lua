--- engram new: a commented workload to start from.

local output = require "engram.output"
local settings = require "engram.settings"
local starter = require "engram.starter"
local terminal = require "engram.terminal"

local spec = {
    name = "new", usage = "new FILE [-f]",
    about = "Writes a commented workload to start from. It runs as it is.",
    arguments = { { key = "file", label = "FILE", about = "where to, as mine.lua" } },
    groups = { { title = "Options", options = { { key = "force", flag = "--force", short = "-f",
        about = "overwrite FILE if there is one" } } } },
    examples = { "engram new mine.lua", "engram run mine.lua -t 2 -d 3s" },
}

local function exists(path)
    local file = io.open(path, "rb")
    if file then file:close() end
    return file ~= nil
end

local function command(words)
    local values, code = terminal.values(spec, words)
    if not values then return code end
    local path = values.file
    if not path:match "%.lua$" then
        return terminal.refuse(spec, ("new: %s does not end in .lua, so run would not take it " ..
            "for a file"):format(settings.shown(path)))
    end
    if exists(path) and not values.force then
        return terminal.refuse(spec, ("new: %s is there already; -f overwrites it"):format(path))
    end
    local saved, message = output.save(path, starter(path))
    if not saved then return terminal.complain(terminal.misused, "new: " .. message) end
    return terminal.say(("%s is ready: engram run %s -t 2 -d 3s\n"):format(path, path))
end

return {
    name = "new", label = "new FILE", line = "write a commented workload to start from",
    spec = spec, run = command,
}
