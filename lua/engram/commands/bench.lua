--- engram bench: engram against its peers.

local C = require "engram.c"
local bench = require "engram.bench_command"
local json = require "engram.json"
local output = require "engram.output"
local terminal = require "engram.terminal"

local function command(words)
    local values, code = terminal.values(bench.spec, words)
    if not values then return code end
    local plan, message = bench.plan(values)
    if not plan then return terminal.refuse(bench.spec, message) end
    code = terminal.check_files(values, { "output" })
    if code then return code end
    C.eg_signals_catch()
    local progress = output.progress(nil, values.quiet)
    local founds, messages, is_misused = bench.run(plan, function(turn) progress:say(turn) end)
    progress:clear()
    if is_misused then return terminal.refuse(bench.spec, "--only: " .. messages[1]) end
    code = #founds > 0 and terminal.show(values.what and founds[1] or founds, values, {
        text = values.what and bench.text or bench.texts, json = json.encode,
    }) or terminal.failed
    for _, each in ipairs(messages) do
        code = terminal.complain(terminal.failed, "bench: " .. each)
    end
    local signal = C.eg_signal_caught()
    return signal ~= 0 and terminal.by_signal + signal or code
end

return {
    name = "bench", label = "bench [WHAT]", line = "engram against its peers, on this machine",
    spec = bench.spec, run = command,
}
