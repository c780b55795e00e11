-- Fields of a workload that are almost called like one that engram knows: a warning, never more.

local cjson = require "cjson"
local command_line = require "spec.support.command_line"
local engram = require "engram"

local holds = command_line.holds

-- The warnings about a script, after one event.
local function warnings_of(fields)
    local summary = assert(engram.run { events = 1, threads = 1,
        source = "return { event = function() end, " .. fields .. " }" })
    local list = {}
    for _, warning in ipairs(summary.warnings or {}) do
        if warning:find("did you mean", 1, true) then list[#list + 1] = warning end
    end
    return list
end

local body = " = function() end"

describe("a field of a workload", function()
    it("is warned of where it may be misspelt", function()
        assert.same({ "'thread_intt' is no hook; did you mean 'thread_init'?" },
            warnings_of("thread_intt" .. body))
        assert.same({ "'SetUp' is no hook; did you mean 'setup'?",
            "'option' is no field of a workload; did you mean 'options'?",
            "'threadDone' is no hook; did you mean 'thread_done'?" },
            warnings_of("option = { k = 1 }, threadDone" .. body .. ", SetUp" .. body))
    end)

    for _, fields in ipairs {
        "thread_info" .. body,              -- two letters off
        "events" .. body,                   -- there is an event
        "dones = 3", "option = 'text'",     -- what that field can not be
        "options = {}, option = {}",        -- it is there
        "max = { 1 }",                      -- too short to tell
        "[1] = 2, helper" .. body,
    } do
        it("is a script's own: " .. fields, function()
            assert.same({}, warnings_of(fields))
        end)
    end

    it("may be an operation of a mix", function()
        local summary = assert(engram.run { events = 1, threads = 1, source = [[
            return { mix = { dones = 1 }, dones = function() end }]] })
        for _, warning in ipairs(summary.warnings or {}) do
            assert.is_nil(warning:find("did you mean", 1, true), warning)
        end
    end)

    it("is suggested where there is no event", function()
        local _, message = engram.run { source = "return { evnt = function() end }" }
        assert.equal("source: it has no event function; is 'evnt' meant to be 'event'?", message)
        _, message = engram.run { source = "return { eventBatch = function() end }" }
        assert.truthy(message:find("is 'eventBatch' meant to be 'event_batch'?", 1, true))
        _, message = engram.run { source = "return { evnt = 3 }" }
        assert.equal("source: it has no event function", message)
    end)
end)

describe("the command line warns of it", function()
    setup(command_line.make)
    teardown(command_line.remove)
    before_each(function()
        command_line.write("slip.lua", "return { event = function() end, thread_intt" .. body ..
            " }")
    end)

    local text = "'thread_intt' is no hook; did you mean 'thread_init'?"

    it("in the report, as text and as JSON", function()
        local code, out, err = command_line.engram "run slip.lua -n 1 -q"
        assert.same({ 0, "" }, { code, err })
        holds(out, "warning     " .. text)
        code, out = command_line.engram "run slip.lua -n 1 -q -f json"
        assert.same({ 0, text }, { code, cjson.decode(out).warnings[1] })
    end)

    it("once for several runs", function()
        for _, line in ipairs { "run slip.lua -n 1 -q --repeat 3", "tune slip.lua -n 1 -q",
            "scale slip.lua -n 1 -q -t 1,2 --repeat 1" } do
            local code, out, err = command_line.engram(line)
            assert.equal(0, code, err)
            assert.equal("engram: warning: slip.lua: " .. text .. "\n", err)
            assert.is_nil(out:find("thread_intt", 1, true), out)
        end
    end)
end)
