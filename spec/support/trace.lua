--- Does this code stay in compiled traces, or does LuaJIT refuse part of it?

local vmdef = require "jit.vmdef"

local trace = {}

-- The compiler tries a function call from inside out and may give up on one
-- start point to take a better one. That is no refusal.
local harmless = { ["NYI: return to lower frame"] = true }

--- Runs body() until it is hot. Answers how many traces were compiled, and
--- the first thing the compiler cannot do at all, or nil.
function trace.watch(body)
    local compiled, refusal = 0, nil
    local function note(what, _, _, _, code, detail)
        if what == "stop" then compiled = compiled + 1 end
        if what == "abort" then
            local reason = vmdef.traceerr[code] or tostring(code)
            if reason:match "^NYI" and not harmless[reason] then
                refusal = refusal or reason:gsub("%%[ds]", tostring(detail))
            end
        end
    end
    jit.flush()
    jit.attach(note, "trace")
    for _ = 1, 200 do body() end
    jit.attach(note)
    return compiled, refusal
end

return trace
