--- What an event costs that does nothing, against sysbench.

local pairs = require("engram.core").pairs
local run = require "engram.run"
local sysbench = require "engram.bench.sysbench"
local turns = require "engram.bench.turns"

local noop = "return { event = function() end }"

-- Nanoseconds of wall time per event, over all threads. It takes whole seconds only.
local function sysbench_events(path, threads, seconds, more)
    local text = sysbench.run(path, ("--threads=%d --time=%d %s"):format(threads,
        math.max(1, math.floor(seconds + 0.5)), more))
    local events = tonumber(text:match "total number of events:%s+(%d+)")
    local time = tonumber(text:match "total time:%s+([%d.]+)s")
    if not events or not time or events == 0 then return nil, "no figures in its output" end
    return time * 1e9 / events
end

local function engram_events(threads, seconds)
    local summary, message = run.run { source = noop, threads = threads, duration = seconds }
    if not summary then return nil, message end
    local results = summary.results
    if results.latency.count ~= results.events or results.failed then
        return nil, "its percentiles are not of every event"
    end
    return results.elapsed_s * 1e9 / results.events
end

-- That events really run: each adds one, and the sum is as large as the count.
local function check_events(threads)
    local sum = 0
    local summary = run.run { threads = threads, events = 200000, source = [[return {
        thread_init = function(thread) thread.n = 0 end,
        event = function(thread) thread.n = thread.n + 1 end,
        thread_done = function(thread) return thread.n end,
        done = function(summary, results) summary.counts = results end,
    }]] }
    for _, count in pairs(summary.counts) do sum = sum + count end
    if sum ~= summary.results.events then return nil, "events were counted that did not run" end
    return true
end

local function contenders_of(threads, seconds, path)
    local list = { { name = "engram", measure = function()
        return engram_events(threads, seconds)
    end } }
    for _, more in ipairs(path and { "", "--percentile=0" } or {}) do
        list[#list + 1] = { name = more == "" and "sysbench" or "sysbench " .. more,
            measure = function() return sysbench_events(path, threads, seconds, more) end }
    end
    return list
end

local function section_of(threads, seconds)
    local title = ("%d thread%s"):format(threads, threads == 1 and "" or "s")
    return { title = title, rows = function(shop, rounds, on_turn)
        return sysbench.with_peer(shop, function(path)
            local ok, message = check_events(threads)
            if not ok then return nil, message end
            return turns.compare(contenders_of(threads, seconds, path), rounds, on_turn)
        end)
    end }
end

return {
    about = function(options)
        return ("an event that does nothing, wall time over all threads, %g s a turn"):format(
            options.seconds)
    end,
    rounds = { 5, 3 },
    threads = { 1, 32 },
    seconds = { 1, 0.2 },
    sections = function(options)
        local sections = {}
        for i, threads in ipairs(options.threads) do
            sections[i] = section_of(threads, options.seconds)
        end
        return sections
    end,
}
