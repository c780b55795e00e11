--- engram info: this machine, and the settings in force.

local entries = require "engram.entries"
local info = require "engram.info"
local json = require "engram.json"
local settings = require "engram.settings"
local terminal = require "engram.terminal"

local spec = {
    name = "info", usage = "info [-f text|json]",
    about = "Shows what engram found on this machine, and the settings in force.",
    groups = { { title = "Options", options = { terminal.format_option } } },
    examples = { "engram info", "ENGRAM_ARENA_SIZE=8M engram info -f json" },
}

local arena_rows = {
    { "size", "ENGRAM_ARENA_SIZE, --arena-size", settings.size_text },
    { "overflow", "ENGRAM_ARENA_OVERFLOW, --arena-overflow", tostring },
    { "zero", "ENGRAM_ARENA_ZERO, --arena-zero", function(zero) return zero and "1" or "0" end },
}

local function info_text(about)
    local lines = {
        "engram      " .. about.version,
        "cpu         " .. about.cpu,
        "cores       " .. about.cores .. " this process may use",
        entries.said("isa", ("%s (usable: %s; ENGRAM_ISA chooses)"):format(about.isa,
            table.concat(about.isa_usable, ", "))),
        "clock       " .. about.clock,
        "luajit      " .. about.luajit,
        "arena",
    }
    for _, row in ipairs(arena_rows) do
        local setting = about.arena[row[1]]
        local source = setting.source == "default" and "default; to set: " .. row[2] or
            "from " .. setting.source
        lines[#lines + 1] = ("  %-10s%-10s%s"):format(row[1], row[3](setting.value), source)
        if setting.outside_runs and setting.outside_runs ~= setting.value then
            lines[#lines + 1] = ("  %-10s%-10soutside runs"):format("", setting.outside_runs)
        end
    end
    local data = about.data
    lines[#lines + 1] = entries.said("data", ("%s (%s)"):format(data.value, data.source ==
        "default" and "default; to set: ENGRAM_DATA" or "from " .. data.source))
    lines[#lines + 1] = "full data   " .. (data.full and "installed" or
        "not installed; make data-full installs it")
    return table.concat(lines, "\n") .. "\n"
end

local function command(words)
    local values, code = terminal.values(spec, words)
    if not values then return code end
    local about, message = info.info()
    if not about then return terminal.complain(terminal.misused, message) end
    return terminal.say(values.format == "json" and json.encode(about) or info_text(about))
end

return {
    name = "info", label = "info", line = "this machine, and the settings in force", spec = spec,
    run = command,
}
