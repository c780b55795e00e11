-- The threads of a run: what reaches them, what they have of their own, and how many can be.

local c_program = require "spec.support.c_program"
local child = require "spec.support.child"
local runs = require "spec.support.runs"

local sanitized = (os.getenv "ENGRAM_SANITIZE" or "") ~= ""

local run, noop, message_of = runs.run, runs.noop, runs.message_of

describe("what crosses to the threads", function()
    it("is copied, and matrices and graphs are shared and frozen", function()
        local summary = run([[local engram = require "engram"
            return {
                setup = function()
                    return { text = "t", list = { 1, 2, { deep = true } },
                        m = engram.matrix { { 1, 2 }, { 3, 4 } },
                        g = engram.graph(3, { { 1, 2, 0.5 }, { 2, 3 } }) }
                end,
                event = function(thread)
                    local s = thread.shared
                    assert(s.text == "t" and s.list[2] == 2 and s.list[3].deep)
                    assert(s.m:get(2, 1) == 3 and s.m:row(2):get(2) == 4 and s.g.nodes == 3)
                    assert(not pcall(s.m.set, s.m, 1, 1, 9))
                end,
            }]], { events = 500 })
        assert.is_nil(message_of(summary))
    end)

    for kind, value in pairs { ["function"] = "print", thread = "coroutine.create(print)" } do
        it("is refused by name when it can not: " .. kind, function()
            local summary = run("return { setup = function() return { x = { y = " .. value ..
                " } } end, event = function() end }", {})
            assert.truthy(message_of(summary):find("thread.shared.x.y is a " .. kind, 1, true))
        end)
    end

    it("is refused when it contains itself", function()
        local summary = run([[return { setup = function()
            local t = {} t.self = t return t
        end, event = function() end }]], {})
        assert.truthy(message_of(summary):find("contains itself", 1, true))
    end)

    it("leaves nothing behind", function()
        local C = require "engram.c"
        collectgarbage() collectgarbage()
        local before = C.eg_live_objects()
        for _ = 1, 5 do
            run([[local engram = require "engram"
                return { setup = function() return { m = engram.matrix(10, 10) } end,
                event = function(thread) return thread.shared.m:row(1) end }]], { events = 100 })
        end
        collectgarbage() collectgarbage()
        assert.equal(before, C.eg_live_objects())
    end)
end)

