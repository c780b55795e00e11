-- Info: what is in force, and where it came from.

local child = require "spec.support.child"
local engram = require "engram"
local info = require "engram.info"

local show = [[
local about, message = require("engram").info()
if not about then print(message) os.exit(3) end
for _, key in ipairs { "size", "overflow", "zero" } do
    print(key, about.arena[key].value, about.arena[key].source)
end
]]

describe("info", function()
    it("tells version, processor, cores, clock, instruction sets and LuaJIT", function()
        local about = assert(engram.info())
        assert.truthy(about.version:match "^%d+%.%d+%.%d+$")
        assert.is_true(about.cores >= 1)
        assert.is_string(about.cpu)
        assert.truthy(about.clock == "tsc" or about.clock == "clock_gettime")
        assert.truthy(about.luajit:match "^LuaJIT 2%.1")
        local usable = table.concat(about.isa_usable, " ")
        assert.truthy(usable:find(about.isa, 1, true))
        assert.truthy(usable:find("scalar", 1, true))
    end)

    it("knows the defaults", function()
        local code, out = child.lua(show)
        assert.equal(0, code)
        assert.equal("size\t2097152\tdefault\noverflow\terror\tdefault\n" ..
            "zero\tfalse\tdefault\n", out)
    end)

    it("tells how arenas overflow outside runs", function()
        local overflow = 'print(require("engram").info().arena.overflow.outside_runs)'
        local _, out = child.lua(overflow)
        assert.equal("grow\n", out)
        _, out = child.lua(overflow, { environment = { ENGRAM_ARENA_OVERFLOW = "panic" } })
        assert.equal("panic\n", out)
        _, out = child.engram "info"
        assert.truthy(out:find("\n            grow      outside runs\n", 1, true), out)
    end)

    it("knows what the environment says", function()
        local _, out = child.lua(show, { environment = { ENGRAM_ARENA_SIZE = "4M",
            ENGRAM_ARENA_OVERFLOW = "grow", ENGRAM_ARENA_ZERO = "1" } })
        assert.equal("size\t4194304\tENGRAM_ARENA_SIZE\noverflow\tgrow\tENGRAM_ARENA_OVERFLOW\n" ..
            "zero\ttrue\tENGRAM_ARENA_ZERO\n", out)
    end)

    local bad = {
        ENGRAM_ARENA_SIZE = "4X", ENGRAM_ARENA_OVERFLOW = "crash", ENGRAM_ARENA_ZERO = "yes",
        ENGRAM_ISA = "sse9", ENGRAM_DATA = "/nowhere",
    }
    for name, value in pairs(bad) do
        it("names a bad " .. name, function()
            local code, out = child.lua(show, { environment = { [name] = value } })
            assert.equal(3, code)
            assert.truthy(out:find(name .. ": ", 1, true), out)
            assert.truthy(out:find(value, 1, true), out)
        end)
    end

    it("is shown in 80 columns", function()
        local folder = os.tmpname()
        os.remove(folder)
        local deep = folder .. ("/so_deep_a_folder"):rep(3)
        os.execute("mkdir -p " .. deep)
        local _, out, err = child.engram("info", { environment = { ENGRAM_DATA = deep } })
        os.execute("rm -r " .. folder)
        local found = out:find("data        " .. deep .. "\n            (from", 1, true)
        assert.truthy(found, out .. err)
        for line in out:gmatch "[^\n]+" do assert.is_true(#line < 80, line) end
    end)

    it("knows where the data is", function()
        local tell = 'local d = require("engram").info().data print(d.value, d.source)'
        local _, out = child.lua(tell)
        assert.truthy(out:find "engram/data\tdefault\n$", out)
        _, out = child.lua(tell, { environment = { ENGRAM_DATA = "/tmp" } })
        assert.equal("/tmp\tENGRAM_DATA\n", out)
    end)

    it("has no problem with an instruction set that is there", function()
        for _, isa in ipairs(info.machine().isa_usable) do
            local _, out = child.lua('print(require("engram").info().isa)',
                { environment = { ENGRAM_ISA = isa } })
            assert.equal(isa .. "\n", out)
        end
    end)
end)
