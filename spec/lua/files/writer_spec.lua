-- Files that are there whole, or as they were: what a path may be, and what stays of it.

local child = require "spec.support.child"
local writer = require "engram.files.writer"

local folder = require "spec.support.folder".new()
local path_of = folder.path_of

local function shell(line, ...) assert.equal(0, os.execute(line:format(...))) end

local function printed(line, ...)
    local pipe = io.popen(line:format(...))
    local text = pipe:read "*a"
    pipe:close()
    return (text:gsub("\n$", ""))
end

local function save(path, text)
    return writer.save(path, function(out) out:write(text) end)
end

describe("a file that is written", function()
    before_each(folder.make)
    after_each(folder.remove)

    it("is as it was when the writing is given up", function()
        local path = path_of "m"
        assert.is_true(save(path, "before"))
        assert.has_error(function()
            writer.save(path, function(out)
                out:write "half"
                error "on purpose"
            end)
        end)
        assert.same({ nil, "no more" }, { writer.save(path, function(out)
            out:write "half"
            return nil, "no more"
        end) })
        assert.equal("before", folder.bytes_of "m")
        assert.same({ "m" }, folder.listing())
    end)

    it("stays a symbolic link, to what is written in the folder where it points", function()
        shell("mkdir %s", path_of "versions")
        folder.write("versions/v3", "old")
        shell("ln -s versions/v3 %s", path_of "v")
        shell("ln -s %s %s", path_of "v", path_of "latest")
        assert.is_true(save(path_of "latest", "new"))
        assert.same({ "latest", "v", "versions" }, folder.listing())
        assert.equal("versions/v3", printed("readlink %s", path_of "v"))
        assert.equal(path_of "v", printed("readlink %s", path_of "latest"))
        assert.equal("new", folder.bytes_of "versions/v3")
        assert.equal("v3", printed("ls -A %s", path_of "versions"))
    end)

    it("is made where a link points to nothing yet", function()
        shell("ln -s v4 %s", path_of "latest")
        assert.is_true(save(path_of "latest", "new"))
        assert.same({ "latest", "v4" }, folder.listing())
        assert.equal("v4", printed("readlink %s", path_of "latest"))
        assert.equal("new", folder.bytes_of "v4")
    end)

    it("is as it was behind a link, too, when the writing is given up", function()
        folder.write("v3", "old")
        shell("ln -s v3 %s", path_of "latest")
        writer.save(path_of "latest", function(out)
            out:write "half"
            return nil, "no more"
        end)
        assert.equal("old", folder.bytes_of "v3")
        assert.same({ "latest", "v3" }, folder.listing())
    end)

    it("is refused by the name that was asked for", function()
        shell("ln -s %s %s", "none/v4", path_of "lost")
        shell("ln -s ring %s", path_of "ring")
        for name, why in pairs { lost = "No such file or directory; the folder " ..
            path_of "none" .. " is missing", none = "Is a directory",
            ring = "Too many levels of symbolic links" } do
            local path = name == "none" and folder.path or path_of(name)
            assert.same({ nil, path .. ": " .. why }, { save(path, "x") })
        end
        assert.same({ "lost", "ring" }, folder.listing())
    end)

    it("keeps who may read it", function()
        folder.write("mine", "old")
        shell("chmod 640 %s", path_of "mine")
        assert.is_true(save(path_of "mine", "new"))
        assert.equal("640", printed("stat -c %%a %s", path_of "mine"))
    end)

    it("is written as it is when it is a pipe, a device or somebody's output", function()
        shell("mkfifo %s", path_of "pipe")
        shell("ln -s pipe %s", path_of "to_pipe")
        shell("ln -s /dev/stdout %s", path_of "out")
        folder.write("plain", "")
        for _, name in ipairs { "pipe", "to_pipe", "out" } do
            assert.is_true(writer.is_stream(path_of(name)), name)
        end
        assert.is_true(writer.is_stream "/dev/null")
        for _, name in ipairs { path_of "plain", path_of "none", folder.path, "/dev/shm/x" } do
            assert.is_false(writer.is_stream(name), name)
        end
        local reader = io.popen("timeout 20 cat " .. path_of "pipe")
        assert.is_true(save(path_of "to_pipe", "through"))
        assert.equal("through", reader:read "*a")
        reader:close()
        -- Whose output is a file.
        local code, out, err = child.lua(([[
            local writer = require "engram.files.writer"
            assert(writer.is_stream(%q))
            assert(writer.save(%q, function(out) out:write "told" end))]]):format(path_of "out",
            path_of "out"))
        assert.same({ 0, "told", "" }, { code, out, err })
    end)

    it("is the same behind links and other ways of writing its path", function()
        shell("ln -s v4 %s", path_of "latest")
        for _, name in ipairs { "v4", "/v4", "./v4", ".//./v4", "latest" } do
            assert.is_true(writer.is_same(path_of "v4", path_of(name)), name)
        end
        assert.is_true(writer.is_same("a", "././/a"))
        for _, pair in ipairs { { "a", "b" }, { "a", "/a" }, { "a.b", "a/b" }, { "a", "a/./a" },
            { "/dev/null", "/dev/null" } } do
            assert.is_false(writer.is_same(unpack(pair)), pair[2])
        end
    end)

    it("has a name", function()
        assert.same({ nil, "'' names no file" }, { writer.check "" })
        assert.same({ nil, "'' names no file" }, { save("", "text") })
    end)

    it("takes no shell", function()
        local code, _, err = child.lua(([[
            os.execute, io.popen = nil, nil
            local writer = require "engram.files.writer"
            assert(writer.save(%q, function(out) out:write "x" end))]]):format(path_of "x"))
        assert.equal(0, code, err)
    end)
end)
