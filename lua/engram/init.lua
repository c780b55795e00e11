--- engram: scratch arenas, memory kernels and timed runs, for Lua.
--
--    local engram = require "engram"
--    local memories = engram.load(engram.data "words.npy")
--    local hits = engram.nearest(memories:row(655), memories, 5)
--    for i = 1, #hits do print(hits:get(i)) end
--
-- The reference is the README; `engram help workload` explains the hooks.

if not jit then error("engram needs LuaJIT 2.1; this is " .. _VERSION, 0) end

local arena = require "engram.arena"
local control = require "engram.control"
local load = require "engram.load"
local matrix = require "engram.matrix"
local similarity = require "engram.similarity"

local engram = {
    arena = function() return (arena.current()) end,
    arena_totals = arena.totals,
    data = load.data,
    decay = require("engram.decay").decay,
    fail = control.fail,
    graph = require("engram.graph").graph,
    load = load.load,
    matrix = matrix.matrix,
    nearest = similarity.nearest,
    random = require "engram.random",
    similarity = similarity.similarity,
    spread = require("engram.spread").spread,
    stop = control.stop,
    vector = matrix.vector,
}

-- What only the host needs is loaded when it is first asked for: a thread's state
-- starts faster without it.
local on_demand = {
    run = function() return require("engram.run").run end,
    info = function() return require("engram.info").info end,
}

return setmetatable(engram, {
    __index = function(self, key)
        local made = on_demand[key] and on_demand[key]()
        if made then rawset(self, key, made) end
        return made
    end,
})
