-- engram help workload, and what of help load no other spec has: they fit, and a script finds
-- what lies beside it as the page says.

local command_line = require "spec.support.command_line"
local manual = require "engram.manual"
local pages = require "spec.support.pages"

local page = manual.page "workload"

describe("engram help workload", function()
    setup(command_line.make)
    teardown(command_line.remove)

    it("fits a terminal", function() pages.fits(page) end)

    it("tells how a script finds what lies beside it, in the host and in each thread", function()
        command_line.write("words.txt", "a\nb\nc\n")
        command_line.write("beside.lua", 'local engram = require "engram"\n' ..
            assert(page:match "\n(  local here = .-)\n\n") ..
            "\nreturn { event = function() assert(words:find 'c' == 3) end }\n")
        local lines = { "engram run beside.lua -n 10 -q",
            "here=$(pwd); cd /; engram run $here/beside.lua -n 10 -q" }
        for _, line in ipairs(lines) do
            local code, out, err = command_line.sh(line)
            assert.equal(0, code, out .. err)
        end
    end)
end)

describe("engram help load", function()
    it("fits a terminal", function() pages.fits(manual.page "load") end)
end)
