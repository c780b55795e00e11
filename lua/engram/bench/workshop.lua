--- Workshop: builds the benches' shims on this machine, and loads them.
--
--    local shop, message = workshop.open { alone = false }
--    local lib = shop:library { source = "decay.c", flags = "-ffast-math" }
--    local blas = shop:peer(peers.openblas, "openblas.c")    -- nil when it is not installed
--    shop:close()
--
-- A shim is a C file in engram/bench/shims, compiled by the local cc for this very machine
-- into a temporary folder. CC and CXX name other compilers. What was found of the peers is
-- in shop.peers.
--
-- This is the one place beside engram.c that declares and loads C.

local ffi = require "ffi"
local C = require "engram.c"
local pairs = require("engram.core").pairs

local workshop = {}
workshop.__index = workshop

local shims = assert(package.searchpath("engram.bench.workshop", package.path))
    :gsub("workshop%.lua$", "shims/")
local core = package.searchpath("engram.core", package.cpath)

local function quoted(text)
    return "'" .. text:gsub("'", "'\\''") .. "'"
end

--- What a command prints. Unlike os.execute it lets a signal through.
function workshop.output_of(command)
    local pipe = io.popen("(" .. command .. ") 2>&1")
    local text = pipe:read "*a"
    pipe:close()
    return text
end

local function succeeds(command)
    return workshop.output_of("(" .. command .. ") >/dev/null 2>&1 && echo yes") == "yes\n"
end

local function has(program)
    return succeeds("command -v " .. program)
end

local function read(path)
    local file = assert(io.open(path))
    local text = file:read "*a"
    file:close()
    return text
end

local function declare()
    if pcall(ffi.typeof, "bench_contender") then return end
    ffi.cdef "int setenv(const char *name, const char *value, int overwrite);"
    ffi.cdef "int unsetenv(const char *name);"
    ffi.cdef((read(shims .. "contender.h"):gsub("#[^\n]*", "")))
end

-- The headers that the shims include are those that core.so carries.
local function write_headers(folder)
    for name, text in pairs { ["engram.h"] = C.eg_header(),
        ["engram_inline.h"] = C.eg_header_inline() } do
        local file = assert(io.open(folder .. "/" .. name, "w"))
        file:write(ffi.string(text))
        file:close()
    end
end

--- Nothing is built or looked for yet. options.alone: no peers are.
function workshop.open(options)
    local cc, cxx = os.getenv "CC" or "cc", os.getenv "CXX" or "c++"
    return setmetatable({ cc = cc, cxx = cxx, built = {}, loaded = {}, count = 0, peers = {},
        cleared = {}, alone = options.alone }, workshop)
end

--- Takes away all that was built; what is loaded goes on.
function workshop:close()
    if self.folder then workshop.output_of("rm -rf " .. quoted(self.folder)) end
    self.folder = nil
end

-- The folder in which all is built, or nil and what is missing for it.
function workshop:prepare()
    if self.folder then return self.folder end
    if not has(self.cc) then
        return nil, "there is no C compiler " .. self.cc ..
            " (Debian: apt-get install gcc libc6-dev)"
    end
    -- Its name is known before it is there, so that it goes even if a signal comes meanwhile.
    local folder = ("%s/engram-bench-%.0f"):format(os.getenv "TMPDIR" or "/tmp", C.eg_clock_ns())
    self.folder = folder
    if not succeeds("mkdir -m 700 " .. quoted(folder)) then
        self.folder = nil
        return nil, "can not make the folder " .. folder
    end
    self.compiler = workshop.output_of(quoted(self.cc) .. " --version"):match "^[^\n]*"
    declare()
    write_headers(folder)
    return folder
end

local optimised = "-O3 -march=native"

-- Compiled and linked apart: linked with -ffast-math, a library would change the
-- arithmetic of the whole process.
function workshop:build(recipe, name, kind)
    local is_cxx = recipe.source:match "%.cpp$" ~= nil
    local compiler = is_cxx and self.cxx or self.cc
    local object = quoted(name .. ".o")
    local compile = ("%s %s %s -fPIC -I %s %s -I %s -c %s -o %s"):format(compiler,
        is_cxx and "-std=c++17" or "-std=c11", optimised, quoted(self.folder),
        recipe.flags or "", quoted(shims), quoted(shims .. recipe.source), object)
    local link = ("%s %s %s %s %s -lm -lpthread -o %s"):format(compiler, kind, object,
        quoted(core), recipe.links or "", quoted(name))
    local said = workshop.output_of(compile .. " && " .. link .. " && echo built")
    if said:match "built\n$" then return name end
    return nil, recipe.source .. " does not build: " ..
        (said:match "[^\n]*error[^\n]*" or said:match "[^\n]+" or "no word from " .. compiler)
end

-- Where what the recipe makes is kept, and whether it is there already.
function workshop:place_of(recipe)
    local key = table.concat({ recipe.source, recipe.flags or "", recipe.links or "" }, " ")
    local made = self.built[key]
    if made then return made, true end
    self.count = self.count + 1
    made = ("%s/%s%d"):format(self.folder, recipe.source:gsub("%.%w+$", ""), self.count)
    return made, false, key
end

-- The contenders of a library by name.
local function contenders_of(lib)
    local list, found, i = lib.bench_contenders(), {}, 0
    while list[i].name ~= nil do
        found[ffi.string(list[i].name)] = list[i]
        i = i + 1
    end
    return found
end

