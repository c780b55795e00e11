--- Command line: lines that run engram as users do, in a folder with a few workloads.
--
--    setup(command_line.make)
--    teardown(command_line.remove)
--    local code, out, err = command_line.engram "run noop.lua -n 1000"

local assert = require "luassert"
local child = require "spec.support.child"

local build = os.getenv "ENGRAM_BUILD" or "build"
local folder = os.tmpname() -- where they run

local function absolute(path)
    if path:sub(1, 1) == "/" then return path end
    local pipe = io.popen "pwd"
    local here = pipe:read "*l"
    pipe:close()
    return here .. "/" .. path
end

local program = absolute(build) .. "/bin/engram"

-- Runs a line in which "engram" is the program, in a folder of its own.
local function sh(line, environment)
    line = ("cd %s && PATH=%s:$PATH; %s"):format(folder, program:match "^(.*)/", line)
    return child.run("sh -c '" .. line:gsub("'", "'\\''") .. "'", { environment = environment })
end

local function engram(words, environment) return sh("engram " .. words, environment) end

local function write(name, text)
    local file = assert(io.open(folder .. "/" .. name, "w"))
    file:write(text)
    file:close()
end

local function read(name)
    local file = io.open(folder .. "/" .. name)
    if not file then return nil end
    local text = file:read "*a"
    file:close()
    return text
end

local function holds(text, ...)
    for _, words in ipairs { ... } do
        assert.truthy(text:find(words, 1, true), ("%q is not in:\n%s"):format(words, text))
    end
end

local function lines_in(text) return select(2, text:gsub("\n", "")) end

local function make()
    os.remove(folder)
    os.execute("mkdir " .. folder)
    write("noop.lua", "return { event = function() end }")
    write("loud.lua", [[
        print "at load"
        return {
            setup = function() io.write "in setup\n" end,
            event = function() print "in event" end,
            thread_done = function() io.write "in thread_done\n" end,
            done = function() io.stdout:write "in done\n" end,
        }]])
    write("bare", "return { event = function() end }")
    write("failing.lua", "return { event = function(_, i) error('boom ' .. i % 2) end }")
    write("broken.lua", "x = = 1")
    write("raising.lua", "error 'at load'")
    write("nothing.lua", "")
    write("options.lua", [[
        return {
            options = { bias = { 0.5, "a number" }, max_hops = 3, name = { "x", "a text" },
                loud = { false, "a switch" }, quick = { true, "a switch that is on" } },
            event = function() end,
            done = function(summary)
                local o = summary.config.options
                print(("%s %s %s %s %s"):format(o.bias, o.max_hops, o.name, tostring(o.loud),
                    tostring(o.quick)))
            end,
        }]])
    write("own_defaults.lua", [[
        return { event = function() end, options = { few = false },
            defaults = function(options)
                return { events = options.few and 1 or 50, threads = 2, grace = 0.5,
                    arena_overflow = "grow", dry_run = true, percentiles = "50,90" }
            end }]])
    write("signal.lua", [[
        return { event = function(thread, i)
            if i == 1 then io.popen("kill -" .. thread.options.signal .. " $PPID"):close() end
        end, options = { signal = "INT" } }]])
    write("stuck.lua", "return { event = function(_, i) while i == 2 do end end }")
end

local function remove() os.execute("rm -rf " .. folder) end

return {
    sh = sh, engram = engram, write = write, read = read, holds = holds, lines_in = lines_in,
    make = make, remove = remove,
}
