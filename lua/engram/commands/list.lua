--- engram list: the built-in workloads.

local terminal = require "engram.terminal"
local workload = require "engram.workload"

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
        if #flags > 0 then lines[#lines + 1] = (" "):rep(12) .. table.concat(flags, " ") end
    end
    lines[#lines + 1] = "\nengram run recall -d 5s       runs one"
    return terminal.say(table.concat(lines, "\n") .. "\n")
end

return {
    name = "list", label = "list", line = "the built-in workloads", spec = spec, run = command,
}
