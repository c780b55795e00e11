--- Sysbench, as a peer: a program that runs a Lua script in threads.
--
--    local rows = sysbench.with_peer(shop, function(path) ... end)
--
-- path is a script that holds its empty event; nil where there is no sysbench.

local peers = require "engram.bench.peers"
local workshop = require "engram.bench.workshop"

local sysbench = {}

local function version()
    return workshop.output_of("command -v sysbench >/dev/null && sysbench --version")
        :match "sysbench (%S+)"
end

function sysbench.with_peer(shop, body)
    local found = not shop.alone and version() or nil
    if not found then
        if not shop.alone then shop:miss(peers.sysbench) end
        return body(nil)
    end
    shop:note(peers.sysbench, found)
    local path = os.tmpname()
    local file = assert(io.open(path .. ".lua", "w"))
    file:write "function event() end\n"
    file:close()
    local ok, value, message = pcall(body, path .. ".lua")
    os.remove(path)
    os.remove(path .. ".lua")
    if not ok then error(value, 0) end
    return value, message
end

--- What it prints for these options and that script.
function sysbench.run(path, options)
    return workshop.output_of(("sysbench %s %s run"):format(options, path))
end

return sysbench
