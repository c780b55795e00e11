-- The house: who may include whom, which system headers have one door only, and
-- the few rules of style that can be checked.

local C = require "engram.c"
local child = require "spec.support.child"
local jutil = require "jit.util"
local vmdef = require "jit.vmdef"

-- Each room's floor, and the rooms it sees; engram.h is seen by all.
local rooms = {
    ["runtime/base"]      = { floor = 0,   sees = "" },
    ["runtime/engram"]    = { floor = 0,   sees = "" },
    ["runtime/engram_inline"] = { floor = 0, sees = "" },
    ["runtime/os"]        = { floor = 1,   sees = "base" },
    ["runtime/os_pages"]  = { floor = 1.1, sees = "os base" },
    ["runtime/random"]    = { floor = 1,   sees = "base" },
    ["runtime/path"]      = { floor = 1,   sees = "base" },
    ["runtime/signals"]   = { floor = 1.5, sees = "os base" },
    ["runtime/region"]    = { floor = 1.5, sees = "os base" },
    ["runtime/mapping"]   = { floor = 2,   sees = "signals path os base" },
    ["runtime/ahead"]     = { floor = 1,   sees = "base" },
    ["runtime/living"]    = { floor = 1.5, sees = "os base" },
    ["runtime/arena"]     = { floor = 2,   sees = "engram_inline living region os base" },
    ["runtime/histogram"] = { floor = 3,   sees = "base" },
    ["kernels"]           = { floor = 3,   sees = "arena mapping ahead os base" },
    ["kernels/files"]     = { floor = 3.2, sees = "kernels mapping os base" },
    ["runtime/numbers"]   = { floor = 1,   sees = "base" },
    ["runtime/schedule"]  = { floor = 2,   sees = "random base" },
    ["runtime/openloop"]  = { floor = 3.5, sees = "schedule histogram os base" },
    ["runtime/books"]     = { floor = 3.5, sees = "histogram base" },
    ["runtime/ring"]      = { floor = 3.7, sees = "books base" },
    ["runtime/run"]       = { floor = 3.5, sees = "schedule numbers arena os base" },
    ["runtime/worker"]    = { floor = 4,
        sees = "run ring openloop books numbers schedule arena random os base" },
    ["runtime/heap"]      = { floor = 1,   sees = "base" },
    ["runtime/tables"]    = { floor = 1,   sees = "base" },
    ["runtime/script"]    = { floor = 5,   sees = "worker heap tables base" },
    ["runtime/ground"]    = { floor = 2.5, sees = "arena os base" },
    ["runtime/pool"]      = { floor = 6,
        sees = "script worker run signals ground arena os base" },
    ["runtime/account"]   = { floor = 6.5, sees = "pool worker run openloop books arena os base" },
    ["runtime/main"]      = { floor = 7,   sees = "pool script" },
}

-- The rooms that may include a system header. What is not here is free.
local intrinsics = "kernels"
local lua = "runtime/heap runtime/tables runtime/script runtime/main"
local doors = {
    ["lua.h"] = lua, ["lauxlib.h"] = lua, ["lualib.h"] = lua, ["luajit.h"] = lua,
    ["pthread.h"] = "runtime/pool runtime/os", ["signal.h"] = "runtime/signals", ["threads.h"] = "",
    ["semaphore.h"] = "", ["sys/mman.h"] = "runtime/os_pages runtime/ahead",
    ["time.h"] = "runtime/os", ["sys/time.h"] = "runtime/os", ["sched.h"] = "runtime/os",
    ["sys/resource.h"] = "runtime/os",
    ["immintrin.h"] = intrinsics, ["x86intrin.h"] = intrinsics, ["arm_neon.h"] = intrinsics,
}

local function read(path)
    local file = assert(io.open(path, "rb"))
    local text = file:read "*a"
    file:close()
    return text
end

