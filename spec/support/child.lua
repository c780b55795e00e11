--- Lua in a process of its own: for what ends a process, or reads its environment.
--
--    local code, out, err = child.lua('print(require("engram").info().version)',
--        { environment = { ENGRAM_ARENA_SIZE = "3M" } })
--
-- The child finds the modules that this process finds. A signal's number plus
-- 128 is the code of a child that died of it.

local utils = require "pl.utils"

local child = {}

local settings_of_engram = { "ENGRAM_ARENA_SIZE", "ENGRAM_ARENA_OVERFLOW", "ENGRAM_ARENA_ZERO",
    "ENGRAM_ISA" }

local function words(options)
    local list = { "env" }
    for _, name in ipairs(settings_of_engram) do list[#list + 1] = "-u " .. name end
    for name, value in pairs(options.environment or {}) do
        list[#list + 1] = utils.quote_arg(name .. "=" .. value)
    end
    list[#list + 1] = utils.quote_arg("LUA_PATH=" .. package.path)
    list[#list + 1] = utils.quote_arg("LUA_CPATH=" .. package.cpath)
    return table.concat(list, " ")
end

--- Runs a command line; answers its exit code, output and error output.
--  options: environment; limits, in the words of ulimit.
function child.run(command, options)
    options = options or {}
    local limits = "ulimit -c 0" .. (options.limits and "; ulimit " .. options.limits or "")
    -- The shell in between turns a deadly signal into a code.
    local line = ("(%s; %s %s; exit $?)"):format(limits, words(options), command)
    local _, code, out, err = utils.executeex(line)
    return code, out, err
end

--- Runs body(path) with a file of that text, which is gone afterwards.
function child.with_file(text, body)
    local path = os.tmpname()
    local file = assert(io.open(path, "w"))
    file:write(text)
    file:close()
    local function leave(ok, ...)
        os.remove(path)
        if not ok then error((...), 0) end
        return ...
    end
    return leave(pcall(body, path))
end

-- A sanitizer's library goes to luajit alone: no shell survives that of threads.
-- That of another machine than this one is run by an emulator.
local luajit = "env LD_PRELOAD=" .. (os.getenv "ENGRAM_PRELOAD" or "") .. " " ..
    (os.getenv "ENGRAM_LUAJIT" or "luajit")
child.luajit = luajit

--- Runs a script's text. options.program: another Lua than luajit.
function child.lua(text, options)
    return child.with_file(text, function(path)
        return child.run((options and options.program or luajit) .. " " .. path, options)
    end)
end

--- Runs the engram of the build under test. options.under: what to run it with, as timeout.
function child.engram(line, options)
    local build = os.getenv "ENGRAM_BUILD" or "build"
    local program = build .. "/bin/engram "
    if options and options.under then program = options.under .. " " .. program end
    return child.run(program .. line, options)
end

--- Is there a program of that name?
function child.has(program)
    local _, _, out = utils.executeex("command -v " .. program)
    return out ~= ""
end

return child
