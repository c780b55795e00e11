--- Traces: does the compiler take the event loop, and if not, why, in words.
--
--    local watch = traces.watch(loop)
--    ...
--    watch.refused  -> "creates a closure at mine.lua:12", or nil
--
-- A loop is refused after three aborted traces that start at it, each for
-- something the compiler can never compile, or when it is blacklisted. When
-- machine code can not be had at all (the 2 GB around the library are full),
-- this LuaJIT would try for ever: the compiler is switched off.

local jit = require "jit"

local traces = {}

--- Watches the compiler of this state. One watch at a time.
function traces.watch(loop)
    local watch = { compiled = 0, aborts = 0, refused = nil, memory_full = false,
        refusals = 0, memory_failures = 0 }
    local at_loop = false

    -- start: func and the parent trace, if any; abort: where it happened, and why.
    jit.attach(function(what, _, func, pc, other, detail)
        if what == "start" then
            at_loop = func == loop and not other
        elseif what == "stop" then
            watch.compiled = watch.compiled + 1
        elseif what == "abort" then
            watch.aborts = watch.aborts + 1
            require("engram.refusals").judge(watch, loop, at_loop, func, pc, other, detail)
        end
    end, "trace")
    return watch
end

return traces
