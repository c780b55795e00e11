-- The README is true: its scripts run as they are printed, its commands exist, and it fits.

local child = require "spec.support.child"
local utils = require "pl.utils"

local text = utils.readfile "README.md"
local program = (os.getenv "ENGRAM_BUILD" or "build") .. "/bin/engram"

local function blocks()
    local list = {}
    for block in text:gmatch "```lua\n(.-)```" do list[#list + 1] = block end
    return list
end

describe("README.md", function()
    it("has a workload that runs", function()
        local folder = os.tmpname()
        os.remove(folder)
        os.execute("mkdir " .. folder)
        finally(function() os.execute("rm -r " .. folder) end)
        utils.writefile(folder .. "/nearest.lua", blocks()[1])
        local code, out, err = child.run(program .. " run " .. folder ..
            "/nearest.lua -t 2 -n 200 --k 20 -q")
        assert.equal(0, code, err)
        assert.truthy(out:find("200 in", 1, true), out)
        assert.truthy(out:find("k=20", 1, true), out)
    end)

    it("has kernels that answer", function()
        local code, out, err = child.lua(blocks()[2] .. "\nprint(best, #active, left:get(2))")
        assert.equal(0, code, err)
        assert.truthy(out:find("^1%s+0%.995"), out)
        assert.truthy(out:find("1%s+3%s+5%.9"), out) -- 86400 s are 24 half-lives: 5.96e-08
    end)

    it("names commands, targets and settings that there are", function()
        local code, out = child.run(program .. " --help")
        assert.equal(0, code)
        for _, command in ipairs { "run", "list", "info", "new", "help" } do
            assert.truthy(out:find("\n  " .. command, 1, true), command)
        end
        for topic in text:gmatch "`engram help (%l+)`" do
            assert.equal(0, (child.run(program .. " help " .. topic)), topic)
        end
        local makefile = utils.readfile "Makefile"
        for target in text:gmatch "`make ([%l-]+)" do
            assert.truthy(makefile:find("\n" .. target .. ":", 1, true), target)
        end
        for flag in text:gmatch "`(%-%-[%a-]+)" do
            local _, help = child.run(program .. " run noop --help")
            assert.truthy(help:find(flag, 1, true), flag)
        end
    end)

    it("fits: 150 lines", function()
        local _, lines = text:gsub("\n", "")
        assert.is_true(lines <= 150, tostring(lines))
    end)
end)
