-- What threads share is there once: the process does not grow with their number, but by their
-- arenas and states.

local child = require "spec.support.child"
local engram = require "engram"

local folder = os.tmpname()
os.remove(folder)

local rows, dims = 160000, 50             -- 32 MB, mapped
local nodes, edges = 200000, 600000       -- 5.6 MB
local words = 300000                      -- 10 MB
local least_shared_bytes = 5e6
local most_of_thread_bytes = 2e6          -- its arena of 64 KiB, its state, its stack's pages

local function write(name, line, count)
    local file = assert(io.open(folder .. "/" .. name, "wb"))
    for from = 1, count, 10000 do
        local lines = {}
        for i = from, math.min(from + 9999, count) do lines[#lines + 1] = line(i) end
        file:write(table.concat(lines, "\n"), "\n")
    end
    file:close()
end

-- Every thread reads all of what is shared; then an event looks how large the process is.
local script = [[
local engram = require "engram"
local summary = assert(engram.run {
    threads = THREADS, events = 1, arena_size = "64K", source = [=[
        local engram = require "engram"
        local folder, resident = "FOLDER", nil
        return {
            setup = function()
                return { m = assert(engram.load(folder .. "/m.npy")),
                    g = assert(engram.load(folder .. "/edges", { nodes = NODES })),
                    w = assert(engram.words(folder .. "/words")) }
            end,
            thread_init = function(thread)
                local m, g, w = thread.shared.m, thread.shared.g, thread.shared.w
                engram.nearest(m:row(1), m, 1)
                for i = 1, g.nodes, 500 do g:neighbours(i) end
                for i = 1, #w, 100 do assert(w:find(w:get(i)) == i) end
            end,
            event = function()
                for line in io.lines "/proc/self/status" do
                    resident = tonumber(line:match "^VmRSS:%s+(%d+)") or resident
                end
            end,
            thread_done = function() return resident end,
            done = function(_, results)
                for _, each in pairs(results) do io.stderr:write(each * 1024, "\n") end
            end,
        }]=] })
assert(summary.results.errors == 0 and summary.results.events == 1)
]]

local function resident_bytes(threads)
    local values = { FOLDER = folder, THREADS = threads, NODES = nodes }
    local code, _, err = child.lua((script:gsub("%u%u+", values)))
    assert.equal(0, code, err)
    return assert(tonumber(err:match "^%d+"), err)
end

describe("what threads share", function()
    setup(function()
        os.execute("mkdir " .. folder)
        assert(engram.save(folder .. "/m.npy", engram.matrix(rows, dims)))
        write("edges", function(i) return ("%d %d"):format(i % nodes, i * 7 % nodes) end, edges)
        write("words", function(i) return "the word number " .. i end, words)
    end)

    teardown(function() os.execute("rm -r " .. folder) end)

    it("is there once, however many they are", function()
        if (os.getenv "ENGRAM_SANITIZE" or "") ~= "" then
            return pending "a sanitizer's own memory grows with the threads"
        end
        local one, many = resident_bytes(1), resident_bytes(16)
        assert.is_true(one > rows * dims * 4 + 2 * least_shared_bytes, one)
        local of_thread = (many - one) / 15
        assert.is_true(of_thread < most_of_thread_bytes,
            ("%.0f bytes with one thread, %.0f with 16"):format(one, many))
    end)
end)
