--- Bench: engram against its peers, on this machine, in one run.
--
--    local found = bench.events { threads = { 1, 32 }, rounds = 5, seconds = 1 }
--    found.sections[1].rows[2].ratio.median
--
-- The contenders take turns, in a new order each round. A time is the median of the
-- rounds; a ratio is the median of the ratios within each round, so that what slows the
-- machine for a while slows both sides of it. What each contender did is checked first.

local C = require "engram.c"
local info = require "engram.info"
local random = require "engram.random"
local run = require "engram.run"

local bench = {}

-- ---- measuring

local function percentile(sorted, share)
    return sorted[math.max(1, math.ceil(share * #sorted))]
end

local function spread_of(values)
    local sorted = {}
    for i, value in ipairs(values) do sorted[i] = value end
    table.sort(sorted)
    return { median = percentile(sorted, 0.5), p10 = percentile(sorted, 0.1),
        p90 = percentile(sorted, 0.9) }
end

local function shuffled(count, draw)
    local order = {}
    for i = 1, count do order[i] = i end
    for i = count, 2, -1 do
        local j = draw(i)
        order[i], order[j] = order[j], order[i]
    end
    return order
end

--- contenders: a list of { name, measure }, the first one ours; measure() answers a time,
--  the smaller the better, or nil and a message. Answers rows in the same order, each with
--  name, time and, but for the first, ratio: { median, p10, p90 }.
function bench.compare(contenders, rounds, on_turn)
    local times, draw = {}, random.new(1)
    for i = 1, #contenders do times[i] = {} end
    for round = 1, rounds do
        for _, i in ipairs(shuffled(#contenders, draw)) do
            if on_turn then on_turn(round, contenders[i].name) end
            local time, message = contenders[i].measure()
            if not time then return nil, contenders[i].name .. ": " .. message end
            times[i][round] = time
        end
    end
    local rows = {}
    for i, contender in ipairs(contenders) do
        rows[i] = { name = contender.name, time = spread_of(times[i]) }
        if i > 1 then
            local ratios = {}
            for round = 1, rounds do ratios[round] = times[i][round] / times[1][round] end
            rows[i].ratio = spread_of(ratios)
        end
    end
    return rows
end

-- ---- how busy others keep the machine

local function numbers_of(path, pattern)
    local file = io.open(path)
    local text = file and file:read "*a" or ""
    if file then file:close() end
    local list = {}
    for number in (text:match(pattern) or ""):gmatch "%d+" do list[#list + 1] = tonumber(number) end
    return list
end

-- Ticks of the machine in all, of those busy ones, and of those ours and our children's.
local function cpu_ticks()
    local cpu = numbers_of("/proc/stat", "cpu%s+([%d ]+)")
    local own = numbers_of("/proc/self/stat", "%)%s+%a(.*)")
    if #cpu < 8 or #own < 14 then return nil end
    local total = 0
    for i = 1, 8 do total = total + cpu[i] end
    return { total = total, busy = total - cpu[4] - cpu[5],
        own = own[11] + own[12] + own[13] + own[14] }
end

-- The share of the machine's time that went to others; nil when the system does not tell.
local function foreign_share(before)
    local now = cpu_ticks()
    if not before or not now or now.total == before.total then return nil end
    local busy, own = now.busy - before.busy, now.own - before.own
    return math.max(0, (busy - own) / (now.total - before.total))
end

-- ---- peers

local function output_of(command)
    local pipe = io.popen(command .. " 2>&1")
    local text = pipe:read "*a"
    pipe:close()
    return text
end

local function sysbench_version()
    return output_of("command -v sysbench >/dev/null && sysbench --version"):match "sysbench (%S+)"
end

local absent = { name = "sysbench", note = "not installed (Debian: apt-get install sysbench)" }

-- Runs body(path) with a script that holds sysbench's empty event.
local function with_empty_event(body)
    local path = os.tmpname() .. ".lua"
    local file = assert(io.open(path, "w"))
    file:write "function event() end\n"
    file:close()
    local ok, value, message = pcall(body, path)
    os.remove(path)
    if not ok then error(value, 0) end
    return value, message
end

-- Nanoseconds of wall time per event, over all threads. It takes whole seconds only.
local function sysbench_events(path, threads, seconds, more)
    local text = output_of(("sysbench --threads=%d --time=%d %s %s run"):format(threads,
        math.max(1, math.floor(seconds + 0.5)), more, path))
    local events = tonumber(text:match "total number of events:%s+(%d+)")
    local time = tonumber(text:match "total time:%s+([%d.]+)s")
    if not events or not time or events == 0 then return nil, "no figures in its output" end
    return time * 1e9 / events
end

local noop = "return { event = function() end }"

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

-- ---- the benches

local function measured(name, unit, about, sections)
    local before = cpu_ticks()
    local found = { bench = name, unit = unit, about = about, context = info.machine(),
        sections = {}, peers = {} }
    local version = sysbench_version()
    found.peers[1] = version and { name = "sysbench", version = version } or absent
    local ok, message = with_empty_event(function(path)
        for _, section in ipairs(sections) do
            local rows, failure = section.rows(version and path)
            if not rows then return nil, failure end
            found.sections[#found.sections + 1] = { title = section.title, rows = rows }
        end
        return true
    end)
    if not ok then return nil, message end
    found.foreign_share = foreign_share(before)
    return found
end

-- A section for each thread count. contenders_of(threads, options, path) makes the list for
-- it; path is sysbench's script, nil where there is no sysbench.
local function sections_of(options, on_turn, contenders_of)
    local sections = {}
    for i, threads in ipairs(options.threads) do
        local title = ("%d thread%s"):format(threads, threads == 1 and "" or "s")
        local function say(round, name)
            if not on_turn then return end
            on_turn(("%s, round %d of %d: %s"):format(title, round, options.rounds, name))
        end
        sections[i] = { title = title, rows = function(path)
            local contenders, message = contenders_of(threads, options, path)
            if not contenders then return nil, message end
            return bench.compare(contenders, options.rounds, say)
        end }
    end
    return sections
end

local function events_contenders(threads, options, path)
    local ok, message = check_events(threads)
    if not ok then return nil, message end
    local list = { { name = "engram", measure = function()
        return engram_events(threads, options.seconds)
    end } }
    for _, more in ipairs(path and { "", "--percentile=0" } or {}) do
        list[#list + 1] = { name = more == "" and "sysbench" or "sysbench " .. more,
            measure = function() return sysbench_events(path, threads, options.seconds, more) end }
    end
    return list
end

--- What an event costs that does nothing. options: threads, a list; rounds; seconds per turn.
--  nil and a message when a contender fails.
function bench.events(options, on_turn)
    return measured("events", "ns", ("an event that does nothing, wall time over all threads, " ..
        "%g s a turn, %d rounds"):format(options.seconds, options.rounds),
        sections_of(options, on_turn, events_contenders))
end

-- How long it takes until as many events as threads are done; body answers how many were.
local function time_of(threads, body)
    return function()
        local start = C.eg_clock_ns()
        if body() == threads then return C.eg_clock_ns() - start end
        return nil, "it did not run as many events as threads"
    end
end

local function start_contenders(threads, _, path)
    local list = { { name = "engram", measure = time_of(threads, function()
        local summary = run.run { source = noop, threads = threads, events = threads }
        return summary and summary.results.events
    end) } }
    list[2] = path and { name = "sysbench", measure = time_of(threads, function()
        local text = output_of(("sysbench --threads=%d --events=%d --time=0 %s run")
            :format(threads, threads, path))
        return tonumber(text:match "number of events:%s+(%d+)")
    end) }
    return list
end

--- Threads started, one event each, and ended. sysbench's time holds its process's start.
function bench.start(options, on_turn)
    return measured("start", "ns", ("starting threads, an event each, ending them, %d rounds")
        :format(options.rounds), sections_of(options, on_turn, start_contenders))
end

return bench
