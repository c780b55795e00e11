--- Info: what engram found on this machine, and the settings in force.
--
--    local about = info.info()        -- engram.info()
--    about.isa, about.cores           -> "avx2", 8
--    about.arena.size.value, about.arena.size.source    -> 2097152, "default"
--    about.arena.overflow.value, about.arena.overflow.outside_runs    -> "error", "grow"
--    about.data.value, about.data.source, about.data.full    -> "/usr/...", "default", false

local ffi = require "ffi"
local C = require "engram.c"
local data = require "engram.data"
local settings = require "engram.settings"

local info = {}

-- The processor's name where the system tells it, else what LuaJIT was built for.
local function cpu()
    local file = io.open "/proc/cpuinfo"
    local text = file and file:read "*a" or ""
    if file then file:close() end
    return text:match "model name%s*:%s*([^\n]+)" or jit.arch
end

local function isa_list()
    local list = {}
    for name in ffi.string(C.eg_isa_list()):gmatch "%S+" do list[#list + 1] = name end
    return list
end

--- A message when ENGRAM_ISA asks for what is not there, else nil.
function info.isa_problem()
    local wanted = os.getenv "ENGRAM_ISA"
    if not wanted then return nil end
    local usable = isa_list()
    for _, name in ipairs(usable) do
        if name == wanted then return nil end
    end
    return ("ENGRAM_ISA: '%s' is no instruction set that this machine can use; it can use %s")
        :format(wanted, table.concat(usable, ", "))
end

--- What does not depend on the arena's settings.
function info.machine()
    return {
        version = ("%d.%d.%d"):format(tonumber(C.EG_VERSION_MAJOR), tonumber(C.EG_VERSION_MINOR),
            tonumber(C.EG_VERSION_PATCH)),
        luajit = jit.version, cpu = cpu(), cores = C.eg_cores(),
        isa = ffi.string(C.eg_isa_name()), isa_usable = isa_list(),
        clock = ffi.string(C.eg_clock_name()),
    }
end

--- The machine, the arena's settings and the folder of the data, each with where it came
--  from. nil and a message when the environment asks for something impossible.
function info.info()
    local problem = info.isa_problem()
    if problem then return nil, problem end
    local found, message = settings.arena()
    if not found then return nil, message end
    local about = info.machine()
    about.arena = {}
    for _, key in ipairs { "size", "overflow", "zero" } do
        local name = "arena_" .. key
        about.arena[key] = { value = found[name], source = found.source[name] }
    end
    -- Where nobody rewinds for the script, in plain LuaJIT or in setup, the default is another.
    about.arena.overflow.outside_runs = settings.arena({ arena_overflow = "grow" }).arena_overflow
    about.data, message = data.info()
    if not about.data then return nil, message end
    return about
end

return setmetatable(info, { __call = info.machine })
