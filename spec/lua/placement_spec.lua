-- Placement: lists of CPUs, the order in which threads take them, and that they do.

local engram = require "engram"
local placement = require "engram.placement"

describe("a list of CPUs", function()
    it("is numbers and ranges, each once", function()
        assert.same({ 0 }, placement.cpus "0")
        assert.same({ 0, 1, 2, 3, 8 }, placement.cpus "8,0-3,2")
        assert.same({ 5 }, placement.cpus(5))
    end)

    it("is nothing else", function()
        for _, bad in ipairs { "", "a", "1-", "-1", "3-1", "1,,2", "0-9999", "1.5" } do
            local list, message = placement.cpus(bad)
            assert.is_nil(list, bad)
            assert.truthy(message:find("list of CPUs", 1, true))
        end
    end)
end)

describe("the order", function()
    -- Two packages of two cores with two hyperthreads each, as kernels number them.
    local function places()
        local list = {}
        for cpu = 0, 7 do
            list[#list + 1] = { cpu = cpu, package = cpu % 4 < 2 and 0 or 1, core = cpu % 2,
                sibling = cpu < 4 and 1 or 2 }
        end
        return list
    end

    it("of compact fills one core after the other", function()
        assert.same({ 0, 4, 1, 5, 2, 6, 3, 7 }, placement.order(places(), "compact"))
    end)

    it("of scatter takes packages in turn, hyperthreads last", function()
        assert.same({ 0, 2, 1, 3, 4, 6, 5, 7 }, placement.order(places(), "scatter"))
    end)
end)

describe("threads", function()
    -- Where the kernel last saw the thread, which a bound one can not leave.
    local source = [[return {
        event = function() end,
        thread_done = function()
            local file = io.open "/proc/thread-self/status"
            local text = file:read "*a"
            file:close()
            return text:match "Cpus_allowed_list:%s*(%S+)"
        end,
        done = function(summary, results) summary.allowed = results end,
    }]]

    it("are bound to CPUs in turn", function()
        local first = placement.of { pin = "compact", threads = 1 }[1]
        local summary = engram.run { source = source, threads = 3, events = 10,
            cpus = tostring(first) }
        local name = tostring(first)
        assert.same({ name, name, name }, summary.allowed)
        assert.same({ first }, summary.config.cpus)
    end)

    it("move as they like by default", function()
        local summary = engram.run { source = source, threads = 1, events = 10 }
        local list = placement.of { pin = "compact", threads = 100 }
        local seen, count = {}, 0
        for _, cpu in ipairs(list) do
            if not seen[cpu] then count = count + 1 end
            seen[cpu] = true
        end
        if count > 1 then assert.truthy(summary.allowed[1]:match "[-,]") end
        assert.is_nil(placement.of { threads = 1 })
    end)

    it("can not be bound to what is not there", function()
        local summary, message = engram.run { source = source, cpus = "1023" }
        assert.is_nil(summary)
        assert.truthy(message:find("CPU 1023", 1, true), message)
        summary, message = engram.run { source = source, cpus = "0", pin = "none" }
        assert.is_nil(summary)
        assert.truthy(message:find("pin can not be none", 1, true), message)
    end)
end)
