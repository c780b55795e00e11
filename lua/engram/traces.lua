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
local jutil = require "jit.util"

local traces = {}

local refusals_max, memory_failures_max = 3, 8

-- The compiler tries from inside out and may give up one start for a better one.
local harmless = { ["NYI: return to lower frame"] = true }

local in_words = {
    FNEW = "creates a closure", UCLO = "leaves the scope of a captured local",
    ISNEXT = "iterates with pairs or next", ITERN = "iterates with pairs or next",
    VARG = "uses ... in a way that is not compiled", TSETM = "builds a table from ...",
    CAT = "concatenates strings in a way that is not compiled",
}

-- LuaJIT's names of things, nil where they are not installed. A large table, and only aborts
-- need it.
local function vmdef()
    local found, names = pcall(require, "jit.vmdef")
    return found and names or nil
end

-- The name of a bytecode: six characters each in one string.
local function bytecode(code)
    return (vmdef().bcnames:sub(code * 6 + 1, code * 6 + 6):gsub(" ", ""))
end

-- What an abort says: its kind, as LuaJIT words it, and a sentence's end for people.
local function explain(code, detail)
    local names = vmdef()
    if not names then return "NYI", "is refused by the compiler" end
    local kind = names.traceerr[code] or tostring(code)
    if kind:match "bytecode" and type(detail) == "number" then
        local name = bytecode(detail)
        return kind, in_words[name] or ("uses the bytecode " .. name .. ", which is not compiled")
    end
    if kind:match "FastFunc" then
        local name = type(detail) == "number" and names.ffnames[detail] or tostring(detail)
        return kind, "calls " .. name .. " in a way that is not compiled"
    end
    if kind:match "inner loop" then
        return kind, "has a loop inside that the compiler can not join to the event's"
    end
    if kind:match "disabled" then return kind, "calls a function that is never compiled" end
    if kind:match "C function" then return kind, "calls a C function that is not compiled" end
    local text = kind:gsub("%%%a", tostring(detail)):gsub("^NYI: ", "")
    return kind, "is refused by the compiler (" .. text .. ")"
end

local function place(func, pc)
    local info = jutil.funcinfo(func, pc)
    return info.loc or info.source or "?"
end

-- Does the function's own loop carry the mark of a blacklisted one?
local function is_blacklisted(loop)
    if not vmdef() then return false end
    local pc, word = 1, jutil.funcbc(loop, 1)
    while word do
        if bytecode(word % 256) == "ILOOP" then return true end
        pc = pc + 1
        word = jutil.funcbc(loop, pc)
    end
    return false
end

--- Watches the compiler of this state. One watch at a time.
function traces.watch(loop)
    local watch = { compiled = 0, aborts = 0, refused = nil, memory_full = false }
    local at_loop, refusals, memory_failures = false, 0, 0
    local last_refusal -- anywhere: an inner loop's is why the outer one has no trace

    local function on_abort(func, pc, code, detail)
        watch.aborts = watch.aborts + 1
        local kind, words = explain(code, detail)
        if kind:match "machine code" or kind:match "mcode" then
            memory_failures = memory_failures + 1
            if memory_failures < memory_failures_max then return end
            jit.off()
            watch.memory_full = true
            watch.refused = "finds no room for machine code; the compiler is off"
            return
        end
        local hopeless = (kind:match "^NYI" or kind:match "disabled") and not harmless[kind]
        if hopeless then last_refusal = words .. " at " .. place(func, pc) end
        if not at_loop then return end
        if hopeless then refusals = refusals + 1 end
        if refusals >= refusals_max or is_blacklisted(loop) then
            watch.refused = last_refusal or words .. " at " .. place(func, pc)
        end
    end

    -- start: func and the parent trace, if any; abort: where it happened, and why.
    jit.attach(function(what, _, func, pc, other, detail)
        if what == "start" then
            at_loop = func == loop and not other
        elseif what == "stop" then
            watch.compiled = watch.compiled + 1
        elseif what == "abort" then
            on_abort(func, pc, other, detail)
        end
    end, "trace")
    return watch
end

return traces
