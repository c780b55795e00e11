-- Every method of spread leaves what it does when the run is interrupted: each runs in a thread
-- of its own, on a ring that it would go round for years, until one more thread has seen all
-- begin and interrupts the process.

local child = require "spec.support.child"

local program = [[
local C = require "engram.c"
local engram = require "engram"
C.eg_signals_catch()
local summary = engram.run { threads = %d, duration = "1h", grace = "20s", source = [=[
    local ffi, C = require "ffi", require "engram.c"
    local engram = require "engram"
    ffi.cdef "int pipe(int ends[2]); long read(int, void *, size_t); int getpid(void);"
    ffi.cdef "long write(int, const void *, size_t); int usleep(unsigned); int kill(int, int);"

    local most = 2 ^ 32 - 1
    local calls = { %s }
    local workload = {}

    function workload.setup()
        local ends, rings = ffi.new "int[2]", {}
        assert(ffi.C.pipe(ends) == 0)
        for size, nodes in pairs { small = 100, large = 5000 } do
            local from, to = {}, {}
            for i = 1, nodes do from[i], to[i] = i, i %% nodes + 1 end
            rings[size] = engram.graph(nodes, { from = from, to = to })
        end
        return { small = rings.small, large = rings.large, read = ends[0], write = ends[1] }
    end

    function workload.event(thread)
        local shared, byte = thread.shared, ffi.new "char[1]"
        if thread.id <= #calls then
            ffi.C.write(shared.write, byte, 1)
            local call, mark = calls[thread.id], thread.arena:mark()
            local sets = {}
            for i = 1, 16 do sets[i] = { [i] = 1 } end
            repeat
                thread.arena:rewind(mark)
                if call.components then shared[call[1] ]:components()
                elseif call.many then engram.spread_many(shared[call[1] ], sets, call[2])
                else engram.spread(shared[call[1] ], { [1] = 1 }, call[2]) end
            until not call.again
            error "it has ended by itself"
        end
        for _ = 1, #calls do ffi.C.read(shared.read, byte, 1) end
        ffi.C.usleep(50000) -- for their first 64k arcs; less would still be no failure
        ffi.C.kill(ffi.C.getpid(), 2)
        while C.eg_arena_stopped(thread.arena) == 0 do ffi.C.usleep(1000) end
    end
    return workload
]=] }
print(summary.results.stop_reason, summary.errors and summary.errors[1].message)
for _, thread in ipairs(summary.threads) do print(tostring(thread.stuck)) end
]]

-- Each is endless but for its 2^32 cycles; what follows from an option may be another loop.
-- Best-first and the count of components end by themselves: they are called again and again.
local calls = {
    [[{ "small", { refire = true, max_hops = most } }]],
    [[{ "large", { refire = true, max_hops = most } }]],
    [[{ "large", { refire = true, max_hops = most, accumulate = "max" } }]],
    [[{ "small", { method = "spreadr", time = most } }]],
    [[{ "small", { method = "ppr", alpha = 1 - 2 ^ -53, tol = 0, max_iter = most } }]],
    [[{ "small", { method = "push", alpha = 1 - 2 ^ -53, eps = 1e-300 } }]],
    [[{ "large", { method = "best", budget = most }, again = true }]],
    [[{ "large", components = true, again = true }]],
    [[{ "large", { refire = true, max_hops = most }, many = true }]],
    [[{ "small", { refire = true, max_hops = most, accumulate = "max" }, many = true }]],
    [[{ "small", { method = "spreadr", time = most }, many = true }]],
    [[{ "small", { method = "ppr", alpha = 1 - 2 ^ -53, tol = 0, max_iter = most }, many = true }]],
}

describe("an interrupted run", function()
    it("stops each method of spread in the middle", function()
        local code, out, err = child.lua(program:format(#calls + 1, table.concat(calls, ", ")))
        assert.equal(0, code, err)
        local expected = { "interrupted\tnil" }
        for _ = 1, #calls + 1 do expected[#expected + 1] = "nil" end
        assert.equal(table.concat(expected, "\n") .. "\n", out)
    end)
end)
