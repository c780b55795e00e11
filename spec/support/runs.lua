--- Runs of a script that is given as text.

local engram = require "engram"

local runs = {}

--- A script whose events do nothing.
runs.noop = "return { event = function() end }"

--- The summary of a run, on 2 threads unless options say otherwise; its source is put into them.
function runs.run(source, options)
    options.source = source
    options.threads = options.threads or 2
    options.grace = options.grace or "200ms"
    return assert(engram.run(options))
end

--- The message of its first error, or nil.
function runs.message_of(summary)
    return summary.errors and summary.errors[1].message
end

return runs
