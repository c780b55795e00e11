--- engram tune: the smallest arena that serves a workload, found and checked by running it.

local C = require "engram.c"
local chosen = require "engram.chosen"
local json = require "engram.json"
local run = require "engram.run"
local terminal = require "engram.terminal"
local tune = require "engram.tune"

local default_duration = "1s"

local groups = {
    terminal.output_group,
}

-- Runs the workload with so large an arena; nil and a message where it can not be run.
local function runner(loaded, values, progress)
    return function(size, policy, title)
        local given = chosen.given(values, loaded)
        given.arena_size, given.arena_overflow = size, policy
        if not given.duration and not given.events then given.duration = default_duration end
        local config, message = run.config(given, loaded)
        if not config then return nil, message end
        config.print_to_stderr = chosen.is_data(values) and not values.output
        progress:begin(config, title .. "  ")
        return run.execute(loaded, config, {
            on_progress = function(...) progress:show(...) end,
        })
    end
end

local function body(loaded, values, progress, spec)
    local code = terminal.check_files(values, { "output" })
    if code then return code end
    local execute = runner(loaded, values, progress)
    local config, message = run.config(chosen.given(values, loaded), loaded)
    if not config then return terminal.refuse(spec, message) end
    C.eg_signals_catch()
    local found, so_far
    found, message, so_far = tune.find(execute, config.arena_size)
    progress:clear()
    local signal = C.eg_signal_caught()
    if not found and signal == 0 then
        return terminal.complain(terminal.failed, "tune: " .. message)
    end
    found = found or so_far
    found.workload, found.interrupted_by = loaded.name, signal ~= 0 and signal or nil
    code = terminal.show(found, values, { text = tune.text, json = json.encode })
    return signal ~= 0 and terminal.by_signal + signal or code
end

return chosen.command {
    name = "tune", line = "the smallest arena that serves a workload", body = body,
    about = "Finds the smallest arena that does not overflow, by running the workload.",
    groups = groups,
    defaults = { duration = default_duration .. ", each run" },
    leave_out = { arena_size = true, arena_overflow = true, allocator = true, dry_run = true,
        report_interval = true, threshold = true, histogram = true, percentiles = true },
    examples = { "engram tune recall", "engram tune recall -t 8 -d 5s --k 50" },
}
