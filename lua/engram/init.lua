--- engram: scratch arenas, memory kernels and timed runs, for Lua.
--
--    local engram = require "engram"
--    local memories = engram.load(engram.data "words.npy")
--    local hits = engram.nearest(memories:row(655), memories, 5)
--    for i = 1, #hits do print(hits:get(i)) end
--
-- `engram help lua` lists the names; `engram help workload` explains the hooks.

require "engram.c" -- another Lua, or a missing library, shows here and now

local pairs = require("engram.core").pairs

-- Where each name lives. A module is loaded when one of its names is first asked for, so
-- that a thread's state starts fast and holds only what its script uses.
local places = {
    actr = { "actr", "actr" },
    arena = { "arena", "of_caller" }, arena_totals = { "arena", "totals" },
    data = { "data", "data" }, load = { "load", "load" },
    decay = { "decay", "decay" }, interval = { "curves", "interval" },
    compare = { "compare", "compare" }, assert = { "assert" },
    base_level = { "base_level", "base_level" },
    fit_decay = { "fit", "fit_decay" },
    fsrs = { "fsrs", "new" },
    graph = { "graph", "graph" }, spread = { "spread", "spread" },
    spread_many = { "spread_many", "spread_many" },
    spread_bytes = { "spread", "spread_bytes" },
    matrix = { "matrix", "matrix" }, vector = { "matrix", "vector" },
    recall = { "hits", "recall" },
    nearest = { "similarity", "nearest" }, similarity = { "similarity", "similarity" },
    scan_counts = { "similarity", "scan_counts" },
    random = { "random", "new" },
    save = { "save", "save" },
    run = { "run", "run" }, info = { "info", "info" },
    sm2 = { "sm2", "new" },
    words = { "words", "words" },
    stop = { "control", "stop" }, fail = { "control", "fail" },
}

return setmetatable({}, {
    names = places, -- for who lists them: pairs sees those in use alone
    __index = function(self, name)
        local place = places[name]
        if not place then return nil end
        local module = require("engram." .. place[1])
        -- All names of a module at once: they may have something in common.
        for each, where in pairs(places) do
            if where[1] == place[1] then
                rawset(self, each, where[2] and module[where[2]] or module)
            end
        end
        return rawget(self, name)
    end,
})