describe("a thread's state", function()
    it("finds every module of engram that a script can reach in the host's memory", function()
        local summary = run([[local engram = require "engram"
            local names = { "arena", "base_level", "data", "decay", "fail", "graph", "interval",
                "load", "matrix", "nearest", "random", "similarity", "spread", "stop", "vector" }
            return { event = function()
                for _, name in ipairs(names) do assert(engram[name], name) end
                engram.nearest({ 1 }, engram.matrix { { 1 } }, 1)
                engram.spread(engram.graph(2, { { 1, 2 } }), { [1] = 1 }, { max_hops = 1 })
                engram.decay({ 1 }, { 1 }, { curve = "halflife", h = 1 })
                local missing = {}
                for name in pairs(package.loaded) do
                    local found = package.loaders[1](name) ~= nil or name == "engram.core"
                    if name:match "^engram" and not found then missing[#missing + 1] = name end
                end
                if #missing > 0 then error(table.concat(missing, ", "), 0) end
            end }]], { events = 1, threads = 1 })
        assert.is_nil(message_of(summary))
    end)

    it("keeps what a script makes, also far beyond the memory that it begins with", function()
        local summary = run([[
            return {
                thread_init = function(thread) thread.kept, thread.text = {}, "" end,
                event = function(thread, i)
                    local kept, n = thread.kept, #thread.kept + 1
                    kept[n] = { n, ("%d-%d"):format(thread.id, n), { n = n } }
                    if n % 100 == 0 then thread.text = thread.text .. ("x"):rep(n) end
                end,
                thread_done = function(thread)
                    collectgarbage()
                    local x = 0
                    for n, each in ipairs(thread.kept) do
                        assert(each[1] == n and each[2] == thread.id .. "-" .. n, n)
                        assert(each[3].n == n, n)
                        if n % 100 == 0 then x = x + n end
                    end
                    assert(thread.text == ("x"):rep(x), #thread.text)
                    return #thread.kept
                end,
                done = function(summary, counts) summary.kept = counts[1] + counts[2] end,
            }]], { events = 20000 })
        assert.is_nil(message_of(summary))
        assert.equal(20000, summary.kept)
    end)

    it("leaves no machine code behind", function()
        -- Mappings that can be executed and are of no file.
        local function mapped()
            local count = 0
            for line in io.lines "/proc/self/maps" do
                if line:match "^%S+ r%-xp %S+ 00:00 0%s*$" then count = count + 1 end
            end
            return count
        end
        local source = [[return { event = function(thread, i)
            thread.sum = (thread.sum or 0) + i
        end }]]
        run(source, { events = 5000 })
        local before = mapped()
        for _ = 1, 20 do
            local summary = run(source, { events = 5000 })
            assert.is_true(summary.threads[1].lua.traces + summary.threads[2].lua.traces > 0)
        end
        assert.is_true(mapped() < before + 10, mapped() - before)
    end)

    it("has finalised everything when the run is over", function()
        local path = os.tmpname()
        finally(function()
            for _, name in ipairs { path, path .. 1, path .. 2 } do os.remove(name) end
        end)
        local summary = run(([[
            local ffi = require "ffi"
            local path, last = %q, newproxy(true)
            local function say(id, what)
                local file = io.open(path, "a")
                file:write(id, what, " ")
                file:close()
            end
            return {
                thread_init = function(thread)
                    local id = thread.id
                    getmetatable(last).__gc = function() say(id, "proxy") end
                    anchor = ffi.gc(ffi.new "int[1]", function()
                        say(id, "cdata")
                        late = newproxy(true)
                        getmetatable(late).__gc = function() say(id, "late") end
                    end)
                    left_open = io.open(path .. id, "w")
                    left_open:write("left open by ", id)
                end,
                event = function() end,
            }]]):format(path), { events = 10 })
        assert.is_nil(message_of(summary))
        local function read(name)
            local file = assert(io.open(name))
            local text = file:read "*a"
            file:close()
            return text
        end
        local said = read(path)
        for id = 1, 2 do
            for _, what in ipairs { "proxy", "cdata", "late" } do
                assert.truthy(said:find(id .. what, 1, true), said)
            end
            assert.equal("left open by " .. id, read(path .. id))
        end
    end)
end)

describe("a thousand threads", function()
    it("start, share the events, and end", function()
        local summary = run("return { event = function() end }", { threads = 1000, events = 5000 })
        assert.equal(5000, summary.results.events)
        assert.equal(1000, #summary.threads)
        assert.is_nil(summary.errors)
    end)

    it("are refused where there is no address space for them", function()
        if sanitized then return pending "a sanitizer needs more address space than is left" end
        local _, out, err = child.lua([[
            local summary = require("engram").run { threads = 1000, events = 1000,
                source = "return { event = function() end }" }
            io.write(summary.errors[1].message)
        ]], { limits = "-v 4194304" })
        assert.equal("no address space for 1000 threads; each takes a stack of 64 MB and an " ..
            "arena of 2 MB of address space; the limits are: ulimit -v 4194304, ulimit -u N, " ..
            "vm.max_map_count N; ask for fewer threads (-t), smaller arenas (--arena-size), or " ..
            "raise a limit", (out:gsub("%-u %w+", "-u N"):gsub("count %d+", "count N")), err)
    end)

    it("are one where one is too many", function()
        if sanitized then return pending "a sanitizer needs more address space than is left" end
        local _, out = child.lua([[
            local summary = require("engram").run { threads = 1, events = 1, arena_size = "1G",
                source = "return { event = function() end }" }
            io.write(summary.errors[1].message)
        ]], { limits = "-v 1048576" })
        assert.truthy(out:find("no address space for 1 thread; each takes a stack of 64 MB and " ..
            "an arena of 1024 MB", 1, true), out)
    end)
end)

describe("the arena of a thread", function()
    it("ends at a page that nobody may write to", function()
        local code, out = child.lua [[
            require("engram").run { threads = 2, events = 2, arena_size = "64K", source = [=[
                return { event = function() end, thread_init = function(thread)
                    if thread.id == 1 then thread.arena:floats(16384):data()[16384] = 1 end
                end }]=] }
            io.write "survived"
        ]]
        assert.equal("", out)
        assert.is_true(code ~= 0)
    end)
end)

describe("thread.random", function()
    local drawing = [[
        return {
            thread_init = function(thread) thread.seen, thread.first = {}, thread.random() end,
            event = function(thread, i)
                thread.seen[i] = { thread.random(), thread.random(1000), thread.random:normal() }
            end,
            thread_done = function(thread) return { thread.first, thread.seen } end,
            done = function(summary, results) summary.drawn = results end,
        }]]

    local function drawn_by(threads, seed)
        local merged, first = {}, {}
        local summary = run(drawing, { threads = threads, events = 200, seed = seed })
        for id, result in ipairs(summary.drawn) do
            first[id] = result[1]
            for i = 1, 200 do merged[i] = merged[i] or result[2][i] end
        end
        return merged, first
    end

    it("gives an event the same numbers on any number of threads", function()
        local one, four = drawn_by(1, 7), drawn_by(4, 7)
        for i = 1, 200 do assert.same(one[i], four[i]) end
    end)

    it("gives other numbers for another seed, event or thread", function()
        local seven, first = drawn_by(3, 7)
        local eight = drawn_by(3, 8)
        assert.not_equal(seven[1][1], eight[1][1])
        assert.not_equal(seven[1][1], seven[2][1])
        assert.not_equal(first[1], first[2])
    end)

    it("is seeded by itself, and says so, when nobody chose", function()
        local seed = run(noop, { events = 1 }).config.seed
        assert.is_true(seed >= 0 and seed < 2 ^ 46 and seed % 1 == 0)
    end)
end)

describe("a thread that can not be started", function()
    local skipped = sanitized and pending or it

    skipped("ends the run, however long the others take to begin", function()
        c_program.with_library([[
            #define _GNU_SOURCE
            #include <dlfcn.h>
            #include <errno.h>
            #include <pthread.h>

            int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                               void *(*body)(void *), void *argument)
            {
                static int calls;
                if (++calls == 2) return EAGAIN;
                int (*real)() = (int (*)())dlsym(RTLD_NEXT, "pthread_create");
                return real(thread, attributes, body, argument);
            }
        ]], function(library)
            child.with_file([[
                local summary = require("engram").run {
                    source = "return { thread_init = function() while true do end end, " ..
                        "event = function() end }",
                    threads = 2, events = 10, duration = 5, grace = 0.2 }
                io.write(summary.errors[1].message)
                io.stdout:flush()
            ]], function(script)
                local line = ("LD_PRELOAD=%s timeout 20 luajit %s"):format(library, script)
                local code, out, err = child.run(line)
                assert.equal(0, code, err)
                assert.matches("thread 2 of 2", out)
            end)
        end)
    end)
end)

describe("a thread that crashes", function()
    it("ends the process by its signal, past no handler", function()
        c_program.with_library([[
            #include <signal.h>
            #include <unistd.h>

            static void say(int number)
            {
                (void)!write(1, "caught", 6);
                _exit(3);
            }

            void listen(void)
            {
                signal(SIGSEGV, say);
            }
        ]], function(library)
            local code, out, err = child.lua(([[
                local ffi = require "ffi"
                ffi.cdef "void listen(void);"
                library = ffi.load(%q) -- for good: a handler must stay where it is
                library.listen()
                require("engram").run {
                    source = "local ffi = require 'ffi' return { event = function() " ..
                        "return ffi.cast('int *', 8)[0] end }",
                    threads = 1, events = 10 }
            ]]):format(library))
            assert.equal("caught", out, err)
            assert.equal(3, code)
        end)
    end)
end)
