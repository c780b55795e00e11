--- Threads started, one event each, and ended, against sysbench. Its time holds its
--- process's start.

local C = require "engram.c"
local run = require "engram.run"
local sysbench = require "engram.bench.sysbench"
local turns = require "engram.bench.turns"

-- How long it takes until as many events as threads are done; body answers how many were.
local function time_of(threads, body)
    return function()
        local start = C.eg_clock_ns()
        if body() == threads then return C.eg_clock_ns() - start end
        return nil, "it did not run as many events as threads"
    end
end

local function contenders_of(threads, path)
    local list = { { name = "engram", measure = time_of(threads, function()
        local summary = run.run { source = "return { event = function() end }",
            threads = threads, events = threads }
        return summary and summary.results.events
    end) } }
    list[2] = path and { name = "sysbench", measure = time_of(threads, function()
        local text = sysbench.run(path, ("--threads=%d --events=%d --time=0"):format(threads,
            threads))
        return tonumber(text:match "number of events:%s+(%d+)")
    end) }
    return list
end

local function section_of(threads)
    local title = ("%d thread%s"):format(threads, threads == 1 and "" or "s")
    return { title = title, rows = function(shop, rounds, on_turn)
        return sysbench.with_peer(shop, function(path)
            return turns.compare(contenders_of(threads, path), rounds, on_turn)
        end)
    end }
end

return {
    about = function() return "starting threads, an event each, ending them" end,
    rounds = { 5, 3 },
    threads = { 1000 },
    sections = function(options)
        local sections = {}
        for i, threads in ipairs(options.threads) do sections[i] = section_of(threads) end
        return sections
    end,
}
