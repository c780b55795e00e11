-- The man page: all that the commands take is in it, and the readers of such pages have no
-- complaint.

local child = require "spec.support.child"
local commands = require "engram.commands"
local man = require "engram.man"
local manual = require "engram.manual"

local program = (os.getenv "ENGRAM_BUILD" or "build") .. "/bin/engram"

describe("the man page", function()
    local code, page, err = child.run(program .. " help man")

    it("is written by engram help man", function()
        assert.equal(0, code, err)
        assert.truthy(page:find("^%.TH ENGRAM 1 "))
    end)

    it("has every command, and every flag of each", function()
        local plain = page:gsub("\\%-", "-")
        for _, command in ipairs(commands.list) do
            local spec = commands.spec(command)
            local part = plain:match("\n%.SS engram " ..
                spec.usage:gsub("%p", "%%%0") .. "\n(.-)\n%.S[SH] ")
            assert.is_string(part, spec.usage)
            for _, group in ipairs(spec.groups) do
                for _, option in ipairs(group.options) do
                    local tag = (option.short and option.short .. ", " or "") .. option.flag
                    assert.truthy(part:find("\\fB" .. tag, 1, true), command.name .. " " .. tag)
                end
            end
        end
    end)

    it("has every page of the manual", function()
        for _, topic in ipairs(manual.topics) do
            assert.truthy(page:find("\n.SH " .. topic.name:upper() .. "\n", 1, true), topic.name)
        end
    end)

    it("keeps what roff would take for its own", function()
        local text = man.page("1", { usage = "x", about = "y", groups = { { options = {} } },
            examples = { ".start", "a\\b --c" } }, {}, {})
        assert.truthy(text:find("\n\\&.start\na\\eb \\-\\-c\n", 1, true), text)
    end)

    for reader, line in pairs {
        man = "man --warnings -E UTF-8 -l -Tutf8 -Z %s 2>&1 >/dev/null",
        mandoc = "mandoc -T lint -W error %s",
    } do
        it("is read without complaint by " .. reader, function()
            if not child.has(reader) then return pending(reader .. " is not installed") end
            child.with_file(page, function(path)
                local _, out, message = child.run("sh -c '" .. line:format(path) .. "'")
                assert.equal("", out .. message)
            end)
        end)
    end
end)
