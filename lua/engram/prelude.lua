--- Prelude: what a thread's Lua state runs first. It holds engram's own modules as
--- bytecode and the C declarations as they are, so that 1,000 states need not parse them.
--
--    options.prelude = prelude()        -- called by the C host with the worker
--
-- A module that is not listed here still works: it is found and parsed as ever.

local names = {
    "engram",
    "engram.answers",
    "engram.arena",
    "engram.base_level",
    "engram.c",
    "engram.check",
    "engram.control",
    "engram.curves",
    "engram.decay",
    "engram.edges",
    "engram.errors",
    "engram.event",
    "engram.fit",
    "engram.fsrs",
    "engram.graph",
    "engram.hits",
    "engram.kinds",
    "engram.levenberg",
    "engram.load",
    "engram.matrix",
    "engram.method",
    "engram.metrics",
    "engram.npy",
    "engram.random",
    "engram.seeds",
    "engram.settings",
    "engram.share",
    "engram.similarity",
    "engram.sm2",
    "engram.spread",
    "engram.thread",
    "engram.traces",
    "jit.vmdef", -- for the words of a refusal: reading a file is no part of an event
}

local head = [[
local preload = package.preload
local function put(name, code) preload[name] = function(...) return loadstring(code)(...) end end
package.loaded["engram.declarations"] = %q
]]

local made

-- A module's bytecode, which keeps what errors show: file and line.
local function bytecode(name)
    local path = package.searchpath(name, package.path)
    local chunk = path and loadfile(path)
    return chunk and string.dump(chunk)
end

require "engram.c" -- which leaves the declarations in package.loaded

--- The chunk, made at the first call.
return function()
    if made then return made end
    local parts = { head:format(package.loaded["engram.declarations"]) }
    for _, name in ipairs(names) do
        local code = bytecode(name)
        if code then parts[#parts + 1] = ("put(%q, %q)\n"):format(name, code) end
    end
    parts[#parts + 1] = 'return require "engram.thread" (...)\n'
    made = string.dump(assert(loadstring(table.concat(parts), "=prelude")))
    return made
end
