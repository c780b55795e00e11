-- What is installed works from where it was installed: `make install` and `luarocks make`,
-- each into an empty tree, offline, used by the program and by plain LuaJIT.

local c_page = require "spec.support.c_page"
local child = require "spec.support.child"
local utils = require "pl.utils"

local sanitized = (os.getenv "ENGRAM_SANITIZE" or "") ~= ""

local function run(command)
    local ok, code, out, err = utils.executeex(command)
    return ok, out .. err, code
end

local function must(command)
    local ok, output = run(command)
    assert.is_true(ok, command .. "\n" .. output)
    return output
end

local function temporary_folder()
    return (must "mktemp -d":gsub("%s+$", ""))
end

-- Nothing of the tree under test may leak in: not its paths, not the current folder.
local function clean(command)
    return "cd / && env -u LUA_PATH -u LUA_CPATH " .. command
end

local function assert_works(prefix)
    local program = prefix .. "/bin/engram"
    local output = must(clean(program .. " run recall -n 50 -t 2 -q"))
    assert.truthy(output:find("50 in", 1, true), output)
    local data = prefix .. "/share/lua/5.1/engram/data/full"
    if utils.executeex "test -d build/share/lua/5.1/engram/data/full" then -- make data-full
        must("test -s " .. data .. "/words.npy && test -s " .. data .. "/synsets.txt")
        output = must(clean(program .. " recall coffee --data full"))
        assert.truthy(output:find("341,479", 1, true), output)
    end
    local version = must(clean(program .. " --version"))
    local script = prefix .. "/try.lua"
    utils.writefile(script, ([[
        package.path = "%s/share/lua/5.1/?.lua;%s/share/lua/5.1/?/init.lua;" .. package.path
        package.cpath = "%s/lib/lua/5.1/?.so;" .. package.cpath
        local engram = require "engram"
        local memories = assert(engram.load(engram.data "words.npy"))
        print(engram.nearest(memories:row(655), memories, 2):get(2))
        print(engram.info().version)]]):format(prefix, prefix, prefix))
    output = must(clean("luajit " .. script))
    assert.truthy(output:find("^1684%s+0%.7682"), output) -- king's neighbour: prince
    assert.truthy(version:find(output:match "\n(%S+)", 1, true), version)
    os.remove(script)
end

-- engram help c, there; from: the words of the page for it.
local function assert_works_in_c(prefix, from, environment)
    if not child.has "cc" then return print "engram help c is not tried: there is no cc" end
    local folder = prefix .. "/c"
    must("mkdir " .. folder)
    local printed = c_page.run { folder = folder, from = from, prefix = prefix,
        environment = environment }
    assert.equal("2 3\n", printed["./nearest"])
    assert.equal("0\t4\n", printed["luajit once.lua"])
    must("rm -r " .. folder)
end

describe("make install", function()
    if sanitized then
        pending "is not tried in a sanitizer build"
        return
    end

    it("puts what works under a prefix, and make uninstall takes it away", function()
        local folder = temporary_folder()
        finally(function() run("rm -rf " .. folder) end)
        must("make install PREFIX=" .. folder .. "/usr")
        assert_works(folder .. "/usr")
        assert_works_in_c(folder .. "/usr", "make install")
        must("test -s " .. folder .. "/usr/share/man/man1/engram.1")
        must("make uninstall PREFIX=" .. folder .. "/usr")
        assert.equal("", must("find " .. folder .. " -type f"))
    end)

    it("stages under DESTDIR", function()
        local folder = temporary_folder()
        finally(function() run("rm -rf " .. folder) end)
        must("make install PREFIX=/opt/e DESTDIR=" .. folder)
        assert_works(folder .. "/opt/e")
        must("make uninstall PREFIX=/opt/e DESTDIR=" .. folder)
        assert.equal("", must("find " .. folder .. " -type f"))
    end)
end)

describe("make clean", function()
    local kept = "build/share/lua/5.1/engram/data/full"

    local function in_folder(body)
        local folder = temporary_folder()
        finally(function() run("rm -rf " .. folder) end)
        local make = "make -f $PWD/Makefile -C " .. folder .. " "
        must("cd " .. folder .. " && mkdir -p build/obj/empty " .. kept .. " " .. kept .. ".part")
        body(make, folder)
    end

    it("takes all that was built, and leaves what data-full fetched", function()
        in_folder(function(make, folder)
            must(("cd %s && touch build/obj/x.o %s.lua %s/words.npy %s.part/x.tgz"):format(folder,
                kept, kept, kept))
            must(make .. "clean")
            assert.equal(("%s.part/x.tgz\n%s/words.npy\n"):format(kept, kept),
                must("cd " .. folder .. " && find build -type f | LC_ALL=C sort"))
            must("test ! -e " .. folder .. "/build/obj")
            must(make .. "distclean")
            must("test ! -e " .. folder .. "/build")
        end)
    end)

    it("leaves nothing where nothing was fetched, and may be called again", function()
        in_folder(function(make, folder)
            must("touch " .. folder .. "/build/obj/x.o")
            must(make .. "clean")
            must("test ! -e " .. folder .. "/build")
            must(make .. "clean")
        end)
    end)
end)

describe("luarocks make", function()
    if sanitized then
        pending "is not tried in a sanitizer build"
        return
    end

    it("builds, offline, a tree whose program and module work", function()
        local folder = temporary_folder()
        finally(function() run("rm -rf " .. folder) end)
        local libraries = must "pkg-config --variable=libdir luajit":gsub("%s+$", "")
        local headers = must "pkg-config --variable=includedir luajit":gsub("%s+$", "")
        utils.writefile(folder .. "/config.lua", ([[
            lua_interpreter = "luajit"; lua_version = "5.1"
            variables = { LUA_DIR = "/usr", LUA_BINDIR = "/usr/bin",
                          LUA_INCDIR = %q, LUA_LIBDIR = %q }
            rocks_provided = { ["lua-cjson"] = "2.1.0-1", argparse = "0.7.1-1" }
            rocks_trees = { %q }]]):format(headers, libraries, folder .. "/tree"))
        must("LUAROCKS_CONFIG=" .. folder .. "/config.lua luarocks make --only-server=" .. folder ..
            " --tree=" .. folder .. "/tree rockspec/engram-scm-1.rockspec")
        assert_works(folder .. "/tree")
        assert_works_in_c(folder .. "/tree", "luarocks make",
            { LUAROCKS_CONFIG = folder .. "/config.lua" })
    end)
end)
