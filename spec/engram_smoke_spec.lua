-- Plain LuaJIT, without busted, which remembers what the FFI was told: the library
-- as a script finds it.

local child = require "spec.support.child"

describe("engram in plain luajit", function()
    it("computes and runs", function()
        local code, out, err = child.lua [[
            local engram = require "engram"

            local memories = engram.matrix { { 1, 0 }, { 0, 1 }, { 1, 1 } }
            local hits = engram.nearest(engram.vector { 2, 0.1 }, memories, 2)
            print(#hits, (hits:get(1)), (hits:get(2)))

            local graph = engram.graph(3, { { 1, 2, 1 }, { 2, 3, 1 } })
            local reached = engram.spread(graph, { [1] = 1 }, { decay = 0.5, max_hops = 2 })
            print(#reached, reached:of(1), reached:of(2), reached:of(3))

            local left = engram.decay({ 1, 2 }, { 10, 0 }, { curve = "halflife", h = 10 })
            print(left:get(1), left:get(2))

            local summary = engram.run { threads = 2, events = 100, seed = 1, source = [=[
                local engram = require "engram"
                return {
                    setup = function()
                        return { memories = engram.matrix { { 1, 0 }, { 0, 1 } } }
                    end,
                    event = function(thread, i)
                        local memories = thread.shared.memories
                        local hits = engram.nearest(memories:row(i % 2 + 1), memories, 1)
                        assert((hits:get(1)) == i % 2 + 1)
                    end,
                }
            ]=] }
            print(summary.results.events, summary.results.errors, summary.results.stop_reason)
        ]]
        assert.equal(0, code, err)
        assert.equal("2\t1\t3\n3\t1\t0.5\t0.25\n0.5\t2\n100\t0\tevents\n", out)
        assert.equal("", err)
    end)

    it("can be required twice", function()
        local code, out, err = child.lua [[
            local first = require "engram"
            for name in pairs(package.loaded) do
                if name:match "^engram%.c$" then package.loaded[name] = nil end
            end
            local C = require "engram.c"
            print(C.eg_cores() == first.info().cores)
        ]]
        assert.equal(0, code, err)
        assert.equal("true\n", out)
    end)

    it("says what is missing when the library is", function()
        local code, _, err = child.lua([[
            package.cpath = "./nowhere/?.so"
            require "engram"
        ]])
        assert.equal(1, code)
        assert.truthy(err:find("engram: core.so is not on package.cpath", 1, true), err)
        assert.truthy(err:find("./nowhere/engram/core.so", 1, true), err)
    end)
end)

describe("engram in PUC Lua", function()
    for _, program in ipairs { "lua5.1", "lua5.2", "lua5.3", "lua5.4" } do
        it("raises one clear line under " .. program, function()
            if not child.has(program) then return pending(program .. " is not installed") end
            for _, module in ipairs { "engram", "engram.c" } do
                local code, _, err = child.lua([[
                    package.path = os.getenv "LUA_PATH"
                    local ok, message = pcall(require, "]] .. module .. [[")
                    io.stderr:write(tostring(message))
                    os.exit(ok and 0 or 3)
                ]], { program = program })
                assert.equal(3, code, err)
                assert.equal("engram needs LuaJIT 2.1; this is Lua " .. program:match "%d.%d" ..
                    " (specs: busted --lua=luajit)", err)
            end
        end)
    end
end)
