--- Control: a hook's word on the run it belongs to.
--
--    if thread.found > 1000 then engram.stop() end
--
-- In a thread of a run these reach its worker; elsewhere there is nothing to end.

local C = require "engram.declarations".C

local control = {}

-- Raised when the run was interrupted under a kernel; the event does not count.
control.stopped = setmetatable({}, { __tostring = function() return "the run was stopped" end })

local worker

--- engram.thread says whose state this is.
function control.adopt(own)
    worker = own
end

--- nil outside a run's threads.
function control.worker()
    return worker
end

--- Ends the whole run. Returns, and the running event counts.
function control.stop()
    if worker == nil then error("engram.stop: no run is under way here", 2) end
    C.eg_worker_stop(worker, C.EG_STOP_SCRIPT)
end

--- Fails the whole run: raises, and whoever catches that changes nothing.
function control.fail(message)
    if worker ~= nil then C.eg_worker_stop(worker, C.EG_STOP_ERROR) end
    error(message == nil and "engram.fail" or message, 2)
end

return control
