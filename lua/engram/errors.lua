--- Errors: what hooks raised, as text with a traceback, grouped and counted.
--
--    local seen = errors.new()
--    local ok, message = xpcall(hook, errors.handler)
--    if not ok then seen:add(message, thread_id, event_number) end
--    seen:list() -> { { message, traceback, thread, event, count }, ... }
--    errors.failure(summary) -> "a run failed: ..." or nil

local control = require "engram.control"

local errors = {}

errors.groups_max = 20

-- What the handler saw last: it runs before the stack unwinds, add() after.
local last_text, last_traceback, last_stopped

--- Any error value as one text.
function errors.text(value)
    if type(value) == "string" then return value end
    local ok, text = pcall(tostring, value)
    if ok and type(text) == "string" then
        return type(value) == "table" and text:match "^table:" and "error value of type table" or
            text == "nil" and "error value nil" or text
    end
    return "error value of type " .. type(value)
end

--- The frames of the hook, from level on, without those of engram that called it, and without
--- that of engram.fail.
function errors.traceback(level)
    local frames = debug.traceback("", level + 1):gsub("^\n", "")
    frames = frames:gsub("\n[^\n]*engram/control%.lua:%d+:[^\n]*", "")
    return (frames:gsub("\n%s*%[C%]: in function 'xpcall'\n.*$", ""))
end

--- For xpcall. Answers the error value itself.
function errors.handler(value)
    last_stopped = value == control.stopped
    if not last_stopped then
        last_text = errors.text(value)
        last_traceback = errors.traceback(2)
    end
    return value
end

--- Did the last error only say that the run was stopped?
function errors.is_stopped()
    return last_stopped
end

function errors.forget()
    last_text, last_traceback, last_stopped = nil, nil, nil
end

--- Why the run of a summary has failed, in one line; nil when it has not.
function errors.failure(summary)
    if not summary.results.failed then return nil end
    local first = summary.errors and summary.errors[1]
    return "a run failed: " .. tostring(first and first.message):gsub("\n.*", "")
end

--- A text without its numbers, sizes and addresses: what messages have in common that differ in
--- nothing else. The line in front of it stays: it is a place, that of engram's caller.
function errors.kind(text)
    local line, rest = text:match "^([^\n:]*:%d+: )(.*)$"
    rest = (rest or text):gsub("0x%x+", "#"):gsub("(%d)e[+-]%d+", "%1")
    return (line or "") .. rest:gsub("%-?%d[%d.,]*[KMG]?", "#")
end

local list = {}
list.__index = list

function errors.new()
    return setmetatable({ groups = {}, by_key = {} }, list)
end

-- The innermost frame that is not C's: where it happened.
local function place_of(traceback)
    return traceback and traceback:match "\n%s*([^\n%[][^\n]-):%s" or ""
end

--- Counts one failure. event is nil for the other hooks.
function list:add(value, thread, event)
    local text = last_text or errors.text(value)
    local traceback = last_traceback or "(no traceback: no stack was left to look at it)"
    errors.forget()
    self:put { message = text, traceback = traceback, thread = thread, event = event, count = 1 }
end

--- Adds a group of this or of another list; the first message of a kind is kept.
function list:put(group)
    local key = errors.kind(group.message) .. "\n" .. place_of(group.traceback)
    local known = self.by_key[key]
    if known then
        known.count = known.count + group.count
    elseif #self.groups < errors.groups_max then
        self.groups[#self.groups + 1] = group
        self.by_key[key] = group
    end
end

function list:list()
    return self.groups
end

return errors
