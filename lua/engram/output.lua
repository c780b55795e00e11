--- Output: who gets to see what: the report, the live progress, what scripts print.
--
--    local progress = output.progress(config)       -- lives on standard error
--    output.redirect(io.stderr, progress)           -- print and io.write of this state
--    progress:show("running", numbers)
--    progress:clear()
--    output.save(path, text)                        -- all of the file, or nothing

local C = require "engram.c"
local units = require "engram.units"
local writer = require "engram.files.writer"

local output = {}

-- ---- progress

local progress = {}
progress.__index = progress

local line_every_ns = 1e9

--- On a terminal one line that is written again and again, else a line a second.
function output.progress(config, quiet)
    local is_dumb = os.getenv "TERM" == "dumb"
    return setmetatable({
        config = config, quiet = quiet, on_terminal = C.eg_is_terminal(2) ~= 0 and not is_dumb,
        last_ns = C.eg_clock_ns(), last_events = 0, last_s = 0, rate = 0,
    }, progress)
end

--- A run starts, whose figures are its own. title, if given, comes before each line.
function progress:begin(config, title)
    self.config, self.title = config, title
    self.last_events, self.last_s, self.rate, self.p99 = 0, 0, 0, nil
    self.has_intervals = false
end

-- Events per second, as of the last second; and the p99 so far.
function progress:measure(numbers, p99)
    local seconds = numbers.elapsed_s - self.last_s
    if seconds >= 1 or self.last_s == 0 and seconds > 0 then
        self.rate = (numbers.events - self.last_events) / seconds
        self.p99 = p99 and p99()
    end
    if seconds >= 1 then self.last_s, self.last_events = numbers.elapsed_s, numbers.events end
end

function progress:line(phase, numbers)
    local config, title = self.config, self.title or ""
    if phase == "starting" then
        return title .. ("starting: %s of %s ready"):format(units.count(numbers.started),
            units.things(config.threads, "thread"))
    end
    if numbers.elapsed_s == 0 and numbers.warmup_events > 0 then
        return title .. "warming up: " .. units.things(numbers.warmup_events, "event")
    end
    local elapsed = ("%.1f"):format(numbers.elapsed_s)
    if config.duration then elapsed = ("%s of %.4g"):format(elapsed, config.duration) end
    local text = title .. ("%s s  %s  %s/s"):format(elapsed, units.things(numbers.events, "event"),
        units.rate(self.rate))
    if self.p99 and self.p99 > 0 then text = text .. "  p99 " .. units.time(self.p99) end
    if numbers.errors > 0 then
        text = text .. ("  %s failed"):format(units.count(numbers.errors))
    end
    if numbers.high_water > 0 then
        text = text .. ("  arena %s used at most"):format(units.bytes(numbers.high_water))
    end
    return text
end

--- For run.execute: about ten times a second.
function progress:show(phase, numbers, p99)
    if self.quiet then return end
    if phase ~= "starting" then self:measure(numbers, p99) end
    if self.on_terminal then
        io.stderr:write("\r\27[K", self:line(phase, numbers))
        self.is_shown = true
        return
    end
    local now_ns = C.eg_clock_ns()
    if self.has_intervals or now_ns - self.last_ns < line_every_ns then return end
    self.last_ns = now_ns
    io.stderr:write(self:line(phase, numbers), "\n")
end

--- The figures of one stretch of a run: a line that stays. It was asked for: quiet or not.
function progress:interval(of)
    self:clear()
    local at = of.latency
    local text = (self.title or "") .. ("[%7.2f s]  %s events/s"):format(of.to_s,
        units.rate(of.events_per_s or 0))
    if at.count > 0 then
        text = text .. ("  p50 %s  p99 %s  max %s"):format(units.time(at.p50), units.time(at.p99),
            units.time(at.max))
    end
    if of.errors > 0 then text = text .. ("  %s failed"):format(units.count(of.errors)) end
    self.has_intervals = true
    io.stderr:write(text, "\n")
end

--- One line of another kind of work: in place of the last one on a terminal, else one a
--  second at most.
function progress:say(text)
    if self.quiet then return end
    if not self.on_terminal then
        local now_ns = C.eg_clock_ns()
        if now_ns - self.last_ns < line_every_ns then return end
        self.last_ns = now_ns
        return io.stderr:write(text, "\n")
    end
    io.stderr:write("\r\27[K", text)
    self.is_shown = true
end

--- Takes the line away, so that something else can be written there.
function progress:clear()
    if not self.is_shown then return end
    io.stderr:write "\r\27[K"
    self.is_shown = false
end

-- ---- what scripts print

--- From now on print and io.write of this state go to stream.
function output.redirect(stream, before)
    local function write(...)
        before()
        return stream:write(...)
    end
    rawset(_G, "print", function(...)
        local words = { ... }
        for i = 1, select("#", ...) do words[i] = tostring(words[i]) end
        write(table.concat(words, "\t"), "\n")
    end)
    rawset(io, "write", write)
    if stream == io.stderr then
        io.output(stream)
        rawset(io, "stdout", stream)
    end
end

-- ---- files

--- nil and a message when path can not be written, before any work is done for it.
output.check = writer.check

--- Do two paths name one file?
output.is_same = writer.is_same

--- The whole text, or the file as it was. nil and a message when that fails.
function output.save(path, text)
    return writer.save(path, function(out) out:write(text) end)
end

return output
