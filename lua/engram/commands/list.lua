--- engram list: the built-in workloads.

local prose = require "engram.prose"
local terminal = require "engram.terminal"
local workload = require "engram.workload"

local indent = (" "):rep(12)

local spec = {
    name = "list", usage = "list", about = "Shows the built-in workloads and their options.",
    groups = { { title = "Options", options = {} } },
    examples = { "engram list", "engram run recall --help" },
}

local function command(words)
    local values, code = terminal.values(spec, words)
    if not values then return code end
    local lines = {}
    for _, each in ipairs(workload.builtin()) do
        lines[#lines + 1] = ("%-12s%s"):format(each.name, each.about)
        local flags = {}
        for i, option in ipairs(each.options) do
            local default = option.default ~= false and "=" .. tostring(option.default) or ""
            flags[i] = option.flag .. default
        end
        for _, line in ipairs(prose.lines(table.concat(flags, " "), 79 - #indent)) do
            lines[#lines + 1] = indent .. line
        end
    end
    lines[#lines + 1] = "\nengram run recall -d 5s       runs one"
    lines[#lines + 1] = "engram run recall --help      says what its options mean"
    return terminal.say(table.concat(lines, "\n") .. "\n")
end

return {
    name = "list", label = "list", line = "the built-in workloads", spec = spec, run = command,
}
