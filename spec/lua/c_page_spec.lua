-- engram help c: its files are compiled and its lines run as they are printed, against the build
-- under test; spec/install_spec.lua does it with what is installed.

local c_page = require "spec.support.c_page"
local child = require "spec.support.child"
local folder = require "spec.support.folder".new()
local manual = require "engram.manual"
local pages = require "spec.support.pages"

local build = os.getenv "ENGRAM_BUILD" or "build"
local is_plain = (os.getenv "ENGRAM_SANITIZE" or "") == ""

local function run(options)
    options.folder, options.from, options.prefix = folder.path, "its source tree",
        "$PWD/" .. build
    return c_page.run(options)
end

-- A library of the user's, built with those flags.
local function compile(text, flags)
    folder.write("kernel.c", text)
    local code, _, err = child.run(("cc -shared -fPIC %s -o %s %s"):format(flags,
        folder.path_of "kernel.so", folder.path_of "kernel.c"))
    assert.equal(0, code, err)
end

describe("engram help c", function()
    it("fits a terminal", function()
        pages.fits(manual.page "c")
    end)

    if os.getenv "ENGRAM_LUAJIT" or not child.has "cc" then
        return pending "is not tried without a C compiler for this machine"
    end

    before_each(folder.make)
    after_each(folder.remove)

    it("has a kernel that a workload and plain LuaJIT call", function()
        local printed = run { but = "nearest" }
        assert.truthy(printed["engram run median.lua -n 1000"]:find("1,000 in", 1, true))
        assert.equal("0\t4\n", printed["luajit once.lua"])
    end)

    it("has a workload that finds its library from anywhere", function()
        run { only = "^cc .*median" }
        local code, out, err = child.engram("run " .. folder.path_of "median.lua" .. " -n 10 -q")
        assert.equal(0, code, err)
        assert.truthy(out:find("10 in", 1, true), out)
    end)

    for _, compiler in ipairs { "cc", "c++" } do
        it("has a program that links with engram, built by " .. compiler, function()
            if not is_plain then return pending "is not tried in a sanitizer build" end
            if not child.has(compiler) then return pending(compiler .. " is not installed") end
            assert.equal("2 3\n", run({ only = "nearest", compiler = compiler })["./nearest"])
        end)
    end

    it("is right about names that are nowhere", function()
        local source = "void nowhere(void); void kernel(void) { nowhere(); }"
        local script = ([[
            require "engram"
            local ffi = require "ffi"
            ffi.cdef "void kernel(void);"
            local ok, lib = pcall(ffi.load, "%s")
            print(ok and "loaded" or lib)
            io.stdout:flush()
            lib.kernel()
        ]]):format(folder.path_of "kernel.so")
        compile(source, "-Wl,-z,now")
        local _, out = child.lua(script)
        assert.truthy(out:find("undefined symbol: nowhere", 1, true), out)
        compile(source, "-Wl,-z,lazy")
        local code, said, err = child.lua(script)
        assert.equal("loaded\n", said)
        assert.equal(127, code, err)
    end)
end)
