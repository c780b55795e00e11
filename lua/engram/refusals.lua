--- Refusals: why the compiler gave up a trace, in words, and what follows from it.
--
--    refusals.judge(watch, loop, at_loop, func, pc, code, detail)
--
-- Part of engram.traces, for threads whose compiler gives anything up.

local jit = require "jit"
local jutil = require "jit.util"

local refusals = {}

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

local own_folder = debug.getinfo(1, "S").source:match "^(.*/)[^/]*$" or "?"

-- Where it happened, in the script: of a place in engram's own modules, the last one there.
local function place(watch, func, pc)
    local info = jutil.funcinfo(func, pc)
    local source = info.source or "?"
    local is_own = source:sub(1, #own_folder) == own_folder and
        not source:find("/", #own_folder + 1, true)
    if is_own and watch.last_place then return watch.last_place end
    local found = info.loc or source
    if not is_own then watch.last_place = found end
    return found
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

local function memory_failed(watch)
    watch.memory_failures = watch.memory_failures + 1
    if watch.memory_failures < memory_failures_max then return end
    jit.off()
    watch.memory_full = true
    watch.refused = "finds no room for machine code; the compiler is off"
end

--- A trace was given up at func and pc; at_loop: it started at the loop that is watched.
function refusals.judge(watch, loop, at_loop, func, pc, code, detail)
    local kind, words = explain(code, detail)
    if kind:match "machine code" or kind:match "mcode" then return memory_failed(watch) end
    local hopeless = (kind:match "^NYI" or kind:match "disabled") and not harmless[kind]
    local where = place(watch, func, pc)
    -- Anywhere: an inner loop's is why the outer one has no trace.
    if hopeless then watch.last_refusal = words .. " at " .. where end
    if not at_loop then return end
    if hopeless then watch.refusals = watch.refusals + 1 end
    if watch.refusals >= refusals_max or is_blacklisted(loop) then
        watch.refused = watch.last_refusal or words .. " at " .. where
    end
end

return refusals