--- recipe: source, flags, links. Answers { contenders by name, lib }, or nil and a message.
function workshop:library(recipe)
    local folder, missing = self:prepare()
    if not folder then return nil, missing end
    local name, is_built, key = self:place_of(recipe)
    if is_built then return self.loaded[name] end
    -- For good: libraries like OpenBLAS leave threads behind that run their code.
    local path, message = self:build(recipe, name, "-shared -Wl,-z,nodelete")
    if not path then return nil, message end
    local ok, lib = pcall(ffi.load, name)
    if not ok then return nil, recipe.source .. ": " .. tostring(lib) end
    self.built[key] = name
    self.loaded[name] = { lib = lib, contenders = contenders_of(lib) }
    return self.loaded[name]
end

--- The same as a program; answers the command that runs it. It calls nothing of core.so that
--  needs Lua.
function workshop:program(recipe)
    local folder, missing = self:prepare()
    if not folder then return nil, missing end
    local name, is_built, key = self:place_of(recipe)
    if is_built then return quoted(name) end
    local path, message = self:build(recipe, name, "-Wl,--allow-shlib-undefined,-z,lazy")
    if not path then return nil, message end
    self.built[key] = path
    return quoted(path)
end

--- What takes the compiler's vector library for the functions of libm.
function workshop:vector_flags()
    local is_clang = self:prepare() and self.compiler:find "clang"
    return is_clang and "-ffast-math -fveclib=libmvec" or "-ffast-math"
end

--- The compiler, and how it was told to optimise; nil when nothing was built.
function workshop:built_by()
    return self.compiler and self.compiler .. ", " .. optimised
end

local arena_bytes = 256 * 2 ^ 20

--- What every family needs: the clock with its limits, engram's own calls, and an arena that
--  none of them fills: { clock, ours, arena }.
function workshop:tools()
    if self.made then return self.made end
    local clock, message = self:library { source = "clock.c" }
    local ours
    if clock then ours, message = self:library { source = "ours.c" } end
    if not ours then return nil, message end
    local arena = C.eg_arena_new(arena_bytes, C.EG_ERROR, 0, 0)
    if arena == nil then return nil, "no address space for an arena" end
    self.made = { clock = clock, ours = ours.contenders, arena = ffi.gc(arena, C.eg_arena_free) }
    return self.made
end

-- ---- peers

local function simsimd_folder()
    for _, folder in ipairs { os.getenv "ENGRAM_SIMSIMD" or false, "node_modules/simsimd" } do
        local file = folder and io.open(folder .. "/include/simsimd/simsimd.h")
        if file then
            file:close()
            return folder
        end
    end
end

-- What is known of a peer, said once: its version, or a note why it is missing.
function workshop:note(peer, version, note)
    for _, each in ipairs(self.peers) do
        if each.name == peer.name then return end
    end
    self.peers[#self.peers + 1] = { name = peer.name, version = version, note = note,
        caveat = version and peer.caveat }
end

function workshop:miss(peer)
    self:note(peer, nil, ("not installed (%s)"):format(peer.install or
        "Debian: apt-get install " .. peer.package))
end

-- As its package tells, where there are such.
local function version_of(peer)
    local said = workshop.output_of("dpkg-query -W -f='${Version}' " .. peer.package)
    return said:match "^[%w.+:~-]+$" or "a version that it does not tell"
end

local function flags_of(peer)
    if peer.name ~= "SimSIMD" then return peer.flags or "" end
    local folder = simsimd_folder()
    return folder and "-I " .. quoted(folder .. "/include") or ""
end

--- Is the peer's header here? If not, what to install is noted.
function workshop:has_peer(peer)
    if self.alone then return false end
    local compiler = peer.is_cxx and self.cxx or self.cc
    local ok = succeeds(("echo '#include <%s>' | %s %s -x %s -E -"):format(peer.probe,
        compiler, flags_of(peer), peer.is_cxx and "c++" or "c"))
    if not ok then self:miss(peer) end
    return ok
end

-- Takes away the variables that would make a peer other than it is; says which there were.
function workshop:clear_environment(peer)
    local were = {}
    for _, name in ipairs(peer.unset or {}) do
        self.cleared[name] = self.cleared[name] or os.getenv(name)
        ffi.C.unsetenv(name)
        if self.cleared[name] then were[#were + 1] = name .. "=" .. self.cleared[name] end
    end
    return #were > 0 and "; unset for it: " .. table.concat(were, ", ") or ""
end

local one_thread = { "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS" }

--- The library of a peer's shim, or nil: then self.peers says why.
function workshop:peer(peer, source)
    if not self:has_peer(peer) then return nil end
    if not self:prepare() then return nil end
    local cleared = self:clear_environment(peer)
    for _, name in ipairs(one_thread) do ffi.C.setenv(name, "1", 1) end
    local found, message = self:library { source = source, flags = flags_of(peer),
        links = peer.links }
    if not found then
        self:note(peer, nil, message)
        return nil
    end
    local version = ffi.string(found.lib.bench_version()):gsub("^" .. peer.name .. " ", "")
    self:note(peer, version:gsub("%s+$", "") .. cleared)
    return found
end

--- The command that runs a peer's program, or nil: then self.peers says why. An allocator's is
--  that of malloc under LD_PRELOAD. more: flags.
function workshop:peer_program(peer, source, more)
    if not peer.preload then
        if not self:has_peer(peer) then return nil end
        local path, message = self:program { source = source, links = peer.links,
            flags = flags_of(peer) .. " " .. (more or "") }
        if path then self:note(peer, version_of(peer)) else self:note(peer, nil, message) end
        return path
    end
    if self.alone then return nil end
    for _, library in ipairs(peer.preload) do
        -- The loader complains of what it can not find, and goes on.
        if workshop.output_of("LD_PRELOAD=" .. library .. " env true") == "" then
            local path = self:program { source = source }
            self:note(peer, version_of(peer))
            return path and "LD_PRELOAD=" .. library .. " " .. path
        end
    end
    self:miss(peer)
    return nil
end

return workshop
