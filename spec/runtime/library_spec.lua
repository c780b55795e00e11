-- What users' C sees of engram: the headers as they are installed, and the library's names.

local child = require "spec.support.child"
local folder = require "spec.support.folder".new()

local build = os.getenv "ENGRAM_BUILD" or "build"

describe("the installed headers", function()
    for _, name in ipairs { "engram.h", "engram_inline.h" } do
        for _, compiler in ipairs { "gcc -std=c11", "clang -std=c11", "g++ -std=c++11 -x c++",
            "clang++ -std=c++17 -x c++" } do
            it(("stand alone: %s, for %s"):format(name, compiler), function()
                if not child.has(compiler:match "^%S+") then
                    return pending(compiler .. " is not installed")
                end
                local flags = " -fsyntax-only -Wall -Wextra -Wno-unused-function -Werror "
                local text = "#include <engram/" .. name .. ">\n"
                local code, _, err = child.with_file(text, function(path)
                    return child.run(compiler .. flags .. "-I" .. build .. "/include " ..
                        (compiler:find "%+%+" and "" or "-x c ") .. path)
                end)
                assert.equal(0, code, err)
            end)
        end
    end
end)

describe("the library", function()
    before_each(folder.make)
    after_each(folder.remove)

    -- Its names are those of the process, and an older engram's may be there before them.
    it("keeps to its own names where another has the same", function()
        if os.getenv "ENGRAM_LUAJIT" or not child.has "cc" then
            return pending "is not tried without a C compiler for this machine"
        end
        folder.write("older.c", "void *eg_arena_track(void *arena) { (void)arena; return 0; }")
        local built, _, complaint = child.run(("cc -shared -fPIC -o %s %s"):format(
            folder.path_of "older.so", folder.path_of "older.c"))
        assert.equal(0, built, complaint)
        local code, out, err = child.lua(([[
            local older = require("ffi").load("%s", true)
            local engram = require "engram"
            local m = engram.matrix { { 1, 0 }, { 0, 1 } }
            print(older ~= nil, engram.nearest({ 1, 0 }, m, 1):get(1))
        ]]):format(folder.path_of "older.so"))
        assert.equal(0, code, err)
        assert.equal("true\t1\t1\n", out)
    end)

    it("shows what engram.h declares, and luaopen_engram_core", function()
        if not child.has "nm" then return pending "nm is not installed" end
        local header = require("ffi").string(require("engram.c").eg_header())
        local _, out = child.run("nm -D --defined-only " .. build .. "/lib/lua/5.1/engram/core.so")
        local count = 0
        for name in out:gmatch " [%a] (%S+)" do
            local is_known = header:find("%f[%w_]" .. name .. "%(") or name == "luaopen_engram_core"
            assert.is_truthy(is_known, name)
            count = count + 1
        end
        assert.is_true(count > 100, tostring(count))
    end)
end)

describe("a workload's own folder", function()
    before_each(folder.make)
    after_each(folder.remove)

    it("comes first on package.path and package.cpath, in every state", function()
        folder.write("mine.lua", [[
            local own = debug.getinfo(1, "S").source:match "^@(.*/)"
            assert(package.path:sub(1, #own + 6) == own .. "?.lua;", package.path)
            assert(package.cpath:sub(1, #own + 5) == own .. "?.so;", package.cpath)
            return { event = function() end }
        ]])
        local code, _, err = child.engram("run " .. folder.path_of "mine.lua" .. " -n 4 -t 2 -q")
        assert.equal(0, code, err)
    end)
end)
