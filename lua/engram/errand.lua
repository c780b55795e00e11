--- Errand: long work of a command, with its progress on standard error, that Ctrl-C ends.
--
--    local ok, value, message = errand.run(quiet, function(tell)
--        return engram.load(path, { progress = tell "reading words.npy" })
--    end)
--    if not ok then return value end                   -- the exit code
--
-- tell(title) answers a function of what is done and what there is in all. It is where work
-- ends that was interrupted: what was open is closed, and of what was written nothing is left.

local C = require "engram.c"
local output = require "engram.output"
local terminal = require "engram.terminal"

local errand = {}

local interrupted = {}

local function teller(progress)
    return function(title)
        return function(done, total)
            if C.eg_signal_caught() ~= 0 then error(interrupted, 0) end
            local percent = total > 0 and math.floor(100 * done / total) or 100
            progress:say(("%s: %d %%"):format(title, percent))
        end
    end
end

local function traced(message)
    if message == interrupted then return message end
    return debug.traceback(message, 2)
end

--- true and what body(tell) answers; nil and the exit code when it was interrupted before it
--  was done.
function errand.run(quiet, body)
    C.eg_signals_catch()
    local progress = output.progress(nil, quiet)
    local ok, first, second, third = xpcall(body, traced, teller(progress))
    progress:clear()
    if ok then return true, first, second, third end
    if first == interrupted then return nil, terminal.by_signal + C.eg_signal_caught() end
    error(first, 0)
end

return errand
