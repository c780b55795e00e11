--- Intervals: figures of one stretch of a run after the other, which add up to the total.
--
--    local cut = intervals.new(pool, config, function(interval) ... end)
--    cut:look(progress)      -- from time to time; progress of the same moment
--    cut:finish(elapsed_s)   -- what is left, once the run is over
--    cut.list
--
-- Each is the difference of two snapshots, taken while the threads go on. A snapshot is at
-- most 0.1 s behind: an event may be counted in the interval after the one it ended in.

local C = require "engram.c"
local latency = require "engram.latency"

local intervals = {}
intervals.__index = intervals

--- config: report_interval, duration, percentiles. on_interval may be nil.
function intervals.new(pool, config, on_interval)
    return setmetatable({
        pool = pool, seconds = config.report_interval, percents = config.percents,
        end_s = config.duration or math.huge, on_interval = on_interval, before = latency.new(),
        from_s = 0, due_s = config.report_interval, events = 0, errors = 0, list = {},
    }, intervals)
end

local function cut(self, to_s, events, errors)
    local now = latency.new()
    C.eg_pool_latency(self.pool, now)
    local between = latency.new()
    C.eg_histogram_merge(between, now)
    C.eg_histogram_subtract(between, self.before)
    local seconds, ended = to_s - self.from_s, events - self.events
    local failed = errors - self.errors
    local interval = {
        from_s = self.from_s, to_s = to_s, events = ended, errors = failed,
        events_per_s = seconds > 0 and (ended - failed) / seconds or nil,
        latency = latency.of(between, self.percents),
    }
    self.before, self.from_s, self.events, self.errors = now, to_s, events, errors
    self.list[#self.list + 1] = interval
    if self.on_interval then self.on_interval(interval) end
end

--- Cuts when it is time to. The last cut is left to finish.
function intervals:look(progress)
    if progress.elapsed_s < self.due_s or self.due_s >= self.end_s then return end
    cut(self, progress.elapsed_s, progress.events, progress.errors)
    while self.due_s <= progress.elapsed_s do self.due_s = self.due_s + self.seconds end
end

--- Milliseconds until then.
function intervals:due_ms(progress)
    return (self.due_s - progress.elapsed_s) * 1000
end

--- What came after the last cut, up to the end.
function intervals:finish(elapsed_s, progress)
    if elapsed_s <= self.from_s and progress.events == self.events then return end
    cut(self, math.max(elapsed_s, self.from_s), progress.events, progress.errors)
end

return intervals
