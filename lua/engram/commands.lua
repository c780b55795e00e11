--- Commands: those of engram, in the order in which help shows them.
--
--    local command = commands.find "run"       -- or nil
--    return command.run(words)
--
-- Each is a module in engram.commands: name; label and line, for the list of all; spec, what
-- it takes (see engram.usage), or a function that answers it; run(words), which answers the
-- exit code. One with takes_help looks for --help itself.

local names = { "run", "scale", "tune", "search-rate", "compare", "bench", "recall", "inspect",
    "convert", "list", "info", "new" }

local commands = { list = {} }

for i, name in ipairs(names) do
    commands.list[i] = require("engram.commands." .. name:gsub("-", "_"))
end

function commands.find(name)
    for _, command in ipairs(commands.list) do
        if command.name == name then return command end
    end
    return nil
end

function commands.spec(command)
    if type(command.spec) == "function" then return command.spec() end
    return command.spec
end

return commands