-- The paths that a shell command names, one a line.
local function files(command)
    local list, listing = {}, io.popen(command)
    for path in listing:lines() do list[#list + 1] = path end
    listing:close()
    assert(#list > 0, command)
    return list
end

local function has_word(list, word)
    return (" " .. list .. " "):find(" " .. word .. " ", 1, true) ~= nil
end

local function room_of(path)
    return path:match "^kernels/files" or path:match "^kernels" or (path:gsub("%.[ch]$", ""))
end

-- C without its comments; lines stay where they are.
local function without_comments(text)
    text = text:gsub("/%*.-%*/", function(comment) return (comment:gsub("[^\n]", "")) end)
    return (text:gsub("//[^\n]*", ""))
end

local function line_count(path)
    return select(2, read(path):gsub("\n", ""))
end

local c_files = files "ls runtime/*.[ch] kernels/*.[ch] kernels/files/*.[ch]"
local headers = files "ls runtime/*.h kernels/*.h kernels/files/*.h"
local lua_files = files "find lua -name '*.lua' | sort"
local shims = files "ls lua/engram/bench/shims/* spec/fuzz/*.c"
local spec_files = files "find spec -name '*.lua' | sort"

describe("the floors", function()
    it("go down: a room sees what is below it", function()
        for name, room in pairs(rooms) do
            for seen in room.sees:gmatch "%S+" do
                local below = rooms["runtime/" .. seen] or rooms[seen]
                assert.is_truthy(below, seen)
                assert.is_true(below.floor < room.floor, name .. " sees " .. seen)
            end
        end
    end)

    for _, path in ipairs(c_files) do
        it("are known to " .. path, function()
            local here = room_of(path)
            local room = assert(rooms[here], "a room without a floor")
            for ours in read(path):gmatch '#%s*include%s+"(.-)"' do
                local there = room_of(ours)
                -- The public headers stand side by side wherever they are.
                if here == "runtime/engram_inline" then there = "runtime/" .. there end
                local ok = there == here or there == "runtime/engram"
                    or has_word(room.sees, there:match "^runtime/(.*)$" or there)
                assert.is_true(ok, 'includes "' .. ours .. '"')
            end
        end)
    end
end)

describe("the doors", function()
    for _, path in ipairs(c_files) do
        it("are kept by " .. path, function()
            for system in read(path):gmatch "#%s*include%s+<(.-)>" do
                local ok = not doors[system] or has_word(doors[system], room_of(path))
                assert.is_true(ok, "includes <" .. system .. ">")
            end
        end)
    end
end)

describe("a header", function()
    for _, path in ipairs(headers) do
        it("is guarded: " .. path, function()
            local text = without_comments(read(path))
            local guard = text:match "^%s*#ifndef ([%u_]+_H)\n"
            assert.is_truthy(guard)
            assert.is_truthy(text:find("#define " .. guard .. "\n", 1, true))
            assert.is_truthy(text:match "#endif%s*$")
        end)

        it("stands alone: " .. path, function()
            local code, _, err = child.run("env -u LD_PRELOAD gcc -std=c11 -fsyntax-only -Wall " ..
                "-Wextra -Werror -I. $(pkg-config --cflags luajit) -x c " .. path)
            assert.equal(0, code, err)
        end)
    end
end)

describe("engram.h", function()
    local text = without_comments(read "runtime/engram.h")

    it("has no macros but the guard and EG_API", function()
        for name in text:gmatch "#%s*define%s+([%w_]+)" do
            assert.is_true(name == "ENGRAM_H" or name == "EG_API", name)
        end
    end)

    it("has nothing that the FFI can not read", function()
        for _, word in ipairs { "_Atomic", "_Alignas", "static", "inline" } do
            assert.is_nil(text:find("%f[%w_]" .. word .. "%f[^%w_]"), word)
        end
        assert.is_nil(text:match "[%w_]+%s*:%s*%d+%s*;", "a bit-field")
    end)

    it("declares what the library has", function()
        local count = 0
        for name in text:gmatch "EG_API[^;]-%f[%w_](eg_[%w_]+)%(" do
            assert.is_true(pcall(function() return C[name] end), name)
            count = count + 1
        end
        assert.is_true(count > 50, count)
    end)
end)

describe("the C files", function()
    -- The public header is no room but the list of them all.
    it("of runtime and kernels are rooms, not halls: at most 400 lines", function()
        for _, path in ipairs(c_files) do
            local most = path == "runtime/engram.h" and 900 or 400
            assert.is_true(line_count(path) <= most, path .. " has " .. line_count(path))
        end
        for _, path in ipairs(shims) do assert.is_true(line_count(path) <= 400, path) end
    end)

    it("leave main under 100 lines", function()
        assert.is_true(line_count "runtime/main.c" < 100)
    end)

    -- Matrices, graphs, words and what reads them from files own memory; arithmetic owns none.
    it("of the kernels compute without heap and locks", function()
        local builders = { ["kernels/matrix.c"] = true, ["kernels/graph.c"] = true,
            ["kernels/ranked_arcs.c"] = true, ["kernels/live_objects.c"] = true,
            ["kernels/words.c"] = true }
        local forbidden = { "malloc", "calloc", "realloc", "free", "aligned_alloc", "strdup",
            "posix_memalign", "os_reserve", "os_mutex_new", "os_mutex_lock" }
        for _, path in ipairs(c_files) do
            if path:match "^kernels/[^/]+$" and not builders[path] then
                local text = without_comments(read(path))
                for _, name in ipairs(forbidden) do
                    local call = text:match("%f[%w_]" .. name .. "%s*%(")
                    assert.is_nil(call, path)
                end
            end
        end
    end)

    it("of the kernels know no thread and no Lua", function()
        for _, path in ipairs(c_files) do
            if path:match "^kernels" then
                local text = without_comments(read(path))
                assert.is_nil(text:find "lua_State", path)
                assert.is_nil(text:find "pthread_", path)
            end
        end
    end)
end)

describe("the Lua files", function()
    -- The benches build C files on the user's machine, and load them; a page tells users how.
    it("declare and load C in one place, but for the benches' workshop", function()
        local free = "lua/engram/declarations.lua lua/engram/bench/workshop.lua " ..
            "lua/engram/manual/c.lua"
        for _, path in ipairs(lua_files) do
            if not has_word(free, path) then
                local text = read(path)
                assert.is_nil(text:match "[%w_]+%.cdef%f[%W]", path)
                assert.is_nil(text:match "ffi%.load%f[%W]", path)
            end
        end
    end)

    -- The globals that a function sets, and those inside it; by their bytecode.
    local function globals_set(func, found)
        local pc, word = 1, jutil.funcbc(func, 1)
        while word do
            local name = vmdef.bcnames:sub(word % 256 * 6 + 1, word % 256 * 6 + 6):gsub(" ", "")
            if name == "GSET" then
                found[#found + 1] = jutil.funck(func, -(math.floor(word / 2 ^ 16) % 2 ^ 16) - 1)
            end
            pc = pc + 1
            word = jutil.funcbc(func, pc)
        end
        local at = -1
        local constant = jutil.funck(func, at)
        while constant ~= nil do
            if type(constant) == "proto" then globals_set(constant, found) end
            at = at - 1
            constant = jutil.funck(func, at)
        end
        return found
    end

    it("are searched for globals all the way down", function()
        local found = globals_set(assert(load [[
            local a = 1
            first = a
            return function() return function() second, third = a, 2 end end
        ]]), {})
        table.sort(found)
        assert.same({ "first", "second", "third" }, found)
    end)

    -- In a thread of a run whose output is data, what scripts print goes to standard error.
    local allowed = { ["lua/engram/thread.lua"] = "print" }

    for _, path in ipairs(lua_files) do
        it("set no global: " .. path, function()
            for _, name in ipairs(globals_set(assert(loadfile(path)), {})) do
                assert.equal(allowed[path], name)
            end
        end)
    end
end)

describe("the spec files", function()
    it("are of one subject: at most 400 lines", function()
        for _, path in ipairs(spec_files) do
            assert.is_true(line_count(path) <= 400, path .. " has " .. line_count(path))
        end
    end)
end)

describe("a line", function()
    for _, list in ipairs { c_files, shims, lua_files, spec_files } do
        for _, path in ipairs(list) do
            it("has at most 100 columns in " .. path, function()
                local number = 0
                for line in io.lines(path) do
                    number = number + 1
                    -- Bytes that continue a character take no column.
                    local columns = #line:gsub("[\128-\191]", "")
                    assert.is_true(columns <= 100, "line " .. number .. " has " .. columns)
                end
            end)
        end
    end
end)

describe("the project", function()
    it("has nothing else at its top", function()
        local known = { runtime = true, kernels = true, lua = true, spec = true, rockspec = true,
            build = true, Makefile = true, ["README.md"] = true, LICENSE = true }
        for _, name in ipairs(files "ls") do
            assert.is_true(known[name] or name:match "%.rock$" ~= nil, name)
        end
    end)

    it("is introduced within 150 lines", function()
        local file = io.open "README.md"
        if not file then return pending "there is no README.md yet" end
        file:close()
        assert.is_true(line_count "README.md" <= 150)
    end)
end)
